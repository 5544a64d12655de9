"""The Certifier document: a certifier and its verified configuration (fact sheet 4.2, 9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from dominoadmin.errors import NotFound, Tampered
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki import documents, names
from dominoadmin.pki.extension_texts import Node
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuration_versions import standing_in
from dominoadmin.services.certifiers.configuring import Configuration
from dominoadmin.services.certifiers.settings import Group, of_groups
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import certifiers, requests
from dominoadmin.store.records import CertifierRecord
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certificates.viewing import Section
from dominoadmin.viewmodels.certifiers import settings
from dominoadmin.viewmodels.directory.views import certificate_section
from dominoadmin.viewmodels.words import key_label, protection_label


@dataclass(frozen=True)
class VersionRow:
    """A version of a certifier's configuration, in a list."""

    number: int
    signer: str
    in_force: bool


@dataclass(frozen=True, kw_only=True)
class CertifierView:
    """A Certifier document. `problem` says why its configuration must not be trusted; then it is left out.

    `restorers` may restore its last good version, if there is one.
    """

    id: int
    name: str
    basics: tuple[Section, ...]
    configuration: tuple[Section, ...]
    certificate: bytes
    problem: str
    restorers: tuple[str, ...] = ()


def certifier(domain: Domain, actor: Actor, certifier_id: int) -> CertifierView:
    """Return a Certifier document.

    Raises:
        NotFound: there is none.

    """
    now = domain.now()
    with domain.store.snapshot() as db:
        record = next((each for each in certifiers.all_of(db) if each.id == certifier_id), None)
        if record is None:
            raise NotFound(marked("This certifier no longer exists."))
        database = requests.database_of(db, record.id)
        versions = tuple(certifiers.configurations(db, record.id))
        try:
            verified = configuring.verified(db, record, actor.verifier(), now)
        except Tampered as error:
            basics = (_basics(record, ""), certificate_section((record.active.certificate,), now))
            restorers = standing_in(db, actor, certifier_id, now).caas
            return CertifierView(
                id=record.id,
                name=record.name,
                basics=basics,
                configuration=(),
                certificate=record.active.certificate,
                problem=error.text(),
                restorers=restorers,
            )
    sections = (*_settings(verified.configuration), _versions(verified, versions))
    basics = (
        _basics(record, database.file if database else ""),
        certificate_section((record.active.certificate,), now),
    )
    return CertifierView(
        id=record.id,
        name=record.name,
        basics=basics,
        configuration=sections,
        certificate=record.active.certificate,
        problem="",
    )


def configuration_versions(domain: Domain, actor: Actor, certifier_id: int) -> list[VersionRow]:
    """Return the versions of a certifier's configuration, the newest first.

    Raises:
        Tampered: a version was not signed by a CAA of the previous one.

    """
    with domain.store.snapshot() as db:
        configuring.verified(db, certifiers.get(db, certifier_id), actor.verifier(), domain.now())
        versions = certifiers.configurations(db, certifier_id)
    newest = len(versions)
    rows = [VersionRow(number, _signer(data), number == newest) for number, data in enumerate(versions, start=1)]
    return rows[::-1]


def _basics(record: CertifierRecord, database: str) -> Section:
    rows = (
        Node(_("Certifier"), record.name),
        Node(_("Server"), names.abbreviated(record.server)),
        Node(_("ICL database"), record.icl_file.replace("/", "\\")),
        Node(_("Certificate Requests database"), database or _("None yet")),
        Node(_("Key"), key_label(record.active.key_algorithm)),
        Node(_("Encrypt Certifier ID with"), protection_label(record.active.protection)),
        *([Node(_("Locking ID"), names.abbreviated(record.active.locking_id))] if record.active.locking_id else []),
        Node(_("Registered"), viewing.local(record.created_at)),
        Node(_("In the Domino Directory since"), _published(record.published_at)),
    )
    return Section(_("Basics"), rows)


def _published(moment: datetime | None) -> str:
    return viewing.local(moment) if moment else _("Not yet; the Administration Process will store it there.")


def _settings(configuration: Configuration) -> tuple[Section, ...]:
    """Return all settings of a configuration (`services.certifiers.settings`), under their headings."""
    headings = (
        (_("Certifier"), (Group.STATE,)),
        (_("Administrators"), (Group.ROLES,)),
        (_("Certificates"), (Group.CERTIFICATES, Group.SIGNATURES)),
        (_("Certificate revocation list"), (Group.LISTS,)),
    )
    return tuple(Section(title, _rows(configuration, groups)) for title, groups in headings)


def _rows(configuration: Configuration, groups: tuple[Group, ...]) -> tuple[Node, ...]:
    found = settings.fields(configuration, of_groups(*groups), "\n")
    return tuple(Node(each.label, each.text) for each in found)


def _versions(verified: configuring.Certifier, versions: tuple[bytes, ...]) -> Section:
    configuration = verified.configuration
    rows = [
        Node(_("Version {number}").format(number=number), _("signed by {name}").format(name=_signer(data)))
        for number, data in enumerate(versions, start=1)
    ]
    return Section(
        _("Versions"),
        (
            Node(_("Current"), _("Version {number}").format(number=configuration.version)),
            *rows,
        ),
    )


def _signer(data: bytes) -> str:
    """Return the signer of a version; all versions have been verified."""
    chain = documents.parse(data).chain
    return names.abbreviated(names.person_from_x509(x509.load_der_x509_certificate(chain[0]).subject))
