"""View & Edit Key Rings: the list, the certificates of the open key ring, and actions on them."""

import subprocess
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from dominoadmin.gui.frame.tables import dragging
from dominoadmin.gui.key_rings import view as views
from dominoadmin.pki import key_rings
from dominoadmin.services.key_rings import management as services
from tests.gui.key_rings.looking import pictures, status
from tests.services.key_rings.conftest import PASSWORD, add_certifier, add_database

NEW_PASSWORD = "Yellow Walrus 88"


@pytest.fixture
def tab(desk, hand):
    views.open_key_rings(desk)
    (found,) = desk.findChildren(views.KeyRingsTab)
    return found


def unlock(hand, file, password=PASSWORD):
    dialog = hand.dialog("Open Key Ring")
    hand.says(dialog, file)
    hand.fill(dialog, "Key Ring Password", password)
    hand.click(dialog, "Open")
    return dialog


def opened(hand, tab, file="keyfile.kyr"):
    hand.open_row(tab, file)
    unlock(hand, file)
    hand.until(lambda: tab.current.view.path == "Certificates" and tab.current.rows.total, "no certificates")
    return tab


def shown(tab):
    model = tab.current.rows
    return [[model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())]


def is_on(tab, text):
    return next(a for a in tab.bar.actions() if a.text() == text and a.isVisible()).isEnabled()


def why_off(tab, text):
    return next(a for a in tab.bar.actions() if a.text() == text and a.isVisible()).toolTip()


def test_the_list_tells_the_state_of_each_key_ring(desk, hand, tab):
    hand.select(tab, "keyfile.kyr")
    states = {row[0]: (row[1], row[3]) for row in shown(tab)}
    assert states == {
        "keyfile.kyr": ("Certified", "No"),
        "new.kyr": ("Created, not certified yet", "No"),
        "waiting.kyr": ("Issued: pick up the certificate", "No"),
    }
    pictures(hand, desk, "key-rings")


def test_what_cannot_be_done_says_why(hand, tab):
    hand.until(lambda: tab.current.rows.total, "no key rings")
    assert why_off(tab, "Open") == "Select one key ring."
    hand.select(tab, "new.kyr")
    assert is_on(tab, "Open")
    assert why_off(tab, "Export…") == "The key ring has no signed certificate yet. Pick it up first."
    tab.show_view("Certificates")
    hand.says(tab, "No key ring is open. Go to Key Rings, select one, and press Enter.")
    assert why_off(tab, "Add Trusted Root…").startswith("Open a key ring first")


def test_an_opened_key_ring_shows_its_certificates(desk, hand, tab, stage):
    opened(hand, tab)
    own, root = shown(tab)
    assert own[:4] == ["Server certificate", "No", "server1.example.com/MyCompany/Massachusetts/US", "MyCompany CA/MyCompany/US"]
    assert root[:2] == ["MyCompany CA", "Yes"]
    assert own[5] == f"{stage.show().certificate.not_valid_after_utc.astimezone():%Y-%m-%d}"
    hand.select(tab, "Server certificate")
    assert why_off(tab, "Delete") == "The key ring's own certification path cannot be changed."
    assert why_off(tab, "Designate…") == "A server certificate cannot be a trusted root."
    pictures(hand, desk, "key-ring-certificates")
    hand.open_row(tab, "Server certificate")
    hand.dialog("Certificate: server1.example.com")


def test_the_certificates_of_an_opened_key_ring_are_dragged_out(hand, tab, stage):
    opened(hand, tab)
    tab.current.table.selectAll()
    data, folder = dragging.carried(tab.current.view.handed_out, tab.selected())
    known = stage.show()
    expected = [known.certificate, *known.intermediates, *(root.certificate for root in known.trusted_roots)]
    assert x509.load_pem_x509_certificates(data.text().encode()) == expected
    assert sorted(path.name for path in folder.iterdir()) == ["mycompany-ca.pem", "server1.example.com.pem"]


def test_a_wrong_password_is_told_and_can_be_mended(hand, tab):
    hand.open_row(tab, "keyfile.kyr")
    dialog = unlock(hand, "keyfile.kyr", "wrong password")
    hand.says(dialog, "the password is wrong, or the file was altered")
    line = hand.editor(dialog, "Key Ring Password")
    assert (dialog.focusWidget(), line.selectedText()) == (line, line.text())
    hand.fill(dialog, "Key Ring Password", PASSWORD)
    hand.key(dialog, Qt.Key.Key_Return)
    hand.until(lambda: tab.current.view.path == "Certificates", "not opened")


def test_a_new_key_ring_shows_that_it_is_not_signed(hand, tab):
    opened(hand, tab, "new.kyr")
    (own,) = shown(tab)
    assert own[0] == "Server certificate, not signed yet"
    hand.select(tab, "not signed")
    assert "not signed yet" in why_off(tab, "Show")
    hand.open_row(tab, "not signed")  # nothing happens


def test_a_trusted_root_is_added_from_a_file_labelled_and_deleted(hand, tab, stage, tmp_path):
    add_certifier(stage.domain, stage.ann, "Other CA")
    add_database(stage.domain, stage.ann, "Other CA", "other.nsf")
    other = services.trusted_root_of(stage.domain, stage.actor, "other.nsf").certificate
    (tmp_path / "other.pem").write_bytes(other.public_bytes(Encoding.PEM))
    (tmp_path / "no.pem").write_bytes(b"no certificate")
    opened(hand, tab)
    for file in ("no.pem", "other.pem"):
        hand.click(tab, "Add Trusted Root…")
        chooser = hand.dialog("Add Trusted Root", QFileDialog)
        chooser.findChild(QLineEdit).setText(str(tmp_path / file))
        chooser.accept()
        if file == "no.pem":
            hand.message("is not a certificate")
    merge = hand.dialog("Merge Trusted Root Certificate Confirmation")
    assert hand.editor(merge, "Certificate label").text() == "Other CA"
    hand.fill(merge, "Certificate label", "MyCompany CA")
    hand.click(merge, "OK")
    hand.message("The key ring already has a different trusted root with the label")
    hand.fill(merge, "Certificate label", "Other")
    hand.click(merge, "OK")
    hand.message("Certificate received into key ring and designated as trusted root")
    hand.select(tab, "Other CA")
    assert why_off(tab, "Designate…") == "The certificate is already a trusted root."
    hand.click(tab, "Label…")
    edit = hand.dialog("Edit Label")
    hand.fill(edit, "Certificate label", "The other authority")
    hand.click(edit, "OK")
    hand.select(tab, "The other authority")
    hand.click(tab, "Delete")
    hand.message("from the key ring? It will no longer be a trusted root.", "Delete")
    hand.until(lambda: len(shown(tab)) == 2, "still there")
    assert [root.label for root in stage.show().trusted_roots] == ["MyCompany CA"]


def test_the_root_of_the_own_certificate_is_not_deleted(hand, tab, stage):
    opened(hand, tab)
    hand.select(tab, "Yes")
    hand.click(tab, "Delete")
    hand.message("no longer", "Cancel")
    hand.click(tab, "Delete")
    hand.message("no longer", "Delete")
    hand.message("The key ring's own certificate depends on the trusted root")
    assert len(stage.show().trusted_roots) == 1


def test_an_intermediate_is_designated_as_trusted_root(hand, tab, stage):
    path = stage.root / "keyfile.kyr"
    ring = key_rings.load(path.read_bytes(), PASSWORD)
    path.write_bytes(key_rings.serialize(
        replace(ring, intermediates=(ring.trusted_roots[0].certificate,), trusted_roots=()), PASSWORD
    ))  # fmt: skip
    opened(hand, tab)
    hand.select(tab, "Intermediate: MyCompany CA")
    hand.click(tab, "Designate…")
    hand.click(hand.dialog("Merge Trusted Root Certificate Confirmation"), "OK")
    hand.message("designated as trusted root")
    hand.select(tab, "Yes")
    assert [root.label for root in stage.show().trusted_roots] == ["MyCompany CA"]


def test_the_password_is_changed(hand, tab, stage):
    hand.select(tab, "new.kyr")
    hand.click(tab, "Password…")
    unlock(hand, "new.kyr")
    dialog = hand.dialog("Change Key Ring Password")
    hand.fill(dialog, "New Password", "short")
    hand.refused(dialog, "must have 8 to 1024 characters")
    hand.fill(dialog, "New Password", NEW_PASSWORD)
    hand.says(dialog, "Type the password again to confirm it.")
    hand.fill(dialog, "Confirm Password", NEW_PASSWORD)
    pictures(hand, dialog, "key-ring-password")
    hand.click(dialog, "Change Password")
    said = hand.message("The password of the key ring has been changed.")
    assert "Install the key ring on its server again" in said
    assert stage.show("new.kyr", NEW_PASSWORD).server == "CN=Server1/O=MyCompany/C=US"
    hand.open_row(tab, "new.kyr")  # it is already opened with the new password
    hand.until(lambda: tab.current.view.path == "Certificates" and tab.current.rows.total == 1, "not opened")


@pytest.mark.parametrize(
    ("preset", "files"),
    [
        ("PEM for nginx and Apache", ["keyfile-chain.pem", "keyfile-key.pem", "keyfile-root.pem"]),
        ("PKCS #12 for Windows", ["keyfile.p12"]),
        ("Java keystore", ["keyfile-keystore.p12", "keyfile-truststore.p12"]),
        ("Domino: input for kyrtool", ["rsa-kyrtool.pem", "rsa-kyrtool.txt"]),
    ],
)
def test_each_preset_exports_its_files(hand, tab, stage, tmp_path, preset, files):
    needs_password = preset in ("PKCS #12 for Windows", "Java keystore")
    out = tmp_path / "out"
    out.mkdir()
    ring = "keyfile.kyr"
    if "kyrtool" in preset:  # it accepts only RSA keys
        ring = "rsa.kyr"
        stage.create(file=ring, key_algorithm="rsa-2048")
        stage.pickup(ring, stage.issue(stage.certify(ring)))
        tab.refresh()
    hand.select(tab, ring)
    hand.click(tab, "Export…")
    unlock(hand, ring)
    dialog = hand.dialog("Export Key Ring")
    hand.tick(dialog, preset)
    hand.fill(dialog, "Folder or file", str(out))
    if needs_password:
        hand.refused(dialog, "A password is required for the export")
        hand.fill(dialog, "Export Password", PASSWORD)
        hand.says(dialog, "Type the password again to confirm it.")
        hand.fill(dialog, "Confirm Password", PASSWORD)
    pictures(hand, dialog, f"export-{files[0]}")
    hand.click(dialog, "Export")
    said = hand.message("The key ring has been exported.")
    assert sorted(path.name for path in out.iterdir()) == files
    assert ("is not encrypted" in said) == (not needs_password)
    if files == ["keyfile.p12"]:
        argv = ["openssl", "pkcs12", "-in", str(out / "keyfile.p12"), "-passin", f"pass:{PASSWORD}", "-nokeys"]
        assert subprocess.run(argv, capture_output=True, check=True).stdout.count(b"BEGIN CERTIFICATE") == 2


def test_kyrtool_is_refused_for_an_ec_key_with_what_to_do_instead(hand, tab, tmp_path):
    opened(hand, tab)
    hand.click(tab, "Export…")
    dialog = hand.dialog("Export Key Ring")
    hand.tick(dialog, "Domino: input for kyrtool")
    hand.fill(dialog, "Folder or file", str(tmp_path))
    hand.click(dialog, "Export")
    assert "Use the PEM export" in hand.message("Domino's kyrtool accepts RSA keys only.")
    assert not list(tmp_path.glob("*kyrtool*"))
    dialog.discard()


def test_an_export_that_fails_keeps_the_form_and_a_folder_can_be_chosen(hand, tab, tmp_path):
    (tmp_path / "keyfile-key.pem").write_bytes(b"")
    opened(hand, tab)
    hand.click(tab, "Export…")
    dialog = hand.dialog("Export Key Ring")
    hand.fill(dialog, "Folder or file", "")
    hand.refused(dialog, "Choose where to write the files.")
    hand.click(dialog, "Browse…")
    chooser = hand.dialog("Export Key Ring", QFileDialog)
    chooser.findChild(QLineEdit).setText(str(tmp_path))
    chooser.accept()
    hand.until(lambda: hand.editor(dialog, "Folder or file").text() == str(tmp_path), "not chosen")
    hand.click(dialog, "Export")
    hand.says(dialog, "already exists")
    assert hand.editor(dialog, "Folder or file").text() == str(tmp_path)


def test_a_key_ring_is_deleted_after_a_question(hand, tab, stage):
    hand.select(tab, "new.kyr")
    hand.click(tab, "Delete")
    hand.message("and its stash file? The private key will be lost permanently. Installed copies remain.", "Cancel")
    assert (stage.root / "new.kyr").exists()
    opened(hand, tab, "new.kyr")
    tab.show_view("Key Rings")
    hand.select(tab, "new.kyr")
    hand.click(tab, "Delete")
    hand.message("and its stash file? The private key will be lost permanently. Installed copies remain.", "Delete")
    hand.until(lambda: tab.current.rows.total == 2, "still listed")
    assert not (stage.root / "new.kyr").exists()
    assert not (stage.root / "new.sth").exists()
    tab.show_view("Certificates")
    hand.says(tab, "No key ring is open. Go to Key Rings, select one, and press Enter.")


def test_a_key_ring_that_cannot_be_deleted_is_told(hand, tab, stage):
    hand.select(tab, "new.kyr")
    hand.click(tab, "Delete")
    for name in ("new.kyr", "new.sth"):
        (stage.root / name).unlink()
    hand.message("lost permanently", "Delete")
    hand.message("does not exist")


def test_the_dialogs_of_the_technote_know_the_selected_key_ring(hand, tab, stage):
    for row, button, title in (
        ("new.kyr", "Certify…", "Certify Key Ring"),
        ("waiting.kyr", "Pickup…", "Pickup Key Ring Certificate"),
        ("keyfile.kyr", "Install…", "Install on Server"),
    ):
        hand.select(tab, row)
        hand.click(tab, button)
        dialog = hand.dialog(title)
        assert hand.editor(dialog, "Key Ring File Name").currentText() == row
        if title.startswith("Pickup"):
            assert hand.editor(dialog, "Request ID (pickup ID)").text() == stage.pickup_ids["waiting.kyr"]
        hand.click(dialog, "Cancel")
        hand.closed(dialog)


def test_the_navigator_creates_key_rings(hand, tab):
    hand.navigate(tab, "Domino Key Ring Management > Create Key Ring")
    hand.dialog("Create Key Ring")


def test_a_change_by_somebody_else_is_seen(hand, tab, stage):
    opened(hand, tab)
    services.label_trusted_root(stage.domain, stage.actor, stage.access(), "MyCompany CA", "From elsewhere")
    hand.select(tab, "From elsewhere")


def test_a_password_that_somebody_else_has_changed_closes_the_key_ring(hand, tab, stage):
    opened(hand, tab)
    services.change_password(stage.domain, stage.actor, stage.access(), NEW_PASSWORD)
    hand.message("password")
    tab.refresh()
    hand.says(tab, "No key ring is open. Go to Key Rings, select one, and press Enter.")


def test_the_key_ring_is_closed_by_hand_and_when_the_window_is_locked(desk, hand, tab):
    opened(hand, tab)
    hand.click(tab, "Close")
    assert tab.current.view.path == "Key Rings"
    tab.show_view("Certificates")
    hand.says(tab, "No key ring is open. Go to Key Rings, select one, and press Enter.")
    tab.show_view("Key Rings")
    opened(hand, tab)
    desk.session.lock()
    hand.until(lambda: not tab.current.rows.total, "still opened")


def test_the_opened_key_ring_is_named(desk, hand, tab):
    opened(hand, tab)
    status(hand, desk, "keyfile.kyr is open.")
    hand.navigate(tab, "Certificates in keyfile.kyr")
    hand.click(tab, "Close")
    hand.navigate(tab, "Certificates")
