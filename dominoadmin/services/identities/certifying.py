"""Certifies IDs with the organization's certifier, through the issuance cycle (docs/issuance.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dominoadmin.pki import identities, keys
from dominoadmin.pki.identities import Identity, IdKeys
from dominoadmin.pki.issuance import Draft
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import Cycle, IssuingKey, Keep, void_unfinished

_INTERRUPTED: Final = timedelta(hours=1)
"""The time after which no process can still be about to keep a certificate: the cycle takes seconds."""


@dataclass(frozen=True, kw_only=True)
class IdOrder:
    """The certificate of one ID. `issuer` is that of the organization's certifier; None for that certifier's own."""

    kind: str
    name: str
    issuer: x509.Certificate | None
    now: datetime
    id_keys: IdKeys = field(default_factory=IdKeys.generate)
    request_id: None = None

    def build(self, serial_number: int) -> Draft:
        """Return the certificate without its signature."""
        if self.issuer is None:
            return identities.organization(self.name, self.id_keys, serial_number, self.now)
        return identities.member(self.name, self.id_keys, self.issuer, serial_number, self.now)

    def identity(self, der: bytes) -> Identity:
        """Return the opened ID with its signed certificate."""
        chain = (x509.load_der_x509_certificate(der), *filter(None, [self.issuer]))
        return self.id_keys.identity(self.kind, self.name, chain)


def cycle_of(domain: Domain, key: ec.EllipticCurvePrivateKey, keep: Keep[IdOrder]) -> Cycle[IdOrder]:
    """Return the cycle that certifies with this key of the organization's certifier."""
    return Cycle(domain, IssuingKey(keys.fingerprint(key.public_key()), partial(keys.sign_checked, key)), keep)


def void_interrupted(domain: Domain, certifier: Identity) -> None:
    """Void the serial numbers of the organization's certifier that killed processes have left, and enter that.

    Several processes can use this certifier at once, so a number that was taken a moment ago stays.
    """
    issuer, now = keys.fingerprint(certifier.signing_key.public_key()), domain.now()
    with domain.store.transaction() as db:
        if void := void_unfinished(db, issuer, now - _INTERRUPTED):
            event = Event(AuditAction.SERIALS_VOIDED, certifier.name, {"serials": void})
            audit_log.enter(db, now, Actor.of(certifier), [event])
