"""The search for everything, with a million certificates and as many requests: the time of an answer, and of its end."""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from dominoadmin import application
from dominoadmin.errors import Cancelled
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.search import finding
from dominoadmin.viewmodels.search import rows
from tests.benchmarks import client, lists

SIZE = 1_000_000
TIMES = 5
CSR = 450  # octets of a request with a P-256 key
TEXTS = (
    "h", "zz", "host0001", "example com", "nothing-like-this", "person 12", "ann", "server1", "mycompany ca", "cafe", "5f3a12",
    "12:ab:cd",
)  # fmt: skip


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "search"
        client.populate(root, 0)
        lists.fill(root, SIZE)
        add_requests(root)
        measure(root)


def add_requests(root: Path) -> None:
    """Add a request for each certificate; every tenth has another host, as if it had been rejected."""
    with closing(sqlite3.connect(root / "domain.db")) as db:
        (database,) = db.execute("SELECT file FROM databases").fetchone()
        hosts = db.execute("SELECT id, subject FROM issued ORDER BY id").fetchall()
        db.executemany(
            "INSERT INTO requests VALUES (?, 'server', ?, 1, ?, ?, ?, '', 'Issued', ?, ?, '[]', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '')",
            requests(database, hosts),
        )
        db.execute("INSERT INTO admin_requests SELECT id, 1, 'Issued', fields, NULL, '', 'ab', requested_at FROM requests")
        db.execute("UPDATE issued SET request_id = id WHERE id % 10 <> 0")
        db.commit()


def requests(database: str, hosts: list[tuple[int, str]]) -> Iterator[tuple[object, ...]]:
    chance = random.Random(1)
    for number, subject in hosts:
        host = subject.removeprefix("CN=").partition("/")[0] if number % 10 else f"gone{number}.example.com"
        fields = {
            "subject": {"common_name": host, "organization": "MyCompany", "country": "US"}, "names": [f"dns:{host}"], "days": 200,
            "key_usage": ["digitalSignature", "keyEncipherment"], "extended_key_usage": ["serverAuth"], "kind": "server",
        }  # fmt: skip
        yield number, database, chance.randbytes(CSR), f"CN={host}/O=MyCompany/C=US", f"CN=Person {number % 500}/O=MyCompany", f"{number:032x}", json.dumps(fields)


def measure(root: Path) -> None:
    domain = application.open_domain(root)
    serial, fingerprint, host = a_certificate(root)
    named = {
        "a whole host name": host, "a whole serial number": serial, "the same in decimal": str(int(serial, 16)),
        "its first six digits": serial[:6], "its last nine digits": serial[-9:], "a whole fingerprint": fingerprint,
    }  # fmt: skip
    for name, text in (*((repr(each), each) for each in TEXTS), *named.items()):
        rows.search(domain, text, QUIET)  # warm
        times, found = [], finding.Findings()
        for _ in range(TIMES):
            started = time.perf_counter()
            found = finding.find(domain, text, rows.MOST)
            times.append(time.perf_counter() - started)
        missing = f", not finished: {', '.join(sorted(found.unfinished))}" if found.unfinished else ""
        print(
            f"  {name:24} {statistics.median(times) * 1000:5.0f} ms (at most {max(times) * 1000:.0f}), {len(found.certificates)} certificates,"
            f" {len(found.requests)} requests{missing}",
            flush=True,
        )
    ends = sorted(end_of_cancelled(domain) for _ in range(20))
    print(f"  cancelled while it reads all rows: ends after {statistics.median(ends) * 1000:.1f} ms (at most {ends[-1] * 1000:.1f})")
    domain.store.close()


def a_certificate(root: Path) -> tuple[str, str, str]:
    with closing(sqlite3.connect(root / "domain.db")) as db:
        serial, fingerprint, subject = db.execute("SELECT serial_hex, fingerprint, subject FROM issued WHERE id = ?", (SIZE // 2 + 1,)).fetchone()
    return serial, fingerprint, subject.removeprefix("CN=").partition("/")[0]


def end_of_cancelled(domain: Domain) -> float:
    """Return the time from the cancellation of a search to its end."""
    stop = threading.Event()
    cancelled = []

    class Typing(Progress):
        def step(self, text: str) -> None:
            if stop.is_set():
                raise Cancelled

    def cancel() -> None:
        cancelled.append(time.perf_counter())
        stop.set()

    timer = threading.Timer(0.1, cancel)
    timer.start()
    with suppress(Cancelled):
        finding.find(domain, "zz", rows.MOST, Typing())
    ended = time.perf_counter()
    timer.join()
    return ended - cancelled[0]


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
