"""Administrators in the Server document, and the dialog that changes them with the certifier ID."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QListWidget, QWidget

from dominoadmin.gui.directory import server_document
from dominoadmin.services.audit import verifying
from dominoadmin.services.identities import administrators, identifying
from dominoadmin.services.identities.identifying import PersonRequest
from tests import builders
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD
from tests.gui.directory.test_view import fill_person

ANN, ROB = "Ann Admin/MyCompany/US", "Rob Ra/MyCompany/US"


@pytest.fixture
def security(window, hand) -> QWidget:
    document = server_document.open_server(window)
    hand.tab(document, "Security")
    return document


def names(dialog: QDialog) -> list[str]:
    shown = dialog.findChild(QListWidget)
    return [shown.item(number).text() for number in range(shown.count())]


def opened(hand, security) -> QDialog:
    hand.click(security, "Change…")
    return hand.dialog("Administrators")


def log_in(hand, password: str = ADMIN_PASSWORD) -> None:
    dialog = hand.dialog("Log In")
    hand.fill(dialog, "Password", password)
    hand.click(dialog, "OK")


def test_the_security_tab_shows_them_and_a_person_is_named(hand, office, security) -> None:
    hand.says(security, "Administrators change Server documents and databases, and install key rings.")
    dialog = opened(hand, security)
    assert names(dialog) == [ANN]
    hand.says(dialog, "Add or remove a person.")
    assert not dialog.commit_button.isEnabled()
    hand.choose(dialog, "Person", "Rob Ra")
    hand.click(dialog, "Add")
    hand.click(dialog, "Change")
    log_in(hand)
    hand.closed(dialog)
    hand.says(security, f"{ANN}\n{ROB}")
    assert administrators.administrators(office.domain) == (office.ann.name, office.rob.name)
    assert ("administrator named", office.rob.name) in builders.actions(office)


def test_somebody_is_registered_from_there_when_everybody_is_listed(hand, security) -> None:
    dialog = opened(hand, security)
    hand.click(dialog, "Add")
    assert "Everyone in the Domino Directory is already on the list." in hand.button(dialog, "Add").toolTip()
    hand.click(dialog, "Register Person")
    form = hand.dialog("Register Person")
    fill_person(hand, form)
    hand.click(form, "Register")
    hand.message("Cara Caa has been registered.")
    hand.click(dialog, "Add")
    assert names(dialog) == [ANN, ROB, "Cara Caa/MyCompany/US"]
    dialog.discard()


def test_several_changes_are_one_act_and_somebody_always_remains(hand, office, security) -> None:
    identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", "a password of hers 6"))
    entries = sql(office, "SELECT count(*) FROM audit_heads")[0][0]
    dialog = opened(hand, security)
    dialog.findChild(QListWidget).setCurrentRow(0)
    hand.click(dialog, "Remove")
    hand.refused(dialog, "The last administrator cannot be removed. Add another person first.")
    for person in ("Eve Ra", "Rob Ra"):
        hand.choose(dialog, "Person", person)
        hand.click(dialog, "Add")
    hand.click(dialog, "Change")
    log_in(hand)
    hand.closed(dialog)
    hand.says(security, f"Eve Ra/MyCompany/US\n{ROB}")
    assert sql(office, "SELECT count(*) FROM audit_heads")[0][0] == entries + 1
    assert [each for each in builders.actions(office) if each[0].startswith("administrator ")] == [
        ("administrator named", "CN=Eve Ra/O=MyCompany/C=US"), ("administrator named", office.rob.name), ("administrator removed", office.ann.name),
    ]  # fmt: skip
    verifying.verify(office.domain, office.actor())


def test_an_id_that_is_not_the_certifiers_names_nobody(hand, office, security, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.gui.identities.certifier_id.CERT_ID", "ann-admin.id")
    dialog = opened(hand, security)
    hand.choose(dialog, "Person", "Rob Ra")
    hand.click(dialog, "Add")
    hand.click(dialog, "Change")
    log_in(hand)
    hand.message("Only the organization's certifier ID names administrators.")
    assert names(dialog) == [ANN, ROB], "the input is lost"
    dialog.discard()
    assert administrators.administrators(office.domain) == (office.ann.name,)


def test_one_who_was_put_in_by_sql_is_not_shown_and_not_signed(hand, office, security) -> None:
    identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", "a password of hers 6"))
    dialog = opened(hand, security)
    sql(office, "INSERT INTO domain (key, value) VALUES ('administrators', ?)", f"{office.ann.name}\n{office.rob.name}")
    hand.says(security, "A row of the store (domain administrators) is not the one that was signed")
    assert not hand.button(security, "Change…").isEnabled()
    hand.choose(dialog, "Person", "Eve Ra")
    hand.click(dialog, "Add")
    hand.click(dialog, "Change")
    log_in(hand)
    asking = hand.dialog("Log In")
    hand.says(asking, "A row of the store (domain administrators) is not the one that was signed")
    asking.reject()
    dialog.discard()
    assert sql(office, "SELECT value FROM domain WHERE key = 'administrators'")[0][0] == f"{office.ann.name}\n{office.rob.name}"


def test_it_is_done_with_the_keyboard_only(window, hand, office, security) -> None:
    hand.button(security, "Change…").setFocus()
    hand.key(security, Qt.Key.Key_Space)
    dialog = hand.dialog("Administrators")
    assert dialog.focusWidget() is dialog.findChild(QListWidget)
    hand.key(dialog, Qt.Key.Key_Tab)
    assert dialog.focusWidget() is hand.editor(dialog, "Person")
    hand.key(dialog, Qt.Key.Key_Tab)
    assert dialog.focusWidget() is hand.button(dialog, "Add")
    hand.key(dialog, Qt.Key.Key_Space)
    assert names(dialog) == [ANN, ROB]
    dialog.commit_button.setFocus()
    hand.key(dialog, Qt.Key.Key_Space)
    asking = hand.dialog("Log In")
    hand.editor(asking, "Password").insert(ADMIN_PASSWORD)
    hand.until(hand.button(asking, "OK").isEnabled, "it cannot be confirmed")
    hand.key(asking, Qt.Key.Key_Return)
    hand.closed(dialog)
    assert office.rob.name in administrators.administrators(office.domain)
