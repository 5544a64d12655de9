"""The certificate viewer: General, Details, Chain. Everything in it is plain text; a name may contain HTML."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.certificates.chain import ChainPage
from dominoadmin.gui.certificates.details import DetailsPage
from dominoadmin.gui.frame import errors, messages, theme, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.frame.forms.values import add_node, make_small
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.paths import write_whole
from dominoadmin.pki import describe
from dominoadmin.services.domain import system_clock
from dominoadmin.services.records import pem_files
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certificates.viewing import CertificateView

_LONGEST_TITLE: Final = 80
_SIZE: Final = QSize(720, 620)


def show(workspace: Workspace, chain: Sequence[bytes], title: str = "") -> QDialog | None:
    """Open the viewer for a certificate: DERs, the certificate first, then its issuers. None if it is unreadable."""
    return open_window(workspace.widget(), chain, title)


def open_window(parent: QWidget, chain: Sequence[bytes], title: str = "") -> QDialog | None:
    """Open the viewer above `parent`, for dialogs, which would cover a window of the workspace."""
    try:
        window = CertificateWindow(parent, chain, title)
    except Error as error:
        errors.show(parent, error)
        return None
    window.show()
    return window


class CertificateWindow(HeadedDialog):
    """Shows the first certificate of a chain. It does not block the window it belongs to."""

    def __init__(self, parent: QWidget, chain: Sequence[bytes], title: str = "") -> None:
        self._chain, now = tuple(chain), system_clock()
        shown = viewing.view(self._chain[0] if chain else b"", now)  # raises before the window is created
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._shown = shown
        self.setWindowTitle(title or _("Certificate: {name}").format(name=shown.title[:_LONGEST_TITLE]))
        self._chain_page = ChainPage(viewing.chain(self._chain, now), self)
        self._chain_page.asked.connect(self._open_link)
        tabs = SteadyTabs(self)
        tabs.addTab(_general(shown, tabs), _("&General"))
        tabs.addTab(DetailsPage(shown.details, tabs), _("&Details"))
        tabs.addTab(self._chain_page, _("C&hain"))
        layout = self.column()
        layout.addLayout(_headline(shown, self))
        layout.addWidget(tabs, 1)
        layout.addWidget(self._buttons())
        self.resize(_SIZE.boundedTo(widget_tree.room(self) * 0.9))

    def save(self, path: Path, data: bytes) -> None:
        """Write the certificate to a file."""
        try:
            write_whole(path, data)
        except Error as error:
            errors.show(self, error)
        else:
            messages.inform(self, self.windowTitle(), _("The certificate has been saved."), details=str(path))

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        pem = box.addButton(_("Save as &PEM…"), QDialogButtonBox.ButtonRole.ActionRole)
        der = box.addButton(_("&Save as DER…"), QDialogButtonBox.ButtonRole.ActionRole)
        close = box.addButton(QDialogButtonBox.StandardButton.Close)
        pem.clicked.connect(self.save_pem)
        der.clicked.connect(self.save_der)
        close.clicked.connect(self.close)
        for button in (pem, der):
            button.setAutoDefault(False)
        close.setDefault(True)
        close.setFocus()
        return box

    def save_pem(self) -> None:
        """Ask for a file and write PEM."""
        self._ask(".pem", describe.pem(self._shown.der).encode())

    def save_der(self) -> None:
        """Ask for a file and write DER."""
        self._ask(".cer", self._shown.der)

    def _ask(self, suffix: str, data: bytes) -> None:
        suggested = Path.home() / f"{pem_files.stem(self._shown.title)}{suffix}"
        messages.save_file(self, _("Save certificate"), suggested, partial(self.save, data=data))

    def _open_link(self, number: int) -> None:
        """Open another certificate of the chain; the page counts from the top, the chain from the certificate."""
        place = next(n for n, der in enumerate(self._chain) if der == self._chain_page.der(number))
        open_window(self, self._chain[place:])


def _headline(shown: CertificateView, parent: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    badge = theme.badge(shown.state)
    if badge is not None:
        picture = QLabel(parent)
        picture.setPixmap(badge.pixmap(16, 16))
        picture.setAccessibleName(shown.sentence)
        row.addWidget(picture)
    sentence = QLabel(shown.sentence, parent)
    sentence.setTextFormat(Qt.TextFormat.PlainText)
    font = sentence.font()
    font.setBold(True)
    sentence.setFont(font)
    row.addWidget(sentence, 1)
    return row


def _general(shown: CertificateView, parent: QWidget) -> QWidget:
    form = Form(parent)
    last = None
    for section in shown.general:
        form.heading(section.title)
        for node in section.rows:
            last = add_node(form, node)
    if last is not None:
        make_small(last)
    area = scrolled(form)
    form.setAutoFillBackground(False)  # the tab's own background is visible
    return area
