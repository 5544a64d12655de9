"""A certificate in a few rows, for confirmations: its identifying fields, and a button for the viewer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.values import add_node
from dominoadmin.i18n import text as _
from dominoadmin.pki.extension_texts import Node
from dominoadmin.services.domain import system_clock
from dominoadmin.viewmodels.certificates import viewing


class CertificateSummary(QWidget):
    """Read-only rows: subject, issuer, serial number, validity, key, SHA-256. Empty until a certificate is set."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._der = b""
        self._form: Form | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._button = QPushButton(_("Show Certificate…"), self)
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._open)
        self._button.hide()
        self._layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignRight)

    def set_certificate(self, der: bytes) -> None:
        """Show another certificate; if it is unreadable, say so."""
        widget_tree.remove(self._form)
        self._der = der
        self._form = Form(self)
        self._form.rows.setContentsMargins(0, 0, 0, 0)
        self._layout.insertWidget(0, self._form)
        try:
            found = viewing.summary(der, system_clock())
        except Error as error:
            self._form.paragraph(error.text())
            self._button.hide()
            return
        self._button.show()
        for node in _rows(found):
            add_node(self._form, node)

    def _open(self) -> None:
        viewer.open_window(self.window(), [self._der])


def _rows(found: viewing.Summary) -> tuple[Node, ...]:
    return (
        Node(_("Subject"), found.subject),
        Node(_("Issuer"), found.issuer),
        Node(_("Serial number"), found.serial, fixed=True),
        Node(_("Validity"), found.validity),
        Node(_("Public key"), found.key),
        Node("SHA-256", found.sha256, fixed=True, copied=True),
    )
