"""Repair from a backup: what the log commits comes back, nothing else does, and the backup stays as it is."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dominoadmin.errors import Cancelled, Damaged, NotAllowed, NotFound, Refused, Tampered
from dominoadmin.services.audit import checking, repairing, verifying
from dominoadmin.services.progress import Progress
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.sqlite import failures
from tests import builders
from tests.builders import behind, sql
from tests.services.audit.test_checking import EMPTY, another, busy, found  # noqa: F401 - a fixture


@pytest.fixture
def backup(busy, tmp_path) -> Path:  # noqa: F811
    """A backup of the busy office, as a file that nobody writes: without a log."""
    target = tmp_path / "backup.sqlite"
    with closing(sqlite3.connect(busy.domain.store.path)) as db, closing(sqlite3.connect(target)) as copy:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    return target


def octets(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def repaired(office, backup: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    before = octets(backup.parent)
    done = repairing.repair(office.domain, office.ann, backup)
    assert octets(backup.parent) == before, "the backup was changed"
    verifying.verify(office.domain, office.actor())
    return tuple([(each.table, each.key) for each in those] for those in (done.done, done.left))


def rows(office, kind: str) -> list[tuple]:
    columns = ", ".join((*KINDS[kind].key, *KINDS[kind].columns))
    return sorted(map(tuple, sql(office, f"SELECT {columns} FROM {kind}")), key=repr)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - EMPTY))
def test_altered_and_missing_rows_come_back(busy, backup, kind: str) -> None:  # noqa: F811
    before = rows(busy, kind)
    only = f"WHERE {KINDS[kind].only}" if KINDS[kind].only else ""
    for column in KINDS[kind].columns:
        (row,) = sql(busy, f"SELECT rowid AS place, {column} AS value FROM {kind} {only} ORDER BY rowid LIMIT 1")
        sql(busy, f"UPDATE {kind} SET {column} = ? WHERE rowid = ?", another(row["value"]), row["place"])
    ((table, _key),), left = repaired(busy, backup)
    assert (table, left) == (kind, []) and rows(busy, kind) == before and found(busy) == []
    sql(busy, f"DELETE FROM {kind} WHERE rowid = (SELECT max(rowid) FROM {kind} {only})")
    (done,), left = repaired(busy, backup)
    assert (done[0], left) == (kind, []) and rows(busy, kind) == before and found(busy) == []
    assert builders.actions(busy)[-1] == ("row repaired", f"{kind} {done[1]}")
    assert sql(busy, "SELECT max(size) FROM audit_heads")[0][0] == len(builders.actions(busy))


def test_everything_at_once_and_the_program_goes_on(busy, backup) -> None:  # noqa: F811
    """All rows of all tables but the journal are gone; afterwards requests are issued, and the list is made."""
    for kind in reversed(KINDS):
        sql(busy, f"DELETE FROM {kind} {'WHERE ' + KINDS[kind].only if KINDS[kind].only else ''}")
    done, left = repaired(busy, backup)
    assert left == [] and {table for table, _key in done} == set(KINDS) - EMPTY
    assert found(busy) == []
    assert sql(busy, "SELECT count(*) FROM issued_words WHERE issued_words MATCH 'example'")[0][0] == 1
    number = builders.approved(busy, "new.example.com")
    (row,) = sql(busy, "SELECT serial_hex FROM issued WHERE request_id = 1")
    builders.load_ca(busy)
    (new,) = sql(busy, "SELECT serial_hex FROM issued WHERE request_id = ?", number)
    revoking.request(busy.domain, busy.ann, 1, RevocationOrder((new["serial_hex"],), reason="superseded"))
    builders.load_ca(busy)
    assert {each["serial_hex"] for each in sql(busy, "SELECT serial_hex FROM revocations")} == {row[0], new[0]}
    assert sql(busy, "SELECT entries FROM crls ORDER BY id DESC")[0][0] == 2
    assert found(busy) == []


def test_a_row_of_an_older_backup_is_not_taken(busy, backup) -> None:  # noqa: F811
    """The backup's row was right once: its digest is not the one that is committed now."""
    builders.next_version(busy, 1, crl_days=9)
    sql(busy, "DELETE FROM configurations")
    done, left = repaired(busy, backup)
    assert (done, left) == ([("configurations", "1 1")], [("configurations", "1 2")])
    (told,) = repairing.repair(busy.domain, busy.ann, backup).left
    assert str(told.remedy) == "The backup does not have this row as it was signed: try another backup."


def test_a_row_that_was_altered_in_the_backup_too_is_not_taken(busy, backup) -> None:  # noqa: F811
    for path in (busy.domain.store.path, backup):
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE databases SET title = 'Mine'")
    assert repaired(busy, backup) == ([], [("databases", "certreq.nsf")])
    assert sql(busy, "SELECT title FROM databases")[0][0] == "Mine"


def test_surplus_rows_are_set_aside_in_the_log(busy, backup) -> None:  # noqa: F811
    sql(busy, "INSERT INTO directory SELECT 'CN=Eve/O=MyCompany/C=US', kind, chain, fields, created_at FROM directory WHERE kind = 'person' LIMIT 1")
    sql(busy, "INSERT INTO issued SELECT NULL, certifier_id, 'ab', NULL, kind, 'CN=evil', names, requester, key_algorithm, not_before, not_after, fingerprint, key_fingerprint, der, issued_at, part, generation FROM issued LIMIT 1")
    sql(busy, "INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
    assert repaired(busy, backup) == ([("issued", "1 ab"), ("directory", "CN=Eve/O=MyCompany/C=US")], [])
    assert found(busy) == []
    entry = sql(busy, "SELECT * FROM audit WHERE action = 'row set aside' AND object LIKE 'directory%'")[0]
    assert json.loads(entry["detail"])["name"] == "CN=Eve/O=MyCompany/C=US"
    assert entry["actor"] == busy.ann.name
    assert sql(busy, "SELECT count(*) FROM issued_words WHERE issued_words MATCH 'evil'")[0][0] == 0


def test_a_renamed_row_is_a_surplus_and_a_missing_one(busy, backup) -> None:  # noqa: F811
    sql(busy, "UPDATE issued SET serial_hex = 'ab'")
    serial = builders.certificates(busy)[0].serial_number
    assert repaired(busy, backup) == ([("issued", "1 ab"), ("issued", f"1 {serial:x}")], [])
    assert found(busy) == []


def test_a_surplus_row_that_others_belong_to_stays(busy, backup) -> None:  # noqa: F811
    sql(busy, "INSERT INTO certifiers SELECT 9, 'CN=Evil', server, 'evil', protection, locking_id, key_algorithm, certificate, sealed_key, created_at, published_at FROM certifiers")
    sql(busy, "INSERT INTO revocation_pages VALUES (9, 'abc', '')")
    done, left = repaired(busy, backup)
    assert (done, left) == ([], [("certifiers", "9")])


@pytest.mark.parametrize("lost", ["DELETE FROM salts", "UPDATE salts SET salt = zeroblob(16)"])
def test_lost_salts_come_back_without_the_rows(busy, backup, lost: str) -> None:  # noqa: F811
    sql(busy, lost)
    done, left = repaired(busy, backup)
    assert left == [] and {table for table, _key in done} == {kind for kind in KINDS if KINDS[kind].is_personal}
    assert found(busy) == []


def test_a_clean_store_is_left_alone(busy, backup) -> None:  # noqa: F811
    before = builders.actions(busy)
    assert repaired(busy, backup) == ([], [])
    assert builders.actions(busy) == before


def test_a_backup_with_a_log_beside_it_is_read_from_a_copy(busy, tmp_path) -> None:  # noqa: F811
    """What was committed last is only in the log; neither file is touched."""
    folder = tmp_path / "copy"
    folder.mkdir()
    store = busy.domain.store.path
    with closing(sqlite3.connect(store)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM audit").fetchone()  # so that the log is not emptied
        builders.next_version(busy, 1, crl_days=9)
        for path in store.parent.glob(f"{store.name}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, folder)
    assert (folder / f"{store.name}-wal").stat().st_size
    sql(busy, "DELETE FROM configurations WHERE version = 2")
    assert repaired(busy, folder / store.name) == ([("configurations", "1 2")], [])


def test_what_is_no_backup_is_told(busy, tmp_path, backup) -> None:  # noqa: F811
    sql(busy, "UPDATE databases SET title = 'Mine'")
    (tmp_path / "text").write_text("no store" * 1000)
    (tmp_path / "empty").touch()
    with closing(sqlite3.connect(tmp_path / "other")) as db, db:
        db.execute("CREATE TABLE other (id)")
    for name in ("text", "empty", "other"):
        with pytest.raises(Damaged, match="is not a store of this program"):
            repairing.repair(busy.domain, busy.ann, tmp_path / name)
    with pytest.raises(NotFound, match="does not exist"):
        repairing.repair(busy.domain, busy.ann, tmp_path / "missing")
    with closing(sqlite3.connect(backup)) as db, db:  # of an earlier version, or of another program
        db.execute("DROP TABLE salts")
        db.execute("DROP TABLE databases")
        db.execute("CREATE TABLE databases (file TEXT, title TEXT)")
        db.execute("INSERT INTO databases VALUES ('certreq.nsf', 'x')")
    assert repaired(busy, backup) == ([], [("databases", "certreq.nsf")])
    assert failures.no_store(backup).hint


def test_a_damaged_log_or_state_is_not_repaired(busy, backup) -> None:  # noqa: F811
    sql(busy, "UPDATE audit SET action = 'x' WHERE number = 3")
    with pytest.raises(Tampered):
        repairing.repair(busy.domain, busy.ann, backup)


def test_only_a_person_with_a_valid_id_repairs(busy, backup) -> None:  # noqa: F811
    sql(busy, "UPDATE databases SET title = 'Mine'")
    with pytest.raises(NotAllowed):
        repairing.repair(busy.domain, busy.server, backup)
    busy.clock.advance(days=365 * 20)
    with pytest.raises(NotAllowed):
        repairing.repair(busy.domain, busy.ann, backup)
    assert sql(busy, "SELECT title FROM databases")[0][0] == "Mine"


def test_a_cancelled_repair_changes_nothing(busy, backup) -> None:  # noqa: F811
    class Stopped(Progress):
        def step(self, text: str) -> None:
            if text.startswith("Repairing"):
                raise Cancelled

    sql(busy, "UPDATE databases SET title = 'Mine'")
    before = builders.actions(busy)
    with pytest.raises(Cancelled):
        repairing.repair(busy.domain, busy.ann, backup, Stopped())
    assert sql(busy, "SELECT title FROM databases")[0][0] == "Mine" and builders.actions(busy) == before


def test_a_damaged_file_is_not_repaired(busy, backup, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr(repairing, "broken_pages", lambda _db: ["Tree 3 page 3: btreeInitPage() returns error code 11"])
    with pytest.raises(Refused, match="rows alone cannot be repaired"):
        repairing.repair(busy.domain, busy.ann, backup)


def test_a_removed_row_is_found_only_if_one_is_missing(busy, monkeypatch) -> None:  # noqa: F811
    """The state says how many objects there are: without a missing one the log is not read for them."""
    monkeypatch.setattr(checking, "_missing", lambda *_: pytest.fail("the log was read"))
    assert found(busy) == []
    with pytest.raises(pytest.fail.Exception):
        sql(busy, "DELETE FROM issued")
        found(busy)


EXCHANGED = {
    "certifiers name": ("id", "CN=Gone CA/O=MyCompany"),
    "certifiers icl_file": ("id", "icl\\gone.nsf"),
    "requests pickup_id": ("id", "gone"),
    "databases certifier_id": ("file", "9"),
}


@pytest.mark.parametrize("what", EXCHANGED)
def test_rows_that_have_each_others_names_are_put_back(office, tmp_path, what: str) -> None:
    """Only one row may have the name: each of them was in the way of the other one."""
    builders.ready(office)
    builders.certifier(office, "Second CA")
    builders.database(office, "second.nsf", "Second CA")
    builders.received(office), builders.received(office, "two.example.com")
    with closing(sqlite3.connect(tmp_path / "backup.db")) as kept, behind(office.domain.store) as db:
        db.backup(kept)
    table, column = what.split()
    key, between = EXCHANGED[what]
    (one, first), (two, second) = sql(office, f"SELECT {key}, {column} FROM {table} ORDER BY rowid")
    for row, value in ((one, between), (two, first), (one, second)):
        sql(office, f"UPDATE {table} SET {column} = ? WHERE {key} = ?", value, row)
    assert len(checking.check(office.domain, office.actor())) >= 2
    assert not repairing.repair(office.domain, office.ann, tmp_path / "backup.db").left
    assert not checking.check(office.domain, office.actor())


def test_a_long_value_of_a_row_that_is_set_aside_does_not_stay_in_the_log(busy, backup) -> None:  # noqa: F811
    """The log is read by everybody for ever, and nothing of it can be removed: the digest says what it was."""
    size = 3_000_000
    sql(busy, "INSERT INTO former_ids VALUES ('ab', printf('%.*c', ?, 'a'), 'x', '2026-01-01T00:00:00Z')", size)
    assert not repairing.repair(busy.domain, busy.ann, backup).left
    (entry,) = sql(busy, "SELECT detail FROM audit WHERE action = 'row set aside'")
    said = f"{size} octets, SHA-256 {hashlib.sha256(b'a' * size).hexdigest()}"
    assert (json.loads(entry["detail"])["name"], json.loads(entry["detail"])["reason"]) == (said, "x")
    verifying.verify(busy.domain, busy.actor())
