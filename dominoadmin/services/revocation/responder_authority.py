"""The key and the certificate of a certifier's OCSP responder, which the CA process renews (RFC 6960, 4.2.2.2)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.pki import (
    documents,
    identities,
    keys,
    names,
    ocsp,
    seals,
)
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.issuance import BACKDATE, Issuer, Validity
from dominoadmin.pki.keys import PrivateKey, PublicKey
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import Cycle, IssuingKey, Signed, Single, StillOurs, unleased
from dominoadmin.services.revocation import responder_records
from dominoadmin.store import issued, responders
from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import ResponderRecord
from dominoadmin.store.records import CertifierRecord, IssuedRecord

RESPONDER: Final = "ocsp"
LIFETIME: Final = timedelta(days=30)
_RENEWED_BEFORE: Final = timedelta(days=15)
_PURPOSE: Final = "OCSP responder key"
_LONGEST: Final = 49  # characters of the certifier's name, so that the whole fits in a common name


def key_for(issuer: Issuer) -> PrivateKey:
    """Return a new key for a responder: of its certifier's kind and size, since its answers replace the certifier's.

    Clients that verify the certifier's signatures verify these, too.
    """
    return keys.generate(keys.algorithm_of(issuer.public_key))


class ResponderAuthority:
    """Keeps the responder of one certifier valid, in the CA process with the certifier's open key."""

    def __init__(
        self, domain: Domain, server: Identity, vault: KeyVault, certifier: Certifier, still_ours: StillOurs = unleased
    ) -> None:
        self._domain, self._server, self._vault = domain, server, vault
        self._certifier, self._still_ours = certifier, still_ours
        self._verifier = Actor.of(server).verifier()

    def is_needed(self) -> bool:
        """Return whether certificates may name a responder: there is one, or there has been, whatever its row says."""
        if self._certifier.configuration.publication.base_urls:
            return True
        with self._domain.store.snapshot() as db:
            return responder_records.has_been(db, self._verifier, self._certifier)

    def problem(self) -> str:
        """Return what is wrong with the row of the responder, or an empty string."""
        try:
            with self._domain.store.snapshot() as db:
                self._known(db)
        except (Tampered, Damaged) as error:
            return str(error)
        return ""

    def _known(self, db: Connection) -> ResponderRecord | None:
        record, generation = self._certifier.record, self._certifier.generation
        return responder_records.find(db, self._verifier, record.id, generation.number)

    def renew(self) -> bool:
        """Certify a new responder if there is none, or the old one expires soon or is weaker than its certifier.

        Return whether that was done.

        Raises:
            Locked: the certifier's key is not open.

        """
        now, issuer = self._domain.now(), self._certifier.issuer
        known = None
        with contextlib.suppress(Tampered, Damaged), self._domain.store.snapshot() as db:  # an altered one is replaced
            known = self._known(db)
        end = issuer.certificate.not_valid_after_utc
        is_past = known is not None and known.created_at <= now  # otherwise the clock was ahead when it was made
        is_lasting = known is not None and (now < known.not_after - _RENEWED_BEFORE or known.not_after == end)
        is_strong = known is not None and _algorithm_of(known) == keys.algorithm_of(issuer.public_key)
        # One that was made before the server's present ID may be sealed to a key that has leaked.
        is_ours = known is not None and known.created_at >= self._server.certificate.not_valid_before_utc + BACKDATE
        if now > end or (is_past and is_lasting and is_strong and is_ours):
            return False
        key = key_for(issuer)
        validity = Validity.starting(now, LIFETIME)
        start = max(validity.not_before, issuer.certificate.not_valid_before_utc)
        self._issue(key, Validity(start, min(validity.not_after, end)))
        return True

    def _issue(self, key: PrivateKey, validity: Validity) -> None:
        issuer = self._certifier.issuer
        certifier = names.from_x509(issuer.certificate.subject).common_name
        subject = DistinguishedName(common_name=f"{certifier[:_LONGEST]} OCSP Responder")

        def keep(db: Connection, signed: Sequence[Signed[Single]], _failures: object) -> None:
            for each in signed:
                self._enter(db, each, key, str(subject))

        cycle = Cycle[Single](
            self._domain,
            IssuingKey(self._certifier.identifier, partial(self._vault.sign, self._certifier)),
            keep,
            still_ours=self._still_ours,
        )
        build = partial(ocsp.responder, subject, key.public_key(), issuer, validity=validity)
        cycle.run_one(Single(issuer.certificate, build))

    def _enter(self, db: Connection, signed: Signed[Single], key: PrivateKey, subject: str) -> None:
        record, now, certificate = self._certifier.record, self._domain.now(), signed.draft.linted
        number = self._certifier.generation.number
        entry = IssuedRecord(
            certifier_id=record.id,
            serial_hex=signed.serial_hex,
            request_id=None,
            kind=RESPONDER,
            subject=subject,
            names="",
            requester=self._server.name,
            key_algorithm=keys.algorithm_of(key.public_key()),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            fingerprint=hashlib.sha256(signed.der).hexdigest(),
            key_fingerprint=keys.fingerprint(key.public_key()),
            der=signed.der,
            issued_at=now,
            part=0,
            generation=number,
        )
        issued.add(db, [entry])
        responder = ResponderRecord(
            certifier_id=record.id,
            certificate=signed.der,
            sealed_key=self._sealed(key),
            not_after=entry.not_after,
            created_at=now,
            generation=number,
        )
        responders.keep(db, responder)
        detail = {"certifier": record.name, "subject": subject, "sha256": entry.fingerprint}
        event = Event(AuditAction.OCSP_RESPONDER_CERTIFIED, signed.serial_hex, detail)
        audit_log.enter(db, now, Actor.of(self._server), [event])

    def _sealed(self, key: PrivateKey) -> bytes:
        content = json.dumps({"key": base64.b64encode(keys.private_der(key)).decode()}).encode()
        holder = identities.sealing_key_of(self._server.certificate)
        return seals.seal(content, holder, sealed_for(self._certifier.record))


def _algorithm_of(known: ResponderRecord) -> str:
    """Return the algorithm of a responder's key, or nothing if it is none of ours."""
    try:
        key = responder_records.certificate_of(known).public_key()
    except PARSING_FAILURES:
        return ""
    return keys.algorithm_of(key) if isinstance(key, PublicKey) else ""


def sealed_for(record: CertifierRecord) -> bytes:
    """Return what a responder's key is sealed for."""
    return documents.canonical({"purpose": _PURPOSE, "certifier": record.name})
