"""Revocation: requested by an RA or CAA with a signature (Admin4), carried out by the CA process.

Only a hold can be released; other revocations are final (RFC 5280, 5.3.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Any, Final

from dominoadmin.errors import Damaged, Error, NotAllowed, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, names, revocation
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.revocation import Reason, Revocation
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import StillOurs, unleased
from dominoadmin.services.records import compromised_keys, revoked_ids
from dominoadmin.services.records.issued_entries import check_rows, entry_of, rows_of
from dominoadmin.services.revocation import listed as listed_revocations
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.services.revocation.listed import Listed
from dominoadmin.services.states import RevocationAction, RevocationRequestState
from dominoadmin.store import certifiers, issued, reading, revocation_requests, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.records import EARLIEST, RevocationRecord, RevocationRequestRecord, instant

KIND: Final = "revocation"
_ROWS: Final = "revocation_requests"
MAXIMUM: Final = 1000
"""The most certificates in one request."""


@dataclass(frozen=True)
class RevocationOrder:
    """A revocation or release of certificates of one certifier. `serials`: lower-case hex.

    `listed`: what was revoked before the store was put back, by serial number: the organization's certifier says so.
    `given`: certificates in DER by their serial numbers, for those that the Issued Certificate List does not have, or
    not as they were issued. They are part of what is signed.
    """

    serials: tuple[str, ...]
    action: str = RevocationAction.REVOKE
    _: KW_ONLY
    reason: str = Reason.UNSPECIFIED
    invalidity_at: datetime | None = None
    listed: Mapping[str, Listed] = field(default_factory=dict)
    given: Mapping[str, bytes] = field(default_factory=dict)

    def check(self, now: datetime) -> None:
        """Check everything that does not need the store.

        Raises:
            Refused: there is no such reason, or a date or number is invalid.

        """
        if not 1 <= len(self.serials) <= MAXIMUM or len(set(self.serials)) != len(self.serials):
            raise Refused(_("Choose 1 to {limit} certificates, each only once.", limit=MAXIMUM))
        if self.action == RevocationAction.RELEASE:
            return
        if self.reason not in revocation.REASONS:
            raise Refused(
                _("{reason} is not a reason for revocation.", reason=self.reason),
                _("Use {choices}.", choices=", ".join(revocation.REASONS)),
            )
        early = self.invalidity_at is not None and instant(self.invalidity_at) < EARLIEST
        if self.invalidity_at and (early or self.invalidity_at > now):
            raise Refused(
                _("The invalidity date is too early.") if early else _("The invalidity date is in the future."),
                _("Enter the date from which the key can no longer be trusted."),
            )


def request(domain: Domain, person: Identity, certifier_id: int, order: RevocationOrder) -> int:
    """Sign a revocation or release and pass it to the CA process; return the number of the request in Admin4.

    Raises:
        NotAllowed: the person is neither RA nor CAA of the certifier.
        NotFound: the certifier has issued no such certificate.
        Refused: a certificate is already revoked, is not on hold, or a field breaks its rule.

    """
    now = domain.now()
    order.check(now)
    with domain.store.transaction() as db:
        certifier, before = _checked(db, Actor.of(person), certifier_id, order, now)
        signed = documents.sign(KIND, content(certifier, order, before, now), person)
        wanted = RevocationRequestRecord(
            id=committed.free(db, Actor.of(person).verifier(), _ROWS),
            certifier_id=certifier_id,
            action=order.action,
            serials=list(order.serials),
            reason=order.reason,
            invalidity_at=order.invalidity_at,
            requested_by=person.name,
            document=signed.serialize(),
            state=RevocationRequestState.NEW,
            problem="",
            created_at=now,
            changed_at=now,
        )
        number = revocation_requests.add(db, wanted)
        detail = {"certifier": certifier.record.name, "action": order.action, "serials": list(order.serials)}
        detail |= {"reason": order.reason, "sha256": documents.digest(signed.content)}
        audit_log.enter(db, now, Actor.of(person), [Event(AuditAction.REVOCATION_REQUESTED, str(number), detail)])
        return number


def check(domain: Domain, actor: Actor, certifier_id: int, order: RevocationOrder) -> None:
    """Check that `request` would accept an order, without carrying it out.

    Raises:
        NotAllowed, NotFound, Refused: as `request` does.

    """
    now = domain.now()
    order.check(now)
    with domain.store.snapshot() as db:
        _checked(db, actor, certifier_id, order, now)


def _checked(
    db: Connection, actor: Actor, certifier_id: int, order: RevocationOrder, now: datetime
) -> tuple[Certifier, dict[str, str]]:
    """Return the certifier, and the mark of each certificate's current state."""
    certifier = configuring.verified(db, certifiers.get(db, certifier_id), actor.verifier(), now)
    check_role(certifier, actor.name)
    committed.check_same(db, actor.verifier(), rows_of(certifier_id, order.serials, given=order.serials))
    try:
        return certifier, {serial: _before(db, certifier, order, serial) for serial in order.serials}
    except Error:
        committed.check_same(db, actor.verifier(), rows_of(certifier_id, order.serials, order.given))
        raise


def check_role(certifier: Certifier, name: str) -> None:
    """Raise `NotAllowed` unless a person may revoke certificates of the certifier."""
    configuration = certifier.configuration
    if name not in (*configuration.ras, *configuration.caas):
        known = ", ".join(map(names.abbreviated, dict.fromkeys((*configuration.caas, *configuration.ras))))
        raise NotAllowed(
            _(
                "{name} is neither a registration authority (RA) nor a CA administrator (CAA) of the certifier.",
                name=names.abbreviated(name),
            ),
            _("Authorized for {certifier}: {ras}.", certifier=certifier.record.name, ras=known),
        )


def _before(db: Connection, certifier: Certifier, order: RevocationOrder, serial_hex: str) -> str:
    """Return the mark of a certificate's current state, after checking that the order can be carried out."""
    entry = entry_of(db, certifier, serial_hex, order.given)
    known = revocations.find(db, certifier.record.id, serial_hex)
    if problem := _problem(entry.serial_hex, known, order):
        raise Refused(problem, _("Press F9 to see its current state."))
    return mark(known)


def _problem(serial_hex: str, known: RevocationRecord | None, order: RevocationOrder) -> str:
    is_held = known is not None and known.reason == Reason.HOLD and known.released_at is None
    if order.action == RevocationAction.RELEASE:
        return (
            ""
            if is_held
            else _("The certificate {serial_hex} is not on hold; only a hold can be released.", serial_hex=serial_hex)
        )
    if known is not None and known.released_at is None and not (is_held and order.reason != Reason.HOLD):
        return _(
            "The certificate {serial_hex} has already been revoked ({reason}).",
            serial_hex=serial_hex,
            reason=known.reason,
        )
    return ""


def mark(known: RevocationRecord | None) -> str:
    """Return a mark of a certificate's state, so that a signature given in one state is valid in no other."""
    if known is None:
        return ""
    return f"{known.request_id} {'released' if known.released_at else 'revoked'}"


def content(certifier: Certifier, order: RevocationOrder, before: dict[str, str], now: datetime) -> dict[str, Any]:
    """Return what is signed. `before`: the mark of each certificate's state."""
    return listed_revocations.content(order.listed, order.given) | {
        "action": order.action,
        "certifier": certifier.record.name,
        "certifier_key": certifier.identifier,
        "certificates": before,
        "reason": order.reason,
        "invalidity_at": instant(order.invalidity_at) if order.invalidity_at else "",
        "requested_at": instant(now),
    }


def signed(
    certifier: Certifier, verifier: Verifier, wanted: RevocationRequestRecord, now: datetime
) -> tuple[str, RevocationOrder, dict[str, str]]:
    """Return the signer of a request in Admin4, the order, and the state of each certificate at that time.

    Raises:
        Tampered: no member of the organization signed exactly this for this certifier.

    """
    signer, said = verifier.verify(documents.parse(wanted.document), KIND, now)
    listed = listed_revocations.read(said) if signer == verifier.organization else {}
    given = listed_revocations.given(said)
    order = RevocationOrder(
        tuple(wanted.serials),
        wanted.action,
        reason=wanted.reason,
        invalidity_at=wanted.invalidity_at,
        listed=listed,
        given=given,
    )
    before = said.get("certificates")
    if not isinstance(before, dict) or said != content(certifier, order, before, wanted.created_at):
        raise Tampered(
            _(
                "The signature of {signer} for revocation {id} belongs to something else.",
                signer=signer,
                id=wanted.id,
            )
        )
    if list(before) != sorted(order.serials):  # canonical JSON sorts its keys
        raise Tampered(
            _(
                "The certificates of revocation {id} are not the ones that {signer} signed.",
                id=wanted.id,
                signer=signer,
            )
        )
    return signer, order, {serial: str(mark) for serial, mark in before.items()}


@dataclass(frozen=True)
class Carried:
    """The result of one request: the number of changed certificates, and the problems with the others.

    `is_left`: its row was altered, and is left as it is until it is restored; `requesting.OpenRequests` names it.
    """

    request_id: int
    action: str
    changed: int
    problem: str
    is_left: bool = False


class RevokingAuthority:
    """Carries out the revocations of one certifier, in the CA process."""

    def __init__(self, domain: Domain, server: Actor, certifier: Certifier, still_ours: StillOurs = unleased) -> None:
        self._domain, self._server, self._certifier, self._still_ours = domain, server, certifier, still_ours
        self._verifier: Verifier = server.verifier()
        self._sealed = b""

    def carry_out(self) -> Iterator[Carried]:
        """Carry out waiting requests, each in one transaction with its audit entry.

        Raises:
            Damaged: after all others, for one that cannot be read, or that waits for a row that was altered.

        """
        with self._domain.store.snapshot() as db, reading.leaving_out() as damaged:
            waiting = revocation_requests.waiting(db, self._certifier.record.id)
            altered = committed.altered_rows(db, self._verifier, _ROWS, [each.id for each in waiting])
        for wanted in waiting:
            if problem := altered.get(wanted.id):
                yield Carried(wanted.id, wanted.action, 0, str(problem), is_left=True)
                continue
            try:
                done = self._one(wanted)
            except Damaged as error:
                damaged.append(error)
            else:
                yield from [done] if done else []
        for first in damaged:
            raise first

    def _one(self, wanted: RevocationRequestRecord) -> Carried | None:
        now = self._domain.now()
        try:
            order, before = self._verified(wanted, now)
        except Error as error:
            if isinstance(error, Tampered) and error.which:  # by the row of an ID that is said to be revoked
                raise Damaged(str(error), error.hint) from None
            return self._finish(wanted, [], str(error), now)
        return self._finish(wanted, [(order, serial, mark) for serial, mark in before.items()], "", now)

    def _finish(
        self,
        wanted: RevocationRequestRecord,
        parts: Sequence[tuple[RevocationOrder, str, str]],
        problem: str,
        now: datetime,
    ) -> Carried | None:
        certifier, problems = self._certifier, [problem] if problem else []
        with self._domain.store.transaction() as db:
            self._still_ours(db)
            if committed.altered_rows(db, self._verifier, _ROWS, [wanted.id]):  # to close it would make it genuine
                return None
            changed = []
            lists = revocation_state.made(db, certifier.record, self._verifier)
            since = lists.number + 1
            for order, serial, mark in parts:
                try:
                    changed.append(self._changed(db, wanted.id, order, (serial, mark), since=since, now=now))
                except Error as error:
                    check_rows(db, self._verifier, rows_of(certifier.record.id, [serial], order.given))
                    problems.append(str(error))
            text = " ".join(problems)
            if not revocation_requests.finish(
                db, wanted, RevocationRequestState.DONE if changed else RevocationRequestState.ERROR, text, now
            ):
                return None
            touched = [one.serial_hex for one in changed]
            if touched:
                revocation_state.check(db, certifier.record, self._verifier, own=self._sealed)
                revocation_state.check_rows(db, certifier.record, touched)
            revocations.keep(db, changed)
            compromised_keys.bar(db, changed)
            if touched:
                self._sealed = revocation_state.seal(db, certifier.record, self._server, touched, now, lists=lists)
            audit_log.enter(db, now, self._server, [*self._events(wanted, changed, text)])
        return Carried(wanted.id, wanted.action, len(changed), text)

    def _verified(self, wanted: RevocationRequestRecord, now: datetime) -> tuple[RevocationOrder, dict[str, str]]:
        signer, order, before = signed(self._certifier, self._verifier, wanted, now)
        if not order.listed:  # only the organization's certifier says what lists have shown
            check_role(self._certifier, signer)
        if order.action == RevocationAction.RELEASE:  # the others are the safe side
            revoked_ids.check_signer(self._domain, self._verifier, wanted.document)
        order.check(wanted.created_at)  # not now: setting the clock back must not invalidate a signature
        return order, before

    def _changed(
        self,
        db: Connection,
        request_id: int,
        order: RevocationOrder,
        which: tuple[str, str],
        *,
        since: int,
        now: datetime,
    ) -> RevocationRecord:
        serial, before = which
        listed = order.listed.get(serial)
        is_lost = listed is not None and not issued.find(db, serial, self._certifier.record.id)
        entry = listed if listed and is_lost else entry_of(db, self._certifier, serial, order.given)
        known = revocations.find(db, self._certifier.record.id, serial)
        if problem := _problem(serial, known, order):
            raise Refused(problem)
        if mark(known) != before:
            raise Refused(
                _("The state of the certificate {serial} has changed since the request was signed.", serial=serial)
            )
        if order.action == RevocationAction.RELEASE:
            assert known is not None
            return RevocationRecord(**{**known.__dict__, "released_at": now, "request_id": request_id, "since": since})
        date = min(listed.at, revocation.dated(now)) if listed else revocation.dated(now, order.invalidity_at)
        said = Revocation(serial, order.reason, date, order.invalidity_at)
        return RevocationRecord(
            certifier_id=self._certifier.record.id,
            serial_hex=serial,
            reason=order.reason,
            revoked_at=date,
            invalidity_at=order.invalidity_at,
            released_at=None,
            request_id=request_id,
            since=since,
            not_after=entry.not_after,
            key_fingerprint=entry.key_fingerprint,
            part=entry.part,
            chunk=None,
            entry=said.entry(),
        )

    def _events(
        self, wanted: RevocationRequestRecord, changed: Sequence[RevocationRecord], problem: str
    ) -> Iterator[Event]:
        name, is_release = self._certifier.record.name, wanted.action == RevocationAction.RELEASE
        done = AuditAction.CERTIFICATE_RELEASED if is_release else AuditAction.CERTIFICATE_REVOKED
        for one in changed:
            detail = {"certifier": name, "request": wanted.id, "reason": one.reason}
            yield Event(done, one.serial_hex, detail | {"requested_by": wanted.requested_by})
        if problem:
            yield Event(AuditAction.REVOCATION_REFUSED, str(wanted.id), {"certifier": name, "problem": problem})
