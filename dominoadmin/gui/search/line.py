"""The search line of the main window (Ctrl+K): finds certificates, requests, people, servers, files and commands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QFocusEvent,
    QGuiApplication,
    QHideEvent,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QWindow,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QSizePolicy, QWidget
from shiboken6 import isValid

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, theme
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Openers, Workspace
from dominoadmin.gui.menus import Menus
from dominoadmin.gui.search import menu_commands, taking_out
from dominoadmin.gui.search.results import FoundList
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.search import rows
from dominoadmin.viewmodels.search.rows import Destination, FoundRow, ResultKind, SearchResults

_SETTLING: Final = 120  # milliseconds after the last letter
_USUAL, _LEAST, _LIST = 50, 28, 70  # characters: the widths of the line, and of the list
_HIGHEST: Final = 0.7  # of the window: the list
_LONGEST: Final = 200  # characters; texts that are searched are shorter
_MARGIN: Final = 8


class SearchLine(QLineEdit):
    """Finds while you type. The results are in a list below it: a child of the window, which is hidden with it.

    The newest text wins: the search for an older one is cancelled, and its answer is dropped. While the window is
    locked, there is no text, no result, and nothing is found.
    """

    def __init__(self, workspace: Workspace, menus: Menus) -> None:
        super().__init__(workspace.widget())
        self._workspace, self._menus = workspace, menus
        self._job: Job | None = None
        self._actions: Mapping[str, QAction] = {}
        self._found: FoundList | None = None
        self._before: QWidget | None = None
        self._opens_first = False
        """Enter was pressed before the answer was there."""
        self._is_dragging = False
        self._selects = False
        """The mouse button that was pressed has brought the focus: its release selects the text."""
        self.setPlaceholderText(_("Host, serial number, person, command"))
        self.setAccessibleName(_("Search"))
        self.setMaxLength(_LONGEST)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setClearButtonEnabled(True)
        self._icon = QLineEdit.addAction(self, theme.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._settled = QTimer(self, singleShot=True, interval=_SETTLING)
        self._settled.timeout.connect(self._search)
        self._add_shortcut()
        self.textChanged.connect(self._edited)
        workspace.session.changed.connect(self._session_changed)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)

    def begin(self) -> None:
        """Take the focus, with the text selected (Ctrl+K)."""
        focused = QApplication.focusWidget()
        if focused not in (self, self._found):
            self._before = focused
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
        self._search()

    def sizeHint(self) -> QSize:
        return self._as_wide_as(_USUAL, super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._as_wide_as(_LEAST, super().minimumSizeHint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._enter()
            case Qt.Key.Key_Escape:
                self._escape()
            case Qt.Key.Key_Down if self._is_open():
                self._list().enter()
            case Qt.Key.Key_Down:
                self._search()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select a text that was left here, so that the next one replaces it; not while somebody types it."""
        super().focusInEvent(event)
        self._selects = event.reason() == Qt.FocusReason.MouseFocusReason
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._selects and not self.hasSelectedText():  # nothing was selected by dragging
            self.selectAll()
        self._selects = False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_icon"):
            self._icon.setIcon(theme.icon("search"))
        elif event.type() == QEvent.Type.FontChange and hasattr(self, "_keys"):
            self._leave_room()
        super().changeEvent(event)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stop()
        self._close()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the keys that lead here, as long as there is room for them."""
        super().paintEvent(event)
        if not self.text() and not self.hasFocus():
            painter = QPainter(self)
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            room = self.rect().adjusted(_MARGIN, 0, -_MARGIN, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._keys)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close the list at a click elsewhere: not all widgets take the focus."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            at = event.globalPosition().toPoint()
            if not any(each.rect().contains(each.mapFromGlobal(at)) for each in (self, self._list())):
                self._stop()
                self._close()
        return super().eventFilter(watched, event)

    # searching

    def _edited(self) -> None:
        self._leave_room()
        self._stop()
        if self._text():
            self._settled.start()
        else:
            self._close()

    def _text(self) -> str:
        return self.text().strip()

    def _search(self) -> None:
        """Search for the text, in a job: not in the one that works in order, which may be busy for minutes."""
        self._settled.stop()
        session, text = self._workspace.session, self._text()
        if not text or session.is_locked:
            return
        self._stop()
        self._job = Job(partial(rows.search, session.domain, text), waits=True)
        self._job.done.connect(self._answered)
        self._job.failed.connect(self._failed)
        self._job.start()

    def _stop(self) -> None:
        self._settled.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _answered(self, answer: SearchResults) -> None:
        if answer.text != self._text() or self._workspace.session.is_locked:
            return  # of an older text
        self._job = None
        known = menu_commands.in_menus(self._menus)
        self._actions = {name: action for name, (_command, action) in known.items()}
        icons = {name: QIcon(action.icon()) for name, action in self._actions.items()}
        self._show(rows.with_commands(answer, [command for command, _action in known.values()]), icons)

    def _failed(self, error: Exception) -> None:
        self._job = None
        if isinstance(error, Error):
            self._show(SearchResults(self._text(), notes=(error.text(), error.advice())), {})
        else:
            errors.show(self.window(), error)

    # the list

    def _list(self) -> FoundList:
        window = self.window()
        if self._found is None:
            self._found = FoundList(window)
            self._found.chosen.connect(self._open)
            self._found.left.connect(self._return)
            self._found.typed.connect(self._typed)
            self._found.dragged.connect(self._drag)
        elif self._found.parentWidget() is not window:  # the line has come into a window
            self._found.setParent(window)
        return self._found

    def _is_open(self) -> bool:
        return self._found is not None and isValid(self._found) and self._found.isVisible()

    def _show(self, answer: SearchResults, icons: Mapping[str, QIcon]) -> None:
        found = self._list()
        found.show_answer(answer, icons)
        count = sum(len(group.rows) for group in answer.groups)
        self.setAccessibleDescription(plural("{n} result", "{n} results", count).format(n=count))
        if not self._has_focus():
            return
        self._place()
        found.show()
        found.raise_()
        self._watch_clicks(watches=True)
        if self._opens_first:
            self._enter()

    def _place(self) -> None:
        """Put the list below the line, as wide as the results need, and inside of the window."""
        window, found = self.window(), self._list()
        width = max(self.width(), self.fontMetrics().averageCharWidth() * _LIST)
        width = min(width, window.width() - 2 * _MARGIN)
        corner = self.mapTo(window, QPoint(0, self.height() + 1))
        left = max(_MARGIN, min(corner.x(), window.width() - width - _MARGIN))
        height = min(int(window.height() * _HIGHEST), window.height() - corner.y() - _MARGIN)
        found.setGeometry(left, corner.y(), width, min(found.wanted_height(), height))

    def _follow(self) -> None:
        if self._is_open():
            self._place()

    def _close(self) -> None:
        self._opens_first = False
        self._watch_clicks(watches=False)
        if self._found is not None and isValid(self._found):  # at the end of the window it may be gone
            self._found.forget()
        self._actions = {}
        self.setAccessibleDescription("")

    def _watch_clicks(self, *, watches: bool) -> None:
        native: QWindow | None = QGuiApplication.focusWindow()
        if native is not None and watches:
            native.installEventFilter(self)
        elif native is not None:
            native.removeEventFilter(self)

    def _has_focus(self) -> bool:
        return self.hasFocus() or (self._found is not None and self._found.hasFocus())

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if not self._is_dragging and new is not self and (self._found is None or new is not self._found):
            self._stop()
            self._close()

    def _typed(self, event: QKeyEvent) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.keyPressEvent(event)

    def _drag(self, row: FoundRow) -> None:
        """Drag a result; the list stays open until the drop, also while the pointer is over other programs."""
        self._is_dragging = True
        taking_out.drag(self._workspace, self._list(), row)
        self._is_dragging = False
        self._focus_moved(None, QApplication.focusWidget())

    def _return(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # choosing

    def _enter(self) -> None:
        """Open the chosen result, or the first one as soon as there is an answer."""
        is_answered = self._job is None and not self._settled.isActive()
        if is_answered and self._is_open():
            if row := self._list().current():
                self._open(row)
        elif self._text():
            self._opens_first = True
            self._search()

    def _escape(self) -> None:
        """Close the list; then remove the text; then go back to where the focus was."""
        self._stop()
        if self._is_open():
            self._close()
        elif self.text():
            self.clear()
        else:
            self._go_back()

    def _go_back(self) -> None:
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.clearFocus()

    def _open(self, row: FoundRow) -> None:
        if row.why_off:
            self._workspace.say(row.why_off)
            return
        action = self._actions.get(row.leads_to.name)
        self._stop()
        self._close()
        self.clear()  # it has led to what it was typed for; Ctrl+Z brings it back
        self._go_back()
        if row.leads_to.kind != ResultKind.COMMAND:
            _open_document(self._workspace.open, row.leads_to)
        elif action is not None and isValid(action):
            action.trigger()

    # the window

    def _add_shortcut(self) -> None:
        begin = QAction(_("Search"), self)
        begin.setShortcuts([QKeySequence("Ctrl+K"), QKeySequence("Ctrl+Shift+F")])
        begin.triggered.connect(self._begin)
        QWidget.addAction(self, begin)  # the line's own method would show a button for it
        self._keys = begin.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setToolTip(_("Search for everything ({keys})").format(keys=self._keys))
        self._leave_room()

    def _leave_room(self) -> None:
        """Keep the placeholder off the keys."""
        width = 0 if self.text() else self.fontMetrics().horizontalAdvance(self._keys) + _MARGIN
        left, right = (width, 0) if self.isRightToLeft() else (0, width)
        self.setTextMargins(left, 0, right, 0)

    def _begin(self, _checked: bool = False) -> None:
        self.begin()

    def _session_changed(self) -> None:
        """Remove what one person has searched before the window is locked, or another one sees it."""
        self.setText("")  # unlike `clear`, it cannot be undone
        self._stop()
        self._close()
        self.setEnabled(not self._workspace.session.is_locked)

    def _as_wide_as(self, characters: int, size: QSize) -> QSize:
        return QSize(max(size.width(), characters * self.fontMetrics().averageCharWidth()), size.height())


def _open_document(openers: Openers, leads_to: Destination) -> None:
    match leads_to.kind:
        case ResultKind.CERTIFICATE:
            openers.issued_certificate(leads_to.number, leads_to.name)
        case ResultKind.REQUEST:
            openers.request(leads_to.number)
        case ResultKind.PERSON:
            openers.person(leads_to.name)
        case ResultKind.SERVER:
            openers.server(leads_to.name)
        case ResultKind.CERTIFIER:
            openers.certifier(leads_to.number)
        case ResultKind.KEY_RING:
            openers.key_rings(leads_to.name)
        case ResultKind.DATABASE:
            openers.database(leads_to.name)
