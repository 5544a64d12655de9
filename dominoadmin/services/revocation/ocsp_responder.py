"""OCSP: answers by a delegated responder, whose certificate the CA process renews automatically (RFC 6960, 4.2.2.2)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from cryptography import x509
from cryptography.x509.ocsp import OCSPResponseStatus

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import (
    certification_paths,
    documents,
    identities,
    keys,
    names,
    ocsp,
    seals,
)
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.issuance import BACKDATE, Issuer, Validity
from dominoadmin.pki.keys import PrivateKey, PublicKey
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.ocsp import Finding, MalformedQueryError, OcspSigner, Query
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.revocation import Revocation
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import own_certificates
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import Cycle, IssuingKey, Signed, Single, StillOurs, unleased
from dominoadmin.services.revocation import responder_records
from dominoadmin.store import certifiers, crls, issued, ledger, responders, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import ResponderRecord
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord, IssuedRecord, RevocationRecord

RESPONDER: Final = "ocsp"
LIFETIME: Final = timedelta(days=30)
_RENEWED_BEFORE: Final = timedelta(days=15)
_ANSWERS_LAST: Final = timedelta(hours=24)
_FILES_LAST: Final = timedelta(days=7)
_SAME: Final = timedelta(hours=1)
_MOST: Final = 4096
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
        return seals.seal(content, holder, _info(self._certifier.record))


@dataclass(frozen=True)
class Answer:
    """A response as DER. `until` is the end of its validity, or None if it must not be cached."""

    der: bytes
    this_update: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class _Asked:
    """The certifier that a question is about, by the number of the generation whose key it names."""

    record: CertifierRecord
    generation: int

    def has_issued(self, db: Connection, serial_hex: str) -> bool:
        """Return whether this generation has signed an issued certificate; one that is lost may be its."""
        for entry in issued.find(db, serial_hex, self.record.id):
            with contextlib.suppress(*PARSING_FAILURES):
                certificate = x509.load_der_x509_certificate(entry.der)
                return certification_paths.is_issued_by(certificate, self.certificate())
        return True

    def check(self, db: Connection, verifier: Verifier) -> None:
        """Raise `Tampered` if the certifier or one of its keys was altered, added or removed."""
        rows = [Object("certifiers", str(self.record.id)), *own_certificates.objects(self.record)]
        committed.check_same(db, verifier, [*rows, *own_certificates.absent(self.record)])

    def certificate(self) -> x509.Certificate:
        return own_certificates.certificate_of(self.record, own_certificates.numbered(self.record, self.generation))


class Responder:
    """Answers for all certifiers whose responders' keys are sealed to this server's ID."""

    def __init__(self, domain: Domain, server: Identity) -> None:
        self._domain, self._server = domain, server
        self._verifier = Actor.of(server).verifier()
        self._answers: dict[tuple[object, ...], Answer] = {}
        self._signers: dict[bytes, OcspSigner] = {}

    def answer(self, data: bytes) -> Answer:
        """Answer one request; errors in it, or of ours, are answers too (RFC 6960, 2.3)."""
        try:
            query = ocsp.query_from(data)
        except MalformedQueryError:
            return Answer(ocsp.refusal(OCSPResponseStatus.MALFORMED_REQUEST))
        try:
            with self._domain.store.snapshot() as db:
                return self._answer(db, query)
        except Tampered:  # asking again would not help
            return Answer(ocsp.refusal(OCSPResponseStatus.INTERNAL_ERROR))
        except Error:
            return Answer(ocsp.refusal(OCSPResponseStatus.TRY_LATER))

    def beforehand(self, certifier_id: int, generation: int, serial_hex: str) -> bytes:
        """Return an answer about one certificate that is valid for days, for other servers to return.

        Raises:
            Error: the responder has no valid certificate, or its key is not sealed to this server.
            Tampered: the certificate's data in the store was altered.

        """
        with self._domain.store.snapshot() as db:
            which = _Asked(certifiers.get(db, certifier_id), generation)
            which.check(db, self._verifier)
            query = Query("sha1", *ocsp.issuer_hashes(which.certificate(), "sha1"), serial_hex)
            known = self._valid(db, certifier_id, generation)
            newest, now = crls.newest(db, certifier_id, generation=generation), self._domain.now()
            end = min(now + _FILES_LAST, known.not_after)
            if newest and newest.next_update > now:
                end = min(end, newest.next_update)
            return ocsp.answer(query, self._finding(db, which, serial_hex, end), self._signer(db, known))

    def check(self, db: Connection, certifier_id: int, generation: int) -> None:
        """Raise `Error` if the responder of a certifier's generation has no valid certificate."""
        self._valid(db, certifier_id, generation)

    def _valid(self, db: Connection, certifier_id: int, generation: int) -> ResponderRecord:
        known = self._responder(db, certifier_id, generation)
        if known is None:
            raise Error(_("The OCSP responder has no valid certificate."), _("Activate the certifier to issue one."))
        return known

    def _answer(self, db: Connection, query: Query) -> Answer:
        which = self._asked(db, query)
        if which is None:  # RFC 5019, 2.2.3: not authoritative for this issuer
            return Answer(ocsp.refusal(OCSPResponseStatus.UNAUTHORIZED))
        self._domain.doubts.check(which.record.id)  # what was revoked since must not be good again
        known = self._responder(db, which.record.id, which.generation)
        if known is None:  # RFC 6960, 2.3: it will work when the certifier is active again
            return Answer(ocsp.refusal(OCSPResponseStatus.TRY_LATER))
        signer = self._signer(db, known)
        end = min(self._domain.now() + _ANSWERS_LAST, known.not_after)
        finding = self._finding(db, which, query.serial_hex, end)
        if query.nonce is not None:
            return Answer(ocsp.answer(query, finding, signer), finding.this_update)
        return self._kept(query, finding, signer)

    def _kept(self, query: Query, finding: Finding, signer: OcspSigner) -> Answer:
        """Return the same answer for a while if the status is unchanged, so that caches recognize it.

        Not for certificates that were never issued, whose number is unlimited.
        """
        if not finding.is_issued:
            return Answer(ocsp.answer(query, finding, signer), finding.this_update, finding.next_update)
        key = query, finding.is_issued, finding.revoked, signer.certificate
        kept = self._answers.get(key)
        since = finding.this_update
        if kept is None or not kept.this_update or not kept.this_update <= since < kept.this_update + _SAME:
            if len(self._answers) >= _MOST:
                self._answers.clear()
            kept = Answer(ocsp.answer(query, finding, signer), since, finding.next_update)
            self._answers[key] = kept
        return kept

    def _responder(self, db: Connection, certifier_id: int, generation: int) -> ResponderRecord | None:
        """Return the generation's responder if it is valid now: an expired one signs nothing."""
        known, now = responder_records.find(db, self._verifier, certifier_id, generation), self._domain.now()
        return known if known and known.created_at - BACKDATE <= now < known.not_after else None

    def _finding(self, db: Connection, which: _Asked, serial_hex: str, end: datetime) -> Finding:
        certifier_id = which.record.id
        key = f"{certifier_id} {serial_hex}"
        entry, revocation = Object("issued", key), Object("revocations", key)
        known = committed.digests(db, self._verifier, [entry, revocation]) or {}
        found, now = revocations.find(db, certifier_id, serial_hex), self._domain.now()
        if (found or known.get(revocation)) and ledger.find(db, revocation).digest != known.get(revocation):
            raise committed.altered(revocation)
        # That it was issued needs no row: the signed state says so.
        is_issued, revoked, this_update = bool(found or known.get(entry)), _said(found), now - BACKDATE
        if is_issued and not revoked and len(which.record.generations) > 1:
            is_issued = which.has_issued(db, serial_hex)
        if revoked and revoked.revoked_at > now:  # the clock was ahead; the next list dates it again
            revoked = replace(revoked, revoked_at=this_update)
        elif revoked:
            this_update = max(this_update, revoked.revoked_at)
        return Finding(is_issued, revoked, this_update, end)

    def _asked(self, db: Connection, query: Query) -> _Asked | None:
        """Return the certifier that a question is about; None if there is none.

        Raises:
            Tampered: the certifier was altered since it was signed.

        """
        doubt = None
        for record, generation, issuer in own_certificates.certificates(db):
            if query.is_about(issuer):
                found = _Asked(record, generation.number)
                try:
                    found.check(db, self._verifier)
                except Tampered as error:  # somebody may have added one with the certificate of another
                    doubt = error
                else:
                    return found
        if doubt:
            raise doubt
        return None

    def _signer(self, db: Connection, known: ResponderRecord) -> OcspSigner:
        if known.certificate not in self._signers:
            record = certifiers.get(db, known.certifier_id)
            issuer = _Asked(record, known.generation).certificate()
            certificate = responder_records.certificate_of(known)
            if not (certification_paths.is_issued_by(certificate, issuer) and ocsp.is_responder(certificate)):
                raise Tampered(_("The OCSP responder's certificate was not issued by {name}.", name=record.name))
            content = self._server.sealing_key.open(known.sealed_key, _info(record))
            key = keys.load_sealed_private(base64.b64decode(json.loads(content)["key"]))
            self._signers[known.certificate] = OcspSigner(certificate, key, issuer)
        return self._signers[known.certificate]


def _algorithm_of(known: ResponderRecord) -> str:
    """Return the algorithm of a responder's key, or nothing if it is none of ours."""
    try:
        key = responder_records.certificate_of(known).public_key()
    except PARSING_FAILURES:
        return ""
    return keys.algorithm_of(key) if isinstance(key, PublicKey) else ""


def _said(found: RevocationRecord | None) -> Revocation | None:
    """Return the revocation that was carried out. A CRL has it as soon as the certifier's key is open."""
    if found is None or found.released_at is not None:
        return None
    return Revocation(found.serial_hex, found.reason, found.revoked_at, found.invalidity_at)


def _info(record: CertifierRecord) -> bytes:
    return documents.canonical({"purpose": _PURPOSE, "certifier": record.name})
