"""Certifiers' configuration documents: signed by a CAA, verified before use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from cryptography import x509

from dominoadmin.errors import NotAllowed, NotFound, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, names
from dominoadmin.pki.certification_paths import is_issued_by
from dominoadmin.pki.documents import SignedDocument, Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.issuance import BACKDATE, Issuer
from dominoadmin.pki.profiles import CertificateSettings, settings_from
from dominoadmin.pki.publication import Publication, publication_from
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers import founding_statements, own_certificates, settings
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import certifiers
from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import GenerationRecord
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord, moment

KIND: Final = "certifier configuration"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The settings of a certifier and the roles of people. `version` counts from 1.

    Later versions hold the time of signing, and the digests of the previous document and of the sealed key.
    """

    certifier: str
    key_fingerprint: str
    certificate_sha256: str
    server: str
    protection: str
    locking_id: str
    caas: tuple[str, ...]
    ras: tuple[str, ...]
    settings: CertificateSettings
    hash_name: str
    crl_days: int
    crl_interval_days: int
    enabled: bool
    version: int
    publication: Publication = field(default_factory=Publication)
    signed_at: str = ""
    previous: str = ""
    seal: str = ""

    def content(self) -> dict[str, Any]:
        """Return the configuration as JSON content."""
        return {**asdict(self), "settings": self.settings.content(), "publication": self.publication.content()}

    def sign(self, caa: Identity) -> SignedDocument:
        """Return the document, signed by a CAA."""
        return documents.sign(KIND, self.content(), caa)

    def check_ra(self, name: str) -> None:
        """Raise `NotAllowed` unless `name` is a registration authority of this certifier."""
        if name not in self.ras:
            # Domino's words (ERR_REG_NOT_RA).
            raise NotAllowed(
                _("You are not a Registration Authority for the certifier."),
                _(
                    "Authorized for {certifier}: {ras}.",
                    certifier=self.certifier,
                    ras=", ".join(map(names.abbreviated, self.ras)),
                ),
            )


@dataclass(frozen=True)
class SignedVersion:
    """A version of a configuration, signed by a CAA of the previous one."""

    number: int
    signer: str
    signed_at: datetime
    configuration: Configuration
    document: bytes


@dataclass(frozen=True)
class Certifier:
    """A certifier with its verified configuration: every version, at least one, the oldest first.

    `is_founded`: its own key has confirmed the founder; one of an earlier version does so when its key is opened.
    `number`: the generation by whose key it works; 0 is the active one.
    """

    record: CertifierRecord
    versions: tuple[SignedVersion, ...]
    is_founded: bool = True
    number: int = 0

    @property
    def configuration(self) -> Configuration:
        """The newest version, which is in force."""
        return self.versions[-1].configuration

    @property
    def registered_by(self) -> str:
        """The CAA who signed the first version."""
        return self.versions[0].signer

    @property
    def base_urls(self) -> tuple[str, ...]:
        """The addresses of all versions, those of the newest first."""
        newest_first = (url for each in reversed(self.versions) for url in each.configuration.publication.base_urls)
        return tuple(dict.fromkeys(newest_first))

    @property
    def signers_of_command(self) -> tuple[str, ...]:
        """The CAAs who have signed the command that is run with each list and its folder, as they are now."""
        now, found = self.configuration.publication, list[str]()
        for each in reversed(self.versions):
            then = each.configuration.publication
            if (then.command, then.folder) != (now.command, now.folder):
                break
            found.append(each.signer)
        return tuple(dict.fromkeys(found))

    def followed_by(self, document: bytes, verifier: Verifier, now: datetime) -> Certifier:
        """Return the certifier with one more version; only that one is verified.

        Raises:
            Tampered: it does not follow the current one.

        """
        newest = _following(self.record, self.versions[-1], document, verifier, now)
        return replace(self, versions=(*self.versions, newest))

    def check_founded(self) -> None:
        """Raise `Refused` unless the certifier's key has confirmed its founder: nothing of its own is handed out."""
        if not self.is_founded:
            raise founding_statements.not_founded(self.record.name)

    @property
    def generation(self) -> GenerationRecord:
        """The generation by whose key it works."""
        return self.record.generations[self.number - 1]

    @property
    def is_retired(self) -> bool:
        """Whether this generation issues nothing: a newer one does."""
        return self.generation.number < self.record.active.number

    @cached_property
    def generations(self) -> tuple[Certifier, ...]:
        """The certifier by each of its generations, the active one first."""
        return tuple(replace(self, number=each.number) for each in reversed(self.record.generations))

    def has_part(self, part: int) -> bool:
        """Return whether a partition of the CRL is that of certificates which this generation has issued."""
        return self.generation.before_part < part <= min([part, *self.last_part])

    @property
    def last_part(self) -> tuple[int, ...]:
        """The newest partition of a retired generation; nothing for the active one, which begins new ones."""
        return (self.record.generations[self.generation.number].before_part,) if self.is_retired else ()

    @cached_property
    def key_fingerprint(self) -> str:
        """The fingerprint of this generation's key, by which its lists and addresses are named."""
        return own_certificates.fingerprint(self.generation.certificate)

    @cached_property
    def identifier(self) -> str:
        """The fingerprint of its first key: decisions and the journal of serial numbers name the certifier by it.

        So serial numbers are unique over all generations, which share its name.
        """
        return own_certificates.fingerprint(self.record.generations[0].certificate)

    @cached_property
    def issuer(self) -> Issuer:
        """The certifier as it issues."""
        return self.issuing(0)

    def issuing(self, part: int) -> Issuer:
        """Return the certifier as it issues the certificates of one partition of its CRL."""
        certificate = own_certificates.certificate_of(self.record, self.generation)
        addresses = self.configuration.publication.addresses(self.key_fingerprint, part)
        return Issuer(certificate, self._hash_name, addresses)

    @property
    def _hash_name(self) -> str:
        """The hash of the newest version for which this generation was the active one."""
        known = (each.configuration for each in reversed(self.versions))
        return next(
            (each.hash_name for each in known if each.key_fingerprint == self.key_fingerprint),
            self.configuration.hash_name,
        )

    def signed(self, certificate: x509.Certificate) -> Certifier | None:
        """Return the certifier by the generation that has signed a certificate; None if none has."""
        found = (each for each in self.generations if is_issued_by(certificate, each.issuer.certificate))
        return next(found, None)

    def chain(self, now: datetime) -> tuple[bytes, ...]:
        """Return the path to hand out with what this generation has issued, DER: its certificate, up to a root."""
        return own_certificates.path(self.generation, now)


def verified(
    db: Connection, record: CertifierRecord, verifier: Verifier, now: datetime, known: Certifier | None = None
) -> Certifier:
    """Return the certifier, after verifying that a CAA of the previous version signed every version.

    `known` is what the same person has verified before, in the same act or since a dialog was opened. It only saves
    verifying signatures, and only if the store still holds every version byte for byte.

    Raises:
        Tampered: a signature is invalid, or the configuration is for another certifier.

    """
    stored = certifiers.configurations(db, record.id)
    if known and known.record.id == record.id and stored == [each.document for each in known.versions]:
        versions = known.versions
    else:
        versions = tuple(signed_versions(record, stored, verifier, now))
    if not versions:
        raise Tampered(_("{name} has no configuration.", name=record.name))
    check_subject(record, versions[-1].configuration)
    # The signatures show who signed each version; only the log shows that none is missing, and that the founding
    # statement is the first one.
    founding, statement = Object(founding_statements.KIND, str(record.id)), certifiers.founding(db, record.id)
    there = [
        Object("certifiers", str(record.id)),
        *(Object("configurations", f"{record.id} {each.number}") for each in versions),
    ]
    there += own_certificates.objects(record)
    absent = [Object("configurations", f"{record.id} {len(versions) + 1}"), *own_certificates.absent(record)]
    (there if statement else absent).append(founding)
    committed.check(db, verifier, there, absent)
    if statement:
        founding_statements.check(statement, record, versions[0].signer, versions[0].document)
    return Certifier(record, versions, is_founded=statement is not None)


def signed_versions(
    record: CertifierRecord, stored: Sequence[bytes], verifier: Verifier, now: datetime
) -> Iterator[SignedVersion]:
    """Yield the stored versions, oldest first, until one is invalid.

    A signer's ID must be valid at the time of signing; the version stays valid when the ID expires. A false time gives
    no advantage: a former CAA cannot sign the next version, and each version names the one it follows.

    Raises:
        Tampered: this version is invalid.

    """
    last: SignedVersion | None = None
    for data in stored:
        last = _following(record, last, data, verifier, now)
        yield last


def _following(
    record: CertifierRecord, last: SignedVersion | None, data: bytes, verifier: Verifier, now: datetime
) -> SignedVersion:
    """Verify and return the version that follows `last`, or the first one."""
    number = last.number + 1 if last else 1
    signed = documents.parse(data)
    at = _signing_time(record, signed, last, now)
    signer, content = verifier.verify(signed, KIND, at)
    configuration = _from(content)
    caas = last.configuration.caas if last else configuration.caas
    if signer not in caas or configuration.version != number:
        text = _(
            "Version {number} of the configuration of {name} was not signed by a CA administrator (CAA).",
            number=number,
            name=record.name,
        )
        raise Tampered(text)
    if last and configuration.signed_at and configuration.previous != documents.digest(last.document):
        text = _(
            "Version {number} of the configuration of {name} does not follow the version before it.",
            number=number,
            name=record.name,
        )
        raise Tampered(text)
    return SignedVersion(number, signer, at, configuration, data)


def _signing_time(
    record: CertifierRecord, signed: SignedDocument, last: SignedVersion | None, now: datetime
) -> datetime:
    """Return the time of signing that a version claims, before it is verified."""
    if last is None:
        return _registered_at(record)
    try:
        text = json.loads(signed.content).get("signed_at")
        at = moment(text) if text else now
        in_order = at >= last.signed_at
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Tampered(_("A certifier's configuration cannot be read.")) from None
    if text and not in_order:
        raise Tampered(
            _(
                "A version of the configuration of {name} was signed earlier than the version before it.",
                name=record.name,
            )
        )
    return at


def _registered_at(record: CertifierRecord) -> datetime:
    return own_certificates.certificate_of(record, record.generations[0]).not_valid_before_utc + BACKDATE


def check_subject(record: CertifierRecord, configuration: Configuration) -> None:
    """Raise `Tampered` unless a configuration matches this certifier in the store."""
    active = record.active
    agrees = (
        configuration.certificate_sha256 == documents.digest(active.certificate)  # so that it can be read
        and configuration.key_fingerprint == own_certificates.fingerprint(active.certificate)
        and (configuration.certifier, configuration.server) == (own_certificates.name_of(record), record.server)
        and (configuration.protection, configuration.locking_id) == (active.protection, active.locking_id)
        and configuration.seal in ("", documents.digest(active.sealed_key))
    )
    if not agrees:
        raise Tampered(_("The configuration stored for {name} does not belong to this certifier.", name=record.name))


def records(domain: Domain, text: str = "") -> list[CertifierRecord]:
    """Return all certifiers in the order of their registration, or the one with this name.

    Raises:
        NotFound: there is none with this name, or more than one.

    """
    with domain.store.snapshot() as db:
        return [find(db, text)] if text else certifiers.all_of(db)


def shown(domain: Domain, actor: Actor, text: str) -> Certifier:
    """Return the certifier with this name and its verified configuration.

    Raises:
        NotFound: there is none with this name, or more than one.
        Tampered: the configuration is invalid.

    """
    with domain.store.snapshot() as db:
        return verified(db, find(db, text), actor.verifier(), domain.now())


def find(db: Connection, text: str) -> CertifierRecord:
    """Return the certifier with this name: the full name, or the common name if it is unique.

    Raises:
        NotFound: there is none, or more than one.

    """
    records = {number: str(name) for number, name in sorted(certifiers.names(db).items())}  # also of illegible ones
    typed = text.strip().removeprefix("ca:")
    wanted = typed.casefold()
    same = [number for number, name in records.items() if name == typed]  # others may differ in their case only
    exact = same or [number for number, name in records.items() if name.casefold() == wanted]
    close = exact or [number for number, name in records.items() if name.split("/")[0].casefold() == f"cn={wanted}"]
    if len(close) == 1:
        return certifiers.get(db, close[0])
    known = ", ".join(records.values())
    if not records:
        # Domino's words (ERR_REG_NO_CACERTS_AVAILABLE).
        raise NotFound(
            _("No CA enabled certifiers could be found in the directory."),
            _("Register one: Registration - Internet Certifier, or 'dominoadmin certifier register'."),
        )
    problem = _("More than one certifier is called {text}.") if close else _("No certifier is called {text}.")
    raise NotFound(problem.format(text=repr(text)), _("Available: {names}.", names=known))


def _from(content: dict[str, Any]) -> Configuration:
    try:
        read = {
            "caas": tuple(content["caas"]),
            "ras": tuple(content["ras"]),
            "settings": settings_from(content["settings"]),
            "publication": publication_from(content.get("publication") or Publication().content()),
        }
        configuration = Configuration(**{**content, **read})
        readable = not any(settings.misfits(configuration))
    except (KeyError, TypeError, AttributeError):
        readable = False
    if not readable:
        raise Tampered(_("A certifier's configuration cannot be read."))
    return configuration
