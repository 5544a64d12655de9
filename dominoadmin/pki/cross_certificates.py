"""Cross-certificates: one authority certifies another's subject and key (RFC 5280, 3.2 and 4.2.1.9-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography import x509

from dominoadmin.errors import Refused
from dominoadmin.pki import extensions, issuance, keys
from dominoadmin.pki.issuance import Draft, Issuer, Validity
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.profiles import CROSS, MAXIMUM_DAYS, CertificateSettings

DEFAULT_DAYS: Final = 3650
# Domino's words (ERR_BSAFE2_UNABLE_TO_PARSE_CERT, ERR_BSAFE2_KEY_USAGE_RESTRICTION, ERR_BSAFE_CANT_CREATE_XCERT).
UNPARSED: Final = "Unable to parse certificate"
USAGE: Final = "A cross certificate will not be made due to key usage restrictions in the input certificate."
TRUSTED: Final = "The requested Cross Certificate will not be issued because the subject is already trusted."


@dataclass(frozen=True)
class CrossParticulars:
    """What a cross-certificate is to say. `book` is where it goes: `directory`, or a person's canonical name."""

    days: int
    path_length: int
    permitted_dns: tuple[str, ...]
    book: str

    def content(self) -> dict[str, Any]:
        """Return the particulars as JSON content."""
        return {
            "kind": CROSS,
            "days": self.days,
            "path_length": self.path_length,
            "permitted_dns": list(self.permitted_dns),
            "book": self.book,
        }


def particulars_from(content: dict[str, Any]) -> CrossParticulars:
    """Read particulars from JSON content.

    Raises:
        Refused: a field is missing or of the wrong type, or a domain cannot be one.

    """
    from dominoadmin.pki import general_names

    try:
        permitted = tuple(general_names.host(text) for text in content["permitted_dns"])
        particulars = CrossParticulars(int(content["days"]), int(content["path_length"]), permitted, content["book"])
    except (KeyError, TypeError, ValueError):
        raise Refused("The request's fields cannot be read.") from None
    if not 0 <= particulars.path_length <= 5:  # noqa: PLR2004 - deeper hierarchies are not known
        raise Refused("The path length of a cross-certificate is 0 to 5.")
    if not 1 <= particulars.days <= MAXIMUM_DAYS:
        raise Refused(f"A cross-certificate may last 1 to {MAXIMUM_DAYS} days.")
    return particulars


def subject_certificate(der: bytes) -> x509.Certificate:
    """Read the certificate of the authority to be trusted.

    Raises:
        Refused: it cannot be parsed, is not an authority's, or may not sign certificates; in Domino's words.

    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.subject, certificate.issuer, certificate.not_valid_after_utc  # noqa: B018 - lazy: parse now
        found = certificate.extensions
        key = certificate.public_key()
    except Exception as error:  # noqa: BLE001 - whatever a hostile certificate makes the parser raise
        raise Refused(UNPARSED, "Choose the other authority's certificate, in PEM or DER.") from error
    if not isinstance(key, PublicKey) or keys.algorithm_of(key) not in keys.ALGORITHMS:
        raise Refused("The other authority's key is of a kind or size that is not trusted here.")
    if not _may_sign(found):
        raise Refused(USAGE, "Only the certificate of a certification authority can be cross-certified.")
    return certificate


def _may_sign(found: x509.Extensions) -> bool:
    try:
        authority = found.get_extension_for_class(x509.BasicConstraints).value.ca
        return authority and found.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False


@dataclass(frozen=True)
class CrossCertification:
    """Another authority's certificate, and what the cross-certificate for it is to say."""

    certificate: x509.Certificate
    particulars: CrossParticulars

    @property
    def subject(self) -> str:
        """The other authority's name."""
        return self.certificate.subject.rfc4514_string()

    @property
    def days(self) -> int:
        """How long it is to last."""
        return self.particulars.days

    @property
    def public_key(self) -> PublicKey:
        """The other authority's key."""
        key = self.certificate.public_key()
        assert isinstance(key, PublicKey)
        return key

    def content(self) -> dict[str, Any]:
        """Return the particulars as JSON content."""
        return self.particulars.content()

    def problem(self, settings: CertificateSettings, issuer: Issuer) -> str:  # noqa: ARG002 - settings are for leaves
        """Return why the issuer must not make it, or an empty string."""
        own = keys.spki(issuer.public_key)
        if own == keys.spki(self.public_key) or self.certificate.issuer == issuer.certificate.subject:
            return TRUSTED
        return ""

    def draft(self, issuer: Issuer, serial_number: int, validity: Validity) -> Draft:
        """Return the cross-certificate; it does not outlive the other authority's own certificate."""
        end = min(validity.not_after, self.certificate.not_valid_after_utc)
        identifier = self._key_identifier()
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.certificate.subject)
            .issuer_name(issuer.certificate.subject)
            .public_key(self.public_key)
            .serial_number(serial_number)
            .not_valid_before(validity.not_before)
            .not_valid_after(end)
            .add_extension(identifier, critical=False)
            .add_extension(issuance.authority_key_identifier(issuer.certificate), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=self.particulars.path_length), critical=True)
            .add_extension(extensions.key_usage(("keyCertSign", "cRLSign"), self.public_key), critical=True)
        )
        if self.particulars.permitted_dns:
            permitted = [x509.DNSName(domain) for domain in self.particulars.permitted_dns]
            builder = builder.add_extension(x509.NameConstraints(permitted, None), critical=True)
        return issuance.draft(builder, issuer)

    def _key_identifier(self) -> x509.SubjectKeyIdentifier:
        """Return the identifier the other authority uses, so that its certificates' AKI matches (RFC 5280, 4.2.1.1)."""
        try:
            return self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        except x509.ExtensionNotFound:
            return x509.SubjectKeyIdentifier.from_public_key(self.public_key)

    def expired(self, now: datetime) -> bool:
        """Say whether the other authority's certificate is not valid at `now`."""
        return not self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc
