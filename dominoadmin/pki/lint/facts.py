"""The input of the rules: one certificate and its issuer's, each parsed once.

cryptography reads the extensions, but re-encodes names, hides the string and time types and warns where a
lint should report; so the fields before the extensions are read here, straight from the DER. The input was
accepted by `x509.load_der_x509_certificate`: lengths are definite, the outer structure is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

ExtensionKind = TypeVar("ExtensionKind", bound=x509.ExtensionType)

VERSION_TAG: Final = 0xA0
UNIQUE_IDENTIFIER_TAGS: Final = (0x81, 0x82, 0xA1, 0xA2)
_LONG_FORM: Final = 0x80


class Element(NamedTuple):
    """One DER value: its tag, its whole encoding and its content."""

    tag: int
    encoding: bytes
    content: bytes


class Attribute(NamedTuple):
    """One attribute of a distinguished name, as encoded (RFC 5280, 4.1.2.4)."""

    oid: bytes
    tag: int
    value: bytes


def elements(content: bytes) -> list[Element]:
    """Split the content of a constructed DER value into its members (X.690, 8.1)."""
    found = []
    start, end = 0, len(content)
    while start < end:
        length, body = content[start + 1], start + 2
        if length >= _LONG_FORM:
            body += length - _LONG_FORM
            length = int.from_bytes(content[start + 2 : body])
        stop = body + length
        # A tuple by its type: a certificate has dozens, and the constructor takes twice as long.
        found.append(tuple.__new__(Element, (content[start], content[start:stop], content[body:stop])))
        start = stop
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The members of a TBSCertificate before its extensions (RFC 5280, 4.1)."""

    serial: bytes
    inner_algorithm: bytes
    outer_algorithm: bytes
    issuer: bytes
    times: tuple[Element, ...]
    subject: bytes
    attributes: tuple[Attribute, ...]
    key_algorithm: bytes
    key_bits: bytes
    key_info: bytes
    has_unique_identifiers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCertificate:
    """One certificate, its fields, and its extensions and their contents by their type.

    `is_ca`: whether basicConstraints mark it as a CA certificate (RFC 5280, 4.2.1.9); `is_server`: whether it is a leaf
    for TLS servers (4.2.1.12). A dozen rules ask for each, so they are found once.
    """

    certificate: x509.Certificate
    fields: Fields
    extensions: dict[type[x509.ExtensionType], x509.Extension[x509.ExtensionType]]
    values: dict[type[x509.ExtensionType], x509.ExtensionType]
    is_ca: bool
    is_server: bool

    def extension(self, kind: type[ExtensionKind]) -> x509.Extension[ExtensionKind] | None:
        """Return the extension of this type, or None."""
        return self.extensions.get(kind)  # type: ignore[return-value]

    def value(self, kind: type[ExtensionKind]) -> ExtensionKind | None:
        """Return the content of the extension of this type, or None."""
        return self.values.get(kind)  # type: ignore[return-value]

    def is_critical(self, kind: type[ExtensionKind]) -> bool:
        """Say whether there is an extension of this type, and it is critical."""
        found = self.extensions.get(kind)
        return found is not None and found.critical

    @property
    def has_empty_subject(self) -> bool:
        """Return whether the subject is the empty sequence (RFC 5280, 4.1.2.6)."""
        return not self.fields.attributes


@dataclass(frozen=True, slots=True)
class Facts:
    """The certificate to lint and its issuer's; a self-signed one is its own issuer."""

    own: ReadCertificate
    issuer: ReadCertificate

    @property
    def is_self_signed(self) -> bool:
        """Return whether the certificate is its own issuer."""
        return self.issuer is self.own

    @property
    def is_self_issued(self) -> bool:
        """Return whether subject and issuer have the same name (RFC 5280, 3.2)."""
        return self.own.fields.subject == self.issuer.fields.subject


Rule = Callable[[Facts], Iterator[str]]
"""One rule of a standard: yields a sentence for each breach. Its docstring begins with the citation."""


def read(certificate: x509.Certificate) -> ReadCertificate:
    """Parse a certificate.

    Raises:
        ValueError, x509.DuplicateExtension, …: the content of a field or an extension is malformed.

    """
    extensions = {type(extension.value): extension for extension in certificate.extensions}
    values = {kind: extension.value for kind, extension in extensions.items()}
    constraints, purposes = values.get(x509.BasicConstraints), values.get(x509.ExtendedKeyUsage)
    is_ca = isinstance(constraints, x509.BasicConstraints) and constraints.ca
    serves = isinstance(purposes, x509.ExtendedKeyUsage) and ExtendedKeyUsageOID.SERVER_AUTH in purposes
    fields = _fields(certificate.public_bytes(Encoding.DER))
    return ReadCertificate(
        certificate=certificate,
        fields=fields,
        extensions=extensions,
        values=values,
        is_ca=is_ca,
        is_server=serves and not is_ca,
    )


def _fields(der: bytes) -> Fields:
    whole = elements(der)[0]
    to_be_signed, outer_algorithm, _signature = elements(whole.content)
    members = elements(to_be_signed.content)
    if members[0].tag == VERSION_TAG:
        del members[0]
    serial, inner_algorithm, issuer, validity, subject, spki, *rest = members
    key_algorithm, key_bits = elements(spki.content)
    return Fields(
        serial=serial.content,
        inner_algorithm=inner_algorithm.encoding,
        outer_algorithm=outer_algorithm.encoding,
        issuer=issuer.encoding,
        times=tuple(elements(validity.content)),
        subject=subject.encoding,
        attributes=tuple(_attributes(subject.content)),
        key_algorithm=key_algorithm.encoding,
        key_bits=key_bits.content[1:],  # the first octet counts unused bits: always 0
        key_info=spki.encoding,
        has_unique_identifiers=any(member.tag in UNIQUE_IDENTIFIER_TAGS for member in rest),
    )


def _attributes(name: bytes) -> Iterator[Attribute]:
    for relative_name in elements(name):
        for pair in elements(relative_name.content):
            oid, value = elements(pair.content)
            yield Attribute(oid.content, value.tag, value.content)
