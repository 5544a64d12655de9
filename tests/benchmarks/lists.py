"""Long Issued Certificate Lists in the window: the time to the first rows, and the longest stall of the event loop.

The rows are written by SQL, in the size of certificates. Each size is measured in its own process.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DOMINOADMIN_KEYCHAIN"] = "none"

from PySide6.QtCore import QCoreApplication, Qt, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from dominoadmin import application
from dominoadmin.gui.frame import jobs
from dominoadmin.gui.frame.tables.table_view import TableView
from dominoadmin.gui.issuance import view as issued
from dominoadmin.gui.main_window import MainWindow
from dominoadmin.services.identities import identifying
from tests.benchmarks import client, issuance, stalls
from tests.benchmarks.ticks import Ticks, spin

SIZES = (10_000, 100_000, 1_000_000)
LONGEST = 60  # maximum seconds of an action
DER = 900  # octets of a certificate with usual names and a P-256 key
YEAR = 365 * 86_400


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "lists"
        client.populate(root, 0)
        for size in SIZES:
            fill(root, size)
            command = [sys.executable, "-m", "tests.benchmarks.lists", str(root), str(size)]
            subprocess.run(command, check=True, env={**os.environ})


def fill(root: Path, size: int) -> None:
    """Fill the list up to a number of entries: one in ten is expired, one in twenty revoked."""
    started = time.perf_counter()
    with closing(sqlite3.connect(root / "domain.db")) as db:
        (known,) = db.execute("SELECT count(*) FROM issued").fetchone()
        db.executemany(
            "INSERT INTO issued (certifier_id, serial_hex, request_id, kind, subject, names, requester, key_algorithm, not_before,"
            " not_after, fingerprint, key_fingerprint, der, issued_at, part) VALUES (1, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0)",
            entries(known, size),
        )
        db.execute("INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
        db.execute("INSERT OR IGNORE INTO revocation_requests VALUES (1, 1, 'revoke', '[]', '', NULL, '', x'', 'Done', '', '', '')")
        db.execute(
            "INSERT OR IGNORE INTO revocations (certifier_id, serial_hex, reason, revoked_at, request_id, since, not_after,"
            " key_fingerprint, part, entry) SELECT 1, serial_hex, 'superseded', issued_at, 1, 1, not_after, '', 0, x'' FROM issued"
            " WHERE id % 20 = 0"
        )
        db.commit()
    print(f"{size} rows written in {time.perf_counter() - started:.0f} s", flush=True)


def entries(first: int, last: int) -> Iterator[tuple[object, ...]]:
    chance, now = random.Random(first), int(time.time())
    for number in range(first, last):
        end = now + chance.randrange(-YEAR // 9, YEAR)
        host = f"host{chance.randrange(10**7):07}.example.com"
        yield (
            f"{chance.getrandbits(127):x}", ("server", "client")[number % 2], f"CN={host}/O=MyCompany/C=US", f"dns:{host}",
            f"CN=Person {number % 500}/O=MyCompany", ("ec-p256", "rsa-2048")[number % 2], text(end - YEAR), text(end),
            f"{chance.getrandbits(256):064x}", chance.randbytes(DER), text(now - YEAR + number % YEAR),
        )  # fmt: skip


def text(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Meter:
    """Performs actions in a view, and prints their times."""

    def __init__(self, view: TableView) -> None:
        self.view, self._watch = view, Ticks()

    def during(self, name: str, act: Callable[[], object], first: Callable[[], bool] | None = None) -> None:
        """Print the time until the first rows are painted, until everything is there, and the longest stall."""
        spin(0.2)
        self._watch.worst, started = 0.0, time.perf_counter()
        self._watch._last = started
        act()
        wait(first or self.is_first, started)
        self.view.table.viewport().repaint()
        painted = time.perf_counter() - started
        wait(self.is_whole, started)
        whole = time.perf_counter() - started
        spin(0.1)
        found = self.view.rows.rowCount()
        stall = self._watch.worst
        print(f"  {name:44} painted {painted * 1000:6.0f} ms, all {whole * 1000:6.0f} ms, stall {stall * 1000:4.0f} ms, {found} rows", flush=True)

    def is_first(self) -> bool:
        rows = self.view.rows
        return rows._shown == rows._order

    def is_whole(self) -> bool:
        return self.view._job is None and self.is_first() and self.view.rows.is_whole


def wait(until: Callable[[], bool], started: float) -> None:
    while not until() and time.perf_counter() - started < LONGEST:
        QCoreApplication.processEvents()
        time.sleep(0.0002)


def memory() -> float:
    """Return the memory of the process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def measure(root: Path, size: int) -> None:
    app = QApplication(["dominoadmin"])
    qInstallMessageHandler(stalls.quiet)
    domain = application.open_domain(root)
    path = domain.directory.file("ann-admin.id")
    window = stalls.shown(MainWindow(domain, identifying.open_id(domain, path, issuance.PASSWORD), path))
    window.resize(1200, 800)
    spin(1)
    before = memory()
    started = time.perf_counter()
    tab = issued.open_list(window, 1)
    meter = Meter(tab.current)
    meter._watch._last = started
    wait(lambda: meter.view.rows.rowCount() > 0, started)
    meter.view.table.viewport().repaint()
    painted = time.perf_counter() - started
    wait(meter.is_whole, started)
    whole = time.perf_counter() - started
    print(f"{size} rows: opened, painted {painted * 1000:.0f} ms, all {whole * 1000:.0f} ms, stall {meter._watch.worst * 1000:.0f} ms")
    print(f"  memory {memory():.0f} MB, before {before:.0f} MB")
    use(meter)
    print(f"  memory {memory():.0f} MB at the end", flush=True)
    for number, name in ((0, "the list of all certifiers"),):
        started = time.perf_counter()
        other = Meter(issued.open_list(window, number).current)
        wait(other.is_first, started)
        print(f"  {name}: first rows {(time.perf_counter() - started) * 1000:.0f} ms")
    jobs.wait_for_all(10)
    app.exit()
    os._exit(0)


def use(meter: Meter) -> None:
    view, table = meter.view, meter.view.table
    bar, chance = table.verticalScrollBar(), random.Random(1)
    serial, fingerprint = a_row(view)
    for _ in range(2):
        meter.during("jump to a random position", partial(bar.setValue, chance.randrange(bar.maximum())))
    bar.setValue(0)
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        for number, column in enumerate(view.view.columns):
            way = "descending" if order == Qt.SortOrder.DescendingOrder else "ascending"
            meter.during(f"sort by {column.title}, {way}", partial(table.sortByColumn, number, order))
    table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    wait(meter.is_whole, time.perf_counter())
    for word in ("h", "ho", "host0001", "0123", "example com", "nothing-like-this", serial, serial[:6], fingerprint, ""):
        meter.during(f"search for '{word[:20]}'", partial(view.search.setText, word))
    table.selectRow(min(5000, view.rows.rowCount() - 1))
    meter.during("refresh with one row selected", view.refresh)
    meter.during("select all", table.selectAll)
    meter.during("refresh with all selected", view.refresh)
    meter.during("select none", table.clearSelection)
    for number in range(0, 16, 2):
        table.selectionModel().select(
            view.rows.index(view.rows.rowCount() - 1 - number, 0),
            table.selectionModel().SelectionFlag.Select | table.selectionModel().SelectionFlag.Rows,
        )
    meter.during("refresh with eight rows selected at the end", view.refresh)
    meter.during("scroll to the end", partial(bar.setValue, bar.maximum()))


def a_row(view: TableView) -> tuple[str, str]:
    row = view.rows.row(view.rows.rowCount() // 2)
    return row.serial_hex, row.fingerprint


if __name__ == "__main__":
    measure(Path(sys.argv[1]), int(sys.argv[2]))
