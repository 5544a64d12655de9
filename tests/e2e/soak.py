"""Random user actions: `python -m tests.e2e.soak [ACTIONS [SEED [sample|fresh]]]`.

On the sample domain with certificates in all states, or on a domain that was just set up. Nothing may crash, no Qt
warning or error of ours may appear, and memory must not grow.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import logging
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DOMINOADMIN_KEYCHAIN"] = "none"

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QtMsgType, QUrl, Slot, qInstallMessageHandler
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabBar,
    QToolButton,
    QTreeWidget,
    QWidget,
)  # fmt: skip

from dominoadmin import application
from dominoadmin.gui.collector import Collector
from dominoadmin.gui.frame import jobs
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.gui.main_window import MainWindow
from dominoadmin.services.domain import system_clock
from dominoadmin.services.identities.identifying import open_id
from dominoadmin.services.progress import QUIET
from dominoadmin.services.setup import creating as setup
from dominoadmin.services.setup import sample_domain
from dominoadmin.store.keychain import NoKeychain

HARMLESS = ("propagateSizeHints", "does not support raise", "grabbing the keyboard")
WORDS = ("", "x", "certreq.nsf", "keyfile.kyr", "a b c", "server1.example.com", "ü" * 300, "\x00", "'; --", "tell ca stat", "<b>x</b>", "-1", "US", "dns:a.example.com")
KEYS = (Qt.Key.Key_F9, Qt.Key.Key_Tab, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape)
NEVER = {"E&xit", "&Lock"}
LOOKS = 20  # how often memory is measured
STUCK = 60  # seconds an action may take before the soak reports where it hangs, and ends
MOST_VIEWERS = 3  # open certificate windows, after which one is closed
MOST_TABS = 8  # after which one is closed: with every document of a domain open, memory measures the documents


class Soak:
    def __init__(self, window: MainWindow, password: str, seed: int) -> None:
        self.window, self.password = window, password
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self.last = ""
        self.files = 0

    def act(self) -> None:
        viewers = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible() and not w.isModal()]
        modal = QApplication.activeModalWidget()
        top = modal or (viewers[0] if viewers and self.random.random() < 0.3 else self.window)
        if self.window.session.is_locked:
            self.unlock()
        elif isinstance(top, QMessageBox):
            self.answer(top)
        elif isinstance(top, QFileDialog):
            self.choose_file(top)
        elif modal is None and len(viewers) > MOST_VIEWERS:
            self.done["close_viewer"] += 1
            self.random.choice(viewers).close()
        else:
            act = self.one_of(top)
            self.last = act.__name__
            self.done[act.__name__] += 1
            act(top)

    def one_of(self, top: QWidget):
        if top is self.window:
            if self.random.random() < 0.005:
                return self.lock
            if self.window.tabs.count() > MOST_TABS:
                return self.close_tab
        elif isinstance(top, QDialog):
            if self.random.random() < 0.15:
                return self.escape
            if self.random.random() < 0.1:
                return self.give_password
        acts = [self.press, self.press, self.press, self.type, self.key, self.choose, self.tab, self.row, self.number]
        return self.random.choice([*acts, *([self.menu, self.menu, self.tree, self.tree, self.tree] if top is self.window else [])])

    def answer(self, box: QMessageBox) -> None:
        if "Traceback" in box.detailedText():
            self.faults.append(f"after {self.last}: {box.detailedText()[-1500:]}")
        self.done["answer"] += 1
        buttons = [button for button in box.buttons() if button.isEnabled()]
        self.random.choice(buttons).click() if buttons else box.reject()

    def choose_file(self, dialog: QFileDialog) -> None:
        """Choose an existing file, or name a new one in our folder; sometimes cancel."""
        self.done["choose_file"] += 1
        folder = Path.home() / "exchange"
        if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave:
            self.files += 1
            chosen = folder / f"file{self.files}"
        elif dialog.fileMode() == QFileDialog.FileMode.Directory:
            chosen = folder
        else:
            found = [path for place in (Path.home() / "data", folder) for path in place.glob("*") if path.is_file()]
            chosen = self.random.choice(found)
        if self.random.random() < 0.4:
            dialog.reject()
            return
        dialog.fileSelected.emit(str(chosen))  # the effect of its Open button, without the file system model's delay
        dialog.done(QDialog.DialogCode.Accepted)

    def those(self, top: QWidget, *kinds: type) -> list:
        found = [widget for kind in kinds for widget in top.findChildren(kind)]
        return [w for w in found if w.isVisible() and w.isEnabled() and w.window() is top.window()]

    def press(self, top: QWidget) -> None:
        if buttons := self.those(top, QAbstractButton):
            button = self.random.choice(buttons)
            self.last = f"pressing {button.text()!r} in {top.windowTitle()!r}"
            menu = button.menu() if isinstance(button, QToolButton | QPushButton) else None
            if menu is None:
                button.click()
            elif actions := [a for a in menu.actions() if a.isEnabled() and not a.isSeparator()]:
                self.random.choice(actions).trigger()  # an open menu would wait for a real mouse

    def type(self, top: QWidget) -> None:
        if editors := self.those(top, QLineEdit, QPlainTextEdit):
            editor = self.random.choice(editors)
            if editor.isReadOnly():
                return
            text = self.password if self.random.random() < 0.3 else self.random.choice(WORDS)
            editor.setText(text) if isinstance(editor, QLineEdit) else editor.setPlainText(text)

    def give_password(self, top: QWidget) -> None:
        """Answer a password prompt correctly."""
        for editor in self.those(top, QLineEdit):
            if editor.echoMode() == QLineEdit.EchoMode.Password:
                editor.setText(self.password)
        self.last = f"giving the password in {top.windowTitle()!r}"
        QTest.keyClick(top, Qt.Key.Key_Return)

    def number(self, top: QWidget) -> None:
        if boxes := self.those(top, QSpinBox):
            box = self.random.choice(boxes)
            box.setValue(self.random.randint(box.minimum(), box.maximum()))

    def choose(self, top: QWidget) -> None:
        if boxes := [box for box in self.those(top, QComboBox) if box.count()]:
            box = self.random.choice(boxes)
            box.setCurrentIndex(self.random.randrange(box.count()))

    def tab(self, top: QWidget) -> None:
        if bars := [bar for bar in self.those(top, QTabBar) if bar.count()]:
            bar = self.random.choice(bars)
            self.last = f"going to a tab of {top.windowTitle()!r}"
            bar.setCurrentIndex(self.random.randrange(bar.count()))

    def close_tab(self, _top: QWidget) -> None:
        self.window.tabs.tabCloseRequested.emit(self.random.randrange(1, self.window.tabs.count()))

    def row(self, top: QWidget) -> None:
        views = [view for view in self.those(top, QAbstractItemView) if view.model() is not None and view.model().rowCount()]
        if views:
            view = self.random.choice(views)
            self.last = f"a row of {view.accessibleName()!r}"
            index = view.model().index(self.random.randrange(view.model().rowCount()), 0)
            view.setCurrentIndex(index)
            if self.random.random() < 0.3:
                view.activated.emit(index)

    def tree(self, top: QWidget) -> None:
        if trees := self.those(top, QTreeWidget):
            tree = self.random.choice(trees)
            items = tree.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
            if items:
                item = self.random.choice(items)
                self.last = f"clicking {item.text(0)!r}"
                tree.setCurrentItem(item)
                tree.itemClicked.emit(item, 0)

    def menu(self, _top: QWidget) -> None:
        menu = self.random.choice(list(self.window.menus._menus.values()))
        menu.aboutToShow.emit()
        actions = [a for a in menu.actions() if a.isEnabled() and a.menu() is None and a.text() not in NEVER and not a.isSeparator()]
        if actions:
            action = self.random.choice(actions)
            self.last = f"choosing {action.text()!r}"
            action.trigger()

    def key(self, top: QWidget) -> None:
        key = self.random.choice(KEYS)
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
        self.give_password(dialog)
        until = time.monotonic() + 20
        while self.window.session.is_locked and time.monotonic() < until:
            QApplication.processEvents()
            time.sleep(0.02)
        if self.window.session.is_locked:
            self.faults.append("the window cannot be unlocked")


class Nowhere(QObject):
    @Slot(QUrl)
    def go(self, _url: QUrl) -> None:
        """Open no browser."""


class Ears:
    """Collects the complaints of Qt, the log and Python."""

    def __init__(self) -> None:
        self.said: list[str] = []
        qInstallMessageHandler(self.qt)
        sys.excepthook = self.uncaught
        handler = logging.Handler(logging.ERROR)
        handler.emit = self.logged  # type: ignore[method-assign]
        logging.getLogger().addHandler(handler)

    def qt(self, _kind: QtMsgType, _context: object, message: str) -> None:
        if not any(word in message for word in HARMLESS):
            self.said.append(message)

    def uncaught(self, _kind: object, error: BaseException, _trace: object) -> None:
        self.said.append("".join(traceback.format_exception(error)))

    def logged(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(record.exc_info[1])) if record.exc_info else ""
        self.said.append(f"{record.name}: {record.getMessage()}\n{trace}")


def resident() -> int:
    """Return the resident memory in megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def measured() -> str:
    """Return the counts after a collection: memory, widgets, jobs, Python objects."""
    until = time.monotonic() + 3
    while jobs.busy() and time.monotonic() < until:  # opening one ID takes 128 MB
        QApplication.processEvents()
        time.sleep(0.01)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)  # free memory must not count as used
    return f"{resident()} MB, {len(QApplication.allWidgets())} widgets, {jobs.busy()} jobs, {len(gc.get_objects())} objects"


def make_domain(root: Path, kind: str) -> tuple[MainWindow, str]:
    if kind == "sample":
        sample = sample_domain.make_sample(root, QUIET)
        return MainWindow(application.open_domain(root), sample.administrator, sample.administrator_id, sample.server), sample.password
    password = "purple-monkey 42"
    request = setup.SetupRequest(
        organization="MyCompany", country="US", server="Server1", host="server1.example.com", administrator="Ann Admin", administrator_password=password, server_password=password, http_port=0, ssl_port=0
    )
    made = setup.set_up(root, request, lambda _domain_id: NoKeychain(), system_clock)
    domain = application.open_domain(root)
    ann, server = (open_id(domain, path, password) for path in (made.administrator_id, made.server_id))
    return MainWindow(domain, ann, made.administrator_id, server), password


def run(soak: Soak, ears: Ears, actions: int) -> int:
    """Perform actions; return their number."""
    for number in range(actions):
        if number % max(1, actions // LOOKS) == 0:
            print(f"{number}: {measured()}", flush=True)
        faulthandler.dump_traceback_later(STUCK, exit=True)
        soak.act()
        QApplication.processEvents()
        if number % 10 == 0:
            time.sleep(0.005)
        if soak.faults or ears.said:
            return number + 1
    faulthandler.cancel_dump_traceback_later()
    print(f"{actions}: {measured()}", flush=True)
    return actions


def main(actions: int, seed: int, kind: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="dominoadmin-soak-"))
    (folder / "exchange").mkdir()
    os.environ["HOME"] = str(folder)
    os.chdir(folder)
    app = QApplication(["dominoadmin"])
    ears, collector, nowhere = Ears(), Collector(app), Nowhere()
    for scheme in ("http", "https", "file"):
        QDesktopServices.setUrlHandler(scheme, nowhere, "go")
    window, password = make_domain(folder / "data", kind)
    window.show()
    window.begin()
    soak, started = Soak(window, password, seed), time.monotonic()
    number = run(soak, ears, actions)
    print(f"{number} actions in {time.monotonic() - started:.0f} s, seed {seed}, {kind} domain: {dict(soak.done)}")
    for fault in (*soak.faults, *dict.fromkeys(ears.said)):
        print(f"FAULT (after {soak.last}): {fault}")
    window.server.stop()
    jobs.wait_for_all(10)
    collector.stop()
    shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(1 if soak.faults or ears.said else 0)


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(int(given.get(1, 20_000)), int(given.get(2, 1)), given.get(3, "sample"))
