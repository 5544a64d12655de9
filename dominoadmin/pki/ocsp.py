"""The Online Certificate Status Protocol (RFC 6960, in the profile of RFC 5019; nonces by RFC 9654)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from dominoadmin.pki import asn1, keys, revocation
from dominoadmin.pki.extensions import key_usage
from dominoadmin.pki.issuance import (
    LEAF,
    BasicFields,
    Draft,
    Issuer,
    Validity,
    authority_key_identifier,
    key_identifier,
)
from dominoadmin.pki.keys import PrivateKey, PublicKey
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.revocation import Reason, Revocation

LARGEST: Final = 8192
_LONGEST_NONCE: Final = 128
_HASHES: Final = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303 - a CertID is a name, not a signature


class MalformedQueryError(ValueError):
    """The request violates the protocol or the profile."""


@dataclass(frozen=True)
class Query:
    """One question: the issuer by hashes of its name and key, the serial number in lower-case hex, and a nonce."""

    hash_name: str
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_hex: str
    nonce: bytes | None = None

    def is_about(self, issuer: x509.Certificate) -> bool:
        """Return whether the query names this issuer."""
        return (self.issuer_name_hash, self.issuer_key_hash) == issuer_hashes(issuer, self.hash_name)


def query_from(data: bytes) -> Query:
    """Read a request.

    Raises:
        MalformedQueryError: it is not a request, names more than one certificate, or its nonce is too long or empty.

    """
    if len(data) > LARGEST:
        raise MalformedQueryError("too large")
    try:
        request = ocsp.load_der_ocsp_request(data)
        name = request.hash_algorithm.name
        extensions = request.extensions
        query = Query(
            name, request.issuer_name_hash, request.issuer_key_hash, f"{request.serial_number:x}", _nonce(extensions)
        )
    except (*PARSING_FAILURES, NotImplementedError) as error:
        raise MalformedQueryError("not one request") from error
    if request.serial_number < 0:  # RFC 5280, 4.1.2.2; it could not be answered either: no builder accepts it
        raise MalformedQueryError("serial number")
    if name not in _HASHES or (query.nonce is not None and not 1 <= len(query.nonce) <= _LONGEST_NONCE):
        raise MalformedQueryError("hash or nonce")
    return query


def issuer_hashes(issuer: x509.Certificate, hash_name: str) -> tuple[bytes, bytes]:
    """Return the hashes of an issuer's name and public key, as a CertID has them (RFC 6960, 4.1.1)."""
    key = issuer.public_key()
    assert isinstance(key, PublicKey)
    own = x509.SubjectKeyIdentifier.from_public_key(key).digest  # SHA-1 over the bits of the key
    if hash_name != "sha1":
        own = hashlib.new(hash_name, _bits(key)).digest()
    return hashlib.new(hash_name, issuer.subject.public_bytes()).digest(), own


def responder(subject: DistinguishedName, key: PublicKey, issuer: Issuer, serial: int, validity: Validity) -> Draft:
    """Return the certificate of a delegated responder, marked so that its revocation is not checked (4.2.2.2.1)."""
    name = subject.x509().public_bytes()
    basics = BasicFields(subject=name, issuer=issuer.name, key=key, serial_number=serial, validity=validity)
    extensions = (
        key_identifier(key),
        LEAF,
        asn1.extension(key_usage(("digitalSignature",), key), critical=True),
        asn1.extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False),
        asn1.extension(x509.OCSPNoCheck(), critical=False),
        # No CRL and no responder of its own: see above.
        asn1.extension(authority_key_identifier(issuer.certificate), critical=False),
    )
    return basics.draft(extensions, issuer.algorithm)


def is_responder(certificate: x509.Certificate) -> bool:
    """Return whether a certificate is that of a delegated responder: clients believe no other one (4.2.2.2)."""
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, *PARSING_FAILURES):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in purposes


@dataclass(frozen=True)
class OcspSigner:
    """The signer of answers: the responder's certificate, its key, and the certifier that issued it."""

    certificate: x509.Certificate
    key: PrivateKey
    issuer: x509.Certificate


@dataclass(frozen=True)
class Finding:
    """The status of a certificate: issued or not, revoked or not, and how long this is valid."""

    is_issued: bool
    revoked: Revocation | None
    this_update: datetime
    next_update: datetime


def answer(query: Query, finding: Finding, signer: OcspSigner) -> bytes:
    """Return the signed response as DER (RFC 6960, 4.2)."""
    status, revoked_at, reason = ocsp.OCSPCertStatus.GOOD, None, None
    if not finding.is_issued:
        status = ocsp.OCSPCertStatus.UNKNOWN
    elif finding.revoked:
        status, revoked_at = ocsp.OCSPCertStatus.REVOKED, finding.revoked.revoked_at
        reason = None if finding.revoked.reason == Reason.UNSPECIFIED else revocation.flag(finding.revoked.reason)
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=query.issuer_name_hash,
        issuer_key_hash=query.issuer_key_hash,
        serial_number=int(query.serial_hex, 16),
        algorithm=_HASHES[query.hash_name],
        cert_status=status,
        this_update=finding.this_update,
        next_update=finding.next_update,
        revocation_time=revoked_at,
        revocation_reason=reason,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    builder = builder.certificates([signer.certificate])
    if query.nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(query.nonce), critical=False)
    response = builder.sign(signer.key, keys.hash_for(signer.key))
    return response.public_bytes(Encoding.DER)


def refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    """Return an unsigned response with the reason why there is no answer (RFC 6960, 2.3)."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _nonce(extensions: x509.Extensions) -> bytes | None:
    try:
        return extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None


def _bits(key: PublicKey) -> bytes:
    """Return the value of the BIT STRING subjectPublicKey, without its unused bits."""
    whole = keys.spki(key)
    start = asn1.end(whole, asn1.content(whole, 0))
    return whole[asn1.content(whole, start) + 1 :]
