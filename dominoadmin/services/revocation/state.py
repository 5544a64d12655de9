"""The signed state of a certifier's revocations, which protects them against changes outside the program.

The server signs digests of all rows and all chunks of entries with every change (docs/decisions/0007). They are checked
before a change and before a list; if they do not match nothing is signed, as a CRL would make altered data genuine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, names
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.domain import Actor
from dominoadmin.store import crls, revocation_seals, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord, instant

KIND: Final = "revocation state"
_HINT: Final = _("Restore the store from a backup; until then, the certifier issues no CRLs.")


def seal(db: Connection, record: CertifierRecord, server: Actor, serials: Iterable[str], now: datetime) -> bytes:
    """Sign the state after a change of these certificates' rows, or of the chunks, in the transaction of the change.

    Return what was signed.

    Raises:
        Error: the server's ID is not valid now, so the signature would not be accepted.

    """
    assert server.identity is not None
    if not audit_log.is_valid(server.identity, now):
        raise Error(
            _(
                "The ID of {name} is not valid on {now}, so it cannot sign revocations.",
                name=names.abbreviated(server.name),
                now=f"{now:%Y-%m-%d}",
            ),
            _("Check the clock of this computer; if it is right, the server needs a new ID."),
        )
    revocation_seals.keep(db, record.id, map(revocation_seals.page_of, serials))
    content = {**_digests(db, record, revocation_seals.pages(db, record.id)), "at": instant(now)}
    document = documents.sign(KIND, content, server.identity).serialize()
    revocation_seals.set_state(db, record.id, document)
    return document


def check(db: Connection, record: CertifierRecord, verifier: Verifier, own: bytes = b"") -> None:
    """Check the signed state against digests, CRL numbers and the audit log; rows and entries are not read.

    `own`: the state that the caller itself has just sealed. If it is stored, no older state was restored.

    Raises:
        Tampered: something does not match; the message says what.

    """
    signed = _signed(db, record, verifier)
    if signed is None:
        _check_none(db, record)
    else:
        actual = _digests(db, record, revocation_seals.pages(db, record.id))
        for key, what in (
            ("pages", _("The revocations")),
            ("chunks", _("The CRL entries")),
            ("number", _("The CRLs")),
            ("certifier", _("The revocations")),
        ):
            if signed.get(key) != actual[key]:
                raise _altered(record, what)
    if not own or revocation_seals.state(db, record.id) != own:
        _check_audit(db, record)


def check_rows(db: Connection, record: CertifierRecord, serials: Iterable[str]) -> None:
    """Check the rows that a change will touch against their stored digests."""
    kept = revocation_seals.pages(db, record.id)
    for page in sorted({revocation_seals.page_of(serial) for serial in serials}):
        if revocation_seals.actual(db, record.id, page) != kept.get(page, ""):
            raise _altered(record, _("The revocations"))


def check_all(db: Connection, record: CertifierRecord, verifier: Verifier) -> None:
    """Check all rows and all entries."""
    check(db, record, verifier)
    check_rows(db, record, {*revocation_seals.used_pages(db, record.id), *revocation_seals.pages(db, record.id)})
    for _octets in revocations.checked_chunks(db, record.id):
        pass


class StateReader:
    """Checks single rows against the signed state, for single queries such as OCSP."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._pages: dict[int, tuple[bytes, Mapping[str, str], int]] = {}

    def check(self, db: Connection, record: CertifierRecord, serial_hex: str) -> None:
        """Raise `Tampered` if the certificate's revocation in the store was altered."""
        document = revocation_seals.state(db, record.id)
        if record.id not in self._pages or self._pages[record.id][0] != document:
            signed = _signed(db, record, self._verifier)
            kept = revocation_seals.pages(db, record.id)
            if signed is None:
                _check_none(db, record)
            elif signed.get("pages") != _digest(kept.items()) or signed.get("certifier") != record.name:
                raise _altered(record, _("The revocations"))
            _check_audit(db, record)  # a whole older state may have been restored
            self._pages[record.id] = document, kept, signed["number"] if signed else 0
        if crls.last_number(db, record.id) != self._pages[record.id][2]:
            raise _altered(record, _("The CRLs"))
        page = revocation_seals.page_of(serial_hex)
        if revocation_seals.actual(db, record.id, page) != self._pages[record.id][1].get(page, ""):
            raise _altered(record, _("The revocations"))


def _digests(db: Connection, record: CertifierRecord, pages: Mapping[str, str]) -> dict[str, Any]:
    return {
        "certifier": record.name,
        "number": crls.last_number(db, record.id),
        "pages": _digest(pages.items()),
        "chunks": _digest(revocation_seals.chunks(db, record.id)),
    }


def _digest(items: Iterable[tuple[object, ...]]) -> str:
    digest = hashlib.sha256()
    for item in items:
        if item[-1]:  # a page without rows proves nothing
            digest.update(" ".join(map(str, item)).encode() + b"\n")
    return digest.hexdigest()


def _signed(db: Connection, record: CertifierRecord, verifier: Verifier) -> dict[str, Any] | None:
    data = revocation_seals.state(db, record.id)
    if not data:
        return None
    try:
        document = documents.parse(data)
        # The server's ID must have been valid when it signed, not necessarily now.
        at = datetime.fromisoformat(json.loads(document.content)["at"])
    except (Damaged, ValueError, KeyError, TypeError, RecursionError):
        raise _altered(record, _("The signed digests")) from None
    signer, content = verifier.verify(document, KIND, at)
    if signer != record.server:
        raise Tampered(
            _("The revocations of {name} were sealed by {signer}, not by its server.", name=record.name, signer=signer),
            _HINT,
        )
    return content


def _check_none(db: Connection, record: CertifierRecord) -> None:
    """Check that, if no state was signed, nothing was ever revoked and no list made."""
    if crls.last_number(db, record.id) or revocation_seals.used_pages(db, record.id):
        raise _altered(record, _("The signed digests"))


def _check_audit(db: Connection, record: CertifierRecord) -> None:
    """Check that no older state was restored: the audit log has the later changes."""
    newest = revocation_seals.last_entry(db, AuditAction.CRL_ISSUED, record.name)
    if (newest.detail.get("number") if newest else 0) != crls.last_number(db, record.id):
        raise _altered(record, _("The CRLs"))
    since = newest.number if newest else 0
    # Only the last entry about a certificate must match.
    wrong: dict[str, str] = {}
    for entry in revocation_seals.entries_after(
        db, since, (AuditAction.CERTIFICATE_REVOKED, AuditAction.CERTIFICATE_RELEASED)
    ):
        if entry.detail.get("certifier") == record.name:
            row, is_released = (
                revocations.find(db, record.id, entry.object),
                entry.action == AuditAction.CERTIFICATE_RELEASED,
            )
            wrong.pop(entry.object, None)
            if (row and (row.request_id, row.released_at is not None)) != (entry.detail.get("request"), is_released):
                wrong[entry.object] = _("released") if is_released else _("revoked")
    if wrong:
        serial, what = next(iter(wrong.items()))
        raise Tampered(
            _(
                "The audit log shows that the certificate {serial} was {what}, but the revocations of {name} do not.",
                serial=serial,
                what=what,
                name=record.name,
            ),
            _HINT,
        )


def _altered(record: CertifierRecord, what: str) -> Tampered:
    return Tampered(_("{what} of {name} do not match the signature of its server.", what=what, name=record.name), _HINT)
