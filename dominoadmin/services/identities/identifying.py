"""People and their IDs: opening an ID, registering another administrator."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509

from dominoadmin.errors import Error, NotFound, Refused, Tampered, about
from dominoadmin.i18n import marked as _
from dominoadmin.paths import safe_name, write_whole
from dominoadmin.pki import general_names, identities, issuance, names
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import CERTIFIER, PERSON, SERVER, Identity, PublicIdentity
from dominoadmin.services import recorded_files
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities import certifying
from dominoadmin.services.identities.certifying import IdOrder
from dominoadmin.services.issuance.cycle import Signed
from dominoadmin.store import directory, id_files
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import DirectoryEntry

MINIMUM_PASSWORD: Final = 8
CERT_ID: Final = "cert.id"
SERVER_ID: Final = "server.id"
_SERVER_IDS: Final = "server*.id"
SERVER_PASSWORD: Final = "server-id"  # noqa: S105 - the keychain entry's name
MAXIMUM_PASSWORD: Final = 1024
DEFAULT_ID: Final = "last_id"
"""The fact that names the command line's default; existing stores have it under this name."""
_LAST_LOG_IN: Final = "last_log_in"


def check_password(password: str, what: str) -> None:
    """Check a new password.

    Raises:
        Refused: it is empty, too short or too long.

    """
    if not password:
        # Domino's words (ERR_BSAFE_PASSWORD_REQUIRED), for any file.
        raise Refused(
            _("A password is required for {what}.", what=what),
            _("Type at least {least} characters.", least=MINIMUM_PASSWORD),
        )
    if not MINIMUM_PASSWORD <= len(password) <= MAXIMUM_PASSWORD or "\0" in password:
        raise Refused(
            _(
                "The password for {what} must have {least} to {limit} characters.",
                what=what,
                least=MINIMUM_PASSWORD,
                limit=MAXIMUM_PASSWORD,
            ),
            _("Several words that do not belong together are easy to remember and hard to guess."),
        )


def open_id(domain: Domain, path: Path, password: str) -> Identity:
    """Open an ID file and check that it belongs to this domain.

    Raises:
        NotFound, Error, Damaged, WrongPassword: as `id_files.load` does.
        Refused: the ID is from another organization, was not certified by this one's certifier, is not recorded in the
            Domino Directory, has expired, or has been revoked or superseded.
        Tampered: its document in the Domino Directory was altered or added behind the program.

    """
    identity = open_holder(domain, path, password)
    with domain.store.snapshot() as db:
        committed.check_current(db, Actor.of(identity).verifier(), identity.chain_der[0])
    return identity


def open_holder(domain: Domain, path: Path, password: str) -> Identity:
    """Open an ID file for a key that was sealed to it, though it may have been revoked or superseded since.

    Such an ID signs nothing any more; but no other one opens the key, so that it can be protected in another way.

    Raises:
        NotFound, Error, Damaged, WrongPassword, Refused, Tampered: as `open_id` does.

    """
    identity = id_files.load(path, password)
    _check_organization(domain, path, identity.chain_der[-1])
    try:
        signer = identities.anchored(identity.chain_der, identity.anchor)
    except Tampered as error:
        raise _unusable(path, error, _("Choose an ID of this domain.")) from None
    try:
        signer.check_time(domain.now())
    except Tampered as error:
        raise _unusable(path, error, error.hint) from None
    _check_recorded(domain, path, identity)
    return identity


def describe_id(domain: Domain, path: Path) -> PublicIdentity:
    """Return the owner of an ID file of this domain; needs no password.

    Raises:
        NotFound, Error, Damaged: as `id_files.describe` does.
        Refused: the ID is from another organization.

    """
    shown = id_files.describe(path)
    _check_organization(domain, path, issuance.der(shown.chain[-1]))
    return shown


def _unusable(path: Path, problem: Tampered, hint: str) -> Refused:
    return Refused(_("The ID file {path} cannot be used. {problem}", path=path, problem=problem), hint)


def _check_organization(domain: Domain, path: Path, anchor: bytes) -> None:
    with domain.store.snapshot() as db:
        organization = directory.fact(db, "organization")
        known = directory.find(db, organization)
        if known and known.chain == [base64.b64encode(anchor).decode()]:
            return
        which = Object("directory", organization)
        # Where the log leads to the certifier of this ID, it is the document that was altered.
        with contextlib.suppress(Tampered):
            if committed.find_differing(db, Verifier(x509.load_der_x509_certificate(anchor)), [which]):
                known = None
    if known is None:
        raise committed.altered(which)
    raise Refused(
        _("The ID file {path} belongs to another organization's domain.", path=path),
        _("Choose an ID of this domain."),
    )


def _check_recorded(domain: Domain, path: Path, identity: Identity) -> None:
    """Check that the directory has, or had, exactly this ID: one that nobody has recorded, nobody would take back."""
    with domain.store.snapshot() as db:
        known, verifier = directory.find(db, identity.name), Actor.of(identity).verifier()
        if known:
            _check_document(db, verifier, identity, known)
        if committed.former_id(db, verifier, identity.chain_der[0]):
            return
        if known is None:  # somebody may have removed it
            committed.check_same(db, verifier, [Object("directory", identity.name)])
    if known is None or directory.chain_of(known) != identity.chain_der:
        raise Refused(
            _("The ID file {path} cannot be used: its certificate is not recorded in this domain.", path=path),
            _(
                "Its registration was interrupted, or the store is older than the file. Register the person again, or "
                "restore the newest backup of the store."
            ),
        )


def _check_document(db: Connection, verifier: Verifier, identity: Identity, known: DirectoryEntry) -> None:
    """Check the document of an ID in the directory.

    That of a server may have been altered, if it names this ID: the CA process needs nothing else of it. What does
    refuses by itself.
    """
    try:
        committed.check_domain(db, verifier, known.name)
    except Tampered:
        which = Object("directory", known.name)
        is_added = not (committed.digests(db, verifier, [which]) or {}).get(which)
        is_server = identity.kind == SERVER == known.kind
        if is_added or not is_server or directory.chain_of(known) != identity.chain_der:
            raise
        committed.check_domain(db, verifier)


def remembered_password(domain: Domain, path: Path) -> str | None:
    """Return the remembered password of an ID file, if the keychain returns it."""
    return domain.keychain.get(_purpose(domain, path))


def remember_password(domain: Domain, path: Path, password: str) -> None:
    """Store an ID's password in the keychain, at the user's request.

    Raises:
        KeychainUnavailable: there is no usable keychain.

    """
    domain.keychain.set(_purpose(domain, path), password)


def forget_password(domain: Domain, path: Path) -> None:
    """Remove an ID's password from the keychain."""
    domain.keychain.forget(_purpose(domain, path))


def server_id(domain: Domain) -> Path:
    """Return the ID file of the domain's server: `server.id`, until it was renewed.

    If the Server document names another file, as somebody has altered it, the one that has its certificate.
    """
    with domain.store.snapshot() as db:
        entry = directory.find(db, directory.fact(db, "server"))
    named = domain.directory.file((entry.text("id_file") if entry else "") or SERVER_ID)
    others = domain.directory.root.glob(_SERVER_IDS)
    return id_files.with_chain(directory.chain_of(entry), named, others) if entry else named


def _purpose(domain: Domain, path: Path) -> str:
    """Return the keychain entry's name, which differs for a copy in another folder, as its password may differ."""
    absolute, root = path.absolute(), domain.directory.root.absolute()
    if absolute == server_id(domain).absolute():
        return SERVER_PASSWORD
    return f"id-{path.name}" if absolute.parent == root else f"id-{absolute}"


@dataclass(frozen=True)
class PersonRequest:
    """A new person. `password` protects the new ID file."""

    name: str
    password: str = field(repr=False)
    mail_address: str = ""


def register_person(domain: Domain, certifier: Identity, request: PersonRequest) -> Path:
    """Create an ID and a Person document, both or neither; return the ID file's path.

    Raises:
        Refused: the name is not allowed, taken, or of another organization; the password is too short; or the mail
            address is invalid.
        Tampered: there was such a person, whose document was removed behind the program.
        Error: the ID file cannot be written.

    """
    check_is_certifier(certifier.kind)
    recorded_files.settle(domain)
    name = check_person(domain, request, certifier.name)
    certifying.void_interrupted(domain, certifier)
    path, now = id_path(domain, name), domain.now()
    fields = {"id_file": path.name, "mail_address": _mail_address(request)}
    with recorded_files.together(domain) as files:

        def keep(db: Connection, signed: Sequence[Signed[IdOrder]], _failures: object) -> None:
            for each in signed:
                _check_absent(db, name)
                # Somebody whose document was removed has an ID, which goes on to sign.
                committed.check(db, Actor.of(certifier).verifier(), (), [Object("directory", name)])
                identity = each.order.identity(each.der)
                files.write(path, identities.serialize(identity, request.password))
                files.enter(db)
                directory.add(db, directory.entry(name, PERSON, identity.chain_der, fields, now))
                event = Event(AuditAction.PERSON_REGISTERED, name, {"id_file": path.name})
                audit_log.enter(db, now, Actor.of(certifier), [event])

        order = IdOrder(kind=PERSON, name=name, issuer=certifier.certificate, now=now)
        certifying.cycle_of(domain, certifier.signing_key, keep).run_one(order)
    return path


def id_path(domain: Domain, name: str) -> Path:
    """Return the file of a person's first ID."""
    return domain.directory.root / f"{safe_name(names.common_name(name))}.id"


def check_is_certifier(kind: str) -> None:
    """Raise `Refused` unless an ID of this kind can certify others."""
    if kind != CERTIFIER:
        # Domino's words (ERR_BSAFE_MUSTBE_CERTIFIER).
        raise Refused(_("The ID file is not a Certifier ID file and cannot be used to issue certificates."))


def check_person(domain: Domain, request: PersonRequest, certifier: str) -> str:
    """Check a person before registration by the certifier of this name; return the person's canonical name.

    Raises:
        Refused: as `register_person` does.
        Error: an ID file of that name exists.

    """
    name = domain.name(request.name)
    check_password(request.password, _("this ID file"))
    _mail_address(request)
    check_new(domain, name, certifier)
    return name


def _mail_address(request: PersonRequest) -> str:
    return general_names.email(request.mail_address.strip()) if request.mail_address.strip() else ""


def people(domain: Domain) -> list[DirectoryEntry]:
    """Return all Person documents."""
    with domain.store.snapshot() as db:
        return directory.entries(db, PERSON)


def default_id(domain: Domain) -> Path:
    """Return the ID file that commands without `--id` use: the first administrator's, or that of `id use`.

    Raises:
        NotFound: it was deleted.

    """
    return _noted(domain, DEFAULT_ID)


def make_default(domain: Domain, path: Path) -> None:
    """Make an ID file the one that commands without `--id` use."""
    _note(domain, DEFAULT_ID, path)


def last_used_id(domain: Domain) -> Path:
    """Return the ID file of the window's last log-in, else the default one.

    Raises:
        NotFound: it was deleted.

    """
    return _noted(domain, _LAST_LOG_IN, DEFAULT_ID)


def note_used_id(domain: Domain, path: Path) -> None:
    """Remember which ID file the window used last: commands keep their own default."""
    with contextlib.suppress(Error):  # whoever can only read the domain can log in
        _note(domain, _LAST_LOG_IN, path)


def _noted(domain: Domain, *facts: str) -> Path:
    with domain.store.snapshot() as db:
        name = next(filter(None, (directory.fact(db, each) for each in facts)), "")
    path = domain.directory.file(name)
    if not name or not os.path.exists(path):  # noqa: PTH110 - never raises
        raise NotFound(_("The ID file {path} no longer exists.", path=path), _("Specify another one with --id FILE."))
    return path


def _note(domain: Domain, fact: str, path: Path) -> None:
    root = domain.directory.root.absolute()
    text = path.name if path.absolute().parent == root else str(path.absolute())
    with domain.store.snapshot() as db:
        if directory.fact(db, fact) == text:
            return
    with domain.store.transaction() as db:
        directory.set_fact(db, fact, text)


def check_new(domain: Domain, name: str, certifier: str) -> None:
    """Check that a person can get this canonical name; raise as `check_person` does."""
    organization = names.canonical(certifier)
    if not name.endswith("/" + organization):
        own, called = names.abbreviated(organization), names.abbreviated(name)
        raise Refused(
            _("{name} is not in the organization of the certifier {organization}.", name=called, organization=own),
            _("Enter the name as '{name}/{organization}'.", name=names.common_name(name), organization=own),
        )
    with domain.store.snapshot() as db:
        _check_absent(db, name)
    path = id_path(domain, name)
    if path.exists():
        raise Error(_("{path} already exists.", path=path), _("Choose another name, or move the existing file."))


def _check_absent(db: Connection, name: str) -> None:
    for each in directory.names(db):
        # Two that differ in case or spaces only would be taken for one another wherever a name is shown or typed.
        if names.folded(each) == names.folded(name):
            with about("name"):
                hint = _("Choose another name.")
                raise Refused(_("{name} is already in the Domino Directory.", name=names.abbreviated(each)), hint)


def change_password(domain: Domain, path: Path, identity: Identity, new: str) -> None:
    """Encrypt an ID file with another password, and update the keychain if it had the old one.

    Raises:
        Refused: the new password is too short.
        Error: the file cannot be written; the old one is unchanged.

    """
    check_password(new, _("the ID file {file}", file=path.name))
    write_whole(path, identities.serialize(identity, new))
    with domain.store.transaction() as db:
        audit_log.enter(
            db, domain.now(), Actor.of(identity), [Event(AuditAction.ID_PASSWORD_CHANGED, identity.name, {})]
        )
    if not domain.keychain.problem() and domain.keychain.get(_purpose(domain, path)) is not None:
        domain.keychain.set(_purpose(domain, path), new)
