"""What the store says about roles: the domain's server and administrators, and the documents that name CAAs and RAs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from dominoadmin.errors import Tampered
from dominoadmin.pki import documents, names
from dominoadmin.store import audit, directory, ledger, state
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.sqlite import blobs
from dominoadmin.store.stored_json import load

_ADMINISTRATORS: Final = "administrators"
"""All of them, one on each line, since the organization's certifier has named others than the first one."""
SERVER_FACT: Final = Object("domain", "server")
ADMINISTRATOR_FACT: Final = Object("domain", "administrator")
FACTS: Final = (SERVER_FACT, ADMINISTRATOR_FACT, Object("domain", _ADMINISTRATORS))
"""What the rights of the server and of administrators rest on."""
_DIGITS: Final = 18  # of a number in SQLite


@dataclass(frozen=True)
class Authorities:
    """The CAAs and RAs of a certifier by one version of its configuration."""

    caas: frozenset[str]
    ras: frozenset[str]

    def content(self) -> dict[str, list[str]]:
        """Return them as JSON content."""
        return {"caas": sorted(self.caas), "ras": sorted(self.ras)}

    @classmethod
    def read(cls, content: dict[str, Any]) -> Self:
        """Return those that JSON content names."""
        return cls(frozenset(content["caas"]), frozenset(content["ras"]))


def authorities(document: bytes | None) -> Authorities | None:
    """Return whom a version of a configuration names, or None if it cannot be read.

    The CA process signs what it has learned: a name is text, whatever a CAA has written into his own configuration.
    """
    try:
        found = Authorities.read(load(documents.parse(document or b"").content.decode()))
        return found if all(isinstance(each, str) for each in found.caas | found.ras) else None
    except (ValueError, TypeError, KeyError, RecursionError, Tampered):
        return None


def fact(db: Connection, which: Object, digest: str) -> str | None:
    """Return a fact of the domain if it has this digest."""
    return directory.fact(db, which.key) if ledger.find(db, which).digest == digest else None


def server(db: Connection) -> str:
    """Return the domain's server."""
    return directory.fact(db, SERVER_FACT.key)


def administrators(db: Connection) -> tuple[str, ...]:
    """Return the administrators: the first one, until the organization's certifier has named others."""
    return tuple(directory.fact(db, _ADMINISTRATORS).splitlines()) or (directory.fact(db, ADMINISTRATOR_FACT.key),)


def set_administrators(db: Connection, names: Collection[str]) -> None:
    """Set all administrators."""
    directory.set_fact(db, _ADMINISTRATORS, "\n".join(names))


def certifier_of(db: Connection, request_id: int) -> int | None:
    """Return the certifier of a request, or None if there is no such request."""
    row = db.execute("SELECT certifier_id FROM requests WHERE id = :id", {"id": request_id}).fetchone()
    return int(row["certifier_id"]) if row else None


def committed(db: Connection, which: Object) -> str:
    """Return an object's digest in the newest state, in hex, or "". The caller verifies that state."""
    record = audit.head(db)
    try:
        root = bytes.fromhex(json.loads(record.content)["state"]) if record else state.EMPTY
        return state.find(db, [which.hash()], root).get(which.hash(), b"").hex()
    except (ValueError, TypeError, KeyError, RecursionError, state.Altered):
        return ""


def digest(db: Connection, which: Object) -> str:
    """Return an object's digest by its row, in hex; empty if there is none."""
    return ledger.find(db, which).digest


def certifiers(db: Connection) -> list[int]:
    """Return the numbers of all certifiers that have a configuration."""
    return [row["certifier_id"] for row in db.execute("SELECT DISTINCT certifier_id FROM configurations")]


def called(db: Connection, which: Object, digest: str) -> list[str] | None:
    """Return the name and the ICL database of a certifier, as they are compared, if its row has this digest."""
    if not (which.key.isdecimal() and len(which.key) <= _DIGITS):  # a signer can write anything as a key
        return None
    row = db.execute("SELECT name, icl_file FROM certifiers WHERE id = :id", {"id": int(which.key)}).fetchone()
    if row is None or ledger.find(db, which).digest != digest:
        return None
    return [names.folded(str(row["name"])), str(row["icl_file"]).casefold()]


def newest_document(db: Connection, certifier_id: int, without: Collection[int] = ()) -> bytes | None:
    """Return the newest version of a configuration that is none of these."""
    rows = db.execute(
        "SELECT version, document FROM configurations WHERE certifier_id = :id ORDER BY version DESC",
        {"id": certifier_id},
    )
    return next((blobs.octets(row["document"]) for row in rows if row["version"] not in without), None)


def document(db: Connection, certifier_id: int, version: int, digest: str) -> bytes | None:
    """Return the version of a configuration that the log committed with this digest, also from the evidence."""
    for found in _documents(db, certifier_id, version):
        row = {"certifier_id": certifier_id, "version": version, "document": found}
        if ledger.digest("configurations", row) == digest:
            return found
    return None


def _documents(db: Connection, certifier_id: int, version: int) -> Iterator[bytes]:
    for table in ("configurations", "configuration_evidence"):
        sql = f"SELECT document FROM {table} WHERE certifier_id = :id AND version = :version"  # noqa: S608
        for row in db.execute(sql, {"id": certifier_id, "version": version}):
            yield row["document"]
