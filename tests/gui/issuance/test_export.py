"""Certificates leave the window: alone or with their chain, one as a file, several into a folder."""

import subprocess

import pytest
from cryptography import x509
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from dominoadmin.gui.issuance import document as documents
from dominoadmin.gui.issuance import view as issued
from tests import builders
from tests.builders import sql


@pytest.fixture
def serials(window, office, monkeypatch, tmp_path):
    """Two certificates; a home to write to."""
    monkeypatch.setenv("HOME", str(tmp_path))
    QApplication.processEvents()
    builders.ready(office)
    for host in ("www.example.com", "mail.example.com"):
        builders.approved(office, host)
    builders.load_ca(office)
    return [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL ORDER BY id")]


def export(hand, where, title="Export Certificate"):
    hand.click(where, "Export Certificate")
    return hand.dialog(title)


def test_a_document_exports_its_chain_for_servers(window, hand, office, serials, tmp_path) -> None:
    dialog = export(hand, documents.open_certificate(window, 1, serials[0]))
    path = tmp_path / "www.example.com-chain.pem"
    assert hand.editor(dialog, "File").text() == str(path)
    assert hand.editor(dialog, "File").accessibleDescription() == "Required."
    hand.click(dialog, "Export")
    assert str(path) in hand.message("The certificate has been saved.")
    first, *above = x509.load_pem_x509_certificates(path.read_bytes())
    assert f"{first.serial_number:x}" == serials[0]
    assert [each.subject for each in above] == [first.issuer]


def test_the_name_follows_the_contents_unless_it_was_typed(window, hand, office, serials, tmp_path) -> None:
    dialog = export(hand, documents.open_certificate(window, 1, serials[0]))
    hand.tick(dialog, "The certificate with its chain (PKCS #7)")
    assert hand.editor(dialog, "File").text() == str(tmp_path / "www.example.com.p7b")
    hand.tick(dialog, "The certificate alone (PEM)")
    assert hand.editor(dialog, "File").text() == str(tmp_path / "www.example.com.pem")
    hand.fill(dialog, "File", str(tmp_path / "mine"))
    hand.tick(dialog, "The certificate alone (DER)")
    assert hand.editor(dialog, "File").text() == str(tmp_path / "mine")
    hand.click(dialog, "Export")
    hand.message("The certificate has been saved.")
    assert x509.load_der_x509_certificate((tmp_path / "mine").read_bytes())


def test_the_choice_and_the_folder_are_remembered(window, hand, office, serials, tmp_path) -> None:
    (tmp_path / "elsewhere").mkdir()
    document = documents.open_certificate(window, 1, serials[0])
    dialog = export(hand, document)
    hand.tick(dialog, "The certificate with its chain (PKCS #7)")
    hand.fill(dialog, "File", str(tmp_path / "elsewhere"))  # a folder: the file is named by its host
    hand.click(dialog, "Export")
    path = tmp_path / "elsewhere" / "www.example.com.p7b"
    assert str(path) in hand.message("The certificate has been saved.")
    said = subprocess.run(["openssl", "pkcs7", "-inform", "DER", "-in", path, "-print_certs", "-noout"], capture_output=True, text=True, check=True)
    assert said.stdout.count("subject=") == 2
    dialog = export(hand, document)
    assert hand.editor(dialog, "File").text() == str(path)


def test_a_file_is_replaced_only_after_a_question(window, hand, office, serials, tmp_path) -> None:
    path = tmp_path / "www.example.com-chain.pem"
    path.write_text("an older one")
    dialog = export(hand, documents.open_certificate(window, 1, serials[0]))
    hand.click(dialog, "Export")
    hand.message(f"{path} already exists.", "Cancel")
    assert path.read_text() == "an older one"
    hand.click(dialog, "Export")
    hand.message(f"{path} already exists.", "Replace")
    hand.message("The certificate has been saved.")
    assert path.read_text().count("BEGIN CERTIFICATE") == 2


def test_the_chooser_asks_and_then_nobody_asks_again(window, hand, office, serials, tmp_path) -> None:
    path = tmp_path / "named.pem"
    path.write_text("an older one")
    dialog = export(hand, documents.open_certificate(window, 1, serials[0]))
    hand.click(dialog, "Browse")
    chooser = hand.dialog("Export Certificate", QFileDialog)
    chooser.setOption(QFileDialog.Option.DontConfirmOverwrite)  # the question is Qt's
    chooser.findChild(QLineEdit).setText(str(path))
    chooser.accept()
    hand.until(lambda: hand.editor(dialog, "File").text() == str(path), "the file is not taken")
    hand.click(dialog, "Export")
    hand.message("The certificate has been saved.")
    assert path.read_text().count("BEGIN CERTIFICATE") == 2


def test_several_rows_go_into_a_folder(window, hand, office, serials, tmp_path) -> None:
    tab = issued.open_list(window, 1)
    hand.select(tab, "www.example.com", "mail.example.com")
    dialog = export(hand, tab, "Export Certificates")
    assert hand.editor(dialog, "Folder").text() == str(tmp_path)
    hand.fill(dialog, "Folder", str(tmp_path / "none"))
    hand.refused(dialog, "does not exist")
    (tmp_path / "none").mkdir()
    hand.tick(dialog, "The certificate alone (PEM)")
    hand.click(dialog, "Export")
    said = hand.message("2 certificates have been saved.")
    for name in ("www.example.com.pem", "mail.example.com.pem"):
        assert str(tmp_path / "none" / name) in said
        assert (tmp_path / "none" / name).exists()


def test_an_altered_entry_is_not_exported(window, hand, office, serials, tmp_path) -> None:
    dialog = export(hand, documents.open_certificate(window, 1, serials[0]))
    sql(office, "UPDATE issued SET subject = 'CN=www.example.org'")
    hand.click(dialog, "Export")
    hand.message("was altered")
    assert not [*tmp_path.glob("*.pem")]
    assert dialog.isVisible(), "what was chosen is kept"


def test_nothing_is_exported_without_a_row(window, hand, office, serials) -> None:
    tab = issued.open_list(window, 1)
    (action,) = [each for each in tab.bar.actions() if each.text() == "E&xport Certificate…"]
    hand.select(tab, "www.example.com")
    assert action.isEnabled()
    tab.current.table.clearSelection()
    assert (action.isEnabled(), action.toolTip()) == (False, "Select one or more certificates first.")
