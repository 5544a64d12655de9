"""The document "About Certificate Requests", which opens with a new database (technote, step 12)."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QSizePolicy

from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog, scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.requests import database_configuration
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.requests.database_draft import ConfigurationDraft, NewDatabaseDraft

_CHARACTERS: Final = 76  # of a line
_MARGIN: Final = 100


def _sections() -> tuple[tuple[str, str], ...]:
    return (
        (
            _("Purpose"),
            _(
                "This database receives requests for certificates and delivers the results. Each Internet certifier "
                "has one of its own."
            ),
        ),
        (
            _("What happens to a request"),
            _(
                "Requests come from key rings, from files, or from the web page of this database, and are pending at "
                "first. Submit them to the Administration Process. A registration authority approves or rejects them "
                "there, and the CA process issues the certificates. Then pull them back here. Applicants pick up "
                "their certificates with the Request ID."
            ),
        ),
        (
            _("What you can do here"),
            _(
                "Create, certify, and pick up key rings for your servers. Submit and pull requests. See what was "
                "issued or rejected, and why."
            ),
        ),
        (
            _("Next steps"),
            _(
                "Close this document to open the Database Configuration. It specifies which certifier this database "
                "is for and which requests it accepts. The database is created when you save that form; nothing is "
                "written before."
            ),
        ),
    )


class AboutDatabase(FittingDialog):
    """A text about the database. However it is closed, the Database Configuration comes next."""

    def __init__(self, workspace: Workspace, draft: NewDatabaseDraft) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("About Certificate Requests"))
        self._workspace, self._draft = workspace, draft
        self._lay_out()
        self.set_context(draft.file.strip())
        self.finished.connect(self._go_on)

    def _lay_out(self) -> None:
        page = Form(self)
        room = widget_tree.room(self).width() - _MARGIN
        page.setMinimumWidth(min(self.fontMetrics().averageCharWidth() * _CHARACTERS, room))
        for heading, text in _sections():
            page.heading(heading)
            page.paragraph(text)
        area = scrolled(page)
        title = QLabel(
            _("{title} ({file})").format(title=self._draft.title.strip(), file=self._draft.file.strip()), self
        )
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setWordWrap(True)
        title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        title.setFont(font)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        close.setFocus()
        buttons.rejected.connect(self.accept)
        layout = self.column()
        for widget in (title, area, buttons):
            layout.addWidget(widget)
        layout.setStretchFactor(area, 1)

    def _go_on(self) -> None:
        draft = ConfigurationDraft.for_new(self._draft)
        database_configuration.ConfigurationDialog(self._workspace, draft).open()
