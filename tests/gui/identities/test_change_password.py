"""Change Password of your own ID, and what Log In says when a password is forgotten."""

from __future__ import annotations

import pytest

from dominoadmin.errors import WrongPassword
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.services.identities import identifying
from tests import builders
from tests.conftest import ADMIN_PASSWORD

NEW = "Zebra Quartz 78"


@pytest.fixture
def dialog(window, hand):
    hand.menu(window, "File > Security > Change Password")
    return hand.dialog("Change Password")


def fill(hand, dialog, present: str, new: str = NEW, again: str = NEW) -> None:
    hand.fill(dialog, "Present Password", present)
    hand.fill(dialog, "New Password", new)
    hand.fill(dialog, "Confirm Password", again)


def test_the_new_password_opens_the_id_and_the_old_one_does_not(window, dialog, hand, office) -> None:
    hand.says(dialog, "Ann Admin/MyCompany/US (ann-admin.id)")
    fill(hand, dialog, ADMIN_PASSWORD)
    hand.click(dialog, "Change Password")
    assert "keep the old one" in hand.message("The password of ann-admin.id has been changed.")
    path = office.root / "ann-admin.id"
    assert identifying.open_id(office.domain, path, NEW).name == office.ann.name
    with pytest.raises(WrongPassword):
        identifying.open_id(office.domain, path, ADMIN_PASSWORD)
    assert builders.actions(office)[-1][0] == "ID password changed"


def test_a_wrong_present_password_changes_nothing_and_is_selected(window, dialog, hand, office) -> None:
    before = (office.root / "ann-admin.id").read_bytes()
    fill(hand, dialog, "not that one")
    hand.click(dialog, "Change Password")
    hand.says(dialog, "cannot be opened with this password.")
    line = hand.editor(dialog, "Present Password")
    assert (dialog.focusWidget(), line.selectedText()) == (line, "not that one")
    assert (office.root / "ann-admin.id").read_bytes() == before
    dialog.discard()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (("", NEW, NEW), "Type the present password."),
        ((ADMIN_PASSWORD, "short", "short"), "must have 8 to"),
        ((ADMIN_PASSWORD, NEW, ""), "Type the password again to confirm it."),
        ((ADMIN_PASSWORD, NEW, "another"), "The passwords do not match."),
    ],
)
def test_the_dialog_says_what_is_missing(dialog, hand, values, said) -> None:
    fill(hand, dialog, *values)
    hand.refused(dialog, said)
    dialog.discard()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("ann-admin.id", 'dominoadmin person renew "NAME"'),
        ("server.id", "restore the certifiers from their backup copies"),
        ("cert.id", "no ID can be created or renewed"),
    ],
)
def test_log_in_says_what_to_do_without_the_password(window, hand, office, file, said) -> None:
    dialog = LogIn(window, office.domain, path=office.root / file)
    dialog.open()
    hand.click(dialog, "Forgotten?")
    assert said in hand.message("is forgotten")
    dialog.reject()
