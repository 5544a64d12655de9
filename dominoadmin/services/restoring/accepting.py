"""Accepting a store that was put back to an older state, moved, or copied: an act of the organization's certifier.

Whoever is an administrator by the older state must not decide this. The log begins another epoch, CRL numbers continue
far above everything that was seen anywhere, and what published lists show is revoked again. Serial numbers are random.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509

from dominoadmin.errors import NotAllowed, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import crl_reading
from dominoadmin.pki.crl_reading import SignedCrl
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import CERTIFIER, Identity
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.revocation import Revocation
from dominoadmin.services.audit import anchoring, committed, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.restoring import installations, legible_certifiers, revoking_again
from dominoadmin.services.revocation import lists, published_lists, state
from dominoadmin.services.revocation.listed import Listed
from dominoadmin.store import crls, installation
from dominoadmin.store.account_state import AccountUnavailable
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import LARGEST

JUMP: Final = 1 << 32
"""More lists than anybody issues between a backup and its return; a number has room for a billion such jumps."""
_BELIEVED: Final = LARGEST >> 1
"""The highest number of a list that counts: after it, there must be room for the jumps of the next times, too."""
_COPIES: Final = 1 << 16
"""Copies of one store that are unlikely to choose the same numbers: each has 2^32 lists of its own."""


@dataclass(frozen=True)
class SeenElsewhere:
    """What was seen elsewhere: the numbers of lists, and files with lists or certificates, each with its name."""

    numbers: tuple[int, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, kw_only=True)
class AcceptedCertifier:
    """What happens to a certifier. `last`: its number in the store; `seen`: the highest seen; `next`: its next one.

    `revoked_again`: serial numbers that lists show as revoked; `unknown`: those of certificates that the store lacks.
    """

    name: str
    last: int
    seen: int
    next: int
    revoked_again: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Accepted:
    """A store that was accepted: the epoch that begins, the last entry of the log before, and its certifiers."""

    epoch: int
    entry: int
    certifiers: tuple[AcceptedCertifier, ...]


@dataclass
class _Evidence:
    """What was found outside the store about one certifier."""

    certifier: Certifier
    numbers: tuple[int, ...]
    lists: list[SignedCrl] = field(default_factory=list)
    certificates: list[x509.Certificate] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The certifier's name."""
        return self.certifier.record.name


def _check_signer(certifier: Identity, domain: Domain) -> None:
    """Raise `NotAllowed` unless an ID is the organization's certifier's, and valid now."""
    if certifier.kind != CERTIFIER:
        raise NotAllowed(
            _("Only the organization's certifier ID can decide this: others may be in office by the older state only."),
            _("Open cert.id, and enter its password."),
        )
    if not audit_log.is_valid(certifier, domain.now()):
        raise NotAllowed(
            _("The organization's certifier ID is not valid at this time."), _("Check the clock of this computer.")
        )


def accept(domain: Domain, certifier: Identity, seen: SeenElsewhere, progress: Progress = QUIET) -> Accepted:
    """Accept the store as it is, as one act: log, numbers and revocations at once, or nothing.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        Tampered: the log is not whole in itself, which cannot be accepted.
        Refused: a file is neither a list nor a certificate of one of the certifiers, or a number is too high.
        Cancelled: the user asked to stop.

    """
    found = _checked(domain, certifier, seen, progress)
    number = ""
    with suppress(AccountUnavailable):  # told at the next start
        number = installations.remember(domain, damaged=True)
    with domain.store.transaction() as db:
        if number:  # a backup may have come to another computer
            installation.keep(db, number, domain.now())
        done = _begin_epoch(db, domain, certifier, found)
    anchoring.keep(domain, Actor.of(certifier).verifier())
    return done


def moved(domain: Domain, certifier: Identity, progress: Progress = QUIET) -> None:
    """Let this installation run the store from now on; the one that ran it before must not be started again.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        Tampered: the log is not whole in itself.
        AccountUnavailable: the account's file cannot be written.
        Cancelled: the user asked to stop.

    """
    _check(domain, certifier, progress)
    number = installations.remember(domain)
    with domain.store.transaction() as db:
        installation.keep(db, number, domain.now())
        event = Event(AuditAction.STORE_MOVED, certifier.name, {"installation": number})
        audit_log.enter(db, domain.now(), Actor.of(certifier), [event])


def copied(domain: Domain, certifier: Identity, progress: Progress = QUIET) -> Accepted:
    """Let this installation run its copy besides the other one: with an epoch and CRL numbers of its own.

    Raises:
        NotAllowed, Tampered, AccountUnavailable, Cancelled: as `moved`.

    """
    found = _checked(domain, certifier, SeenElsewhere(), progress)
    number = installations.remember(domain)
    with domain.store.transaction() as db:
        installation.keep(db, number, domain.now())
        event = Event(AuditAction.STORE_COPIED, certifier.name, {"installation": number})
        jump = JUMP * (1 + secrets.randbelow(_COPIES))
        done = _begin_epoch(db, domain, certifier, found, jump=jump, events=[event])
    anchoring.keep(domain, Actor.of(certifier).verifier())
    return done


def _check(domain: Domain, certifier: Identity, progress: Progress) -> None:
    """Check who decides, and that the log is whole."""
    _check_signer(certifier, domain)
    verifying.verify(domain, Actor.of(certifier), progress)


def _checked(domain: Domain, certifier: Identity, seen: SeenElsewhere, progress: Progress) -> list[_Evidence]:
    """Check the same; return what was found outside the store."""
    _check(domain, certifier, progress)
    return _evidence(domain, Actor.of(certifier), seen)


def _begin_epoch(
    db: Connection,
    domain: Domain,
    signer: Identity,
    found: Sequence[_Evidence],
    *,
    jump: int = JUMP,
    events: Sequence[Event] = (),
) -> Accepted:
    """Let all numbers jump, ask for what has to be revoked again, and sign the beginning of an epoch.

    Raises:
        Refused: a number is too high.
        Tampered: a row that decides about this is not as the log commits it.

    """
    now, entered, verifier = domain.now(), [*events], Actor.of(signer).verifier()
    made = []
    for each in found:
        record = each.certifier.record
        last = state.made(db, record, verifier).number  # rows may have been added to what was put back
        floor = lists.floor(db, verifier, record.id)
        # No list has a higher one: who has signed such a list has made it with a key and a program of his own.
        published = (one.number for one in each.lists if one.number <= _BELIEVED)
        highest = max([last, floor, *each.numbers, *published])
        if highest + jump >= LARGEST:
            raise Refused(
                _("The CRL number {number} is too high.", number=highest), _("Check it: it was not issued here.")
            )
        crls.set_floor(db, record.id, highest + jump)
        again = _again(db, verifier, each)
        entered += revoking_again.request(db, signer, each.certifier, again, now)
        made.append(
            AcceptedCertifier(
                name=record.name,
                last=last,
                seen=highest,
                next=highest + jump + 1,
                revoked_again=tuple(sorted(one.serial_hex for one in again)),
                unknown=tuple(_unknown(db, verifier, each)),
            )
        )
    entry, epoch = audit_log.end(db, verifier)
    numbers_of = {each.name: {"seen": each.seen, "next": each.next, "unknown": list(each.unknown)} for each in made}
    detail = {"epoch": epoch + 1, "certifiers": numbers_of}
    entered.append(Event(AuditAction.RESTORE_ACCEPTED, signer.name, detail))
    audit_log.enter(db, now, Actor.of(signer), entered, begins_epoch=True)
    return Accepted(epoch + 1, entry, tuple(made))


def _evidence(domain: Domain, actor: Actor, seen: SeenElsewhere) -> list[_Evidence]:
    """Return what published lists and files say about each certifier."""
    with domain.store.snapshot() as db:
        found = legible_certifiers.verified(db, actor.verifier(), domain.now())
        known = [_Evidence(each, seen.numbers) for each in found]
    for each in known:
        each.lists += (found for _path, found in published_lists.unknown(domain, each.certifier, actor.verifier()))
    for name, data in seen.files:
        parts = crl_reading.parts(data)  # a file may have lists and certificates of several
        left = [part for part in parts if not sum(_take(each, part) for each in known)]
        # Certificates of others may lead to one of ours; a list that is left out would be revocations that are lost.
        if left == parts or not all(map(_certificates, left)):
            raise Refused(
                _("{file} is neither a CRL nor a certificate of one of the certifiers.", file=name),
                _("Specify files that were issued here, in DER or PEM."),
            )
    return known


def _take(evidence: _Evidence, data: bytes) -> bool:
    issuers = [each.issuer.certificate for each in evidence.certifier.generations]
    if found := next(filter(None, (crl_reading.read(data, issuer) for issuer in issuers)), None):
        evidence.lists.append(found)
        return True
    own = [each for each in _certificates(data) if evidence.certifier.signed(each) and each not in issuers]
    evidence.certificates += own
    return bool(own)


def _certificates(data: bytes) -> list[x509.Certificate]:
    try:
        if data.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except PARSING_FAILURES:
        return []


def _again(db: Connection, verifier: Verifier, evidence: _Evidence) -> dict[Revocation, Listed]:
    """Return what the lists show as revoked, and the store does not."""
    certificates = {f"{each.serial_number:x}": each for each in evidence.certificates}
    found: dict[str, tuple[Revocation, int]] = {}
    for each in sorted(evidence.lists, key=lambda one: (one.number, one.part)):
        try:
            lost = revoking_again.missing(db, verifier, evidence.certifier, each.revocations())
        except ValueError:
            raise Refused(
                _("The CRL number {number} of {name} cannot be read.", number=each.number, name=evidence.name),
                _("Remove it from the folder where the certifier publishes its CRLs, or hand in another file."),
            ) from None
        found |= {one.serial_hex: (one, each.part) for one in lost}
    return {
        one: revoking_again.facts(evidence.certifier, one, certificates.get(serial), part)
        for serial, (one, part) in found.items()
    }


def _unknown(db: Connection, verifier: Verifier, evidence: _Evidence) -> Iterator[str]:
    """Yield the serial numbers of certificates of which the audit log does not know that they were issued."""
    serials = {f"{each.serial_number:x}" for each in evidence.certificates}
    serials |= {one.serial_hex for each in evidence.lists for one in each.revocations()}
    entries = {serial: Object("issued", f"{evidence.certifier.record.id} {serial}") for serial in sorted(serials)}
    known = committed.digests(db, verifier, entries.values()) or {}
    yield from (serial for serial, entry in entries.items() if not known.get(entry))
