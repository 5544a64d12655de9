"""Measures the figures in `docs/performance.md`. They are reported, not asserted.

    python -m tests.benchmarks            everything
    python -m tests.benchmarks issuance   only that (or: checks, client, crls, home, idle, lists, log, ocsp, search, stalls)
"""

from __future__ import annotations

import sys

from tests.benchmarks import checks, client, crls, home, idle, issuance, lists, log, ocsp, search, stalls

BENCHMARKS = {
    "issuance": issuance.run, "client": client.run, "crls": crls.run, "lists": lists.run, "stalls": stalls.run, "idle": idle.run,
    "checks": checks.run, "log": log.run, "home": home.run, "search": search.run, "ocsp": ocsp.run,
}  # fmt: skip

for name in sys.argv[1:] or BENCHMARKS:
    BENCHMARKS[name]()
