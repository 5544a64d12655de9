"""One banner over the window's tabs while the store, or a certifier, is in doubt: why, and what still works."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.forms.form import Sentence
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.viewmodels.badges import Badge

_SHAPE = 16


class TrustBanner(QFrame):
    """Hidden as long as nothing is in doubt."""

    wanted = Signal()
    """The button was pressed: the user wants to know more, or to decide."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self._workspace = workspace
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(_("The store is in doubt"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._said = Sentence("", self)
        button = QPushButton(_("Verify Audit Log…"), self)
        button.setAutoDefault(False)
        button.clicked.connect(self.wanted)
        row = QHBoxLayout(self)
        shape = theme.badge(Badge.BAD)
        if shape:
            mark = QLabel(self)
            mark.setPixmap(shape.pixmap(_SHAPE, _SHAPE))
            row.addWidget(mark)
        row.addWidget(self._said, 1)
        row.addWidget(button)
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
            self._said.setText(f"{translated(str(doubt))} {works}")
        self.setVisible(bool(doubt))
