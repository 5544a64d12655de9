"""Functions for bad or unusual certificates: each returns a case, which makes the certificate and its issuer."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.specimens import (
    HOST,
    Draft,
    der,
    intermediate_draft,
    key,
    leaf,
    leaf_draft,
    name,
    root,
    root_draft,
    spliced,
    tlv,
)

CN = tlv(0x0C, HOST.encode())
Case = Callable[[], tuple[x509.Certificate, x509.Certificate | None]]


def load(encoded: bytes) -> x509.Certificate:
    with warnings.catch_warnings():  # cryptography warns about the very defects
        warnings.simplefilter("ignore")
        return x509.load_der_x509_certificate(encoded)


def case_of(draft: Callable[[], Draft]) -> Case:
    return lambda: (draft().signed(key("ec-p256", "root")), root())


def changed_leaf(change: Callable[[Draft], Draft]) -> Case:
    return case_of(lambda: change(leaf_draft()))


def changed_rsa_leaf(change: Callable[[Draft], Draft]) -> Case:
    return case_of(lambda: change(leaf_draft("rsa-2048")))


def changed_ca(change: Callable[[Draft], Draft]) -> Case:
    return case_of(lambda: change(intermediate_draft()))


def changed_root(change: Callable[[Draft], Draft]) -> Case:
    return lambda: (change(root_draft()).signed(key("ec-p256", "root")), None)


def cut_leaf(
    old: bytes | Callable[[x509.Certificate], bytes], new: bytes, change: Callable[[Draft], Draft] = lambda d: d
) -> Case:
    """Splice the DER of a leaf that cryptography would not build."""

    def case() -> tuple[x509.Certificate, x509.Certificate]:
        good = change(leaf_draft()).signed(key("ec-p256", "root"))
        return load(spliced(der(good), old(good) if callable(old) else old, new)), root()

    return case


def common_name(tag: int, text: bytes) -> Case:
    """Give the leaf another common name, without a subjectAltName to compare it with."""
    return cut_leaf(CN, tlv(tag, text), lambda draft: draft.lacking(x509.ExtendedKeyUsage))


def country(value: bytes) -> Case:
    subject = name(HOST, country_name="DE")
    return cut_leaf(tlv(0x13, b"DE"), value, lambda draft: draft.but(subject=subject))


def extension(oid: str) -> Callable[[x509.Certificate], bytes]:
    def value(certificate: x509.Certificate) -> bytes:
        (found,) = [extension.value for extension in certificate.extensions if extension.oid.dotted_string == oid]
        return tlv(0x04, found.public_bytes())

    return value


def alternative(*names: x509.GeneralName, critical: bool = False) -> Case:
    listed = x509.SubjectAlternativeName([x509.DNSName(HOST), *names])
    return changed_leaf(lambda draft: draft.having(listed, critical))


def purposes(*purposes: x509.ObjectIdentifier, critical: bool = False) -> Case:
    return changed_leaf(lambda draft: draft.having(x509.ExtendedKeyUsage(purposes), critical))


def certified_key(make: Callable[[], Any]) -> Case:
    """Certify another key, with its own identifier."""

    def draft() -> Draft:
        public_key = make()
        return leaf_draft().but(public_key=public_key).having(x509.SubjectKeyIdentifier.from_public_key(public_key))

    return case_of(draft)


def issued_by(change: Callable[[Draft], Draft], draft: Callable[[], Draft] = leaf_draft) -> Case:
    return lambda: (draft().signed(key("ec-p256", "root")), change(root_draft()).signed(key("ec-p256", "root")))


def spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def compressed() -> tuple[x509.Certificate, x509.Certificate]:
    return with_point(leaf_draft().public_key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def off_the_curve() -> tuple[x509.Certificate, x509.Certificate]:
    return with_point(b"\x04" + b"\x01" * 64)


def with_point(point: bytes) -> tuple[x509.Certificate, x509.Certificate]:
    good = leaf_draft().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    identifier = x509.SubjectKeyIdentifier(hashlib.sha1(point).digest())
    encoded = der(leaf_draft().having(identifier).signed(key("ec-p256", "root")))
    return load(spliced(encoded, tlv(0x03, b"\0", good), tlv(0x03, b"\0", point))), root()


def signed_with_sha1() -> tuple[x509.Certificate, x509.Certificate]:
    sha1, sha256 = (tlv(0x30, bytes.fromhex(f"06092a864886f70d0101{arc}0500")) for arc in ("05", "0b"))
    draft = leaf_draft("ec-p256", root_draft("rsa-2048"))
    return load(spliced(der(draft.signed(key("rsa-2048", "root"))), sha256, sha1, 2)), root("rsa-2048")


def signed_by_another_kind() -> tuple[x509.Certificate, x509.Certificate]:
    return leaf_draft().signed(key("rsa-2048", "throw-away")), root()


def algorithms_differ() -> tuple[x509.Certificate, x509.Certificate]:
    sha256, sha384 = (bytes.fromhex(f"06082a8648ce3d0403{arc}") for arc in ("02", "03"))
    return load(der(leaf()).replace(sha256, sha384, 1)), root()


def nameless_issuer() -> tuple[x509.Certificate, x509.Certificate]:
    nameless = root_draft().but(subject=x509.Name([]), issuer=x509.Name([]))
    return leaf_draft("ec-p256", nameless).signed(key("ec-p256", "root")), nameless.signed(key("ec-p256", "root"))


def twice() -> tuple[x509.Certificate, x509.Certificate]:
    policies, names = tlv(0x06, b"\x55\x1d\x20"), tlv(0x06, b"\x55\x1d\x11")
    return load(spliced(der(leaf()), policies, names)), root()


def re_encoded_issuer() -> tuple[x509.Certificate, x509.Certificate]:
    organization = tlv(0x0C, b"Specimen")
    named = leaf_draft().but(subject=name(HOST, country_name="US"))
    encoded = der(named.signed(key("ec-p256", "root")))
    return load(spliced(encoded, organization, tlv(0x13, b"Specimen"))), root()


def crl_at(*names: x509.GeneralName) -> Case:
    points = x509.CRLDistributionPoints([x509.DistributionPoint(list(names), None, None, None)])
    return changed_leaf(lambda draft: draft.having(points))


def ocsp_at(location: x509.GeneralName) -> Case:
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, location)
    return changed_leaf(lambda draft: draft.having(x509.AuthorityInformationAccess([access])))


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


def made_critical(kind: type[x509.ExtensionType]) -> Case:
    return changed_leaf(lambda draft: draft.having(draft.extensions[kind][0], critical=True))


def not_critical(kind: type[x509.ExtensionType], draft: Callable[..., Case] = changed_ca) -> Case:
    return draft(lambda draft: draft.having(draft.extensions[kind][0], critical=False))


def rfc7093(public_key: ec.EllipticCurvePublicKey) -> x509.SubjectKeyIdentifier:
    point = public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return x509.SubjectKeyIdentifier(hashlib.sha256(point).digest()[:20])
