"""What is committed: every table has a class, no row is written without an entry, digests are as documented."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

import pytest

from dominoadmin.store import directory, ledger, mail, salted
from dominoadmin.store.database import Store, scratch
from dominoadmin.store.kinds import DERIVED, KINDS, VOLATILE
from dominoadmin.store.ledger import Object
from tests import builders
from tests.builders import sql


def tables(store: Store) -> set[str]:
    with store.snapshot() as db:
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    return {name for name in names if not name.startswith(("sqlite_", "issued_words_"))}


def test_every_table_has_a_class_and_only_one(office) -> None:
    assert tables(office.domain.store) == {*KINDS, *DERIVED, *VOLATILE}
    assert len(KINDS) + len(DERIVED) + len(VOLATILE) == len({*KINDS, *DERIVED, *VOLATILE})


VOLATILE_COLUMNS = {
    "certifiers": {"published_at"}, "requests": {"state", "pulled_at", "key_fingerprint"}, "crls": {"pushed_at", "generation"}, "revocations": {"id", "chunk"},
    "issued": {"id", "generation"},
}  # fmt: skip
"""What the program works out, or notes for convenience: nothing is decided by these. Which generation has signed
something is shown by the signature itself."""


def test_every_column_of_a_committed_table_is_committed_or_says_why_not(office) -> None:
    with office.domain.store.snapshot() as db:
        for name, kind in KINDS.items():
            columns = {row["name"] for row in db.execute(f"PRAGMA table_info({name})")}
            assert columns == {*kind.key, *kind.columns} | VOLATILE_COLUMNS.get(name, set()), name


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO certifiers SELECT 7, name || 'x', server, icl_file || 'x', '', '', '', x'', x'', '', '' FROM certifiers",
        "UPDATE certifiers SET locking_id = 'x'",
        "DELETE FROM configurations",
        "UPDATE directory SET fields = '{}'",
        "UPDATE domain SET value = 'x' WHERE key = 'organization'",
        "INSERT INTO certifiers SELECT * FROM certifiers WHERE true ON CONFLICT DO UPDATE SET locking_id = 'x'",
        "UPDATE configurations SET version = 2",
    ],
)
def test_nothing_is_written_without_an_entry(office, statement: str) -> None:
    builders.certifier(office)
    before = sql(office, "SELECT * FROM certifiers"), sql(office, "SELECT * FROM configurations")
    with pytest.raises(RuntimeError, match="without an entry in the audit log"), office.domain.store.transaction() as db:
        db.execute(statement)
    assert before == (sql(office, "SELECT * FROM certifiers"), sql(office, "SELECT * FROM configurations"))


def test_what_nothing_is_decided_by_needs_no_entry(office) -> None:
    builders.certifier(office)
    with office.domain.store.transaction() as db:
        db.execute("UPDATE certifiers SET published_at = NULL")
        directory.set_fact(db, "last_id", "ann.id")
        assert mail.all_of(db) == []


def test_a_transaction_that_failed_leaves_nothing_to_the_next(office) -> None:
    builders.certifier(office)
    with pytest.raises(ZeroDivisionError), office.domain.store.transaction() as db:
        db.execute("UPDATE certifiers SET locking_id = 'x'")
        raise ZeroDivisionError
    with office.domain.store.transaction() as db:
        assert ledger.take(db) == {}


def test_a_moved_row_is_gone_from_its_old_key(office) -> None:
    builders.certifier(office)
    with pytest.raises(RuntimeError), office.domain.store.transaction() as db:
        db.execute("UPDATE configurations SET version = 5 WHERE version = 1")
        found = ledger.take(db)
        assert {each.key for each in found} == {"1 1", "1 5"}
        assert found[Object("configurations", "1 1")].content.digest == ""
        db.execute("UPDATE configurations SET version = 6")


def octets(value: object) -> bytes:
    """A value as the digest has it: its type, its length in eight octets, itself."""
    if value is None:
        return b"n"
    kind, data = {bytes: (b"b", value), str: (b"t", str(value).encode()), int: (b"i", str(value).encode())}[type(value)]
    return kind + len(data).to_bytes(8, "big") + data


def test_the_digest_is_over_all_values_with_their_types_and_lengths(office) -> None:
    builders.certifier(office)
    (row,) = sql(office, "SELECT * FROM configurations")
    expected = b"dominoadmin object 1\0configurations\0\0" + b"".join(octets(row[name]) for name in ("certifier_id", "version", "document"))
    with office.domain.store.snapshot() as db:
        assert ledger.find(db, Object("configurations", "1 1")).digest == hashlib.sha256(expected).hexdigest()


def test_the_digest_of_a_person_has_a_salt_of_its_own(office) -> None:
    (row,) = sql(office, "SELECT * FROM directory WHERE name LIKE 'CN=Rob Ra%'")
    which = Object("directory", row["name"])
    name = hashlib.sha256(b"dominoadmin name 1\0directory\0" + row["name"].encode()).hexdigest()
    (salt,) = sql(office, "SELECT salt FROM salts WHERE object = ?", name)
    assert len(salt["salt"]) == salted.LENGTH
    expected = b"dominoadmin object 1\0directory\0\x10" + salt["salt"] + b"".join(octets(row[column]) for column in ("name", "kind", "chain", "fields", "created_at"))
    with office.domain.store.snapshot() as db:
        assert ledger.find(db, which).digest == hashlib.sha256(expected).hexdigest()
    assert len({row["salt"] for row in sql(office, "SELECT salt FROM salts")}) == len(sql(office, "SELECT 1 FROM salts"))


def test_a_thing_that_is_not_there_has_no_digest(office) -> None:
    with office.domain.store.snapshot() as db:
        assert ledger.find(db, Object("configurations", "7 1")).digest == ""


def test_the_notes_are_not_in_the_file(office) -> None:
    builders.certifier(office)
    names = [row["name"] for row in sql(office, "SELECT name FROM sqlite_schema")]
    assert not [name for name in names if "written" in name]


def test_a_scratch_database_has_the_tables_and_nothing_in_them() -> None:
    with scratch(["state_pages"]) as db:
        assert db.execute("SELECT count(*) FROM state_pages").fetchone()[0] == 0
        with closing(db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")) as found:
            assert [row[0] for row in found] == ["state_pages"]


LONG = {"issued": "sqlite_autoindex_issued_1", "revocations": "sqlite_autoindex_revocations_1", "decisions": "sqlite_autoindex_decisions_1"}


@pytest.mark.parametrize("kind", LONG)
def test_objects_of_a_long_table_are_looked_up_by_their_whole_key(office, kind) -> None:
    """By the certifier alone, each OCSP answer read all its revocations."""
    seen: list[str] = []
    with closing(sqlite3.connect(office.domain.directory.store)) as db:
        db.row_factory = sqlite3.Row
        db.set_trace_callback(seen.append)
        ledger.find(db, Object(kind, "1 ab"))
        db.set_trace_callback(None)
        (plan,) = [[row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")] for sql in seen if f"FROM {kind}" in sql]
    columns = " AND ".join(f"{column}=?" for column in KINDS[kind].key)
    assert any(f"{LONG[kind]} ({columns})" in each for each in plan), plan
