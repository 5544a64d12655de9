"""The drafts of "New Database" and of the form "Database Configuration" that follows it (technote, steps 9-13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Final

from dominoadmin.errors import Error, NotFound, Tampered
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.profiles import CLIENT, SERVER, CertificateSettings
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import server_entries
from dominoadmin.services.directory.server_entries import ServerEntry
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.processes import adminp
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.databases import (
    TEMPLATES,
    Customization,
    DatabaseConfiguration,
    DatabaseRequest,
    Processing,
)
from dominoadmin.store import certifiers, requests
from dominoadmin.store.records import CertifierRecord, DatabaseRecord
from dominoadmin.viewmodels import mends
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says, whole
from dominoadmin.viewmodels.words import NO_CA_CERTIFIERS

LOCAL: Final = ""
"""The template server "Local"."""
BLANK: Final = "-Blank-"
_ORDINARY: Final = {
    BLANK: "-Blank-",
    "discsw6.ntf": "Discussion - Notes & Web (6)",
    "doclbw6.ntf": "Doc Library - Notes & Web (6)",
    "journal6.ntf": "Personal Journal (6)",
}
_SHORT: Final = 8


@dataclass(frozen=True)
class SupportedCA:
    """An Internet certifier in the form's list; `problem` says why its configuration is invalid."""

    record: CertifierRecord
    certifier: Certifier | None
    problem: str = ""

    @property
    def settings(self) -> CertificateSettings:
        """The rules for the certificates that the certifier issues."""
        return self.certifier.configuration.settings if self.certifier else CertificateSettings()


@dataclass(frozen=True)
class DatabaseSurroundings:
    """The choices of the two forms."""

    servers: tuple[ServerEntry, ...]
    authorities: tuple[SupportedCA, ...]
    existing: tuple[DatabaseRecord, ...]

    def has_database(self, authority: SupportedCA) -> bool:
        """Return whether a certifier already has a database."""
        return any(record.certifier_id == authority.record.id for record in self.existing)

    def free(self) -> list[SupportedCA]:
        """Return the certifiers that have no database yet."""
        return [authority for authority in self.authorities if not self.has_database(authority)]

    def problem(self) -> str:
        """Return why no database can be created, or an empty string."""
        if not self.authorities:
            # Domino's words, then ours.
            return f"{_(NO_CA_CERTIFIERS)} {_('Register an Internet certifier first.')}"
        if not self.free():
            return _(
                "Each Internet Certifier requires a unique Certificate Requests database, and each already has one. "
                "Register another certifier first."
            )
        return ""


def look_around(domain: Domain, actor: Actor) -> DatabaseSurroundings:
    """Read the servers, the certifiers and the databases."""
    with domain.store.snapshot() as db:
        verifier, now = actor.verifier(), domain.now()
        authorities = []
        for record in certifiers.all_of(db):
            try:
                authorities.append(SupportedCA(record, configuring.verified(db, record, verifier, now)))
            except Tampered as error:
                authorities.append(SupportedCA(record, None, said(error)))
        return DatabaseSurroundings(tuple(server_entries.all_of(db)), tuple(authorities), tuple(requests.databases(db)))


def said(error: Error) -> str:
    """Return an error with its hint as a draft's problem."""
    return translated(error.whole())


@dataclass(kw_only=True)
class NewDatabaseDraft(Judged):
    """The dialog "New Database"."""

    around: DatabaseSurroundings
    server: str
    title: str = ""
    file: str = ""
    show_advanced: bool = False
    template: str = BLANK
    template_server: str = LOCAL
    certifier: str = ""
    """The certifier it is for, if already known."""

    @classmethod
    def suggested(cls, around: DatabaseSurroundings, server: str, certifier: str = "") -> NewDatabaseDraft:
        """Return a draft with the technote's example names, or with names after the certifier for a second database."""
        wanted = next((each for each in around.free() if each.record.name == certifier), None)
        chosen = wanted or next(iter(around.free()), None)
        draft = cls(
            around=around, server=server, template_server=server, certifier=chosen.record.name if chosen else ""
        )
        draft.title, draft.file = "Certificate Requests", "certreq.nsf"
        if chosen and around.existing:
            owner = names.certifier_common_name(chosen.record.name)
            short = re.sub(r"[^a-z0-9]", "", owner.lower())[:_SHORT]
            draft.title, draft.file = f"Cert Req {owner}", f"CR_{short or chosen.record.id}.nsf"
        return draft

    def templates(self) -> dict[str, str]:
        """Return the templates in the list: file names with titles. Advanced ones are on the server."""
        advanced = TEMPLATES if self.show_advanced and self.template_server != LOCAL else {}
        return {**_ORDINARY, **advanced}

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        if problem := self.around.problem():
            return whole(problem)
        name = self.file.strip()
        # The technote, step 11.
        local = _("Make sure the Template server is set to the server, not 'Local'.")
        checks = (
            FieldCheck("title", lambda: databases.check_title(self.title)),
            says("file", lambda: "" if name else _("Enter a File Name, for example certreq.nsf.")),
            FieldCheck("file", lambda: databases.check_file_name(name), lambda: mends.file_name(name, ".nsf")),
            FieldCheck("file", lambda: databases.check_file_is_free(self.around.existing, name), self._free_name),
            says("template_server", lambda: local if self.template_server == LOCAL else ""),
            says("template", self._template_problem),
        )
        return found(*checks)

    def _free_name(self) -> str:
        taken, (stem, _point, ending) = {each.file.lower() for each in self.around.existing}, self.file.rpartition(".")
        numbered = (f"{stem.strip()}{number}.{ending.strip()}" for number in count(2))
        return next(each for each in numbered if each.lower() not in taken)

    def _template_problem(self) -> str:
        if self.template_server == LOCAL:
            return ""
        if self.template not in TEMPLATES:
            return _("This version creates only one kind of database: choose the template 'Certificate Requests (6)'.")
        return ""


@dataclass(kw_only=True)
class ConfigurationDraft(Judged):
    """The form "Database Configuration", of a new or existing database."""

    around: DatabaseSurroundings
    file: str
    database_server: str
    new: NewDatabaseDraft | None = None
    server: str = ""
    certifier: str = ""
    supports: str = "both"
    processing: str = Processing.MANUAL
    transfer_server: str = ""
    mail_confirmation: bool = True
    server_requests: Customization = field(default_factory=lambda: databases.usual(SERVER))
    client_requests: Customization = field(default_factory=lambda: databases.usual(CLIENT))

    @classmethod
    def for_new(cls, new: NewDatabaseDraft) -> ConfigurationDraft:
        """Return the form that opens after "New Database"."""
        draft = cls(around=new.around, file=new.file.strip(), database_server=new.server, new=new)
        authority = next((each for each in new.around.authorities if each.record.name == new.certifier), None)
        draft.server = authority.record.server if authority else new.server
        draft.certifier = new.certifier
        return draft

    @classmethod
    def for_existing(cls, around: DatabaseSurroundings, file: str) -> ConfigurationDraft:
        """Return the form of a database; an unreadable configuration is replaced by the default.

        Raises:
            NotFound: there is no such database.

        """
        record = next((each for each in around.existing if each.file.lower() == file.lower()), None)
        authority = next((a for a in around.authorities if record and a.record.id == record.certifier_id), None)
        if record is None or authority is None:
            raise NotFound(marked("Certificate Requests database {file} was not found.", file=file))
        draft = cls(
            around=around,
            file=record.file,
            database_server=record.server,
            server=authority.record.server,
            certifier=authority.record.name,
        )
        draft.take(_readable(record))
        return draft

    def take(self, configuration: DatabaseConfiguration) -> None:
        """Fill the form in."""
        self.supports, self.processing = configuration.supports, configuration.processing
        self.transfer_server, self.mail_confirmation = configuration.transfer_server, configuration.mail_confirmation
        self.server_requests, self.client_requests = configuration.server_requests, configuration.client_requests

    def authorities(self) -> list[SupportedCA]:
        """Return the certifiers of the chosen server."""
        return [authority for authority in self.around.authorities if authority.record.server == self.server]

    def authority(self) -> SupportedCA | None:
        """Return the chosen certifier."""
        return next((each for each in self.authorities() if each.record.name == self.certifier), None)

    def settings(self) -> CertificateSettings:
        """Return the certificate settings of the chosen certifier."""
        authority = self.authority()
        return authority.settings if authority else CertificateSettings()

    def customization(self, kind: str) -> Customization:
        """Return the default fields of requests of a kind."""
        return self.server_requests if kind == SERVER else self.client_requests

    def customize(self, kind: str, custom: Customization) -> None:
        """Change the default fields of requests of a kind."""
        if kind == SERVER:
            self.server_requests = custom
        else:
            self.client_requests = custom

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        authority = self.authority()
        if authority is None:
            text = _("This server has no certifier for the database. Choose another server, or register a certifier.")
            return (DraftProblem(text, "server"),)
        if authority.problem:
            return (DraftProblem(authority.problem, "certifier"),)
        existing = self.around.existing if self.new else ()
        checks, mended = self.configuration().checks(authority.settings), self._mends(authority.settings)
        return found(
            FieldCheck("certifier", lambda: databases.check_certifier_is_free(existing, authority.record)),
            *(FieldCheck(key, check, mended.get(key, str)) for key, check in checks.items()),
        )

    def _mends(self, settings: CertificateSettings) -> dict[str, Callable[[], str]]:
        """Return the number of days that the certifier allows, for each kind of request."""

        def days(kind: str) -> str:
            return str(max(settings.minimum_days, min(self.customization(kind).days, settings.maximum_days)))

        return {f"{kind}_days": partial(days, kind) for kind in (SERVER, CLIENT)}

    def agents(self) -> tuple[bool, str]:
        """Return whether the agents of an Automatic database may run, and why (the technote's note to step 13)."""
        authority = self.authority()
        entry = next((each for each in self.around.servers if each.name == self.database_server), None)
        if self.processing != Processing.AUTOMATIC or authority is None or authority.certifier is None or entry is None:
            return True, ""
        if not adminp.may_run_agents(entry, authority.certifier):
            return False, _(adminp.UNRESTRICTED)
        sentence = _(
            "A registration authority may run unrestricted methods and operations on {server}. Automatic processing "
            "will work."
        )
        return True, sentence.format(server=names.abbreviated(entry.name))

    def configuration(self) -> DatabaseConfiguration:
        """Return the configuration for the service."""
        return DatabaseConfiguration(
            self.supports, processing=self.processing, transfer_server=self.transfer_server,
            mail_confirmation=self.mail_confirmation, server_requests=self.server_requests,
            client_requests=self.client_requests,
        )  # fmt: skip

    def request(self) -> DatabaseRequest:
        """Return the request for the new database."""
        assert self.new is not None
        return DatabaseRequest(
            self.new.title, self.file, self.certifier, server=self.database_server, configuration=self.configuration()
        )


def _readable(record: DatabaseRecord) -> DatabaseConfiguration:
    try:
        return databases.configuration_of(record)
    except Tampered:
        return DatabaseConfiguration()
