"""The octets of audit log entries: what is hashed, and what is read from it.

An entry has the digest of its detail, not the detail itself: details have names of people, and can be erased with their
salt. Entries of earlier versions have their detail and the hash of the entry before inside.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from dominoadmin.pki import documents, merkle
from dominoadmin.store.database import Row
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AuditRecord, Fields, altered, dump, instant, moment
from dominoadmin.store.sqlite import blobs
from dominoadmin.store.stored_json import load

_DETAIL: Final = b"dominoadmin detail 1\x00"
_DIGEST: Final = re.compile("(?:[0-9a-f]{64})?")
_KEYS: Final = {"action", "actor", "at", "commits", "detail", "number", "object", "signed_in"}
_COLUMNS: Final = ("number", "at", "actor", "signed_in", "action", "object")
_EARLIER: Final = {"action", "actor", "at", "detail", "number", "object", "previous", "signed_in"}


class Commit(NamedTuple):
    """A change of an object: its digest before and after the act, in hex. Empty: there was, or is, no such object."""

    object: Object
    before: str
    after: str


class StoredEntry(NamedTuple):
    """An entry as it is stored: its octets, and its detail with the salt; the salt is empty in older entries."""

    octets: bytes
    detail: str
    salt: bytes


def write(entry: AuditRecord, salt: bytes) -> StoredEntry:
    """Return an entry as it is stored; the record's hash is ignored."""
    detail = dump(entry.detail)
    content = {
        "number": entry.number, "at": instant(entry.at), "actor": entry.actor, "signed_in": entry.signed_in,
        "action": entry.action, "object": entry.object, "detail": _detail_digest(salt, detail.encode()),
        "commits": [[*each.object, each.before, each.after] for each in entry.commits],
    }  # fmt: skip
    return StoredEntry(documents.canonical(content), detail, salt)


def earlier(content: Fields) -> StoredEntry:
    """Return an entry of an earlier version's log as it is stored now: what was hashed then is kept to the octet."""
    return StoredEntry(documents.canonical(content), dump(content["detail"]), b"")


def read(row: Row) -> AuditRecord:
    """Return an entry, read from its octets; the row's other columns must agree with them.

    Raises:
        Damaged: they do not, or the detail is not the one that was hashed.

    """
    try:
        content = load(blobs.octets(row["octets"]).decode())
        is_earlier = content.keys() == _EARLIER
        detail = load(row["detail"])
        record = AuditRecord(
            number=row["number"], at=_time(content["at"]), actor=content["actor"],  # 5.0 equals 5, but is no number
            signed_in=content["signed_in"], action=content["action"], object=content["object"], detail=detail,
            previous=content.get("previous", ""), hash=merkle.leaf(row["octets"]).hex(),
            commits=tuple([_commit(*each) for each in content.get("commits", ())]),
        )  # fmt: skip
        expected = detail if is_earlier else _detail_digest(row["salt"], row["detail"].encode())
        agrees = (
            (is_earlier or content.keys() == _KEYS)
            and isinstance(detail, dict)
            and content["detail"] == expected
            and [row[name] for name in _COLUMNS] == [content[name] for name in _COLUMNS]
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        agrees = False
    if not agrees:
        raise altered("Audit", row["number"], "octets")
    return record


def _commit(kind: str, key: str, before: str, after: str) -> Commit:
    """Return a change as the program writes it; a signer can write anything."""
    if type(kind) is not str or type(key) is not str or not (_DIGEST.fullmatch(before) and _DIGEST.fullmatch(after)):
        raise ValueError(kind)
    return Commit(Object(kind, key), before, after)


@lru_cache(maxsize=64)  # the entries of an act have one time
def _time(text: str) -> datetime:
    """Return a time that is written as the program writes it."""
    found = moment(text)
    if instant(found) != text:
        raise ValueError(text)
    return found


def earlier_hash(entry: AuditRecord) -> str:
    """Return the hash that an earlier version gave an entry, in hex: the next entry has it as its `previous`."""
    content = {**columns(entry), "signed_in": entry.signed_in, "detail": entry.detail, "previous": entry.previous}
    return hashlib.sha256(documents.canonical(content)).hexdigest()


def columns(entry: AuditRecord) -> dict[str, Any]:
    """Return the columns that serve searching."""
    return {
        "number": entry.number, "at": instant(entry.at), "actor": entry.actor, "signed_in": int(entry.signed_in),
        "action": entry.action, "object": entry.object,
    }  # fmt: skip


def _detail_digest(salt: bytes, detail: bytes) -> str:
    return hashlib.sha256(_DETAIL + salt + detail).hexdigest()
