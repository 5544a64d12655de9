"""Pickup Key Ring Certificate in the window (technote, steps 24-26)."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from dominoadmin.gui.key_rings import pickup as module
from dominoadmin.gui.key_rings import pickup as pickup_key_ring
from dominoadmin.services.key_rings import management as key_rings
from tests.gui.key_rings.looking import pictures
from tests.services.key_rings.conftest import DATABASE, PASSWORD


def opened(desk, hand, *known):
    pickup_key_ring.start(desk, *known)
    return hand.dialog("Pickup Key Ring Certificate")


def test_the_certificate_is_verified_and_merged(desk, hand, stage):
    dialog = opened(desk, hand)
    assert hand.editor(dialog, "Key Ring File Name").currentText() == "waiting.kyr"  # the waiting one
    hand.fill(dialog, "Key Ring Password", PASSWORD)
    hand.fill(dialog, "Request ID (pickup ID)", f"  {stage.pickup_ids['waiting.kyr'].lower()} ")
    pictures(hand, dialog, "pickup-key-ring")
    hand.click(dialog, "Pickup Certificate")
    merge = hand.dialog("Merge Signed Certificate Confirmation")
    hand.says(merge, "CN=server1.example.com/O=MyCompany/ST=Massachusetts/C=US")
    pictures(hand, merge, "merge-signed")
    hand.click(merge, "OK")
    said = hand.message("Certificate received into key ring")
    assert "Install on Server" in said
    hand.closed(dialog)
    assert stage.show("waiting.kyr").state == "certificate merged"


def test_a_known_request_id_fills_the_form(desk, hand, stage):
    dialog = opened(desk, hand, stage.pickup_ids["waiting.kyr"], DATABASE)
    assert hand.editor(dialog, "Key Ring File Name").currentText() == "waiting.kyr"
    assert hand.editor(dialog, "Request ID (pickup ID)").text() == stage.pickup_ids["waiting.kyr"]
    hand.refused(dialog, "Type the password of the key ring.")


@pytest.mark.parametrize("between", ["", " ", "\u2013"])
def test_a_request_id_is_found_whatever_stands_between_its_groups(desk, hand, stage, between):
    written = stage.pickup_ids["waiting.kyr"].replace("-", between)
    dialog = opened(desk, hand, written)
    assert hand.editor(dialog, "Key Ring File Name").currentText() == "waiting.kyr"
    hand.fill(dialog, "Key Ring Password", PASSWORD)
    hand.editor(dialog, "Request ID (pickup ID)").clear()
    hand.editor(dialog, "Request ID (pickup ID)").insert(written)  # pasted: the hand's keyboard has no en dash
    hand.click(dialog, "Pickup Certificate")
    hand.click(hand.dialog("Merge Signed Certificate Confirmation"), "OK")
    hand.message("Certificate received into key ring")


def test_a_password_typed_at_once_is_typed_into_its_field_and_not_shown(desk, hand, stage):
    dialog = opened(desk, hand, stage.pickup_ids["waiting.kyr"], DATABASE)  # as the guide opens it
    QTest.keyClicks(dialog.focusWidget(), "secret")
    assert hand.editor(dialog, "Key Ring File Name").currentText() == "waiting.kyr"
    password = hand.editor(dialog, "Key Ring Password")
    assert (password.text(), password.displayText()) == ("secret", "●" * 6)


def test_what_is_typed_goes_on_where_it_was_when_the_dialog_is_shown_again(desk, hand, stage):
    dialog = opened(desk, hand, stage.pickup_ids["waiting.kyr"], DATABASE)
    hand.editor(dialog, "Request ID (pickup ID)").setFocus()
    dialog.hide()  # like locking
    dialog.show()
    assert dialog.focusWidget() is hand.editor(dialog, "Request ID (pickup ID)")


def test_a_key_ring_of_another_database_is_not_proposed(desk, hand):
    assert hand.editor(opened(desk, hand, "", "other.nsf"), "Key Ring File Name").currentText() == ""


def test_cancelling_the_confirmation_leads_back_to_the_form(desk, hand, stage):
    dialog = opened(desk, hand, stage.pickup_ids["waiting.kyr"])
    hand.fill(dialog, "Key Ring Password", PASSWORD)
    hand.click(dialog, "Pickup Certificate")
    hand.click(hand.dialog("Merge Signed Certificate Confirmation"), "Cancel")
    assert hand.editor(dialog, "Key Ring Password").text() == PASSWORD
    assert stage.show("waiting.kyr").certificate is None


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("Key Ring File Name", "waiting", "Keep the extension .kyr, as in keyfile.kyr."),
        ("Key Ring Password", "", "Type the password of the key ring."),
        ("Request ID (pickup ID)", " ", "Paste the Request ID"),
    ],
)
def test_each_field_says_what_is_missing(desk, hand, stage, label, text, said):
    dialog = opened(desk, hand, stage.pickup_ids["waiting.kyr"])
    hand.fill(dialog, "Key Ring Password", PASSWORD)
    assert not dialog.problem()
    hand.fill(dialog, label, text)
    hand.refused(dialog, said)


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("Key Ring Password", "wrong password", "the password is wrong, or the file was altered"),
        ("Key Ring File Name", "new.kyr", "The certificate does not match the key in the key ring."),
        ("Key Ring File Name", "none.kyr", "does not exist"),
        ("Request ID (pickup ID)", "0C2A7F51", "No request with this Request ID was found."),
    ],
)
def test_a_failure_is_told_and_what_was_typed_stays(desk, hand, stage, label, text, said):
    dialog = opened(desk, hand, stage.pickup_ids["waiting.kyr"])
    hand.fill(dialog, "Key Ring Password", PASSWORD)
    hand.fill(dialog, label, text)
    hand.click(dialog, "Pickup Certificate")
    if label == "Key Ring File Name":
        hand.message(said)
    else:  # it is about what was typed there
        hand.says(dialog, said)
        assert said in hand.editor(dialog, label).accessibleDescription()
    editor = hand.editor(dialog, label)
    assert (editor.currentText() if hasattr(editor, "currentText") else editor.text()) == text


def test_keyboard_alone(desk, hand, stage):
    dialog = opened(desk, hand, stage.pickup_ids["waiting.kyr"])
    hand.editor(dialog, "Key Ring Password").insert(PASSWORD)
    hand.key(dialog, Qt.Key.Key_Return)
    merge = hand.dialog("Merge Signed Certificate Confirmation")
    hand.key(merge, Qt.Key.Key_Return)
    hand.message("Certificate received into key ring")


def test_closing_while_the_certificate_is_checked_asks_and_stops(desk, hand, stage, monkeypatch):
    go_on = threading.Event()

    def slow(*_):
        go_on.wait(10)
        raise module.Error("Too late.")

    monkeypatch.setattr(key_rings, "pickup_preview", slow)
    dialog = opened(desk, hand, stage.pickup_ids["waiting.kyr"])
    hand.fill(dialog, "Key Ring Password", PASSWORD)
    hand.click(dialog, "Pickup Certificate")
    hand.says(dialog, "Checking the certificate")
    dialog.close()
    hand.message("The operation is still running. Stop it?", "Stop")
    go_on.set()
    hand.message("Too late.")
    assert hand.editor(dialog, "Key Ring Password").text() == PASSWORD
