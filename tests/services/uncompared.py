"""A plugin of pytest that lists which rows acts have read and not compared with what the audit log commits.

`make uncompared` runs the tests of services and tasks with it. Each line has the act, who has read in it, the table, and a
test in which that happened. A reader in the list is not wrong by itself: what it reads may be checked by a signature of
its own, or decide nothing. But most attacks with SQL that were ever found went by such a row.

Not seen are rows that are read without `records.record`, and what was read before the act began.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dominoadmin.services.audit import committed, shown
from dominoadmin.services.audit import log as audit_log
from dominoadmin.store import records
from dominoadmin.store.database import Store
from dominoadmin.store.ledger import Object
from tests.source import PACKAGE

ACTING = tuple(os.fspath(PACKAGE / floor) for floor in ("services", "tasks"))


def caller() -> str:
    """Return the innermost function of services or tasks that runs now."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith(ACTING):
            module = Path(frame.f_code.co_filename).relative_to(PACKAGE).with_suffix("")
            return f"{'.'.join(module.parts)}.{frame.f_code.co_name}"
        frame = frame.f_back
    return ""


class Reads(list):
    """The records that an act has read, each with its reader."""

    def append(self, record: object) -> None:
        super().append((record, caller()))


class Listing:
    """Watches all acts of a run of tests."""

    def __init__(self) -> None:
        self.compared: set[Object] = set()
        self.found: Counter[tuple[str, str, str]] = Counter()
        self.example: dict[tuple[str, str, str], str] = {}

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Note what is looked up in the state, and what each act reads."""
        digests, end, before, begin = committed.digests, audit_log._End.digests, audit_log._End.check_before, Store.transaction

        def asked(db, verifier, objects):
            self.compared |= {*(objects := [*objects])}
            return digests(db, verifier, objects)

        def asked_at_end(self_, objects):
            self.compared |= {*(objects := [*objects])}
            return end(self_, objects)

        def written(which, change, digest):
            self.compared.add(which)
            return before(which, change, digest)

        @contextmanager
        def acting(store: Store) -> Iterator[object]:
            act, reads = caller(), Reads()
            token = records.noted_records.set(reads)
            try:
                with begin(store) as db:
                    yield db
            finally:
                records.noted_records.reset(token)
            self.end(act, reads)

        patch.setattr(committed, "digests", asked)
        patch.setattr(audit_log._End, "digests", asked_at_end)
        patch.setattr(audit_log._End, "check_before", staticmethod(written))
        patch.setattr(Store, "transaction", acting)

    def end(self, act: str, reads: Reads) -> None:
        """Note what an act has read and nobody has compared since the act before."""
        for record, reader in reads:
            which = shown._object(record)
            if act and which and which not in self.compared:
                self.found[act, reader, which.kind] += 1
                self.example.setdefault((act, reader, which.kind), os.environ.get("PYTEST_CURRENT_TEST", ""))
        self.compared.clear()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("rows that acts have read and not compared")
        for (act, reader, kind), count in sorted(self.found.items()):
            example = self.example[act, reader, kind].partition(" (")[0]
            terminalreporter.write_line(f"{count:5} {kind}: {act} by {reader}; {example}")


def pytest_configure(config: pytest.Config) -> None:
    listing, patch = Listing(), pytest.MonkeyPatch()
    listing.watch(patch)
    config.pluginmanager.register(listing)
    config.add_cleanup(patch.undo)
