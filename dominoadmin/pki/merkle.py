"""Merkle trees as RFC 9162 (2.1) has them: one hash for a growing list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

Range = Callable[[int, int], bytes]
"""Returns the root of the tree over the leaves from one number up to another, without the latter."""

EMPTY: Final = sha256(b"").digest()
"""The root of a list without entries."""
# RFC 9162, 2.1.1: a leaf can never be taken for an inner node.
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf(octets: bytes) -> bytes:
    """Return the hash of an entry."""
    return sha256(_LEAF + octets).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return sha256(_NODE + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, the largest first.

    It is all that appending needs: at most one hash of 32 octets for each binary digit of the size.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Take up a tree again.

        Raises:
            ValueError: a tree of this size has another number of complete subtrees.

        """
        if size < 0 or len(peaks) != size.bit_count():
            raise ValueError(size)
        self.size = size
        self._peaks = list(peaks)

    @classmethod
    def read(cls, size: int, octets: bytes) -> Frontier:
        """Read what `octets` returned.

        Raises:
            ValueError: it does not belong to a tree of this size.

        """
        length = sha256().digest_size
        if len(octets) % length:
            raise ValueError(octets)
        return cls(size, [octets[start : start + length] for start in range(0, len(octets), length)])

    def octets(self) -> bytes:
        """Return the subtrees' roots, one after the other."""
        return b"".join(self._peaks)

    def append(self, hashes: Iterable[bytes]) -> None:
        """Add leaves by their hashes."""
        self.append_complete(hashes, 1)

    def append_complete(self, roots: Iterable[bytes], leaves: int) -> None:
        """Add complete subtrees of this many leaves each, a power of two, to a tree that consists of such subtrees."""
        for added in roots:
            merged, rest = added, self.size // leaves
            while rest & 1:
                merged, rest = node(self._peaks.pop(), merged), rest >> 1
            self._peaks.append(merged)
            self.size += leaves

    def root(self) -> bytes:
        """Return the root of the tree."""
        if not self._peaks:
            return EMPTY
        *others, found = self._peaks
        for peak in reversed(others):
            found = node(peak, found)
        return found


def root(hashes: Iterable[bytes]) -> bytes:
    """Return the root of a tree with these leaves."""
    whole = Frontier()
    whole.append(hashes)
    return whole.root()


def inclusion(number: int, size: int, of: Range) -> list[bytes]:
    """Return the proof that the leaf with this number, counted from 0, is in a tree of this size (2.1.3.1).

    Raises:
        ValueError: the tree has no such leaf.

    """
    if not 0 <= number < size:
        raise ValueError(number)
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if number < middle:
            path.append(of(middle, end))
            end = middle
        else:
            path.append(of(start, middle))
            start = middle
    return path[::-1]


def consistency(before: int, size: int, of: Range) -> list[bytes]:
    """Return the proof that a tree of `before` leaves is the beginning of one of `size` leaves (2.1.4.1).

    Raises:
        ValueError: it cannot be.

    """
    if not 0 < before <= size:
        raise ValueError(before)
    path, start, end, is_whole = [], 0, size, True
    while before != end:
        middle = start + _split(end - start)
        if before <= middle:
            path.append(of(middle, end))
            end = middle
        else:
            path.append(of(start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append(of(start, end))
    return path[::-1]


def _split(size: int) -> int:
    """Return the size of the left subtree: the largest power of two that is smaller."""
    return 1 << ((size - 1).bit_length() - 1)
