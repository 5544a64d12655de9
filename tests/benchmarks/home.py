"""Home with many certificates: the time until what needs a person is painted, and until the figures are counted.

The rows are those of the benchmark of the lists, issued for requests in the months of a year. Each size is measured in its own
process: `python -m tests.benchmarks.home ROOT SIZE`.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DOMINOADMIN_KEYCHAIN"] = "none"

from PySide6.QtWidgets import QApplication

from dominoadmin import application
from dominoadmin.gui.home.page import HomePage
from dominoadmin.gui.main_window import MainWindow
from dominoadmin.services.identities import identifying
from tests.benchmarks import client, issuance, lists, stalls
from tests.benchmarks.ticks import spin

SIZES = tuple(map(int, os.environ.get("HOME_SIZES", "10000 1000000").split()))
ROUNDS = 5


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "home"
        client.populate(root, 0)
        for size in SIZES:
            fill(root, size)
            subprocess.run([sys.executable, "-m", "tests.benchmarks.home", str(root), str(size)], check=True, env={**os.environ})


def fill(root: Path, size: int) -> None:
    lists.fill(root, size)
    with closing(sqlite3.connect(root / "domain.db")) as db:  # without a request, they would be those of OCSP responders
        db.execute("UPDATE issued SET request_id = id WHERE request_id IS NULL")
        db.commit()


def measure(root: Path, size: int) -> None:
    app = QApplication(["dominoadmin"])
    domain = application.open_domain(root)
    path = domain.directory.file("ann-admin.id")
    window = stalls.shown(MainWindow(domain, identifying.open_id(domain, path, issuance.PASSWORD), path))
    window.resize(1200, 800)
    spin(1)
    for number in range(ROUNDS):
        print(f"{size} certificates, opened: {opened(window)} ({number + 1})", flush=True)
    app.exit()
    os._exit(0)


def opened(window: MainWindow) -> str:
    """Open the page as a tab and close it; return the times until its rows are painted and until its figures are.

    The processor time is that of the whole process: on a busy machine it says more.
    """
    counted: list[str] = []
    started, used = time.perf_counter(), time.process_time()

    def since() -> str:
        return f"{(time.perf_counter() - started) * 1000:.0f} ms (processor: {(time.process_time() - used) * 1000:.0f} ms)"

    page = window.show_tab("home-measured", partial(HomePage, window))
    assert isinstance(page, HomePage)
    page.refreshed.connect(lambda: counted.append(since()))
    lists.wait(page._cards._health.isVisible, started)
    page.repaint()
    painted = since()
    lists.wait(lambda: bool(counted), started)
    window.close_tab(page)
    spin(0.5)
    return f"painted {painted}, with its figures {counted[0]}"


if __name__ == "__main__":
    measure(Path(sys.argv[1]), int(sys.argv[2]))
