"""The console: output, history, completion, and hidden passwords."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dominoadmin.gui.console.console import BUTTONS, ConsolePanel
from dominoadmin.gui.console.line import DOT, CommandLine, secret_start
from dominoadmin.gui.frame import theme
from dominoadmin.store import id_files
from tests import builders
from tests.conftest import ROB_PASSWORD
from tests.gui.conftest import HARMLESS

PASSWORD = "Zebra Quartz 78"


@pytest.fixture(autouse=True)
def nothing_is_said(qtlog):
    """Fail the test on a Qt warning, except the offscreen platform's when a list of completions opens."""
    yield
    harmless = (*HARMLESS, "This plugin does not support grabbing the keyboard")
    assert not [record.message for record in qtlog.records if record.message not in harmless]


@pytest.fixture
def console(window, qtbot):
    made = ConsolePanel(window)
    window.show_tab("test-console", lambda: made)
    return made


def said(console) -> str:
    return console.output.toPlainText()


def started(console, window, qtbot, text: str = "HTTP Server started") -> None:
    window.start_server()
    qtbot.waitUntil(lambda: text in said(console), timeout=15_000)
    qtbot.waitUntil(console.line.isEnabled)


def enter(console, line: str) -> None:
    console.line.setFocus()
    QTest.keyClicks(console.line, line)
    QTest.keyClick(console.line, Qt.Key.Key_Return)


def test_a_server_that_does_not_run_says_why_and_can_be_started(console, window, hand, qtbot):
    hand.says(console, "Server1/MyCompany/US is not running: no certificates are issued, and no pages are served.")
    assert not console.line.isEnabled()
    assert console.line.toolTip() == "The server is not running."
    console.enter("show tasks")
    assert window.statusBar().currentMessage() == "The server is not running."
    assert said(console) == ""
    hand.picture(window, "/tmp/shots/console-stopped.png")
    hand.click(console, "Start Server")
    qtbot.waitUntil(lambda: "HTTP Server started" in said(console), timeout=15_000)
    qtbot.waitUntil(lambda: not console.notice.isVisible())


def test_another_process_that_runs_the_server_is_named(window, office, hand, qtbot):
    running = builders.server(office)
    try:
        panel = ConsolePanel(window)
        window.show_tab("test-console", lambda: panel)
        hand.says(panel, "Server1/MyCompany/US runs on ")
        panel.notice._refused(RuntimeError("It is taken."))
        hand.says(panel, "It is taken.")
    finally:
        list(running.stop())


def test_output_comes_as_the_server_prints_it(console, window, hand, qtbot):
    started(console, window, qtbot)
    enter(console, "show tasks")
    qtbot.waitUntil(lambda: "Listen for connect requests on TCP Port:" in said(console))
    assert "\n> show tasks\n" in said(console)
    for command in BUTTONS:
        hand.click(console, command)
    qtbot.waitUntil(lambda: "HTTP Server: Restarted" in said(console))
    assert "> tell http restart" in said(console)
    hand.picture(window, "/tmp/shots/console.png")
    enter(console, "frobnicate")
    qtbot.waitUntil(lambda: "is not a console command" in said(console))


def test_the_scroll_position_stays_unless_it_is_at_the_end(console, window, qtbot):
    for number in range(300):
        console.output.appendPlainText(f"line {number}")
    bar = console.output.verticalScrollBar()
    assert bar.value() == bar.maximum()
    bar.setValue(40)
    console.output.appendPlainText("one more")
    assert bar.value() == 40
    for number in range(6_000):
        console.output.appendPlainText(f"line {number}")
    assert console.output.blockCount() == 5_000


def test_the_history_goes_up_and_down(console, window, qtbot):
    started(console, window, qtbot)
    for line in ("show tasks", "tell ca stat", "tell ca stat", "   "):
        enter(console, line)
    for expected in ("tell ca stat", "show tasks", "show tasks"):
        QTest.keyClick(console.line, Qt.Key.Key_Up)
        assert console.line.typed() == expected
    for expected in ("tell ca stat", "", ""):
        QTest.keyClick(console.line, Qt.Key.Key_Down)
        assert console.line.typed() == expected
    assert window.memory.get("console/history", []) == ["show tasks", "tell ca stat"]


def test_what_was_typed_begins_to_be_completed(console, window, office, qtbot):
    rob = next(path for path in office.root.glob("*.id") if id_files.describe(path).name == office.rob.name)
    spaced = rob.rename(rob.with_name("rob ra.id"))
    builders.certifier(office, protection="locking-id", locking_id=id_files.describe(spaced))
    started(console, window, qtbot)
    words = console.line._words
    qtbot.waitUntil(lambda: 'tell ca unlock "rob ra.id"' in words.stringList(), timeout=5_000)
    assert {"load ca", "tell ca activate 1", 'tell ca lock "rob ra.id"', "restart task http"} <= set(words.stringList())
    console.focus_view()
    QTest.keyClicks(console.line, "TELL CA UN")
    completer = console.line.completer()
    assert completer.popup().isVisible()
    assert completer.currentCompletion() == 'tell ca unlock "rob ra.id"'
    QTest.keyClick(completer.popup(), Qt.Key.Key_Down)
    assert console.line.typed() == 'tell ca unlock "rob ra.id"'
    completer.popup().hide()
    QTest.keyClicks(console.line, f" {ROB_PASSWORD}")
    assert console.line.typed() == f'tell ca unlock "rob ra.id" {ROB_PASSWORD}'
    assert console.line.text() == f'tell ca unlock "rob ra.id" {DOT * len(ROB_PASSWORD)}'
    QTest.keyClick(console.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "MyCompany CA/O=MyCompany is active" in said(console), timeout=10_000)
    assert ROB_PASSWORD not in said(console)


def test_a_password_is_masked_and_kept_nowhere(console, window, office, qtbot, hand, caplog):
    builders.certifier(office, protection="server-id-and-password", activation_password=PASSWORD)
    started(console, window, qtbot, "requires its password")
    caplog.set_level("DEBUG")
    QTest.keyClicks(console.line, f"tell ca activate 1 {PASSWORD}")
    assert console.line.text() == f"tell ca activate 1 {DOT * len(PASSWORD)}"
    hand.picture(console, "/tmp/shots/console-password.png")
    QTest.keyClick(console.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "MyCompany CA/O=MyCompany is active" in said(console), timeout=10_000)
    assert f"> tell ca activate 1 {DOT * 8}" in said(console)
    assert console.line.typed() == ""
    assert console.line.history[-1] == "tell ca activate 1"
    assert not any("Zebra" in text for text in (said(console), caplog.text, str(window.memory._values)))


def test_the_dark_console(window, qtbot, hand):
    theme.apply(theme.DARK)
    panel = ConsolePanel(window)
    window.show_tab("test-console", lambda: panel)
    panel.line.set_line("tell ca activate 1 secret")
    hand.picture(panel, "/tmp/shots/console-dark.png")
    assert panel.line.typed() == "tell ca activate 1 secret"
    panel.focus_view()
    theme.apply(theme.LIGHT)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("tell ca activate 1 secret", "tell ca activate 1 ●●●●●●"),
        ("t ca ACTIVATE * a b", "t ca ACTIVATE * ●●●"),
        ("tell ca activate 1", "tell ca activate 1"),
        ("tell ca activate 1 ", "tell ca activate 1 "),
        ("tell ca activate 12x", "tell ca activate ●●●"),
        ("tell ca activate secret", "tell ca activate ●●●●●●"),
        ("tell ca unlock rob.id", "tell ca unlock rob.id"),
        ("tell ca unlock rob.id x", "tell ca unlock rob.id ●"),
        ('tell ca unlock "rob ra.id', 'tell ca unlock "rob ra.id'),
        ('tell ca unlock "rob ra.id" x y', 'tell ca unlock "rob ra.id" ●●●'),
        ("show tasks", "show tasks"),
        ("", ""),
    ],
)
def test_what_is_shown_of_a_line(line, shown):
    start = secret_start(line)
    assert line[:start] + DOT * (len(line) - start) == shown


def test_a_password_can_be_edited_under_its_dots(window, qtbot):
    line = CommandLine(window)
    qtbot.addWidget(line)
    QTest.keyClicks(line, "tell ca activate 1 secret")
    for _ in range(3):
        QTest.keyClick(line, Qt.Key.Key_Left)
    QTest.keyClicks(line, "XY")
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    QTest.keyClick(line, Qt.Key.Key_Delete)
    assert line.typed() == "tell ca activate 1 secXet"
    line.setSelection(19, 2)
    QTest.keyClicks(line, "n")
    assert (line.typed(), line.text()) == ("tell ca activate 1 ncXet", f"tell ca activate 1 {DOT * 5}")
    QTest.keyClick(line, Qt.Key.Key_Home)
    QTest.keyClick(line, Qt.Key.Key_Delete)
    assert (line.typed(), line.text()) == ("ell ca activate 1 ncXet", "ell ca activate 1 ncXet")
    QTest.keyClicks(line, "t")
    assert line.text() == f"tell ca activate 1 {DOT * 5}"
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    assert (line.typed(), line.text()) == ("", "")


def mark(line, start: int, length: int) -> None:
    """Select like a user. Qt counts in UTF-16, and a dot counts once."""
    first = len(line.text()[:start].encode("utf-16-le")) // 2
    many = len(line.text()[start : start + length].encode("utf-16-le")) // 2
    line.setSelection(first, many) if many else line.setCursorPosition(first)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6), st.text('tel ca1x"●😀', max_size=4)), max_size=8))
def test_any_edit_leads_to_what_was_typed(window, edits):
    line, real = CommandLine(window), "tell ca activate 1 abc"
    line.set_line(real)
    for place, many, text in edits:
        start = min(place, len(real))
        length = min(many, len(real) - start)
        mark(line, start, length)
        line.insert(text)
        real = real[:start] + text + real[start + length :]
        assert line.typed() == real
    line.deleteLater()


def test_a_dot_is_a_character_like_any_other(window, qtbot):
    line = CommandLine(window)
    qtbot.addWidget(line)
    QTest.keyClicks(line, "tell ca activate 1 abc")
    line.setSelection(20, 2)
    typed(line, DOT)
    assert line.typed() == f"tell ca activate 1 a{DOT}"
    line.setSelection(19, 1)
    typed(line, DOT)
    assert line.typed() == f"tell ca activate 1 {DOT}{DOT}"
    line.setCursorPosition(20)
    QApplication.clipboard().setText(f"x{DOT}y")
    line.paste()
    assert line.typed() == f"tell ca activate 1 {DOT}x{DOT}y{DOT}"
    line.setSelection(20, 1)
    QApplication.sendEvent(line, committed(DOT, replaced=0))
    assert line.typed() == f"tell ca activate 1 {DOT}{DOT}{DOT}y{DOT}"
    line.setCursorPosition(23)
    QApplication.sendEvent(line, committed(DOT, replaced=1))
    assert (line.typed(), line.cursorPosition()) == (f"tell ca activate 1 {DOT * 5}", 23)


def typed(line, text: str) -> None:
    """Type a character for which QTest has no key."""
    QApplication.sendEvent(line, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_unknown, Qt.KeyboardModifier(0), text))


def committed(text: str, *, replaced: int) -> QInputMethodEvent:
    """The event of an input method that replaces the characters before the cursor."""
    event = QInputMethodEvent()
    event.setCommitString(text, -replaced, replaced)
    return event


def test_what_was_deleted_of_a_password_does_not_come_back_as_dots(window, qtbot):
    line = CommandLine(window)
    qtbot.addWidget(line)
    QTest.keyClicks(line, "tell ca activate 1 abc")
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    line.undo()
    assert line.typed() == "tell ca activate 1 ab"
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    line.undo()
    line.redo()
    assert (line.typed(), line.text()) == ("", "")
    QTest.keyClicks(line, "show tasks")
    line.undo()
    assert line.typed() == line.text()
