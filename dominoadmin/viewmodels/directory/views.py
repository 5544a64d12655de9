"""The Domino Directory's views and documents: people, servers, certificates, certifiers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dominoadmin.errors import Damaged, Error, NotFound, Tampered
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, identities, names
from dominoadmin.pki.cross_certificates import DIRECTORY
from dominoadmin.pki.extension_texts import Node
from dominoadmin.pki.identities import CERTIFIER, PERSON
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records import address_books
from dominoadmin.services.records.address_books import Entry
from dominoadmin.store import certifiers, directory, former_ids, reading, requests, role_facts
from dominoadmin.store.database import Connection
from dominoadmin.store.former_ids import FormerId
from dominoadmin.store.generation_records import GenerationRecord
from dominoadmin.store.records import CertifierRecord, CrossCertificateRecord, DirectoryEntry, altered
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certificates.viewing import Section
from dominoadmin.viewmodels.identities import id_states
from dominoadmin.viewmodels.words import listed

INTERNET, ORGANIZATION, CROSS = "internet", "organization", "cross"
CERTIFICATES: Final[Mapping[type, Callable[[Any], Hashable]]] = {
    CertifierRecord: lambda record: (INTERNET, record.id),
    GenerationRecord: lambda record: (INTERNET, record.certifier_id),
    DirectoryEntry: lambda _record: (ORGANIZATION, 0),
    CrossCertificateRecord: lambda record: (CROSS, record.id),
}
"""Of each kind of record that a certificate's row is made of, the key of the row."""


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """A Person document in a list."""

    name: str
    shown: str
    mail_address: str
    id_file: str
    roles: str
    state: str
    sentence: str
    not_after: datetime | None


@dataclass(frozen=True, kw_only=True)
class CertificateRow:
    """A certificate document in a list. `number` is the certifier's or the cross-certificate's."""

    kind: str
    number: int
    name: str
    issuer: str
    type: str
    state: str
    sentence: str
    not_after: datetime | None


@dataclass(frozen=True, kw_only=True)
class AuthorityRow:
    """A certifier that uses the CA process, in a list."""

    number: int
    name: str
    server: str
    icl: str
    database: str
    caas: str
    ras: str
    problem: str


@dataclass(frozen=True)
class PersonView:
    """A Person document: its fields, its certificates (the person's own first), and its roles."""

    name: str
    sections: tuple[Section, ...]
    chain: tuple[bytes, ...]
    is_revoked: bool


def people(domain: Domain, actor: Actor) -> list[PersonRow]:
    """Return the Person documents by name."""
    with domain.store.snapshot() as db:
        entries = directory.entries(db, PERSON)
        roles = _roles(db, actor, domain.now())
        former = _former(db)
    return [_person_row(entry, ", ".join(roles.get(entry.name, ())), former, domain.now()) for entry in entries]


def _person_row(entry: DirectoryEntry, roles: str, former: Mapping[str, FormerId], now: datetime) -> PersonRow:
    chain = _chain(entry)
    state, sentence = id_states.id_state(chain, former, now)
    return PersonRow(
        name=entry.name,
        shown=names.abbreviated(entry.name),
        mail_address=entry.text("mail_address"),
        id_file=entry.text("id_file"),
        roles=roles,
        state=state,
        sentence=sentence,
        not_after=_end(chain),
    )


def _former(db: Connection) -> dict[str, FormerId]:
    with reading.leaving_out():  # a row that cannot be read is told where the ID is opened
        return {each.fingerprint: each for each in former_ids.all_of(db)}


def person(domain: Domain, actor: Actor, name: str) -> PersonView:
    """Return a Person document.

    Raises:
        NotFound: there is none.

    """
    with domain.store.snapshot() as db:
        entry = directory.find(db, name)
        if entry is None or entry.kind != PERSON:
            raise NotFound(marked("This person is no longer in the Domino Directory."))
        roles = _roles(db, actor, domain.now()).get(name, ())
        former = _former(db)
    chain = _chain(entry)
    _badge, state = id_states.id_state(chain, former, domain.now())
    basics = Section(
        _("Basics"),
        (
            Node(_("Name"), names.abbreviated(name)),
            Node(_("Full name"), name),
            Node(_("Internet address"), entry.text("mail_address") or _("None")),
            Node(_("ID file"), entry.text("id_file")),
            Node(_("State of the ID"), state),
            Node(_("Registered"), viewing.local(entry.created_at)),
        ),
    )
    rights = Section(_("Roles"), (Node(_("Roles held"), "\n".join(roles) or _("No role")),))
    is_revoked = bool(chain) and identities.fingerprint(chain[0]) in former
    return PersonView(name, (basics, rights, certificate_section(chain, domain.now())), chain, is_revoked)


def certificates(domain: Domain, actor: Actor) -> list[CertificateRow]:
    """Return the certificate documents: Internet certifiers, the organization's certifier, cross-certificates."""
    now = domain.now()
    with domain.store.snapshot() as db:
        internet = certifiers.all_of(db)
        own = directory.entries(db, CERTIFIER)
    rows = [_row(INTERNET, record.id, record.name, record.active.certificate, now) for record in internet]
    rows += [_row(ORGANIZATION, 0, entry.name, b"".join(_chain(entry)[:1]), now) for entry in own]
    entries = address_books.entries(domain, actor)
    return rows + [_cross_row(entry, now) for entry in entries if entry.record.book in (DIRECTORY, actor.name)]


def organization_chain(domain: Domain) -> tuple[bytes, ...]:
    """Return the certificate of the organization's certifier.

    Raises:
        NotFound: the directory has none.

    """
    with domain.store.snapshot() as db:
        found = directory.entries(db, CERTIFIER)
    if not found:
        raise NotFound(marked("The Domino Directory has no certifier of the organization."))
    if chain := directory.chain_of(found[0]):
        return chain
    raise altered("DirectoryEntry", found[0].name, "chain")


def cross_sections(entry: Entry, now: datetime) -> tuple[Section, ...]:
    """Return the fields of a cross-certificate's document; the viewer shows the certificate."""
    record = entry.record
    book = _("Domino Directory") if record.book == DIRECTORY else _("Personal Address Book of {name}")
    state = translated(entry.problem) or viewing.validity(entry.certificate, now)[1]
    basics = (
        Node(_("Subject"), escaped(record.subject)),
        Node(_("Issued by"), escaped(record.issuer)),
        Node(_("Serial number"), describe.serial(record.serial_hex), fixed=True),
        Node(_("Stored in"), book.format(name=escaped(record.book))),
        Node(_("Expiration date"), viewing.local(record.not_after)),
        Node(_("Added"), viewing.local(record.created_at)),
        Node(_("State"), state),
    )
    return (Section(_("Internet cross-certificate"), basics),)


def authorities(domain: Domain, actor: Actor) -> list[AuthorityRow]:
    """Return the certifiers that use the CA process, with their roles."""
    with domain.store.snapshot() as db:
        return [_authority(db, actor, record, domain.now()) for record in certifiers.all_of(db)]


def _roles(db: Connection, actor: Actor, now: datetime) -> dict[str, list[str]]:
    """Return the administrators, and the CA administrators and RAs of each certifier by its verified configuration."""
    found = {name: [_("Administrator")] for name in role_facts.administrators(db)}
    for record in certifiers.all_of(db):
        try:
            configuration = configuring.verified(db, record, actor.verifier(), now).configuration
        except Tampered:
            continue
        for name in configuration.caas:
            found.setdefault(name, []).append(_("CA administrator of {certifier}").format(certifier=record.name))
        for name in configuration.ras:
            found.setdefault(name, []).append(_("RA of {certifier}").format(certifier=record.name))
    return found


def _authority(db: Connection, actor: Actor, record: CertifierRecord, now: datetime) -> AuthorityRow:
    problem, caas, ras = "", "", ""
    try:
        configuration = configuring.verified(db, record, actor.verifier(), now).configuration
        caas, ras = listed(configuration.caas, ", "), listed(configuration.ras, ", ")
    except Tampered as error:
        problem = error.text()
    database = requests.database_of(db, record.id)
    return AuthorityRow(
        number=record.id,
        name=record.name,
        server=names.abbreviated(record.server),
        icl=record.icl_file.replace("/", "\\"),
        database=database.file if database else "",
        caas=caas,
        ras=ras,
        problem=problem,
    )


def _row(kind: str, number: int, name: str, der: bytes, now: datetime) -> CertificateRow:
    types = {INTERNET: _("Internet certifier"), ORGANIZATION: _("The organization's certifier")}
    issuer, state, sentence = "", Badge.BAD, ""
    try:
        found = viewing.load(der)
        issuer = names.shown(found.issuer)
        state, sentence = viewing.validity(found, now)
    except (Error, *PARSING_FAILURES) as error:
        sentence = translated(str(error))
    shown = name if kind == INTERNET else names.abbreviated(name)
    return CertificateRow(
        kind=kind,
        number=number,
        name=shown,
        issuer=issuer,
        type=types[kind],
        state=state,
        sentence=sentence,
        not_after=_end((der,)),
    )


def _cross_row(entry: Entry, now: datetime) -> CertificateRow:
    record = entry.record
    where = _("Internet cross-certificate") if record.book == DIRECTORY else _("Cross-certificate (personal)")
    problem = translated(entry.problem)
    state, sentence = (Badge.BAD, problem) if problem else viewing.validity(entry.certificate, now)
    return CertificateRow(
        kind=CROSS,
        number=record.id,
        name=escaped(record.subject),
        issuer=escaped(record.issuer),
        type=where,
        state=state,
        sentence=sentence,
        not_after=record.not_after,
    )


def certificate_section(chain: tuple[bytes, ...], now: datetime) -> Section:
    """Return the identifying fields of the first certificate of a chain."""
    try:
        found = viewing.summary(chain[0], now) if chain else None
    except Error as error:
        return Section(_("Certificate"), (Node(_("Remark"), error.text()),))
    if found is None:
        return Section(_("Certificate"), (Node(_("Remark"), _("None")),))
    rows = (
        Node(_("Certified by"), found.issuer),
        Node(_("Serial number"), found.serial, fixed=True),
        Node(_("Validity"), found.validity),
        Node("SHA-256", found.sha256, fixed=True, copied=True),
    )
    return Section(_("Certificate"), rows)


def _chain(entry: DirectoryEntry) -> tuple[bytes, ...]:
    """Return a document's certificates; none if they were altered: the rest of it, and of the view, is shown."""
    try:
        return directory.chain_of(entry)
    except Damaged:
        return ()


def _end(chain: tuple[bytes, ...]) -> datetime | None:
    try:
        return viewing.load(chain[0]).not_valid_after_utc if chain else None
    except (Error, *PARSING_FAILURES):
        return None
