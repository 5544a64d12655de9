"""Revokes again what a published list shows and a store that was put back does not know: nothing is un-revoked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from cryptography import x509

from dominoadmin.pki import documents, revocation
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.revocation import Reason, Revocation
from dominoadmin.services.audit import committed
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor
from dominoadmin.services.records import issued_entries
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.listed import Listed
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction, RevocationRequestState
from dominoadmin.store import revocation_requests, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import EARLIEST, RevocationRequestRecord

_EARLIEST: Final = datetime(int(EARLIEST), 1, 1, tzinfo=UTC)
_PAGE: Final = 10_000
"""Revocations of a list that are compared at once: lists may be long."""


def missing(db: Connection, verifier: Verifier, certifier: Certifier, listed: Iterable[Revocation]) -> list[Revocation]:
    """Return the revocations on published lists that the store does not have, or has as a hold only.

    Raises:
        Tampered: a row about one was altered, added or removed; it has to be restored first.

    """
    found: dict[str, Revocation] = {}
    left = iter(listed)
    while page := [*islice(left, _PAGE)]:
        objects = (Object("revocations", f"{certifier.record.id} {one.serial_hex}") for one in page)
        committed.check_same(db, verifier, objects)
        for one in page:
            known = revocations.find(db, certifier.record.id, one.serial_hex)
            is_final = (
                known and known.released_at is None and (known.reason != Reason.HOLD or one.reason == Reason.HOLD)
            )
            if not is_final:
                found[one.serial_hex] = one
    return list(found.values())


def facts(certifier: Certifier, one: Revocation, certificate: x509.Certificate | None, part: int) -> Listed:
    """Return what a list needs of a revoked certificate; without the certificate, it stays on the list for good."""
    if certificate is None:
        return Listed(one.revoked_at, certifier.issuer.certificate.not_valid_after_utc, "", part)
    issuer = certifier.signed(certificate) or certifier
    end, key, own_part = issued_entries.facts(certificate, issuer.key_fingerprint)
    return Listed(one.revoked_at, end, key, own_part)


def request(
    db: Connection, signer: Identity, certifier: Certifier, found: dict[Revocation, Listed], now: datetime
) -> Iterator[Event]:
    """Sign requests for the CA process, and yield their entries for the audit log."""
    groups: dict[tuple[str, datetime | None], list[Revocation]] = {}
    for one in found:
        reason = one.reason if one.reason in revocation.REASONS else Reason.UNSPECIFIED
        since = one.invalidity_at if one.invalidity_at and _EARLIEST <= one.invalidity_at <= now else None
        groups.setdefault((reason, since), []).append(one)
    for (reason, since), members in groups.items():
        for start in range(0, len(members), revoking.MAXIMUM):
            chosen = members[start : start + revoking.MAXIMUM]
            listed = {one.serial_hex: found[one]._replace(at=min(found[one].at, now)) for one in chosen}
            yield _request(
                db,
                signer,
                certifier,
                RevocationOrder((*listed,), reason=reason, invalidity_at=since, listed=listed),
                now,
            )


def _request(db: Connection, signer: Identity, certifier: Certifier, order: RevocationOrder, now: datetime) -> Event:
    before = {serial: revoking.mark(revocations.find(db, certifier.record.id, serial)) for serial in order.serials}
    signed = documents.sign(revoking.KIND, revoking.content(certifier, order, before, now), signer)
    number = committed.free(db, Actor.of(signer).verifier(), "revocation_requests")
    revocation_requests.add(
        db,
        RevocationRequestRecord(
            id=number, certifier_id=certifier.record.id, action=RevocationAction.REVOKE, serials=list(order.serials),
            reason=order.reason, invalidity_at=order.invalidity_at, requested_by=signer.name,
            document=signed.serialize(), state=RevocationRequestState.NEW, problem="", created_at=now, changed_at=now,
        ),
    )  # fmt: skip
    detail = {"certifier": certifier.record.name, "action": order.action, "serials": list(order.serials)}
    detail |= {"reason": order.reason, "sha256": documents.digest(signed.content)}
    return Event(AuditAction.REVOCATION_REQUESTED, str(number), detail)
