"""Make weak_rsa.txt: RSA primes with known flaws. Run `python tests/pki/vectors/make_weak_rsa.py > …/weak_rsa.txt`.

The seed is fixed, so that the file is reproducible. The primes are insecure by design; nothing else may use them.
"""

from __future__ import annotations

import math
import random

SEED = 20171016  # the day ROCA became public
ROUNDS = 24
SMALL = [n for n in range(3, 2000) if all(n % d for d in range(2, math.isqrt(n) + 1))]


def is_prime(n: int, chance: random.Random) -> bool:
    if any(n % p == 0 for p in SMALL):
        return n in SMALL
    twos = ((n - 1) & -(n - 1)).bit_length() - 1
    return n % 2 == 1 and all(_passes(n, twos, chance.randrange(2, n - 1)) for _ in range(ROUNDS))


def _passes(n: int, twos: int, base: int) -> bool:
    x = pow(base, (n - 1) >> twos, n)
    return x in (1, n - 1) or any((x := x * x % n) == n - 1 for _ in range(twos - 1))


def next_prime(n: int, chance: random.Random) -> int:
    n |= 1
    while not is_prime(n, chance) or math.gcd(n - 1, 65537) != 1:
        n += 2
    return n


def roca_prime(chance: random.Random) -> int:
    """A prime as Infineon's RSALib made them for 2048-bit keys: k * M + (65537^a mod M), M the first 126 primes' product."""
    product = math.prod([2, *SMALL[:125]])
    while True:
        p = chance.randrange(3 << 1022, 1 << 1024) // product * product + pow(65537, chance.getrandbits(64), product)
        if p.bit_length() == 1024 and is_prime(p, chance):
            return p


def main() -> None:
    chance = random.Random(SEED)
    start = chance.randrange(3 << 1022, (1 << 1024) - (1 << 1000))
    first = next_prime(start, chance)
    # Fermat needs (p - q)² / (8 √n) rounds: about 100 for a distance of √(800 · √n).
    about_100 = math.isqrt(800 * first)
    vectors = {
        "roca": (roca_prime(chance), roca_prime(chance)),
        "neighbours": (first, next_prime(first + 2, chance)),
        "hundred-rounds": (first, next_prime(first + about_100, chance)),
        "square": (first, first),
        "factor-3": (3, next_prime((1 << 2047) // 3 + chance.getrandbits(1000), chance)),
        "factor-751": (751, next_prime((1 << 2047) // 751 + chance.getrandbits(1000), chance)),
    }
    print(f"# Made by make_weak_rsa.py, seed {SEED}: name, p, q (hexadecimal). Judged by badkeys 0.0.21.")
    for name, (p, q) in vectors.items():
        print(name, f"{p:x}", f"{q:x}")


if __name__ == "__main__":
    main()
