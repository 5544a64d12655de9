"""Keys this authority never certifies, after Boulder's `goodkey` (CA/Browser Forum BR 6.1.1.3, 6.1.5, 6.1.6).

Every check is bounded: the size is looked at first, and no key takes 50 ms.
"""

from __future__ import annotations

import math
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PublicKey,
    MLDSA65PublicKey,
    MLDSA87PublicKey,
)

from dominoadmin.i18n import marked as _

_SMALLEST: Final = 2048
_LARGEST: Final = 4096
_EXPONENT: Final = 65537
_CURVES: Final = ("secp256r1", "secp384r1")
_FERMAT_ROUNDS: Final = 110
_UNSAFE: Final = _("so others can compute the private key; make a new key")


def _primes(limit: int) -> tuple[int, ...]:
    return tuple(n for n in range(2, limit) if all(n % d for d in range(2, math.isqrt(n) + 1)))


_SMALL_PRIMES: Final = math.prod(_primes(752))
# Infineon's RSALib made primes k * M + (65537^a mod M), M the product of the first primes, so that the modulus
# lies in the group that 65537 generates modulo each of them. Nemec, Sys, Svenda, Klinec, Matyas: "The Return of
# Coppersmith's Attack", CCS 2017 (CVE-2017-15361). One sound key in 240 million looks the same.
_ROCA_RESIDUES: Final = {p: frozenset(pow(_EXPONENT, a, p) for a in range(p)) for p in _primes(168)[1:]}


def problem(key: object) -> str:
    """Return why this public key cannot be certified, as one sentence, or an empty string."""
    match key:
        case rsa.RSAPublicKey():
            return _rsa_problem(key)
        case ec.EllipticCurvePublicKey():
            return _curve_problem(key.curve.name)
        case MLDSA44PublicKey() | MLDSA65PublicKey() | MLDSA87PublicKey():
            return ""
        case _:
            return _unknown_problem(key)


def _rsa_problem(key: rsa.RSAPublicKey) -> str:
    size = key.key_size
    if not _SMALLEST <= size <= _LARGEST or size % 8:
        return _("The RSA key has {bits} bits; use 2048, 3072 or 4096.", bits=size)
    numbers = key.public_numbers()
    if numbers.e != _EXPONENT:
        shown = str(numbers.e) if numbers.e.bit_length() <= key.key_size // 32 else _("very large")
        return _("The RSA key's public exponent is {exponent}; it must be {usual}.", exponent=shown, usual=_EXPONENT)
    return _modulus_problem(numbers.n)


def _modulus_problem(modulus: int) -> str:
    if math.gcd(modulus, _SMALL_PRIMES) != 1:
        return _("The RSA key's modulus has a small factor, {unsafe}.", unsafe=_UNSAFE)
    if _has_close_factors(modulus):
        return _("The RSA key's two primes lie too close together, {unsafe}.", unsafe=_UNSAFE)
    if all(modulus % p in residues for p, residues in _ROCA_RESIDUES.items()):
        return _("The RSA key was made by a chip with the ROCA flaw (CVE-2017-15361), {unsafe}.", unsafe=_UNSAFE)
    return ""


def _has_close_factors(modulus: int) -> bool:
    """Try Fermat's factorisation: n = a² - b² with a just above the root of n."""
    a = math.isqrt(modulus - 1) + 1
    for _rest in range(_FERMAT_ROUNDS):
        remainder = a * a - modulus
        if math.isqrt(remainder) ** 2 == remainder:
            return True
        a += 1
    return False


def _curve_problem(curve: str) -> str:
    return "" if curve in _CURVES else _("The key is on the elliptic curve {curve}; use P-256 or P-384.", curve=curve)


def _unknown_problem(key: object) -> str:
    kind = type(key).__name__.removesuffix("PublicKey")
    return _("Keys of the kind {kind} are not certified here; use RSA, ECDSA on P-256 or P-384, or ML-DSA.", kind=kind)
