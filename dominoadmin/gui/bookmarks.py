"""The server chooser and the bookmarks, at the left of the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.requests import databases
from dominoadmin.viewmodels.directory import data_directory
from dominoadmin.viewmodels.target import NOTHING, Target

_ROLE = Qt.ItemDataRole.UserRole
_LEAST_LETTERS = 10


class Bookmarks(QWidget):
    """A tree that opens a database with one click and follows the store."""

    wanted = Signal(str, object)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self._workspace = workspace
        self._shown: object = None
        self._icons: list[tuple[QTreeWidgetItem, str]] = []
        self.server = SteadyComboBox(self)
        self.server.setAccessibleName(_("Server"))
        self.server.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.server.setMinimumContentsLength(_LEAST_LETTERS)
        self.tree = _Tree(self)
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(14)
        self.tree.setRootIsDecorated(False)
        self.tree.setAccessibleName(_("Bookmarks"))
        self.tree.itemClicked.connect(self._chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(self.server)
        layout.addWidget(self.tree)
        self._settled = QTimer(self, singleShot=True, interval=100)
        self._settled.timeout.connect(self.refresh)
        workspace.events.store_changed.connect(self._settled.start)
        self.refresh()

    def refresh(self) -> None:
        """Show the current objects of the domain."""
        try:
            self._show()
        except Error as error:  # an altered row: its view shows more
            self._workspace.say(error.text())

    def tint(self) -> None:
        """Load the icons in the current colors."""
        for item, icon in self._icons:
            item.setIcon(0, theme.icon(icon))

    def _show(self) -> None:
        domain = self._workspace.session.domain
        found = [(record.file, record.title) for record, _certifier in databases.all_databases(domain)]
        lists = [(record.id, record.icl_file, record.name) for record in configuring.records(domain)]
        servers = [row.shown for row in data_directory.server_rows(domain)]
        if self._shown == (found, lists, servers):
            return
        self._shown = (found, lists, servers)
        self.server.clear()
        self.server.addItems(servers)
        self._icons.clear()
        self.tree.clear()
        self._add(None, _("Administration Requests"), "admin4", NOTHING, "seal")
        self._add(None, _("Domino Directory"), "directory", NOTHING, "people")
        self._add(None, _("Mail"), "mail", NOTHING, "mail")
        self._add(None, _("Key Rings"), "key-rings", NOTHING, "key")
        requests = self._group(_("Certificate Requests"))
        for file, title in found:
            item = self._add(requests, title, "open-database", Target(database=file), "request")
            item.setToolTip(0, foreign_text.plain(file))
        issued = self._group(_("Issued Certificate Lists"))
        for number, file, name in lists:
            item = self._add(issued, file.replace("/", "\\"), "icl", Target(certifier_id=number), "list")
            item.setToolTip(0, foreign_text.plain(name))
        self.tree.expandAll()

    def _group(self, title: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.tree, [title])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return item

    def _add(
        self, parent: QTreeWidgetItem | None, title: str, command: str, target: Target, icon: str
    ) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [title]) if parent else QTreeWidgetItem(self.tree, [title])
        item.setIcon(0, theme.icon(icon))
        self._icons.append((item, icon))
        item.setData(0, _ROLE, (command, target))
        return item

    def _chosen(self, item: QTreeWidgetItem) -> None:
        if target := item.data(0, _ROLE):
            self.wanted.emit(*target)


class _Tree(QTreeWidget):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item:
            self.itemClicked.emit(item, 0)
        else:
            super().keyPressEvent(event)
