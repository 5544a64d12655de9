"""The Server document in the window: technote, step 28, and its other functions."""

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QListWidget

from dominoadmin.gui.directory import server_document as server
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from tests import builders
from tests.gui.hand import texts


@pytest.fixture
def document(window, office):
    folder = office.domain.directory.server("Server1")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "keyfile.kyr").write_bytes(b"a key ring")
    QApplication.processEvents()  # the tabs of the last time are opened first
    return server.open_server(window)


def fields(office):
    return server_documents.show(office.domain).content()


def gone(window, document):
    return not shiboken6.isValid(document) or window.tabs.indexOf(document) < 0


def test_it_opens_in_read_mode(window, hand, document):
    hand.says(document, "Server1/MyCompany/US")
    hand.says(document, "server1.example.com")
    assert hand.until(lambda: not document.is_editing, "")
    hand.tab(document, "Security")
    hand.says(document, "Ann Admin/MyCompany/US")
    hand.tab(document, "Ports")
    hand.says(document, "SSL key file name")
    hand.says(document, "Web (HTTP/HTTPS)")
    hand.tab(document, "DIIOP")
    hand.says(document, "This version has no task for this protocol")
    hand.picture(window, "/tmp/shots/server_read.png")


def test_opening_it_twice_raises_the_same_tab(window, document):
    assert server.open_server(window, "Server1/MyCompany/US") is document


def test_step_28(window, hand, document, office):
    hand.click(document, "Edit Server")
    hand.tab(document, "Ports")
    hand.fill(document, "SSL key file name", "/local/notesdata/keyfile.kyr")
    hand.click(document, "Save && Close")
    hand.says(document, "Do not include the full path to the key ring file, only the file name.")
    hand.fill(document, "SSL key file name", "keyfile.kyr")
    hand.choose(document, "SSL Port Status", "Enabled")
    hand.picture(window, "/tmp/shots/server_edit.png")
    hand.click(document, "Save && Close")
    hand.message("The Server document has been saved.", "Close")
    found = fields(office)
    assert (found["ssl_key_file"], found["ports"]["Web"]["ssl_port_status"]) == ("keyfile.kyr", "Enabled")
    assert gone(window, document)
    assert ("server document changed", "CN=Server1/O=MyCompany/C=US") in builders.actions(office)


def test_http_can_be_restarted_from_the_message(window, hand, document, office, monkeypatch):
    window.start_server()
    hand.until(lambda: "http" in [name for name, *_ in window.server.tasks()], "the server does not start")
    lines = []
    window.server.printed.connect(lines.append)
    hand.click(document, "Edit Server")
    hand.fill(document, "Fully qualified Internet host name", "www.example.com")
    hand.click(document, "Save && Close")
    said = hand.message("The Server document has been saved.", "Restart HTTP Now")
    assert 'Next: enter "tell http restart" on the server console' in said
    hand.until(lambda: any("HTTP" in line for line in lines), "HTTP says nothing")


def test_a_problem_keeps_the_document_from_being_saved_and_says_why(hand, document, office):
    hand.click(document, "Edit Server")
    hand.tab(document, "Ports")
    hand.choose(document, "SSL Port Status", "Enabled")
    hand.says(document, "SSL cannot be enabled without a key ring.")
    hand.tab(document, "Basics")
    document.save()
    assert QApplication.focusWidget().accessibleName() == "SSL key file name"
    assert "SSL cannot be enabled" in QApplication.focusWidget().accessibleDescription()
    assert fields(office)["ports"]["Web"]["ssl_port_status"] == "Disabled"


@pytest.mark.parametrize("protocol", ["Directory", "DIIOP"])
def test_no_protocol_has_ssl_without_a_key_ring(hand, document, office, protocol: str):
    hand.click(document, "Edit Server")
    hand.tab(document, "Ports")
    hand.tab(document, protocol)
    hand.choose(document, "SSL Port Status", "Enabled")
    hand.says(document, "SSL cannot be enabled without a key ring.")
    hand.says(document, f"or disable the SSL port of {protocol}.")
    document.save()
    assert fields(office)["ports"][protocol]["ssl_port_status"] == "Disabled"
    hand.choose(document, "SSL Port Status", "Disabled")
    assert not [text for text in texts(document) if "SSL cannot be enabled" in text]


def test_every_protocol_can_be_edited(hand, document, office):
    hand.click(document, "Edit Server")
    hand.tab(document, "Ports")
    hand.tab(document, "Directory")
    hand.fill(document, "SSL port number", "1636")
    hand.tick(document, "Client certificate")
    hand.tab(document, "Mail")
    hand.tab(document, "DIIOP")
    hand.choose(document, "TCP/IP port status", "Redirect to SSL")
    hand.click(document, "Save && Close")
    ports = hand.until(
        lambda: fields(office)["ports"] if fields(office)["ports"]["Directory"]["ssl_port"] == 1636 else None, ""
    )
    assert ports["Directory"]["ssl_authentication"]["client_certificate"]
    assert ports["DIIOP"]["tcp_port_status"] == "Redirect to SSL"


def test_people_are_added_and_removed(window, hand, document, office):
    hand.click(document, "Edit Server")
    hand.tab(document, "Security")
    hand.choose(document, "Person", "Rob Ra")
    hand.click(document, "Add")
    assert not hand.button(document, "Add").isEnabled()
    document.findChild(QListWidget).setCurrentRow(0)
    hand.click(document, "Remove")
    hand.picture(window, "/tmp/shots/server_security.png")
    hand.click(document, "Save && Close")
    hand.until(lambda: gone(window, document), "it does not close")
    assert fields(office)["run_unrestricted"] == ["CN=Rob Ra/O=MyCompany/C=US"]


def test_the_relay_is_edited_on_basics(window, hand, document, office):
    hand.click(document, "Edit Server")
    hand.fill(document, "Relay host for messages leaving the local Internet domain", "mail.example.com")
    hand.click(document, "Save && Close")
    hand.says(document, "e-mail address")
    hand.fill(document, "Sender's address", "ca@example.com")
    hand.picture(window, "/tmp/shots/server_basics.png")
    hand.click(document, "Save && Close")
    hand.until(lambda: gone(window, document), "it does not close")
    assert fields(office)["relay"]["host"] == "mail.example.com"
    again = server.open_server(window)
    hand.says(again, "mail.example.com, port 25")


def test_cancel_asks_before_it_throws_away(window, hand, document, office):
    hand.click(document, "Edit Server")
    hand.fill(document, "Fully qualified Internet host name", "other.example.com")
    hand.click(document, "Cancel")
    hand.message("Discard your changes?", "Cancel")
    assert hand.editor(document, "Fully qualified Internet host name").text() == "other.example.com"
    hand.click(document, "Cancel")
    hand.message("Discard your changes?", "Discard")
    assert not document.is_editing
    assert fields(office)["host_name"] == "server1.example.com"


def test_escape_in_edit_mode_keeps_what_was_typed(window, hand, document):
    hand.click(document, "Edit Server")
    hand.fill(document, "Fully qualified Internet host name", "other.example.com")
    hand.key(document, Qt.Key.Key_Escape)
    hand.message("Discard your changes?", "Discard")
    assert gone(window, document)


def test_saving_nothing_closes_without_writing(window, hand, document, office):
    before = builders.actions(office)
    hand.click(document, "Edit Server")
    hand.click(document, "Save && Close")
    assert gone(window, document)
    assert builders.actions(office) == before


def test_somebody_else_changes_the_document(window, hand, document, office):
    server_documents.change(office.domain, office.actor(), "", ServerChange(host_name="new.example.com"))
    window.events.look()
    hand.says(document, "new.example.com")
    hand.click(document, "Edit Server")
    hand.fill(document, "Fully qualified Internet host name", "mine.example.com")
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Rob Ra",)))
    window.events.look()
    hand.click(document, "Save && Close")
    hand.message("The Server document has been saved.", "Close")
    assert fields(office)["host_name"] == "mine.example.com"
    assert fields(office)["run_unrestricted"] == ["CN=Rob Ra/O=MyCompany/C=US"]


def test_a_failure_keeps_what_was_typed(window, hand, document, office, monkeypatch):
    hand.click(document, "Edit Server")
    hand.tab(document, "Ports")
    hand.fill(document, "SSL key file name", "keyfile.kyr")
    (office.domain.directory.server("Server1") / "keyfile.kyr").unlink()
    document._draft.problems = tuple  # it was there a moment ago
    hand.click(document, "Save && Close")
    hand.says(document, "has no key ring keyfile.kyr")
    assert document.is_editing
    assert hand.editor(document, "SSL key file name").currentText() == "keyfile.kyr"


def test_it_can_open_in_edit_mode_with_the_key_ring_filled_in(window, hand, document):
    server.open_server(window, edit=True, ssl_key_file="keyfile.kyr")
    QApplication.processEvents()
    hand.tab(document, "Ports")
    assert hand.editor(document, "SSL key file name").currentText() == "keyfile.kyr"
    assert document.dirty


def test_an_unknown_server_is_said(window, hand):
    assert server.open_server(window, "Nowhere/MyCompany/US") is None
    hand.message("Nowhere/MyCompany/US is not in the Domino Directory.")


def test_every_editor_has_a_name_and_every_label_its_own_mnemonic(document, hand):
    hand.click(document, "Edit Server")
    hand.tab(document, "Ports")
    QApplication.processEvents()
    for label in document.findChildren(QLabel):
        if label.buddy() and not isinstance(label.buddy(), QLabel):
            assert label.buddy().accessibleName(), label.text()
