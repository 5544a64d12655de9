"""The keys of a certifier as plain values: generations, and the certificates and the responder of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class GenerationCertificate:
    """One more certificate of a generation's key. `path`: those above it, base64 DER, the nearest first."""

    certifier_id: int
    generation: int
    number: int
    role: str
    certificate: bytes
    path: list[str]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class GenerationRecord:
    """A key of a certifier. `number` counts from 1; `certificate` is the one that the configuration names.

    It is active from `created_at` until the next one is. Of the generation before it, `before_until` is the end of the
    last certificate, and `before_part` the newest partition of its CRL.
    """

    certifier_id: int
    number: int
    protection: str
    locking_id: str
    key_algorithm: str
    certificate: bytes
    sealed_key: bytes
    created_at: datetime
    before_until: datetime
    before_part: int
    others: tuple[GenerationCertificate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ResponderRecord:
    """The delegated OCSP responder of a certifier; the key is sealed to the ID of the server."""

    certifier_id: int
    certificate: bytes
    sealed_key: bytes
    not_after: datetime
    created_at: datetime
    generation: int = 1
