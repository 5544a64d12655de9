"""Revokes again what a published list shows and a store that was put back does not know: nothing is un-revoked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from cryptography import x509

from dominoadmin.pki import documents, revocation
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
from dominoadmin.store.records import RevocationRequestRecord


def missing(db: Connection, certifier: Certifier, listed: Iterable[Revocation]) -> list[Revocation]:
    """Return the revocations on published lists that the store does not have, or has as a hold only."""
    found: dict[str, Revocation] = {}
    for one in listed:
        known = revocations.find(db, certifier.record.id, one.serial_hex)
        is_final = known and known.released_at is None and (known.reason != Reason.HOLD or one.reason == Reason.HOLD)
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
        since = one.invalidity_at if one.invalidity_at and one.invalidity_at <= now else None
        groups.setdefault((reason, since), []).append(one)
    for (reason, since), members in groups.items():
        for start in range(0, len(members), revoking.MAXIMUM):
            chosen = members[start : start + revoking.MAXIMUM]
            listed = {one.serial_hex: found[one] for one in chosen}
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
