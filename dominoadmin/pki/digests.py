"""Signatures over a digest, for data too long to be in memory at once. They equal those of `keys.sign`."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from dominoadmin.pki import keys
from dominoadmin.pki.keys import PrivateKey, PublicKey

_MU_OCTETS = 64


class Digest:
    """The digest that a key signs: of its hash, or the message representative of ML-DSA (FIPS 204, 6.2, step 6)."""

    def __init__(self, key: PublicKey, hash_name: str) -> None:
        algorithm = keys.hash_for(key, hash_name)
        self._hash = hashes.Hash(algorithm) if algorithm else hashes.Hash(hashes.SHAKE256(_MU_OCTETS))
        if algorithm is None:
            public = key.public_bytes_raw()  # type: ignore[union-attr]
            self._hash.update(hashlib.shake_256(public).digest(_MU_OCTETS) + b"\x00\x00")  # pure, no context

    def update(self, data: bytes) -> None:
        """Add more of the message."""
        self._hash.update(data)

    def finish(self) -> bytes:
        """Return the digest of the complete message."""
        return self._hash.finalize()


def sign(key: PrivateKey, digest: bytes, hash_name: str) -> bytes:
    """Sign a digest as X.509 does (see `keys.sign`)."""
    algorithm = keys.hash_for(key, hash_name)
    if isinstance(key, rsa.RSAPrivateKey):
        assert algorithm is not None
        return key.sign(digest, padding.PKCS1v15(), Prehashed(algorithm))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        assert algorithm is not None
        return key.sign(digest, ec.ECDSA(Prehashed(algorithm)))
    return key.sign_mu(digest)


def verifies(key: PublicKey, signature: bytes, digest: bytes, hash_name: str) -> bool:
    """Return whether a signature over a digest was made with the private half of `key`."""
    algorithm = keys.hash_for(key, hash_name)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            assert algorithm is not None
            key.verify(signature, digest, padding.PKCS1v15(), Prehashed(algorithm))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            assert algorithm is not None
            key.verify(signature, digest, ec.ECDSA(Prehashed(algorithm)))
        else:
            key.verify_mu(signature, digest)
    except InvalidSignature:
        return False
    return True
