"""Measures what `docs/performance.md` states. Nothing here fails on a figure: figures are reported, not asserted.

    python -m tests.benchmarks            everything
    python -m tests.benchmarks issuance   only that
"""

from __future__ import annotations

import sys

from tests.benchmarks import issuance

BENCHMARKS = {"issuance": issuance.run}

for name in sys.argv[1:] or BENCHMARKS:
    BENCHMARKS[name]()
