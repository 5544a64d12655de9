"""Merkle trees: the published values of Certificate Transparency, and proofs of every small tree, by its definition."""

from __future__ import annotations

import hashlib
import importlib.util

import pytest

from dominoadmin.pki import merkle
from tests.source import REPOSITORY

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


def of(start: int, end: int) -> bytes:
    """Return the root of a part of LEAVES."""
    return tree(LEAVES[start:end])


def included(script, hashed: bytes, number: int, size: int, path: list[bytes]) -> bool:
    """Whether the outsider's script accepts a proof of inclusion."""
    left = list(path)
    try:
        return script.included(hashed, number, size, left) == of(0, size) and not left
    except IndexError:
        return False


def consistent(script, before: tuple[int, bytes], after: tuple[int, bytes], path: list[bytes]) -> bool:
    """Whether the outsider's script accepts a proof of consistency."""
    left = list(path)
    try:
        return script.grown(before[0], after[0], left, before[1]) == (before[1], after[1]) and not left
    except IndexError:
        return False


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("verify_proof", REPOSITORY / "resources" / "verify_proof.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_a_proof_of_inclusion_leads_to_the_root_and_no_other_does(script) -> None:
    for size in range(1, len(LEAVES) + 1):
        for number in range(size):
            path = merkle.inclusion(number, size, of)
            hashed = merkle.leaf(LEAVES[number])
            assert included(script, hashed, number, size, path)
            assert not included(script, merkle.leaf(b"another"), number, size, path)
            assert size == 1 or not included(script, hashed, (number + 1) % size, size, path)
            for wrong in ([*path, bytes(32)], path[:-1]):
                assert wrong == path or not included(script, hashed, number, size, wrong)


def test_a_proof_of_consistency_shows_that_a_list_has_only_grown(script) -> None:
    for size in range(1, len(LEAVES) + 1):
        for before in range(1, size + 1):
            path = merkle.consistency(before, size, of)
            old, new = (before, of(0, before)), (size, of(0, size))
            assert consistent(script, old, new, path)
            assert not consistent(script, (before, bytes(32)), new, path)
            assert not consistent(script, old, (size, bytes(32)), path)
            assert not consistent(script, old, new, [*path, bytes(32)])
            if path:
                assert not consistent(script, old, new, path[:-1])
                assert not consistent(script, old, new, [bytes(32), *path[1:]])


def test_the_proofs_of_the_standard(script) -> None:
    """RFC 9162, 2.1.5 draws this tree of seven leaves and lists the nodes of its proofs."""
    a, b, c, d, e, f, j = (merkle.leaf(each) for each in LEAVES[:7])
    g, h, i = merkle.node(a, b), merkle.node(c, d), merkle.node(e, f)
    k, l = merkle.node(g, h), merkle.node(i, j)  # noqa: E741 - as the standard calls it
    assert merkle.inclusion(0, 7, of) == [b, h, l]
    assert merkle.inclusion(3, 7, of) == [c, g, l]
    assert merkle.inclusion(4, 7, of) == [f, j, k]
    assert merkle.inclusion(6, 7, of) == [i, k]
    assert merkle.consistency(3, 7, of) == [c, d, g, l]
    assert merkle.consistency(4, 7, of) == [l]
    assert merkle.consistency(6, 7, of) == [i, j, k]


@pytest.mark.parametrize(("number", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_what_is_not_in_the_tree_has_no_proof(number: int, size: int) -> None:
    with pytest.raises(ValueError):
        merkle.inclusion(number, size, of)
    with pytest.raises(ValueError):
        merkle.consistency(size + 1, size, of)
