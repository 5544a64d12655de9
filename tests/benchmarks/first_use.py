"""The stall at the first use of a command in a fresh process, which may include imports.

One process per command; the window is created and then idle for a moment, as after a log-in.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import ticks

COMMANDS = (
    "register-certifier", "issue-now", "cross-certify", "new-database", "open-database", "admin4", "directory", "mail", "icl", "key-rings",
    "preferences", "server-document", "create-key-ring", "certify-key-ring", "pickup-key-ring", "install-key-ring", "live-check",
    "browser-help",
)  # fmt: skip
AT_ONCE, LATER = 0.2, 3.0
CHILD = """
import sys
from pathlib import Path
from PySide6.QtCore import qInstallMessageHandler
from PySide6.QtWidgets import QApplication
app = QApplication(["dominoadmin"])
qInstallMessageHandler(lambda *_: None)
from dominoadmin import application
from dominoadmin.gui.application import Client
from dominoadmin.gui.collector import Collector
from dominoadmin.services.identities import identifying
collector = Collector(app)
root, name, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
client = Client(app, root)
domain = application.open_domain(root)
client._prepared(domain)
client._show_window(identifying.open_id(domain, root / "ann-admin.id", input()))
from tests.benchmarks.ticks import Ticks, spin
spin(seconds)
watch = Ticks()
print(watch.floor(), watch.during(lambda: client.window.run(name)), flush=True)
import os; os._exit(0)
"""


def gaps(root: Path, password: str, command: str, seconds: float) -> tuple[float, float]:
    """Return the worst gap in an empty window and at the command, in a separate process."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "DOMINOADMIN_KEYCHAIN": "none", "PYTHONDONTWRITEBYTECODE": ""}
    words = [sys.executable, "-c", CHILD, str(root), command, str(seconds)]
    done = subprocess.run(words, check=True, env=environment, input=password, text=True, capture_output=True)
    floor, found = map(float, done.stdout.split()[-2:])
    return floor, found


def report(root: Path, password: str) -> None:
    """Print the medians, the worst command first."""
    floors, rows = [], []
    for command in COMMANDS:
        found = [(gaps(root, password, command, AT_ONCE), gaps(root, password, command, LATER)) for _ in range(ticks.ROUNDS)]
        floors += [floor for pairs in found for floor, _gap in pairs]
        at_once, later = (statistics.median(pairs[n][1] for pairs in found) for n in (0, 1))
        rows.append((at_once, later, command))
    over = sum(max(row[:2]) > ticks.GOAL for row in rows)
    print(f"Stalls, first use in a process: {over} of {len(rows)} over {ticks.GOAL} ms; empty window {statistics.median(floors):.0f} ms")
    print(f"  {AT_ONCE:.1f} s, {LATER:.0f} s after the window was shown:")
    for at_once, later, command in sorted(rows, reverse=True):
        print(f"  {at_once:4.0f} ms {later:4.0f} ms  {command}")
