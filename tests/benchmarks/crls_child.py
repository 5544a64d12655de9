"""Makes lists in its own process and prints the time and memory of each (see crls.py)."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from dominoadmin.pki.revocation import Revocation
from dominoadmin.services.revocation.crl_issuing import CrlAuthority
from dominoadmin.store import crls, revocations
from dominoadmin.store.records import RevocationRecord
from tests import builders
from tests.benchmarks.crls import opened

root, rounds, one_more = Path(sys.argv[1]), int(sys.argv[2]), len(sys.argv) > 3
domain, server, vault, certifier = opened(root)
authority = CrlAuthority(domain, server, vault, certifier)


def memory(what: str) -> int:
    """Read a figure of this process in kilobytes: VmRSS, or VmHWM, its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


def revoke_one(number: int) -> None:
    now = domain.now()
    serial = hashlib.sha256(f"{time.time_ns()} {number}".encode()).hexdigest()[:38].lstrip("0")
    with builders.behind(domain.store) as db:
        since = crls.last_number(db, 1) + 1
        entry = Revocation(serial, "superseded", now).entry()
        end = now + timedelta(days=300)
        revocations.keep(
            db, [RevocationRecord(certifier_id=1, serial_hex=serial, reason="superseded", revoked_at=now, invalidity_at=None, released_at=None, request_id=1, since=since, not_after=end, key_fingerprint="", part=0, chunk=None, entry=entry)]
        )
    builders.sealed(domain, 1, server, [serial], since - 1)


with domain.store.snapshot() as db:
    crls.last_number(db, 1)
Path("/proc/self/clear_refs").write_text("5")  # resets the peak
before, seconds, made = memory("VmRSS"), [], []
for number in range(rounds):
    if one_more:
        revoke_one(number)
    start = time.perf_counter()
    made = authority.issue("regular")
    seconds.append(time.perf_counter() - start)
json.dump({"seconds": seconds, "memory": (memory("VmHWM") - before) / 1024, "size": made[0].size}, sys.stdout)
domain.store.close()
