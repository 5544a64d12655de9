"""The Status panel: running tasks, certifiers with their lock state, and the buttons that load and stop them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog

from dominoadmin.gui.console.status import StatusPanel
from dominoadmin.gui.frame import theme
from dominoadmin.store import id_files
from tests import builders
from tests.conftest import ROB_PASSWORD

PASSWORD = "Zebra Quartz 78"


@pytest.fixture
def status(window):
    made = StatusPanel(window)
    window.show_tab("test-status", lambda: made)
    return made


def rows(table) -> list[str]:
    return [
        " | ".join(table.item(row, column).text() for column in range(table.columnCount()))
        for row in range(table.rowCount())
    ]


def started(status, window, qtbot) -> None:
    window.start_server()
    qtbot.waitUntil(lambda: len(rows(status.tasks)) == 3, timeout=15_000)


def test_a_stopped_server_has_no_tasks_and_can_be_started(status, window, office, hand, qtbot):
    builders.certifier(office)
    assert rows(status.tasks) == []
    button = hand.button(status, "Load ca")
    assert (button.isEnabled(), button.toolTip()) == (False, "The server is not running.")
    hand.picture(window, "/tmp/shots/status-stopped.png")
    hand.click(status, "Start Server")
    qtbot.waitUntil(lambda: len(rows(status.tasks)) == 3, timeout=15_000)
    assert rows(status.tasks)[:2] == ["CA Process | Idle, 1 of 1 certifier active", "Admin Process | Idle"]
    assert rows(status.tasks)[2].startswith("HTTP Server | Listen for connect requests on TCP Port:")


def test_tasks_are_stopped_and_loaded(status, window, office, hand, qtbot):
    builders.certifier(office)
    started(status, window, qtbot)
    hand.click(status, "Stop http")
    qtbot.waitUntil(lambda: len(rows(status.tasks)) == 2)
    hand.click(status, "Load http")
    qtbot.waitUntil(lambda: len(rows(status.tasks)) == 3)


def test_certifiers_show_their_state_and_are_activated(status, window, office, hand, qtbot):
    builders.certifier(office, protection="server-id-and-password", activation_password=PASSWORD)
    builders.certifier(office, "Open CA")
    started(status, window, qtbot)
    qtbot.waitUntil(lambda: len(rows(status.certifiers)) == 2)
    assert rows(status.certifiers) == [
        "1 | CN=MyCompany CA/O=MyCompany | No (password required)", "2 | CN=Open CA/O=MyCompany | Yes",
    ]  # fmt: skip
    assert hand.button(status, "Activate").toolTip() == "Select a certifier first."
    hand.select(status, "Open CA")
    assert hand.button(status, "Activate").toolTip() == "The certifier is already active."
    hand.click(status, "Deactivate")
    qtbot.waitUntil(lambda: rows(status.certifiers)[1].endswith("No (deactivated)"))
    assert status._selected() == ("2", "No (deactivated)")  # the selection stays
    assert hand.button(status, "Deactivate").toolTip() == "The certifier is not active."
    hand.picture(window, "/tmp/shots/status.png")
    hand.select(status, "MyCompany CA")
    hand.click(status, "Activate")
    asked = hand.dialog("Server Console")
    asked.editor.setText(PASSWORD)
    hand.click(asked, "OK")
    qtbot.waitUntil(lambda: rows(status.certifiers)[0].endswith("Yes"), timeout=10_000)


def test_a_locked_certifier_is_unlocked_with_its_id_file(status, window, office, hand, qtbot):
    rob = next(path for path in office.root.glob("*.id") if id_files.describe(path).name == office.rob.name)
    builders.certifier(office, protection="locking-id", locking_id=id_files.describe(rob))
    started(status, window, qtbot)
    qtbot.waitUntil(lambda: rows(status.certifiers) == ["1 | CN=MyCompany CA/O=MyCompany | No (locked)"])
    hand.select(status, "MyCompany CA")
    away = rob.rename(rob.with_suffix(".away"))
    hand.click(status, "Unlock")
    qtbot.waitUntil(lambda: "is not in the data directory" in window.statusBar().currentMessage())
    away.rename(rob)
    hand.click(status, "Unlock")
    asked = hand.dialog("Server Console", QDialog)
    asked.editor.setText(ROB_PASSWORD)
    hand.click(asked, "OK")
    qtbot.waitUntil(lambda: rows(status.certifiers)[0].endswith("Yes"), timeout=10_000)


def test_the_panel_looks_by_itself_while_it_is_seen(status, window, office, qtbot):
    builders.certifier(office)
    started(status, window, qtbot)
    task = window.server._server.host.task("adminp")
    task.status = lambda: ["Busy"]
    qtbot.waitUntil(lambda: rows(status.tasks)[1] == "Admin Process | Busy", timeout=4_000)
    status.hide()
    task.status = lambda: ["Idle"]
    status._look()
    assert rows(status.tasks)[1] == "Admin Process | Busy"


def test_the_dark_panel(window, office, hand, qtbot):
    theme.apply(theme.DARK)
    builders.certifier(office)
    panel = StatusPanel(window)
    window.show_tab("test-status", lambda: panel)
    started(panel, window, qtbot)
    qtbot.waitUntil(lambda: len(rows(panel.certifiers)) == 1)
    hand.picture(panel, "/tmp/shots/status-dark.png")
    theme.apply(theme.LIGHT)
