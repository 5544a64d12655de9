"""First-time setup: the data directory, the organization's certifier, a server, and the first administrator."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, KeychainUnavailable, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.paths import STORE_FILE, DataDirectory, make_private_folder, reason, safe_name, sync_folder
from dominoadmin.pki import general_names, names
from dominoadmin.pki.identities import CERTIFIER, PERSON, SERVER, Identity
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory import server_documents, server_entries
from dominoadmin.services.domain import Actor, Clock, Domain
from dominoadmin.services.identities import certifying
from dominoadmin.services.identities.certifying import IdOrder
from dominoadmin.services.identities.identifying import (
    CERT_ID,
    DEFAULT_ID,
    SERVER_ID,
    SERVER_PASSWORD,
    check_password,
)
from dominoadmin.services.issuance.cycle import Failure, Signed
from dominoadmin.services.key_rings.form import check_state
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.setup import staging_folders
from dominoadmin.store import directory, id_files
from dominoadmin.store.database import Connection, Store
from dominoadmin.store.keychain import Keychain, NoKeychain

_REGISTERED: Final = {
    CERTIFIER: AuditAction.CERTIFIER_REGISTERED,
    SERVER: AuditAction.SERVER_REGISTERED,
    PERSON: AuditAction.PERSON_REGISTERED,
}
_LOCK: Final = ".setup.lock"
_OTHERS: Final = 0o077
OpenKeychain = Callable[[str], Keychain | NoKeychain]


@dataclass(frozen=True, kw_only=True)
class SetupRequest:
    """The administrator's input at the first start. Empty `server_password`: generate one for the keychain.

    `state` is proposed for the names of certifiers; the names of the domain do not have it.
    """

    organization: str
    country: str
    server: str
    host: str
    administrator: str
    administrator_password: str = field(repr=False)
    certifier_password: str = field(default="", repr=False)
    server_password: str = field(default="", repr=False)
    http_port: int = 80
    ssl_port: int = 443
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class SetupResult:
    """The result of the setup."""

    domain_id: str
    organization: str
    server: str
    administrator: str
    administrator_id: Path
    certifier_id: Path
    server_id: Path
    keychain: str


def set_up(
    root: Path, request: SetupRequest, open_keychain: OpenKeychain, clock: Clock, progress: Progress = QUIET
) -> SetupResult:
    """Create a domain in `root`, whole or not at all.

    Raises:
        Refused: a name, host or password is not allowed.
        Error: there is already a domain, another setup is running, or the folder is not writable.
        KeychainUnavailable: no server password was given and there is no keychain to store one.

    """
    setup = _Setup(root, request, str(uuid.uuid4()), open_keychain, clock)
    check_folder(root)
    setup.check()
    make_private_folder(root)
    with _alone(root), _staging(root) as staging:
        setup.check_targets()
        progress.step(_("Creating the organization's certifier, the server's ID, and the administrator's ID"))
        result = setup.make(staging)
        _put_in_place(staging, root, setup.files)
    return result


def check_folder(root: Path) -> None:
    """Check that a folder can become a data directory, before passwords are typed.

    Raises:
        Error: it already has a domain; or it has files that other users can access and would lose access to.

    """
    try:
        if (root / STORE_FILE).exists():
            with suppress(Error), _alone(root):
                staging_folders.sweep(root)
            raise Error(
                _("{folder} already contains a domain.", folder=root), _("Choose another data directory with --data.")
            )
        if root.is_dir() and root.stat().st_mode & _OTHERS and any(root.iterdir()):
            raise Error(
                _("{folder} is not empty, and other users can access its contents.", folder=root),
                _("Choose a new folder with --data; only the owner can have access to a data directory."),
            )
    except OSError as error:
        raise Error(
            _("{folder} cannot be used: {reason}.", folder=root, reason=reason(error)),
            _("Choose another data directory with --data."),
        ) from None


def organization_name(organization: str, country: str) -> str:
    """Return the organization's canonical name, `O=MyCompany/C=US`.

    Raises:
        Refused: it is not a name, or the country is not two letters.

    """
    ending = f"/C={country.strip()}" if country.strip() else ""
    return names.canonical(f"O={organization.strip()}{ending}")


def member_name(text: str, organization: str) -> str:
    """Return the canonical name of a server or person of the organization.

    Raises:
        Refused: it is not a name, or of another organization.

    """
    name = names.in_organization(text, organization)
    if not name.endswith("/" + organization):
        raise Refused(
            _(
                "{name} is not in {organization}.",
                name=names.abbreviated(name),
                organization=names.abbreviated(organization),
            )
        )
    return name


def check_members(server: str, administrator: str) -> None:
    """Check that the server and the administrator have different names, in the directory and as files.

    Raises:
        Refused: they have the same name.

    """
    if server == administrator or _id_file(administrator) in (CERT_ID, SERVER_ID):
        raise Refused(_("The server and the administrator must have different names."))


def _id_file(person: str) -> str:
    return f"{safe_name(names.common_name(person))}.id"


class _Setup:
    def __init__(
        self, root: Path, request: SetupRequest, domain_id: str, open_keychain: OpenKeychain, clock: Clock
    ) -> None:
        self._root, self._request, self._domain_id, self._clock = root, request, domain_id, clock
        self._organization = organization_name(request.organization, request.country)
        self._server = member_name(request.server, self._organization)
        self._administrator = member_name(request.administrator, self._organization)
        self._administrator_id = _id_file(self._administrator)
        self._keychain = open_keychain(domain_id)

    @property
    def files(self) -> tuple[str, str, str]:
        """The ID files' names."""
        return CERT_ID, SERVER_ID, self._administrator_id

    def check(self) -> None:
        request = self._request
        if request.state.strip():
            check_state(request.state.strip())
        general_names.host(request.host)
        server_documents.check_ports(request.http_port, request.ssl_port)
        check_members(self._server, self._administrator)
        check_password(request.administrator_password, _("the administrator's ID file"))
        if request.certifier_password:
            check_password(request.certifier_password, _("the certifier's ID file"))
        if request.server_password:
            check_password(request.server_password, _("the server's ID file"))
        elif problem := self._keychain.problem():
            raise KeychainUnavailable(
                _("The password of the server ID cannot be stored: {problem}", problem=problem),
                _("Choose a password and specify it with --server-password-file."),
            )

    def check_targets(self) -> None:
        if (self._root / STORE_FILE).exists():
            raise Error(
                _("{folder} already contains a domain.", folder=self._root),
                _("Choose another data directory with --data."),
            )
        for name in self.files:
            if (self._root / name).exists():
                raise Error(
                    _("{path} already exists.", path=self._root / name),
                    _("Move the file, or choose another data directory."),
                )

    def make(self, staging: Path) -> SetupResult:
        store = Store(staging / STORE_FILE, create=True)
        domain = Domain(directory=DataDirectory(staging), store=store, keychain=self._keychain, clock=self._clock)
        try:
            certifier = self._certifier(domain)
            server, person = self._members(domain, certifier)
        finally:
            domain.store.close()
        self._write_ids(staging, certifier, server, person)
        return SetupResult(
            domain_id=self._domain_id,
            organization=self._organization,
            server=self._server,
            administrator=self._administrator,
            administrator_id=self._root / self._administrator_id,
            certifier_id=self._root / CERT_ID,
            server_id=self._root / SERVER_ID,
            keychain="" if self._request.server_password else self._keychain.name(),
        )

    def _certifier(self, domain: Domain) -> Identity:
        order = IdOrder(kind=CERTIFIER, name=self._organization, issuer=None, now=domain.now())
        signed = certifying.cycle_of(domain, order.id_keys.signing, _enter_later).run_one(order)
        return order.identity(signed.der)

    def _members(self, domain: Domain, certifier: Identity) -> tuple[Identity, ...]:
        """Certify the IDs of the server and the administrator, and enter all documents."""
        made: tuple[Identity, ...] = ()

        def keep(db: Connection, signed: Sequence[Signed[IdOrder]], failures: Sequence[Failure[IdOrder]]) -> None:
            nonlocal made
            for failure in failures:
                raise failure.error
            made = tuple(each.order.identity(each.der) for each in signed)
            self._enter(db, certifier, *made)

        members, now = ((SERVER, self._server), (PERSON, self._administrator)), domain.now()
        orders = [IdOrder(kind=kind, name=name, issuer=certifier.certificate, now=now) for kind, name in members]
        certifying.cycle_of(domain, certifier.signing_key, keep).run(orders)
        return made

    def _enter(self, db: Connection, certifier: Identity, server: Identity, person: Identity) -> None:
        request, now = self._request, self._clock()
        host = general_names.host(request.host)
        entry = server_entries.new(server.name, host, request.http_port, request.ssl_port, self._administrator)
        documents = [
            (certifier, CERTIFIER, {"id_file": CERT_ID}),
            (server, SERVER, entry.content()),
            (person, PERSON, {"id_file": self._administrator_id, "mail_address": ""}),
        ]
        directory.set_fact(db, "domain_id", self._domain_id)
        directory.set_fact(db, "organization", self._organization)
        if request.state.strip():
            directory.set_fact(db, directory.STATE, request.state.strip())
        directory.set_fact(db, "server", self._server)
        directory.set_fact(db, "administrator", self._administrator)
        directory.set_fact(db, DEFAULT_ID, self._administrator_id)
        for identity, kind, fields in documents:
            directory.add(db, directory.entry(identity.name, kind, identity.chain_der, fields, now))
        registered = [Event(_REGISTERED[kind], identity.name, {}) for identity, kind, _ in documents]
        events = [Event(AuditAction.DOMAIN_SET_UP, self._organization, {}), *registered]
        audit_log.enter(db, now, Actor.of(certifier), events)

    def _write_ids(self, staging: Path, certifier: Identity, server: Identity, person: Identity) -> None:
        request = self._request
        server_password = request.server_password or secrets.token_urlsafe(32)
        id_files.save(staging / CERT_ID, certifier, request.certifier_password or request.administrator_password)
        id_files.save(staging / self._administrator_id, person, request.administrator_password)
        id_files.save(staging / SERVER_ID, server, server_password)
        if not request.server_password:
            self._keychain.set(SERVER_PASSWORD, server_password)


def _enter_later(_db: Connection, _signed: object, _failures: object) -> None:
    """Enter nothing: the certifier's document is entered with those of its first members."""


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    try:
        descriptor = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Error(
            _("{path} cannot be written: {reason}.", path=root, reason=reason(error)),
            _("Choose a folder that you can write to."),
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Error(
            _("Another setup is running in {folder}.", folder=root),
            _("Wait until it has finished, or choose another data directory."),
        ) from None
    finally:
        os.close(descriptor)


def _put_in_place(staging: Path, root: Path, files: tuple[str, ...]) -> None:
    """Link the ID files to their final place, then move the store, which completes the domain."""
    placed: list[Path] = []
    try:
        for name in files:
            (root / name).hardlink_to(staging / name)
            placed.append(root / name)
        (staging / STORE_FILE).rename(root / STORE_FILE)
    except BaseException:
        for path in placed:
            path.unlink()
        raise
    sync_folder(root)


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    staging = root / f"{staging_folders.START}{secrets.token_hex(8)}"
    try:
        staging_folders.sweep(root)
        staging.mkdir(mode=0o700)
        yield staging
    except OSError as error:
        raise Error(
            _("{path} cannot be written: {reason}.", path=root, reason=reason(error)),
            _("Free up disk space, or choose another folder."),
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
