"""The certifiers of a store that is accepted or moved: by their newest version that can be read.

Any member registers a certifier of his own, and with a program of his own signs whatever he likes as its configuration.
Nobody can use such a certifier, and no backup has another version of it: it must not keep everybody else's stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from dominoadmin.errors import Tampered
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers import configuring, founding_statements, own_certificates
from dominoadmin.services.certifiers.configuring import Certifier, SignedVersion
from dominoadmin.store import certifiers
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord


def verified(db: Connection, verifier: Verifier, now: datetime) -> Iterator[Certifier]:
    """Yield all certifiers, each by the versions before the first that nobody can read; without any, it never worked.

    The log must have been verified: then each version is the word of a CAA of the certifier.

    Raises:
        Tampered: a row was altered, added or removed: what was published of it might be left out.

    """
    for number in committed.missing(db, verifier, "certifiers"):
        raise committed.altered(Object("certifiers", str(number)))  # its numbers would not jump
    for record in certifiers.all_of(db):
        try:
            yield configuring.verified(db, record, verifier, now)
        except Tampered:
            _check_rows(db, verifier, record)
            if found := _legible(db, verifier, record, now):
                yield found


def _check_rows(db: Connection, verifier: Verifier, record: CertifierRecord) -> None:
    """Check that all rows of a certifier are as the log commits them, and that none is missing."""
    numbers = range(1, len(certifiers.configurations(db, record.id)) + 1)
    there = [Object("certifiers", str(record.id)), *own_certificates.objects(record)]
    there += [Object("configurations", f"{record.id} {number}") for number in numbers]
    absent = [Object("configurations", f"{record.id} {len(numbers) + 1}"), *own_certificates.absent(record)]
    committed.check(db, verifier, there, absent)
    committed.check_same(db, verifier, [Object(founding_statements.KIND, str(record.id))])


def _legible(db: Connection, verifier: Verifier, record: CertifierRecord, now: datetime) -> Certifier | None:
    versions: list[SignedVersion] = []
    statement = certifiers.founding(db, record.id)
    with suppress(Tampered):
        for each in configuring.signed_versions(record, certifiers.configurations(db, record.id), verifier, now):
            versions.append(each)  # noqa: PERF402 - those before the first that is invalid are kept
    if not versions:
        return None
    if statement:
        try:
            founding_statements.check(statement, record, versions[0].signer, versions[0].document)
        except Tampered:  # so it was from the beginning
            return None
    return Certifier(record, tuple(versions), is_founded=statement is not None)
