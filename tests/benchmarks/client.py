"""The client's first window compared with a bare one, and the longest stall of the event loop in its dialogs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import issuance

BARE = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
window = QWidget(); window.resize(900, 600); window.show()
QTimer.singleShot(0, app.exit)
app.exec()
import os; os._exit(0)
"""
CLIENT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from dominoadmin.gui import application
from dominoadmin.gui.application import Client
from dominoadmin.gui.collector import Collector
from PySide6.QtWidgets import QApplication
app = QApplication([])
collector = Collector(app)
client = Client(app, Path(sys.argv[1]))
client.start()
assert client.window.isVisible()
QTimer.singleShot(0, app.exit)
app.exec()
import os; os._exit(0)
"""
RUNS = 9


def timed(code: str, *arguments: str) -> float:
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "DOMINOADMIN_KEYCHAIN": "none", "PYTHONDONTWRITEBYTECODE": ""}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, env=environment, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def first_window(folder: Path) -> str:
    """Compare the two alternately in one run."""
    timed(BARE), timed(CLIENT, str(folder))  # warm
    pairs = [(timed(BARE), timed(CLIENT, str(folder))) for _ in range(RUNS)]
    bare, client = (statistics.median(times) for times in zip(*pairs, strict=True))
    return f"first window: {client * 1000:.0f} ms; a bare window: {bare * 1000:.0f} ms; ratio {client / bare:.2f} (goal 1.5)"


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        populate(small, 0)
        populate(large, 10)
        for name, root in (("no certificate", small), ("10 000 certificates", large)):
            for _ in range(3):
                print(f"{name}: {first_window(root)}")


def populate(root: Path, thousands: int) -> None:
    """Issue a thousand certificates several times, in the usual way."""
    ours = issuance.set_up(root)
    issuance.prepare_ours(ours, "ec-p256")
    requests = issuance.make_requests(1000)
    for _ in range(thousands):
        issuance.approve_and_issue(ours, issuance.take_in(ours, "ec-p256", requests))
    ours.domain.store.close()
