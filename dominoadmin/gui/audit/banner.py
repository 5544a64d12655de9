"""One banner over the window's tabs while the store, or a certifier, is in doubt: why, and what still works."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout

from dominoadmin.gui.frame.forms.marked_text import MarkedText
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.services.doubts import Elsewhere


class TrustBanner(QFrame):
    """Hidden as long as nothing is in doubt."""

    wanted = Signal()
    """The button was pressed: the user wants to know more, or to decide. A store that ran at another place is decided
    here."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self._workspace = workspace
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(_("The store is in doubt"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._said = MarkedText(_("The store is in doubt"), self)
        self._button = QPushButton(_("Verify Audit Log…"), self)
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._pressed)
        column = QVBoxLayout(self)
        column.addWidget(self._said)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignRight)
        self.hide()
        workspace.server.states_changed.connect(self.refresh)
        workspace.events.store_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the first doubt, or nothing."""
        doubt = self._workspace.session.domain.doubts.first()
        if doubt:
            works = _(
                "You can read everything, and take in and approve requests. Nothing is issued or revoked, and neither "
                "CRLs nor OCSP answers are served, until this is decided."
            )
            self._said.say(f"{translated(str(doubt))} {works}")
            is_elsewhere = isinstance(doubt, Elsewhere)
            self._button.setText(_("Moved or Copied…") if is_elsewhere else _("Verify Audit Log…"))
        self.setVisible(bool(doubt))

    def _pressed(self) -> None:
        doubt = self._workspace.session.domain.doubts.first()
        if isinstance(doubt, Elsewhere):
            from dominoadmin.gui.audit import moved

            moved.start(self._workspace, doubt)
        else:
            self.wanted.emit()
