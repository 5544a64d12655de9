"""Random user actions on a domain in all states: `python -m tests.e2e.soak [ACTIONS [SEED]]`.

Nothing may crash, no Qt warning may appear, no error that is ours may be shown, and memory must not grow.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DOMINOADMIN_KEYCHAIN"] = "none"

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QtMsgType, QUrl, Slot, qInstallMessageHandler
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton, QAbstractItemView, QApplication, QComboBox, QFileDialog, QLineEdit, QMainWindow, QMenu, QMessageBox,
    QPlainTextEdit, QSpinBox, QTabBar, QTreeWidget, QWidget,
)  # fmt: skip

from dominoadmin.gui import background
from dominoadmin.gui.collector import Collector
from dominoadmin.gui.dialogs.log_in import LogIn
from dominoadmin.gui.main_window import MainWindow
from dominoadmin.services.progress import QUIET

HARMLESS = ("propagateSizeHints", "does not support raise", "grabbing the keyboard")
WORDS = ("", "x", "certreq.nsf", "keyfile.kyr", "a b c", "server1.example.com", "ü" * 300, "\x00", "'; --", "tell ca stat", "<b>x</b>", "-1", "US", "dns:a.example.com")
NEVER = {"E&xit", "&Lock"}


class Soak:
    def __init__(self, window: MainWindow, password: str, seed: int) -> None:
        self.window, self.password = window, password
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self.last = ""

    def act(self) -> None:
        top = QApplication.activeModalWidget() or self.window
        if self.window.session.is_locked:
            self.unlock()
            return
        if isinstance(top, QMessageBox):
            self.answer(top)
            return
        acts = [self.press, self.press, self.press, self.type, self.key, self.choose, self.tab, self.row, self.number]
        if top is self.window:
            acts += [self.menu, self.menu, self.tree, self.tree, self.tree]
            if self.random.random() < 0.01:
                acts = [self.lock]
        elif self.random.random() < 0.15:
            acts = [self.escape]
        act = self.random.choice(acts)
        self.last = act.__name__
        self.done[act.__name__] += 1
        act(top)

    def answer(self, box: QMessageBox) -> None:
        if box.detailedText() and "Traceback" in box.detailedText():
            self.faults.append(f"after {self.last}: {box.detailedText()[-1500:]}")
        self.done["answer"] += 1
        buttons = [button for button in box.buttons() if button.isEnabled()]
        (self.random.choice(buttons) if buttons else box).click() if buttons else box.reject()

    def those(self, top: QWidget, *kinds: type) -> list[QWidget]:
        return [w for w in top.findChildren(QWidget) if isinstance(w, kinds) and w.isVisible() and w.isEnabled() and w.window() is top.window()]

    def press(self, top: QWidget) -> None:
        if buttons := self.those(top, QAbstractButton):
            button = self.random.choice(buttons)
            self.last = f"pressing {button.text()!r} in {top.windowTitle()!r}"
            button.click()

    def type(self, top: QWidget) -> None:
        if editors := self.those(top, QLineEdit, QPlainTextEdit):
            editor = self.random.choice(editors)
            if editor.isReadOnly():
                return
            text = self.password if self.random.random() < 0.3 else self.random.choice(WORDS)
            editor.setText(text) if isinstance(editor, QLineEdit) else editor.setPlainText(text)

    def number(self, top: QWidget) -> None:
        if boxes := self.those(top, QSpinBox):
            box = self.random.choice(boxes)
            box.setValue(self.random.randint(box.minimum(), box.maximum()))

    def choose(self, top: QWidget) -> None:
        if boxes := self.those(top, QComboBox):
            box = self.random.choice(boxes)
            if box.count():
                box.setCurrentIndex(self.random.randrange(box.count()))

    def tab(self, top: QWidget) -> None:
        if bars := self.those(top, QTabBar):
            bar = self.random.choice(bars)
            if bar.count():
                bar.setCurrentIndex(self.random.randrange(bar.count()))
        if self.random.random() < 0.2 and top is self.window:
            self.window.close_current()

    def row(self, top: QWidget) -> None:
        views = [view for view in self.those(top, QAbstractItemView) if view.model() is not None and view.model().rowCount()]
        if views:
            view = self.random.choice(views)
            index = view.model().index(self.random.randrange(view.model().rowCount()), 0)
            view.setCurrentIndex(index)
            if self.random.random() < 0.3:
                view.activated.emit(index)

    def tree(self, top: QWidget) -> None:
        trees = self.those(top, QTreeWidget)
        if not trees:
            return
        tree = self.random.choice(trees)
        items = tree.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
        if items:
            item = self.random.choice(items)
            self.last = f"clicking {item.text(0)!r}"
            tree.setCurrentItem(item)
            tree.itemClicked.emit(item, 0)

    def menu(self, _top: QWidget) -> None:
        menus = [menu for menu in self.window.menuBar().findChildren(QMenu)]
        menu = self.random.choice(menus)
        menu.aboutToShow.emit()
        actions = [a for a in menu.actions() if a.isEnabled() and a.menu() is None and a.text() not in NEVER and not a.isSeparator()]
        if actions:
            action = self.random.choice(actions)
            self.last = f"choosing {action.text()!r}"
            action.trigger()

    def key(self, top: QWidget) -> None:
        key = self.random.choice([Qt.Key.Key_F9, Qt.Key.Key_Tab, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape])
        self.last = f"pressing {key.name}"
        QTest.keyClick(QApplication.focusWidget() or top, key)

    def escape(self, top: QWidget) -> None:
        QTest.keyClick(top, Qt.Key.Key_Escape)

    def lock(self, _top: QWidget) -> None:
        self.window.locking.lock()

    def unlock(self) -> None:
        dialog = next((w for w in QApplication.topLevelWidgets() if isinstance(w, LogIn) and w.isVisible()), None)
        self.done["unlock"] += 1
        if dialog is None:
            self.window.locking.unlock()
            return
        for editor in dialog.findChildren(QLineEdit):
            if editor.echoMode() == QLineEdit.EchoMode.Password:
                editor.setText(self.password)
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        until = time.monotonic() + 10
        while self.window.session.is_locked and time.monotonic() < until:
            QApplication.processEvents()
            time.sleep(0.02)
        if self.window.session.is_locked:
            self.faults.append("the window cannot be unlocked")


def resident() -> int:
    """Return the resident memory in megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


class Nowhere(QObject):
    @Slot(QUrl)
    def go(self, _url: QUrl) -> None:
        """Open no browser."""


def main(actions: int, seed: int) -> int:
    from dominoadmin import application
    from dominoadmin.services import sampling

    folder = Path(tempfile.mkdtemp(prefix="dominoadmin-soak-"))
    os.environ["HOME"] = str(folder)
    os.chdir(folder)
    said: list[str] = []

    def hear(kind: QtMsgType, _context: object, message: str) -> None:
        if not any(word in message for word in HARMLESS):
            said.append(message)

    qInstallMessageHandler(hear)
    logging.basicConfig(level=logging.ERROR)
    app = QApplication(["dominoadmin"])
    collector, nowhere = Collector(app), Nowhere()
    for scheme in ("http", "https", "file"):
        QDesktopServices.setUrlHandler(scheme, nowhere, "go")
    sample = sampling.make_sample(folder / "data", QUIET)
    domain = application.open_domain(folder / "data")
    window = MainWindow(domain, sample.administrator, sample.administrator_id, sample.server)
    password = sample.password
    uncaught: list[str] = []
    sys.excepthook = lambda kind, error, trace: uncaught.append("".join(__import__("traceback").format_exception(error)))
    window.show()
    window.begin()
    soak = Soak(window, password, seed)
    memory = []
    started = time.monotonic()
    for number in range(actions):
        soak.act()
        QApplication.processEvents()
        if number % 10 == 0:
            time.sleep(0.005)
        for dialog in app.topLevelWidgets():
            if isinstance(dialog, QFileDialog) and dialog.isVisible():
                dialog.reject()
        if number % max(1, actions // 20) == 0:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            memory.append(resident())
        if soak.faults or uncaught or not isinstance(window, QMainWindow):
            break
    seconds = time.monotonic() - started
    print(f"{number + 1} actions in {seconds:.0f} s, seed {seed}: {dict(soak.done)}")
    print(f"memory in MB: {memory}")
    for fault in (*soak.faults, *uncaught, *dict.fromkeys(said)):
        print(f"FAULT (after {soak.last}): {fault}")
    window.server.stop()
    background.wait_for_all(10)
    collector.stop()
    sys.stdout.flush()
    os._exit(1 if soak.faults or uncaught or said else 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
