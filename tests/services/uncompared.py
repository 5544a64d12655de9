"""Watches which rows acts have read and not compared with what the audit log commits: most attacks with SQL went by one.

A test of services or tasks fails (`tests/conftest.py`) if an act in it, which is a `store.transaction()`, has read a row
that it did not look up in the signed state, unless `ALLOWED` says why that is right. `make uncompared` lists all such reads,
and what is allowed and never happens.

Not seen are rows that are read without `records.record`, what was read before the act began, and acts that are refused
or write nothing.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

import pytest

from dominoadmin.services.audit import committed, shown
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.store import records
from dominoadmin.store.database import Store
from dominoadmin.store.ledger import Object
from tests.services.allowed_reads import ALLOWED
from tests.source import PACKAGE

ACTING = tuple(os.fspath(PACKAGE / floor) for floor in ("services", "tasks"))


def caller() -> str:
    """Return the innermost function of services or tasks that runs now; not a comprehension, which has a name in 3.11 only."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith(ACTING) and not frame.f_code.co_name.startswith("<"):
            module = Path(frame.f_code.co_filename).relative_to(PACKAGE).with_suffix("")
            return f"{'.'.join(module.parts)}.{frame.f_code.co_name}"
        frame = frame.f_back
    return ""


class Read(NamedTuple):
    """What an act has read and not compared: who has read it in which act, and its table."""

    act: str
    reader: str
    kind: str

    @property
    def is_allowed(self) -> bool:
        return (self.reader, self.kind) in ALLOWED

    def __str__(self) -> str:
        return f"{self.kind}: {self.act} by {self.reader}"


class Reads(list):
    """The records that an act has read, each with its reader. Who notes records anyway gets them, too."""

    def __init__(self) -> None:
        super().__init__()
        self.noted = records.noted_records.get()

    def append(self, record: object) -> None:
        super().append((record, caller()))
        if self.noted is not None:
            self.noted.append(record)


SEEN: Counter[Read] = Counter()
"""All reads of this process."""
EXAMPLES: dict[Read, str] = {}
_compared: ContextVar[set[Object] | None] = ContextVar("compared", default=None)


class Listing:
    """Watches all acts of a test."""

    def __init__(self) -> None:
        self.found: dict[Read, str] = {}

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Note what each act compares, and what it reads."""
        begin, digests, claimed, end = Store.transaction, committed.digests, committed.claimed, audit_log._End.digests
        before, check_rows = audit_log._End.check_before, revocation_state.check_rows

        @contextmanager
        def acting(store: Store) -> Iterator[object]:
            act, reads, compared = caller(), Reads(), set()
            tokens = records.noted_records.set(reads), _compared.set(compared)
            try:
                with begin(store) as db:
                    before_it = db.total_changes
                    yield db
                    has_written = db.total_changes > before_it
            finally:
                records.noted_records.reset(tokens[0])
                _compared.reset(tokens[1])
            if has_written:
                self.end(act, reads, compared)

        def written(which, *said):
            noted([which])
            return before(which, *said)

        def with_its_page(db, record, serials):  # `revocation_state.check` compares the pages with what the state commits
            serials = [*serials]
            noted(Object("revocations", f"{record.id} {serial}") for serial in serials)
            return check_rows(db, record, serials)

        patch.setattr(Store, "transaction", acting)
        patch.setattr(committed, "digests", lambda db, verifier, objects: digests(db, verifier, noted(objects)))
        patch.setattr(committed, "claimed", lambda db, objects: claimed(db, noted(objects)))
        patch.setattr(audit_log._End, "digests", lambda self_, objects: end(self_, noted(objects)))
        patch.setattr(audit_log._End, "check_before", staticmethod(written))
        patch.setattr(revocation_state, "check_rows", with_its_page)

    def end(self, act: str, reads: Reads, compared: set[Object]) -> None:
        """Note what an act that was kept has read and not compared."""
        for record, reader in reads:
            which = shown._object(record)
            if act and which and which not in compared:
                read = Read(act, reader, which.kind)
                SEEN[read] += 1
                EXAMPLES.setdefault(read, os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0])
                self.found.setdefault(read, which.key)

    def problems(self) -> list[str]:
        """Return what acts should have compared."""
        return [f"{read} (key {key})" for read, key in self.found.items() if not read.is_allowed]


def noted(objects: Iterable[Object]) -> list[Object]:
    """Note objects that the act, if there is one, compares."""
    found = [*objects]
    if (compared := _compared.get()) is not None:
        compared.update(found)
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("rows that acts have read and not compared")
    for read, count in sorted(SEEN.items()):
        terminalreporter.write_line(f"{count:5} {'      ' if read.is_allowed else 'FAILS '}{read}; {EXAMPLES[read]}")
    for reader, kind in sorted({*ALLOWED} - {(read.reader, read.kind) for read in SEEN}):
        terminalreporter.write_line(f"never {kind}: by {reader} is allowed")
