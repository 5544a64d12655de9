"""A user's hand: finds widgets by their visible labels, and uses them like a user."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenuBar,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QSpinBox,
    QTabWidget,
    QToolBar,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

W = TypeVar("W", bound=QWidget)
PATIENCE = 20.0
LONGEST = 180.0
"""The time to wait while a bar shows that work continues: on a busy machine keys are derived slowly."""


def plain(text: str) -> str:
    """Return a label without its mnemonic, its dots and its colon."""
    return re.sub(r"&(?=\w)", "", text.replace("&&", "\0")).replace("\0", "&").rstrip(":… .").strip()


class Lost(AssertionError):
    """The widget is not on the screen; the message shows the visible ones."""


class Hand:
    """Operates the visible windows."""

    def __init__(self, qtbot: Any = None, pause: Callable[[], None] | None = None) -> None:
        self._pause = pause

    # waiting

    def until(self, found: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """Wait until something exists and return it."""
        start = time.monotonic()
        while True:
            QApplication.processEvents()
            if value := found():
                return value
            waited = time.monotonic() - start
            if waited > patience and (waited > LONGEST or not at_work()):
                raise Lost(f"{what}; there is: {self.visible()}")
            time.sleep(0.02)  # Qt's own qWait holds Python's lock, which blocks the jobs

    def visible(self) -> str:
        """Return the windows on the screen, for a failed test."""
        return "; ".join(_described(widget) for widget in _tops())

    def dialog(self, title: str, kind: type[W] = QDialog) -> W:
        """Wait for a visible window with this title."""
        return self.until(lambda: _window(title, kind), f"no window is called {title!r}")

    def closed(self, widget: QWidget) -> None:
        """Wait until a window is closed."""
        self.until(lambda: not _alive(widget), "the window does not close")

    def message(self, text: str, button: str = "OK") -> str:
        """Wait for a message box that contains `text`, press a button, and return all its text."""
        box = self.until(lambda: _message(text), f"no message says {text!r}")
        said = f"{box.text()}\n{box.informativeText()}"
        if self._pause:
            self._pause()
        self.click(box, button)
        return said

    # doing

    def fill(self, where: QWidget, label: str, text: str) -> None:
        """Type into the editor with this label, replacing its text."""
        editor = self.editor(where, label)
        assert editor.isEnabled(), f"{label} cannot be edited"
        if isinstance(editor, QSpinBox):
            editor.setFocus()
            editor.setValue(int(text))
        elif isinstance(editor, QComboBox):
            editor.setEditText(text)
        elif isinstance(editor, QPlainTextEdit):
            editor.setPlainText(text)
        else:
            editor.setFocus()
            editor.selectAll()
            QTest.keyClick(editor, Qt.Key.Key_Delete)
            if len(text) > 200:
                editor.setText(text)
            else:
                QTest.keyClicks(editor, text)
        QApplication.processEvents()

    def enter(self, where: QWidget, label: str, text: str) -> None:
        """Type into the line with this label, and press Return there, as a list of completions may have the focus."""
        self.fill(where, label, text)
        line = self.editor(where, label)
        QTest.keyClick(line, Qt.Key.Key_Return)
        completer = line.completer()
        if completer is not None and completer.popup().isVisible():
            completer.popup().hide()  # like a Return that passes through the list
        QApplication.processEvents()

    def choose(self, where: QWidget, label: str, item: str) -> None:
        """Choose an entry of the drop-down list with this label; the start of the entry is enough."""
        box = self.editor(where, label)
        assert isinstance(box, QComboBox), f"{label} is not a list"
        numbers = [n for n in range(box.count()) if box.itemText(n).startswith(item)]
        if not numbers:
            raise Lost(f"{label} has no {item!r}; it has: {[box.itemText(n) for n in range(box.count())]}")
        box.setFocus()
        box.setCurrentIndex(numbers[0])
        QApplication.processEvents()

    def tick(self, where: QWidget, label: str, *, on: bool = True) -> None:
        """Set a check box or a radio button."""
        button = self.button(where, label)
        assert button.isEnabled(), f"{label} is off: {button.toolTip()}"
        if button.isChecked() != on:
            button.click()
        QApplication.processEvents()

    def click(self, where: QWidget, label: str) -> None:
        """Press a button (waits until it is on), or an entry of an action bar."""
        target = self.until(lambda: _enabled(where, label), f"no button {label!r} can be pressed in {_described(where)}")
        if isinstance(target, QAction):
            target.trigger()
        else:
            QTest.mouseClick(target, Qt.MouseButton.LeftButton)
        QApplication.processEvents()

    def menu(self, window: QWidget, path: str) -> None:
        """Choose from the menu bar: `File > Database > New`."""
        bar = window.findChild(QMenuBar)
        assert bar
        holder: Any = bar
        *menus, last = [plain(part) for part in path.split(">")]
        for title in menus:
            action = next((a for a in holder.actions() if plain(a.text()) == title), None)
            if action is None or action.menu() is None:
                raise Lost(f"no menu {title!r}; there are: {[plain(a.text()) for a in holder.actions()]}")
            holder = action.menu()
            holder.aboutToShow.emit()
        action = next((a for a in holder.actions() if plain(a.text()) == last), None)
        if action is None:
            raise Lost(f"no entry {last!r}; there are: {[plain(a.text()) for a in holder.actions()]}")
        assert action.isEnabled(), f"{path} is off: {action.toolTip()}"
        action.trigger()
        QApplication.processEvents()

    def tab(self, where: QWidget, title: str) -> QWidget:
        """Go to a tab and return its page."""
        for tabs in where.findChildren(QTabWidget):
            for number in range(tabs.count()):
                named = {plain(tabs.tabText(number)), re.sub(r" \(\d+\)$", "", plain(tabs.tabText(number)))}  # of problems
                if plain(title) in named and tabs.isVisible():
                    tabs.setCurrentIndex(number)
                    QApplication.processEvents()
                    return tabs.widget(number)
        raise Lost(f"no tab {title!r} in {_described(where)}")

    def navigate(self, where: QWidget, path: str) -> None:
        """Click an entry of a tree, or of the navigator: `Domino Key Ring Management > Create Key Ring`.

        The views of the page on the screen come before the places. A tab that hides the tree is raised.
        """
        item, tree = self.until(lambda: _tree_item(where, path), f"no entry {path!r} in a tree of {_described(where)}")
        _raise(tree)
        tree.scrollToItem(item)
        tree.setCurrentItem(item)
        QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, tree.visualItemRect(item).center())
        QApplication.processEvents()

    def select(self, where: QWidget, *texts: str) -> list[int]:
        """Select the rows of the visible table that contain a text; waits for it."""
        table = self.until(lambda: _rows(where, texts), f"no row says {texts!r}: {_all_rows(where)}")
        view, numbers = table
        model, selection = view.model(), view.selectionModel()
        selection.clearSelection()
        for number in numbers:
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            selection.select(model.index(number, 0), flags)
        selection.setCurrentIndex(model.index(numbers[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        view.setFocus()
        QApplication.processEvents()
        return numbers

    def open_row(self, where: QWidget, text: str) -> None:
        """Double-click the row that contains a text."""
        numbers = self.select(where, text)
        view, _ = _rows(where, (text,))
        rect = view.visualRect(view.model().index(numbers[0], 0))
        # Qt's mouseDClick omits the first click.
        for press in (QTest.mouseClick, QTest.mouseDClick):
            press(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, rect.center())
        QApplication.processEvents()

    def key(self, widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the focused widget."""
        QTest.keyClick(QApplication.focusWidget() or widget, key, modifiers)
        QApplication.processEvents()

    def refused(self, dialog: Any, text: str) -> str:
        """Press the button that carries out what a dialog is for, and wait until a problem is shown below its field."""
        assert dialog.commit_button.isEnabled(), dialog.commit_button.toolTip()
        QTest.mouseClick(dialog.commit_button, Qt.MouseButton.LeftButton)
        said = self.says(dialog, text, 5)
        assert dialog.isVisible() and not dialog.is_running
        return said

    # looking

    def editor(self, where: QWidget, label: str) -> Any:
        """Return the editor whose label, or accessible name, is `label`."""
        wanted = plain(label)
        kinds = (QLineEdit, QComboBox, QSpinBox, QPlainTextEdit)

        def found() -> QWidget | None:
            for caption in where.findChildren(QLabel):
                buddy = caption.buddy()
                if buddy is not None and plain(caption.text()) == wanted and buddy.isVisible():
                    return buddy
            for child in where.findChildren(QWidget):
                if isinstance(child, kinds) and plain(child.accessibleName()) == wanted and child.isVisible():
                    return child
            return None

        return self.until(found, f"no editor is labelled {label!r} in {_described(where)}", 5)

    def button(self, where: QWidget, label: str) -> QAbstractButton:
        """Return the button, check box or radio button with this text."""
        return self.until(lambda: _button(where, label), f"no button says {label!r} in {_described(where)}", 5)

    def says(self, where: QWidget, text: str, patience: float = PATIENCE) -> str:
        """Wait until a visible text of the window contains `text`."""
        return self.until(lambda: next((t for t in texts(where) if text in t), None), f"nothing says {text!r} in {texts(where)}", patience)

    def picture(self, widget: QWidget, path: str | Path) -> None:
        """Save a picture of the widget."""
        QApplication.processEvents()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        assert widget.grab().save(str(path))


def texts(where: QWidget) -> list[str]:
    """Return every text on the screen of a window."""
    found = []
    for child in [where, *where.findChildren(QWidget)]:
        if child.isVisible():
            for method in ("text", "toPlainText", "title"):
                if hasattr(child, method):
                    found.append(str(getattr(child, method)()))
                    break
    return [text for text in found if text]


def _tops() -> Iterable[QWidget]:
    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]


def at_work() -> bool:
    """Return whether a window shows that work is going on."""
    bars = (bar for window in _tops() for bar in window.findChildren(QProgressBar))
    return any(bar.isVisible() and not bar.maximum() for bar in bars)  # other bars show the quality of passwords


def _alive(widget: QWidget) -> bool:
    try:
        return widget.isVisible()
    except RuntimeError:
        return False


def _described(widget: QWidget) -> str:
    if not _alive(widget):
        return "a closed window"
    if isinstance(widget, QMessageBox):
        return f"a message: {widget.text()} {widget.informativeText()}"
    buttons = [plain(button.text()) for button in widget.findChildren(QAbstractButton) if button.isVisible() and button.text()]
    return f"{type(widget).__name__} {widget.windowTitle()!r} with {buttons}"


def _window(title: str, kind: type[W]) -> W | None:
    return next((w for w in reversed(list(_tops())) if isinstance(w, kind) and plain(w.windowTitle()) == plain(title)), None)


def _message(text: str) -> QMessageBox | None:
    boxes = [w for w in _tops() if isinstance(w, QMessageBox)]
    return next((box for box in boxes if text in f"{box.text()}\n{box.informativeText()}\n{box.windowTitle()}"), None)


def _button(where: QWidget, label: str) -> QAbstractButton | None:
    buttons = [b for b in where.findChildren(QAbstractButton) if b.isVisible() and plain(b.text()) == plain(label)]
    return next((b for b in buttons if b.isEnabled()), buttons[0] if buttons else None)


def _enabled(where: QWidget, label: str) -> QAbstractButton | QAction | None:
    button = _button(where, label)
    if button is not None:
        return button if button.isEnabled() else None
    for bar in where.findChildren(QToolBar):
        for action in bar.actions():
            if bar.isVisible() and action.isVisible() and action.isEnabled() and plain(action.text()) == plain(label):
                return action
    return None


def _tree_item(where: QWidget, path: str) -> tuple[QTreeWidgetItem, QTreeWidget] | None:
    parts = [plain(part) for part in path.split(">")]
    for tree in [*where.findChildren(QTreeWidget), *where.window().findChildren(QTreeWidget)]:
        below = [_below(_top(tree.currentItem())), [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]]
        for top in below:
            found, items = None, top
            for part in parts:
                found = next((item for item in items if plain(item.text(0)) == part), None)
                items = _below(found)
            if found:
                return found, tree
    return None


def _top(item: QTreeWidgetItem | None) -> QTreeWidgetItem | None:
    while item is not None and item.parent() is not None:
        item = item.parent()
    return item


def _below(item: QTreeWidgetItem | None) -> list[QTreeWidgetItem]:
    return [item.child(number) for number in range(item.childCount())] if item else []


def _raise(widget: QWidget) -> None:
    """Show a widget that a tab hides, or a pane that is folded."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QTabWidget):
            pages = [parent.widget(number) for number in range(parent.count())]
            parent.setCurrentWidget(next(page for page in pages if page is widget or page.isAncestorOf(widget)))
        parent = parent.parentWidget()
    for switch in getattr(getattr(widget.window(), "_panes", None), "switches", {}).values():
        if not widget.isVisible():
            switch.setChecked(True)
    QApplication.processEvents()


def _visible_tables(where: QWidget) -> list[QAbstractItemView]:
    return [
        view for view in where.findChildren(QAbstractItemView)
        if view.isVisible() and view.model() is not None and not isinstance(view, QTreeWidget)
    ]


def _row_text(view: QAbstractItemView, number: int) -> str:
    model = view.model()
    return " | ".join(str(model.index(number, column).data()) for column in range(model.columnCount()))


def _rows(where: QWidget, wanted: tuple[str, ...]) -> tuple[QAbstractItemView, list[int]] | None:
    for view in _visible_tables(where):
        numbers = [n for n in range(view.model().rowCount()) if any(text in _row_text(view, n) for text in wanted)]
        if numbers and all(any(text in _row_text(view, n) for n in numbers) for text in wanted):
            return view, numbers
    return None


def _all_rows(where: QWidget) -> list[str]:
    return [_row_text(view, n) for view in _visible_tables(where) for n in range(min(view.model().rowCount(), 20))]


