"""OCSP: answers by a delegated responder (RFC 6960, 4.2.2.2)."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.x509.ocsp import OCSPResponseStatus

from dominoadmin.errors import Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import (
    certification_paths,
    keys,
    ocsp,
)
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.issuance import BACKDATE
from dominoadmin.pki.ocsp import Finding, MalformedQueryError, OcspSigner, Query
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.revocation import Revocation
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers import own_certificates
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.revocation import responder_authority, responder_records
from dominoadmin.store import certifiers, crls, issued, ledger, responders, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import ResponderRecord
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord, RevocationRecord
from dominoadmin.store.sqlite.unchanged import Unchanged

_ANSWERS_LAST: Final = timedelta(hours=24)
_FILES_LAST: Final = timedelta(days=7)
_SAME: Final = timedelta(hours=1)
_FRESH: Final = timedelta(minutes=1)
"""An answer is given again for so long without asking whether time has changed it, such as a responder that ends."""
_MOST: Final = 4096


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

    def has_issued(self, db: Connection, serial_hex: str, digest: str) -> bool:
        """Return whether this generation has signed an issued certificate; one that is lost may be its.

        `digest`: of its row by the log. A row that was altered is as good as lost.
        """
        if ledger.find(db, Object("issued", f"{self.record.id} {serial_hex}")).digest != digest:
            return True
        for entry in issued.find(db, serial_hex, self.record.id):
            with contextlib.suppress(*PARSING_FAILURES):
                certificate = x509.load_der_x509_certificate(entry.der)
                return certification_paths.is_issued_by(certificate, self.certificate())
        return True

    def objects(self) -> list[Object]:
        """Return the certifier, its keys, and what must not exist because it would be one of them."""
        rows = [Object("certifiers", str(self.record.id)), *own_certificates.objects(self.record)]
        return [*rows, *own_certificates.absent(self.record)]

    def certificate(self) -> x509.Certificate:
        return own_certificates.certificate_of(self.record, own_certificates.numbered(self.record, self.generation))


class _Compared(NamedTuple):
    """A certifier, its responder if one can sign now, and the digest of the certificate asked about, by the log."""

    which: _Asked
    responder: ResponderRecord | None
    issued: str


class _Given(NamedTuple):
    """An answer about a certificate, when it was given, and the end of its validity."""

    certifier_id: int
    at: datetime
    until: datetime
    answer: Answer


class Responder:
    """Answers for all certifiers whose responders' keys are sealed to this server's ID."""

    def __init__(self, domain: Domain, server: Identity) -> None:
        self._domain, self._server = domain, server
        self._verifier = Actor.of(server).verifier()
        self._answers: dict[tuple[object, ...], Answer] = {}
        self._given = Unchanged[Query, _Given]()
        self._signers: dict[bytes, OcspSigner] = {}

    def answer(self, data: bytes) -> Answer:
        """Answer one request; errors in it, or of ours, are answers too (RFC 6960, 2.3)."""
        try:
            query = ocsp.query_from(data)
        except MalformedQueryError:
            return Answer(ocsp.refusal(OCSPResponseStatus.MALFORMED_REQUEST))
        try:
            with self._domain.store.snapshot() as db:
                return self._fresh(db, query) or self._answer(db, query)
        except Tampered:  # asking again would not help
            return Answer(ocsp.refusal(OCSPResponseStatus.INTERNAL_ERROR))
        except Error:
            return Answer(ocsp.refusal(OCSPResponseStatus.TRY_LATER))

    def _fresh(self, db: Connection, query: Query) -> Answer | None:
        """Return the answer that was given a moment ago if nothing in the store has changed since.

        Comparing the rows takes longer than all else that an answer needs.
        """
        given, now = self._given.find(db, query), self._domain.now()
        if given is None or not given.at <= now < min(given.at + _FRESH, given.until):
            return None
        self._domain.doubts.check(given.certifier_id)
        return given.answer

    def beforehand(self, certifier_id: int, generation: int, serial_hex: str) -> bytes:
        """Return an answer about one certificate that is valid for days, for other servers to return.

        Raises:
            Error: the responder has no valid certificate, or its key is not sealed to this server.
            Tampered: the certificate's data in the store was altered.

        """
        with self._domain.store.snapshot() as db:
            which = _Asked(certifiers.get(db, certifier_id), generation)
            query = Query("sha1", *ocsp.issuer_hashes(which.certificate(), "sha1"), serial_hex)
            compared = self._compared(db, which, serial_hex)
            known = _valid(compared.responder)
            newest, now = crls.newest(db, certifier_id, generation=generation), self._domain.now()
            end = min(now + _FILES_LAST, known.not_after)
            if newest and newest.next_update > now:
                end = min(end, newest.next_update)
            return ocsp.answer(query, self._finding(db, compared, serial_hex, end), self._signer(db, known))

    def check(self, db: Connection, certifier_id: int, generation: int) -> None:
        """Raise `Error` if the responder of a certifier's generation has no valid certificate."""
        _valid(self._in_time(responder_records.find(db, self._verifier, certifier_id, generation)))

    def _answer(self, db: Connection, query: Query) -> Answer:
        compared = self._asked(db, query)
        if compared is None:  # RFC 5019, 2.2.3: not authoritative for this issuer
            return Answer(ocsp.refusal(OCSPResponseStatus.UNAUTHORIZED))
        self._domain.doubts.check(compared.which.record.id)  # what was revoked since must not be good again
        known = compared.responder
        if known is None:  # RFC 6960, 2.3: it will work when the certifier is active again
            return Answer(ocsp.refusal(OCSPResponseStatus.TRY_LATER))
        signer = self._signer(db, known)
        end = min(self._domain.now() + _ANSWERS_LAST, known.not_after)
        finding = self._finding(db, compared, query.serial_hex, end)
        if query.nonce is not None:
            return Answer(ocsp.answer(query, finding, signer), finding.this_update)
        answer = self._kept(query, finding, signer)
        if finding.is_issued:
            until = min(end, answer.until or end)
            self._given.keep(db, query, _Given(compared.which.record.id, self._domain.now(), until, answer))
        return answer

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

    def _in_time(self, known: ResponderRecord | None) -> ResponderRecord | None:
        """Return a responder if it is valid now: an expired one signs nothing."""
        now = self._domain.now()
        return known if known and known.created_at - BACKDATE <= now < known.not_after else None

    def _compared(self, db: Connection, which: _Asked, serial_hex: str) -> _Compared:
        """Compare all rows that an answer goes by at once: a look at the head of the log costs more than reading them.

        Raises:
            Damaged: the responder's row cannot be read.
            Tampered: certifier, responder or revocation were altered, added or removed.

        """
        certifier_id = which.record.id
        responder = responders.find(db, certifier_id, which.generation)
        entry, revocation = (Object(kind, f"{certifier_id} {serial_hex}") for kind in ("issued", "revocations"))
        rows = [*which.objects(), *responder_records.objects(certifier_id, which.generation, responder), revocation]
        known = committed.check_same(db, self._verifier, rows, [entry])
        usable = self._in_time(responder_records.unrevoked(db, responder))
        return _Compared(which, usable, known.get(entry, ""))

    def _finding(self, db: Connection, compared: _Compared, serial_hex: str, end: datetime) -> Finding:
        which = compared.which
        found, now = revocations.find(db, which.record.id, serial_hex), self._domain.now()
        # That it was issued needs no row: the signed state says so.
        is_issued, revoked, this_update = bool(found or compared.issued), _said(found), now - BACKDATE
        if is_issued and not revoked and len(which.record.generations) > 1:
            is_issued = which.has_issued(db, serial_hex, compared.issued)
        if revoked and revoked.revoked_at > now:  # the clock was ahead; the next list dates it again
            revoked = replace(revoked, revoked_at=this_update)
        elif revoked:
            this_update = max(this_update, revoked.revoked_at)
        return Finding(is_issued, revoked, this_update, end)

    def _asked(self, db: Connection, query: Query) -> _Compared | None:
        """Return the certifier that a question is about, compared; None if there is none.

        Raises:
            Tampered: the certifier, its responder or the revocation was altered since it was signed.

        """
        doubt = None
        for record, generation, issuer in own_certificates.certificates(db):
            if query.is_about(issuer):
                try:
                    return self._compared(db, _Asked(record, generation.number), query.serial_hex)
                except Tampered as error:  # somebody may have added one with the certificate of another
                    doubt = error
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
            content = self._server.sealing_key.open(known.sealed_key, responder_authority.sealed_for(record))
            key = keys.load_sealed_private(base64.b64decode(json.loads(content)["key"]))
            self._signers[known.certificate] = OcspSigner(certificate, key, issuer)
        return self._signers[known.certificate]


def _said(found: RevocationRecord | None) -> Revocation | None:
    """Return the revocation that was carried out. A CRL has it as soon as the certifier's key is open."""
    if found is None or found.released_at is not None:
        return None
    return Revocation(found.serial_hex, found.reason, found.revoked_at, found.invalidity_at)


def _valid(known: ResponderRecord | None) -> ResponderRecord:
    if known is None:
        raise Error(_("The OCSP responder has no valid certificate."), _("Activate the certifier to issue one."))
    return known
