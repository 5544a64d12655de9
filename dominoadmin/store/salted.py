"""Salts of personal objects and of the details of log entries: without its salt, a digest matches nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Final

from dominoadmin.store.database import Connection
from dominoadmin.store.records import dump
from dominoadmin.store.sqlite import documents

LENGTH: Final = 16


def add(db: Connection, objects: Iterable[bytes]) -> None:
    """Give each object, known by its hash, a salt if it has none, or one that the program has not made."""
    db.executemany(
        "INSERT INTO salts (object, salt) VALUES (:object, :salt)"
        " ON CONFLICT (object) DO UPDATE SET salt = excluded.salt WHERE length(salt) <> :length",
        ({"object": each.hex(), "salt": os.urandom(LENGTH), "length": LENGTH} for each in objects),
    )


def put(db: Connection, which: bytes, salt: bytes) -> None:
    """Set the salt of an object, known by its hash."""
    db.execute(
        "INSERT INTO salts (object, salt) VALUES (:object, :salt)"
        " ON CONFLICT (object) DO UPDATE SET salt = excluded.salt",
        {"object": which.hex(), "salt": salt},
    )


def find(db: Connection, objects: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the salts of objects, by their hashes; one of another length is none."""
    sql = f"SELECT object, salt FROM salts WHERE object {documents.one_of('objects')} AND length(salt) = :length"  # noqa: S608
    rows = db.execute(sql, {"objects": dump([each.hex() for each in objects]), "length": LENGTH})
    return {bytes.fromhex(row["object"]): row["salt"] for row in rows}
