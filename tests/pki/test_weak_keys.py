"""Refused public keys. The weak moduli are from vectors/, and badkeys agreed on each of them."""

import time

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from dominoadmin.pki import keys, weak_keys
from tests.pki.hostile_requests import WEAK
from tests.pki.requests_by_hand import rsa_numbers, weak_primes


def rsa_key(modulus: int, exponent: int = 65537) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_every_algorithm_of_this_authority_is_allowed(algorithm):
    assert weak_keys.problem(keys.generate(algorithm).public_key()) == ""


@pytest.mark.parametrize("size", [2056, 2560])
def test_an_rsa_key_of_an_unusual_size_in_range_is_allowed(size):
    assert weak_keys.problem(rsa.generate_private_key(65537, size).public_key()) == ""


@pytest.mark.parametrize("bits", [1024, 2040, 2047, 2049, 4097, 4104, 8192, 16384])
def test_an_rsa_key_of_a_wrong_size_is_refused_with_the_right_sizes(bits):
    assert weak_keys.problem(rsa_key((1 << bits - 1) + 1)) == f"The RSA key has {bits} bits; use 2048, 3072, or 4096."


@pytest.mark.parametrize("exponent", [3, 17, 65539, (1 << 64) - 1])
def test_any_exponent_but_65537_is_refused(exponent):
    expected = f"The RSA key's public exponent is {exponent}; it must be 65537."
    assert weak_keys.problem(rsa_key(rsa_numbers().public_numbers.n, exponent)) == expected


def test_a_huge_exponent_is_not_printed():
    key = rsa_key(rsa_numbers().public_numbers.n, (1 << 2000) + 1)
    assert weak_keys.problem(key) == "The RSA key's public exponent is very large; it must be 65537."


@pytest.mark.parametrize(("name", "fragment"), WEAK)
def test_a_modulus_that_can_be_factored_is_refused(name, fragment):
    p, q = weak_primes()[name]
    assert fragment in weak_keys.problem(rsa_key(p * q))


def test_an_even_modulus_is_refused():
    assert "small factor" in weak_keys.problem(rsa_key(rsa_numbers().public_numbers.n + 1))


def test_a_sound_modulus_times_the_group_of_roca_is_not_mistaken_for_roca():
    # One ROCA prime and one good prime: the product leaves the group, so the fingerprint must not match.
    p, _ = weak_primes()["roca"]
    assert weak_keys.problem(rsa_key(p * rsa_numbers().p)) == ""


@pytest.mark.parametrize(
    "curve", [ec.SECP192R1(), ec.SECP224R1(), ec.SECP521R1(), ec.SECP256K1(), ec.BrainpoolP256R1()]
)
def test_other_curves_are_refused_by_name(curve):
    problem = weak_keys.problem(ec.generate_private_key(curve).public_key())
    assert curve.name in problem
    assert "use P-256 or P-384" in problem


@pytest.mark.parametrize(
    ("key", "kind"), [(dsa.generate_private_key(1024), "DSA"), (ed25519.Ed25519PrivateKey.generate(), "Ed25519")]
)
def test_other_kinds_of_keys_are_refused_by_name(key, kind):
    assert f"Keys of type {kind}" in weak_keys.problem(key.public_key())


@pytest.mark.parametrize("bits", [4096, 4095 * 8, 65536])
def test_no_key_takes_50_ms(bits):
    # 2^(bits-1) + something with no factor below 752 that is neither close to a square nor in the group.
    modulus = (1 << bits - 1) + next(n for n in range(1, 9999, 2) if not _small_factor((1 << bits - 1) + n))
    key = rsa_key(modulus)
    start = time.process_time()
    weak_keys.problem(key)
    assert time.process_time() - start < 0.05


def _small_factor(modulus: int) -> bool:
    return any(modulus % n == 0 for n in range(3, 752, 2))
