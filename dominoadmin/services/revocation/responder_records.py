"""The rows of OCSP responders, compared with what the audit log commits before an answer is signed with their keys."""

from __future__ import annotations

from cryptography import x509

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.store import ledger, responders, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import ResponderRecord
from dominoadmin.store.ledger import Object


def has_been(db: Connection, verifier: Verifier, certifier: Certifier) -> bool:
    """Return whether a certifier's generation has a responder, or has had one, whatever its row says.

    Raises:
        Tampered: the log or the state as a whole is not what was signed last.

    """
    which = responders.object_of(certifier.record.id, certifier.generation.number)
    return bool(ledger.find(db, which).digest or (committed.digests(db, verifier, [which]) or {}).get(which))


def find(db: Connection, verifier: Verifier, certifier_id: int, generation: int) -> ResponderRecord | None:
    """Return the responder of a certifier's generation unless its certificate was revoked, which clients do not check.

    Raises:
        Damaged: its row cannot be read.
        Tampered: it is not the one that was signed, or whether it was revoked cannot be known. Clients would refuse
            what another one signs, and many take a certificate without an answer for a good one.

    """
    known = responders.find(db, certifier_id, generation)
    committed.check_same(db, verifier, objects(certifier_id, generation, known))
    return unrevoked(db, known)


def objects(certifier_id: int, generation: int, known: ResponderRecord | None) -> list[Object]:
    """Return what must be as the log commits it before a responder signs.

    Raises:
        Tampered: its certificate cannot be read.

    """
    which = responders.object_of(certifier_id, generation)
    return [which, Object("revocations", f"{certifier_id} {_serial(known)}")] if known else [which]


def unrevoked(db: Connection, known: ResponderRecord | None) -> ResponderRecord | None:
    """Return a responder that was compared, or None if its certificate was revoked."""
    revoked = revocations.find(db, known.certifier_id, _serial(known)) if known else None
    return None if revoked and revoked.released_at is None else known


def _serial(known: ResponderRecord) -> str:
    return f"{certificate_of(known).serial_number:x}"


def certificate_of(known: ResponderRecord) -> x509.Certificate:
    """Return the certificate of a responder.

    Raises:
        Tampered: it cannot be read.

    """
    try:
        return x509.load_der_x509_certificate(known.certificate)
    except PARSING_FAILURES:
        raise Tampered(_("The OCSP responder's certificate cannot be read.")) from None
