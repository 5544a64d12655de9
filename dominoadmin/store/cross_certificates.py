"""Cross-certificates in the Domino Directory and in Personal Address Books."""

from __future__ import annotations

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every
from dominoadmin.store.records import CrossCertificateRecord, instant, record


def add(db: Connection, certificate: CrossCertificateRecord) -> int:
    """Add a cross-certificate; return its id."""
    row = db.execute(
        "INSERT INTO cross_certificates (id, book, subject, issuer, serial_hex, subject_key, not_after, der,"
        " created_at)"
        " VALUES (:id, :book, :subject, :issuer, :serial_hex, :subject_key, :not_after, :der, :created_at)"
        " RETURNING id",
        {
            **certificate.__dict__,
            "id": certificate.id or None,  # the database's choice
            "not_after": instant(certificate.not_after),
            "created_at": instant(certificate.created_at),
        },
    ).fetchone()
    return int(row["id"])


def all_of(db: Connection, book: str = "") -> list[CrossCertificateRecord]:
    """Return the cross-certificates of one book, or of all, oldest first."""
    rows = db.execute("SELECT * FROM cross_certificates WHERE :book = '' OR book = :book ORDER BY id", {"book": book})
    return every(CrossCertificateRecord, rows)


def find(db: Connection, number: int) -> CrossCertificateRecord | None:
    """Return the cross-certificate with this id."""
    row = db.execute("SELECT * FROM cross_certificates WHERE id = :id", {"id": number}).fetchone()
    return record(CrossCertificateRecord, row) if row else None
