"""CRLs and certifiers' certificates for relying parties: in the Domino Directory, in a folder, by a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Error, NotAllowed, NotFound, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason, write_public
from dominoadmin.pki import names
from dominoadmin.pki.publication import list_name, slug
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import commands, configuring, own_certificates
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import server_entries
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.revocation import published_lists
from dominoadmin.services.revocation.lists import check, check_octets, newest, newest_lists, octets, waiting_for_next
from dominoadmin.services.states import CrlKind
from dominoadmin.store import certifiers, crls, reading
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord, CrlRecord

# The names of Domino's tab and list.
_UNRESTRICTED: Final = _(
    'In the Server document, tab Security, add one of them to "Run unrestricted methods and operations", or have a '
    "CA administrator (CAA) who is in that list save the certifier."
)
RunCommand = Callable[[str, Path], None]
"""Runs the administrator's program with a file's name as its argument."""


def push(domain: Domain, server: Actor, certifier_id: int) -> CrlRecord:
    """Store the latest regular CRL in the Domino Directory: the Certifier document shows it.

    Raises:
        NotFound: there is none yet.
        Damaged: it is not as it was issued.
        Tampered: the certifier is not as it was signed: another of its keys may be the active one.

    """
    now = domain.now()
    with domain.store.transaction() as db:
        record = certifiers.get(db, certifier_id)
        configuring.verified(db, record, server.verifier(), now)
        regular = crls.newest(db, certifier_id, kind=CrlKind.REGULAR, generation=record.active.number)
        if regular is None:
            raise NotFound(
                _("{name} has no regular CRL yet.", name=record.name),
                _("Activate the certifier to issue one immediately."),
            )
        check(db, server.verifier(), record, [regular])
        crls.set_pushed(db, regular.id, now)
        event = Event(AuditAction.CRL_PUSHED, record.name, {"number": regular.number, "sha256": regular.sha256})
        audit_log.enter(db, now, server, [event])
        return regular


def has_expired(record: CertifierRecord, now: datetime) -> bool:
    """Return whether a certifier has expired, so that its lists are no longer needed."""
    return now > own_certificates.certificate_of(record).not_valid_after_utc


def published(domain: Domain, server: Actor, name: str) -> CrlRecord | bytes:
    """Return the object at an address: the certificate of a certifier's key, or one of its newest lists.

    All octets of a list are read first: that they are the ones that were issued must be known before one leaves.

    Raises:
        NotFound: there is no such address.
        Outdated: the store was put back to an older state: it may not have what has been revoked since.
        Damaged, Tampered: the list is not as it was issued, or a certifier cannot be read: it may be that one's; or
            the certificate is not the one that was registered.
        Refused: the certifier has not confirmed its founder yet.

    """
    key, _dot, ending = name.rpartition(".")
    with domain.store.snapshot() as db:
        for record, generation, _certificate in own_certificates.certificates(db):
            own = slug(own_certificates.fingerprint(generation.certificate))
            if ending == "cer" and key == own:
                certifier = configuring.verified(db, record, server.verifier(), domain.now())
                certifier.check_founded()
                return replace(certifier, number=generation.number).chain(domain.now())[0]
            if ending == "crl" and key.partition("-")[0] == own:
                domain.doubts.check(record.id)
                for crl in newest(db, server.verifier(), record, generation.number):
                    if name == list_name(own, crl.part, delta=crl.base_number is not None):
                        check_octets(db, record, crl)
                        return crl
    raise NotFound(_("Nothing is published as {name}.", name=name))


def lists(domain: Domain, actor: Actor, certifier: str = "") -> list[tuple[CertifierRecord, CrlRecord]]:
    """Return the CRLs of the certifier with this name, or of all certifiers, each with its certifier.

    Raises:
        NotFound: there is no certifier with this name, or more than one.
        Damaged: the newest are not as they were issued, and the caller is not leaving out such rows.

    """
    with domain.store.snapshot() as db:
        known = [configuring.find(db, certifier)] if certifier else certifiers.all_of(db)
        for record in known:
            try:
                for generation in record.generations:
                    newest(db, actor.verifier(), record, generation.number)
            except Damaged as error:
                reading.leave_out(error)
        return [(record, crl) for record in known for crl in crls.all_of(db, record.id)]


def waiting(domain: Domain, crl: CrlRecord) -> int:
    """Return how many revocations are not on a list yet, if this is the newest complete one; else 0."""
    if crl.part or crl.base_number is not None:
        return 0
    with domain.store.snapshot() as db:
        last = crls.last_number(db, crl.certifier_id, crl.generation)
        return waiting_for_next(db, crl.certifier_id, last) if crl.number == last else 0


def find_list(domain: Domain, actor: Actor, certifier_id: int, kind: str = "") -> CrlRecord:
    """Return a certifier's newest complete list, of one kind or of both.

    Raises:
        NotFound: there is none.
        Refused: there is no such kind.
        Damaged: it is not as it was issued, or a newer one is missing.

    """
    if kind not in ("", CrlKind.REGULAR, CrlKind.NON_REGULAR):
        raise Refused(
            _("{kind} is not a kind of CRL.", kind=kind),
            _("Use {one} or {other}.", one=CrlKind.REGULAR, other=CrlKind.NON_REGULAR),
        )
    with domain.store.snapshot() as db:
        record = certifiers.get(db, certifier_id)
        number, name = record.active.number, record.name
        newest(db, actor.verifier(), record, number)
        found = crls.newest(db, certifier_id, kind=kind, generation=number)
        check(db, actor.verifier(), record, [found] if found else [])
    if found is None:
        if kind == CrlKind.NON_REGULAR:
            raise NotFound(
                _("{name} has no non-regular CRL yet.", name=name),
                _("It is issued on demand: tell ca CRL issue <certifier number>"),
            )
        if kind == CrlKind.REGULAR:
            raise NotFound(
                _("{name} has no regular CRL yet.", name=name), _("Start the server and activate the certifier.")
            )
        raise NotFound(_("{name} has no CRL yet.", name=name), _("Start the server and activate the certifier."))
    return found


def unwritten(db: Connection, certifier: Certifier) -> Path | None:
    """Return the first of the newest lists that is missing or wrong in the administrator's folder, or None."""
    folder = certifier.configuration.publication.folder
    if not folder:
        return None
    for each in certifier.generations:
        for crl in newest_lists(db, certifier.record.id, each.generation.number):
            path = Path(folder) / _file_of(each, crl)
            try:
                if path.stat().st_size != crl.size:
                    return path
            except OSError:
                return path
    return None


def stamps(db: Connection, certifier: Certifier) -> tuple[tuple[int, ...], ...]:
    """Return what changes when somebody puts something else in the place of a list in the administrator's folder.

    Nothing with a command, which may do that on purpose.
    """
    publication = certifier.configuration.publication
    found: list[tuple[int, ...]] = []
    for each in certifier.generations if publication.folder and not publication.command else ():
        for crl in newest_lists(db, certifier.record.id, each.generation.number):
            try:
                status = (Path(publication.folder) / _file_of(each, crl)).lstat()
                found.append((status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns))
            except (OSError, ValueError):
                found.append(())
    return tuple(found)


def _file_of(certifier: Certifier, crl: CrlRecord) -> str:
    return list_name(slug(certifier.key_fingerprint), crl.part, delta=crl.base_number is not None)


def release(domain: Domain, server: Actor, certifier: Certifier, run: RunCommand) -> Iterator[str]:
    """Write the newest lists and the certifier's certificate to its folder and run its command; yield lines about it.

    Each file is written whole or not at all. A certifier that has not confirmed its founder publishes its lists only.

    Raises:
        Outdated: a list is published that the store does not have.
        Error: the folder or the command of the configuration does not work.
        Damaged: a list is not as it was issued; it is not written.

    """
    publication, folder = certifier.configuration.publication, published_lists.folder_of(domain, certifier)
    if folder is None:
        return
    published_lists.check(domain, certifier, server.verifier())
    if not publication.folder and not folder.is_dir():
        try:
            folder.mkdir(mode=0o755)
        except OSError as error:
            raise Error(
                _("The folder {folder} cannot be created: {reason}.", folder=folder, reason=reason(error)),
                _("Create it manually."),
            ) from None
    with domain.store.snapshot() as db:
        verifier = server.verifier()
        found = [
            (each, crl)
            for each in certifier.generations
            for crl in newest(db, verifier, certifier.record, each.generation.number)
        ]
    paths = []
    for each, crl in found:
        path = folder / _file_of(each, crl)
        write_public(path, octets(domain, crl))
        paths.append(path)
    for each in certifier.generations if certifier.is_founded else ():
        write_public(folder / f"{slug(each.key_fingerprint)}.cer", each.chain(domain.now())[:1])
    if paths and publication.command and certifier.is_founded:
        _check_command(domain, server, certifier)  # last: other failures must not prevent the files in the folder
        for path in paths:
            run(publication.command, path)
    yield f"CRL number {found[0][1].number} of {certifier.record.name} was written to {folder}" if found else ""


def _check_command(domain: Domain, server: Actor, certifier: Certifier) -> None:
    """Raise an error unless somebody who may run programs on the server has signed a certifier's command."""
    with domain.store.snapshot() as db:
        allowed = server_entries.checked(db, server.verifier(), certifier.record.server).run_unrestricted
    if not commands.will_run(allowed, certifier.signers_of_command):
        raise NotAllowed(
            _(
                "The command of {certifier} is not run: none of those who have signed it may run programs on the "
                "server ({names}).",
                certifier=certifier.record.name,
                names=", ".join(map(names.abbreviated, certifier.signers_of_command)),
            ),
            _UNRESTRICTED,
        )
