"""Renew Server ID in the Server document, with the certifier ID and the server's present one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from dominoadmin.errors import Refused
from dominoadmin.gui.certifiers import change_protection
from dominoadmin.gui.directory import server_document
from dominoadmin.services.directory import leasing
from dominoadmin.services.identities import identifying
from tests import builders
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD, SERVER_PASSWORD
from tests.gui.hand import plain

NEW_PASSWORD = "a new password 4"
SERVER = "Server1/MyCompany/US"


def asked(window, hand, password: str = NEW_PASSWORD) -> QDialog:
    """Open the dialog from the Server document, and type the password of the new ID."""
    document = server_document.open_server(window)
    hand.click(document, "Renew Server ID")
    dialog = hand.dialog("Renew Server ID")
    hand.fill(dialog, "Password", password)
    hand.fill(dialog, "Confirm Password", password)
    return dialog


def open_ids(hand, server_password: str = SERVER_PASSWORD) -> None:
    for title, password in (("Log In", ADMIN_PASSWORD), ("Server ID", server_password)):
        dialog = hand.dialog(title)
        hand.fill(dialog, "Password", password)
        hand.click(dialog, "OK")


def test_a_server_that_runs_in_the_window_goes_on_with_its_new_id(window, hand, office) -> None:
    builders.ready(office)
    window.start_server()
    hand.until(lambda: "ca" in [name for name, *_rest in window.server.tasks()], "the server does not start")
    dialog = asked(window, hand)
    hand.says(dialog, "The server is stopped for this, and starts again with its new ID.")
    hand.click(dialog, "Renew")
    open_ids(hand)
    said = hand.message(f"{SERVER} has a new ID.")
    assert f"ID file: {office.root / 'server-2.id'}" in said
    assert "The server starts again with it." in said
    hand.until(window.server.certifier_states, "the server does not start again")
    hand.until(lambda: window.server.certifier_states()[0][2] == "Yes", "the certifier is not active")
    new = identifying.open_id(office.domain, office.root / "server-2.id", NEW_PASSWORD)
    with pytest.raises(Refused, match="superseded by a newer one"):
        identifying.open_id(office.domain, office.root / "server.id", SERVER_PASSWORD)
    hand.says(window.page(), "server-2.id")
    assert [row["reason"] for row in sql(office, "SELECT reason FROM former_ids")] == ["superseded"]
    assert window.server.stop()
    assert new.sealing_key.public == office.server.sealing_key.public
    window.start_server()  # without a question: the window has the new ID
    hand.until(window.server.certifier_states, "the server does not start with its new ID")


def test_after_a_key_compromise_it_is_said_what_has_to_be_sealed_again(window, hand, office) -> None:
    builders.ready(office)
    dialog = asked(window, hand)
    hand.says(dialog, "Certifiers and key rings that the present ID opens are opened by the new one, too.")
    hand.tick(dialog, "Key compromise")
    hand.says(dialog, "remain encrypted with the present ID until you reseal them: MyCompany CA.")
    hand.click(dialog, "Renew")
    open_ids(hand)
    said = hand.message(f"{SERVER} has a new ID.")
    assert "Reseal the key of MyCompany CA with Change Protection. Its present ID is server.id." in said
    assert "Start the server with it." in said
    new = identifying.open_id(office.domain, office.root / "server-2.id", NEW_PASSWORD)
    assert new.sealing_key.public != office.server.sealing_key.public
    change_protection.start(window, 1)
    dialog = hand.dialog("Change Protection")
    hand.choose(dialog, "ID file", "server.id")
    hand.fill(dialog, "Password of this ID", SERVER_PASSWORD)
    hand.tick(dialog, "Encrypt ID with Server ID and Require password to activate certifier")
    hand.fill(dialog, "Password", "Tall trees 4 the valley")
    hand.fill(dialog, "Confirm Password", "Tall trees 4 the valley")
    hand.click(dialog, "Re&seal Key")
    hand.message("The key has been resealed.")
    assert builders.record(office).active.protection == "server-id-and-password"


def test_a_server_that_another_process_runs_is_not_renewed(window, hand, office) -> None:
    lease = leasing.take(office.domain, office.server.name)
    dialog = asked(window, hand)
    hand.says(dialog, "The server is running with its present ID. Stop it first, and start it again afterwards.")
    assert not dialog.commit_button.isEnabled()
    lease.end()
    hand.fill(dialog, "Confirm Password", "another one 5")
    hand.refused(dialog, "The passwords do not match.")
    dialog.discard()
    assert not sql(office, "SELECT * FROM former_ids")


def test_a_failure_leaves_the_server_running_and_the_input_there(window, hand, office, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.gui.identities.certifier_id.CERT_ID", "ann-admin.id")
    window.start_server()
    hand.until(lambda: window.server.is_running, "the server does not start")
    dialog = asked(window, hand)
    hand.click(dialog, "Renew")
    open_ids(hand)
    hand.message("Only the organization's certifier ID revokes and renews IDs.")
    hand.until(lambda: window.server.is_running, "the server was stopped and not started again")
    assert hand.editor(dialog, "Password").text() == NEW_PASSWORD
    dialog.discard()
    assert not sql(office, "SELECT * FROM former_ids")


def test_it_is_done_with_the_keyboard_only(window, hand, office) -> None:
    document = server_document.open_server(window)
    (action,) = [each for text, each in document.actions_by_text.items() if plain(text) == "Renew Server ID"]
    document.bar.widgetForAction(action).setFocus()
    hand.key(document, Qt.Key.Key_Space)
    dialog = hand.dialog("Renew Server ID")
    assert dialog.focusWidget() is hand.button(dialog, "Routine renewal")
    lines = [hand.editor(dialog, "Password"), hand.editor(dialog, "Confirm Password")]
    for line in lines:
        while dialog.focusWidget() is not line:
            hand.key(dialog, Qt.Key.Key_Tab)
        line.insert(NEW_PASSWORD)
    hand.key(dialog, Qt.Key.Key_Return)
    for title, password in (("Log In", ADMIN_PASSWORD), ("Server ID", SERVER_PASSWORD)):
        asking = hand.dialog(title)
        line = hand.editor(asking, "Password")
        assert asking.focusWidget() is line
        line.insert(password)
        hand.until(hand.button(asking, "OK").isEnabled, "it cannot be confirmed")
        hand.key(asking, Qt.Key.Key_Return)
    hand.message(f"{SERVER} has a new ID.")


def test_a_document_that_is_edited_does_not_offer_it(window, hand, office) -> None:
    document = server_document.open_server(window, edit=True)
    assert "Renew Server ID" not in [plain(each.text()) for each in document.bar.actions() if each.isVisible()]
