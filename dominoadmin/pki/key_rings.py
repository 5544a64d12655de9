"""Key rings: a server's private key, its certificate, the intermediates, and the roots it trusts.

Public sources do not describe Domino's binary `.kyr`, so ours is a PKCS #12 file that `openssl pkcs12` and `keytool`
open: one key and its certificate under the friendly name `server`, every other certificate under `Trusted root: LABEL`
or `Intermediate: COMMON NAME`. A friendly name without the first prefix makes an intermediate.

Domino puts an unsigned server certificate into a new key ring. Here it is a self-signed placeholder, without which the
other programs would not open the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from dominoadmin.errors import Damaged, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, general_names, keys, names, pkcs12
from dominoadmin.pki.certification_paths import shown
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.pkcs12 import Key
from dominoadmin.pki.quoting import quoted

PLACEHOLDER_VALIDITY: Final = timedelta(days=365)
ALIAS: Final = "server"
MAXIMUM_LABEL: Final = 64
_ROOT: Final = "Trusted root: "
_INTERMEDIATE: Final = "Intermediate: "


@dataclass(frozen=True)
class TrustedRoot:
    """An authority's certificate that the key ring trusts, and the label it has there."""

    label: str
    certificate: x509.Certificate


@dataclass(frozen=True)
class KeyRing:
    """An open key ring. The intermediates are in path order, from the server certificate upwards."""

    private_key: Key
    certificate: x509.Certificate
    intermediates: tuple[x509.Certificate, ...] = ()
    trusted_roots: tuple[TrustedRoot, ...] = ()

    def __repr__(self) -> str:
        """Leave out the key."""
        return f"KeyRing({names.shown(self.subject)})"

    @property
    def is_certified(self) -> bool:
        """Whether the certificate is not the placeholder that `new` signed with the ring's own key."""
        return not certification_paths.is_issued_by(self.certificate, self.certificate)

    @property
    def subject(self) -> x509.Name:
        """The server's distinguished name, exactly as its certificate has it."""
        return self.certificate.subject

    @property
    def general_names(self) -> tuple[GeneralName, ...]:
        """The subject alternative names; kinds that this program does not use are left out."""
        return tuple(_known(_alternative_names(self.certificate) or ()))


def new(
    private_key: keys.PrivateKey, dn: DistinguishedName, subject_alternative_names: Iterable[GeneralName], now: datetime
) -> KeyRing:
    """Return a new key ring with a self-signed placeholder, valid for a year.

    Raises:
        Refused: the name breaks a rule or lacks the common name, or TLS does not support this kind of key.

    """
    dn.check()
    if not dn.common_name:
        raise Refused(_("Common Name is required."), _("Enter the server's fully qualified host name."))
    key = _usable(private_key)
    return KeyRing(key, _placeholder(key, dn.x509(), tuple(subject_alternative_names), now))


def request(ring: KeyRing) -> bytes:
    """Return a PKCS #10 request (RFC 2986) in DER for the ring's key, subject and subject alternative names."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(ring.subject)
    if alternatives := _alternative_names(ring.certificate):
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(ring.private_key, keys.hash_for(ring.private_key)).public_bytes(Encoding.DER)


def with_trusted_root(ring: KeyRing, certificate: x509.Certificate, label: str) -> KeyRing:
    """Return the ring with one more trusted root; a root that is already in it gets the new label.

    Raises:
        Refused: the certificate is not an authority's, its own signature is wrong, or the label is taken or invalid.

    """
    _check_root(certificate)
    check_label(label)
    others = tuple(root for root in ring.trusted_roots if root.certificate != certificate)
    # Java compares aliases without regard to case.
    if any(root.label.casefold() == label.casefold() for root in others):
        raise Refused(
            _("The key ring already has a different trusted root with the label {label}.", label=quoted(label)),
            _("Choose another label."),
        )
    return replace(ring, trusted_roots=(*others, TrustedRoot(label, certificate)))


def check_label(label: str) -> None:
    """Check the label of a trusted root.

    Raises:
        Refused: it is invalid.

    """
    if problem := names.text_problem(label, _("The label"), MAXIMUM_LABEL):
        raise Refused(problem)


def with_certificate(
    ring: KeyRing, leaf: x509.Certificate, chain: Iterable[x509.Certificate], now: datetime
) -> KeyRing:
    """Return the ring with the signed certificate merged into it, also one that replaces an older one for the same key.

    `chain` may hold intermediates in any order, and the root; it need not repeat those in the ring.

    Raises:
        Refused: the certificate belongs to another key, is self-signed, is not valid at `now`, or no certification path
            leads from it to a trusted root of the ring.

    """
    try:
        same_key = keys.spki(leaf.public_key()) == keys.spki(ring.private_key.public_key())  # type: ignore[arg-type]
    except PARSING_FAILURES:
        same_key = False
    if not same_key:
        raise Refused(
            _("The certificate does not match the key in the key ring."),
            _("Use the key ring that the request was created with."),
        )
    if certification_paths.is_issued_by(leaf, leaf):
        raise Refused(
            _("The certificate is self-signed; a key ring needs one that was issued by a certification authority.")
        )
    roots = tuple(root.certificate for root in ring.trusted_roots)
    candidates = [c for c in (*chain, *ring.intermediates) if c != leaf and c not in roots]
    _rest, *intermediates, _more = certification_paths.build(leaf, candidates, roots, now)
    return replace(ring, certificate=leaf, intermediates=tuple(intermediates))


def serialize(ring: KeyRing, password: str) -> bytes:
    """Return the `.kyr` file.

    Raises:
        Refused: the password is empty or cannot be encoded.

    """
    others = [
        *(pkcs12.named(c, _INTERMEDIATE + _common_name(c)) for c in ring.intermediates),
        *(pkcs12.named(root.certificate, _ROOT + root.label) for root in ring.trusted_roots),
    ]
    server = pkcs12.named(ring.certificate, ALIAS)
    return pkcs12.write(pkcs12.Contents(ring.private_key, server, tuple(others)), password)


def load(data: bytes, password: str) -> KeyRing:
    """Open a `.kyr` file.

    Raises:
        Damaged: it is not a key ring, was truncated or altered, or its parts do not belong together.
        WrongPassword: the password is wrong, or the file was altered.

    """
    contents = pkcs12.read(data, password)
    try:
        ring = _ring(contents)
        for certificate in (ring.certificate, *ring.intermediates, *(r.certificate for r in ring.trusted_roots)):
            _look_at(certificate)
    except PARSING_FAILURES as failure:
        raise Damaged(_("A certificate in the key ring cannot be read."), pkcs12.COPY_HINT) from failure
    try:
        _usable(ring.private_key)
    except Refused as refusal:
        raise Damaged(_("The key ring cannot be used. {problem}", problem=refusal), refusal.hint) from None
    return ring


def _ring(contents: pkcs12.Contents) -> KeyRing:
    labelled = [((c.friendly_name or b"").decode(), c.certificate) for c in contents.others]
    return KeyRing(
        contents.key,
        contents.certificate.certificate,
        tuple(certificate for name, certificate in labelled if not name.startswith(_ROOT)),
        tuple(TrustedRoot(name.removeprefix(_ROOT), c) for name, c in labelled if name.startswith(_ROOT)),
    )


def _look_at(certificate: x509.Certificate) -> None:
    """Parse everything that cryptography parses lazily."""
    _ = certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key()


def _usable(key: keys.PrivateKey) -> Key:
    algorithm = keys.algorithm_of(key.public_key())
    if algorithm not in keys.TLS_ALGORITHMS or not isinstance(key, Key):
        raise Refused(
            _("A key ring cannot contain a key of type {algorithm}.", algorithm=keys.describe_algorithm(algorithm)),
            _("Use one of these: {kinds}.", kinds=", ".join(keys.TLS_ALGORITHMS)),
        )
    return key


def _placeholder(
    key: Key, subject: x509.Name, alternatives: tuple[GeneralName, ...], now: datetime
) -> x509.Certificate:
    start = now.replace(microsecond=0)
    public_key = key.public_key()
    # Nothing verifies against a placeholder; its serial number need only differ from that of the next one (4.1.2.2).
    digest = hashlib.sha256(keys.spki(public_key) + start.isoformat().encode()).digest()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public_key)
        .serial_number(int.from_bytes(digest[:16], "big") >> 1 or 1)
        .not_valid_before(start)
        .not_valid_after(start + PLACEHOLDER_VALIDITY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    if alternatives:
        builder = builder.add_extension(general_names.x509(alternatives), critical=False)
    return builder.sign(key, keys.hash_for(key))


def _check_root(certificate: x509.Certificate) -> None:
    if not certification_paths.is_certification_authority(certificate):
        raise Refused(
            _("The certificate of {subject} is not a CA certificate.", subject=shown(certificate.subject)),
            _("Merge the certificate of the authority, not that of a server or a person."),
        )
    if certificate.subject == certificate.issuer and not certification_paths.is_issued_by(certificate, certificate):
        raise Refused(
            _("The signature on the certificate of {subject} is invalid.", subject=shown(certificate.subject))
        )


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return None
    assert isinstance(extension.value, x509.SubjectAlternativeName)
    return extension.value


def _known(alternatives: Iterable[x509.GeneralName]) -> Iterable[GeneralName]:
    for name in alternatives:
        try:
            yield general_names.from_x509(name)
        except Refused:
            continue


def _common_name(certificate: x509.Certificate) -> str:
    attributes = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attributes[0].value) if attributes else names.shown(certificate.subject)
