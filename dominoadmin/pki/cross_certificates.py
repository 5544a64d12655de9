"""Cross-certificates: one authority certifies another's subject and key (RFC 5280, 3.2 and 4.2.1.9-10)."""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import asn1, certification_paths, extensions, general_names, keys, names, weak_keys
from dominoadmin.pki.issuance import BasicFields, Draft, Issuer, Validity
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.lint import facts
from dominoadmin.pki.profiles import CROSS, MAXIMUM_DAYS, MAXIMUM_NAMES, CertificateSettings

DIRECTORY: Final = "directory"
DEFAULT_DAYS: Final = 3650
LARGEST: Final = 64 * 1024
MAXIMUM_PATH_LENGTH: Final = 5
# Domino's words: ERR_BSAFE2_UNABLE_TO_PARSE_CERT, ERR_BSAFE2_KEY_USAGE_RESTRICTION, ERR_BSAFE_CANT_CREATE_XCERT,
# ERR_SECURE_CROSS_CERT_NOT_ALLOWED, ERR_BSAFE_INVCERT_SIG.
UNPARSED: Final = _("Unable to parse certificate")
USAGE: Final = _("A cross certificate will not be made due to key usage restrictions in the input certificate.")
TRUSTED: Final = _("The requested Cross Certificate will not be issued because the subject is already trusted.")
ALREADY_CROSS: Final = _(
    "The supplied certificate is a cross certificate; "
    "a certificate issued by an ancestor of the subject name is required"
)
BAD_SIGNATURE: Final = _("The signature on the certificate was found to be invalid.")
_CHOOSE: Final = _("Choose a file that contains only the other authority's certificate, in PEM or DER.")
# Critical extensions that the cross-certificate repeats or that do not affect it.
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    }
)
_ALL_ADDRESSES: Final = tuple(x509.IPAddress(ipaddress.ip_network(text)) for text in ("0.0.0.0/0", "::/0"))

Kind = TypeVar("Kind", bound=x509.ExtensionType)


@dataclass(frozen=True)
class CrossParticulars:
    """The particulars of a cross-certificate. `book` is its address book: `directory`, or a person's canonical name."""

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
        Refused: a field is missing or of the wrong type, or a number, a domain or the book is invalid.

    """
    try:
        permitted = tuple(dict.fromkeys(general_names.host(text) for text in content["permitted_dns"]))
        numbers = int(content["days"]), int(content["path_length"])
        particulars = CrossParticulars(*numbers, permitted, content["book"])
        known_book = particulars.book == DIRECTORY or names.canonical(particulars.book) == particulars.book
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise Refused(_("The request's fields cannot be read.")) from None
    if not 0 <= particulars.path_length <= MAXIMUM_PATH_LENGTH:
        raise Refused(_("The path length of a cross-certificate must be 0 to {limit}.", limit=MAXIMUM_PATH_LENGTH))
    if not 1 <= particulars.days <= MAXIMUM_DAYS:
        raise Refused(_("A cross-certificate can be valid for 1 to {limit} days.", limit=MAXIMUM_DAYS))
    if len(permitted) > MAXIMUM_NAMES:
        raise Refused(_("A cross-certificate can list at most {limit} permitted domains.", limit=MAXIMUM_NAMES))
    if not known_book:
        raise Refused(
            _("{book} is neither the owner of a Personal Address Book nor 'directory'.", book=repr(particulars.book))
        )
    return particulars


def subject_certificate(data: bytes) -> x509.Certificate:
    """Read the certificate of the authority to be trusted, PEM or DER.

    Raises:
        Refused: it cannot be parsed, is not an authority's, may not sign certificates, has a weak key or an invalid
            self-signature, or is a cross-certificate itself; in Domino's words where Domino has a message.

    """
    certificate = _parsed(data)
    if not certification_paths.is_certification_authority(certificate):
        raise Refused(USAGE, _("Only the certificate of a certification authority can be cross-certified."))
    if problem := weak_keys.problem(certificate.public_key()):
        raise Refused(problem, _("The other authority needs a stronger key before it can be trusted."))
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            # RFC 5280, 4.2: a system that does not process a critical extension must reject the certificate.
            raise Refused(
                _(
                    "The other authority's certificate has a critical extension that is not supported ({oid}).",
                    oid=extension.oid.dotted_string,
                ),
                _("Ask the other authority for a certificate without it."),
            )
    _check_issuer(certificate)
    return certificate


def _parsed(data: bytes) -> x509.Certificate:
    if len(data) > LARGEST or data.count(b"-----BEGIN ") > 1:
        raise Refused(UNPARSED, _CHOOSE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd serials and names; the lint reports these in more detail
            is_pem = b"-----BEGIN " in data
            certificate = x509.load_pem_x509_certificate(data) if is_pem else x509.load_der_x509_certificate(data)
            # Lazy in cryptography: parse now.
            certificate.subject, certificate.issuer, certificate.not_valid_after_utc  # noqa: B018
            certificate.extensions, certificate.public_key()
            certification_paths.shown(certificate.subject)
    except MemoryError:
        raise
    except BaseException as error:
        # A panic of cryptography's Rust code derives from BaseException, and its class cannot be imported.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise Refused(UNPARSED, _CHOOSE) from error
    return certificate


def _check_issuer(certificate: x509.Certificate) -> None:
    """Check that the issuer is the authority itself or its own organization; anything else is a cross-certificate."""
    if certificate.issuer == certificate.subject:
        if not certification_paths.is_issued_by(certificate, certificate):
            raise Refused(BAD_SIGNATURE, _("Get the certificate from the other authority again."))
    elif not _realms(certificate.issuer) & _realms(certificate.subject):
        raise Refused(ALREADY_CROSS, _("Choose the other authority's self-signed certificate."))


def _realms(name: x509.Name) -> set[str]:
    """Return the organizations a name is in, or its DNS domain (RFC 2247) if it has none."""
    organizations = {str(a.value).casefold() for a in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
    parts = [str(a.value).casefold() for a in name.get_attributes_for_oid(NameOID.DOMAIN_COMPONENT)]
    return organizations or {".".join(parts)} - {""}


@dataclass(frozen=True)
class CrossCertification:
    """Another authority's certificate, and the particulars of the cross-certificate for it."""

    certificate: x509.Certificate
    particulars: CrossParticulars

    @property
    def subject(self) -> str:
        """The other authority's name."""
        return names.shown(self.certificate.subject)

    @property
    def days(self) -> int:
        """The longest duration of the cross-certificate."""
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
        """Return why the issuer must not issue it, or an empty string."""
        own = issuer.certificate
        same_key = issuer.key_info == keys.spki(self.public_key)
        if same_key or certification_paths.is_issued_by(self.certificate, own):
            return TRUSTED
        if names.same(self.certificate.subject, own.subject):
            # It would be self-issued, and constraints do not bind self-issued certificates (RFC 5280, 6.1.4).
            return _("The other authority has the certifier's own name, but a different key.")
        return next(iter(self.limit_problems().values()), "")

    def limit_problems(self) -> dict[str, str]:
        """Return which fields go beyond what the other authority's own certificate allows, and why."""
        found = {"path_length": self._length_problem(), "permitted_dns": self._domain_problem()}
        return {field: said for field, said in found.items() if said}

    def validity_problem(self, now: datetime) -> str:
        """Return why the other authority's certificate is not valid at `now`, or an empty string."""
        return certification_paths.validity_problem(self.certificate, now)

    def not_after(self, issuer: x509.Certificate, validity: Validity) -> datetime:
        """Return its end: the requested one, or that of either authority's own certificate if that is earlier."""
        return min(validity.not_after, self.certificate.not_valid_after_utc, issuer.not_valid_after_utc)

    def draft(self, issuer: Issuer, serial_number: int, validity: Validity) -> Draft:
        """Return the cross-certificate. It outlives neither the issuer's nor the other authority's own certificate."""
        basics = BasicFields(
            # RFC 5280, 4.1.2.6: the subject is the issuer of what the other authority issues, in the same encoding.
            subject=facts.read(self.certificate).fields.subject,
            issuer=issuer.name,
            key=self.public_key,
            serial_number=serial_number,
            validity=Validity(validity.not_before, self.not_after(issuer.certificate, validity)),
        )
        return basics.draft(self._extensions(issuer), issuer.algorithm)

    def _extensions(self, issuer: Issuer) -> Iterator[bytes]:
        length, usage = self.particulars.path_length, extensions.key_usage(("keyCertSign", "cRLSign"), self.public_key)
        yield asn1.extension(self._key_identifier(), critical=False)
        yield from issuer.pointers
        yield asn1.extension(x509.BasicConstraints(ca=True, path_length=length), critical=True)
        yield asn1.extension(usage, critical=True)
        if constraints := self._name_constraints():
            yield asn1.extension(constraints, critical=True)
        purposes = self._own(x509.ExtendedKeyUsage)
        if purposes and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in purposes:
            yield asn1.extension(purposes, critical=False)

    def _key_identifier(self) -> x509.SubjectKeyIdentifier:
        """Return the other authority's key identifier, so that its certificates' AKI matches (RFC 5280, 4.2.1.1)."""
        return self._own(x509.SubjectKeyIdentifier) or x509.SubjectKeyIdentifier.from_public_key(self.public_key)

    def _name_constraints(self) -> x509.NameConstraints | None:
        """Return the constraints of the other authority's own certificate; given domains, these and no IP addresses.

        Without the second part a certificate for an IP address would pass, since constraints bind only names of their
        own kind (RFC 5280, 4.2.1.10).
        """
        own, asked = self._own(x509.NameConstraints), self.particulars.permitted_dns
        if not asked:
            return own
        permitted = [name for name in _subtrees(own, permitted=True) if not isinstance(name, x509.DNSName)]
        excluded = [*_subtrees(own, permitted=False), *_ALL_ADDRESSES]
        domains = [x509.DNSName(domain) for domain in asked]
        return x509.NameConstraints([*domains, *permitted], list(dict.fromkeys(excluded)))

    def _length_problem(self) -> str:
        constraints = self._own(x509.BasicConstraints)
        length = constraints.path_length if constraints else None
        if length is not None and self.particulars.path_length > length:
            return _("The other authority's own certificate allows a path length of at most {length}.", length=length)
        return ""

    def _domain_problem(self) -> str:
        own = [name.value for name in _subtrees(self._own(x509.NameConstraints), permitted=True) if _is_domain(name)]
        for domain in self.particulars.permitted_dns:
            if own and not any(_is_within(domain, each) for each in own):
                return _("The other authority's own certificate does not permit the domain {domain}.", domain=domain)
        return ""

    def _own(self, kind: type[Kind]) -> Kind | None:
        try:
            return self.certificate.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None


def _subtrees(constraints: x509.NameConstraints | None, *, permitted: bool) -> list[x509.GeneralName]:
    if constraints is None:
        return []
    return list((constraints.permitted_subtrees if permitted else constraints.excluded_subtrees) or ())


def _is_domain(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.DNSName)


def _is_within(domain: str, constraint: str) -> bool:
    above = constraint.lstrip(".").lower()
    return not above or domain == above or domain.endswith(f".{above}")
