"""An entry of the audit log in full."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel

from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.audit import anchoring
from dominoadmin.store.records import AuditRecord
from dominoadmin.viewmodels.audit import entries as audit_browsing
from dominoadmin.viewmodels.audit import words


class AuditEntry(HeadedDialog):
    """Shows every field, and opens the object if it still exists."""

    def __init__(self, workspace: Workspace, entry: AuditRecord) -> None:
        super().__init__(workspace.widget())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Audit Log Entry {number}").format(number=entry.number))
        self._workspace, self._entry = workspace, entry
        self._place = audit_browsing.place(workspace.session.domain, entry)
        layout = self.column()
        layout.addWidget(scrolled(self._form()), 1)
        layout.addWidget(self._buttons())
        room = widget_tree.room(self)
        wide = self.fontMetrics().averageCharWidth() * 76
        self.resize(min(wide, room.width() - 40), min(460, room.height() - 60))

    def _form(self) -> Form:
        form, entry = Form(self), self._entry
        rows = [
            (_("No."), str(entry.number)),
            (_("Time"), shown_time(entry)),
            (_("Who"), escaped(audit_browsing.who(entry))),
            (_("Action"), words.label(entry.action)),
            (_("Object"), escaped(entry.object)),
        ]
        for name, lines in audit_browsing.facts(entry.detail):
            rows.append((escaped(name), "\n".join(map(escaped, lines))))
        rows.append((_("Hash"), anchoring.grouped(entry.hash)))
        if entry.previous:
            rows.append((_("Previous hash"), anchoring.grouped(entry.previous)))
        for title, text in rows:
            value = form.shown(title, text)
            value.setWordWrap(True)
            label = form.rows.labelForField(value)
            if isinstance(label, QLabel):  # a detail can have any name
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setBuddy(None)  # type: ignore[arg-type]  # then an ampersand is not a mnemonic
        return form

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        opener = box.addButton(_("Open O&bject"), QDialogButtonBox.ButtonRole.ActionRole)
        opener.setAutoDefault(False)
        opener.setEnabled(self._place is not None)
        if self._place is None:
            opener.setToolTip(_("The object of this entry no longer exists or cannot be opened."))
        opener.clicked.connect(self._open_object)
        box.addButton(QDialogButtonBox.StandardButton.Close).setDefault(True)
        box.rejected.connect(self.reject)
        return box

    def _open_object(self) -> None:
        self.accept()
        open_object(self._workspace, self._entry)


def open_object(workspace: Workspace, entry: AuditRecord) -> None:
    """Open the object of an entry, if it still exists."""
    found = audit_browsing.place(workspace.session.domain, entry)
    if found is None:
        workspace.say(_("The object of this entry no longer exists."))
        return
    match found.kind:
        case "request":
            workspace.open.request(int(found.key))
        case "certificate":
            from dominoadmin.gui.certificates import viewer as certificate

            certificate.show(workspace, [found.certificate])
        case "certifier":
            workspace.open.certifier(int(found.key))
        case _:
            _open_named(workspace, found.kind, found.key)


def _open_named(workspace: Workspace, kind: str, name: str) -> None:
    match kind:
        case "server":
            workspace.open.server(name)
        case "person":
            workspace.open.person(name)
        case "database":
            workspace.open.database(name)
        case "key ring":
            workspace.open.key_rings()


def shown_time(row: AuditRecord) -> str:
    """Return the time of an entry in the reader's time zone."""
    return f"{row.at.astimezone():%Y-%m-%d %H:%M:%S}"
