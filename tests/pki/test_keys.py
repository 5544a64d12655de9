"""Keys: generation, names, signatures, reading."""

from __future__ import annotations

import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from dominoadmin.errors import Damaged, Refused
from dominoadmin.pki import keys, serial_numbers
from tests import specimens

MADE = ("rsa-2048", "ec-p256", "ec-p384", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
# FIPS 204, table 2: sizes of ML-DSA public keys; SEC 1: an uncompressed point.
SIZES = {"ml-dsa-44": 1312, "ml-dsa-65": 1952, "ml-dsa-87": 2592}


def key_of(algorithm: str):
    return specimens.key(algorithm, "keys")


@pytest.mark.parametrize("algorithm", MADE)
def test_a_generated_key_is_of_the_algorithm_that_was_asked_for(algorithm: str) -> None:
    key = keys.generate(algorithm)
    assert keys.algorithm_of(key.public_key()) == algorithm
    match key:
        case rsa.RSAPrivateKey():
            assert (key.key_size, key.public_key().public_numbers().e) == (2048, 65537)
        case ec.EllipticCurvePrivateKey():
            assert key.curve.name == {"ec-p256": "secp256r1", "ec-p384": "secp384r1"}[algorithm]
        case _:
            assert len(key.public_key().public_bytes_raw()) == SIZES[algorithm]


def test_the_list_of_algorithms_is_the_technotes_and_more() -> None:
    assert keys.ALGORITHMS == ("rsa-2048", "rsa-3072", "rsa-4096", *MADE[1:])
    assert keys.TLS_ALGORITHMS == ("rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384")
    for algorithm in keys.ALGORITHMS:
        keys.check_algorithm(algorithm)


@pytest.mark.parametrize("algorithm", ["", "rsa", "rsa-1024", "RSA-2048", "ed25519", "ec-p521"])
def test_other_algorithms_are_refused_with_the_list(algorithm: str) -> None:
    for function in (keys.generate, keys.check_algorithm):
        with pytest.raises(Refused, match="is not a supported key algorithm") as refusal:
            function(algorithm)
        assert "rsa-2048" in refusal.value.hint


def test_keys_of_other_sizes_have_names_too() -> None:
    assert keys.algorithm_of(rsa.generate_private_key(65537, 1024).public_key()) == "rsa-1024"
    assert keys.algorithm_of(ec.generate_private_key(ec.SECP256K1()).public_key()) == "ec-secp256k1"


@pytest.mark.parametrize("key", [ed25519.Ed25519PrivateKey.generate(), dsa.generate_private_key(1024)], ids=["ed", "dsa"])
def test_keys_of_other_kinds_are_refused_by_name(key) -> None:
    with pytest.raises(Refused, match=r"Keys of type (Ed25519|DSA) are not supported"):
        keys.algorithm_of(key.public_key())


def test_labels_read_as_people_say_them() -> None:
    labels = [keys.describe_algorithm(name) for name in ("rsa-2048", "ec-p256", "ml-dsa-65", "ec-secp192r1")]
    assert labels == ["RSA 2048 bits", "ECDSA P-256", "ML-DSA-65", "EC-SECP192R1"]


def test_a_public_key_is_written_and_fingerprinted_as_openssl_does() -> None:
    public = key_of("ec-p256").public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    asked = ["openssl", "pkey", "-pubin", "-outform", "DER"]
    der = subprocess.run(asked, input=pem, capture_output=True, check=True).stdout
    assert keys.spki(public) == der
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der, capture_output=True, check=True).stdout
    assert keys.fingerprint(public) == digest.decode().split()[0]


@pytest.mark.parametrize("algorithm", MADE)
def test_a_private_key_comes_back_from_its_der(algorithm: str) -> None:
    key = key_of(algorithm)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert keys.private_der(key) == der
    assert keys.spki(keys.load_sealed_private(der).public_key()) == keys.spki(key.public_key())


ED25519 = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"no key at all", ED25519], ids=["empty", "sequence", "text", "ed25519"])
def test_what_is_no_usable_private_key_is_damaged(der: bytes) -> None:
    with pytest.raises(Damaged, match="private key cannot be read"):
        keys.load_sealed_private(der)


@pytest.mark.parametrize(
    ("algorithm", "name", "expected"),
    [
        ("rsa-2048", "", "sha256"), ("ec-p256", "", "sha256"), ("ec-p384", "", "sha384"), ("rsa-2048", "sha512", "sha512"),
        ("rsa-2048", "sha384", "sha384"), ("ec-p384", "sha256", "sha256"), ("ml-dsa-65", "", None), ("ml-dsa-65", "md5", None),
    ],
)  # fmt: skip
def test_the_hash_fits_the_key(algorithm: str, name: str, expected: str | None) -> None:
    for key in (key_of(algorithm), key_of(algorithm).public_key()):
        found = keys.hash_for(key, name)
        assert (found.name if found else None) == expected


@pytest.mark.parametrize("name", ["md5", "sha1", "sha224", "SHA256"])
def test_other_hashes_are_refused(name: str) -> None:
    with pytest.raises(Refused, match=f"{name} is not a supported hash"):
        keys.hash_for(key_of("ec-p256"), name)


@pytest.mark.parametrize("algorithm", MADE)
@pytest.mark.parametrize("hash_name", ["", "sha512"])
def test_a_signature_verifies_with_pyca_and_nothing_else_does(algorithm: str, hash_name: str) -> None:
    key, data = key_of(algorithm), b"to be signed"
    signature = keys.sign(key, data, hash_name)
    public = key.public_key()
    hashed = hashes.SHA512() if hash_name else hashes.SHA384() if algorithm == "ec-p384" else hashes.SHA256()
    match public:
        case rsa.RSAPublicKey():
            public.verify(signature, data, padding.PKCS1v15(), hashed)
        case ec.EllipticCurvePublicKey():
            public.verify(signature, data, ec.ECDSA(hashed))
        case _:
            public.verify(signature, data)
    assert keys.verifies(public, signature, data, hash_name)
    assert not keys.verifies(public, signature, b"something else", hash_name)
    assert not keys.verifies(public, signature[:-1], data, hash_name)
    assert not keys.verifies(specimens.key(algorithm, "stranger").public_key(), signature, data, hash_name)


def test_serials_are_positive_random_and_twenty_octets_long() -> None:
    serials = {serial_numbers.new() for _ in range(2000)}
    assert len(serials) == 2000
    # RFC 5280, 4.1.2.2: at most 20 octets, and the first bit is the sign.
    assert all((serial.bit_length() + 8) // 8 == 20 for serial in serials)
    # At least 64 bits of entropy: no two agree in their lowest or highest 64 bits.
    assert len({serial % 2**64 for serial in serials}) == len({serial >> 94 for serial in serials}) == 2000
    assert serial_numbers.text(0xAB12) == "ab12"
