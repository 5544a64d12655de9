"""Certificate revocation lists (RFC 5280, 5), joined from stored entries as a stream of octets.

A list of a million entries is 46 MB. It is never in memory as a whole: the entries pass through once and are hashed,
and the hash is signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from cryptography import x509

from dominoadmin.pki import asn1, digests, issuance
from dominoadmin.pki.digests import Digest
from dominoadmin.pki.issuance import Issuer

_HEADERS: Final = 64
"""Octets in which the headers of a list and of its signed part are."""

Sign = Callable[[bytes], bytes]
"""Signs the digest of `digests.Digest`."""


@dataclass(frozen=True, kw_only=True)
class CrlFields:
    """The fields of a list, without its entries. `base_number` makes it a delta CRL.

    `points` name the list where it does not cover everything that the issuer has issued (RFC 5280, 5.2.5); `deltas`
    are the addresses of its delta CRLs (5.2.6).
    """

    number: int
    this_update: datetime
    next_update: datetime
    base_number: int | None = None
    points: tuple[str, ...] = ()
    deltas: tuple[str, ...] = ()


class Crl:
    """A list being written: call `body`, which yields the part between `head` and the signature, then `ends`."""

    def __init__(self, issuer: Issuer, fields: CrlFields, entries_size: int) -> None:
        """Take the total size of all entries in octets."""
        self._algorithm = issuer.algorithm
        self._digest = Digest(issuer.public_key, issuer.hash_name)
        listed = asn1.header(asn1.SEQUENCE, entries_size) if entries_size else b""
        before = b"".join(
            (
                b"\x02\x01\x01",  # version 2
                self._algorithm,
                issuer.name,
                asn1.time(fields.this_update),
                asn1.time(fields.next_update),
                listed,
            )
        )
        self._after = asn1.tlv(0xA0, asn1.tlv(asn1.SEQUENCE, *_extensions(issuer, fields)))
        size = len(before) + entries_size + len(self._after)
        self._before = asn1.header(asn1.SEQUENCE, size) + before
        self._size, self._entries_size = len(self._before) + entries_size + len(self._after), entries_size

    def body(self, entries: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the bytes to be signed, piece by piece; each piece of `entries` holds whole entries.

        Raises:
            ValueError: the size of the entries differs from the announced one.

        """
        seen = 0
        self._digest.update(self._before)
        yield self._before
        for piece in entries:
            seen += len(piece)
            self._digest.update(piece)
            yield piece
        if seen != self._entries_size:
            raise ValueError(f"{seen} octets of entries instead of {self._entries_size}")
        self._digest.update(self._after)
        yield self._after

    def ends(self, sign: Sign) -> tuple[bytes, bytes]:
        """Return the octets before and after the body, once all of the body was yielded."""
        signature = sign(self._digest.finish())
        tail = self._algorithm + asn1.tlv(asn1.BIT_STRING, b"\x00", signature)
        return asn1.header(asn1.SEQUENCE, self._size + len(tail)), tail


def verifies(issuer: Issuer, pieces: Iterable[bytes]) -> bool:
    """Return whether a list, given in pieces, is DER as `Crl` writes it, signed by the issuer. One piece is held."""
    algorithm, digest = issuer.algorithm, Digest(issuer.public_key, issuer.hash_name)
    stream = iter(pieces)
    held = b""
    while len(held) < _HEADERS and (piece := next(stream, b"")):
        held += piece
    try:
        start = asn1.content(held, 0)
        size, left = asn1.end(held, 0), asn1.end(held, start) - start
    except IndexError:
        return False
    total, held = len(held), held[start:]
    for piece in chain([b""], stream):
        total, held = total + len(piece), held + piece
        signed, held = held[:left], held[left:]
        digest.update(signed)
        left -= len(signed)
    if total != size or left or not held.startswith(algorithm):
        return False
    signature = held[asn1.content(held, len(algorithm)) :]
    is_whole = held == algorithm + asn1.tlv(asn1.BIT_STRING, signature) and signature[:1] == b"\x00"
    return is_whole and digests.verifies(issuer.public_key, signature[1:], digest.finish(), issuer.hash_name)


def _extensions(issuer: Issuer, fields: CrlFields) -> Iterator[bytes]:
    yield asn1.extension(issuance.authority_key_identifier(issuer.certificate), critical=False)
    yield asn1.extension(x509.CRLNumber(fields.number), critical=False)
    if fields.base_number is not None:
        yield asn1.extension(x509.DeltaCRLIndicator(fields.base_number), critical=True)
    if fields.points:
        names = [x509.UniformResourceIdentifier(uri) for uri in fields.points]
        point = x509.IssuingDistributionPoint(
            names, None, only_contains_user_certs=False, only_contains_ca_certs=False, only_some_reasons=None,
            indirect_crl=False, only_contains_attribute_certs=False,
        )  # fmt: skip
        yield asn1.extension(point, critical=True)
    if fields.deltas:
        yield asn1.extension(x509.FreshestCRL(issuance.distribution_points(fields.deltas)), critical=False)
