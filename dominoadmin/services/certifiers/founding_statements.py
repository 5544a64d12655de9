"""Founding statements: a certifier's own key signs, the first time it is in hand, who founded it and with what.

So the founder is known without an open key, and no seal has to name him: whoever replaces the first configuration or
the certificate cannot make this statement. It is committed once, and never changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, keys
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import committed
from dominoadmin.store import certifiers
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord

KIND: Final = "founding_statements"
_CONTEXT: Final = b"dominoadmin founding statement 1\x00"
"""What the signed octets begin with; certificates, CRLs and OCSP responses begin with a SEQUENCE."""
_OWN_ROWS: Final = {
    KIND: "", "configurations": " 1", "generations": " 2", "generation_certificates": " 1 1", "revocation_states": "",
    "crl_floors": "", "responders": "",
}  # fmt: skip
"""The first rows of each kind that belong to a certifier, by what follows its number in their keys."""
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class FoundingStatement:
    """What was founded. `configuration`, `certificate`: SHA-256 of the first version and of the certificate, in hex."""

    certifier: str
    founder: str
    configuration: str
    certificate: str
    key_fingerprint: str
    protection: str
    hash_name: str


def next_number(db: Connection, verifier: Verifier) -> int:
    """Return the number of the next certifier.

    Raises:
        Tampered: somebody has added a row that would belong to it.

    """
    number = committed.free(db, verifier, "certifiers")
    committed.check_same(db, verifier, [Object(kind, f"{number}{rest}") for kind, rest in _OWN_ROWS.items()])
    return number


def of(record: CertifierRecord, founder: str, configuration: bytes, hash_name: str) -> FoundingStatement:
    """Return the statement about a certifier whose founder has signed this first version of its configuration."""
    first = record.generations[0]
    key = x509.load_der_x509_certificate(first.certificate).public_key()
    assert isinstance(key, keys.PublicKey)
    return FoundingStatement(
        certifier=record.name,
        founder=founder,
        configuration=documents.digest(configuration),
        certificate=documents.digest(first.certificate),
        key_fingerprint=keys.fingerprint(key),
        protection=first.protection,
        hash_name=hash_name,
    )


def add(db: Connection, certifier_id: int, statement: FoundingStatement, sign: Sign) -> None:
    """Sign a statement with the certifier's key and add it."""
    content = documents.canonical(asdict(statement))
    certifiers.add_founding(db, certifier_id, content, sign(_CONTEXT + content))


def check(stored: tuple[bytes, bytes], record: CertifierRecord, founder: str, configuration: bytes) -> None:
    """Check that a certifier is what was founded: its founder, first version and certificate.

    Raises:
        Tampered: the statement is another one, or not signed by the key of the certificate.

    """
    certificate = record.generations[0].certificate
    found = _signed(*stored, certificate)
    named = found and (found.certifier, found.founder, found.configuration, found.certificate)
    if named != (record.name, founder, documents.digest(configuration), documents.digest(certificate)):
        raise Tampered(_("{name} is not the certifier that was founded under this name.", name=record.name))


def not_founded(name: str) -> Refused:
    """Return the refusal of what a certifier of an earlier version does only after its key has been opened once."""
    return Refused(
        _(
            "{name} has not confirmed its founder yet: its key has not been opened since the store was taken over.",
            name=name,
        ),
        _("Start the server and activate the certifier once."),
    )


@lru_cache(maxsize=256)
def _signed(content: bytes, signature: bytes, certificate: bytes) -> FoundingStatement | None:
    """Return a statement, or None if the key of the certificate has not signed it."""
    try:
        statement = FoundingStatement(**json.loads(content))
        key = x509.load_der_x509_certificate(certificate).public_key()
        if not isinstance(key, keys.PublicKey) or keys.fingerprint(key) != statement.key_fingerprint:
            return None
        return statement if keys.verifies(key, signature, _CONTEXT + content, statement.hash_name) else None
    except (*PARSING_FAILURES, RecursionError, AttributeError, Refused):
        return None
