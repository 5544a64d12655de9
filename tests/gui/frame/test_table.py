"""A view with ten thousand rows keeps the window responsive; untrusted text stays text."""

import itertools
import time
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.frame.tables.table import Column, Rows, View
from dominoadmin.gui.frame.tables.table_view import TableView

MANY = 10_000
HOSTILE = "<img src=file:///etc/passwd><b>bold</b> & so on"


@dataclass(frozen=True)
class Line:
    number: int
    name: str


LINES = [Line(number=number, name=f"server{number}.example.com") for number in range(MANY)]


def view(lines=LINES) -> View:
    columns = (
        Column("Number", lambda line: str(line.number), sort=lambda line: line.number),
        Column("Name", lambda line: line.name),
    )
    return View(path="Test\\Lines", columns=columns, load=lambda: lines, key=lambda line: line.number)


@pytest.fixture
def table(qtbot, tmp_path):
    made = TableView(view(), Memory(tmp_path / "client.json"), "test")
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.rows.total == MANY)
    return made


def longest_stall(act, milliseconds: int = 300) -> float:
    """Return the longest time between two ticks of a 5 ms timer, from the action on."""
    ticks = [time.perf_counter()]
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(5)
    QTimer.singleShot(10, act)
    while ticks[-1] - ticks[0] < milliseconds / 1000:
        QApplication.processEvents()
    timer.stop()
    return max(after - before for before, after in itertools.pairwise(ticks))


def test_a_refresh_keeps_ten_thousand_selected_rows_without_a_stall(table, record_property) -> None:
    table.table.selectAll()
    stall = longest_stall(table.refresh)
    record_property("longest stall in seconds", stall)
    assert stall < 2  # 28 s once; usually 0.02 s, but the machine may be busy
    assert len(table.selected()) == MANY


def test_the_selection_is_kept_in_pieces(table) -> None:
    keys = [1, 2, 3, 7, 9998, 9999, 9]
    table.select(keys)
    assert [line.number for line in table.selected()] == sorted(keys)
    assert len(table.table.selectionModel().selection()) == 4
    table.rows.sort(0, Qt.SortOrder.DescendingOrder)
    table.select(keys)
    assert [line.number for line in table.selected()] == sorted(keys, reverse=True)
    table.select([MANY + 1])
    assert table.selected() == []


def test_a_search_finds_rows_that_hold_every_word(qapp) -> None:
    rows = Rows(view())
    rows.replace(LINES)
    rows.search("SERVER99 example")
    assert rows.rowCount() == 111  # 99, 990 to 999, 9900 to 9999
    assert rows.number_of(990) == 1
    assert rows.number_of(1) == -1
    rows.replace([Line(number=1, name="Server99.EXAMPLE.com")])
    assert rows.rowCount() == 1
    rows.search("")
    assert rows.row(0).number == 1


def test_a_tool_tip_shows_markup_letter_by_letter(qapp) -> None:
    rows = Rows(view([]))
    rows.replace([Line(number=1, name=HOSTILE)])
    assert rows.index(0, 1).data() == HOSTILE
    shown = rows.index(0, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in shown
    assert "<b>" not in shown
    assert "&lt;img" in shown


def test_a_plain_tool_tip_stays_as_it_is(qapp) -> None:
    assert foreign_text.plain("Smith & Sons < 3") == "Smith & Sons < 3"
    assert foreign_text.plain("") == ""


def test_a_name_of_ten_thousand_characters_is_shown_in_short(qapp) -> None:
    rows = Rows(view([]))
    rows.replace([Line(number=1, name="x\n" * MANY)])
    assert len(rows.index(0, 1).data()) <= 500
    assert "\n" not in rows.index(0, 1).data()
