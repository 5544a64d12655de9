"""Preferences: General and Security."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.identities import preferences
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.identities import identifying
from dominoadmin.services.states import Protection
from dominoadmin.store.keychain import Keychain
from tests.conftest import ADMIN_PASSWORD, SERVER_PASSWORD

WORKS = "It is unlocked and works."


@pytest.fixture
def backend(window, system_keyring):
    window.session.domain = replace(window.session.domain, keychain=Keychain("0f3a"))
    return system_keyring


def opened(window, hand, tab="Security"):
    preferences.start(window)
    dialog = hand.dialog("Preferences")
    hand.tab(dialog, tab)
    return dialog


def listed(dialog):
    found = dialog.findChild(QListWidget)
    texts = [found.item(n).text() for n in range(found.count())]
    return [text for text in texts if text != "No password is remembered."]


def choose(dialog, text):
    found = dialog.findChild(QListWidget)
    found.findItems(text, Qt.MatchFlag.MatchContains)[0].setSelected(True)


class TestGeneral:
    def test_the_choices_are_remembered_and_take_effect(self, window, hand, office):
        dialog = opened(window, hand, "General")
        hand.choose(dialog, "Language", "Deutsch")
        hand.choose(dialog, "Colors", "Dark")
        hand.fill(dialog, "Lock the window after", "30")
        hand.picture(dialog, "/tmp/shots/preferences_general.png")
        hand.click(dialog, "OK")
        hand.closed(dialog)
        assert theme.is_dark()
        kept = Memory(office.root / "client.json")
        assert [kept.get(f"preferences/{key}") for key in ("language", "colours", "idle_minutes")] == ["de", "dark", 30]
        assert window.locking._idle.interval() == 30 * 60_000
        assert window.statusBar().currentMessage().startswith("The language changes the next time")
        theme.apply(theme.LIGHT)

    def test_what_was_remembered_is_shown(self, window, hand):
        window.memory.set("preferences/language", "de")
        window.memory.set("preferences/idle_minutes", 0)
        dialog = opened(window, hand, "General")
        assert hand.editor(dialog, "Language").currentText() == "Deutsch"
        assert hand.editor(dialog, "Lock the window after").text() == "Never"

    def test_cancel_changes_nothing(self, window, hand):
        dialog = opened(window, hand, "General")
        hand.choose(dialog, "Colors", "Dark")
        hand.key(dialog, Qt.Key.Key_Escape)
        hand.message("Discard your changes?", "Discard")
        hand.closed(dialog)
        assert window.memory.get("preferences/colours") is None
        assert not theme.is_dark()

    def test_a_folder_that_cannot_be_written_keeps_the_dialog(self, window, hand, office):
        (office.root / "client.json").mkdir()
        dialog = opened(window, hand, "General")
        hand.choose(dialog, "Language", "English")
        hand.click(dialog, "OK")
        hand.message("cannot be written")
        assert hand.editor(dialog, "Language").currentText() == "English"
        dialog.discard()


class TestSecurity:
    def test_it_says_which_keychain_is_in_use_and_tests_it(self, window, hand, backend):
        dialog = opened(window, hand)
        hand.says(dialog, WORKS)
        hand.says(dialog, "memory")
        assert dialog.findChild(QListWidget).item(0).text() == "No password is remembered."
        hand.click(dialog, "Test")
        hand.says(dialog, "a test entry was written, read back, and deleted")
        assert backend.entries == {}
        hand.picture(dialog, "/tmp/shots/preferences_security.png")

    def test_a_password_is_remembered_and_forgotten(self, window, hand, backend):
        dialog = opened(window, hand)
        hand.click(dialog, "Remember")
        ask = hand.dialog("Remember Password")
        assert not hand.button(ask, "OK").isEnabled()
        hand.choose(ask, "Password of", "Ann Admin")
        hand.fill(ask, "Password", ADMIN_PASSWORD)
        hand.picture(ask, "/tmp/shots/remember_password.png")
        hand.click(ask, "OK")
        hand.closed(ask)
        hand.until(lambda: listed(dialog) == ["Ann Admin/MyCompany/US (ann-admin.id)"], "it is not listed")
        hand.picture(dialog, "/tmp/shots/preferences_remembered.png")
        choose(dialog, "Ann")
        hand.click(dialog, "Forget")
        hand.message("You will be prompted for it from now on.", "Forget")
        hand.until(lambda: not listed(dialog), "it is still listed")
        assert backend.entries == {}

    def test_a_wrong_password_is_not_kept_and_stays_typed(self, window, hand, backend):
        dialog = opened(window, hand)
        hand.click(dialog, "Remember")
        ask = hand.dialog("Remember Password")
        hand.fill(ask, "Password", "wrong password")
        hand.click(ask, "OK")
        hand.says(ask, "does not open the ID file")
        assert hand.editor(ask, "Password").text() == "wrong password"
        assert backend.entries == {}
        hand.click(ask, "Cancel")

    def test_a_keychain_that_locks_itself_keeps_what_was_typed(self, window, hand, backend):
        dialog = opened(window, hand)
        hand.click(dialog, "Remember")
        ask = hand.dialog("Remember Password")
        hand.fill(ask, "Password", ADMIN_PASSWORD)
        backend.locked = True
        hand.click(ask, "OK")
        hand.says(ask, "The keychain is locked.")
        assert hand.editor(ask, "Password").text() == ADMIN_PASSWORD
        hand.click(ask, "Cancel")

    def test_a_fault_of_the_program_is_shown_as_one(self, window, hand, backend):
        dialog = opened(window, hand)
        dialog.security._failed(RuntimeError("bug"))
        hand.message("This is an error in the program")
        hand.says(dialog, WORKS)

    def test_an_activation_password_is_remembered(self, window, hand, backend, office):
        name = DistinguishedName(common_name="MyCompany CA", organization="MyCompany")
        request = CertifierRequest(name, Protection.PASSWORD, activation_password="activate me 4")
        number = registering.register(office.domain, office.ann, request).certifier_id
        dialog = opened(window, hand)
        hand.click(dialog, "Remember")
        ask = hand.dialog("Remember Password")
        hand.choose(ask, "Password of", "CN=MyCompany CA")
        hand.says(ask, "the next time the certifier is activated")
        hand.fill(ask, "Password", "activate me 4")
        hand.click(ask, "OK")
        hand.until(lambda: listed(dialog), "it is not listed")
        assert backend.entries == {(f"dominoadmin/0f3a/activation-{number}", "password"): "activate me 4"}

    def test_to_forget_the_server_s_password_is_warned_of(self, window, hand, backend, office):
        identifying.remember_password(window.session.domain, office.root / "server.id", SERVER_PASSWORD)
        dialog = opened(window, hand)
        hand.until(lambda: listed(dialog), "it is not listed")
        choose(dialog, "Server1")
        hand.click(dialog, "Forget")
        hand.message("nobody knows it", "Cancel")
        assert len(backend.entries) == 1

    def test_a_locked_keychain_is_said_in_one_sentence(self, window, hand, backend):
        backend.locked = True
        dialog = opened(window, hand)
        hand.says(dialog, "The keychain is locked.")
        assert not hand.button(dialog, "Remember").isEnabled()
        assert hand.button(dialog, "Remember").toolTip() == "The keychain is locked."
        backend.locked = False
        hand.click(dialog, "Test")
        hand.says(dialog, "a test entry was written, read back, and deleted")

    def test_a_keychain_that_locks_itself_in_between_falls_back(self, window, hand, backend):
        identifying.remember_password(window.session.domain, window.session.path, ADMIN_PASSWORD)
        dialog = opened(window, hand)
        hand.until(lambda: listed(dialog), "it is not listed")
        choose(dialog, "Ann")
        backend.locked = True
        hand.click(dialog, "Forget")
        hand.message("You will be prompted for it", "Forget")
        hand.says(dialog, "The keychain is locked.")
        assert len(backend.entries) == 1

    def test_without_a_keychain_it_says_none(self, window, hand):
        dialog = opened(window, hand)
        hand.says(dialog, "The keychain is turned off (DOMINOADMIN_KEYCHAIN=none).")
        hand.says(dialog, "none")
        assert not hand.button(dialog, "Forget").isEnabled()


def test_a_picture_in_the_dark(window, hand, backend):
    theme.apply(theme.DARK)
    dialog = opened(window, hand)
    hand.says(dialog, WORKS)
    hand.picture(dialog, "/tmp/shots/preferences_dark.png")
    theme.apply(theme.LIGHT)
