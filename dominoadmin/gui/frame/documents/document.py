"""An open document: an action bar, a body that scrolls, Esc closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dominoadmin.gui.frame import foreign_text, messages
from dominoadmin.gui.frame.action_bar import ActionBar, DailyAct
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.workspace import Workspace

Actions = Sequence[tuple[str, Callable[[], object]]]


class Document(QWidget):
    """One open document, a tab of the window. `dirty` documents ask before they close."""

    def __init__(self, workspace: Workspace, title: str, actions: Actions = ()) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(title)
        self.workspace = workspace
        self.dirty = False
        self.bar = ActionBar(self)
        self.actions_by_text: dict[str, QAction] = {}
        self._reasons: dict[str, str] = {}
        self._daily: dict[str, str] = {}
        for text, slot in actions:
            self.add_action(text, slot)
        self._content = QWidget(self)
        self.body = QVBoxLayout(self._content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.bar)
        layout.addWidget(scrolled(self._content), 1)
        self._escape = QAction(self)
        self._escape.setShortcut(QKeySequence(Qt.Key.Key_Escape))
        self._escape.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._escape.triggered.connect(self.leave)
        self.addAction(self._escape)
        self._settled = QTimer(self, singleShot=True, interval=50)
        self._settled.timeout.connect(self.refresh)
        workspace.events.store_changed.connect(self._settled.start)

    def add_action(self, text: str, slot: Callable[[], object], *, daily: str = "") -> QAction:
        """Add a button to the action bar. `daily`: the tool bar's button that does the same."""
        action = QAction(text, self)
        action.triggered.connect(partial(_call, slot))
        self.bar.addAction(action)
        self.actions_by_text[text] = action
        if daily:
            self._daily[daily] = text
        return action

    def daily_act(self, kind: str) -> DailyAct | None:
        """Return what a button of the tool bar does with this document, or None."""
        text = self._daily.get(kind, "")
        if not text:
            return None
        return DailyAct(text, self.actions_by_text[text].trigger, self._reasons.get(text, ""))

    def set_off(self, text: str, why: str) -> None:
        """Switch a button off with a reason, or on with an empty one."""
        action = self.actions_by_text[text]
        if why and self.bar.widgetForAction(action).hasFocus():
            self.setFocus()  # Qt would go on to the tabs, where Esc does not close the document
        action.setEnabled(not why)
        action.setToolTip(foreign_text.plain(why) or text.replace("&", ""))
        self._reasons[text] = why
        self.workspace.events.acts_changed.emit()

    def refresh(self) -> None:
        """Show the current data in the store (F9, or after a change). Documents being edited keep their input."""

    def leave(self) -> None:
        """Close the document (Esc); ask before discarding input."""
        if self.dirty:
            messages.confirm_discard(self, self.discard)
        else:
            self.workspace.close_tab(self)

    def discard(self) -> None:
        """Close without a question."""
        self.dirty = False
        self.workspace.close_tab(self)


def _call(slot: Callable[[], object], _checked: bool = False) -> None:
    slot()
