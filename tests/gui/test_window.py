"""The window itself: keyboard use, commands, panes, stored state, closing."""

import threading

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from dominoadmin.gui.frame import jobs
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.main_window import MainWindow
from tests import builders
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD
from tests.gui.test_every_view import make_window, sample_domain, sample_template, settle  # noqa: F401 - fixtures
from tests.gui.test_spine import NameDialog


def entry(window, text):
    tree = window.tools
    return next(item for item in tree.findItems(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive))


def visible_dialogs():
    return [top for top in QApplication.topLevelWidgets() if isinstance(top, QDialog) and top.isVisible()]


def put_away():
    """Close every dialog without a question."""
    for dialog in visible_dialogs():
        dialog.dirty = False
        dialog.close()
    QApplication.processEvents()


# by keyboard


def test_a_request_is_searched_opened_and_closed_by_keyboard(make_window, hand) -> None:  # noqa: F811
    window = make_window((1240, 800))
    window.activateWindow()
    window.run("admin4")
    settle()
    tab = window.page()
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert tab.current.search.isVisible()
    QTest.keyClicks(tab.current.search, "www.example")
    hand.until(lambda: tab.current.rows.rowCount() == 1, "the search finds something else")
    hand.key(tab, Qt.Key.Key_Return)  # from the search line into the table
    hand.key(tab, Qt.Key.Key_Down)
    hand.key(tab, Qt.Key.Key_Return)
    settle()
    assert window.page().windowTitle() == "Request 2"
    window.page().setFocus()
    QTest.keyClick(window.page(), Qt.Key.Key_Escape)
    assert window.page() is tab
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert window.page().objectName() == "home"


def test_f9_reads_the_view_again(window, hand) -> None:
    window.run("configuration")
    tab = window.page()
    settle()
    read = []
    tab.current.refreshed.connect(lambda: read.append(True))
    QTest.keyClick(window, Qt.Key.Key_F9)
    hand.until(lambda: read, "F9 does not refresh")


def test_the_buttons_of_an_action_bar_are_reached_with_the_tab_key(make_window) -> None:  # noqa: F811
    window = make_window((1240, 800))
    window.run("admin4")
    settle()
    bar = window.page().bar
    buttons = [bar.widgetForAction(action) for action in bar.actions()]
    assert all(button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in buttons)


# commands


def run_all(window) -> None:
    """Carry out every enabled command; each opens a dialog or a tab, shows a message, or starts the server."""
    for name, action in window.menus.actions.items():
        window.menus.switch()
        if action.isEnabled() and name != "start-server":
            action.trigger()
            settle()
            boxes = [dialog for dialog in visible_dialogs() if getattr(dialog, "detailedText", str)()]
            assert not boxes, f"{name}: {boxes[0].detailedText()}"
            put_away()


def test_every_command_opens_in_an_empty_domain(window, caplog) -> None:
    run_all(window)
    assert not caplog.records


def test_every_command_opens_in_the_sample_domain(make_window, caplog) -> None:  # noqa: F811
    run_all(make_window())
    assert not caplog.records


def test_the_tools_pane_works_with_enter(window, hand) -> None:
    window.tools.setCurrentItem(entry(window, "Create Key Ring…"))
    QTest.keyClick(window.tools, Qt.Key.Key_Return)
    hand.until(visible_dialogs, "nothing opens")
    put_away()


def test_modify_certifier_without_a_certifier_says_so(window, hand) -> None:
    window.menus.switch()
    assert window.menus.actions["modify-certifier"].isEnabled()
    window.run("modify-certifier")
    hand.message("There is no Internet certifier yet.")


# locking


def test_a_dialog_comes_back_with_what_was_typed_when_the_lock_is_opened(window, hand) -> None:
    dialog = NameDialog(window)
    dialog.open()
    hand.fill(dialog, "Name", "half typed")
    window.locking.lock()
    assert window.session.is_locked
    assert not dialog.isVisible()
    log_in = hand.dialog("Log In")
    hand.fill(log_in, "Password", "wrong")
    hand.click(log_in, "OK")
    hand.says(log_in, "This password does not open the ID file.")
    assert window.session.is_locked
    hand.fill(log_in, "Password", ADMIN_PASSWORD)
    hand.click(log_in, "OK")
    hand.until(lambda: not window.session.is_locked, "it stays locked")
    assert dialog.isVisible()
    assert hand.editor(dialog, "Name").text() == "half typed"
    dialog.discard()


def test_it_locks_after_idle_time(window, hand) -> None:
    window.locking._idle.start(50)
    hand.until(lambda: window.session.is_locked, "it does not lock")
    assert not window.menuBar().isEnabled()


def test_whatever_is_done_in_any_window_counts_as_use(window, qtbot) -> None:
    dialog = NameDialog(window)
    dialog.open()
    qtbot.waitActive(dialog)
    editor = dialog.focusWidget()
    acts = {
        "key": lambda: QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_A),
        "button": lambda: QTest.mouseClick(dialog.windowHandle(), Qt.MouseButton.LeftButton),
        "mouse": lambda: QTest.mouseMove(dialog.windowHandle(), dialog.rect().center()),
        "input method": lambda: QApplication.sendEvent(editor, QInputMethodEvent("n", [])),
    }
    window.locking._idle.setTimerType(Qt.TimerType.PreciseTimer)
    for name, act in acts.items():
        window.locking._idle.start(60_000)
        qtbot.wait(400)  # longer than a busy machine takes for the act: a timer that was started again has more left
        left = window.locking._idle.remainingTime()
        act()
        QApplication.processEvents()
        assert window.locking._idle.remainingTime() > left, name
    dialog.discard()


def test_what_the_program_does_itself_is_no_use(window, qtbot) -> None:
    window.locking._idle.setTimerType(Qt.TimerType.PreciseTimer)
    window.locking._idle.start(60_000)
    qtbot.wait(20)
    window.refresh()
    window.run("mail")
    settle()
    assert window.locking._idle.remainingTime() <= 60_000 - 20


def test_a_window_that_opens_while_it_is_locked_waits(window, hand) -> None:
    window.locking.lock()
    dialog = NameDialog(window)
    dialog.open()
    hand.until(lambda: not dialog.isVisible(), "it is shown")
    log_in = hand.dialog("Log In")
    hand.fill(log_in, "Password", ADMIN_PASSWORD)
    hand.click(log_in, "OK")
    hand.until(dialog.isVisible, "it does not come back")
    dialog.discard()


def test_another_id_is_switched_to(window, hand) -> None:
    window.locking.switch_id()
    log_in = hand.dialog("Log In")
    hand.choose(log_in, "ID file", "Rob Ra")
    hand.fill(log_in, "Password", ROB_PASSWORD)
    hand.click(log_in, "OK")
    hand.until(lambda: "Rob Ra" in window.session.actor.name, "it is still Ann")


# its stored state


def test_place_panes_columns_and_sizes_survive(window, office, hand, qtbot) -> None:
    window.resize(700, 610)
    window.run("directory")
    settle()
    window.page().current.table.setColumnWidth(0, 333)
    shown = {name: not switch.isChecked() for name, switch in window._panes.switches.items()}
    for switch in window._panes.switches.values():
        switch.toggle()
    window._save()
    again = MainWindow(office.domain, office.ann, office.root / "ann-admin.id", office.server)
    again.show()
    hand.until(lambda: again.page().objectName() == "directory", "the place is not opened again")
    assert again.size() == window.size()
    assert (again.navigator.isVisible(), again.side.isVisible()) == (shown["navigator"], shown["side"])
    assert again.page().current.table.columnWidth(0) == 333
    again.events.stop()
    jobs.wait_for_all(10)
    again.hide()
    again.deleteLater()


def test_a_place_that_is_gone_is_not_opened_again(window, office, hand) -> None:
    for key in ("database:gone.nsf", "icl:77", "icl:x", "unknown", "memo:1"):
        memory = Memory(office.root / "client.json")
        memory.set("window/place", key)
        window.memory = memory
        window._open_remembered_place()
        settle()
        assert window.page().objectName() == "home", key
        assert not visible_dialogs(), key


# the end


def test_closing_while_a_dialog_works_asks(window, hand) -> None:
    gate = threading.Event()
    dialog = NameDialog(window, lambda _progress, _name: gate.wait(10))
    dialog.open()
    hand.fill(dialog, "Name", "ann")
    hand.click(dialog, "Give")
    window.close()
    hand.message("Work is still in progress. Close anyway?", "Cancel")
    assert window.isVisible()
    gate.set()
    hand.closed(dialog)


def test_closing_with_an_unsaved_document_asks(window, hand) -> None:
    window.run("server-document")
    window.page().dirty = True
    window.close()
    hand.message("has unsaved changes. Close anyway?", "Cancel")
    assert window.isVisible()
    window.page().dirty = False


def test_the_navigator_marks_the_list_of_the_document_in_front(window, office, hand) -> None:
    builders.ready(office)
    number = builders.approved(office)
    builders.load_ca(office)
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")
    window.run("home")
    settle()

    def marked() -> str:
        return window.navigator.currentItem().text(0)

    assert marked() == "Home"
    window.open.issued_certificate(1, row["serial_hex"])
    settle()
    assert marked() == "Certificates"
    window.open.request(number)
    settle()
    assert marked() == "Requests"
    window.navigator.refresh()
    settle()
    assert marked() == "Requests"
    window.close_current()
    window.close_current()
    settle()
    assert marked() == "Home"
    window.run("certificates")
    settle()
    window.open.issued_certificate(1, row["serial_hex"])
    settle()
    assert marked() == "By Subject Name", "the view that it was opened from"
