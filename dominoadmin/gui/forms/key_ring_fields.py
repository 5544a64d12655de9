"""Rows that the dialogs about key rings have in common."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QLineEdit

from dominoadmin.gui.forms.base import Form
from dominoadmin.i18n import text as _
from dominoadmin.services.key_ring_listing import ListedRing
from dominoadmin.store.records import CertifierRecord, DatabaseRecord

Databases = Sequence[tuple[DatabaseRecord, CertifierRecord]]


def file_row(form: Form, label: str, file: str, rings: Sequence[ListedRing]) -> QLineEdit:
    """Add the name of an existing key ring; the names of those in the data directory complete it."""
    editor = form.line(label, file)
    completer = QCompleter([ring.file for ring in rings], editor)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    editor.setCompleter(completer)
    editor.setPlaceholderText("keyfile.kyr")
    return editor


def database_items(databases: Databases) -> list[tuple[str, str]]:
    """Return the choices of the row "Certificate Requests database"."""
    line = _("{file}: {title} ({certifier})")
    return [
        (record.file, line.format(file=record.file, title=record.title, certifier=certifier.name))
        for record, certifier in databases
    ]
