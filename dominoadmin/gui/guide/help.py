"""The user's guide in a window, opened with F1 at the page for where you are."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.resources import guide_page

CONTENTS: Final = "index.md"
PAGES: Final = {
    "administration": "01-register-internet-certifier.md",
    "audit": "audit-log.md",
    "certificates": "certificate-viewer.md",
    "certifiers": "modify-certifier.md",
    "certifiers.register": "01-register-internet-certifier.md",
    "console": "02-run-the-ca-task.md",
    "cross_certificates": "06-pull-the-request.md",
    "directory": "08-configure-port.md",
    "home": "10-keep-healthy.md",
    "identities": "keychain-and-locking.md",
    "issuance": "issued-certificates.md",
    "key_rings": "key-rings.md",
    "key_rings.create": "04-create-key-ring.md",
    "key_rings.install": "08-configure-port.md",
    "key_rings.pickup": "07-pick-up-the-certificate.md",
    "requests": "05-approve-the-request.md",
    "requests.certificate_pickup": "07-pick-up-the-certificate.md",
    "requests.certificate_requests": "06-pull-the-request.md",
    "requests.new_database": "03-create-the-database.md",
    "revocation": "revocation-lists.md",
    "revocation.revoke": "revoke-certificate.md",
    "setup": "00-set-up.md",
    "web": "09-test-the-browser.md",
}
"""The page for a room of the window, or for one of its modules."""

_SIZE: Final = (760, 640)


def start(workspace: Workspace) -> None:
    """Open the guide at the page for the dialog, document or view on the screen."""
    if dialog := QApplication.activeModalWidget():
        show_for(dialog)
    else:
        Guide(workspace.widget(), page_of(workspace.page())).show()


def show_for(dialog: QWidget) -> None:
    """Open the guide at the page for a dialog."""
    Guide(dialog, page_of(dialog)).show()


def page_of(shown: QWidget) -> str:
    """Return the guide's page about a widget."""
    room = type(shown).__module__.removeprefix("dominoadmin.gui.")
    return PAGES.get(room) or PAGES.get(room.partition(".")[0], CONTENTS)


class Guide(QDialog):
    """One page at a time; links lead on. The window does not block the one that it explains."""

    def __init__(self, parent: QWidget, page: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("User's Guide"))
        self.browser = QTextBrowser(self)
        self.browser.setOpenLinks(False)
        self.browser.setAccessibleName(_("User's Guide"))
        self.browser.anchorClicked.connect(self._follow)
        contents, back = QPushButton(_("&Contents"), self), QPushButton(_("&Back"), self)
        for button in (contents, back):
            button.setAutoDefault(False)
        contents.clicked.connect(self._show_contents)
        back.clicked.connect(self.browser.backward)
        back.setEnabled(False)
        self.browser.backwardAvailable.connect(back.setEnabled)
        row = QHBoxLayout()
        row.addWidget(contents)
        row.addWidget(back)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.browser, 1)
        room = widget_tree.room(self)
        self.resize(min(_SIZE[0], room.width() - 40), min(_SIZE[1], room.height() - 60))
        self._open(page)
        self.browser.setFocus()

    def _open(self, page: str) -> None:
        self.browser.setSource(QUrl.fromLocalFile(str(guide_page(page))))

    def _show_contents(self) -> None:
        self._open(CONTENTS)

    def _follow(self, link: QUrl) -> None:
        """Open a page of the guide here, and a web page in the browser. The guide is also read beside other files."""
        found = self.browser.source().resolved(link)
        if not found.isLocalFile():
            QDesktopServices.openUrl(found)
        elif guide_page(found.fileName()).is_file():
            self.browser.setSource(found)
