"""The key algorithms this authority works with: RSA, ECDSA and ML-DSA (RFC 8017, FIPS 186-5, FIPS 204)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
    MLDSA65PrivateKey,
    MLDSA65PublicKey,
    MLDSA87PrivateKey,
    MLDSA87PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from dominoadmin.errors import Damaged, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.parsing import PARSING_FAILURES

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | MLDSA44PrivateKey | MLDSA65PrivateKey | MLDSA87PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | MLDSA44PublicKey | MLDSA65PublicKey | MLDSA87PublicKey


@dataclass(frozen=True)
class _Algorithm:
    label: str
    generate: Callable[[], PrivateKey]


def _rsa(bits: int) -> _Algorithm:
    return _Algorithm(_("RSA {bits} bits", bits=bits), lambda: rsa.generate_private_key(65537, bits))


_ALGORITHMS: Final = {
    "rsa-2048": _rsa(2048),
    "rsa-3072": _rsa(3072),
    "rsa-4096": _rsa(4096),
    "ec-p256": _Algorithm("ECDSA P-256", lambda: ec.generate_private_key(ec.SECP256R1())),
    "ec-p384": _Algorithm("ECDSA P-384", lambda: ec.generate_private_key(ec.SECP384R1())),
    "ml-dsa-44": _Algorithm("ML-DSA-44", MLDSA44PrivateKey.generate),
    "ml-dsa-65": _Algorithm("ML-DSA-65", MLDSA65PrivateKey.generate),
    "ml-dsa-87": _Algorithm("ML-DSA-87", MLDSA87PrivateKey.generate),
}
ALGORITHMS: Final = tuple(_ALGORITHMS)
TLS_ALGORITHMS: Final = ("rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384")
"""The algorithms of key rings: TLS and PKCS #12 do not support ML-DSA yet."""

_FAMILIES: Final[dict[str, type[object]]] = {
    "rsa": rsa.RSAPublicKey,
    "ec": ec.EllipticCurvePublicKey,
    "ml-dsa-44": MLDSA44PublicKey,
    "ml-dsa-65": MLDSA65PublicKey,
    "ml-dsa-87": MLDSA87PublicKey,
}
_NIST: Final = {"secp256r1": "p256", "secp384r1": "p384"}


def generate(algorithm: str) -> PrivateKey:
    """Generate a private key.

    Raises:
        Refused: the algorithm is not one of `ALGORITHMS`.

    """
    return _known(algorithm).generate()


def check_algorithm(algorithm: str) -> None:
    """Raise `Refused` unless the algorithm is one of `ALGORITHMS`."""
    _known(algorithm)


def algorithm_of(key: PublicKey | object) -> str:
    """Return the name of the key's algorithm and size, even if this authority does not allow it.

    Raises:
        Refused: the key is of a kind that cannot sign here (DSA, DH, Ed25519, …).

    """
    match _family(type(key)):  # type: ignore[arg-type]  # a class is hashable
        case "rsa":
            return f"rsa-{key.key_size}"  # type: ignore[union-attr]
        case "ec":
            name = key.curve.name  # type: ignore[union-attr]
            return f"ec-{_NIST.get(name, name)}"
        case "":
            kind = type(key).__name__.removesuffix("PublicKey").lstrip("_")
            raise Refused(
                _("Keys of type {kind} are not supported.", kind=kind),
                _("Use one of these: {kinds}.", kinds=", ".join(ALGORITHMS)),
            )
        case family:
            return family


@cache
def _family(kind: type[object]) -> str:
    """Return the family of a type of public keys, or an empty string.

    cryptography's types are abstract classes. It takes as long to ask for one of them as to compare a whole name, and a
    certificate's way asks twenty times; so it is asked once for each type.
    """
    return next((family for family, known in _FAMILIES.items() if issubclass(kind, known)), "")


def describe_algorithm(algorithm: str) -> str:
    """Return the algorithm as a label, `RSA 2048 bits`."""
    known = _ALGORITHMS.get(algorithm)
    return known.label if known else algorithm.upper()


class _Same:
    """A key as a key of a dictionary: the object itself, which never changes; keys have no hash."""

    __slots__ = ("key",)

    def __init__(self, key: PublicKey) -> None:
        self.key = key

    def __hash__(self) -> int:
        return id(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.key is other.key


def spki(key: PublicKey) -> bytes:
    """Return the DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7)."""
    return _spki(_Same(key))


@lru_cache(maxsize=2048)  # a certificate's way asks four times, and the library encodes it each time
def _spki(same: _Same) -> bytes:
    return same.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: PublicKey) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo as lower-case hex."""
    return hashlib.sha256(spki(key)).hexdigest()


def private_der(key: PrivateKey) -> bytes:
    """Return the unencrypted PKCS #8 DER. Only for content that is sealed at once, or an export the user asked for."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_sealed_private(der: bytes) -> PrivateKey:
    """Read a private key from one of our own authenticated seals.

    The seal authenticates the key, so the RSA checks, which hold the GIL for half a second, are skipped.

    Raises:
        Damaged: there is no key that can sign here. Anyone can seal something to a public key.

    """
    try:
        key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    except PARSING_FAILURES:
        key = None
    if not isinstance(key, PrivateKey):
        raise Damaged(_("The private key cannot be read."), _("Restore it from a backup copy."))
    return key


def hash_for(key: PublicKey | PrivateKey, name: str = "") -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """Return the hash for this key's signatures; None for ML-DSA, which has its own.

    `name` is `sha256`, `sha384`, `sha512`, or empty for the usual one (SHA-384 for P-384, else SHA-256).

    Raises:
        Refused: the name is none of these.

    """
    match _hashing(type(key)):
        case "ec":
            usual = "sha384" if key.curve.name == "secp384r1" else "sha256"  # type: ignore[union-attr]
        case "rsa":
            usual = "sha256"
        case _:
            return None
    match name or usual:
        case "sha256":
            return hashes.SHA256()
        case "sha384":
            return hashes.SHA384()
        case "sha512":
            return hashes.SHA512()
        case _:
            raise Refused(_("{name} is not a supported hash.", name=name), _("Use sha256, sha384, or sha512."))


def sign(key: PrivateKey, data: bytes, hash_name: str = "") -> bytes:
    """Sign `data` as X.509 does: PKCS #1 v1.5, ECDSA in DER, or ML-DSA with an empty context (RFC 9881)."""
    return key.sign(data, *_scheme(key, hash_name))


def verifies(key: PublicKey, signature: bytes, data: bytes, hash_name: str = "") -> bool:
    """Return whether `signature` over `data` was made with the private half of `key`."""
    try:
        key.verify(signature, data, *_scheme(key, hash_name))
    except InvalidSignature:
        return False
    return True


@cache
def _hashing(kind: type[object]) -> str:
    """Return the family of a type of keys, private or public, that sign a hash; else an empty string. As `_family`."""
    if issubclass(kind, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return "ec"
    return "rsa" if issubclass(kind, rsa.RSAPrivateKey | rsa.RSAPublicKey) else ""


def _scheme(key: PublicKey | PrivateKey, hash_name: str) -> tuple[Any, ...]:
    """Return the library's further arguments for verifying: all but the data and the signature."""
    algorithm = hash_for(key, hash_name)
    if algorithm is None:
        return ()
    is_rsa = _hashing(type(key)) == "rsa"
    return (padding.PKCS1v15(), algorithm) if is_rsa else (ec.ECDSA(algorithm),)


def sign_checked(key: PrivateKey, data: bytes, hash_name: str = "") -> bytes:
    """Sign as `sign` does, and verify the signature: a faulty one can give an RSA key away.

    Raises:
        RuntimeError: the signature is wrong; the computer made a calculation error.

    """
    signature = sign(key, data, hash_name)
    if not verifies(key.public_key(), signature, data, hash_name):
        raise RuntimeError("A signature is wrong: this computer made a calculation error.")
    return signature


def _known(algorithm: str) -> _Algorithm:
    try:
        return _ALGORITHMS[algorithm]
    except KeyError:
        raise Refused(
            _("{algorithm} is not a supported key algorithm.", algorithm=algorithm),
            _("Use one of these: {kinds}.", kinds=", ".join(ALGORITHMS)),
        ) from None
