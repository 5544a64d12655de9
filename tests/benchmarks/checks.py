"""`store check` of a store with many issued certificates: time and memory of a process of its own.

`python -m tests.benchmarks.checks ROOT [deep]` is that process.
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
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from dominoadmin.services.processes import deep_checks
from tests.benchmarks import issuance

GENUINE, COUNT = issuance.BATCH, int(os.environ.get("CERTIFICATES", "100000"))
ALGORITHM = "ec-p256"


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "data"
        populate(root)
        report(f"{GENUINE} certificates, every signature", root, "deep")
        multiply(root)
        report(f"{COUNT} certificates, every row", root)


def report(what: str, root: Path, *options: str) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.checks", str(root), *options]
    done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    size = (root / "domain.db").stat().st_size / 1e6
    print(
        f"store check: {what}, {size:.0f} MB: {done['seconds']:.1f} s, {done['processor']:.1f} s of processor time,"
        f" {done['memory'] / 1000:.0f} MB more than its imports"
    )


def populate(root: Path) -> None:
    """Issue one batch of certificates, as in practice."""
    ours = issuance.set_up(root)
    issuance.prepare_ours(ours, ALGORITHM)
    requests = issuance.make_requests(GENUINE)
    issuance.approve_and_issue(ours, issuance.take_in(ours, ALGORITHM, requests))
    ours.domain.store.close()


def multiply(root: Path) -> None:
    """Add the rows of the batch again and again, under other numbers, with as many entries: what they say is not read.

    The organization's certifier enters them: nobody else may add issued certificates.
    """
    domain = application.open_domain(root, {"DOMINOADMIN_KEYCHAIN": "none"})
    certifier = Actor.of(identifying.open_id(domain, domain.directory.file(identifying.CERT_ID), issuance.PASSWORD))
    for more in range(GENUINE, COUNT, GENUINE):
        with domain.store.transaction() as db:
            for table, columns, changed in ROWS:
                db.execute(f"INSERT INTO {table} ({', '.join((*changed, *columns))}) SELECT {', '.join((*changed.values(), *columns))} FROM {table} WHERE {next(iter(changed.values())).partition(' ')[0]} <= {GENUINE}", {"more": more})
            numbers = range(more + 1, more + GENUINE + 1)
            acts = (AuditAction.REQUEST_SUBMITTED, AuditAction.REQUEST_APPROVED, AuditAction.CERTIFICATE_ISSUED)
            audit_log.enter(db, domain.now(), certifier, [Event(act, str(number), {"subject": "x"}) for act in acts for number in numbers])
    domain.store.close()


ROWS = (
    (
        "requests", ("kind", "database", "certifier_id", "csr", "subject", "applicant", "key_ring", "state", "fields", "remarks", "requested_at"),
        {"id": "id + :more", "pickup_id": "pickup_id || :more"},
    ),
    ("admin_requests", ("certifier_id", "state", "fields", "decision", "reason", "serial_hex", "changed_at"), {"request_id": "request_id + :more"}),
    (
        "issued",
        ("certifier_id", "kind", "subject", "names", "requester", "key_algorithm", "not_before", "not_after", "fingerprint", "key_fingerprint", "der", "issued_at", "part"),
        {"request_id": "request_id + :more", "serial_hex": "serial_hex || :more"},
    ),
)  # fmt: skip


def memory(what: str) -> int:
    """Read a figure of this process in kilobytes: VmRSS, or VmHWM, its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


def measure(root: Path, *, deep: bool) -> None:
    domain = application.open_domain(root, {"DOMINOADMIN_KEYCHAIN": "none"})
    shown = identifying.describe_id(domain, identifying.default_id(domain))
    before, started, used = memory("VmRSS"), time.perf_counter(), time.process_time()
    assert not deep_checks.check(domain, Actor(shown.name, shown.chain[-1]), deep=deep)
    seconds, used = time.perf_counter() - started, time.process_time() - used
    print(json.dumps({"seconds": seconds, "processor": used, "memory": memory("VmHWM") - before}))


if __name__ == "__main__":
    measure(Path(sys.argv[1]), deep="deep" in sys.argv)
