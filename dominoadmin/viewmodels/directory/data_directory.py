"""The files in the data directory, under Domino's names for them, and the lists of the Configuration tab."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Error
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, names
from dominoadmin.services.directory import server_entries
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.requests import databases
from dominoadmin.store import certifiers, directory
from dominoadmin.store.generation_records import GenerationCertificate, GenerationRecord
from dominoadmin.store.records import CertifierRecord, CrlRecord, DirectoryEntry
from dominoadmin.viewmodels.words import key_label, protection_label

__all__ = [
    "ACTIVE", "ADMIN4", "DIRECTORY", "ID_FILE", "ISSUED", "KEY_RING", "REQUESTS",
    "CertifierRow", "DatabaseFile", "Domain", "ServerRow", "certifier_rows", "files", "protection_label", "server_rows",
]  # fmt: skip

REQUESTS, ISSUED, KEY_RING, ADMIN4, DIRECTORY, ID_FILE = "requests", "issued", "key ring", "admin4", "directory", "id"
ACTIVE: Final = "Yes"
"""The word of `tell ca stat` for an active certifier."""

CERTIFIERS: Final = {
    CertifierRecord: attrgetter("id"),
    GenerationRecord: attrgetter("certifier_id"),
    GenerationCertificate: attrgetter("certifier_id"),
    CrlRecord: attrgetter("certifier_id"),
}
"""Of each kind of record that a certifier's row is made of, the key of the row."""


@dataclass(frozen=True, kw_only=True)
class DatabaseFile:
    """One line of the Files tab. `number` is the certifier's, for an ICL."""

    title: str
    name: str
    kind: str
    type: str
    remark: str = ""
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class CertifierRow:
    """One Internet certifier in a list."""

    number: int
    name: str
    shown: str
    not_after: datetime
    key: str
    protection: str
    icl: str


@dataclass(frozen=True)
class ServerRow:
    """One server document in a list."""

    name: str
    shown: str
    host: str


def files(domain: Domain) -> list[DatabaseFile]:
    """Return the databases of the store and the files in its folder."""
    with domain.store.snapshot() as db:
        lists = certifiers.all_of(db)
    request_databases = [
        DatabaseFile(
            title=record.title, name=record.file, kind=REQUESTS, type=_("Certificate Requests (6)"), remark=of.name
        )
        for record, of in databases.all_databases(domain)
    ]
    organization = names.abbreviated(domain.organization)
    return [
        DatabaseFile(
            title=_("{name}'s Directory").format(name=organization),
            name="names.nsf",
            kind=DIRECTORY,
            type=_("Domino Directory"),
        ),
        DatabaseFile(
            title=_("Administration Requests"), name="admin4.nsf", kind=ADMIN4, type=_("Administration Requests")
        ),
        *request_databases,
        *(
            DatabaseFile(
                title=_("ICL for {name}").format(name=record.name),
                name=icl_name(record),
                kind=ISSUED,
                type=_("Issued Certificate List"),
                number=record.id,
            )
            for record in lists
        ),
        *(
            DatabaseFile(title=_("Key ring"), name=path.name, kind=KEY_RING, type=_("Key ring file"))
            for path in _found(domain, "*.kyr")
        ),
        *(_id_file(domain, path.name) for path in _found(domain, "*.id")),
    ]


def icl_name(record: CertifierRecord) -> str:
    """Return the name of a certifier's Issued Certificate List, as Domino writes it."""
    return record.icl_file.replace("/", "\\")


def certifier_rows(domain: Domain) -> list[CertifierRow]:
    """Return the Internet certifiers in the order of their registration."""
    with domain.store.snapshot() as db:
        records = certifiers.all_of(db)
    return [
        CertifierRow(
            number=record.id,
            name=record.name,
            shown=record.name,
            not_after=_not_after(record.active.certificate),
            key=key_label(record.active.key_algorithm),
            protection=protection_label(record.active.protection),
            icl=icl_name(record),
        )
        for record in records
    ]


def server_rows(domain: Domain) -> list[ServerRow]:
    """Return the server documents."""
    with domain.store.snapshot() as db:
        entries = directory.entries(db, "server")
    return [ServerRow(entry.name, names.abbreviated(entry.name), _host(entry)) for entry in entries]


def _host(entry: DirectoryEntry) -> str:
    try:
        return server_entries.parse(entry).host_name
    except Damaged:  # its document reports this when it is opened; the others are still listed
        return ""


def _not_after(certificate: bytes) -> datetime:
    return describe.load(certificate, marked("The certifier's certificate")).not_valid_after_utc


def _found(domain: Domain, pattern: str) -> list[Path]:
    return sorted(domain.directory.root.glob(pattern))


def _id_file(domain: Domain, name: str) -> DatabaseFile:
    try:
        holder = names.abbreviated(identifying.describe_id(domain, domain.directory.file(name)).name)
    except Error as error:
        return DatabaseFile(title=name, name=name, kind=ID_FILE, type=_("ID file"), remark=error.text())
    return DatabaseFile(title=holder, name=name, kind=ID_FILE, type=_("ID file"))
