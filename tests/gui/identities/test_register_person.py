"""Register Person with the password of the certifier ID in the keychain."""

from __future__ import annotations

import keyring
import pytest

from dominoadmin.gui.identities import register_person
from dominoadmin.services.identities import identifying
from dominoadmin.store.keychain import Keychain
from tests.conftest import ADMIN_PASSWORD
from tests.gui.directory.test_view import fill_person
from tests.gui.identities.memory_keyring import MemoryKeyring


@pytest.fixture
def kept(office):
    """A keychain with the password of the certifier ID."""
    before, made, none = keyring.get_keyring(), MemoryKeyring(), office.domain.keychain
    keyring.set_keyring(made)
    object.__setattr__(office.domain, "keychain", Keychain("test"))
    identifying.remember_password(office.domain, office.root / "cert.id", ADMIN_PASSWORD)
    yield made
    object.__setattr__(office.domain, "keychain", none)
    keyring.set_keyring(before)


def remembered(dialog) -> bool:
    return dialog._form.certifier_password.placeholderText() == "Remembered in the keychain"


def test_a_remembered_certifier_password_need_not_be_typed(window, hand, office, kept):
    register_person.start(window)
    dialog = hand.dialog("Register Person")
    hand.until(lambda: remembered(dialog), "the keychain is not asked")
    assert not dialog.dirty
    fill_person(hand, dialog)
    hand.fill(dialog, "Certifier ID password", "")
    hand.picture(dialog, "/tmp/shots/register_person_remembered.png")
    hand.click(dialog, "Register")
    hand.message("Cara Caa has been registered.")
    assert (office.root / "cara-caa.id").exists()


def test_a_remembered_password_of_another_certifier_id_is_not_used(window, hand, office, kept):
    register_person.start(window)
    dialog = hand.dialog("Register Person")
    hand.until(lambda: remembered(dialog), "the keychain is not asked")
    fill_person(hand, dialog)
    hand.fill(dialog, "Certifier ID password", "")
    assert dialog.commit_button.isEnabled()
    dialog._form._chosen(office.root / "rob-ra.id")
    assert not remembered(dialog)
    assert dialog.draft.certifier_password == ""
    dialog.discard()


def test_a_remembered_password_that_is_wrong_by_now_is_typed(window, hand, office, kept):
    identifying.remember_password(office.domain, office.root / "cert.id", "it was changed")
    register_person.start(window)
    dialog = hand.dialog("Register Person")
    hand.until(lambda: remembered(dialog), "the keychain is not asked")
    fill_person(hand, dialog)
    hand.fill(dialog, "Certifier ID password", "")
    hand.click(dialog, "Register")
    hand.says(dialog, "cannot be opened with this password.")
    assert not remembered(dialog)
    hand.fill(dialog, "Certifier ID password", ADMIN_PASSWORD)
    hand.click(dialog, "Register")
    hand.message("Cara Caa has been registered.")
