"""Partitions of a CRL, in the order of issuing: a new one begins when the newest is full."""

from __future__ import annotations

from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.issuance import Issuer
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.store import issued
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object


class Parts:
    """Assigns certificates to the partitions of one certifier.

    Raises:
        Tampered: the audit log commits no certificate in the newest one: certificates would name the next one for good.

    """

    def __init__(self, db: Connection, certifier: Certifier, verifier: Verifier) -> None:
        self._certifier = certifier
        self._size = certifier.configuration.publication.partition_size
        self._part, self._filled, one = issued.last_part(db, certifier.record.id)
        committed.check_same(db, verifier, [Object("issued", f"{certifier.record.id} {one}")] if one else [])
        if self._part <= certifier.generation.before_part:  # that of a key before: its addresses are others
            self._filled = self._size
        self._issuers: dict[int, Issuer] = {}

    def next(self) -> int:
        """Return the partition of the next certificate, or 0 if the CRL has none."""
        if not self._size:
            return 0
        return self._part if self._part and self._filled < self._size else self._part + 1

    def fill(self) -> None:
        """Count one more certificate."""
        part = self.next()
        self._filled = self._filled + 1 if part == self._part else 1
        self._part = part or self._part

    def issuer(self, part: int) -> Issuer:
        """Return the certifier as issuer of certificates in a partition."""
        if part not in self._issuers:
            self._issuers[part] = self._certifier.issuing(part)
        return self._issuers[part]
