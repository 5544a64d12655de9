"""The pane at the right of the window, which folds: the Quick Guide and the Tools."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.guide.quick_guide import QuickGuide
from dominoadmin.gui.menus import ToolsPane
from dominoadmin.i18n import text as _


class SidePane(SteadyTabs):
    """Two tabs: Quick Guide and Tools."""

    def __init__(self, guide: QuickGuide, tools: ToolsPane, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Quick Guide and Tools"))
        self.setDocumentMode(True)
        self.addTab(guide, _("Quick G&uide"))
        self.addTab(tools, _("&Tools"))
