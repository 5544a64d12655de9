"""The program on the sample domain, opened and closed by lines on its standard input: for a judge in another process.

`open NAME` opens a place, a document or a dialog and prints "ready"; `close` closes what was opened; `end` ends.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSocketNotifier
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from dominoadmin import application
from dominoadmin.gui.frame import theme
from dominoadmin.gui.main_window import MainWindow
from dominoadmin.services.domain import system_clock
from dominoadmin.services.setup.sample_domain import make_sample
from tests.conftest import NO_KEYCHAIN
from tests.gui import dialog_openers
from tests.gui.dialog_openers import Stage, settled

PLACES = ("home", "configuration", "files", "server-status", "server-console", "admin4", "directory", "mail", "key-rings")
UNNAMED = "unnamed"  # a dialog with an editor that nobody has named
DOCUMENTS = ("icl", "audit log", "certifier", "request", "server")


def main() -> None:
    app = QApplication(["dominoadmin"])
    theme.apply(theme.LIGHT)
    folder = Path(tempfile.mkdtemp(prefix="accessible-"))
    sample = make_sample(folder / "data")
    domain = application.open_domain(sample.root, NO_KEYCHAIN, system_clock)
    window = MainWindow(domain, sample.administrator, domain.directory.file(sample.administrator_id.name), sample.server)
    window.resize(1200, 800)
    window.show()
    settled()
    stage = Stage(window, sample, folder)
    say = partial(print, file=os.fdopen(os.dup(1), "w"), flush=True)
    os.dup2(2, 1)  # some of the tests' openers print what is answered
    reading = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def obey() -> None:
        line = sys.stdin.readline().strip()
        verb, _space, name = line.partition(" ")
        if verb == "open":
            open_it(stage, name)
        elif verb == "close":
            close_all(stage)
        else:
            QCoreApplication.exit()
            return
        settled()
        say("ready")

    reading.activated.connect(obey)
    say("ready")
    app.exec()
    window.server.stop()
    window.events.stop()


def open_it(stage: Stage, name: str) -> None:
    if name in PLACES:
        stage.window.run(name)
    elif name == UNNAMED:
        dialog = QDialog(stage.window)
        QLineEdit(dialog)
        dialog.open()
        stage.kept.append(dialog)
    elif name in DOCUMENTS:
        open_document(stage.window, name)
    else:
        dialog_openers.OPENERS[name](stage)


def open_document(window: MainWindow, name: str) -> None:
    from dominoadmin.gui.audit import view as audit_log
    from dominoadmin.gui.certifiers import document as certifier
    from dominoadmin.gui.directory import server_document as server
    from dominoadmin.gui.issuance import view as issued
    from dominoadmin.gui.requests import document as requests

    match name:
        case "icl":
            issued.open_list(window, 1)
        case "audit log":
            audit_log.open_log(window)
        case "certifier":
            certifier.open_certifier(window, 1)
        case "request":
            requests.open_request(window, 1)
        case _:
            server.open_server(window, edit=True)


def close_all(stage: Stage) -> None:
    """Close everything but the window, without questions."""
    for dialog in tops(stage):
        if dialog.isVisible():
            getattr(dialog, "discard", dialog.close)()
    while stage.window.tabs.count() > 1:
        page = stage.window.tabs.widget(1)
        getattr(page, "discard", lambda page=page: stage.window.close_tab(page))()
    stage.kept.clear()


def tops(stage: Stage) -> list[QWidget]:
    return [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not stage.window]


if __name__ == "__main__":
    main()
