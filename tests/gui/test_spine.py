"""The base of every dialog, view and document."""

import gc
import threading
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QMessageBox

from dominoadmin.errors import Cancelled, Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.dialog import ChoiceDialog, DraftDialog
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.frame.tables.view import Action, Column, DatabaseTab, View
from dominoadmin.services.audit.log import Event, enter
from dominoadmin.viewmodels.problems import Judged, found, says


@dataclass
class Draft(Judged):
    name: str = ""

    def problems(self):
        return found(says("name", lambda: "" if self.name else "Fill in a name."))


class NameForm(Form):
    def __init__(self, draft, parent=None):
        super().__init__(parent)
        self.draft = draft
        self.editor = self.line("&Name", draft.name, hint="Any name will do.")
        self.name(name=self.editor)

    def save(self):
        self.draft.name = self.editor.text()


class NameDialog(DraftDialog):
    def __init__(self, workspace, act=lambda progress, name: name.upper()):
        super().__init__(workspace, "Give a Name", Draft())
        self.act = act
        self.add_form(NameForm(self.draft, self))
        self.set_commit("&Give")

    def work(self):
        return lambda progress: self.act(progress, self.draft.name)


def opened(dialog):
    dialog.open()
    QTest.qWaitForWindowExposed(dialog)
    return dialog


def test_a_missing_value_is_said_when_the_act_is_wanted(window, hand) -> None:
    dialog = opened(NameDialog(window))
    hand.refused(dialog, "Fill in a name.")
    hand.fill(dialog, "Name", "x")
    assert not dialog.problem()


def test_the_result_comes_with_a_signal_and_the_dialog_closes(window, hand) -> None:
    dialog, got = opened(NameDialog(window)), []
    dialog.committed.connect(got.append)
    hand.fill(dialog, "Name", "ann")
    hand.click(dialog, "Give")
    hand.until(lambda: got == ["ANN"], "no result")
    hand.closed(dialog)


def test_enter_is_the_act_and_escape_cancels(window, hand) -> None:
    dialog, got = opened(NameDialog(window)), []
    dialog.committed.connect(got.append)
    hand.fill(dialog, "Name", "ann")
    hand.key(dialog, Qt.Key.Key_Return)
    hand.until(lambda: got, "Enter does not commit")
    dialog = opened(NameDialog(window))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)


def test_a_failure_keeps_what_was_typed(window, hand) -> None:
    def fail(_progress, _name):
        raise Error("The disk is full.", "Free up disk space.")

    dialog = opened(NameDialog(window, fail))
    hand.fill(dialog, "Name", "ann")
    hand.click(dialog, "Give")
    assert "Free up disk space." in hand.message("The disk is full.")
    assert hand.editor(dialog, "Name").text() == "ann"
    assert dialog.commit_button.isEnabled()


def test_a_bug_shows_its_traceback_and_keeps_what_was_typed(window, hand, caplog) -> None:
    dialog = opened(NameDialog(window, lambda _progress, _name: 1 / 0))
    hand.fill(dialog, "Name", "ann")
    hand.click(dialog, "Give")
    box = hand.until(lambda: dialog.findChild(QMessageBox), "nothing is said")
    assert "ZeroDivisionError" in box.detailedText()
    box.accept()
    assert hand.editor(dialog, "Name").text() == "ann"
    caplog.clear()


def test_cancel_stops_the_work_and_keeps_the_dialog(window, hand) -> None:
    gate = threading.Event()

    def slow(progress, _name):
        progress.step("Thinking")
        gate.wait(5)
        progress.step("Still thinking")

    dialog = opened(NameDialog(window, slow))
    hand.fill(dialog, "Name", "ann")
    hand.click(dialog, "Give")
    hand.says(dialog, "Thinking")
    assert not hand.editor(dialog, "Name").isEnabled()
    hand.click(dialog, "Cancel")
    gate.set()
    hand.until(lambda: not dialog.is_running, "it does not stop")
    assert hand.editor(dialog, "Name").text() == "ann"
    dialog.discard()


def test_closing_during_work_asks(window, hand) -> None:
    gate = threading.Event()
    dialog = opened(NameDialog(window, lambda _progress, _name: gate.wait(10)))
    hand.fill(dialog, "Name", "ann")
    hand.click(dialog, "Give")
    dialog.close()
    hand.message("The operation is still running. Stop it?", "Cancel")
    assert dialog.isVisible()
    gate.set()
    hand.closed(dialog)


def test_what_was_typed_is_not_thrown_away_without_a_question(window, hand) -> None:
    dialog = opened(NameDialog(window))
    hand.fill(dialog, "Name", "ann")
    hand.click(dialog, "Cancel")
    hand.message("Discard your changes?", "Cancel")
    assert dialog.isVisible()
    hand.click(dialog, "Cancel")
    hand.message("Discard your changes?", "Discard")
    hand.closed(dialog)


def test_a_cancelled_operation_is_silent(window) -> None:
    assert errors.show(window, Cancelled()) is None


def test_text_of_strangers_is_never_markup_in_an_error(window, hand) -> None:
    box = errors.show(window, Error("<b>bold</b> <img src='file:///etc/passwd'>"))
    assert box.textFormat() == Qt.TextFormat.PlainText
    box.accept()


def test_the_default_button_is_the_act(window) -> None:
    dialog = NameDialog(window)
    assert dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isDefault()
    dialog.discard()


# views


@dataclass(frozen=True)
class Fruit:
    number: int
    name: str


class Basket(DatabaseTab):
    def __init__(self, workspace, fruits, actions=()):
        self.fruits, self.opened = fruits, []
        columns = (Column("Name", lambda f: f.name), Column("No.", lambda f: str(f.number), sort=lambda f: f.number))
        view = View(path="Fruits\\All", columns=columns, load=lambda: list(self.fruits), key=lambda f: f.number, empty="Buy some.")
        super().__init__(workspace, "Basket", [view], actions)

    def open_row(self, _view, row):
        self.opened.append(row)


@pytest.fixture
def fruits():
    return [Fruit(n, name) for n, name in enumerate(["Apple", "Banana", "Cherry", "Date"], start=1)]


@pytest.fixture
def basket(window, fruits, hand):
    taken = []
    eat = Action("&Eat", taken.extend, lambda rows: "" if rows else "Select a fruit first.")
    tab = window.show_tab("basket", lambda: Basket(window, fruits, (eat,)))
    tab.taken = taken
    hand.until(lambda: tab.current.rows.rowCount() == len(fruits), "no rows")
    return tab


def test_an_action_that_is_off_says_why(basket, hand) -> None:
    (action,) = [a for a in basket.bar.actions() if "Eat" in a.text()]
    assert not action.isEnabled()
    assert action.toolTip() == "Select a fruit first."
    hand.select(basket, "Cherry")
    hand.click(basket, "Eat")
    assert [f.name for f in basket.taken] == ["Cherry"]


def test_the_view_follows_the_store_and_keeps_the_selection(basket, fruits, office, hand) -> None:
    hand.select(basket, "Cherry", "Date")
    fruits.insert(0, Fruit(9, "Fig"))
    with office.domain.store.transaction() as db:
        enter(db, office.clock(), office.actor(), [Event("test", "fruit", {})])
    hand.until(lambda: basket.current.rows.rowCount() == 5, "the view does not follow")
    assert [f.name for f in basket.selected()] == ["Cherry", "Date"]


def test_rows_are_sorted_by_what_they_mean(basket, fruits, hand) -> None:
    fruits.append(Fruit(10, "Elderberry"))
    basket.refresh()
    hand.until(lambda: basket.current.rows.rowCount() == 5, "no fifth row")
    basket.current.rows.sort(1, Qt.SortOrder.DescendingOrder)
    assert [basket.current.rows.row(n).number for n in range(5)] == [10, 4, 3, 2, 1]


def test_ctrl_f_searches_and_escape_ends_it(basket, hand) -> None:
    basket.current.table.setFocus()
    basket._find()
    hand.fill(basket, "Search this view", "an")
    assert [basket.current.rows.row(n).name for n in range(basket.current.rows.rowCount())] == ["Banana"]
    hand.fill(basket, "Search this view", "zzz")
    hand.says(basket, "Nothing in this view matches your search.")
    QTest.keyClick(basket.current, Qt.Key.Key_Escape)
    assert basket.current.rows.rowCount() == 4


def test_enter_and_double_click_open_the_row(basket, hand) -> None:
    hand.select(basket, "Banana")
    hand.key(basket.current.table, Qt.Key.Key_Return)
    hand.open_row(basket, "Date")
    assert [f.name for f in basket.opened] == ["Banana", "Date"]


def test_an_empty_view_says_what_to_do(basket, fruits, hand) -> None:
    fruits.clear()
    basket.refresh()
    hand.says(basket, "Buy some.")


def test_a_name_with_line_breaks_stays_in_its_row(basket, fruits, hand) -> None:
    fruits.append(Fruit(5, "Evil\nName\u2028\tx" + "y" * 5000))
    basket.refresh()
    hand.until(lambda: basket.current.rows.rowCount() == 5, "no fifth row")
    shown = basket.current.rows.index(4, 0).data()
    assert shown.startswith("Evil Name x")
    assert len(shown) <= 500


# documents and tabs


def test_escape_closes_a_document_and_asks_if_it_was_edited(window, hand) -> None:
    document = window.show_tab("doc", lambda: Document(window, "A Document"))
    document.dirty = True
    document.leave()
    hand.message("Discard your changes?", "Cancel")
    assert window.tabs.indexOf(document) >= 0
    document.dirty = False
    document.leave()
    assert window.tabs.indexOf(document) < 0


def test_the_same_document_is_opened_once(window) -> None:
    first = window.show_tab("doc", lambda: Document(window, "A Document"))
    assert window.show_tab("doc", lambda: Document(window, "Another")) is first
    window.close_tab(first)
    assert window.show_tab("doc", lambda: Document(window, "Another")) is not first


def test_home_cannot_be_closed(window) -> None:
    for _time in range(2):
        window.close_current()
        assert window.page().objectName() == "home"


# memory


def test_what_the_window_remembers_survives_and_a_damaged_file_does_not_matter(tmp_path, qapp) -> None:
    path = tmp_path / "client.json"
    memory = Memory(path)
    memory.set("a", [1, 2])
    memory.save()
    assert Memory(path).get("a", []) == [1, 2]
    assert Memory(path).get("a", "text") == "text"
    assert path.stat().st_mode & 0o077 == 0
    for damage in (b"{", b"[1]", b"\xff\xfe", b"", b"[" * 100_000):
        path.write_bytes(damage)
        assert Memory(path).get("a", 0) == 0


def test_the_window_remembers_its_tabs(window, office, hand) -> None:
    window.run("admin4")
    window._save()
    assert Memory(office.root / "client.json").get("window/place", "") == "admin4"
    assert QApplication.activeModalWidget() is None


class Notice(ChoiceDialog):
    def __init__(self, workspace):
        super().__init__(workspace, "Nothing to Fill In", None)
        form = Form(self)
        form.paragraph("Read this.")
        self.add_form(form)


def test_an_open_dialog_is_no_garbage(window, hand) -> None:
    Notice(window).open()
    gc.collect()
    dialog = hand.dialog("Nothing to Fill In")
    assert dialog.commit_button.hasFocus()
    hand.key(dialog, Qt.Key.Key_Return)
    hand.closed(dialog)
