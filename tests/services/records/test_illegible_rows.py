"""Rows that nobody can read, which a member commits with a program of his own: they are refused, and can be set aside."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from dominoadmin.services.audit import checking, repairing, verifying
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import sql

NOW = "2026-11-23T17:00:00Z"
ILLEGIBLE = [
    ("requests", "fields", "no JSON"),
    ("requests", "remarks", '[{"a": 1}]'),
    ("requests", "requested_at", "yesterday"),
    ("admin_requests", "fields", "[]"),
    ("admin_requests", "changed_at", "9999-12-31T23:59:59Z"),
    ("revocation_requests", "serials", '"ab"'),
    ("revocation_requests", "created_at", "2026-11-23"),
    ("cross_certificates", "not_after", "never"),
    ("request_edits", "before", '{"days": NaN}'),
    ("certifiers", "created_at", "never"),
]


@pytest.fixture
def rivals(office):
    """An office in which Rob is the RA of a certifier of his own. Ann has approved a request."""
    builders.rivals(office)
    builders.load_ca(office)
    return office


def rows(office) -> dict[str, list[dict]]:
    """Rows that Rob may add, and those that they need."""
    request, document = (dict(sql(office, f"SELECT * FROM {each}")[0]) for each in ("requests", "admin_requests"))
    request |= {"id": 2, "pickup_id": "another", "certifier_id": 2}
    document |= {"request_id": 2, "state": "New", "serial_hex": None, "certifier_id": 2, "reason": ""}
    revocation = {
        "id": 1, "certifier_id": 2, "action": "revoke", "serials": "[]", "reason": "unspecified", "requested_by": "x", "document": b"",
        "state": "New", "problem": "", "created_at": NOW, "changed_at": NOW,
    }
    cross = {
        "id": 1, "book": "personal", "subject": "a", "issuer": "b", "serial_hex": "1", "subject_key": "c", "not_after": NOW, "der": b"",
        "created_at": NOW,
    }
    edit = {"id": 1, "request_id": 1, "editor": office.rob.name, "edited_at": NOW, "before": "{}", "after": "{}"}
    return {
        "requests": [request], "admin_requests": [request, document], "revocation_requests": [revocation], "cross_certificates": [cross],
        "request_edits": [edit],
    }


def write(db: sqlite3.Connection, table: str, row: dict) -> None:
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])


def enter(office, table: str, **changes: str) -> None:
    """Let Rob add a row as he may, but for some columns."""
    with builders.act(office, office.rob) as db:
        if table == "certifiers":
            db.execute("UPDATE certifiers SET created_at = ? WHERE id = 2", [*changes.values()])
            return
        *needed, row = rows(office)[table]
        for each in needed:
            write(db, "requests", each)
        write(db, table, row | changes)


def told(office) -> str:
    return "\n".join(builders.load_ca(office))


@pytest.mark.parametrize(("table", "column", "value"), ILLEGIBLE)
def test_an_entry_with_a_row_that_nobody_can_read_is_refused_and_the_row_set_aside(rivals, tmp_path, table, column, value) -> None:
    """Otherwise each list would name it for ever: no backup has a better one."""
    with closing(sqlite3.connect(rivals.domain.store.path)) as db, closing(sqlite3.connect(tmp_path / "backup")) as copy:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    enter(rivals, table, **{column: value})
    assert f"was refused. Nobody can read its row ({table} " in told(rivals)
    assert [each.table for each in checking.check(rivals.domain, rivals.actor())] in ([table], ["requests", table])
    assert not repairing.repair(rivals.domain, rivals.ann, tmp_path / "backup").left
    assert checking.check(rivals.domain, rivals.actor()) == []
    verifying.verify(rivals.domain, rivals.actor())
    assert "refused" not in told(rivals)


READABLE = {"fields": "{}", "remarks": "[]", "serials": "[]", "before": "{}"}


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize(("table", "column", "value"), ILLEGIBLE)
def test_a_row_that_can_be_read_only_while_its_entry_is_judged_is_refused_later(rivals, tmp_path, table, column, value, running: bool) -> None:
    with closing(sqlite3.connect(rivals.domain.store.path)) as db, closing(sqlite3.connect(tmp_path / "backup")) as copy:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    enter(rivals, table, **{column: value})
    newest = f"rowid = (SELECT max(rowid) FROM {table})"
    sql(rivals, f"UPDATE {table} SET {column} = ? WHERE {newest}", READABLE.get(column, "2020-01-01T00:00:00Z"))
    ca = CaTask(rivals.domain, rivals.server, builders.no_password)
    assert "refused" not in "\n".join(ca.start())
    if not running:
        ca.stop()
        ca = CaTask(rivals.domain, rivals.server, builders.no_password)
    sql(rivals, f"UPDATE {table} SET {column} = ? WHERE {newest}", value)
    assert f"was refused. Nobody can read its row ({table} " in "\n".join(ca.run_due() if running else ca.start())
    ca.stop()
    assert not repairing.repair(rivals.domain, rivals.ann, tmp_path / "backup").left
    assert checking.check(rivals.domain, rivals.actor()) == []
    verifying.verify(rivals.domain, rivals.actor())
    assert "refused" not in told(rivals)


def test_a_row_that_is_right_again_is_not_waited_for(rivals) -> None:
    enter(rivals, "requests")
    sql(rivals, "UPDATE requests SET remarks = '[7]' WHERE id = 2")
    assert "refused" not in told(rivals)
    sql(rivals, "UPDATE requests SET remarks = '[]' WHERE id = 2")
    assert "refused" not in told(rivals)
    assert checking.check(rivals.domain, rivals.actor()) == []


@pytest.mark.parametrize("table", ["requests", "admin_requests", "revocation_requests", "cross_certificates", "request_edits"])
def test_what_a_member_may_add_and_everybody_can_read_is_not_refused(rivals, table: str) -> None:
    enter(rivals, table)
    assert "refused" not in told(rivals)


def test_what_nobody_signs_makes_no_row_illegible(rivals) -> None:
    """Somebody could have the entries of others refused."""
    with builders.act(rivals, rivals.rob) as db:
        write(db, "requests", rows(rivals)["requests"][0] | {"pulled_at": "never"})
    assert "refused" not in told(rivals)
