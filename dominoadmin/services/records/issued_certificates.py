"""The certificate issued for a request, checked before its release, as the entry in the ICL is not signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.profiles import CROSS
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.store import issued, ledger
from dominoadmin.store.database import Connection
from dominoadmin.store.issued import Journaled
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AdminRequestRecord, RequestRecord


@dataclass(frozen=True)
class IssuedFor:
    """The certificate that was issued for a request, as DER. `issuer`: the certifier by the generation that did so."""

    der: bytes
    issuer: Certifier


def issued_for(
    db: Connection, request: RequestRecord, document: AdminRequestRecord | None, certifier: Certifier
) -> IssuedFor:
    """Return the certificate in the Issued Certificate List for a request. `certifier` has been verified.

    Raises:
        Tampered: there is none, the certifier did not issue it, or it is the certificate of another request.

    """
    entry = issued.of_request(db, request.id)
    if entry is None or document is None:
        raise Tampered(_("Request {id} is marked as issued, but its certificate is not in the ICL.", id=request.id))
    which = _("The certificate of request {number} in the ICL", number=request.id)
    try:
        certificate = x509.load_der_x509_certificate(entry.der)
        same_key = _spki(certificate) == _spki(_source(request))
    except PARSING_FAILURES:
        raise Tampered(_("{what} cannot be read.", what=which)) from None
    issuer = certifier.signed(certificate)
    if issuer is None:
        raise Tampered(_("{what} was not issued by {name}.", what=which, name=certifier.record.name))
    if not same_key or f"{certificate.serial_number:x}" != document.serial_hex:
        raise Tampered(_("{what} was issued for another request.", what=which))
    return IssuedFor(entry.der, issuer)


def handed_out(
    db: Connection,
    verifier: Verifier,
    request: RequestRecord,
    document: AdminRequestRecord | None,
    certifier: Certifier,
) -> IssuedFor:
    """Return the certificate for a request as `issued_for` does, if each row about it is the one that was signed.

    Two requests for one key have certificates that somebody could exchange: an older one may have been revoked.

    Raises:
        Tampered: as `issued_for` does, or a row was altered, added or removed.

    """
    found = issued_for(db, request, document, certifier)
    assert document is not None  # `issued_for` has refused it
    rows = [Object("requests", str(request.id)), Object("admin_requests", str(request.id))]
    committed.check(db, verifier, [*rows, Object("issued", f"{request.certifier_id} {document.serial_hex}")])
    return found


def in_journal(db: Connection, request_ids: Iterable[int]) -> tuple[set[int], set[int]]:
    """Return for which requests a certificate was issued, and for which others the journal has a serial number.

    The journal is signed by nobody: it counts if the state has the certificate, unless that is another request's.
    """
    lines = issued.journaled(db, request_ids)
    objects = {each: Object("issued", f"{each.certifier_id} {each.serial_hex}") for each in lines}
    claimed = committed.claimed(db, objects.values())
    listed = ledger.find_all(db, (which for which in objects.values() if claimed[which]))

    def is_of_another(each: Journaled) -> bool:
        which = objects[each]
        return each.listed != each.request_id and listed[which].digest == claimed[which].hex()

    done = {each.request_id for each, which in objects.items() if claimed[which] and not is_of_another(each)}
    return done, {each.request_id for each in lines} - done


def _source(request: RequestRecord) -> x509.Certificate | x509.CertificateSigningRequest:
    """Return the source of the certified key: for a cross-certificate, the other authority's own certificate."""
    if request.kind == CROSS:
        return x509.load_der_x509_certificate(request.csr)
    return x509.load_der_x509_csr(request.csr)


def _spki(holder: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    key = holder.public_key()
    if not isinstance(key, keys.PublicKey):
        raise TypeError
    return keys.spki(key)
