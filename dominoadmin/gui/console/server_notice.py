"""Shows that the server is not running, and why, with a button to start it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki import names
from dominoadmin.services.directory import server_documents
from dominoadmin.viewmodels.words import minute


class ServerNotice(QFrame):
    """A notice that is visible only while the server does not run in this window."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._refusal = ""
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self.button = QPushButton(_("Start Serv&er"), self)
        self.button.clicked.connect(self._start)
        layout = QHBoxLayout(self)
        layout.addWidget(self._text, 1)
        layout.addWidget(self.button)
        workspace.server.states_changed.connect(self.refresh)
        workspace.server.refused.connect(self._refused)
        self.refresh()

    def refresh(self) -> None:
        """Show the current state."""
        running = self._workspace.server.is_running
        self.setVisible(not running)
        self.button.setVisible(self._workspace.server.elsewhere is None)
        if running:
            self._refusal = ""
        else:
            self._text.setText(self._refusal or self._why())

    def _why(self) -> str:
        server = names.abbreviated(server_documents.domain_server(self._workspace.session.domain))
        found = self._workspace.server.elsewhere
        if found is None:
            text = _("{server} is not running: no certificates are issued, and no pages are served.")
            return text.format(server=server)
        text = _(
            "{server} runs on {host}, process {process}, since {since}. It carries out what is signed in this window. "
            "Its tasks and its console are there."
        )
        return text.format(server=server, host=found.host, process=found.process, since=minute(found.since))

    def _refused(self, error: Exception) -> None:
        self._refusal = translated(error.whole() if isinstance(error, Error) else str(error))
        self.refresh()

    def _start(self) -> None:
        self._refusal = ""
        self._workspace.start_server()
