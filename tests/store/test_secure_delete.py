"""What was deleted or overwritten is not left in the file, nor in its log: an old seal of a key must not be found."""

from __future__ import annotations

import pytest

from dominoadmin.store.database import Store

SECRET = "an old seal of a key, "


@pytest.mark.parametrize("gone", ["DELETE FROM mail", "UPDATE mail SET body = 'x'"])
def test_what_was_deleted_is_not_in_the_file(tmp_path, gone: str) -> None:
    store = Store(tmp_path / "domain.db", create=True)
    with store.transaction() as db:
        for length in (1, 50, 500):  # in a cell, and in pages of its own
            db.execute(
                "INSERT INTO mail (recipient, subject, body, created_at, relay_state, attempts, next_attempt_at, problem)"
                " VALUES ('a', 'b', :body, 'c', 'd', 0, 'e', 'f')",
                {"body": SECRET * length},
            )
    assert store.wipe()
    assert SECRET.encode() in store.path.read_bytes()
    with store.transaction() as db:
        db.execute(gone)
    assert store.wipe()
    assert not [path.name for path in tmp_path.iterdir() if SECRET.encode() in path.read_bytes()]
    store.close()
