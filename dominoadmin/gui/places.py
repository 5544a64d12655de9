"""The pages that the navigator shows, one at a time; documents open in tabs beside them.

The place that was on the screen when the window was closed is opened again.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from dominoadmin.errors import Error
from dominoadmin.i18n import text as _
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Domain
from dominoadmin.services.requests import databases
from dominoadmin.viewmodels.target import NOTHING, Target

_PLACES: Final = (
    "home", "admin4", "configuration", "directory", "files", "key-rings", "mail", "audit-log",
    "server-status", "server-console",
)  # fmt: skip
_KINDS: Final = ("database:", "icl:")


def is_place(key: str) -> bool:
    """Return whether the page with this key belongs to the navigator: any but a document."""
    return key in _PLACES or key.startswith(_KINDS)


class Places(QStackedWidget):
    """Keeps a page once it was shown. `shown(key, page)`: another one is on the screen."""

    shown = Signal(str, QWidget)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Home"))
        self._pages: dict[str, QWidget] = {}
        self.currentChanged.connect(self._changed)

    @property
    def key(self) -> str:
        """The key of the page on the screen."""
        page = self.currentWidget()
        return page.objectName() if page else ""

    def show_page(self, key: str, make: Callable[[], QWidget]) -> QWidget:
        """Show the page with this key, or the one that `make` returns."""
        if key not in self._pages:
            page = make()
            page.setObjectName(key)
            page.destroyed.connect(functools.partial(self._forget, key))
            page.windowTitleChanged.connect(self._name)
            self._pages[key] = page
            self.addWidget(page)
        self.setCurrentWidget(self._pages[key])
        return self._pages[key]

    def close_page(self, page: QWidget) -> None:
        """Forget a page; the first one stays."""
        self._pages.pop(page.objectName(), None)
        self.removeWidget(page)
        page.hide()
        page.deleteLater()

    def _changed(self, _number: int) -> None:
        if page := self.currentWidget():
            self.setWindowTitle(page.windowTitle())
            self.shown.emit(page.objectName(), page)

    def _name(self, _title: str) -> None:
        if page := self.currentWidget():
            self.setWindowTitle(page.windowTitle())

    def _forget(self, key: str, *_: object) -> None:
        self._pages.pop(key, None)


def open_again(domain: Domain, key: str, run: Callable[[str, Target], None]) -> None:
    """Carry out the command that opens the place with this key, if its object still exists."""
    with contextlib.suppress(Error, ValueError):
        if found := _command(domain, key):
            run(*found)


def _command(domain: Domain, key: str) -> tuple[str, Target] | None:
    """Return what opens a place. A missing object is noticed here: its opener would report it in a box."""
    kind, _colon, name = key.partition(":")
    if not is_place(key):
        return None
    if kind == "database":
        databases.stored(domain, name)
        return "open-database", Target(database=name)
    if kind == "icl" and int(name):
        known = {record.id for record in configuring.records(domain)}
        return ("icl", Target(certifier_id=int(name))) if int(name) in known else None
    return ("certificates" if kind == "icl" else key), NOTHING
