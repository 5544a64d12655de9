"""A revocation request in Admin4: the order, its signer, and each certificate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from dominoadmin.gui.frame.documents import reading
from dominoadmin.gui.frame.documents.reading import Read, ReadDocument
from dominoadmin.gui.frame.tables.short_table import ShortTable
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe
from dominoadmin.viewmodels.revocation import requests as revocation_requests
from dominoadmin.viewmodels.revocation.requests import Named, RevocationRequestView

_ROWS_SHOWN: Final = 12


def open_request(workspace: Workspace, request_id: int) -> QWidget | None:
    """Open the document of a revocation request."""
    read = partial(revocation_requests.view, request_id=request_id)
    return reading.open_tab(workspace, f"revocation:{request_id}", read, RevocationRequestDocument)


class RevocationRequestDocument(ReadDocument[RevocationRequestView]):
    """One revocation request; each of its certificates can be opened."""

    def __init__(self, workspace: Workspace, shown: RevocationRequestView, read: Read[RevocationRequestView]) -> None:
        super().__init__(workspace, _("Revocation request {number}").format(number=shown.row.id), shown, read)
        self._open_text = _("&Open Certificate")
        self.add_action(self._open_text, self._open)
        self.table = _Certificates(self)
        self.table.opened.connect(self._open)
        self.table.cellDoubleClicked.connect(self._open_cell)
        self.table.itemSelectionChanged.connect(self._switch)
        self.body.addWidget(self.table)
        self.body.addStretch(1)
        self.build()

    def build(self) -> None:
        """Show the sections and the certificates."""
        self.show_sections(self.shown.sections)
        self.table.show_certificates(self.shown.certificates)
        self._switch()

    def _switch(self) -> None:
        chosen = self._chosen()
        why = _("Select one certificate first.") if chosen is None else ""
        if chosen is not None and not chosen.subject:
            why = _("The certifier has not issued this certificate.")
        self.set_off(self._open_text, why)

    def _chosen(self) -> Named | None:
        row = self.table.currentRow()
        return self.shown.certificates[row] if 0 <= row < len(self.shown.certificates) else None

    def _open_cell(self, _row: int, _column: int) -> None:
        self._open()

    def _open(self) -> None:
        chosen = self._chosen()
        if chosen is not None and chosen.subject:
            self.workspace.open.issued_certificate(self.shown.certifier_id, chosen.serial_hex)


class _Certificates(ShortTable):
    """The certificates in the request; Enter or a double click opens one."""

    opened = Signal()

    def __init__(self, parent: QWidget) -> None:
        titles, one = (_("Subject"), _("Serial number")), QAbstractItemView.SelectionMode.SingleSelection
        super().__init__(titles, _("Certificates"), parent, selecting=one, dense=True)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def show_certificates(self, certificates: Sequence[Named]) -> None:
        """Show the certificates, keeping the selection."""
        chosen = max(0, self.currentRow())
        unknown = _("(not issued by this certifier)")
        self.fill([(each.subject or unknown, describe.serial(each.serial_hex)) for each in certificates])
        self.fit_serial(1)
        self.setCurrentCell(min(chosen, len(certificates) - 1), 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        rows = min(max(self.rowCount(), 2), _ROWS_SHOWN) + 1  # one for a scroll bar
        return QSize(super().sizeHint().width(), self.height_of(rows))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())
