"""Certifiers' configuration documents: signed by a CAA, verified before anything is done by them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from cryptography import x509

from dominoadmin.errors import NotAllowed, NotFound, Tampered
from dominoadmin.pki import documents, keys, names
from dominoadmin.pki.documents import SignedDocument, Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.issuance import BACKDATE, Issuer
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.profiles import CertificateSettings, settings_from
from dominoadmin.pki.publication import Publication, publication_from
from dominoadmin.store import certifiers
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord

KIND: Final = "certifier configuration"
SERVER_ID, PASSWORD, LOCKING_ID = "server-id", "server-id-and-password", "locking-id"
PROTECTIONS: Final = (SERVER_ID, PASSWORD, LOCKING_ID)


@dataclass(frozen=True)
class Configuration:
    """What a certifier may do and who may decide it. `version` counts from 1."""

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
                "You are not a Registration Authority for the certifier.",
                f"{self.certifier} has these: {', '.join(map(names.abbreviated, self.ras))}.",
            )


@dataclass(frozen=True)
class Certifier:
    """A certifier whose configuration has been verified."""

    record: CertifierRecord
    configuration: Configuration
    registered_by: str

    @cached_property
    def issuer(self) -> Issuer:
        """The certifier as it issues."""
        return self.issuing(0)

    def issuing(self, part: int) -> Issuer:
        """Return the certifier as it issues the certificates of one partition of its CRL."""
        certificate = x509.load_der_x509_certificate(self.record.certificate)
        configuration = self.configuration
        addresses = configuration.publication.addresses(configuration.key_fingerprint, part)
        return Issuer(certificate, configuration.hash_name, addresses)


def verified(db: Connection, record: CertifierRecord, verifier: Verifier, now: datetime) -> Certifier:
    """Return the certifier with its newest configuration, every version of which was signed by a CAA of the one before.

    Raises:
        Tampered: a signature does not hold, or the configuration is not about this certifier.

    """
    caas: tuple[str, ...] = ()
    configuration, registered_by = None, ""
    for version, data in enumerate(certifiers.configurations(db, record.id), start=1):
        # The founder's ID had to be valid then; the certifier lives on when it has expired.
        at = _registered_at(record) if version == 1 else now
        signer, content = verifier.verify(documents.parse(data), KIND, at)
        configuration = _from(content)
        caas = caas or configuration.caas
        registered_by = registered_by or signer
        if signer not in caas or configuration.version != version:
            raise Tampered(f"Version {version} of the configuration of {record.name} was not signed by a CAA.")
        caas = configuration.caas
    if configuration is None:
        raise Tampered(f"{record.name} has no configuration.")
    _check_subject(record, configuration)
    return Certifier(record, configuration, registered_by)


def _registered_at(record: CertifierRecord) -> datetime:
    try:
        return x509.load_der_x509_certificate(record.certificate).not_valid_before_utc + BACKDATE
    except PARSING_FAILURES:
        raise Tampered(f"The certificate of {record.name} cannot be read.") from None


def _check_subject(record: CertifierRecord, configuration: Configuration) -> None:
    agrees = (
        configuration.certificate_sha256 == documents.digest(record.certificate)  # so it can be read
        and configuration.key_fingerprint == _key_fingerprint(record.certificate)
        and (configuration.certifier, configuration.server) == (record.name, record.server)
        and (configuration.protection, configuration.locking_id) == (record.protection, record.locking_id)
    )
    if not agrees:
        raise Tampered(f"The configuration of {record.name} is not about the certifier it stands with.")


def _key_fingerprint(der: bytes) -> str:
    key = x509.load_der_x509_certificate(der).public_key()
    assert isinstance(key, keys.PublicKey)
    return keys.fingerprint(key)


def find(db: Connection, text: str) -> CertifierRecord:
    """Return the certifier with this name: the whole one, or the common name if only one has it.

    Raises:
        NotFound: there is none, or more than one.

    """
    records = certifiers.all_of(db)
    wanted = text.strip().removeprefix("ca:").casefold()
    exact = [record for record in records if record.name.casefold() == wanted]
    close = exact or [record for record in records if record.name.split("/")[0].casefold() == f"cn={wanted}"]
    if len(close) == 1:
        return close[0]
    known = ", ".join(record.name for record in records)
    if not records:
        # Domino's words (ERR_REG_NO_CACERTS_AVAILABLE).
        raise NotFound(
            "No CA enabled certifiers could be found in the directory.",
            "Register one: Registration - Internet Certifier, or 'dominoadmin certifier register'.",
        )
    many = "More than one certifier is" if close else "No certifier is"
    raise NotFound(f"{many} called {text!r}.", f"There are: {known}.")


def _from(content: dict[str, Any]) -> Configuration:
    try:
        read = {
            "caas": tuple(content["caas"]),
            "ras": tuple(content["ras"]),
            "settings": settings_from(content["settings"]),
            "publication": publication_from(content.get("publication") or Publication().content()),
        }
        return Configuration(**{**content, **read})
    except (KeyError, TypeError):
        raise Tampered("A certifier's configuration cannot be read.") from None
