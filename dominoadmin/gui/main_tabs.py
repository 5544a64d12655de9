"""The Administrator's own tabs: People & Groups, Files, Server, Configuration, created when first shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from dominoadmin.gui.console.console import ConsolePanel
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _

_FIRST: Final = 3  # the technote begins on the Configuration tab


class MainTabs(SteadyTabs):
    """The fixed tabs."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("Administration"))
        self._workspace = workspace
        makers: tuple[tuple[str, Callable[[], QWidget]], ...] = (
            (_("&People && Groups"), self._people),
            (_("Fi&les"), self._files),
            (_("Se&rver"), self._server),
            (_("Confi&guration"), self._configuration),
        )
        self._made: dict[int, QWidget] = {}
        self._makers = [make for _title, make in makers]
        for title, _make in makers:
            page = QWidget(self)
            layout = QVBoxLayout(page)
            layout.setContentsMargins(0, 4, 0, 0)
            self.addTab(page, title)
        self.currentChanged.connect(self._seen)
        self.setCurrentIndex(_FIRST)

    def current(self) -> QWidget:
        """Return the contents of the current tab."""
        return self.content(self.currentIndex())

    def content(self, number: int) -> QWidget:
        """Return the contents of a tab, created when first needed."""
        if number not in self._made:
            self._made[number] = self._makers[number]()
            page = self.widget(number)
            assert page is not None
            layout = page.layout()
            assert layout is not None
            layout.addWidget(self._made[number])
        return self._made[number]

    def show_console(self) -> ConsolePanel:
        """Go to Server ▸ Console."""
        self.setCurrentIndex(2)
        server = self.content(2)
        assert isinstance(server, QTabWidget)
        server.setCurrentIndex(1)
        console = server.currentWidget()
        assert isinstance(console, ConsolePanel)
        return console

    def show_certifiers(self) -> None:
        """Go to Configuration ▸ Certifiers."""
        from dominoadmin.gui.administration import ConfigurationTab

        self.setCurrentIndex(_FIRST)
        configuration = self.content(_FIRST)
        assert isinstance(configuration, ConfigurationTab)
        configuration.show_certifiers()

    def _seen(self, number: int) -> None:
        self.content(number)

    def _people(self) -> QWidget:
        from dominoadmin.gui import administration

        return administration.people_tab(self._workspace)

    def _files(self) -> QWidget:
        from dominoadmin.gui import administration

        return administration.FilesTab(self._workspace)

    def _server(self) -> QWidget:
        from dominoadmin.gui.console.status import StatusPanel

        tabs = SteadyTabs(self)
        tabs.setAccessibleName(_("Server"))
        tabs.addTab(StatusPanel(self._workspace), _("S&tatus"))
        tabs.addTab(ConsolePanel(self._workspace), _("Co&nsole"))
        return tabs

    def _configuration(self) -> QWidget:
        from dominoadmin.gui import administration

        return administration.ConfigurationTab(self._workspace)
