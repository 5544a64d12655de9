"""CRLs of one certifier: when one is due, what is on it, and its signature (RFC 5280, 5).

A list is made immediately after a revocation: only OCSP, which needs no key of the certifier, may be ahead of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.crls import Crl, CrlFields
from dominoadmin.pki.issuance import BACKDATE
from dominoadmin.pki.revocation import Reason, Revocation
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import StillOurs, unleased
from dominoadmin.services.revocation import lists
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.services.revocation.state import Made
from dominoadmin.services.states import CrlKind
from dominoadmin.store import crls, issued, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CrlRecord, RevocationRecord

_SKEW: Final = timedelta(minutes=10)
_PAGE: Final = 10_000
"""Revocations that are compared at once: there may be a million."""
_MARGIN: Final = timedelta(hours=12)
"""The time before the end of a list at which the next is made, or a tenth of its validity if that is less."""


@dataclass(frozen=True)
class _Plan:
    """A list to make: of a partition (0: all), complete or a delta to a base."""

    part: int
    fields: CrlFields
    kind: str


def needs_lists(db: Connection, certifier: Certifier, now: datetime) -> bool:
    """Return whether a generation signs lists and responders: the active one, and one whose certificates are valid.

    RFC 5280, 3.3: a revoked one must be on one regular list after it has expired.
    """
    if not certifier.is_retired:
        return True
    if now > certifier.issuer.certificate.not_valid_after_utc:
        return False
    until = certifier.record.generations[certifier.generation.number].before_until
    regular = crls.newest(db, certifier.record.id, kind=CrlKind.REGULAR, generation=certifier.generation.number)
    return now <= until or (regular is not None and regular.this_update <= until)


class CrlAuthority:
    """Makes the CRLs of one certifier with the open key of its generation, in the CA process.

    All revocations are on the lists of each generation, since all have the same name: each signs its own.
    """

    def __init__(
        self, domain: Domain, server: Actor, vault: KeyVault, certifier: Certifier, still_ours: StillOurs = unleased
    ) -> None:
        self._domain, self._server, self._vault = domain, server, vault
        self._certifier, self._still_ours = certifier, still_ours
        self._id, self._generation = certifier.record.id, certifier.generation.number

    def due(self) -> str:
        """Return the kind of list that is due, or an empty string."""
        now = self._domain.now()
        if self._has_expired(now):
            return ""
        with self._domain.store.snapshot() as db:
            regular = self._newest(db, kind=CrlKind.REGULAR)
            newest = self._newest(db)
            if regular is None or newest is None or self._is_over(regular, now) or self._is_over(newest, now):
                return CrlKind.REGULAR
            delta = self._newest(db, delta=True)
            changed = revocations.has_changed_since(db, self._id, newest.number) or self._lacks_part(db)
            return CrlKind.NON_REGULAR if changed or self._needs_delta(delta, newest, now) else ""

    def _newest(self, db: Connection, part: int = 0, kind: str = "", *, delta: bool = False) -> CrlRecord | None:
        return crls.newest(db, self._id, part, kind, generation=self._generation, delta=delta)

    def _lacks_part(self, db: Connection) -> bool:
        """Return whether a certificate names a partition without a list: clients would refuse it."""
        part = min([issued.newest_part(db, self._id), *self._certifier.last_part])
        is_missing = part > 0 and self._newest(db, part) is None
        return is_missing and part in self._living_parts(db, self._domain.now())

    def _living_parts(self, db: Connection, cutoff: datetime) -> list[int]:
        """Return the partitions whose addresses have this generation's key, and that are still in use.

        What the Issued Certificate List says about that is not compared, and may be gone: what is revoked is listed.
        """
        listed = crls.listed_parts(db, self._id) if self._certifier.base_urls else ()
        used = {*issued.living_parts(db, self._id, cutoff), *listed}
        return [part for part in sorted(used) if self._certifier.has_part(part)]

    def issue(self, kind: str, problem: str = "") -> list[CrlRecord]:
        """Make the lists of the certifier, all with one number, and store them in one transaction.

        `problem`: why those before are replaced; the audit log gets it.

        Raises:
            Locked: the certifier's key is not open; nothing was made.
            Refused: the certifier has expired.
            Tampered: the revocations were altered outside the program.

        """
        now = self._domain.now()
        if self._has_expired(now):
            raise Refused(
                _("{name} has expired and no longer issues CRLs.", name=self._certifier.record.name),
                _("Its latest CRL stays in force."),
            )
        with self._domain.store.transaction() as db:
            self._still_ours(db)
            verifier, record = self._server.verifier(), self._certifier.record
            known = revocation_state.made(db, record, verifier)
            last = known.number
            self._remove_altered(db, known)
            regular = self._newest(db, kind=CrlKind.REGULAR)
            number, since = max(last, lists.floor(db, verifier, self._id)) + 1, last + 1
            # RFC 5280, 3.3: an entry must be on one regular list after the certificate has expired.
            cutoff = self._cutoff(db, now)
            start, late = self._dates(db, now, last)
            serials = [one.serial_hex for one in late]
            for _octets in revocations.checked_chunks(db, self._id, mend=True) if problem else ():
                pass
            self._check_state(db, [*revocations.moving(db, self._id, since, cutoff), *serials])
            revocations.keep(db, [_dated_again(one, start, number) for one in late])
            revocations.list_entries(db, self._id, since, cutoff)
            before = [*self._kept(db)]
            made, compared = [], set[int]()
            for plan in self._plans(db, kind, number, regular, (start, now)):
                if (base := plan.fields.base_number) is not None and base not in compared:
                    self._check_changes(db, base, {*serials})
                    compared.add(base)
                made.append(self._make(db, plan, now))
            # Downloads of the previous list that are in progress can still complete.
            kept = {crl.id for crl in (*made, *before, regular) if crl}
            crls.forget_pieces(db, self._id, kept)
            newest = known.followed_by(self._generation, number, len(made))
            revocation_state.seal(db, record, self._server, serials, now, lists=newest)
            audit_log.enter(db, now, self._server, [self._event(crl, problem) for crl in made])
        return made

    def _cutoff(self, db: Connection, now: datetime) -> datetime:
        """Return the end before which a certificate is on no list any more: each generation has told of it since."""
        needing = [each for each in self._certifier.generations if needs_lists(db, each, now)]
        found = (crls.newest(db, self._id, kind=CrlKind.REGULAR, generation=each.generation.number) for each in needing)
        return min([now, *(regular.this_update for regular in found if regular)])

    def _kept(self, db: Connection) -> Iterator[CrlRecord | None]:
        """Yield the lists of all generations whose octets stay."""
        for each in self._certifier.record.generations:
            yield from lists.newest_lists(db, self._id, each.number)
            yield crls.newest(db, self._id, kind=CrlKind.REGULAR, generation=each.number)

    def _dates(self, db: Connection, now: datetime, number: int) -> tuple[datetime, list[RevocationRecord]]:
        """Return the date of lists made now, and the revocations that are dated after it. `number`: of the last list.

        It is not before the date of the last list, unless that comes from a clock that was ahead; nor before the date
        of a revocation, unless that lies in the future. What a clock that was ahead has dated is dated again.
        """
        start, last = now - BACKDATE, self._newest(db)
        if last and last.this_update <= now + _SKEW:
            start = max(start, last.this_update)
        late = revocations.dated_after(db, self._id, start, crls.number_at(db, self._id, start, number))
        start = max([start, *(one.revoked_at for one in late if one.revoked_at <= now)])
        return start, [one for one in late if one.revoked_at > start]

    def _check_state(self, db: Connection, moving: Sequence[str]) -> None:
        """Check the signed state of the revocations, and the rows that will move."""
        revocation_state.check(db, self._certifier.record, self._server.verifier())
        revocation_state.check_rows(db, self._certifier.record, moving)

    def _remove_altered(self, db: Connection, known: Made) -> None:
        """Remove lists that nobody signed, of all generations: what is listed goes by those of the others, too."""
        for generation in self._certifier.record.generations:
            last = known.of(generation.number)[0]
            # One that was added may hide another one.
            while altered := lists.altered(db, self._server.verifier(), self._id, last, generation.number):
                crls.remove(db, altered)
        crls.remove(db, lists.added(db, self._server.verifier()))

    def _check_changes(self, db: Connection, base: int, dated: Collection[str]) -> None:
        """Check the rows that a delta to this list is made of; complete lists are made of chunks, which are sealed.

        `dated`: those that this act has dated again; they were checked before.
        """
        verifier = self._server.verifier()
        told = (one.serial_hex for one in revocations.changed_since(db, self._id, base))
        entered = revocation_state.changed_since(db, self._certifier.record, verifier, base)
        left = (Object("revocations", f"{self._id} {each}") for each in chain(told, entered) if each not in dated)
        while page := [*islice(left, _PAGE)]:
            committed.check_same(db, verifier, page)

    def _has_expired(self, now: datetime) -> bool:
        return now > self._certifier.issuer.certificate.not_valid_after_utc

    def _is_over(self, crl: CrlRecord, now: datetime) -> bool:
        """Return whether the next list is due: by the interval, before the end, or because the clock was ahead."""
        interval = timedelta(days=self._certifier.configuration.crl_interval_days)
        margin = min(_MARGIN, (crl.next_update - crl.this_update) / 10)
        is_ahead = crl.this_update > now + _SKEW
        return is_ahead or now >= min(crl.this_update + BACKDATE + interval, crl.next_update - margin)

    def _needs_delta(self, delta: CrlRecord | None, newest: CrlRecord, now: datetime) -> bool:
        hours = self._certifier.configuration.publication.delta_hours
        is_latest = delta is not None and delta.number == newest.number
        if not hours or delta is None or not is_latest:
            return False
        # After half of its validity at the latest: lists fetched now stay valid for the rest. Settings may change.
        half = (delta.next_update - delta.this_update - BACKDATE) / 2
        return now - newest.this_update - BACKDATE >= min(timedelta(hours=hours), half)

    def _plans(
        self, db: Connection, kind: str, number: int, regular: CrlRecord | None, times: tuple[datetime, datetime]
    ) -> Iterator[_Plan]:
        """Yield the lists to make. `times`: the date of the lists, and now."""
        configuration, (start, now) = self._certifier.configuration, times
        publication, key = configuration.publication, self._certifier.key_fingerprint
        end = now + timedelta(days=configuration.crl_days)
        # Certificates keep their old addresses; a partition's list without addresses would look like the complete one.
        ever = replace(publication, base_urls=self._certifier.base_urls)
        cutoff = min(regular.this_update, now) if regular else now
        for part in (0, *self._living_parts(db, cutoff)):
            points = ever.addresses(key, part).crls if part else ()
            if part and not points:
                raise Refused(
                    _("{name} has CRL partitions, but never had a base URL.", name=self._certifier.record.name)
                )
            # Based on a regular list, which relying parties have cached (RFC 5280, 5.2.4).
            base = self._newest(db, part, CrlKind.REGULAR) if publication.delta_hours else None
            complete = CrlFields(
                number=number,
                this_update=start,
                next_update=end,
                base_number=None,
                points=points,
                deltas=publication.deltas(key, part) if base else (),
            )
            yield _Plan(part, complete, kind)
            if base:
                until = min(end, now + 2 * timedelta(hours=publication.delta_hours))
                delta = replace(complete, base_number=base.number, deltas=(), next_update=until)
                yield _Plan(part, delta, kind)

    def _make(self, db: Connection, plan: _Plan, now: datetime) -> CrlRecord:
        fields = plan.fields
        if fields.base_number is None:
            count, size = revocations.extent(db, self._id, plan.part)
            pieces: Iterable[tuple[int | None, bytes]] = revocations.checked_chunks(db, self._id, plan.part, mend=True)
        else:
            # Read twice, as the size comes first: there may be a million entries.
            count, size = 0, 0
            for count, entry in enumerate(self._delta(db, plan), start=1):  # noqa: B007 - counted
                size += len(entry)
            pieces = ((None, piece) for piece in _pieces(self._delta(db, plan)))
        crl = CrlRecord(
            id=0,
            certifier_id=self._id,
            part=plan.part,
            kind=plan.kind,
            number=fields.number,
            base_number=fields.base_number,
            this_update=fields.this_update,
            next_update=fields.next_update,
            entries=count,
            size=0,
            sha256="",
            made_at=now,
            pushed_at=None,
            generation=self._generation,
        )
        crl = replace(crl, id=crls.add(db, crl))
        self._write(db, crl.id, Crl(self._certifier.issuer, fields, size), pieces)
        digest, length = hashlib.sha256(), 0
        for piece in crls.pieces(db, crl.id):
            digest.update(piece)
            length += len(piece)
        crls.describe(db, crl.id, length, digest.hexdigest())
        return replace(crl, size=length, sha256=digest.hexdigest())

    def _delta(self, db: Connection, plan: _Plan) -> Iterator[bytes]:
        assert plan.fields.base_number is not None
        changes = revocations.changed_since(db, self._id, plan.fields.base_number)
        date = plan.fields.this_update
        return (_delta_entry(one, date) for one in changes if plan.part in (0, one.part) and _is_told(one))

    def _write(self, db: Connection, crl_id: int, crl: Crl, pieces: Iterable[tuple[int | None, bytes]]) -> None:
        """Stream a list into the store; its head is written last, since a signature may be shorter."""
        number, chunk = 0, None

        def entries() -> Iterator[bytes]:
            nonlocal chunk  # of the entries in the body; 0 before and after them
            for chunk, octets in pieces:  # noqa: B007 - for the loop below
                yield octets
            chunk = None

        for number, octets in enumerate(crl.body(entries()), start=1):
            crls.add_piece(db, crl_id, number, octets, chunk)
        before, after = crl.ends(lambda digest: self._vault.sign_digest(self._certifier, digest))
        crls.add_piece(db, crl_id, 0, before)
        crls.add_piece(db, crl_id, number + 1, after)

    def _event(self, crl: CrlRecord, problem: str) -> Event:
        detail = {
            "number": crl.number, "kind": crl.kind, "part": crl.part, "entries": crl.entries, "sha256": crl.sha256,
        } | ({"problem": problem} if problem else {})  # fmt: skip
        return Event(AuditAction.CRL_ISSUED, self._certifier.record.name, detail)


def _is_told(one: RevocationRecord) -> bool:
    """Return whether relying parties need a change: not if the certificate expired before its revocation."""
    return one.released_at is not None or one.chunk is not None


def _delta_entry(one: RevocationRecord, this_update: datetime) -> bytes:
    if one.released_at is None:
        return one.entry
    gone = Revocation(one.serial_hex, one.reason, min(one.released_at, this_update))
    return gone.entry(Reason.REMOVE)


def _dated_again(one: RevocationRecord, date: datetime, number: int) -> RevocationRecord:
    """Return a revocation with the date of the list with this number, which is the first that says so."""
    entry = Revocation(one.serial_hex, one.reason, date, one.invalidity_at).entry()
    return replace(one, revoked_at=date, entry=entry, since=number)


def _pieces(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Join a stream into pieces of about `crls.PIECE` octets."""
    kept: list[bytes] = []
    size = 0
    for each in stream:
        kept.append(each)
        size += len(each)
        if size >= crls.PIECE:
            yield b"".join(kept)
            kept, size = [], 0
    if kept:
        yield b"".join(kept)
