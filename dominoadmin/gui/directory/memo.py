"""A memo of the mail file, with a button to copy the pickup ID."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy

from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.forms.copy_line import CopyLine
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import recalled
from dominoadmin.i18n import text as _
from dominoadmin.services.directory import mailing
from dominoadmin.store.records import MailRecord
from dominoadmin.viewmodels.directory import memos


def open_memo(workspace: Workspace, memo: MailRecord) -> None:
    """Open a memo, or raise its tab."""
    workspace.show_tab(f"memo:{memo.id}", partial(Memo, workspace, memo))


class Memo(Document):
    """The memo as plain text."""

    def __init__(self, workspace: Workspace, memo: MailRecord) -> None:
        self._pickup_id = mailing.pickup_id(memo)
        pick_up = _("&Pickup Key Ring Certificate…")
        super().__init__(workspace, memos.subject_text(memo), ((pick_up, self._pick_up),) if self._pickup_id else ())
        form = Form(self)
        form.shown(_("To:"), memo.recipient)
        form.shown(_("Date:"), memos.date_text(memo))
        form.shown(_("Subject:"), memos.subject_text(memo))
        form.shown(_("Delivery:"), memos.delivery_text(memo))
        if memo.problem:
            form.shown(_("Problem:"), recalled(memo.problem))
        if self._pickup_id:
            line = CopyLine(_("Cop&y"), form, self._pickup_id)
            line.copied.connect(self._say_copied)
            line.add_to(form, _("Request &ID (pickup ID):"))
        form.heading(_("Message"))
        body = form.paragraph(memo.body)
        body.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        body.setAccessibleName(_("Message"))
        body.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)  # the height of its lines
        self.body.addWidget(form)
        self.body.addStretch(1)

    def _say_copied(self) -> None:
        self.workspace.say(_("The Request ID is on the clipboard."))

    def _pick_up(self) -> None:
        self.workspace.open.pickup_key_ring(self._pickup_id)
