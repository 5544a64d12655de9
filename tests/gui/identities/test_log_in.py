"""Log In: an ID file and its password, typed or from the keychain."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFileDialog, QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.services.identities import identifying
from dominoadmin.store.keychain import Keychain
from tests import builders
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD, SERVER_PASSWORD


@pytest.fixture
def kept(office, system_keyring):
    """The office with a keychain that works."""
    return replace(office, domain=replace(office.domain, keychain=Keychain("0f3a")))


@pytest.fixture
def show(qtbot):
    windows = []

    def shown(parent, domain, **more):
        dialog = LogIn(parent, domain, **more)
        dialog.identities = []
        dialog.opened.connect(dialog.identities.append)
        windows.append(dialog)
        dialog.open()
        return dialog

    yield shown
    for dialog in windows:
        with contextlib.suppress(RuntimeError):  # it is gone
            dialog.reject()


@pytest.fixture
def parent(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_the_persons_of_the_data_directory_are_offered_with_their_names(office, show, hand):
    dialog = show(None, office.domain)
    box = hand.editor(dialog, "ID file")
    assert [box.itemText(n) for n in range(box.count())] == [
        "Ann Admin/MyCompany/US (ann-admin.id)", "Rob Ra/MyCompany/US (rob-ra.id)",
    ]  # fmt: skip


def test_the_password_opens_the_id(office, show, hand):
    dialog = show(None, office.domain)
    hand.picture(dialog, "/tmp/shots/log_in.png")
    hand.fill(dialog, "Password", ADMIN_PASSWORD)
    identities = dialog.identities
    hand.click(dialog, "OK")
    hand.closed(dialog)
    assert [identity.name for identity in identities] == ["CN=Ann Admin/O=MyCompany/C=US"]
    assert dialog.path == office.root / "ann-admin.id"


def test_another_id_is_chosen_and_offered_first_the_next_time(office, show, hand):
    dialog = show(None, office.domain)
    hand.choose(dialog, "ID file", "Rob Ra")
    hand.fill(dialog, "Password", ROB_PASSWORD)
    hand.click(dialog, "OK")
    hand.closed(dialog)
    assert hand.editor(show(None, office.domain), "ID file").currentText().startswith("Rob Ra")


def test_a_log_in_leaves_the_default_of_the_command_line_alone(office, show, hand):
    dialog = show(None, office.domain)
    hand.choose(dialog, "ID file", "Rob Ra")
    hand.fill(dialog, "Password", ROB_PASSWORD)
    hand.click(dialog, "OK")
    hand.closed(dialog)
    assert identifying.default_id(office.domain) == office.root / "ann-admin.id"


def test_a_wrong_password_keeps_the_dialog_and_what_was_typed(office, show, hand):
    dialog = show(None, office.domain)
    hand.fill(dialog, "Password", "wrong password")
    hand.click(dialog, "OK")
    hand.says(dialog, "This password does not open the ID file.")
    hand.until(lambda: hand.button(dialog, "OK").isEnabled(), "OK stays off")
    assert hand.editor(dialog, "Password").text() == "wrong password"
    assert dialog.identities == []
    hand.picture(dialog, "/tmp/shots/log_in_wrong.png")


def test_a_clock_behind_the_store_is_named_before_the_window_opens(office, show, hand):
    office.clock.advance(days=20)
    builders.certifier(office)
    office.clock.advance(days=-10)
    dialog = show(None, office.domain)
    hand.fill(dialog, "Password", ADMIN_PASSWORD)
    identities = dialog.identities
    hand.click(dialog, "OK")
    said = hand.message("The clock of this computer says")
    assert f"{office.clock().astimezone():%Y-%m-%d}" in said
    hand.closed(dialog)
    assert len(identities) == 1


def test_an_id_that_is_not_valid_yet_names_the_clock(office, show, hand):
    office.clock.advance(days=-20)
    dialog = show(None, office.domain)
    hand.fill(dialog, "Password", ADMIN_PASSWORD)
    hand.click(dialog, "OK")
    said = hand.says(dialog, "is not valid before")
    assert f"{office.clock():%Y-%m-%d}. Check the clock of this computer." in said


def test_ok_is_off_and_says_why_while_there_is_no_password(office, show, hand):
    dialog = show(None, office.domain)
    assert not hand.button(dialog, "OK").isEnabled()
    assert hand.button(dialog, "OK").toolTip() == "Type the password of the ID file."


def test_the_keyboard_alone_is_enough(office, show, hand, qtbot):
    dialog = show(None, office.domain)
    qtbot.waitExposed(dialog)
    hand.until(lambda: dialog.focusWidget() is hand.editor(dialog, "Password"), "the password has not the focus")
    QTest.keyClicks(dialog.focusWidget(), ADMIN_PASSWORD)
    identities = dialog.identities
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    hand.closed(dialog)
    assert len(identities) == 1


def test_escape_gives_up(office, show, hand, qtbot):
    dialog = show(None, office.domain)
    with qtbot.waitSignal(dialog.rejected):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.identities == []


def test_closing_while_the_id_is_opened_opens_nothing(office, show, hand, qtbot):
    dialog = show(None, office.domain)
    hand.fill(dialog, "Password", ADMIN_PASSWORD)
    identities = dialog.identities
    hand.click(dialog, "OK")
    dialog.reject()
    hand.closed(dialog)
    qtbot.wait(900)
    assert identities == []


def test_a_file_elsewhere_is_found_with_browse(office, show, hand, tmp_path):
    elsewhere = tmp_path / "stick"
    elsewhere.mkdir()
    shutil.move(office.root / "rob-ra.id", elsewhere / "rob.id")
    dialog = show(None, office.domain)
    hand.click(dialog, "Browse")
    chooser = hand.dialog("Choose User ID", QFileDialog)
    chooser.fileSelected.emit(str(elsewhere / "rob.id"))
    chooser.reject()
    assert hand.editor(dialog, "ID file").currentText() == f"Rob Ra/MyCompany/US ({elsewhere / 'rob.id'})"
    hand.fill(dialog, "Password", ROB_PASSWORD)
    identities = dialog.identities
    hand.click(dialog, "OK")
    hand.closed(dialog)
    assert [identity.name for identity in identities] == ["CN=Rob Ra/O=MyCompany/C=US"]


def test_an_id_that_is_none_or_of_another_domain_is_refused_in_words(office, show, hand, tmp_path):
    (tmp_path / "broken.id").write_text("no ID at all")
    dialog = show(None, office.domain)
    hand.click(dialog, "Browse")
    chooser = hand.dialog("Choose User ID", QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "broken.id"))
    chooser.reject()
    assert hand.editor(dialog, "ID file").currentText() == str(tmp_path / "broken.id")
    hand.fill(dialog, "Password", ADMIN_PASSWORD)
    hand.click(dialog, "OK")
    hand.says(dialog, "broken.id")
    hand.until(lambda: hand.button(dialog, "OK").isEnabled(), "OK stays off")
    assert dialog.identities == []


def test_an_id_that_was_used_last_and_has_gone_is_not_offered(office, show, hand):
    identifying.note_used_id(office.domain, office.root / "rob-ra.id")
    (office.root / "rob-ra.id").unlink()
    (office.root / "odd.id").write_text("no ID")
    box = hand.editor(show(None, office.domain), "ID file")
    assert [box.itemText(n) for n in range(box.count())] == ["Ann Admin/MyCompany/US (ann-admin.id)"]


def test_a_fault_of_the_program_is_shown_as_one(office, show, hand, caplog):
    dialog = show(None, office.domain)
    dialog._refused(RuntimeError("bug"))
    hand.message("This is an error in the program, not in what you did.")
    dialog._not_looked(RuntimeError("bug"))
    hand.message("This is an error in the program, not in what you did.")
    caplog.clear()


def test_without_any_id_the_dialog_says_what_to_do(office, show, hand):
    for path in office.root.glob("*.id"):
        path.unlink()
    dialog = show(None, office.domain)
    hand.says(dialog, "Choose one with Browse.")
    assert not hand.button(dialog, "OK").isEnabled()


def test_to_unlock_the_id_is_fixed(office, show, hand, parent):
    dialog = show(parent, office.domain, path=office.root / "ann-admin.id", reason="The window is locked.")
    hand.says(dialog, "The window is locked.")
    hand.says(dialog, "Ann Admin/MyCompany/US (ann-admin.id)")
    assert not [b for b in dialog.findChildren(QWidget) if getattr(b, "text", str)() == "&Browse…"]


class TestTheKeychain:
    def test_where_it_works_the_password_can_be_remembered(self, kept, system_keyring, show, hand):
        dialog = show(None, kept.domain)
        hand.fill(dialog, "Password", ADMIN_PASSWORD)
        hand.tick(dialog, "Remember password")
        hand.click(dialog, "OK")
        hand.closed(dialog)
        assert system_keyring.entries == {("dominoadmin/0f3a/id-ann-admin.id", "password"): ADMIN_PASSWORD}

    def test_where_there_is_none_nothing_is_offered(self, office, show, hand, qtbot):
        dialog = show(None, office.domain)
        hand.until(lambda: "keychain" not in dialog._said.text(), "the keychain is waited for")
        assert not dialog.findChild(QCheckBox).isVisible()

    def test_at_the_start_a_remembered_password_is_used_without_a_question(self, kept, show, hand):
        identifying.remember_password(kept.domain, kept.root / "ann-admin.id", ADMIN_PASSWORD)
        dialog = show(None, kept.domain)
        identities = dialog.identities
        hand.closed(dialog)
        assert len(identities) == 1

    def test_for_the_server_as_well(self, kept, show, hand, parent):
        identifying.remember_password(kept.domain, kept.root / "server.id", SERVER_PASSWORD)
        dialog = show(parent, kept.domain, path=kept.root / "server.id", reason="The server's tasks need its ID.")
        identities = dialog.identities
        hand.closed(dialog)
        assert [identity.name for identity in identities] == ["CN=Server1/O=MyCompany/C=US"]

    def test_but_not_to_unlock_the_window(self, kept, show, hand, parent, qtbot):
        identifying.remember_password(kept.domain, kept.root / "ann-admin.id", ADMIN_PASSWORD)
        dialog = show(parent, kept.domain, path=kept.root / "ann-admin.id", reason="The window is locked.")
        qtbot.wait(700)
        assert dialog.isVisible()
        assert not hand.button(dialog, "OK").isEnabled()

    def test_switching_to_an_id_needs_no_typing(self, kept, show, hand, parent):
        identifying.remember_password(kept.domain, kept.root / "rob-ra.id", ROB_PASSWORD)
        dialog = show(parent, kept.domain)
        hand.choose(dialog, "ID file", "Rob Ra")
        identities = dialog.identities
        hand.click(dialog, "OK")
        hand.closed(dialog)
        assert [identity.name for identity in identities] == ["CN=Rob Ra/O=MyCompany/C=US"]

    def test_a_remembered_password_that_is_wrong_falls_back_to_asking(self, kept, show, hand):
        identifying.remember_password(kept.domain, kept.root / "ann-admin.id", "an older password")
        dialog = show(None, kept.domain)
        hand.says(dialog, "The remembered password no longer opens this ID.")
        hand.fill(dialog, "Password", ADMIN_PASSWORD)
        hand.click(dialog, "OK")
        hand.closed(dialog)

    def test_a_keychain_that_refuses_at_the_end_does_not_lose_the_log_in(self, kept, system_keyring, show, hand):
        dialog = show(None, kept.domain)
        hand.fill(dialog, "Password", ADMIN_PASSWORD)
        hand.tick(dialog, "Remember password")
        system_keyring.locked = True
        identities = dialog.identities
        hand.click(dialog, "OK")
        said = hand.message("could not be stored in the keychain")
        assert "The keychain is locked." in said
        hand.closed(dialog)
        assert len(identities) == 1


def test_pictures_in_the_dark(office, show, hand):
    theme.apply(theme.DARK)
    dialog = show(None, office.domain)
    hand.picture(dialog, "/tmp/shots/log_in_dark.png")
    theme.apply(theme.LIGHT)
