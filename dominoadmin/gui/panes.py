"""The three panes of the window: the navigator and the side pane, which fold, and the page between them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.frame.widget_tree import descendants
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.guide.quick_guide import QuickGuide
from dominoadmin.gui.menus import ToolsPane
from dominoadmin.i18n import text as _

_WIDTHS: Final = (34, 46)  # of the navigator and the side pane at first, in characters
_ROOM: Final = {"navigator": 95, "side": 130}
"""The least width of a window in characters in which a pane is shown at first."""


class Panes(QSplitter):
    """Shows and folds the panes; `switches` are the actions for it."""

    def __init__(self, workspace: Workspace, navigator: QWidget, middle: QWidget, side: QWidget) -> None:
        super().__init__(workspace.widget())
        self._workspace, self._navigator, self._side = workspace, navigator, side
        self.setHandleWidth(1)
        for pane in (navigator, middle, side):
            self.addWidget(pane)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(1, 1)
        self.switches = {
            "navigator": self._switch(_("&Navigator"), "Ctrl+B", navigator),
            "side": self._switch(_("Quick Guide and &Tools"), "Ctrl+Shift+B", side),
        }

    def restore(self, memory: Memory) -> None:
        """Set the widths and show the panes as they were, or as the window has room."""
        window, letter = self._workspace.widget(), self.fontMetrics().averageCharWidth()
        left, right = (width * letter for width in _WIDTHS)
        self.setSizes([left, max(window.width() - left - right, left), right])
        self.restoreState(memory.get_bytes("window/panes"))
        for name, switch in self.switches.items():
            usual = window.width() >= _ROOM[name] * letter
            switch.setChecked(bool(memory.get(f"window/{name}", usual)))

    def remember(self, memory: Memory) -> None:
        """Store the widths, and which panes are shown."""
        memory.set_bytes("window/panes", self.saveState())
        for name, switch in self.switches.items():
            memory.set(f"window/{name}", switch.isChecked())

    def next(self) -> None:
        """Set the focus on the next pane that is shown: navigator, page, side pane."""
        panes = [pane for pane in (self._navigator, self._workspace.page(), self._side) if pane.isVisible()]
        focus = QApplication.focusWidget()
        within = [number for number, pane in enumerate(panes) if focus and (pane is focus or pane.isAncestorOf(focus))]
        pane = panes[(within[0] + 1) % len(panes)] if within else panes[0]
        if focus_view := getattr(pane, "focus_view", None):
            focus_view()
        elif pane.focusPolicy() & Qt.FocusPolicy.TabFocus:
            pane.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            _first_stop(pane).setFocus(Qt.FocusReason.TabFocusReason)

    def _switch(self, text: str, keys: str, pane: QWidget) -> QAction:
        action = QAction(text, self)
        action.setCheckable(True)
        action.setChecked(True)
        action.setShortcut(QKeySequence(keys))
        action.toggled.connect(pane.setVisible)
        return action


class SidePane(SteadyTabs):
    """Two tabs: Quick Guide and Tools."""

    def __init__(self, guide: QuickGuide, tools: ToolsPane, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Quick Guide and Tools"))
        self.setDocumentMode(True)
        self.addTab(guide, _("Quick G&uide"))
        self.addTab(tools, _("&Tools"))


def _first_stop(pane: QWidget) -> QWidget:
    """Return the first widget of a pane that the Tab key reaches, or the pane."""
    for each in descendants(pane, QWidget):
        if each.isVisible() and each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return each
    return pane
