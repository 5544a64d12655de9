"""The actions of a Certificate Requests database's pages, without HTTP: submit, ask, pick up, accept the authority.

Anyone with a Request ID, 128 random bits shown at submission, may see that request and fetch its certificate.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import describe, keys, names
from dominoadmin.pki.profiles import CLIENT, SERVER
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records import issued_certificates
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.databases import SUPPORTS
from dominoadmin.services.requests.next_steps import FOR_APPLICANTS
from dominoadmin.services.requests.submitting import RequestView, Submission
from dominoadmin.services.states import RequestState
from dominoadmin.services.web.trust_guides import COMPARE, TrustGuide, guides
from dominoadmin.store import certifiers, requests
from dominoadmin.store.records import CertifierRecord, DatabaseRecord

MOST_UNDECIDED: Final = 2000
_LONGEST_STEM: Final = 64


@dataclass(frozen=True)
class Site:
    """A Certificate Requests database as visitors see it."""

    file: str
    title: str
    certifier: str
    kinds: tuple[str, ...]

    @property
    def takes_servers(self) -> bool:
        """Return whether it takes requests for server certificates."""
        return SERVER in self.kinds

    @property
    def takes_clients(self) -> bool:
        """Return whether it takes requests for client certificates."""
        return CLIENT in self.kinds


@dataclass(frozen=True)
class WebForm:
    """The form for applicants: the PKCS #10 request as text, and an e-mail address or a name in the organization."""

    csr: str
    kind: str = SERVER
    contact: str = ""


@dataclass(frozen=True)
class Receipt:
    """The reply to a submission. `remarks`: the parts of the request that the authority will not adopt."""

    request_id: str
    subject: str
    names: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Status:
    """The state of a request."""

    request_id: str
    file: str
    subject: str
    state: str
    explanation: str
    reason: str
    requested_at: datetime

    @property
    def is_issued(self) -> bool:
        """Return whether the certificate can be picked up."""
        return self.state == RequestState.ISSUED


@dataclass(frozen=True)
class IssuedCertificate:
    """An issued certificate with the path above it."""

    request_id: str
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]

    @property
    def stem(self) -> str:
        """A file name without its extension."""
        attributes = self.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return _stem(str(attributes[0].value) if attributes else "", "certificate")

    @property
    def fingerprint(self) -> str:
        """SHA-256."""
        return describe.grouped(self.certificate.fingerprint(hashes.SHA256()).hex())

    def der(self) -> bytes:
        """Return the certificate alone."""
        return self.certificate.public_bytes(Encoding.DER)

    def chain(self) -> tuple[bytes, ...]:
        """Return the certificate and then those above it, as DER."""
        return tuple(each.public_bytes(Encoding.DER) for each in self._path)

    def chain_pem(self) -> bytes:
        """Return the certificate and then those above it as PEM, for web servers."""
        return b"".join(each.public_bytes(Encoding.PEM) for each in self._path)

    def pkcs7(self) -> bytes:
        """Return all as PKCS #7 (RFC 2315, certificates only), for Windows and Java."""
        return pkcs7.serialize_certificates([*self._path], Encoding.DER)

    @property
    def _path(self) -> tuple[x509.Certificate, ...]:
        return self.certificate, *self.above


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A certification authority's certificate and how to trust it. SHA-256 is the first fingerprint."""

    name: str
    stem: str
    certificate: x509.Certificate
    fingerprints: tuple[tuple[str, str], ...]
    key: str
    guides: tuple[TrustGuide, ...]
    advice: str = COMPARE

    @property
    def remark(self) -> str:
        """The reason not to trust it, or an empty string."""
        if self.key.startswith("ML-DSA"):
            return _(
                "Browsers and most programs cannot verify ML-DSA signatures yet; they will not accept the certificate."
            )
        return ""

    def der(self) -> bytes:
        """Return the certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    def pem(self) -> bytes:
        """Return the certificate as text."""
        return self.certificate.public_bytes(Encoding.PEM)


def sites(domain: Domain) -> list[Site]:
    """Return the served databases by file name.

    Raises:
        Damaged: a row cannot be read.

    """
    return [_site(record, certifier) for record, certifier in databases.all_databases(domain)]


def site(domain: Domain, file: str) -> Site:
    """Return one database; case is ignored.

    Raises:
        NotFound: there is none of that name.

    """
    with domain.store.snapshot() as db:
        record = databases.get(db, file)
        return _site(record, certifiers.get(db, record.certifier_id))


def submit(domain: Domain, server: Actor, file: str, form: WebForm) -> Receipt:
    """Take in a visitor's request, as *Pending Submission*; the Request ID is shown only this once.

    Raises:
        NotFound: there is no such database.
        Refused: a field is missing or wrong, or this authority may not certify the request.

    """
    if not form.csr.strip():
        raise Refused(
            _("The certificate request is missing."), _("Paste the complete PKCS #10 text, from BEGIN to END.")
        )
    if not form.contact.strip():
        raise Refused(
            _("The contact is missing."),
            _("The authority needs it to ask questions and to notify you of its decision."),
        )
    with domain.store.snapshot() as db:
        if requests.count_undecided(db, databases.get(db, file), MOST_UNDECIDED) >= MOST_UNDECIDED:
            raise Refused(
                _("This database has too many undecided requests to accept more."), _("Ask the administrator.")
            )
    submission = Submission(form.csr.encode("utf-8", "replace"), form.kind, form.contact, is_public=True)
    record = submitting.take_in(domain, server, file, submission).request
    return Receipt(record.pickup_id, record.subject, tuple(record.fields.get("names", ())), tuple(record.remarks))


def status(domain: Domain, request_id: str) -> Status:
    """Return the state of the request with this Request ID.

    Raises:
        NotFound: there is none; the message is the same for every wrong ID.

    """
    with domain.store.snapshot() as db:
        return _status(submitting.by_pickup_id(db, request_id))


def pickup(domain: Domain, server: Actor, request_id: str) -> IssuedCertificate:
    """Return the certificate that was issued for a Request ID.

    Raises:
        NotFound: there is no such request; the message is the same for every wrong ID.
        Refused: the certificate has not been issued, or was refused.
        Tampered: the certificate in the store is not the one this authority issued for the request.

    """
    with domain.store.snapshot() as db:
        shown = submitting.by_pickup_id(db, request_id)
        reached = _status(shown)
        if not reached.is_issued:
            problem = _("There is nothing to pick up: the state of the request is {state}.", state=reached.state)
            raise Refused(problem, reached.explanation)
        record = certifiers.get(db, shown.request.certifier_id)
        certifier = configuring.verified(db, record, server.verifier(), domain.now())
        certifier.check_founded()
        entry = issued_certificates.handed_out(db, server.verifier(), shown.request, shown.document, certifier)
    leaf = x509.load_der_x509_certificate(entry.der)
    above = map(x509.load_der_x509_certificate, entry.issuer.chain(domain.now()))
    return IssuedCertificate(reached.request_id, leaf, tuple(above))


def authority(domain: Domain, server: Actor, file: str) -> Authority:
    """Return the certificate of a database's authority, after checking its CAA's signature.

    Raises:
        NotFound: there is no such database.
        Tampered: the certificate is not the one that was registered.

    """
    with domain.store.snapshot() as db:
        record = databases.get(db, file)
        found = configuring.verified(db, certifiers.get(db, record.certifier_id), server.verifier(), domain.now())
    found.check_founded()
    certificate = found.issuer.certificate
    stem = _stem(names.certifier_common_name(found.record.name), "authority")
    return Authority(
        name=found.record.name,
        stem=stem,
        certificate=certificate,
        fingerprints=(
            ("SHA-256", describe.grouped(certificate.fingerprint(hashes.SHA256()).hex())),
            ("SHA-1", describe.grouped(certificate.fingerprint(hashes.SHA1()).hex())),  # noqa: S303 - Windows calls it the thumbprint
        ),
        key=keys.describe_algorithm(found.record.active.key_algorithm),
        guides=guides(stem),
    )


def _site(record: DatabaseRecord, certifier: CertifierRecord) -> Site:
    supports = databases.configuration_of(record).supports
    return Site(record.file, record.title, certifier.name, SUPPORTS[supports])


def _status(shown: RequestView) -> Status:
    record, state, file = shown.request, shown.state, shown.request.database or ""
    # Applicants see the reason of a rejection, not that of an error, which is about signatures in the store.
    reason = shown.document.reason if shown.document and state == RequestState.REJECTED else ""
    return Status(
        request_id=record.pickup_id,
        file=file,
        subject=record.subject,
        state=state,
        explanation=FOR_APPLICANTS[shown.turn],
        reason=reason,
        requested_at=record.requested_at,
    )


def _stem(text: str, default: str) -> str:
    """Return `text` as a file name for an HTTP header and for command lines: ASCII letters, digits, hyphen."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in plain)
    return kept.strip("-")[:_LONGEST_STEM].rstrip("-") or default
