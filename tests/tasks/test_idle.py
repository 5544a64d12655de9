"""A server that has nothing to do does nothing, however much it has done before."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import ClassVar

import pytest

from dominoadmin import application
from dominoadmin.errors import Error
from dominoadmin.pki.publication import Publication
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import Relay
from dominoadmin.services.requests import submitting
from dominoadmin.store import compromised_keys, issued, requests
from dominoadmin.store.sqlite import connections
from dominoadmin.store.sqlite.connections import StoreConnection
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.benchmarks import idle
from tests.conftest import NO_KEYCHAIN, Office

BASE = "http://server1.example.com/pki"
# What only grows: an idle server must not read through it.
HISTORY = {"requests", "admin_requests", "revocation_requests", "issued", "serials", "mail", "crls", "audit", "revocations", "request_edits", "decisions"}
# Indexes of everything, of which only the last row is read.
LAST = {"crls_by_number", "newest_issued", "revocations_by_since"}


class Recorded(StoreConnection):
    """A connection that records what it is asked, and counts SQLite's steps in hundreds."""

    asked: ClassVar[list[tuple[str, object]]] = []
    steps: ClassVar[int] = 0

    def __init__(self, *given: object, **options: object) -> None:
        super().__init__(*given, **options)
        self.set_progress_handler(self.step, 100)

    @staticmethod
    def step() -> None:
        Recorded.steps += 1

    def execute(self, sql: str, values: object = ()) -> sqlite3.Cursor:
        Recorded.asked.append((sql, values))
        return super().execute(sql, values)


@contextmanager
def recorded() -> Iterator[list[tuple[str, object]]]:
    Recorded.asked, Recorded.steps = [], 0
    yield Recorded.asked


@pytest.fixture
def idle_server(office, tmp_path, monkeypatch):
    """A server with all that it may look for: an Automatic database, a relay, published lists and answers."""
    monkeypatch.setattr(connections, "StoreConnection", Recorded)
    folder = tmp_path / "published"
    folder.mkdir()
    builders.certifier(office, publication=Publication((BASE,), folder=str(folder), delta_hours=24))
    builders.database(office, processing="automatic")
    relay = Relay("127.0.0.1", 1, False, "ca@example.com")
    server_documents.change(office.domain, office.actor(), "", ServerChange(relay=relay))
    builders.approved(office)
    domain = application.open_domain(office.root, NO_KEYCHAIN, office.clock)
    watched = Office(domain=domain, ann=office.ann, rob=office.rob, server=office.server, certifier=office.certifier, clock=office.clock)
    server = builders.server(watched)
    list(server.begin(passing=True))
    settle(server, office)
    yield server
    list(server.stop())
    domain.store.close()


def settle(server, office) -> None:
    for _ in range(20):  # a hundred answers are written at each turn
        office.clock.advance(seconds=5)
        list(server.pump())


def commit(office) -> None:
    """Let another process commit something that concerns nobody."""
    builders.sql(office, "UPDATE domain SET value = value")
    builders.sql(office, "INSERT OR REPLACE INTO domain VALUES ('test', hex(randomblob(8)))")


def turn(server, office) -> list[tuple[str, object]]:
    """Let every task look, after a commit of another process."""
    commit(office)
    office.clock.advance(seconds=6)
    with recorded() as asked:
        assert list(server.host.run_due()) == []
    server.host.task("adminp")._mail.wait()
    return asked


def test_what_nothing_has_happened_to_is_not_even_looked_at(idle_server, office) -> None:
    idle_server.host.task("adminp")._mail.wait()  # a thread of its own, which the start has set going
    with recorded() as asked:
        for _ in range(10):
            assert list(idle_server.pump()) == []
    assert {sql for sql, _values in asked} == {"PRAGMA data_version"}


def test_a_turn_that_finds_nothing_writes_nothing(idle_server, office) -> None:
    asked = [sql for sql, _values in turn(idle_server, office)]
    assert any("FROM admin_requests" in sql for sql in asked), "the CA process has looked"
    assert any("relay_state" in sql for sql in asked), "the Administration Process has looked"
    assert [sql for sql in asked if sql not in ("BEGIN", "COMMIT") and not sql.startswith(("SELECT", "PRAGMA"))] == []


def plans(office, asked: list[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(office.domain.store.path)) as db:
        for sql, values in {sql: values for sql, values in asked if sql.startswith("SELECT")}.items():
            yield from ((sql, row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())


def partial_indexes(office) -> set[str]:
    rows = builders.sql(office, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
    return {row["name"] for row in rows}


def through_history(office, asked: list[tuple[str, object]]) -> list[tuple[str, str]]:
    """Return the steps that read more of the history than single rows by their keys, or what is undone."""
    aliases = {"a": "admin_requests", "i": "issued", "p": "crl_pieces"}
    bad = []
    for sql, step in plans(office, asked):
        if not (found := re.match(r"(?:SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+)| USING INTEGER PRIMARY KEY)?", step)):
            continue
        table, index = found[1], found[2]
        if table == "r":
            table = "revocation_requests" if "revocation_requests r" in sql else "requests"
        table = aliases.get(table, table)
        by_key = "INTEGER PRIMARY KEY" in step or (index or "").startswith("sqlite_autoindex")
        by_key = by_key or step == f"SEARCH {table}"  # the highest number: one row
        if table in HISTORY and not by_key and index not in {*partial_indexes(office), *LAST}:
            bad.append((sql, step))
    return bad


def test_a_turn_goes_by_what_is_undone(idle_server, office) -> None:
    assert through_history(office, turn(idle_server, office)) == []


def test_the_search_for_ways_through_the_history_finds_them(office) -> None:
    wrong = "SELECT * FROM requests r WHERE r.subject = 'x'", "SELECT * FROM mail WHERE recipient = :r"
    assert [sql for sql, _step in through_history(office, [(wrong[0], ()), (wrong[1], {"r": 1})])] == [*wrong]


def test_a_turn_takes_no_longer_after_thousands_of_requests(idle_server, office) -> None:
    turn(idle_server, office)
    before = Recorded.steps
    idle.fill(office.domain.store.path, 1000)
    settle(idle_server, office)
    turn(idle_server, office)
    assert Recorded.steps <= 2 * before + 20


def test_single_questions_go_by_what_is_undone_too(office) -> None:
    """Those of a submission, of an approval, and of OCSP."""
    builders.ready(office)
    builders.submitted(office)
    questions = Asked()
    with office.domain.store.snapshot() as db:
        questions.db = db
        database = requests.databases(db)[0]
        requests.count_undecided(questions, database, 2000)
        requests.count_of_key(questions, database.file, "key", 10)
        requests.find_undecided(questions, database.file, "key", b"csr")
        compromised_keys.find(questions, ["key"])
        issued.find(questions, "1f", 1)
        issued.find(questions, "1f")
    found = through_history(office, questions.asked)
    assert [step for sql, step in found if "issued_by_key" not in step] == []


class Asked:
    """Passes questions on to a connection, and records them."""

    def __init__(self) -> None:
        self.db: sqlite3.Connection | None = None
        self.asked: list[tuple[str, object]] = []

    def execute(self, sql: str, values: object = ()) -> sqlite3.Cursor:
        self.asked.append((sql, values))
        return self.db.execute(sql, values)


def test_no_more_are_counted_than_asked_for(office) -> None:
    builders.ready(office)
    for number in range(4):
        builders.received(office, f"pending{number}.example.com")
    for number in range(4):
        builders.submitted(office, f"submitted{number}.example.com")
    builders.approved(office)
    with office.domain.store.snapshot() as db:
        database = requests.databases(db)[0]
        assert requests.count_undecided(db, database, 100) == 9
        assert 3 <= requests.count_undecided(db, database, 3) <= 6
    builders.reject(office.domain, office.ann, [5], "No.")
    builders.load_ca(office)  # issues the approved one
    with office.domain.store.snapshot() as db:
        assert requests.count_undecided(db, database, 100) == 7


@pytest.fixture
def ca(office):
    builders.ready(office)
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    while task._turns._is_unfinished or list(task.run_due()):
        list(task.run_due())
    return task


def test_what_another_process_approves_is_issued_at_the_next_turn(office, ca) -> None:
    other = application.open_domain(office.root, NO_KEYCHAIN, office.clock)
    number = builders.submitted(office)
    list(ca.run_due())
    builders.approve(other, office.ann, [number])
    other.store.close()
    assert list(ca.run_due()) == [f"Certificate issued for request {number} by {builders.CA_NAME}"]


def test_a_turn_that_failed_is_repeated_although_nobody_has_written_since(office, ca, monkeypatch) -> None:
    number = builders.approved(office)
    snapshot, failures = type(office.domain.store).snapshot, [Error("The store is busy.")]

    def failing(store):
        if failures:
            raise failures.pop()
        return snapshot(store)

    monkeypatch.setattr(type(office.domain.store), "snapshot", failing)
    with pytest.raises(Error, match="busy"):
        list(ca.run_due())
    assert list(ca.run_due()) == [f"Certificate issued for request {number} by {builders.CA_NAME}"]


def test_more_answers_than_fit_into_a_turn_are_written_in_the_next_ones(office, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.tasks.revocation._FILES_AT_ONCE", 2)
    builders.ready(office, publication=Publication((BASE,), folder=str(tmp_path)))
    for number in range(5):
        builders.approved(office, f"host{number}.example.com")
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    for _ in range(4):
        list(task.run_due())
    assert len(list(tmp_path.glob("*-ocsp/*.ors"))) == 5


def test_an_automatic_database_is_not_locked_by_requests_that_wait_for_somebody_else(office) -> None:
    """While another process writes for long, nothing that is idle waits for it."""
    builders.certifier(office)
    builders.database(office, processing="automatic")
    from dominoadmin.services.domain import Actor
    from dominoadmin.services.processes import adminp

    list(adminp.process(office.domain, Actor.of(office.server)))
    builders.submitted(office)
    with closing(sqlite3.connect(office.domain.store.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert list(adminp.process(office.domain, Actor.of(office.server))) == []
        writer.execute("ROLLBACK")


def test_requests_of_an_earlier_version_are_still_known_as_waiting(office) -> None:
    builders.ready(office)
    data = builders.csr()
    number = builders.submitted(office, data=data)
    builders.sql(office, "UPDATE requests SET key_fingerprint = ''")
    with pytest.raises(Error, match=f"already waiting in certreq.nsf, as request {number}"):
        submitting.take_in(office.domain, office.actor(), builders.DATABASE, submitting.Submission(data))
