"""Issue Now in the window, with the server that runs in it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from cryptography import x509
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from dominoadmin.gui.frame import jobs
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess
from dominoadmin.services.processes import issuing_now
from dominoadmin.services.requests import submitting
from tests import builders
from tests.conftest import ADMIN_PASSWORD
from tests.gui.hand import texts
from tests.outside.judges import everyone_verifies

SHOTS = "/tmp/shots"
HOST = "www.example.com"


@pytest.fixture
def running(window, office, qtbot):
    """The window with a certifier whose key is open."""
    builders.ready(office)
    window.start_server()
    qtbot.waitUntil(lambda: [state for *_rest, state in window.server.certifier_states()] == ["Yes"], timeout=20_000)
    return window


def opened(window, hand):
    hand.menu(window, "Configuration > Certification > New Certificate…")
    return hand.dialog("New Certificate")


def filled(window, hand, hosts: str = HOST):
    dialog = opened(window, hand)
    hand.fill(dialog, "Host names", hosts)
    hand.fill(dialog, "State or Province", "Massachusetts")
    return dialog


def issued(office) -> x509.Certificate:
    (found,) = builders.certificates(office)
    return found


def certifier(office) -> x509.Certificate:
    return x509.load_der_x509_certificate(builders.record(office).active.certificate)


def test_the_empty_form_proposes_no_file_and_marks_what_is_required(running, hand) -> None:
    form = opened(running, hand).form
    assert form.file.placeholderText() == ""
    form.hosts.setPlainText(HOST)
    assert form.file.placeholderText() == "www-example-com.kyr"
    required = (form.hosts, form.state, form.country, form.request)
    assert all(form.rows.labelForField(each).is_required for each in required)
    assert not form.rows.labelForField(form.file).is_required  # the proposed name is taken


@pytest.mark.judge
def test_one_dialog_makes_a_certified_key_ring(running, office, hand) -> None:
    dialog = filled(running, hand, f"{HOST}\nexample.com, 10.0.0.1\n{HOST}")
    hand.says(dialog, "What will be issued")
    hand.says(dialog, "200 days")
    hand.says(dialog, "CN=MyCompany CA/O=MyCompany")
    hand.says(dialog, "The certifier outlives the certificate")
    hand.picture(dialog, f"{SHOTS}/issue_now.png")
    password = dialog.form.password.editor.text()
    hand.click(dialog, "Issue Certificate")
    hand.says(dialog, f"Certificate for {HOST} issued", 60)
    hand.picture(dialog, f"{SHOTS}/issue_now_done.png")
    everyone_verifies(issued(office), certifier(office), hostname=HOST)
    names = issued(office).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOST, "example.com"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1"]
    ring = key_rings.show(office.domain, KeyRingAccess("www-example-com.kyr", password))
    assert (ring.state, ring.certificate) == ("certificate merged", issued(office))
    assert builders.view(office, 1).request.pulled_at
    hand.click(dialog, "Close")
    hand.closed(dialog)


def test_the_key_ring_is_saved_for_another_program(running, office, hand, tmp_path) -> None:
    dialog = filled(running, hand)
    hand.click(dialog, "Issue Certificate")
    hand.says(dialog, f"Certificate for {HOST} issued", 60)
    hand.click(dialog, "Save…")
    export = hand.dialog("Export Key Ring")
    hand.fill(export, "Folder or file", str(tmp_path))
    hand.click(export, "Export")
    assert "www-example-com-key.pem" in hand.message("The key ring has been exported.")
    assert (tmp_path / "www-example-com-chain.pem").exists()
    hand.click(dialog, "Install on Server…")
    install = hand.dialog("Install on Server")
    assert hand.editor(install, "Key Ring File Name").currentText() == "www-example-com.kyr"
    install.discard()


@pytest.mark.judge
def test_a_request_that_one_has_becomes_a_certificate_in_a_file(running, office, hand, tmp_path) -> None:
    dialog = opened(running, hand)
    hand.tick(dialog, "A request that I have (PKCS #10)")
    assert dialog.form.file.isHidden()
    assert dialog.form.password.isHidden()
    path = tmp_path / "mail.csr"
    path.write_bytes(builders.csr("mail.example.com"))
    hand.click(dialog, "Choose File…")
    chooser = hand.dialog("New Certificate", QFileDialog)
    chooser.fileSelected.emit(str(path))
    chooser.close()
    hand.says(dialog, "dns:mail.example.com")
    hand.picture(dialog, f"{SHOTS}/issue_now_request.png")
    hand.click(dialog, "Issue Certificate")
    hand.says(dialog, "Certificate for mail.example.com issued", 60)
    hand.click(dialog, "Save…")
    chooser = hand.dialog("Save certificate", QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "mail.pem"))
    chooser.close()
    hand.message("The certificate has been saved.")
    leaf, above = x509.load_pem_x509_certificates((tmp_path / "mail.pem").read_bytes())
    everyone_verifies(leaf, certifier(office), hostname="mail.example.com")
    assert above == certifier(office)


def test_what_is_wrong_stands_below_its_field(running, office, hand) -> None:
    dialog = opened(running, hand)
    hand.refused(dialog, "Enter the host name of the server")
    for typed, said in (
        ("www", "is not a fully qualified host name"),
        ("*.example.com", "is a wildcard, not the name of one host"),
        ("www.example.com\nbad host", "bad host"),
        ("10.0.0.1", "host name"),
    ):
        hand.fill(dialog, "Host names", typed)
        hand.refused(dialog, said)
        assert said in hand.editor(dialog, "Host names").accessibleDescription()
        assert not dialog._problem.isVisible()
    hand.fill(dialog, "Host names", HOST)
    assert "host name" not in hand.editor(dialog, "Host names").accessibleDescription().partition("One per line")[0]
    hand.fill(dialog, "State or Province", "MA")
    hand.refused(dialog, "is an abbreviation")
    hand.picture(dialog, f"{SHOTS}/issue_now_wrong.png")


def test_a_key_ring_file_that_exists_is_refused_and_another_name_proposed(running, office, hand) -> None:
    (office.root / "www-example-com.kyr").write_bytes(b"somebody's")
    dialog = filled(running, hand)
    assert dialog.form.file.placeholderText() == "www-example-com-2.kyr"
    hand.fill(dialog, "Key Ring File Name", "www-example-com.kyr")
    hand.refused(dialog, "already exists")
    hand.click(dialog, "Use www-example-com-2.kyr")
    assert hand.editor(dialog, "Key Ring File Name").text() == "www-example-com-2.kyr"
    assert not any("already exists" in text for text in texts(dialog))


def test_who_is_an_ra_nowhere_cannot_begin(window, office, hand) -> None:
    builders.certifier(office, "Rob CA", creator=office.rob, caas=("Rob Ra",), ras=("Rob Ra",))
    window.menus.switch()
    action = window.menus.actions["issue-now"]
    assert (action.isEnabled(), action.toolTip()) == (False, "You are a registration authority of no certifier.")
    builders.ready(office)
    window.menus.switch()
    assert action.isEnabled()


def test_an_ra_without_a_database_is_told(window, office, hand) -> None:
    builders.certifier(office)
    hand.menu(window, "Configuration > Certification > New Certificate…")
    hand.message("of no certifier with a Certificate Requests database for servers")


def test_without_a_server_it_says_so_and_follows_when_it_starts(window, office, hand) -> None:
    builders.ready(office)
    dialog = filled(window, hand)
    hand.says(dialog, "is not running: nothing would issue the certificate.")
    assert not dialog.commit_button.isEnabled()
    assert not submitting.views(office.domain)
    window.start_server()
    hand.until(dialog.commit_button.isEnabled, "it does not notice the server", 30)
    window.server.execute("tell ca deactivate 1")
    hand.says(dialog, "is not active: nothing would issue the certificate.", 30)


def test_a_broken_rule_is_shown_before_anything_is_done(running, office, hand, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.services.issuance.orders.problem", lambda *_: "The certifier is disabled.")
    dialog = filled(running, hand)
    hand.until(lambda: dialog._found, "it does not look")
    assert dialog._problem.text() == "The certifier is disabled."
    hand.says(dialog, "not ok")
    assert not dialog.commit_button.isEnabled()
    assert not submitting.views(office.domain)


def test_what_is_shown_follows_what_is_typed(running, office, hand) -> None:
    dialog = filled(running, hand)
    hand.says(dialog, "dns:www.example.com")
    hand.fill(dialog, "Host names", "other.example.com")
    assert not dialog.commit_button.isEnabled()  # until it is looked at
    hand.says(dialog, "dns:other.example.com")
    hand.until(dialog.commit_button.isEnabled, "it stays off")
    dialog.discard()


def slowly(monkeypatch):
    """Make the CA process of the window issue nothing until the returned list is emptied."""
    held = [True]
    from dominoadmin.tasks.ca import CaTask

    due = CaTask.run_due
    monkeypatch.setattr(CaTask, "run_due", lambda self: iter(()) if held else due(self))
    return held


def test_cancelled_while_it_waits_it_says_where_the_request_is(running, office, hand, monkeypatch) -> None:
    slowly(monkeypatch)
    dialog = filled(running, hand)
    hand.click(dialog, "Issue Certificate")
    hand.says(dialog, "Waiting for the CA process", 60)
    hand.click(dialog, "Cancel")
    hand.says(dialog, "The certificate was not issued")
    hand.says(dialog, "Request 1 remains. You can continue it like any other request.")
    hand.says(dialog, "The CA process issues it once the process is loaded")
    hand.picture(dialog, f"{SHOTS}/issue_now_cancelled.png")
    assert builders.state(office, 1) == "Approved"
    hand.click(dialog, "Open Request")
    hand.closed(dialog)
    hand.says(running, HOST)


def test_cancelled_before_anything_is_done_it_can_begin_again(running, office, hand, monkeypatch) -> None:
    from dominoadmin.services.key_rings import creating

    waits = threading.Event()
    generate = creating.keys.generate
    monkeypatch.setattr(issuing_now, "_specimen", lambda kind: generate(kind).public_key())
    dialog = filled(running, hand)
    hand.until(dialog.commit_button.isEnabled, "it stays off")

    def slowly_generated(kind):
        waits.wait(20)
        return generate(kind)

    monkeypatch.setattr(creating.keys, "generate", slowly_generated)
    hand.click(dialog, "Issue Certificate")
    hand.says(dialog, "Generating the key", 30)
    running.server.states_changed.emit()
    hand.click(dialog, "Cancel")
    waits.set()
    hand.until(lambda: not dialog.is_running, "it does not end", 30)
    assert not submitting.views(office.domain)
    assert not list(office.root.glob("*.kyr"))
    hand.click(dialog, "Issue Certificate")
    hand.says(dialog, f"Certificate for {HOST} issued", 60)


def test_a_window_that_is_locked_in_the_middle_shows_the_certificate_afterwards(running, office, hand, monkeypatch) -> None:
    held = slowly(monkeypatch)
    dialog = filled(running, hand)
    hand.click(dialog, "Issue Certificate")
    hand.says(dialog, "Waiting for the CA process", 60)
    running.locking.lock()
    hand.until(lambda: not dialog.isVisible(), "it is still shown")
    held.clear()
    hand.until(lambda: not jobs.busy(), "it does not end", 60)
    assert not dialog.isVisible()
    log_in = hand.dialog("Log In")
    hand.fill(log_in, "Password", ADMIN_PASSWORD)
    hand.click(log_in, "OK")
    hand.says(dialog, f"Certificate for {HOST} issued")
    assert issued(office)


def test_a_window_that_is_locked_before_signs_nothing(running, office, hand) -> None:
    dialog = filled(running, hand)
    hand.until(dialog.commit_button.isEnabled, "it stays off")
    running.session.lock()
    dialog.commit()
    hand.message("The window is locked.")
    assert not submitting.views(office.domain)
    running.session.log_in(office.ann, None)
    dialog.discard()


def test_who_is_no_ra_any_more_is_told_at_once(running, office, hand) -> None:
    dialog = filled(running, hand)
    hand.until(dialog.commit_button.isEnabled, "it stays off")
    running.session.log_in(office.rob, None)
    dialog.commit_button.click()  # at once: the dialog itself is about to find out, too
    hand.message("You are not a Registration Authority for the certifier.")
    assert not submitting.views(office.domain)
    assert not list(office.root.glob("*.kyr"))
    dialog.discard()


def test_the_password_is_not_shown_and_forgotten(running, office, hand) -> None:
    dialog = filled(running, hand)
    password = dialog.form.password.editor.text()
    assert len(password) == 24
    assert dialog.form.password.editor.displayText() != password
    hand.click(dialog, "Copy")
    assert QApplication.clipboard().text() == password
    assert password not in repr(dialog.draft)
    draft = dialog.draft
    dialog.discard()
    assert draft.password == ""


def test_the_kind_of_key_and_the_validity_are_chosen_and_proposed_the_next_time(running, office, hand) -> None:
    dialog = filled(running, hand)
    hand.choose(dialog, "Key type", "ECDSA P-384")
    hand.fill(dialog, "Valid for", "90")
    hand.says(dialog, "90 days")
    hand.click(dialog, "Issue Certificate")
    hand.says(dialog, f"Certificate for {HOST} issued", 60)
    hand.click(dialog, "Close")
    found = issued(office)
    assert found.public_key().curve.name == "secp384r1"
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=90, seconds=-1)
    dialog = opened(running, hand)
    assert (hand.editor(dialog, "Key type").currentText(), hand.editor(dialog, "Valid for").value()) == ("ECDSA P-384", 90)
    dialog.reject()


def test_ctrl_n_opens_it_and_the_tool_bar_says_why_it_cannot(window, office, hand) -> None:
    (button,) = [each for each in window.daily.actions() if each.text() == "New Certificate"]
    window.menus.switch()
    assert (button.isEnabled(), button.toolTip()) == (False, "There is no certifier yet. Register an Internet certifier first.")
    builders.ready(office)
    window.menus.switch()
    assert button.isEnabled()
    hand.key(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    hand.dialog("New Certificate").reject()
