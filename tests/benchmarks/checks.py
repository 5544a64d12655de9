"""`store check` of a store with many issued certificates: time and memory of a process of its own, without and with --deep.

`python -m tests.benchmarks.checks ROOT [deep]` is that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from dominoadmin import application
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from dominoadmin.services.processes import deep_checks
from dominoadmin.services.requests import submitting
from dominoadmin.store import requests
from tests.benchmarks import issuance

COUNT = int(os.environ.get("CERTIFICATES", "10000"))
ALGORITHM = "ec-p256"


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "data"
        populate(root, COUNT)
        size = (root / "domain.db").stat().st_size / 1e6
        print(f"store check: {COUNT} issued certificates, {size:.0f} MB")
        for deep in ((), ("deep",)):
            command = [sys.executable, "-m", "tests.benchmarks.checks", str(root), *deep]
            done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(f"{'deep' if deep else 'rows'}: {done['seconds']:.1f} s, {done['memory'] / 1000:.0f} MB more than its imports")


def populate(root: Path, count: int) -> None:
    """Issue certificates for requests that are entered a batch at a time; everything else is as in practice."""
    ours = issuance.set_up(root)
    issuance.prepare_ours(ours, ALGORITHM)
    (first,) = issuance.take_in(ours, ALGORITHM, [issuance.make_request(0)])
    model = submitting.shown(ours.domain, first)
    assert model.document is not None
    for start in range(0, count, issuance.BATCH):
        with ours.domain.store.transaction() as db:
            ids = [requests.add(db, replace(model.request, pickup_id=f"{start} {each}")) for each in range(issuance.BATCH)]
            for number in ids:
                requests.add_admin_request(db, replace(model.document, request_id=number))
            events = [Event(AuditAction.REQUEST_SUBMITTED, str(number), {}) for number in ids]
            audit_log.enter(db, ours.domain.now(), Actor.of(ours.ann), events)
        issuance.approve_and_issue(ours, ids)
    ours.domain.store.close()


def memory(what: str) -> int:
    """Read a figure of this process in kilobytes: VmRSS, or VmHWM, its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


def measure(root: Path, *, deep: bool) -> None:
    domain = application.open_domain(root, {"DOMINOADMIN_KEYCHAIN": "none"})
    shown = identifying.describe_id(domain, identifying.default_id(domain))
    before, started = memory("VmRSS"), time.perf_counter()
    assert not deep_checks.check(domain, Actor(shown.name, shown.chain[-1]), deep=deep)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "memory": memory("VmHWM") - before}))


if __name__ == "__main__":
    measure(Path(sys.argv[1]), deep="deep" in sys.argv)
