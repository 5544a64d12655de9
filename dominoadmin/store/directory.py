"""The Domino Directory (names.nsf), and facts about the domain itself."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every
from dominoadmin.store.records import DirectoryEntry, Fields, altered, dump, instant, record
from dominoadmin.store.sqlite import documents

SAMPLE: Final = "sample"
"""The fact that a domain is sample data: it listens on the loopback only, regardless of its Server document."""
STATE: Final = "state"
"""The fact that proposes the state or province for the names of certifiers; nothing is decided by it."""
_FIELDS: Final = documents.readable("fields")
_ADDRESS: Final = f"coalesce({documents.value(_FIELDS, 'mail_address')}, {documents.value(_FIELDS, 'host_name')}, '')"


def set_fact(db: Connection, key: str, value: str) -> None:
    """Store a fact about the domain: `domain_id`, `organization`, `administrator`."""
    db.execute(
        "INSERT INTO domain (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        {"key": key, "value": value},
    )


def fact(db: Connection, key: str) -> str:
    """Return a fact about the domain, or an empty string."""
    row = db.execute("SELECT value FROM domain WHERE key = :key", {"key": key}).fetchone()
    return str(row["value"]) if row else ""


def add(db: Connection, entry: DirectoryEntry) -> None:
    """Add a document."""
    db.execute(
        "INSERT INTO directory (name, kind, chain, fields, created_at)"
        " VALUES (:name, :kind, :chain, :fields, :created_at)",
        {
            "name": entry.name,
            "kind": entry.kind,
            "chain": dump(entry.chain),
            "fields": dump(entry.fields),
            "created_at": instant(entry.created_at),
        },
    )


def entry(name: str, kind: str, chain: Sequence[bytes], fields: Fields, now: datetime) -> DirectoryEntry:
    """Return a new document from DER certificates."""
    return DirectoryEntry(name, kind, _texts(chain), fields, now)


def _texts(chain: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(der).decode() for der in chain]


def chain_of(found: DirectoryEntry) -> tuple[bytes, ...]:
    """Return a document's certificates as DER.

    Raises:
        Damaged: they are not what `entry` has written.

    """
    try:
        return tuple(base64.b64decode(text, validate=True) for text in found.chain)
    except ValueError:
        raise altered(type(found).__name__, found.name, "chain") from None


def set_fields(db: Connection, name: str, fields: Fields) -> None:
    """Replace the fields of a document."""
    db.execute("UPDATE directory SET fields = :fields WHERE name = :name", {"fields": dump(fields), "name": name})


def set_chain(db: Connection, name: str, chain: Sequence[bytes], fields: Fields) -> None:
    """Replace the certificates of a document, and its fields."""
    values = {"name": name, "chain": dump(_texts(chain)), "fields": dump(fields)}
    db.execute("UPDATE directory SET chain = :chain, fields = :fields WHERE name = :name", values)


def find(db: Connection, name: str) -> DirectoryEntry | None:
    """Return the document with this canonical name."""
    row = db.execute("SELECT * FROM directory WHERE name = :name", {"name": name}).fetchone()
    return record(DirectoryEntry, row) if row else None


def names(db: Connection) -> list[str]:
    """Return the names of all documents."""
    return [str(row["name"]) for row in db.execute("SELECT name FROM directory ORDER BY name")]


def addresses(db: Connection, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each document of a kind, with its mail address or host name; no certificate is read."""
    rows = db.execute(f"SELECT name, {_ADDRESS} AS address FROM directory WHERE kind = :kind", {"kind": kind})  # noqa: S608
    return ((str(row["name"]), str(row["address"])) for row in rows)


def entries(db: Connection, kind: str) -> list[DirectoryEntry]:
    """Return all documents of a kind, by name."""
    rows = db.execute("SELECT * FROM directory WHERE kind = :kind ORDER BY name", {"kind": kind})
    return every(DirectoryEntry, rows)
