"""Checks the whole store, and, if asked to, every signature in it: documents, certificates, CRLs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Final

from cryptography import x509
from cryptography.x509 import Certificate

from dominoadmin.errors import Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, documents, identities
from dominoadmin.pki.crls import verifies
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.issuance import Issuer
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import checking, checkpoints
from dominoadmin.services.audit.checking import Discrepancy
from dominoadmin.services.certifiers import configuring, own_certificates
from dominoadmin.services.certifiers.configuring import Certifier, SignedVersion
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.requests import decisions
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.store import (
    certifiers,
    crls,
    cross_certificates,
    directory,
    issued,
    reading,
    requests,
    responders,
    revocation_requests,
)
from dominoadmin.store import decisions as stored_decisions
from dominoadmin.store.database import Connection
from dominoadmin.store.decisions import DecisionRecord
from dominoadmin.store.records import REMEDY, CrlRecord, RevocationRequestRecord, moment
from dominoadmin.store.requests import DecidedRequest

_DERIVED: Final = "revocation_pages"
_REVOCATIONS: Final = "revocations", "revocation_states"
"""Where these rows differ, their digests do, too."""
_STEP: Final = 1000
"""Certificates between two steps of the progress."""


def check(domain: Domain, actor: Actor, progress: Progress = QUIET, *, deep: bool = False) -> list[Discrepancy]:
    """Return what is not as it was signed, or, with `deep`, what is signed wrongly; an empty list for a clean store.

    Raises:
        Cancelled: the user asked to stop.

    """
    verifier = actor.verifier()
    deeper = partial(_signatures, verifier, domain.now()) if deep else partial(_derived, verifier)
    found = checking.check(domain, actor, progress, deeper)
    is_about_rows = any(each.table in _REVOCATIONS for each in found)
    return [each for each in found if not (is_about_rows and each.table == _DERIVED)]


def _derived(verifier: Verifier, db: Connection, progress: Progress) -> Iterator[Discrepancy]:
    """Check the checkpoints, and what follows from the revocations of all certifiers."""
    for server, problem in checkpoints.problems(db, verifier).items():
        yield _wrong("checkpoints", server, problem)
    progress.step(_("Checking the digests of revocations"))
    with reading.leaving_out():
        for record in certifiers.all_of(db):
            try:
                revocation_state.check_derived(db, record, verifier)
            except Error as error:
                yield _wrong(_DERIVED, record.name, error)


def _signatures(verifier: Verifier, now: datetime, db: Connection, progress: Progress) -> Iterator[Discrepancy]:
    anchor = x509.load_der_x509_certificate(verifier.anchor)
    known: dict[int, Certifier] = {}
    with reading.leaving_out():  # a row that cannot be read differs from what the log commits, and is told so
        progress.step(_("Verifying the configurations"))
        for record in certifiers.all_of(db):
            try:
                known[record.id] = configuring.verified(db, record, verifier, now)
            except Error as error:
                yield _wrong("configurations", str(record.id), error)
        progress.step(_("Verifying the IDs"))
        yield from _identities(db, anchor)
        yield from _decided(db, known, verifier, progress)
        yield from _revoked(db, known, verifier, progress)
        yield from _certificates(db, known, anchor, progress)
        for certifier in known.values():
            yield from _lists(db, certifier, progress)
    yield from _derived(verifier, db, progress)


def _identities(db: Connection, anchor: Certificate) -> Iterator[Discrepancy]:
    for kind in (identities.PERSON, identities.SERVER):
        for entry in directory.entries(db, kind):
            try:
                signer = identities.anchored(directory.chain_of(entry), anchor)
            except Error as error:
                yield _wrong("directory", entry.name, error)
            else:
                if signer.name != entry.name:
                    yield _told("directory", entry.name, _("The ID is that of {name}.", name=signer.name))


def _decided(
    db: Connection, known: Mapping[int, Certifier], verifier: Verifier, progress: Progress
) -> Iterator[Discrepancy]:
    earlier = (
        (each.certifier_id, "admin_requests", str(each.id), partial(_earlier_decision_problem, each))
        for each in requests.decided(db)
    )
    present = (
        (certifier_id, decisions.ROWS, f"{each.request_id} {each.number}", partial(_decision_problem, each))
        for certifier_id, each in stored_decisions.every(db)
    )
    for number, (certifier_id, table, key, find) in enumerate(chain(earlier, present)):
        if number % _STEP == 0:
            progress.step(_("Verifying decision {number}", number=number + 1))
        if certifier := known.get(certifier_id):
            try:
                problem = find(certifier, verifier)
            except (Error, ValueError) as error:
                problem = str(error)
            if problem:
                yield _told(table, key, problem)


def _earlier_decision_problem(request: DecidedRequest, certifier: Certifier, verifier: Verifier) -> str:
    """Return what is wrong with a decision of an earlier version: the fields may have been edited since."""
    document = documents.parse(request.decision)
    signer, content = verifier.verify(document, decisions.KIND, moment(request.changed_at))
    about = content.get("request"), content.get("request_sha256"), content.get("certifier")
    if about != (request.id, documents.digest(request.csr), certifier.record.name):
        return _something_else(signer, request.id)
    return _role_problem(signer, certifier.versions)


def _decision_problem(decision: DecisionRecord, certifier: Certifier, verifier: Verifier) -> str:
    """Return what is wrong with a decision, which may be overtaken."""
    document = documents.parse(decision.document)
    try:
        at = moment(json.loads(document.content)["signed_at"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _("A signed document in the store cannot be read.")
    signer, content = verifier.verify(document, decisions.KIND, at)
    if (content.get("request"), content.get("number")) != (decision.request_id, decision.number):
        return _something_else(signer, decision.request_id)
    return _role_problem(signer, [each for each in certifier.versions if each.number == content.get("version")])


def _something_else(signer: str, request_id: int) -> str:
    return _("The signature of {signer} for request {id} belongs to something else.", signer=signer, id=request_id)


def _role_problem(signer: str, versions: Iterable[SignedVersion]) -> str:
    if not any(signer in version.configuration.ras for version in versions):
        return _(
            "{signer} signed the decision, but is not a registration authority (RA) of the certifier.", signer=signer
        )
    return ""


def _revoked(
    db: Connection, known: Mapping[int, Certifier], verifier: Verifier, progress: Progress
) -> Iterator[Discrepancy]:
    progress.step(_("Verifying the revocation requests"))
    for wanted in revocation_requests.each(db):
        if certifier := known.get(wanted.certifier_id):
            try:
                _check_order(certifier, wanted, verifier)
            except Error as error:
                yield _wrong("revocation_requests", str(wanted.id), error)


def _check_order(certifier: Certifier, wanted: RevocationRequestRecord, verifier: Verifier) -> None:
    """Check who signed a revocation; the people may have lost their roles since."""
    signer, _order, _before = revoking.signed(certifier, verifier, wanted, wanted.created_at)
    ever = {name for each in certifier.versions for name in (*each.configuration.ras, *each.configuration.caas)}
    if signer not in ever:
        revoking.check_role(certifier, signer)


def _certificates(
    db: Connection, known: Mapping[int, Certifier], anchor: Certificate, progress: Progress
) -> Iterator[Discrepancy]:
    issuers = {
        number: tuple(each.issuer.certificate for each in certifier.generations) for number, certifier in known.items()
    }
    for count, (number, serial_hex, der) in enumerate(issued.certificates(db)):
        if count % _STEP == 0:
            progress.step(_("Verifying certificate {number}", number=count + 1))
        if number in issuers and (problem := _problem(der, issuers[number], serial_hex)):
            yield _told("issued", f"{number} {serial_hex}", problem)
    for cross in cross_certificates.all_of(db):
        if problem := _problem(cross.der, (anchor, *chain.from_iterable(issuers.values())), cross.serial_hex):
            yield _told("cross_certificates", str(cross.id), problem)
    for certifier in chain.from_iterable(each.generations for each in known.values()):
        yield from _own(db, certifier)


def _own(db: Connection, certifier: Certifier) -> Iterator[Discrepancy]:
    """Check the certificates of a certifier's key, and of its responder."""
    number, generation, own = certifier.record.id, certifier.generation, certifier.issuer.certificate
    responder = responders.find(db, number, generation.number)
    if responder and (problem := _problem(responder.certificate, (own,), "")):
        which = responders.object_of(number, generation.number)
        yield _told(which.kind, which.key, problem)
    if problem := _problem(generation.certificate, (own,), ""):
        yield _told("certifiers", str(number), problem)
    for each in generation.others:
        path = tuple(map(x509.load_der_x509_certificate, own_certificates.path_of(each)))
        if not all(map(certification_paths.is_issued_by, path, (*path[1:], path[-1]))):
            text = _("The signature of the certificate is not its issuer's.")
            yield _told(own_certificates.ROWS, f"{number} {generation.number} {each.number}", text)


def _problem(der: bytes, issuers: tuple[Certificate, ...], serial_hex: str) -> str:
    """Return what is wrong with a certificate that one of these issued; `serial_hex`: its number, if it is known."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        number = f"{certificate.serial_number:x}"
    except PARSING_FAILURES:
        return _("The certificate cannot be read.")
    if not any(certification_paths.is_issued_by(certificate, each) for each in issuers):
        return _("The signature of the certificate is not its issuer's.")
    return "" if serial_hex in ("", number) else _("The certificate has the serial number {number}.", number=number)


def _lists(db: Connection, certifier: Certifier, progress: Progress) -> Iterator[Discrepancy]:
    """Check the lists whose octets are still there: a few of each certifier."""
    for crl in crls.all_of(db, certifier.record.id):
        if crls.kept(db, crl.id):
            progress.step(_("Verifying CRL {number}", number=crl.number))
            if problem := _list_problem(db, certifier, crl):
                yield _told("crls", str(crl.id), problem)


def _list_problem(db: Connection, certifier: Certifier, crl: CrlRecord) -> str:
    digest = hashlib.sha256()
    for piece in crls.pieces(db, crl.id):
        digest.update(piece)
    if digest.hexdigest() != crl.sha256:
        return _("The CRL is not the one that was made.")
    try:
        own = own_certificates.numbered(certifier.record, crl.generation)
    except Tampered as error:
        return str(error)
    certificate = own_certificates.certificate_of(certifier.record, own)
    hashes = dict.fromkeys(each.configuration.hash_name for each in certifier.versions)  # it may have been changed
    if not any(verifies(Issuer(certificate, each), crls.pieces(db, crl.id)) for each in hashes):
        return _("The signature of the CRL is not its certifier's.")
    return ""


def _wrong(table: str, key: str, error: Error) -> Discrepancy:
    return Discrepancy(table=table, key=key, finding=str(error), remedy=error.hint or REMEDY)


def _told(table: str, key: str, finding: str) -> Discrepancy:
    return Discrepancy(table=table, key=key, finding=finding, remedy=REMEDY)
