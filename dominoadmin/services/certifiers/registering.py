"""Registers an Internet certifier that uses the CA process (technote, steps 1-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.paths import write_whole
from dominoadmin.pki import documents, identities, issuance, keys, names, seals
from dominoadmin.pki.identities import Identity, PublicIdentity
from dominoadmin.pki.issuance import Validity
from dominoadmin.pki.keys import PrivateKey
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import commands, form, founding_statements, key_vault, settings
from dominoadmin.services.certifiers.configuring import Configuration
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.certifiers.settings import Group
from dominoadmin.services.directory import entries, server_documents
from dominoadmin.services.directory.server_documents import domain_server
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import Cycle, IssuingKey, Signed, Single
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.states import Protection
from dominoadmin.store import certifiers, directory, reading
from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import GenerationRecord
from dominoadmin.store.records import CertifierRecord

_DAYS_PER_YEAR: Final = 365.25
_HTTP: Final = 80


@dataclass(frozen=True, kw_only=True)
class Registered:
    """The contents of the dialog "Success…"."""

    certifier_id: int
    name: str
    icl_file: str
    fingerprint: str
    not_after: datetime
    protection: str
    warnings: tuple[str, ...]

    @property
    def next_step(self) -> str:
        """Return the administrator's next step (technote, step 8)."""
        steps = [
            _("A running CA process finds the certifier by itself. Otherwise enter 'load ca' on the server console.")
        ]
        if self.protection == Protection.PASSWORD:
            steps.append(_("Then activate the certifier: tell ca activate <certifier number> <password>."))
        if self.protection == Protection.LOCKING_ID:
            steps.append(_("Then unlock it: tell ca unlock <idfile> <password>."))
        return " ".join(steps)


def register(domain: Domain, creator: Identity, request: CertifierRequest, progress: Progress = QUIET) -> Registered:
    """Create a certifier: its key, its self-signed certificate, its signed configuration and its ICL.

    Raises:
        Refused: a field breaks its rule; nothing was created.
        Cancelled: the administrator stopped; nothing was created.

    """
    registration = _Registration(domain, creator, request)
    registration.check()
    progress.step(_("Generating the key ({kind})", kind=keys.describe_algorithm(request.key_algorithm)))
    key = keys.generate(request.key_algorithm)
    progress.step(_("Creating the certifier's certificate"))
    return registration.keep(key)


class _Registration:
    def __init__(self, domain: Domain, creator: Identity, request: CertifierRequest) -> None:
        self._domain, self._creator, self._request = domain, creator, request
        self._verifier = Actor.of(creator).verifier()
        self._now = domain.now()
        self._name = str(request.name)
        self._icl = ""
        self._written: Path | None = None

    def check(self) -> None:
        check_creator(self._creator)
        form.check_basics(self._request)
        form.check_misc(self._request)
        settings.check(self._request, self._request.key_algorithm, [Group.CERTIFICATES])
        with self._domain.store.snapshot() as db:
            self._check_new(db)
            self._people(db, self._request.caas)
            self._people(db, self._request.ras)
            self._holder(db)

    def keep(self, key: PrivateKey) -> Registered:
        """Sign the certificate and enter the certifier. The backup copy is written before anything is entered."""
        request, validity = self._request, validity_of(self._request.years, self._now)
        entered: list[tuple[int, bytes]] = []

        def keep(db: Connection, signed: Sequence[Signed[Single]], _failures: object) -> None:
            for each in signed:
                self._check_new(db)
                self._back_up(key, each.der)
                entered.append((self._enter(db, key, each.der), each.der))

        sign = partial(keys.sign_checked, key, hash_name=request.hash_name)
        build = partial(issuance.root, request.name, key.public_key(), request.hash_name, validity=validity)
        cycle = Cycle[Single](self._domain, IssuingKey(keys.fingerprint(key.public_key()), sign), keep)
        try:
            cycle.run_one(Single(None, build))
        except BaseException:
            self._remove_backup()
            raise
        return self._result(*entered[0], validity)

    def _enter(self, db: Connection, key: PrivateKey, der: bytes) -> int:
        request, creator = self._request, self._creator
        holder = self._holder(db)
        sealed = key_vault.seal_key(key, self._name, creator.name, holder.chain[0], request.activation_password)
        configuration = self._configuration(db, key, der)
        record = CertifierRecord(
            id=founding_statements.next_number(db, self._verifier),
            name=self._name,
            server=configuration.server,
            icl_file=self._icl,
            created_at=self._now,
            published_at=None,
            generations=(
                GenerationRecord(
                    certifier_id=0, number=1, protection=request.protection, locking_id=configuration.locking_id,
                    key_algorithm=request.key_algorithm, certificate=der, sealed_key=sealed, created_at=self._now,
                    before_until=self._now, before_part=0,
                ),
            ),
        )  # fmt: skip
        document = configuration.sign(creator).serialize()
        certifier_id = certifiers.add(db, record, document)
        statement = founding_statements.of(record, creator.name, document, request.hash_name)
        sign = partial(keys.sign_checked, key, hash_name=request.hash_name)
        founding_statements.add(db, certifier_id, statement, sign)
        detail = {"fingerprint": documents.digest(der), "protection": request.protection}
        audit_log.enter(db, self._now, Actor.of(creator), [Event(AuditAction.CERTIFIER_REGISTERED, self._name, detail)])
        return certifier_id

    def _configuration(self, db: Connection, key: PrivateKey, der: bytes) -> Configuration:
        request, creator = self._request, self._creator
        return Configuration(
            certifier=self._name,
            key_fingerprint=keys.fingerprint(key.public_key()),
            certificate_sha256=documents.digest(der),
            server=self._server(db),
            protection=request.protection,
            locking_id=request.locking_id.name if request.locking_id else "",
            caas=(creator.name, *self._people(db, request.caas)),
            ras=(creator.name, *self._people(db, request.ras)),
            settings=request.settings,
            hash_name=request.hash_name,
            crl_days=request.crl_days,
            crl_interval_days=request.crl_interval_days,
            enabled=True,
            version=1,
            publication=request.publication,
        )

    def _people(self, db: Connection, texts: tuple[str, ...]) -> tuple[str, ...]:
        organization = directory.fact(db, "organization")
        found = [entries.person(db, self._verifier, names.in_organization(text, organization)).name for text in texts]
        return tuple(name for name in dict.fromkeys(found) if name != self._creator.name)

    def _server(self, db: Connection) -> str:
        text = self._request.server or domain_server(self._domain)
        return entries.server(db, self._verifier, names.in_organization(text, directory.fact(db, "organization"))).name

    def _holder(self, db: Connection) -> PublicIdentity:
        """Return the ID to seal the key to, after checking that the organization's certifier has certified it."""
        request = self._request
        if request.protection == Protection.LOCKING_ID and request.locking_id:
            holder = request.locking_id
        else:
            entry = entries.server(db, self._verifier, self._server(db))
            chain = tuple(map(x509.load_der_x509_certificate, directory.chain_of(entry)))
            holder = PublicIdentity(entry.kind, entry.name, chain)
        der = tuple(map(issuance.der, holder.chain))
        name, _rest = identities.verify_chain(der, self._creator.anchor, self._now)
        committed.check_current(db, self._verifier, der[0])
        if name != holder.name:
            raise Tampered(_("The certificate of {name} belongs to {owner}.", name=holder.name, owner=name))
        return holder

    def _check_new(self, db: Connection) -> None:
        with reading.leaving_out():  # one that cannot be read stops no other; the store takes no name twice
            known = certifiers.all_of(db)
        committed.check_rows(db, self._verifier, "certifiers")
        self._icl = self._request.icl_file or form.free_icl_file(known, self._request.name)
        form.check_new(known, self._name, self._icl)

    def _back_up(self, key: PrivateKey, der: bytes) -> None:
        path = self._request.backup_file
        if path is not None:
            content = documents.canonical({"key": keys.private_der(key).hex(), "certificate": der.hex()})
            container = seals.lock(content, self._request.backup_password, seals.BACKUP, self._name.encode())
            write_whole(path, container, replace=False)
            self._written = path

    def _remove_backup(self) -> None:
        if self._written is not None:
            self._written.unlink(missing_ok=True)

    def _result(self, certifier_id: int, der: bytes, validity: Validity) -> Registered:
        request, signers = self._request, [self._creator.name]
        with self._domain.store.snapshot() as db:
            server, command = self._server(db), request.publication.command
            not_run = [*commands.remarks_on(db, self._verifier, server, command, signers)]
        warnings = (name_warning(request.name), backup_warning(request.backup_file), *not_run)
        return Registered(
            certifier_id=certifier_id,
            name=self._name,
            icl_file=self._icl,
            fingerprint=documents.digest(der),
            not_after=validity.not_after,
            protection=request.protection,
            warnings=tuple(filter(None, warnings)),
        )


def validity_of(years: int, now: datetime) -> Validity:
    """Return the validity of the certificate of a certifier that is registered now."""
    return Validity.starting(now, timedelta(days=round(_DAYS_PER_YEAR * years)))


def check_creator(creator: Identity) -> None:
    """Raise `Refused` unless the creator is a person, who becomes the certifier's first CAA."""
    if creator.kind != identities.PERSON:
        raise Refused(
            _("Only a person can register a certifier, and becomes its CA administrator (CAA)."),
            _("Open your own ID file."),
        )


def default_base_url(domain: Domain) -> str:
    """Return the base URL at which the HTTP task of the domain's server publishes CRLs."""
    server = server_documents.show(domain)
    port = server.web.tcp_port
    return f"http://{server.host_name}{'' if port in (0, _HTTP) else f':{port}'}/pki"


def name_warning(name: DistinguishedName) -> str:
    """Return a warning about an allowed but unwise name of a certifier (technote and help differ: fact sheet 2.3)."""
    if name != DistinguishedName(common_name=name.common_name):
        return ""
    return _("The certifier has only a common name; an organization name makes it easier to recognize.")


def backup_warning(backup_file: Path | None) -> str:
    """Return a warning about losing the store: this version cannot restore a certifier from a local copy of its ID."""
    if backup_file:
        return _(
            "This version cannot restore a certifier from the local copy of its ID. Back up the data folder as well."
        )
    return _("If the store is lost, the certifier is lost: back up the data folder.")
