"""Ends IDs: the organization's certifier revokes a stolen one, or gives its holder, or the server, another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

from dominoadmin.errors import NotAllowed, Refused, Tampered, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, identities, names
from dominoadmin.pki.identities import CERTIFIER, PERSON, SERVER, Identity, IdKeys
from dominoadmin.pki.revocation import Reason
from dominoadmin.services import recorded_files
from dominoadmin.services.audit import committed, former_ids
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory import leasing
from dominoadmin.services.domain import Actor, Domain, person_entry, server_entry
from dominoadmin.services.identities import certifying, identifying, remembered_passwords
from dominoadmin.services.identities.certifying import IdOrder
from dominoadmin.services.issuance.cycle import Signed
from dominoadmin.store import certifiers, directory
from dominoadmin.store import former_ids as stored
from dominoadmin.store.database import Connection
from dominoadmin.store.former_ids import FormerId
from dominoadmin.store.records import DirectoryEntry

REASONS: Final = (
    Reason.UNSPECIFIED,
    Reason.KEY_COMPROMISE,
    Reason.AFFILIATION_CHANGED,
    Reason.CESSATION_OF_OPERATION,
    Reason.PRIVILEGE_WITHDRAWN,
)
"""Why an ID can be revoked. One that is superseded gets another one at the same time."""


@dataclass(frozen=True)
class RevokedId:
    """The result of revoking. `locked`: the certifiers whose keys only this ID opens."""

    name: str
    reason: str
    locked: tuple[str, ...]


@dataclass(frozen=True)
class RenewedId:
    """The result of renewing: the new ID file. `locked`: the certifiers whose keys only the old ID can open."""

    name: str
    path: Path
    locked: tuple[str, ...]


def former_id(domain: Domain, entry: DirectoryEntry) -> FormerId | None:
    """Return why the ID of a document in the directory cannot be used any more; None if it can.

    Raises:
        Damaged: its certificates, or what the store says about them, cannot be read.

    """
    with domain.store.snapshot() as db:
        return _former(db, entry)


def revoke(domain: Domain, certifier: Identity, person: str, reason: str = Reason.UNSPECIFIED) -> RevokedId:
    """Revoke the ID of a person: from this entry of the log on, it signs nothing and opens nothing.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        NotFound: there is no such person.
        Refused: the person's ID has been revoked already, or there is no such reason.
        Tampered: the person's document was altered behind the program.

    """
    check_is_certifier(certifier)
    _check_reason(reason)
    name, now = domain.name(person), domain.now()
    with domain.store.transaction() as db:
        entry = _current(db, certifier, PERSON, name)
        if known := _former(db, entry):
            raise Refused(former_ids.problem(known), former_ids.hint(known))
        stored.add(db, FormerId(fingerprint=_fingerprint(entry), name=name, reason=reason, at=now))
        audit_log.enter(db, now, Actor.of(certifier), [Event(AuditAction.ID_REVOKED, name, {"reason": reason})])
    done, file = RevokedId(name, reason, locked(domain, name)), entry.text("id_file")
    if file and not done.locked:
        remembered_passwords.forget_former(domain, domain.directory.file(file))
    return done


def renew(domain: Domain, certifier: Identity, person: str, password: str) -> RenewedId:
    """Make a new ID for a person, in a file of its own; the old one is superseded, unless it was revoked before.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        NotFound: there is no such person.
        Refused: the password is too short, or a certifier is locked with the old ID, which was not revoked.
        Tampered: the person's document was altered behind the program, or a certifier that may be locked with it.
        Error: the ID file cannot be written.

    """
    check_is_certifier(certifier)
    with domain.store.snapshot() as db:
        entry = _current(db, certifier, PERSON, domain.name(person))
        if not _former(db, entry):
            committed.check_certifiers(db, Actor.of(certifier).verifier())
    name, former = entry.name, entry.text("id_file")
    check(domain, name, password)
    order = IdOrder(kind=PERSON, name=name, issuer=certifier.certificate, now=domain.now())
    _renew(domain, certifier, order, _NewFile(identifying.id_path(domain, name), password))
    done = RenewedId(name, domain.directory.file(_file_of(domain, name)), locked(domain, name))
    if former and not done.locked:
        remembered_passwords.forget_former(domain, domain.directory.file(former))
    return done


def renew_server(
    domain: Domain, certifier: Identity, server: Identity, password: str, reason: str = Reason.SUPERSEDED
) -> RenewedId:
    """Make a new ID for the server, in a file of its own; the old one, which has to be opened, ends for this reason.

    It keeps the key to which the keys of certifiers, responders and key rings are sealed: so they still open. After a
    key compromise it gets another one, and what was sealed to the old one has to be sealed again. Then a new epoch of
    the audit log begins, too, so that no checkpoint of the old ID counts any more.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        Refused: the other ID is not the server's, the server is running, the password is too short, or there is no such
            reason.
        Tampered: the Server document, or after a key compromise a certifier, was altered behind the program.
        Error: the ID file cannot be written.

    """
    check_is_certifier(certifier)
    if server.kind != SERVER:
        raise Refused(_("This is not the ID of the server."), _("Choose the server's ID file."))
    if reason != Reason.SUPERSEDED:
        _check_reason(reason)
    identifying.check_password(password, _("this ID file"))
    check_stopped(domain, server.name)
    is_leaked = reason == Reason.KEY_COMPROMISE
    with domain.store.snapshot() as db:
        _current(db, certifier, SERVER, server.name)
        if is_leaked:  # the password of the present ID is kept for the keys that only it opens
            committed.check_certifiers(db, Actor.of(certifier).verifier())
    new = IdKeys.generate()
    order = IdOrder(
        kind=SERVER,
        name=server.name,
        issuer=certifier.certificate,
        now=domain.now(),
        id_keys=new if is_leaked else replace(new, sealing=server.sealing_key),
    )
    former = identifying.server_id(domain)
    _renew(domain, certifier, order, _NewFile(domain.directory.file(identifying.SERVER_ID), password, reason))
    remembered_passwords.forget_former_server(domain, former, _seals(domain, server.name) if is_leaked else ())
    return RenewedId(server.name, identifying.server_id(domain), sealed(domain, server.name) if is_leaked else ())


@dataclass(frozen=True)
class _NewFile:
    """The file of a new ID. `first`: of the first ID of this name; `reason`: why the present one ends."""

    first: Path
    password: str = field(repr=False)
    reason: str = Reason.SUPERSEDED

    def next(self) -> Path:
        """Return a file that there is not yet: rob-ra-2.id after rob-ra.id."""
        numbered = (self.first.with_name(f"{self.first.stem}-{number}{self.first.suffix}") for number in count(2))
        return next(each for each in numbered if not each.exists())


def _renew(domain: Domain, certifier: Identity, order: IdOrder, file: _NewFile) -> None:
    """Certify a new ID, write its file and enter it; the present one ends in the same act."""
    recorded_files.settle(domain)
    name, now = order.name, order.now
    path = file.next()
    certifying.void_interrupted(domain, certifier)
    with recorded_files.together(domain) as files:

        def keep(db: Connection, signed: Sequence[Signed[IdOrder]], _failures: object) -> None:
            for each in signed:
                entry = _current(db, certifier, order.kind, name)
                if not _former(db, entry):
                    fingerprint = _fingerprint(entry)
                    stored.add(db, FormerId(fingerprint=fingerprint, name=name, reason=file.reason, at=now))
                identity = each.order.identity(each.der)
                files.write(path, identities.serialize(identity, file.password))
                files.enter(db)
                directory.set_chain(db, name, identity.chain_der, {**entry.fields, "id_file": path.name})
                if directory.fact(db, identifying.DEFAULT_ID) == entry.text("id_file"):
                    directory.set_fact(db, identifying.DEFAULT_ID, path.name)
                action = AuditAction.ID_RENEWED if order.kind == PERSON else AuditAction.SERVER_RENEWED
                event = Event(action, name, {"id_file": path.name, "reason": file.reason})
                is_leaked = order.kind == SERVER and file.reason == Reason.KEY_COMPROMISE
                audit_log.enter(db, now, Actor.of(certifier), [event], begins_epoch=is_leaked)

        certifying.cycle_of(domain, certifier.signing_key, keep).run_one(order)


def sealed(domain: Domain, server: str) -> tuple[str, ...]:
    """Return the certifiers whose keys are sealed to the server's ID, with or without a password."""
    with domain.store.snapshot() as db:
        records = certifiers.all_of(db, server)
    return tuple(each.name for each in records if any(not one.locking_id for one in each.generations))


def _seals(domain: Domain, server: str) -> list[str]:
    """Return the digests of the keys that can be resealed with the server's ID."""
    with domain.store.snapshot() as db:
        active = [each.active for each in certifiers.all_of(db, server)]
    return [documents.digest(each.sealed_key) for each in active if not each.locking_id]


def _file_of(domain: Domain, name: str) -> str:
    with domain.store.snapshot() as db:
        return person_entry(db, name).text("id_file")


def check(domain: Domain, name: str, password: str) -> None:
    """Check what can be checked without the certifier ID before the ID of the person with this name is renewed.

    Raises:
        NotFound, Refused, Tampered: as `renew` does.

    """
    with domain.store.snapshot() as db:
        is_revoked = _former(db, person_entry(db, name)) is not None
    if not is_revoked and (only := locked(domain, name)):
        raise Refused(
            _("{certifier} is locked with this ID, and no other one opens its key.", certifier=only[0]),
            _("Protect it in another way first: 'dominoadmin certifier protect'. Or revoke the ID."),
        )
    with about("password"):
        identifying.check_password(password, _("this ID file"))


def check_stopped(domain: Domain, server: str) -> None:
    """Raise `Refused` while a process runs the server: it would go on with an ID that has ended."""
    if leasing.holder(domain, server):
        raise Refused(
            _("The server is running with its present ID."), _("Stop it first, and start it again afterwards.")
        )


def locked(domain: Domain, name: str) -> tuple[str, ...]:
    """Return the certifiers whose keys only the ID of this person opens."""
    with domain.store.snapshot() as db:
        records = certifiers.all_of(db)
    return tuple(each.name for each in records if any(one.locking_id == name for one in each.generations))


def check_is_certifier(identity: Identity) -> None:
    """Raise `NotAllowed` unless this is the organization's certifier's ID."""
    if identity.kind != CERTIFIER:
        raise NotAllowed(
            _("Only the organization's certifier ID revokes and renews IDs."),
            _("Open cert.id, and enter its password."),
        )


def _check_reason(reason: str) -> None:
    if reason not in REASONS:
        raise Refused(
            _("{reason} is not a reason for revoking an ID.", reason=reason),
            _("Use one of these: {kinds}.", kinds=", ".join(REASONS)),
        )


def _current(db: Connection, certifier: Identity, kind: str, name: str) -> DirectoryEntry:
    """Return the document of an ID, compared with the log: the certifier must not make a forged one genuine.

    That the ID has ended is compared, too: else it would not end, and be valid again without the row that says so.
    """
    entry = person_entry(db, name) if kind == PERSON else server_entry(db, name)
    verifier = Actor.of(certifier).verifier()
    committed.check_domain(db, verifier, entry.name)
    committed.check_same(db, verifier, [former_ids.object_with(_fingerprint(entry))])
    return entry


def _fingerprint(entry: DirectoryEntry) -> str:
    found = identities.fingerprint((directory.chain_of(entry) or (b"",))[0])
    if not found:
        raise Tampered(_("The document of {name} has no certificate.", name=names.abbreviated(entry.name)))
    return found


def _former(db: Connection, entry: DirectoryEntry) -> FormerId | None:
    return stored.find(db, _fingerprint(entry))
