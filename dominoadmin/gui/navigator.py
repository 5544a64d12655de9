"""The navigator at the left of the window: the places, Domino's databases, and the views of the one on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTreeWidgetItem, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.painting.tree_rows import COUNT, ICON, RowTree
from dominoadmin.gui.frame.tables.table import LEVEL, View
from dominoadmin.gui.frame.tables.view import DatabaseTab, NavigatorCommand
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import databases
from dominoadmin.services.status.requests import undecided
from dominoadmin.viewmodels.target import NOTHING, Target

_ROLE: Final = Qt.ItemDataRole.UserRole
_SETTLING: Final = 100  # milliseconds; one act changes the store several times
_INDENT: Final = 18
HOME, FILES, CONFIGURATION = "home", "files", "configuration"
STATUS, CONSOLE, REQUESTS = "server-status", "server-console", "admin4"
EVERY: Final = 0
"""The number of the list of all certifiers."""
_LISTS: Final = {
    "issued": (f"icl:{EVERY}", "icl:"),
    "request": (REQUESTS, "database:"),
    "pickup": (REQUESTS, "database:"),
    "revocation": (REQUESTS,),
    "certifier": (CONFIGURATION,),
    "cross-certificate": ("directory",),
    "person": ("directory",),
    "server": ("directory", CONFIGURATION),
    "memo": ("mail",),
}
"""The places that a kind of document belongs to, the usual one first."""


@dataclass(frozen=True, kw_only=True)
class NavigatorPlace:
    """An entry: its title, its icon, what it opens, and the key of the page that this shows."""

    key: str
    title: str
    command: str
    icon: str = ""
    target: Target = NOTHING
    tip: str = ""


class Navigator(RowTree):
    """Emits `wanted(command, target)` for a place, and goes to a view or runs its command itself."""

    wanted = Signal(str, object)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self._workspace = workspace
        self._found: object = None
        self._places: list[tuple[QTreeWidgetItem, NavigatorPlace]] = []
        self._views: list[tuple[QTreeWidgetItem, View]] = []
        self._page: QWidget | None = None
        self._key = self._document = ""
        self._counting: Job | None = None
        self.setAccessibleName(_("Navigator"))
        self.setIndentation(_INDENT)
        self.itemClicked.connect(self._chosen)
        self._settled = QTimer(self, singleShot=True, interval=_SETTLING)
        self._settled.timeout.connect(self.refresh)
        workspace.events.store_changed.connect(self._settled.start)
        workspace.session.changed.connect(self._settled.start)
        self.refresh()

    def refresh(self) -> None:
        """Show the current databases and lists of the domain, and count what waits."""
        try:
            found = self._read()
        except Error as error:  # an altered row: its view shows more
            self._workspace.say(error.text())
        else:
            if self._found != found:
                self._found = found
                self._fill(*found)
        self._count()

    def follow(self, key: str, page: QWidget) -> None:
        """Mark the place that is on the screen, and list the views of its page below it."""
        if isinstance(self._page, DatabaseTab) and self._page is not page:
            self._page.view_shown.disconnect(self._mark_view)
        if isinstance(page, DatabaseTab) and self._page is not page:
            page.view_shown.connect(self._mark_view)
        if self._page is not page:
            page.destroyed.connect(self._forget)
        self._key, self._page = key, page
        self._list_views()

    def follow_document(self, key: str) -> None:
        """Mark the place that an open document belongs to; without one, what is on the screen again."""
        self._document = key
        self._list_views()

    def _mark_document(self) -> None:
        """Mark the place of the document in front: the list below it stays marked if the document can be in it."""
        lists = _LISTS.get(self._document.partition(":")[0], ())
        if lists and not self._key.startswith(lists):
            self.setCurrentItem(next(item for item, place in self._places if place.key.startswith(lists[0])))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item:
            self._chosen(item)
        else:
            super().keyPressEvent(event)

    # the places

    def _read(self) -> tuple[list[tuple[str, str]], list[tuple[int, str, str]]]:
        domain = self._workspace.session.domain
        found = [(record.file, record.title) for record, _certifier in databases.all_databases(domain)]
        lists = [(record.id, record.icl_file, record.name) for record in configuring.records(domain)]
        return found, lists

    def _fill(self, found: Iterable[tuple[str, str]], lists: Iterable[tuple[int, str, str]]) -> None:
        self._places.clear()
        self._views.clear()
        self.clear()
        for place in _desk():
            item = self._add(place)
            if place.key == STATUS:
                self._add(NavigatorPlace(key=STATUS, title=_("Status"), command=STATUS), item)
                self._add(NavigatorPlace(key=CONSOLE, title=_("Console"), command=CONSOLE), item)
        heading = QTreeWidgetItem(self, [_("Databases")])
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        for place in (*_of_requests(found), *_fixed_databases(), *_of_certifiers(lists)):
            self._add(place)
        self._list_views()

    def _add(self, place: NavigatorPlace, parent: QTreeWidgetItem | None = None) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [place.title]) if parent else QTreeWidgetItem(self, [place.title])
        item.setData(0, ICON, place.icon)
        item.setToolTip(0, foreign_text.plain(place.tip or place.title))
        item.setData(0, _ROLE, place)
        self._places.append((item, place))
        return item

    # the views of the page on the screen

    def _list_views(self) -> None:
        """Show the views below the place that was chosen, or else below the first place with this page."""
        matching = [item for item, place in self._places if place.key == self._key]
        chosen = next((item for item in matching if item is _top(self.currentItem())), None) or (
            matching[-1] if matching and matching[-1].parent() else next(iter(matching), None)
        )
        for item, place in self._places:
            if not item.parent() and place.key != STATUS and item is not chosen:
                item.takeChildren()
        page = self._page
        if chosen is None or page is None:
            self.setCurrentIndex(QModelIndex())
            return
        if isinstance(page, DatabaseTab) and len(page.entries) > 1:
            if not chosen.childCount():
                self._views.clear()
                self._add_views(chosen, page)
            self.expandRecursively(self.indexFromItem(chosen))
            self._mark_view(page.current.view.path)
        else:
            self._views.clear()
            if (above := chosen.parent()) is not None:
                above.setExpanded(True)
            self.setCurrentItem(chosen)
        self._mark_document()

    def _add_views(self, chosen: QTreeWidgetItem, page: DatabaseTab) -> None:
        groups: dict[str, QTreeWidgetItem] = {"": chosen}
        for entry in page.entries:
            *names, title = entry.path.split(LEVEL)
            path = ""
            for name in names:
                parent, path = groups[path], f"{path}{LEVEL}{name}"
                if path not in groups:
                    groups[path] = QTreeWidgetItem(parent, [name])
                    groups[path].setFlags(Qt.ItemFlag.ItemIsEnabled)
            child = QTreeWidgetItem(groups[path], [title])
            child.setData(0, _ROLE, entry)
            child.setToolTip(0, foreign_text.plain(entry.path))
            if isinstance(entry, View):
                self._views.append((child, entry))

    def _mark_view(self, path: str) -> None:
        """Mark the view that is on the screen, and name those that have another title now."""
        for item, view in self._views:
            if isinstance(self._page, DatabaseTab):
                item.setText(0, self._page.title_of(view.path))
            if view.path == path:
                self.setCurrentItem(item)

    def _forget(self) -> None:
        self._page = None

    def _chosen(self, item: QTreeWidgetItem) -> None:
        entry = item.data(0, _ROLE)
        if isinstance(entry, NavigatorPlace):
            self.wanted.emit(entry.command, entry.target)
        elif isinstance(entry, NavigatorCommand):
            entry.run()
        elif isinstance(entry, View) and isinstance(self._page, DatabaseTab):
            self._page.show_view(entry.path)

    # what waits

    def _count(self) -> None:
        if self._counting is None:
            session = self._workspace.session
            self._counting = Job(partial(_waiting, session.domain, session.actor))
            self._counting.done.connect(self._counted)
            self._counting.finished.connect(self._finished)
            self._counting.start()

    def _counted(self, number: int) -> None:
        for item, place in self._places:
            if place.key == REQUESTS:
                item.setData(0, COUNT, number)
                waiting = plural("{count} request waits for you", "{count} requests wait for you", number)
                said = waiting.format(count=number) if number else ""
                item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, said)

    def _finished(self) -> None:
        self._counting = None


def _waiting(domain: Domain, actor: Actor, _progress: Progress) -> int:
    return undecided(domain, actor)


def _top(item: QTreeWidgetItem | None) -> QTreeWidgetItem | None:
    while item is not None and item.parent() is not None:
        item = item.parent()
    return item


def _desk() -> Iterator[NavigatorPlace]:
    yield NavigatorPlace(key=HOME, title=_("Home"), icon="home", command=HOME)
    yield NavigatorPlace(key=REQUESTS, title=_("Requests"), icon="request", command="admin4")
    yield NavigatorPlace(key=f"icl:{EVERY}", title=_("Certificates"), icon="certificate", command="certificates")
    yield NavigatorPlace(key=CONFIGURATION, title=_("Certifiers"), icon="certifier", command="certifiers")
    yield NavigatorPlace(key="key-rings", title=_("Key Rings"), icon="key", command="key-rings")
    yield NavigatorPlace(key="directory", title=_("People & Servers"), icon="people", command="directory")
    yield NavigatorPlace(key=STATUS, title=_("Server"), icon="server", command=STATUS)
    yield NavigatorPlace(key="audit-log", title=_("Audit Log"), icon="log", command="audit-log")
    yield NavigatorPlace(key=FILES, title=_("Files"), icon="folder", command=FILES)
    yield NavigatorPlace(key=CONFIGURATION, title=_("Configuration"), icon="settings", command=CONFIGURATION)


def _of_requests(found: Iterable[tuple[str, str]]) -> Iterator[NavigatorPlace]:
    for file, title in found:
        target = Target(database=file)
        yield NavigatorPlace(
            key=f"database:{file}", title=title, icon="database", command="open-database", target=target, tip=file
        )


def _fixed_databases() -> Iterator[NavigatorPlace]:
    yield NavigatorPlace(
        key=REQUESTS, title=_("Administration Requests"), icon="seal", command="admin4", tip="admin4.nsf"
    )
    yield NavigatorPlace(
        key="directory", title=_("Domino Directory"), icon="people", command="directory", tip="names.nsf"
    )
    yield NavigatorPlace(key="mail", title=_("Mail"), icon="mail", command="mail")


def _of_certifiers(lists: Iterable[tuple[int, str, str]]) -> Iterator[NavigatorPlace]:
    for number, file, name in lists:
        target, title = Target(certifier_id=number), file.replace("/", "\\")
        yield NavigatorPlace(key=f"icl:{number}", title=title, icon="list", command="icl", target=target, tip=name)
