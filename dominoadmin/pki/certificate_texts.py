"""The fields of a certificate in words (RFC 5280, 4.1), for viewers. An unreadable part does not hide the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Final, TypeVar

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import describe, extension_texts, keys, names
from dominoadmin.pki.extension_texts import Node, hexadecimal, limited, oid_name
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import escaped

MOST_NAME_ROWS: Final = 16
SUBJECT, ISSUER = "subject", "issuer"
Read = TypeVar("Read")


@asn1.sequence
class _RawExtension:
    oid: x509.ObjectIdentifier
    critical: Annotated[bool, asn1.Default(value=False)]
    value: bytes


@asn1.sequence
class _Fields:
    """TBSCertificate (RFC 5280, 4.1), as far as needed to find the extensions."""

    version: Annotated[int | None, asn1.Explicit(0)]
    serial: asn1.TLV
    algorithm: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: asn1.TLV
    extensions: Annotated[list[_RawExtension] | None, asn1.Explicit(3)]


def attempt(read: Callable[[], Read]) -> Read | None:
    """Return the result of `read`, or None if a malformed part makes the parser raise."""
    try:
        return read()
    except PARSING_FAILURES:
        return None


def unreadable() -> str:
    """Return the text shown for an unreadable part."""
    return _("Cannot be read.")


def der(found: x509.Certificate) -> bytes:
    """Return the certificate itself."""
    return found.public_bytes(Encoding.DER)


def name(found: x509.Certificate, which: str) -> x509.Name | None:
    """Return the subject or the issuer; None if it cannot be read."""
    return attempt(lambda: found.issuer if which == ISSUER else found.subject)


def shown_name(found: x509.Certificate, which: str) -> str:
    """Return the subject or the issuer in Domino's style."""
    read = name(found, which)
    return unreadable() if read is None else names.shown(read)


def common_name(found: x509.Certificate) -> str:
    """Return the subject's most specific common name, or an empty string."""
    read = name(found, SUBJECT)
    values = [] if read is None else read.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _text(values[-1].value) if values else ""


def name_rows(found: x509.Certificate, which: str) -> tuple[Node, ...]:
    """Return the rows of a name: each attribute, then the name in Domino's style and in RFC 4514's, for copying."""
    read = name(found, which)
    if read is None:
        return (Node(_("Name"), unreadable()),)
    attributes = [Node(_label(each.oid), _text(each.value)) for each in reversed(list(read))]
    rows = attributes[:MOST_NAME_ROWS]
    if len(attributes) > MOST_NAME_ROWS:
        rows.append(Node("", _("… and {count} more", count=len(attributes) - MOST_NAME_ROWS)))
    if not attributes:
        return (Node(_("Name"), _("No name")),)
    return (
        *rows,
        Node(_("Domino name"), names.shown(read), copied=True),
        Node(_("RFC 4514 name"), escaped(read.rfc4514_string()), copied=True),
    )


def serial(found: x509.Certificate) -> str:
    """Return the serial number in hex, in pairs with colons."""
    number = found.serial_number
    grouped = describe.serial(f"{abs(number):x}")
    return f"-{grouped}" if number < 0 else grouped


def key(found: x509.Certificate) -> str:
    """Return the kind and size of the public key."""
    try:
        return keys.describe_algorithm(keys.algorithm_of(found.public_key()))
    except (Refused, *PARSING_FAILURES):
        return oid_name(found.public_key_algorithm_oid)


def details(found: x509.Certificate) -> tuple[Node, ...]:
    """Return all fields in the order of the standard, each extension in words."""
    return (
        Node(_("Version"), found.version.name.removeprefix("v")),
        Node(_("Serial number"), serial(found), fixed=True),
        Node(_("Signature algorithm"), oid_name(found.signature_algorithm_oid)),
        _name_node(found, ISSUER),
        *_validity(found),
        _name_node(found, SUBJECT),
        _key_node(found),
        Node(_("Extensions"), "", limited(_extensions(found))),
        Node(_("Signature"), hexadecimal(found.signature), fixed=True),
    )


def _name_node(found: x509.Certificate, which: str) -> Node:
    label = _("Issuer") if which == ISSUER else _("Subject")
    return Node(label, shown_name(found, which), limited(_attributes(found, which)))


def _attributes(found: x509.Certificate, which: str) -> Iterator[Node]:
    read = name(found, which)
    return (Node(_label(each.oid), _text(each.value)) for each in reversed(list(read or ())))


def _validity(found: x509.Certificate) -> Iterator[Node]:
    limits = {
        _("Effective date"): attempt(lambda: describe.iso(found.not_valid_before_utc)),
        _("Expiration date"): attempt(lambda: describe.iso(found.not_valid_after_utc)),
    }
    return (Node(label, moment or unreadable()) for label, moment in limits.items())


def _key_node(found: x509.Certificate) -> Node:
    spki = attempt(lambda: found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    rows = [Node(_("Algorithm"), oid_name(found.public_key_algorithm_oid))]
    if spki is not None:
        rows += [
            Node(_("SHA-256 of the key"), describe.grouped(describe.fingerprint(spki)), fixed=True),
            Node(_("Public key (DER)"), hexadecimal(spki), fixed=True),
        ]
    return Node(_("Public key"), key(found), tuple(rows))


def _extensions(found: x509.Certificate) -> Iterator[Node]:
    """Yield every extension; if one is malformed or repeated, yield all of them undecoded."""
    extensions = attempt(lambda: list(found.extensions))
    if extensions is not None:
        return (extension_texts.extension(each) for each in extensions)
    return iter((Node(_("Remark"), _("An extension is malformed or appears more than once.")), *_raw_extensions(found)))


def _raw_extensions(found: x509.Certificate) -> list[Node]:
    data = found.tbs_certificate_bytes
    fields = attempt(lambda: asn1.decode_der(_Fields, data))
    if fields is None:
        return [Node(_("To-be-signed part (DER)"), hexadecimal(data), fixed=True)]
    return [extension_texts.unread(each.oid, each.value, critical=each.critical) for each in fields.extensions or ()]


def _text(value: str | bytes) -> str:
    return escaped(value) if isinstance(value, str) else hexadecimal(value)


def _label(oid: x509.ObjectIdentifier) -> str:
    labels = {
        NameOID.COMMON_NAME: _("Common Name"),
        NameOID.ORGANIZATIONAL_UNIT_NAME: _("Organizational Unit"),
        NameOID.ORGANIZATION_NAME: _("Organization Name"),
        NameOID.LOCALITY_NAME: _("City or Locality"),
        NameOID.STATE_OR_PROVINCE_NAME: _("State or Province"),
        NameOID.COUNTRY_NAME: _("Country Code"),
        NameOID.EMAIL_ADDRESS: _("E-mail address"),
        NameOID.DOMAIN_COMPONENT: _("Domain component"),
        NameOID.USER_ID: _("User ID"),
    }
    return labels.get(oid) or oid_name(oid)
