"""A view of any size: rows that are not on the screen are not read, even if everything is selected."""

from array import array

import pytest

from dominoadmin.errors import Damaged
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.frame.tables.table import Column, View
from dominoadmin.gui.frame.tables.table_view import TableView
from dominoadmin.store import reading

MANY = 200_000


class Numbers:
    """Rows that are their own numbers, in reverse order if requested."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.questions = 0

    def arrange(self, column: int, search: str, *, descending: bool, limit: int = -1) -> array:
        found = [number for number in range(MANY) if search in str(number)] if search else range(MANY)
        ordered = reversed(found) if descending else found
        return array("q", list(ordered)[: limit if limit >= 0 else None])

    def rows(self, wanted):
        self.read += wanted
        return [number if number != 13 else None for number in wanted]


@pytest.fixture
def source():
    return Numbers()


@pytest.fixture
def table(source, qtbot, tmp_path):
    view = View(path="Numbers", columns=(Column("Number", str), Column("Half", lambda row: str(row // 2))), load=None, key=int, source=source)
    made = TableView(view, Memory(tmp_path / "memory.json"), "test")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.rows.rowCount() == MANY, timeout=10_000)
    return made


def test_only_the_pages_on_the_screen_are_read(table, source):
    assert len(source.read) < 1000


def test_to_select_everything_asks_for_no_row(table, source, qtbot, monkeypatch):
    asked = []
    count = type(table.rows).rowCount
    monkeypatch.setattr(type(table.rows), "rowCount", lambda self, *parent: asked.append(1) or count(self, *parent))
    before = len(source.read)
    table.table.selectAll()
    qtbot.wait(50)
    assert len(table.selected()) == MANY
    assert len(source.read) - before < 1000
    assert len(asked) < 20_000


def test_the_selection_is_kept_by_number_when_the_order_changes(table, qtbot):
    table.select([5, 6, 199_000])
    table.rows.sort(0, table.table.horizontalHeader().sortIndicatorOrder().DescendingOrder)
    qtbot.waitUntil(lambda: table.rows.row(0) == MANY - 1 and table.rows.rowCount() == MANY, timeout=10_000)
    qtbot.waitUntil(lambda: list(table.selected()) == [199_000, 6, 5], timeout=10_000)


def test_everything_stays_selected_over_a_refresh(table, qtbot):
    table.table.selectAll()
    with qtbot.waitSignal(table.refreshed, timeout=10_000):
        table.refresh()
    assert len(table.selected()) == MANY


def test_a_row_that_has_gone_is_blank_and_is_left_out_of_a_selection(table):
    assert table.rows.index(13, 0).data() is None
    table.select([12, 13, 14])
    assert list(table.selected()) == [12, 14]


def test_a_search_that_finds_nothing_says_so(table, qtbot):
    table.search.setText("no such number")
    qtbot.waitUntil(lambda: table.rows.rowCount() == 0, timeout=10_000)
    assert table._note.text() == "Nothing in this view matches your search."


def test_a_row_that_cannot_be_read_is_told_above_the_others(table, source, qtbot, monkeypatch):
    rows = type(source).rows

    def altered(self, wanted):
        if 13 in wanted:
            reading.leave_out(Damaged("Row 13 cannot be read.", "Restore a backup."))
        return rows(self, wanted)

    monkeypatch.setattr(type(source), "rows", altered)
    table.refresh()
    qtbot.waitUntil(table._problems.isVisible)
    assert table._problems.text() == "Row 13 cannot be read."
    assert table.rows.index(12, 0).data() == "12"
    monkeypatch.setattr(type(source), "rows", rows)
    table.refresh()
    qtbot.waitUntil(lambda: not table._problems.isVisible())


def test_a_view_that_is_read_whole_tells_of_such_a_row_too(qtbot, tmp_path):
    def load():
        reading.leave_out(Damaged("Row 13 cannot be read.", "Restore a backup."))
        return [1, 2]

    made = TableView(View(path="Numbers", columns=(Column("Number", str),), load=load, key=int), Memory(tmp_path / "memory.json"), "test")
    qtbot.addWidget(made)
    made.show()
    made.refresh()
    qtbot.waitUntil(made._problems.isVisible)
    assert made._problems.text() == "Row 13 cannot be read."
    assert made.rows.rowCount() == 2
