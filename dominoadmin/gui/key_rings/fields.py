"""Common rows of the dialogs about key rings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.key_rings import generated
from dominoadmin.store.records import CertifierRecord, DatabaseRecord
from dominoadmin.viewmodels.key_rings.draft import Kept
from dominoadmin.viewmodels.key_rings.listing import ListedRing
from dominoadmin.viewmodels.words import certifier_label

Databases = Sequence[tuple[DatabaseRecord, CertifierRecord]]


def file_row(form: Form, label: str, file: str, rings: Sequence[ListedRing]) -> QComboBox:
    """Add a row for an existing key ring: chosen from the data directory, or typed."""
    box = SteadyComboBox(form, editable=True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems([ring.file for ring in rings])
    box.setEditText(file)
    form.row(label, box)
    if editor := box.lineEdit():
        editor.setPlaceholderText("keyfile.kyr")
        editor.setAccessibleName(box.accessibleName())
    box.editTextChanged.connect(form.changed)
    return box


def kept(workspace: Workspace) -> Kept:
    """Return what finds the generated passwords that the server's ID opens for the person who is logged in then."""
    return partial(_kept, workspace)


def _kept(workspace: Workspace, file: str) -> str:
    # Who is logged in is read at each call: a dialog may outlive a log-in.
    session = workspace.session
    return generated.password_of(session.domain, session.actor, workspace.server_id, file)


def with_server_id(workspace: Workspace, file: str, then: Callable[[], object]) -> None:
    """Call `then`, with the server's ID open if it has the password of this key ring: another process may run it."""
    session = workspace.session
    if workspace.server_id is None and generated.is_for(session.domain, session.actor, file):
        reason = _("The password of {file} was generated. Enter the password of the server's ID, which opens it.")
        workspace.locking.open_server_id(reason.format(file=file), workspace.use_server_id, then)
    else:
        then()


class PasswordRow:
    """The line for the password of an existing key ring, or a sentence in its place if it was generated."""

    def __init__(self, form: Form, find: Kept) -> None:
        self._form, self._find = form, find
        self.line = form.password_line(_("Key Ring &Password"))
        self._note = form.paragraph(_("The password of the key ring was generated: the server's ID opens it for you."))

    def show_for(self, file: str) -> None:
        """Show the line, unless the password of this file needs no typing."""
        is_kept = bool(self._find(file.strip()))
        self._form.rows.setRowVisible(self._note, is_kept)
        self._form.rows.setRowVisible(self.line, not is_kept)


def keep_together(form: Form) -> None:
    """Put extra room below the last row instead of between the rows."""
    rest = QWidget(form)
    rest.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
    form.rows.addRow(rest)


def database_items(databases: Databases) -> list[tuple[str, str]]:
    """Return the choices of the row "Certificate Requests database"."""
    line = _("{file}: {title} ({certifier})")
    return [
        (record.file, line.format(file=record.file, title=record.title, certifier=certifier_label(certifier.name)))
        for record, certifier in databases
    ]
