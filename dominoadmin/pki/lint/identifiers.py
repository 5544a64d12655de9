"""Key identifiers and the addresses of CRLs and issuers (RFC 5280, 4.2.1 and 4.2.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from dominoadmin.i18n import marked as _
from dominoadmin.pki.lint.facts import Facts, ReadCertificate, Rule

_FETCHABLE: Final = frozenset({"http", "https", "ldap", "ldaps"})
_SHORTENED: Final = 20
"""Octets kept of a longer hash (RFC 7093, 2)."""


def subject_key_identifier_is_present(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.2: required in CA certificates, and in ours from the root to the leaf."""
    if facts.own.extension(x509.SubjectKeyIdentifier) is None:
        yield _("The certificate has no subjectKeyIdentifier.")


def subject_key_identifier_is_derived(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.2, method (1): the SHA-1 of the key's BIT STRING, less its tag, length and unused bits.

    A CA below another CA may come from outside, in a cross-certificate: there the identifier must be the one
    in its own certificates, or no path is found. Newer authorities derive it after RFC 7093, and GnuTLS
    takes the SHA-1 of the whole SubjectPublicKeyInfo.
    """
    identifier = facts.own.value(x509.SubjectKeyIdentifier)
    if identifier and identifier.digest != _sha1(facts.own):
        from_outside = facts.own.is_ca and not facts.is_self_signed
        if not (from_outside and identifier.digest in _others(facts.own)):
            yield _("The subjectKeyIdentifier is not the SHA-1 of the public key.")


def subject_key_identifier_is_not_critical(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.2: CAs mark this extension as non-critical."""
    if facts.own.is_critical(x509.SubjectKeyIdentifier):
        yield _("The subjectKeyIdentifier is critical.")


def authority_key_identifier_is_present(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.1: keyIdentifier in all certificates but self-signed ones, to help find the path."""
    identifier = facts.own.value(x509.AuthorityKeyIdentifier)
    if not facts.is_self_signed and (identifier is None or identifier.key_identifier is None):
        yield _("The certificate has no authorityKeyIdentifier with a keyIdentifier.")


def authority_key_identifier_is_the_issuers(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.1: keyIdentifier is the subjectKeyIdentifier of the issuer's certificate."""
    own, issuers = facts.own.value(x509.AuthorityKeyIdentifier), facts.issuer.value(x509.SubjectKeyIdentifier)
    expected = issuers.digest if issuers else _sha1(facts.issuer)
    if own and own.key_identifier is not None and own.key_identifier != expected:
        yield _("The authorityKeyIdentifier is not the issuer's subjectKeyIdentifier.")


def authority_key_identifier_is_not_critical(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.1: CAs mark this extension as non-critical."""
    if facts.own.is_critical(x509.AuthorityKeyIdentifier):
        yield _("The authorityKeyIdentifier is critical.")


def crls_can_be_fetched(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.13: at least one distribution point, each with an HTTP or LDAP address."""
    points = facts.own.value(x509.CRLDistributionPoints)
    if points is not None and not (len(points) and all(_is_fetchable(point.full_name) for point in points)):
        yield _("The cRLDistributionPoints lack an address, or have one that is not an HTTP or LDAP URI.")


def crl_distribution_points_are_not_critical(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.13: the extension should be non-critical."""
    if facts.own.is_critical(x509.CRLDistributionPoints):
        yield _("The cRLDistributionPoints are critical.")


def authority_information_can_be_fetched(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.2.1: at least one access description, each with an HTTP or LDAP address."""
    accesses = facts.own.value(x509.AuthorityInformationAccess)
    if accesses is None:
        return
    locations = [access.access_location for access in accesses]
    if not _is_fetchable(locations):
        yield _("The authorityInfoAccess lacks an address, or has one that is not an HTTP or LDAP URI.")


def authority_information_is_not_critical(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.2.1: CAs mark this extension as non-critical."""
    if facts.own.is_critical(x509.AuthorityInformationAccess):
        yield _("The authorityInfoAccess is critical.")


def _sha1(reading: ReadCertificate) -> bytes:
    return _sha1_of(reading.fields.key_bits)


def _others(reading: ReadCertificate) -> set[bytes]:
    """Return the key identifiers that other authorities use: RFC 7093, 2, methods (1) to (3) and (4), and GnuTLS."""
    methods = (hashlib.sha256, hashlib.sha384, hashlib.sha512)
    bits, info = reading.fields.key_bits, reading.fields.key_info
    shortened = {method(bits).digest()[:_SHORTENED] for method in methods}
    return shortened | {method(info).digest() for method in methods} | {_sha1_of(info)}


def _sha1_of(encoded: bytes) -> bytes:
    return hashlib.sha1(encoded, usedforsecurity=False).digest()


def _is_fetchable(names: Iterable[x509.GeneralName] | None) -> bool:
    found = list(names or ())
    return bool(found) and all(_is_address(name) for name in found)


def _is_address(name: x509.GeneralName) -> bool:
    if not isinstance(name, x509.UniformResourceIdentifier):
        return False
    try:
        parts = urlsplit(name.value)
    except ValueError:  # half an IPv6 address
        return False
    # ldap:///CN=… names the entry and leaves the server to the reader (RFC 4516).
    located = parts.hostname or (parts.scheme.startswith("ldap") and parts.path)
    return parts.scheme in _FETCHABLE and bool(located)


RULES: Final[tuple[Rule, ...]] = (
    subject_key_identifier_is_present,
    subject_key_identifier_is_derived,
    subject_key_identifier_is_not_critical,
    authority_key_identifier_is_present,
    authority_key_identifier_is_the_issuers,
    authority_key_identifier_is_not_critical,
    crls_can_be_fetched,
    crl_distribution_points_are_not_critical,
    authority_information_can_be_fetched,
    authority_information_is_not_critical,
)
