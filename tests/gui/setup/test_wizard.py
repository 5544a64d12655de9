"""Set Up a New Domain, page by page."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from functools import partial

import keyring
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QLineEdit

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.forms.form import Caption
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.setup.wizard import SetupWizard
from tests.conftest import ADMIN_PASSWORD
from tests.gui.hand import texts
from tests.gui.identities.memory_keyring import MemoryKeyring


@pytest.fixture
def backend(monkeypatch):
    monkeypatch.setenv("DOMINOADMIN_KEYCHAIN", "system")
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def wizard(qtbot, hand, tmp_path):
    theme.apply(theme.LIGHT)
    made = SetupWizard(None, tmp_path / "data")
    made.draft.backup_folder = str(tmp_path / "stick")
    made.results = []
    made.finished_with.connect(made.results.append)
    made.open()
    hand.until(lambda: "Looking" not in made._server_page._why.text(), "the machine is not looked at")
    yield made
    with contextlib.suppress(RuntimeError):
        made.discard()


def organization(wizard, hand):
    hand.fill(wizard, "Organization Name", "MyCompany")
    hand.fill(wizard, "Country Code", "US")
    hand.click(wizard, "Next >")


def server(wizard, hand):
    hand.fill(wizard, "Host name", "server1.example.com")
    hand.click(wizard, "Next >")


def administrator(wizard, hand):
    hand.fill(wizard, "Your name", "Ann Admin")
    hand.fill(wizard, "Password", ADMIN_PASSWORD)
    hand.fill(wizard, "Confirm Password", ADMIN_PASSWORD)
    hand.says(wizard, "of 16)")
    hand.click(wizard, "Next >")


def to_the_summary(wizard, hand):
    organization(wizard, hand)
    server(wizard, hand)
    administrator(wizard, hand)
    hand.click(wizard, "Next >")
    hand.click(wizard, "Next >")


def test_the_walk_makes_a_domain_and_hands_it_over(wizard, hand, tmp_path):
    pictures = iter("abcdefgh")
    for step in (organization, server, administrator):
        step(wizard, hand)
        hand.picture(wizard, f"/tmp/shots/setup_{next(pictures)}.png")
    hand.says(wizard, "You will be prompted for the passwords each time.")
    hand.click(wizard, "Next >")
    hand.picture(wizard, f"/tmp/shots/setup_{next(pictures)}.png")
    hand.click(wizard, "Next >")
    for text in ("MyCompany/US", "Server1/MyCompany/US", "Ann Admin/MyCompany/US", str(tmp_path / "stick")):
        hand.says(wizard, text)
    hand.picture(wizard, f"/tmp/shots/setup_{next(pictures)}.png")
    hand.click(wizard, "Set Up")
    hand.says(wizard, "What to do next")
    hand.says(wizard, "Ann Admin/MyCompany/US, ID file ann-admin.id")
    hand.picture(wizard, f"/tmp/shots/setup_{next(pictures)}.png")
    results = wizard.results
    hand.click(wizard, "Open the Administrator")
    hand.closed(wizard)
    assert [made.administrator.name for made in results] == ["CN=Ann Admin/O=MyCompany/C=US"]
    assert results[0].server.name == "CN=Server1/O=MyCompany/C=US"
    assert {path.name for path in (tmp_path / "stick").iterdir()} == {"cert.id", "ann-admin.id", "server.id"}


def test_each_page_says_what_is_missing_when_next_is_pressed(wizard, hand):
    assert not any("Type the organization's name" in text for text in texts(wizard))
    hand.click(wizard, "Next >")
    hand.says(wizard, "Type the organization's name")
    hand.fill(wizard, "Organization Name", "My/Company")
    hand.click(wizard, "Next >")
    assert hand.editor(wizard, "Organization Name").isVisible()
    organization(wizard, hand)
    hand.fill(wizard, "Host name", "server1")
    hand.click(wizard, "Next >")
    hand.says(wizard, "not a fully qualified host name")
    hand.picture(wizard, "/tmp/shots/setup_problem.png")
    server(wizard, hand)
    hand.fill(wizard, "Your name", "Ann Admin")
    hand.fill(wizard, "Password", "short")
    hand.click(wizard, "Next >")
    hand.says(wizard, "8 to 1024 characters")
    hand.fill(wizard, "Password", ADMIN_PASSWORD)
    hand.fill(wizard, "Confirm Password", "another")
    hand.says(wizard, "The passwords do not match.")


def test_the_server_page_proposes_ports_and_says_why(wizard, hand):
    organization(wizard, hand)
    assert hand.says(wizard, "80")
    ports = {hand.editor(wizard, label).value() for label in ("TCP/IP port number", "SSL port number")}
    assert len(ports) == 2


def test_back_keeps_what_was_typed(wizard, hand):
    organization(wizard, hand)
    hand.fill(wizard, "Host name", "server1.example.com")
    hand.click(wizard, "< Back")
    assert hand.editor(wizard, "Organization Name").text() == "MyCompany"
    hand.click(wizard, "Next >")
    assert hand.editor(wizard, "Host name").text() == "server1.example.com"


def test_a_failure_shows_the_error_and_keeps_the_input(wizard, hand, tmp_path):
    to_the_summary(wizard, hand)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "domain.db").touch()
    hand.click(wizard, "Set Up")
    hand.message("already contains a domain.")
    hand.says(wizard, "Ann Admin/MyCompany/US")
    (tmp_path / "data" / "domain.db").unlink()
    hand.click(wizard, "< Back")
    assert hand.editor(wizard, "Folder").text() == str(tmp_path / "stick")
    hand.click(wizard, "Next >")
    hand.click(wizard, "Set Up")
    hand.says(wizard, "What to do next")


def test_cancel_asks_before_it_throws_the_input_away(wizard, hand, tmp_path):
    hand.fill(wizard, "Organization Name", "MyCompany")
    hand.click(wizard, "Cancel")
    hand.message("Discard your changes?", "Cancel")
    assert hand.editor(wizard, "Organization Name").text() == "MyCompany"
    hand.key(wizard, Qt.Key.Key_Escape)
    hand.message("Discard your changes?", "Discard")
    hand.closed(wizard)
    assert not (tmp_path / "data").exists()


def test_closing_while_the_keys_are_made_asks(wizard, hand):
    to_the_summary(wizard, hand)
    hand.click(wizard, "Set Up")
    wizard.close()
    hand.message("The operation is still running. Stop it?", "Cancel")
    hand.says(wizard, "What to do next")
    results = wizard.results
    wizard.close()
    hand.closed(wizard)
    assert len(results) == 1


def test_the_server_may_have_a_password_of_its_own(wizard, hand):
    organization(wizard, hand)
    server(wizard, hand)
    administrator(wizard, hand)
    hand.says(wizard, "You will be prompted for the passwords each time.")
    hand.tick(wizard, "Same password as mine", on=False)
    hand.click(wizard, "Next >")
    hand.says(wizard, "A password is required for the server's ID file.")
    hand.fill(wizard, "Server password", "battery staple 2")
    hand.fill(wizard, "Confirm Password", "battery staple 2")
    hand.picture(wizard, "/tmp/shots/setup_server_password.png")
    assert hand.button(wizard, "Next >").isEnabled()
    assert wizard.draft.request().request.server_password == "battery staple 2"


def test_with_a_keychain_the_server_can_start_by_itself(backend, wizard, hand):
    organization(wizard, hand)
    server(wizard, hand)
    administrator(wizard, hand)
    hand.says(wizard, "The keychain of this system works: memory.")
    hand.picture(wizard, "/tmp/shots/setup_keychain.png")
    hand.tick(wizard, "Also remember my password in the keychain")
    hand.click(wizard, "Next >")
    hand.tick(wizard, "Copy the ID files to another folder", on=False)
    hand.click(wizard, "Next >")
    hand.click(wizard, "Set Up")
    hand.says(wizard, "kept in memory")
    assert len(backend.entries) == 2
    assert backend.entries.keys() and ADMIN_PASSWORD in backend.entries.values()


def test_a_locked_keychain_falls_back_to_asking_with_one_sentence(backend, wizard, hand):
    backend.locked = True
    organization(wizard, hand)
    server(wizard, hand)
    administrator(wizard, hand)
    hand.says(wizard, "The keychain is locked. You will be prompted for the passwords each time.")
    assert not hand.button(wizard, "In the keychain: the server starts automatically").isEnabled()
    assert hand.button(wizard, "Next >").isEnabled()


def test_the_folder_for_the_copies_can_be_chosen(wizard, hand, tmp_path):
    to_the_summary(wizard, hand)
    hand.click(wizard, "< Back")
    hand.click(wizard, "Browse")
    chooser = hand.dialog("Folder for the Copies", QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "other"))
    chooser.reject()
    assert hand.editor(wizard, "Folder").text() == str(tmp_path / "other")


def test_every_field_has_a_name_and_the_keyboard_is_enough(wizard, hand, qtbot):
    qtbot.waitExposed(wizard)
    hand.editor(wizard, "Organization Name").setFocus()
    QTest.keyClicks(wizard.focusWidget(), "MyCompany")
    QTest.keyClick(wizard.focusWidget(), Qt.Key.Key_Tab)
    assert wizard.focusWidget() is hand.editor(wizard, "State or Province")
    QTest.keyClick(wizard.focusWidget(), Qt.Key.Key_Tab)
    assert wizard.focusWidget() is hand.editor(wizard, "Country Code")
    QTest.keyClick(wizard.focusWidget(), Qt.Key.Key_Return)
    hand.editor(wizard, "Host name")
    for page in wizard.pageIds():
        for editor in wizard.page(page).findChildren(QLineEdit):
            if editor.objectName() != "qt_spinbox_lineedit":
                assert QAccessible.queryAccessibleInterface(editor).text(QAccessible.Text.Name), editor


def test_on_no_page_does_the_keyboard_write_into_the_page_before(wizard, hand):
    assert wizard.focusWidget() is hand.editor(wizard, "Organization Name")
    for answers in ({"Organization Name": "MyCompany"}, {"Host name": "server1.example.com"}, {"Your name": "Ann Admin", "Password": ADMIN_PASSWORD, "Confirm Password": ADMIN_PASSWORD}, {}, {}):
        for label, text in answers.items():
            hand.fill(wizard, label, text)
        hand.until(wizard.currentPage().isComplete, "Next stays off")
        hand.key(wizard, Qt.Key.Key_Return)
        hand.key(wizard, Qt.Key.Key_X)
        at = wizard.focusWidget()
        assert at is None or at.isVisible(), f"{wizard.currentPage().title()}: {at}"
        if isinstance(at, QLineEdit):
            hand.key(wizard, Qt.Key.Key_Backspace)
    assert wizard.draft.password_again == ADMIN_PASSWORD
    assert wizard.currentPage().title() == "Summary"


def test_work_that_is_stopped_in_time_leads_back_to_the_summary(wizard, hand, tmp_path):
    to_the_summary(wizard, hand)
    wizard._running.work = lambda: until_cancelled
    hand.click(wizard, "Set Up")
    hand.click(wizard, "Cancel")
    hand.message("The operation is still running. Stop it?", "Stop")
    hand.says(wizard, "Ann Admin/MyCompany/US")
    assert not (tmp_path / "data").exists()
    assert wizard.results == []


def until_cancelled(progress):
    for _ in range(500):
        progress.step("Working")
        time.sleep(0.02)
    raise AssertionError("nobody cancelled")


def passwords(wizard) -> list[str]:
    """Return the passwords in the editors of all pages and in the draft."""
    editors = [edit for edit in wizard.findChildren(QLineEdit) if edit.echoMode() == QLineEdit.EchoMode.Password]
    assert len(editors) == 4
    draft = wizard.draft
    kept = [draft.password, draft.password_again, draft.server_password, draft.server_password_again]
    return [edit.text() for edit in editors] + kept


@pytest.fixture
def lasting(wizard):
    """A wizard that still exists after it was closed."""
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    yield wizard
    wizard.deleteLater()


def typed_passwords(wizard, hand) -> None:
    organization(wizard, hand)
    server(wizard, hand)
    administrator(wizard, hand)
    hand.says(wizard, "You will be prompted for the passwords each time.")
    hand.tick(wizard, "Same password as mine", on=False)
    hand.fill(wizard, "Server password", "battery staple 2")
    hand.fill(wizard, "Confirm Password", "battery staple 2")
    assert all(passwords(wizard))


@pytest.mark.parametrize("way", ["close", "reject"])
def test_a_wizard_that_is_given_up_forgets_the_passwords(lasting, hand, way):
    typed_passwords(lasting, hand)
    getattr(lasting, way)()
    hand.message("Discard your changes?", "Cancel")
    assert all(passwords(lasting))
    getattr(lasting, way)()
    hand.message("Discard your changes?", "Discard")
    hand.until(lambda: not lasting.isVisible(), "it stays open")
    assert not any(passwords(lasting))


def test_a_wizard_that_has_done_its_work_forgets_the_passwords(lasting, hand):
    typed_passwords(lasting, hand)
    hand.click(lasting, "Next >")
    hand.click(lasting, "Next >")
    hand.click(lasting, "Set Up")
    hand.says(lasting, "What to do next")
    hand.click(lasting, "Open the Administrator")
    assert len(lasting.results) == 1
    assert not any(passwords(lasting))


def test_a_keychain_that_waits_while_the_domain_is_made_holds_nothing_else_up(backend, wizard, hand):
    go_on = threading.Event()
    organization(wizard, hand)
    server(wizard, hand)
    administrator(wizard, hand)
    hand.says(wizard, "The keychain of this system works: memory.")
    hand.click(wizard, "Next >")
    hand.click(wizard, "Next >")
    backend.wait = partial(go_on.wait, 20)
    hand.click(wizard, "Set Up")
    done = []
    job = Job(lambda _progress: "done")
    job.done.connect(done.append)
    job.start()
    hand.until(lambda: done, "the keychain holds the other work up")
    assert wizard._running.is_running
    go_on.set()
    hand.says(wizard, "kept in memory")


def mnemonics(where):
    """Return the mnemonics on the screen, of labels with a buddy and of buttons."""
    widgets = [*where.findChildren(QAbstractButton), *(w for w in where.findChildren(QLabel) if w.buddy())]
    shown = [widget.text() for widget in widgets if widget.isVisible()]
    return [text[text.index("&") + 1].lower() for text in shown if "&" in text]


def test_no_letter_is_used_twice_on_a_page(wizard, hand):
    for step in (organization, server, administrator, None):
        found = mnemonics(wizard)
        assert len(found) == len(set(found)), (wizard.currentPage().title(), found)
        if step:
            step(wizard, hand)
    hand.says(wizard, "You will be prompted for the passwords each time.")
    hand.tick(wizard, "Same password as mine", on=False)
    assert len(mnemonics(wizard)) == len(set(mnemonics(wizard)))
    hand.tick(wizard, "Same password as mine")
    hand.click(wizard, "Next >")
    assert len(mnemonics(wizard)) == len(set(mnemonics(wizard)))


def test_a_picture_in_the_dark(qtbot, hand, tmp_path):
    theme.apply(theme.DARK)
    made = SetupWizard(None, tmp_path / "data")
    made.open()
    hand.until(lambda: "Looking" not in made._server_page._why.text(), "the machine is not looked at")
    organization(made, hand)
    hand.picture(made, "/tmp/shots/setup_dark.png")
    made.discard()
    theme.apply(theme.LIGHT)


def test_what_is_said_of_the_ports_follows_the_ports_that_are_typed(wizard, hand):
    organization(wizard, hand)
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        number = taken.getsockname()[1]
        hand.fill(wizard, "SSL port number", str(number))
        hand.says(wizard, f"Another program is listening on port {number}.")
    hand.fill(wizard, "TCP/IP port number", "28080")
    hand.fill(wizard, "SSL port number", "28443")
    hand.says(wizard, "Ports 28080 and 28443 are free, and this user can use them. URLs need the port, as in https://host:28443/.")
    assert not any("80 and 443" in text or "Another program" in text for text in texts(wizard))


def test_required_fields_are_marked_and_said_to_be_required(wizard, hand):
    for label, is_required in {"Organization Name": True, "State or Province": False, "Country Code": False}.items():
        editor = hand.editor(wizard, label)
        caption = next(each for each in wizard.findChildren(Caption) if each.buddy() is editor)
        assert (caption.is_required, editor.accessibleDescription().startswith("Required. ")) == (is_required, is_required)
    hand.click(wizard, "Next >")
    assert hand.editor(wizard, "Organization Name").accessibleDescription().startswith("Type the organization's name, for example MyCompany. Required.")
