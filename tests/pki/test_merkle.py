"""Merkle trees: the published values of Certificate Transparency, and every small tree by the definition."""

from __future__ import annotations

import hashlib

import pytest

from dominoadmin.pki import merkle

# The reference data of Certificate Transparency's test suite (RFC 6962 and RFC 9162 hash alike).
INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 9162, 2.1.1 defines it, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return hashlib.sha256(b"\1" + tree(leaves[:left]) + tree(leaves[left:])).digest()


LEAVES = [f"entry {number}".encode() for number in range(40)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert merkle.root(map(merkle.leaf, INPUTS[:size])).hex() == ROOTS[size - 1]


def test_a_tree_taken_up_again_grows_as_one_that_was_never_put_away() -> None:
    growing = merkle.Frontier()
    for size, octets in enumerate(LEAVES, start=1):
        growing.append([merkle.leaf(octets)])
        assert growing.root() == tree(LEAVES[:size])
        growing = merkle.Frontier.read(size, growing.octets())
    assert merkle.Frontier().root() == tree([])


@pytest.mark.parametrize(("size", "octets"), [(3, bytes(32)), (3, bytes(65)), (2, bytes(64)), (-1, b"")])
def test_a_frontier_of_another_size_is_refused(size: int, octets: bytes) -> None:
    with pytest.raises(ValueError):
        merkle.Frontier.read(size, octets)
