"""Certificate Requests databases and their Database Configuration (technote, steps 9-13)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, asdict, dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any, Final

from dominoadmin.errors import Damaged, NotFound, Refused, Tampered, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki import extensions, names
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.profiles import CLIENT, DEFAULT_USAGES, SERVER, CertificateSettings
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.directory import entries
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import certifiers, directory, reading, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord, DatabaseRecord, Fields

TEMPLATE: Final = "certreq.ntf"
TEMPLATES: Final = {TEMPLATE: "Certificate Requests (6)"}
SUPPORTS: Final = {"client": (CLIENT,), "server": (SERVER,), "both": (CLIENT, SERVER)}
_LABELS: Final = {
    "client": "Client Certificates Only",
    "server": "Server Certificates Only",
    "both": "Both Client and Server Certificates",
}
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}\.nsf", re.IGNORECASE)


class Processing(StrEnum):
    """The processing method of a database: a person or the Administration Process submits and pulls."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Customization:
    """The default fields of requests of one kind. 0 days: the certifier's default duration."""

    days: int
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]

    def content(self) -> Fields:
        """Return it as JSON content."""
        usages = {"key_usage": list(self.key_usage), "extended_key_usage": list(self.extended_key_usage)}
        return {"days": self.days, **usages}


def usual(kind: str) -> Customization:
    """Return the default customization."""
    return Customization(0, *DEFAULT_USAGES[kind])


@dataclass(frozen=True)
class DatabaseConfiguration:
    """The form "Database Configuration"."""

    supports: str = "both"
    _rest: KW_ONLY
    processing: str = Processing.MANUAL
    transfer_server: str = ""
    mail_confirmation: bool = True
    server_requests: Customization = field(default_factory=lambda: usual(SERVER))
    client_requests: Customization = field(default_factory=lambda: usual(CLIENT))

    @property
    def supports_label(self) -> str:
        """The choice as the form shows it."""
        return _LABELS[self.supports]

    def customization(self, kind: str) -> Customization:
        """Return the default fields of requests of a kind."""
        return self.server_requests if kind == SERVER else self.client_requests

    def content(self) -> Fields:
        """Return the configuration as JSON content."""
        customs = {"server_requests": self.server_requests, "client_requests": self.client_requests}
        return asdict(self) | {key: custom.content() for key, custom in customs.items()}

    def check(self, settings: CertificateSettings) -> None:
        """Check the form against the certifier's settings.

        Raises:
            Refused: a choice is unknown, or the certifier's settings forbid such certificates.

        """
        for field_name, check in self.checks(settings).items():
            with about(field_name):
                check()

    def checks(self, settings: CertificateSettings) -> dict[str, Callable[[], None]]:
        """Return the parts of `check`, each with the field that it is about."""
        found: dict[str, Callable[[], None]] = {"": self._check_choices}
        for kind in SUPPORTS.get(self.supports, ()):
            custom = self.customization(kind)
            found[f"{kind}_days"] = partial(_check_days, custom, settings)
            found[f"{kind}_usages"] = partial(_check_usages, kind, replace(custom, extended_key_usage=()), settings)
            found[f"{kind}_extended_usages"] = partial(_check_usages, kind, replace(custom, key_usage=()), settings)
        return found

    def _check_choices(self) -> None:
        if self.supports not in SUPPORTS or self.processing not in tuple(Processing):
            raise Refused(_("Choose the supported certificate types and the processing method from the lists."))


def _check_usages(kind: str, custom: Customization, settings: CertificateSettings) -> None:
    extensions.check_usages(custom.key_usage, custom.extended_key_usage)
    allowed = {*settings.key_usage, *settings.extended_key_usage}
    if forbidden := {*custom.key_usage, *custom.extended_key_usage} - allowed:
        usage = min(forbidden)
        raise Refused(
            _("The certifier's settings do not allow the usage {usage} for server requests.", usage=usage)
            if kind == SERVER
            else _("The certifier's settings do not allow the usage {usage} for client requests.", usage=usage)
        )


def _check_days(custom: Customization, settings: CertificateSettings) -> None:
    if custom.days and not settings.minimum_days <= custom.days <= settings.maximum_days:
        raise Refused(
            _(
                "The certifier issues certificates that are valid for {minimum_days} to {maximum_days} days.",
                minimum_days=settings.minimum_days,
                maximum_days=settings.maximum_days,
            )
        )


def configuration_of(record: DatabaseRecord) -> DatabaseConfiguration:
    """Read a database's configuration from the store's JSON, which `content` writes.

    Raises:
        Tampered: it is invalid.

    """
    try:
        return _parse(**record.fields)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Tampered(_("A Database Configuration in the store cannot be read.")) from None


def _parse(server_requests: Fields, client_requests: Fields, **fields: Any) -> DatabaseConfiguration:  # noqa: ANN401 - JSON
    found = DatabaseConfiguration(
        **fields, server_requests=_parse_custom(**server_requests), client_requests=_parse_custom(**client_requests)
    )
    known = found.supports in SUPPORTS and found.processing in (Processing.MANUAL, Processing.AUTOMATIC)
    if not known or type(found.transfer_server) is not str or type(found.mail_confirmation) is not bool:
        raise ValueError(fields)
    return found


def _parse_custom(days: object, key_usage: object, extended_key_usage: object) -> Customization:
    if type(days) is not int:
        raise TypeError(days)
    return Customization(days, _texts(key_usage), _texts(extended_key_usage))


def _texts(found: object) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise TypeError(found)
    return tuple(found)


@dataclass(frozen=True)
class DatabaseRequest:
    """The dialog "New Database", and the form that opens after it."""

    title: str
    file: str
    certifier: str
    _more: KW_ONLY
    template: str = TEMPLATE
    server: str = ""
    configuration: DatabaseConfiguration = field(default_factory=DatabaseConfiguration)


def create(domain: Domain, actor: Actor, request: DatabaseRequest) -> DatabaseRecord:
    """Create a Certificate Requests database for one Internet certifier.

    Raises:
        Refused: the name is not allowed or taken, the template is unknown, or the certifier already has a database.
        NotFound: there is no such certifier or server.
        Tampered: the certifier's configuration does not hold.

    """
    check_names(request)
    with domain.store.transaction() as db:
        certifier = configuring.find(db, request.certifier)
        verified = configuring.verified(db, certifier, actor.verifier(), domain.now())
        request.configuration.check(verified.configuration.settings)
        existing = requests.databases(db)
        check_all(db, actor.verifier(), existing, request.file)
        check_file_is_free(existing, request.file)
        check_certifier_is_free(existing, certifier)
        record = DatabaseRecord(
            file=request.file,
            title=request.title.strip(),
            template=request.template,
            server=_server(db, actor, request, certifier),
            certifier_id=certifier.id,
            fields=_canonical(db, actor, request.configuration).content(),
            created_at=domain.now(),
        )
        requests.add_database(db, record)
        event = Event(AuditAction.DATABASE_CREATED, record.file, {"certifier": certifier.name})
        audit_log.enter(db, domain.now(), actor, [event])
    return record


def configure(domain: Domain, actor: Actor, file: str, configuration: DatabaseConfiguration) -> DatabaseRecord:
    """Replace a Database Configuration ("Save & Close").

    Raises:
        NotFound: there is no such database.
        Refused: the configuration is not allowed.
        Tampered: what it replaces was altered: the signature must not make that genuine.

    """
    with domain.store.transaction() as db:
        record = get(db, file)
        check(db, actor.verifier(), record)
        certifier = certifiers.get(db, record.certifier_id)
        verified = configuring.verified(db, certifier, actor.verifier(), domain.now())
        configuration.check(verified.configuration.settings)
        fields = _canonical(db, actor, configuration).content()
        requests.set_database_fields(db, record.file, fields)
        audit_log.enter(db, domain.now(), actor, [Event(AuditAction.DATABASE_CONFIGURED, record.file, fields)])
        return get(db, file)


def stored(domain: Domain, file: str) -> DatabaseRecord:
    """Return a database by its file name.

    Raises:
        NotFound: there is none of that name.

    """
    with domain.store.snapshot() as db:
        return get(db, file)


def of_certifier(domain: Domain, certifier_id: int) -> DatabaseRecord | None:
    """Return the database of a certifier, or None."""
    with domain.store.snapshot() as db:
        return requests.database_of(db, certifier_id)


def get(db: Connection, file: str) -> DatabaseRecord:
    """Return a database by its file name.

    Raises:
        NotFound: there is none of that name.

    """
    found = requests.find_database(db, file)
    if found is None:
        known = ", ".join(database.file for database in requests.databases(db)) or "none yet"
        raise NotFound(
            _("Certificate Requests database {file} was not found.", file=file), _("Available: {names}.", names=known)
        )
    return found


def check(db: Connection, verifier: Verifier, record: DatabaseRecord) -> None:
    """Raise `Tampered` if a database is not the one that the audit log commits."""
    committed.check(db, verifier, [Object("databases", record.file)])


def check_all(db: Connection, verifier: Verifier, existing: Iterable[DatabaseRecord], new: str) -> None:
    """Raise `Tampered` if one of all databases is not the one that the audit log commits, or it has had the new one."""
    there = [Object("databases", each.file) for each in existing]
    committed.check_same(db, verifier, [*there, Object("databases", new)])


def is_automatic(domain: Domain, file: str) -> bool:
    """Return whether the Administration Process submits and pulls the requests of a database.

    Raises:
        NotFound: there is no such database.
        Tampered: its configuration cannot be read.

    """
    with domain.store.snapshot() as db:
        return configuration_of(get(db, file)).processing == Processing.AUTOMATIC


def all_databases(domain: Domain) -> list[tuple[DatabaseRecord, CertifierRecord]]:
    """Return the databases with their certifiers.

    Raises:
        Damaged: a row cannot be read, or has no certifier, and the caller is not leaving out such rows.

    """
    found = []
    with domain.store.snapshot() as db:
        for record in requests.databases(db):
            try:
                found.append((record, certifiers.get(db, record.certifier_id)))
            except Damaged as error:
                reading.leave_out(error)
    return found


def _canonical(db: Connection, actor: Actor, configuration: DatabaseConfiguration) -> DatabaseConfiguration:
    server = configuration.transfer_server
    if not server:
        return configuration
    known = entries.server(db, actor.verifier(), names.in_organization(server, directory.fact(db, "organization")))
    return replace(configuration, transfer_server=known.name)


def check_names(request: DatabaseRequest) -> None:
    """Check the fields of the dialog "New Database", without the store.

    Raises:
        Refused: the title, the file name or the template is invalid.

    """
    with about("title"):
        check_title(request.title)
    with about("file"):
        check_file_name(request.file)
    if request.template not in TEMPLATES:
        with about("template"):
            raise Refused(
                _("Template {template} was not found.", template=request.template),
                _("Choose {title}, {template}.", title=TEMPLATES[TEMPLATE], template=TEMPLATE),
            )


def check_title(title: str) -> None:
    """Raise `Refused` unless a database can have this title."""
    if problem := names.text_problem(title.strip(), "Title", 96):
        raise Refused(problem)


def check_file_name(file: str) -> None:
    """Raise `Refused` unless a database can have this file name."""
    if not _FILE.fullmatch(file):
        raise Refused(
            _("{file} is not a valid database name.", file=repr(file)),
            _("Use letters, digits, hyphens, or underscores, and the extension .nsf: it becomes part of a URL."),
        )


def check_file_is_free(existing: Iterable[DatabaseRecord], file: str) -> None:
    """Raise `Refused` if one of the databases has this file name; case is ignored."""
    if any(record.file.lower() == file.lower() for record in existing):
        with about("file"):
            raise Refused(_("A database named {file} already exists.", file=file), _("Choose another file name."))


def check_certifier_is_free(existing: Iterable[DatabaseRecord], certifier: CertifierRecord) -> None:
    """Raise `Refused` if the certifier has one of the databases (the technote's note to step 10)."""
    for record in existing:
        if record.certifier_id == certifier.id:
            raise Refused(
                _(
                    "Each Internet Certifier requires a unique Certificate Requests database; {name} already has "
                    "{file}.",
                    name=certifier.name,
                    file=record.file,
                ),
                _("Use that database, or register another certifier."),
            )


def _server(db: Connection, actor: Actor, request: DatabaseRequest, certifier: CertifierRecord) -> str:
    if not request.server:
        return certifier.server
    text = names.in_organization(request.server, directory.fact(db, "organization"))
    return entries.server(db, actor.verifier(), text).name
