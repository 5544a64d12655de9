"""The audit log: its octets hashed against the head, all of `audit verify`, and what an entry costs.

`python -m tests.benchmarks.log ROOT` measures in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dominoadmin import application
from dominoadmin.pki.merkle import Frontier
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import verifying
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from dominoadmin.store import audit
from tests.benchmarks import issuance
from tests.benchmarks.checks import memory

ENTRIES, BATCH = int(os.environ.get("ENTRIES", "100000")), 1000
COLUMNS = "kind, database, certifier_id, csr, subject, applicant, key_ring, state, fields, remarks, requested_at"


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "data"
        each = fill(root)
        print(f"audit log: {each * 1000:.2f} ms of processor time for an entry and its request in a batch of {BATCH}")
        command = [sys.executable, "-m", "tests.benchmarks.log", str(root)]
        done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for what, figures in done.items():
            print(f"audit log, {ENTRIES} entries: {what}: {figures[0]:.1f} s, {figures[1]:.1f} s of processor time, {figures[2] / 1000:.0f} MB more")


def fill(root: Path) -> float:
    """Make a log of one new request in each entry, and one act for each batch; return the median time for an entry."""
    ours = issuance.set_up(root)
    issuance.prepare_ours(ours, "ec-p256")
    issuance.take_in(ours, "ec-p256", [issuance.make_request(1)])
    actor, spent = Actor.of(ours.ann), []
    for more in range(1, ENTRIES, BATCH):
        started = time.process_time()
        with ours.domain.store.transaction() as db:
            db.executemany(
                f"INSERT INTO requests (id, pickup_id, {COLUMNS}) SELECT id + :more, pickup_id || :more, {COLUMNS} FROM requests WHERE id = 1",
                ({"more": number} for number in range(more, more + BATCH)),
            )
            events = [Event(AuditAction.REQUEST_RECEIVED, str(number + 1), {"subject": "x"}) for number in range(more, more + BATCH)]
            audit_log.enter(db, ours.domain.now(), actor, events)
        spent.append((time.process_time() - started) / BATCH)
    ours.domain.store.close()
    return sorted(spent)[len(spent) // 2]


def measure(root: Path) -> None:
    domain = application.open_domain(root, {"DOMINOADMIN_KEYCHAIN": "none"})
    shown = identifying.describe_id(domain, identifying.default_id(domain))
    actor = Actor(shown.name, shown.chain[-1])
    found = {}
    for what, act in (("octets, order, root", hashed), ("roles, signatures and the state, too", verifying.verify)):
        before, started, used = memory("VmRSS"), time.perf_counter(), time.process_time()
        act(domain, actor)
        found[what] = time.perf_counter() - started, time.process_time() - used, memory("VmHWM") - before
    print(json.dumps(found))


def hashed(domain, actor) -> None:
    """Hash the octets in their order, and compare the root with the one that the newest head signs."""
    with domain.store.snapshot() as db:
        record = audit.head(db)
        frontier = Frontier()
        frontier.append(audit.leaves(db, 0, record.size))
        assert frontier.root().hex() == audit_log.verified_head(record, actor.verifier())[1].log


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
