"""The Domino Administrator's window: the navigator, the page, and a pane with the Quick Guide and the Tools."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QSize, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui import places
from dominoadmin.gui.audit.banner import TrustBanner
from dominoadmin.gui.audit.watch import WindowAuditWatch
from dominoadmin.gui.console.closing import Closing
from dominoadmin.gui.frame import errors, foreign_text, jobs, memory, messages, theme, widget_tree
from dominoadmin.gui.frame.documents.document_tabs import DocumentTabs
from dominoadmin.gui.frame.events import Events
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.frame.server import RunningServer
from dominoadmin.gui.frame.session import Session
from dominoadmin.gui.frame.tables.details import SHOWN_KEY
from dominoadmin.gui.frame.tables.view import DatabaseTab
from dominoadmin.gui.guide import asking
from dominoadmin.gui.locking import ALWAYS, Locking
from dominoadmin.gui.menus import Menus, ToolsPane
from dominoadmin.gui.navigator import HOME, Navigator
from dominoadmin.gui.opening import Opening
from dominoadmin.gui.panes import Panes, SidePane
from dominoadmin.gui.places import Places
from dominoadmin.gui.search.line import SearchLine
from dominoadmin.gui.state_bar import SayingBar, StateBar
from dominoadmin.gui.tool_bar import DailyBar
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.target import NOTHING, Target

_SAYING: Final = 12_000  # milliseconds a message stays in the status bar
_USUAL_SIZE: Final = (1440, 900)


class MainWindow(QMainWindow):
    """The client's window, which implements `Workspace`."""

    def __init__(self, domain: Domain, identity: Identity, path: Path | None, server: Identity | None = None) -> None:
        super().__init__()
        asking.answer_f1()
        self.setWindowTitle(
            _("{organization} - Domino Administrator").format(organization=names.abbreviated(domain.organization))
        )
        self.setWindowIcon(theme.icon("program"))
        self.session = Session(domain, identity, path, self)
        self.memory = Memory(domain.directory.file(memory.FILE))
        self.events = Events(domain.store, self)
        self.server = RunningServer(domain, self)
        self._server_identity = server
        self.audit_watch = WindowAuditWatch(self, self)
        self.open = Opening(self)
        self._closing = False
        self.closing = Closing(self)
        self.menus = Menus(self, self.menuBar())
        self.locking = Locking(self, self.session, self.memory, self._parts)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._restore()

    # the interface for the parts

    def widget(self) -> QWidget:
        return self

    @property
    def audit_problem(self) -> str:
        return self.audit_watch.problem

    def page(self) -> QWidget:
        """Return the view or document on the screen."""
        shown = self.tabs.currentWidget()
        page = self.places.currentWidget() if shown is self.places else shown
        return page or self.places

    def show_tab(self, key: str, make: Callable[[], QWidget]) -> QWidget:
        """Go to the page with this key, or add the widget that `make` returns."""
        if places.is_place(key):
            page = self.places.show_page(key, make)
            self.tabs.setCurrentWidget(self.places)
        else:
            page = self.tabs.show_document(key, make)
        if focus := getattr(page, "focus_view", None):
            focus()
        return page

    def _parts(self) -> list[QWidget]:
        """Return the widgets that the cover hides."""
        return [self._page, self.statusBar(), self.daily]

    def close_tab(self, widget: QWidget) -> None:
        if places.is_place(widget.objectName()):
            self.open.home()
            self.places.close_page(widget)
        else:
            self.tabs.close_document(widget)

    def say(self, text: str) -> None:
        self.statusBar().showMessage(foreign_text.in_one_line(text), _SAYING)

    def log_in(self) -> None:
        if self.session.is_locked:
            self.locking.unlock()
        else:
            self.locking.switch_id()

    def start_server(self) -> None:
        if self._server_identity is not None:
            self.server.start(self._server_identity)
        else:
            self.locking.ask_for_server(self._server_opened)

    @property
    def server_id(self) -> Identity | None:
        return None if self.session.is_locked else self._server_identity

    def use_server_id(self, identity: Identity) -> None:
        self._server_identity = identity

    def begin(self) -> None:
        """Start the server if its ID is open or its password remembered, and no other process runs it."""
        self.audit_watch.look()
        if self.server.elsewhere:
            self.server.expect(comes=False)
            return
        if self._server_identity is not None:
            self.start_server()
        else:
            self.server.expect(comes=True)
            then = functools.partial(self.server.expect, comes=False)
            self.locking.open_server_silently(self._server_opened, then)

    def run(self, name: str, target: Target = NOTHING) -> None:
        """Carry out a command of the Tools pane, the navigator, or the Quick Guide."""
        if name.startswith("console:") and not self.session.is_locked:
            self.open.console(name.partition(":")[2])
            return
        self.menus.run(name, target)

    def refresh(self) -> None:
        """Read the visible data again (F9)."""
        self.events.look()
        if refresh := getattr(self.page(), "refresh", None):
            refresh()

    # the window itself

    def _lay_out(self) -> None:
        from dominoadmin.gui.guide.quick_guide import QuickGuide

        self.places = Places(self)
        self.tabs = DocumentTabs(self, self.places)
        self.navigator, self.tools, self.guide = Navigator(self), ToolsPane(self.menus, self), QuickGuide(self)
        self.side = SidePane(self.guide, self.tools, self)
        self.banner = TrustBanner(self)
        self._panes = Panes(self, self.navigator, self.tabs, self.side)
        self._page = QWidget(self)
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self._panes, 1)
        self.setCentralWidget(self._page)
        self.state_bar = StateBar(self)
        saying = SayingBar(self)
        saying.add_state(self.state_bar)
        self.setStatusBar(saying)
        switches, self.search = self._panes.switches, SearchLine(self, self.menus)
        self.daily = DailyBar(self, switches, self.menus.actions, self.search)
        self.addToolBar(self.daily)
        self._add_menus()

    def _add_menus(self) -> None:
        file, view, aid = _("&File"), _("&View"), _("&Help")
        self.menus.add(f"{file}/{_('&Security')}", _("&Switch ID…"), self.locking.switch_id)
        self.menus.add(f"{file}/{_('&Security')}", _("&Lock"), self.locking.lock, "F5")
        self.menus.add(file, _("&Close Tab"), self.close_current, "Ctrl+W")
        leave = functools.partial(self._leave, functools.partial(self.closing.leave, exits=True))
        self.menus.add(file, _("E&xit"), leave, "Ctrl+Q")
        self.menus.add(view, _("&Refresh"), self.refresh, "F9")
        for switch in self._panes.switches.values():
            self.menus.menu(view).addAction(switch)
        details = self.menus.add(view, _("&Details"), self._switch_details, "Ctrl+I")
        details.setCheckable(True)
        details.setChecked(bool(self.memory.get(SHOWN_KEY, True)))
        self.menus.add(view, _("Ne&xt Pane"), self._panes.next, "F6")
        self.menus.add(view, _("Open in &Own Window"), self._move_out)
        self.menus.add(aid, _("&About Domino Administrator"), self._about)

    def _switch_details(self) -> None:
        """Show or hide the details of the selected row, here and in the views that are opened later."""
        self.memory.set(SHOWN_KEY, not self.memory.get(SHOWN_KEY, True))
        if isinstance(page := self.page(), DatabaseTab):
            page.show_details()

    def _mark_place(self, number: int) -> None:
        page = self.tabs.widget(number) if number > 0 else None
        self.navigator.follow_document(page.objectName() if page else "")

    def _connect(self) -> None:
        self.tabs.closing_asked.connect(self._close_asked)
        self.tools.wanted.connect(self.run)
        self.navigator.wanted.connect(self.run)
        self.daily.wanted.connect(self.run)
        self.places.shown.connect(self.navigator.follow)
        self.places.shown.connect(self.daily.follow)
        self.tabs.currentChanged.connect(self.daily.follow)
        self.tabs.currentChanged.connect(self._mark_place)
        self.guide.wanted.connect(self.run)
        self.events.store_changed.connect(self.server.look)
        self.closing.ended.connect(self._end)
        self.closing.quit_asked.connect(functools.partial(self._leave, self._end))
        self.server.refused.connect(self._server_refused)
        self.server.asked.connect(self._ask_password)
        self.audit_watch.changed.connect(self.guide.refresh)
        self.audit_watch.changed.connect(self.banner.refresh)
        self.banner.wanted.connect(functools.partial(self.run, "verify-audit-log"))
        self.guide.refreshed.connect(self._warn)
        self.state_bar.attended.connect(self.guide.attend)
        self.session.changed.connect(self.menus.switch)
        self.session.changed.connect(self.tools.switch)
        self.server.states_changed.connect(self.tools.switch)
        self._recoloured = QTimer(self, singleShot=True, interval=0)
        self._recoloured.timeout.connect(self._tint)
        close = QAction(self)
        close.setShortcut(QKeySequence("Ctrl+F4"))
        close.triggered.connect(self.close_current)
        self.addAction(close)

    def _warn(self) -> None:
        urgent = self.guide.urgent
        self.state_bar.warn(urgent.because if urgent else "")

    def _restore(self) -> None:
        self.resize(QSize(*_USUAL_SIZE).boundedTo(widget_tree.room(self) * 0.94))
        self.restoreGeometry(self.memory.get_bytes("window/geometry"))
        self._panes.restore(self.memory)
        self.open.home()
        QTimer.singleShot(0, self, self._open_remembered_place)

    def _open_remembered_place(self) -> None:
        places.open_again(self.session.domain, self.memory.get("window/place", ""), self.run)

    def close_current(self) -> None:
        """Close the tab on the screen."""
        self._close_asked(self.page())

    def _close_asked(self, page: QWidget) -> None:
        if page.objectName() == HOME or self.session.is_locked:
            return
        leave = getattr(page, "leave", None)
        if leave:
            leave()
        else:
            self.close_tab(page)

    def _move_out(self) -> None:
        if self.tabs.is_document(self.page()):
            self.tabs.move_out(self.page())
        else:
            self.say(_("Only a document can have a window of its own. Open one first."))

    def _about(self) -> None:
        from dominoadmin import __version__

        text = _("dominoadmin {version}").format(version=__version__)
        details = _(
            "A certification authority on the desktop, with the dialogs and terms of Domino Administrator.\n\n"
            "Apache-2.0. Not affiliated with HCL or IBM."
        )
        messages.inform(self, _("About Domino Administrator"), text, details=details)

    # the server

    def _server_opened(self, identity: Identity) -> None:
        self._server_identity = identity
        self.server.start(identity)

    def _server_refused(self, error: Exception) -> None:
        errors.show(self, error)

    def _ask_password(self, question: str) -> None:
        from dominoadmin.gui.console.password import ConsolePassword

        ConsolePassword(self, question, self.server.answer).open()

    # files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from dominoadmin.gui import opened_files

        if opened_files.dropped(event.mimeData()) and not self.session.is_locked:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        from dominoadmin.gui import opened_files

        if not self.session.is_locked:
            event.acceptProposedAction()
            opened_files.open_all(self, opened_files.dropped(event.mimeData()))

    # the colors

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_recoloured"):
            self._recoloured.start()
        super().changeEvent(event)

    def _tint(self) -> None:
        """Load the icons in the current colors after a change of the scheme, here or in the system."""
        theme.follow()
        self.setWindowIcon(theme.icon("program"))
        for part in (self.menus, self.tools, self.navigator, self.daily, self.tabs):
            part.tint()

    # the end

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closing:
            self._save()
            super().closeEvent(event)
            return
        event.ignore()
        self._leave(self.closing.leave)

    def _leave(self, then: Callable[[], object]) -> None:
        """Ask before unsaved changes or running work are lost, then continue."""
        unsaved = self.tabs.unsaved()
        if not unsaved and not (jobs.busy() and QApplication.activeModalWidget()):
            then()
            return
        question = _("{title} has unsaved changes. Close anyway?").format(title=unsaved)
        question = question if unsaved else _("Work is still in progress. Close anyway?")
        box = messages.confirm(self, _("Domino Administrator"), question, _("&Close"), then)
        box.setProperty(ALWAYS, bool(unsaved))

    def _end(self) -> None:
        self.say(_("Stopping the server…"))
        self.setEnabled(False)
        self._stopping = Job(self._stop_server, waits=True)
        self._stopping.finished.connect(self._ended)
        self._stopping.start()

    def _stop_server(self, _progress: Progress) -> bool:
        return self.server.stop()

    def _ended(self) -> None:
        self._closing = True
        self.events.stop()
        self.close()

    def _save(self) -> None:
        self.memory.set_bytes("window/geometry", self.saveGeometry())
        self._panes.remember(self.memory)
        self.memory.set("window/place", self.places.key)
        try:
            self.memory.save()
        except Error as error:
            self.say(error.text())
