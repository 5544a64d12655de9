"""Common rows of the dialogs about key rings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.i18n import text as _
from dominoadmin.store.records import CertifierRecord, DatabaseRecord
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
