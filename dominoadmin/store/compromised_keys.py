"""Keys for which a certificate was, or will be, revoked because the key is compromised, and the rows that say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from dominoadmin.store.database import Connection, Row
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import RevocationRecord, altered, dump
from dominoadmin.store.revocation_requests import UNDONE
from dominoadmin.store.sqlite import documents, plans

REASONS: Final = ("keyCompromise", "cACompromise")
_COMPROMISING: Final = f"{UNDONE} AND r.action = 'revoke' AND r.reason IN ('keyCompromise', 'cACompromise')"


class CompromisedKey(NamedTuple):
    """A key by its fingerprint, and the rows that say that it is compromised."""

    fingerprint: str
    rows: tuple[Object, ...]


def bar(db: Connection, revoked: Iterable[RevocationRecord]) -> None:
    """Bar the keys of revoked certificates; a row that is there already is replaced."""
    db.executemany(
        "INSERT INTO barred_keys (key_fingerprint, certifier_id, serial_hex)"
        " VALUES (:key_fingerprint, :certifier_id, :serial_hex) ON CONFLICT (key_fingerprint)"
        " DO UPDATE SET certifier_id = excluded.certifier_id, serial_hex = excluded.serial_hex",
        (one.__dict__ for one in revoked),
    )


def find(db: Connection, fingerprints: Iterable[str]) -> list[CompromisedKey]:
    """Return which of these keys revocations, and signed requests for one, call compromised.

    A request waits as long as its certifier is locked. The reasons are literals: the index compromised_keys has them.

    Raises:
        Damaged: such a request cannot be read: it may be about any key that its certifier has certified.

    """
    serials = documents.readable("r.serials")
    is_one, certifier = documents.one_of("keys"), plans.no_index("i.certifier_id")
    rows = db.execute(
        "SELECT key_fingerprint, certifier_id || ' ' || serial_hex AS object, 0 AS request, 0 AS unreadable"  # noqa: S608
        f" FROM revocations WHERE key_fingerprint {is_one} AND reason IN ('keyCompromise', 'cACompromise')"
        " UNION ALL SELECT i.key_fingerprint, i.certifier_id || ' ' || i.serial_hex, r.id, 0"
        f" FROM revocation_requests r, {documents.rows(serials)} s JOIN issued i"
        f" ON i.certifier_id = r.certifier_id AND i.serial_hex = s.value WHERE i.key_fingerprint {is_one}"
        f" AND {_COMPROMISING}"
        f" UNION ALL SELECT '', '', 0, r.id FROM revocation_requests r WHERE {_COMPROMISING} AND {serials} = 'null'"
        f" AND EXISTS (SELECT 1 FROM issued i WHERE {certifier} = r.certifier_id AND i.key_fingerprint {is_one})",
        {"keys": dump([*fingerprints])},
    ).fetchall()
    for row in rows:
        if row["unreadable"]:
            raise altered("RevocationRequest", row["unreadable"], "serials")
    return [CompromisedKey(row["key_fingerprint"], (*_rows(row),)) for row in rows]


def _rows(row: Row) -> Iterator[Object]:
    if row["request"]:
        yield Object("revocation_requests", str(row["request"]))
    yield Object("issued" if row["request"] else "revocations", row["object"])
