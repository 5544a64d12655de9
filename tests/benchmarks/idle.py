"""The processor time of a server that has nothing to do, with a history of finished work of different lengths.

The rows are written by SQL, in the size of certificates and requests. The server is `dominoadmin server` in its own process.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import Relay
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import databases
from tests.benchmarks import issuance

SIZES = tuple(map(int, os.environ.get("IDLE_SIZES", "0 100000").split()))
SETTLES = 25.0  # seconds until the start, which reads and checks everything once, is over
SECONDS = 60.0
DER = 900  # octets of a certificate with usual names and a P-256 key
CSR = 400
YEAR = 365 * 86_400
STATES = "Issued", "Rejected"


def run() -> None:
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "idle"
            prepare(root)
            started = time.perf_counter()
            fill(root / "domain.db", size)
            written = time.perf_counter() - started
            used = measure(root)
            print(
                f"{size:8} finished requests (written in {written:.0f} s): {used:.2f} s of processor time in a minute,"
                f" {used / 60:.2%} of a core (goal 1 %)",
                flush=True,
            )


def prepare(root: Path) -> None:
    """Set up a domain with a certifier, an Automatic database and a mail relay."""
    ours = issuance.set_up(root)
    issuance.prepare_ours(ours, "ec-p256")
    actor = Actor.of(ours.ann)
    (database,) = (record for record, _certifier in databases.all_databases(ours.domain))
    configuration = databases.configuration_of(database)
    databases.configure(ours.domain, actor, database.file, type(configuration)(**{**configuration.__dict__, "processing": "automatic"}))
    server_documents.change(ours.domain, actor, "", ServerChange(relay=Relay("127.0.0.1", 1, False, "ca@example.com"), http_port=0))
    ours.domain.store.close()
    (root / "password").write_text(f"{issuance.PASSWORD}\n")


def fill(store: Path, size: int) -> None:
    """Add finished requests of every kind to a store with one certifier and its database."""
    with closing(sqlite3.connect(store)) as db:
        (file, certifier) = db.execute("SELECT file, certifier_id FROM databases").fetchone()
        db.executemany(
            "INSERT INTO requests (kind, database, certifier_id, csr, subject, applicant, key_ring, state, pickup_id, fields, remarks,"
            " requested_at, pulled_at) VALUES ('server', ?, ?, ?, ?, 'rob@example.com', '', ?, ?, '{}', '[]', ?, ?)",
            requests(file, certifier, size),
        )
        db.execute(
            "INSERT INTO admin_requests SELECT id, certifier_id, state, fields, x'', '', 'ab' || id, pulled_at FROM requests"
            " WHERE id NOT IN (SELECT request_id FROM admin_requests)"
        )
        key = "SELECT coalesce((SELECT issuer FROM serials LIMIT 1), 'other')"
        db.execute(
            f"INSERT OR IGNORE INTO serials SELECT ({key}), 'ab' || id, id, 'issued', NULL, requested_at FROM requests"
            " WHERE id NOT IN (SELECT request_id FROM serials WHERE request_id IS NOT NULL)"
        )
        db.execute(
            "INSERT INTO issued (certifier_id, serial_hex, request_id, kind, subject, names, requester, key_algorithm, not_before,"
            " not_after, fingerprint, key_fingerprint, der, issued_at, part) SELECT certifier_id, 'ab' || id, id, kind, subject, '', applicant,"
            f" 'ec-p256', requested_at, requested_at, 'ab' || id, 'cd' || id, randomblob({DER}), requested_at, 0 FROM requests"
            " WHERE pickup_id LIKE 'filled %'"
        )
        db.execute("INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
        db.executemany(
            "INSERT INTO revocation_requests (certifier_id, action, serials, reason, requested_by, document, state, problem, created_at,"
            " changed_at) VALUES (?, 'revoke', '[\"ab\"]', 'keyCompromise', '', x'', 'Done', '', ?, ?)",
            ((certifier, text(0), text(0)) for _ in range(size // 10)),
        )
        db.executemany(
            "INSERT INTO mail (recipient, subject, body, created_at, relay_state, attempts, next_attempt_at, problem)"
            " VALUES ('rob@example.com', 'approved', ?, ?, 'sent', 1, ?, '')",
            (("x" * 200, text(0), text(0)) for _ in range(size)),
        )
        db.executemany(
            "INSERT INTO crls (certifier_id, part, kind, number, base_number, this_update, next_update, entries, size, sha256, made_at)"
            " VALUES (?, 0, 'non-regular', 0, NULL, ?, ?, 0, 0, '', ?)",
            ((certifier, text(0), text(0), text(0)) for _ in range(size // 10)),
        )
        db.commit()


def requests(file: str, certifier: int, size: int) -> Iterator[tuple[object, ...]]:
    chance, now = random.Random(size), int(time.time())
    for number in range(size):
        at = text(now - chance.randrange(YEAR))
        yield file, certifier, chance.randbytes(CSR), f"CN=host{number}.example.com", STATES[number % 10 == 0], f"filled {number}", at, at


def text(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def measure(root: Path) -> float:
    """Return the seconds of processor time that an idle server uses in a minute."""
    command = [sys.executable, "-m", "dominoadmin", "--data", str(root), "server", "--server-password-file", str(root / "password")]
    environment = {**os.environ, "DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment) as server:
        try:
            time.sleep(SETTLES)
            before = used(server.pid)
            time.sleep(SECONDS)
            return (used(server.pid) - before) * 60 / SECONDS
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(30)


def used(process: int) -> float:
    """Return the processor time of a process so far, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
