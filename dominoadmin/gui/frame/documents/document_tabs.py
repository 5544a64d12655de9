"""The tabs of the main window: the places share the first one, each document has its own, or a window of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QMenu, QTabBar, QToolButton, QVBoxLayout, QWidget

from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.i18n import text as _

_CROSS = 14  # pixels of the cross on a tab


class DocumentTabs(SteadyTabs):
    """Shows each document once, by its key. While the tabs are hidden, by the lock, the documents' windows are, too."""

    closing_asked = Signal(QWidget)
    """The user wants to close this page."""

    def __init__(self, parent: QWidget, first: QWidget) -> None:
        super().__init__(parent)
        self._documents: dict[str, QWidget] = {}
        self._windows: dict[str, DocumentWindow] = {}
        self.setDocumentMode(True)
        self.setTabBarAutoHide(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setUsesScrollButtons(True)
        self.addTab(first, foreign_text.caption(first.windowTitle()))
        first.windowTitleChanged.connect(self._name_first)
        self.tabBar().setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tabBar().customContextMenuRequested.connect(self._open_menu)

    def show_document(self, key: str, make: Callable[[], QWidget]) -> QWidget:
        """Go to the document with this key, or add the one that `make` returns."""
        if key not in self._documents:
            self._add(key, make())
        page = self._documents[key]
        if window := self._windows.get(key):
            window.raise_()
            window.activateWindow()
        else:
            self.setCurrentWidget(page)
        return page

    def close_document(self, page: QWidget) -> None:
        """Remove a document, with the window that it may have."""
        number = self.indexOf(page)
        if number >= 0:
            self.removeTab(number)
        if window := self._windows.pop(page.objectName(), None):
            page.setParent(self)
            window.hide()
            window.deleteLater()
        self._documents.pop(page.objectName(), None)
        page.hide()
        page.deleteLater()

    def move_out(self, page: QWidget) -> None:
        """Give a document a window of its own."""
        key, size = page.objectName(), page.size()
        if self._documents.get(key) is not page or key in self._windows:
            return
        self.removeTab(self.indexOf(page))
        window = DocumentWindow(page, self.window())
        window.closing_asked.connect(partial(self.closing_asked.emit, page))
        self._windows[key] = window
        window.resize(size)
        window.show()

    def is_document(self, page: QWidget) -> bool:
        """Return whether a page has a tab of its own."""
        return self.indexOf(page) > 0

    def unsaved(self) -> str:
        """Return the title of a document with unsaved changes, or an empty string."""
        return next((page.windowTitle() for page in self._documents.values() if getattr(page, "dirty", False)), "")

    def tint(self) -> None:
        """Load the crosses in the current colors."""
        for number in range(1, self.count()):
            self._add_cross(number, self.widget(number))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # minimized
            for window in self._windows.values():
                window.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for window in self._windows.values():
            window.show()

    def _add(self, key: str, page: QWidget) -> None:
        self._documents[key] = page
        page.setObjectName(key)
        page.destroyed.connect(partial(self._forget, key))
        number = self.addTab(page, foreign_text.caption(foreign_text.in_one_line(page.windowTitle())))
        self.setTabToolTip(number, foreign_text.plain(getattr(page, "full_title", page.windowTitle())))
        self._add_cross(number, page)
        page.windowTitleChanged.connect(self._name_tabs)

    def _add_cross(self, number: int, page: QWidget | None) -> None:
        cross = QToolButton(self)
        cross.setAutoRaise(True)
        cross.setIcon(theme.icon("close"))
        cross.setIconSize(QSize(_CROSS, _CROSS))
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Ctrl+W and Esc close a tab by keyboard
        cross.setToolTip(_("Close"))
        cross.setAccessibleName(_("Close"))
        cross.clicked.connect(partial(self._cross_clicked, page))
        self.tabBar().setTabButton(number, QTabBar.ButtonPosition.RightSide, cross)

    def _cross_clicked(self, page: QWidget | None, _checked: bool = False) -> None:
        self.closing_asked.emit(page)

    def _open_menu(self, at: QPoint) -> None:
        page = self.widget(self.tabBar().tabAt(at))
        if page is None or not self.is_document(page):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Open in &Own Window"), partial(self.move_out, page))
        menu.addAction(_("&Close"), partial(self.closing_asked.emit, page))
        menu.popup(self.tabBar().mapToGlobal(at))

    def _forget(self, key: str, *_destroyed: object) -> None:
        self._documents.pop(key, None)

    def _name_tabs(self, _title: str) -> None:
        for page in self._documents.values():
            if (number := self.indexOf(page)) > 0:
                self.setTabText(number, foreign_text.caption(foreign_text.in_one_line(page.windowTitle())))

    def _name_first(self, title: str) -> None:
        self.setTabText(0, foreign_text.caption(foreign_text.in_one_line(title)))


class DocumentWindow(QWidget):
    """One document in a window of its own."""

    closing_asked = Signal()

    def __init__(self, page: QWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(foreign_text.in_one_line(page.windowTitle()))
        page.windowTitleChanged.connect(self.setWindowTitle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        page.show()
        for keys in ("Ctrl+W", "Ctrl+F4"):
            QShortcut(QKeySequence(keys), self, self.close)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.closing_asked.emit()
