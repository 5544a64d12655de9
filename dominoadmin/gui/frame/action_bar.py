"""The action bar of a view or a document. Unlike Qt's own tool bars, its buttons can be reached with the Tab key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QActionEvent
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from dominoadmin.gui.frame.widget_tree import descendants
from dominoadmin.i18n import text as _

APPROVE, REVOKE, EXPORT = "approve", "revoke", "export"
"""The kinds of acts that the tool bar of the window has a button for."""


@dataclass(frozen=True)
class DailyAct:
    """An act of the page on the screen for a button of the tool bar. `off`: why it cannot be done now, or empty.

    `leads`: nothing is selected that it could be done with; `off` says what to select.
    """

    text: str
    run: Callable[[], object]
    off: str = ""
    leads: bool = False


class ActionBar(QToolBar):
    """Buttons with texts; those that do not fit are in a list at the end."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Actions"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for rest in descendants(self, QToolButton):  # Qt's button that opens the list
            rest.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            rest.setAccessibleName(_("More actions"))

    def actionEvent(self, event: QActionEvent) -> None:
        super().actionEvent(event)
        if event.type() == QEvent.Type.ActionAdded:
            button = self.widgetForAction(event.action())
            if button is not None:
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
