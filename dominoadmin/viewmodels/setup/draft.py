"""The draft of the wizard "Set Up a New Domain", and the problems of its pages."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.paths import typed
from dominoadmin.pki import general_names
from dominoadmin.services.directory import ports, server_documents
from dominoadmin.services.directory.ports import Ports
from dominoadmin.services.identities.identifying import check_password
from dominoadmin.services.key_rings.form import check_state
from dominoadmin.services.setup import creating as setup
from dominoadmin.services.setup import founding
from dominoadmin.services.setup.creating import OpenKeychain, SetupRequest
from dominoadmin.services.setup.founding import Founding
from dominoadmin.viewmodels import countries, mends
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, first, found, offered, says

KEYCHAIN, ASK = "keychain", "ask"


class SetupStep(Enum):
    """The pages with input."""

    ORGANIZATION = auto()
    SERVER = auto()
    ADMINISTRATOR = auto()
    PASSWORDS = auto()
    BACKUP = auto()
    SUMMARY = auto()


@dataclass(frozen=True)
class SetupSurroundings:
    """The defaults from this machine."""

    host: str
    ports: Ports


def surroundings() -> SetupSurroundings:
    """Check the machine's name on the network and its free ports. A name server may be slow."""
    return SetupSurroundings(_own_host(), ports.proposed())


def _own_host() -> str:
    """Return this machine's host name if it is fully qualified, else an empty string."""
    try:
        return general_names.host(socket.getfqdn())
    except Refused:
        return ""


@dataclass(frozen=True)
class KeychainOffer:
    """The usable keychain of the system: its name, or why there is none."""

    name: str
    problem: str


def keychain_offer(open_keychain: OpenKeychain) -> KeychainOffer:
    """Write a test entry to the keychain, read it back and delete it. May ask the user to unlock it."""
    keychain = open_keychain("setup")
    problem = translated(keychain.problem())
    return KeychainOffer("" if problem else keychain.name(), problem)


@dataclass(kw_only=True)
class SetupDraft:
    """The contents of the pages. `keychain` is None until it was tested."""

    root: Path
    organization: str = ""
    state: str = ""
    country: str = ""
    server: str = "Server1"
    host: str = ""
    http_port: int = 80
    ssl_port: int = 443
    administrator: str = ""
    password: str = field(default="", repr=False)
    password_again: str = field(default="", repr=False)
    keychain: KeychainOffer | None = None
    keep: str = ASK
    remember: bool = False
    same_password: bool = True
    server_password: str = field(default="", repr=False)
    server_password_again: str = field(default="", repr=False)
    backup: bool = True
    backup_folder: str = ""

    def problem(self, step: SetupStep) -> str:
        """Return why a page is not complete yet, or an empty string."""
        return first(self.problems(step))

    def problems(self, step: SetupStep) -> tuple[DraftProblem, ...]:
        """Return why a page is not complete yet, in the order of its form."""
        checks: dict[SetupStep, Callable[[], Iterator[FieldCheck]]] = {
            SetupStep.ORGANIZATION: self._organization_checks,
            SetupStep.SERVER: self._server_checks,
            SetupStep.ADMINISTRATOR: self._administrator_checks,
            SetupStep.PASSWORDS: self._passwords_checks,
            SetupStep.BACKUP: self._backup_checks,
            SetupStep.SUMMARY: lambda: iter(()),
        }
        return tuple(map(self._mended, found(*checks[step]())))

    def _mended(self, problem: DraftProblem) -> DraftProblem:
        code = mends.country(self.country) if problem.field == "country" else ""
        return offered(problem, code, countries.shown(code))

    def take(self, found: SetupSurroundings) -> None:
        """Use the machine's defaults in fields that are still empty."""
        self.host = self.host or found.host
        self.http_port, self.ssl_port = found.ports.http, found.ports.ssl

    def offer(self, keychain: KeychainOffer) -> None:
        """Use the keychain's result: it is the default if it works."""
        self.keychain = keychain
        self.keep = ASK if keychain.problem else KEYCHAIN
        self.remember = self.remember and not keychain.problem

    def forget_passwords(self) -> None:
        """Empty the passwords: the wizard is closed."""
        self.password = self.password_again = self.server_password = self.server_password_again = ""

    def words(self) -> tuple[str, ...]:
        """Return words that are easy to guess and weaken a password."""
        return self.organization, self.server, self.host, self.administrator

    def request(self) -> Founding:
        """Return the finished request."""
        ask = self.keep == ASK
        server_password = (self.password if self.same_password else self.server_password) if ask else ""
        request = SetupRequest(
            organization=self.organization.strip(),
            country=self.country.strip(),
            state=self.state.strip(),
            server=self.server.strip(),
            host=self.host.strip(),
            administrator=self.administrator.strip(),
            administrator_password=self.password,
            server_password=server_password,
            http_port=self.http_port,
            ssl_port=self.ssl_port,
        )
        return Founding(request, self._folder() if self.backup else None, self.remember)

    def names(self) -> tuple[str, str, str]:
        """Return the canonical names of organization, server and administrator.

        Raises:
            Refused: one is not a valid name.

        """
        organization = setup.organization_name(self.organization, self.country)
        server = setup.member_name(self.server, organization)
        administrator = setup.member_name(self.administrator, organization)
        setup.check_members(server, administrator)
        return organization, server, administrator

    def _organization_checks(self) -> Iterator[FieldCheck]:
        missing = _("Type the organization's name, for example MyCompany.")
        yield says("organization", lambda: "" if self.organization.strip() else missing)
        yield FieldCheck("organization", lambda: setup.organization_name(self.organization, ""))
        if self.state.strip():
            yield FieldCheck("state", lambda: check_state(self.state.strip()))
        # of the country, once the organization's name is right
        yield FieldCheck("country", lambda: setup.organization_name("MyCompany", self.country))

    def _server_checks(self) -> Iterator[FieldCheck]:
        name, host = _("Type the server's name, for example Server1."), self.host.strip()
        missing = _("Type the server's host name on the network, for example server1.example.com.")
        yield says("server", lambda: "" if self.server.strip() else name)
        yield FieldCheck("server", lambda: setup.member_name(self.server, self._organization_name()))
        yield says("host", lambda: "" if host else missing)
        yield FieldCheck("host", lambda: general_names.host(self.host), lambda: mends.host(self.host))
        yield FieldCheck("ssl_port", lambda: server_documents.check_ports(self.http_port, self.ssl_port))

    def _administrator_checks(self) -> Iterator[FieldCheck]:
        missing = _("Type the administrator's name, for example Ann Admin.")
        yield says("administrator", lambda: "" if self.administrator.strip() else missing)
        yield FieldCheck("administrator", self.names)
        yield from _pair("password", self.password, self.password_again, marked("the administrator's ID file"))

    def _passwords_checks(self) -> Iterator[FieldCheck]:
        offer = self.keychain
        yield says("", lambda: "" if offer else _("Waiting for the system keychain…"))
        yield says("keep", lambda: offer.problem if offer and self.keep == KEYCHAIN else "")
        if offer and self.keep == ASK and not self.same_password:
            what = marked("the server's ID file")
            yield from _pair("server_password", self.server_password, self.server_password_again, what)

    def _backup_checks(self) -> Iterator[FieldCheck]:
        if self.backup:
            missing = _("Choose a folder for the copies, or choose to make no copies.")
            yield says("backup_folder", lambda: "" if self.backup_folder.strip() else missing)
            yield FieldCheck("backup_folder", lambda: founding.check_backup_folder(self._folder(), self.root))

    def _organization_name(self) -> str:
        return setup.organization_name(self.organization, self.country)

    def _folder(self) -> Path:
        return typed(self.backup_folder.strip())


def _pair(field: str, password: str, again: str, what: str) -> Iterator[FieldCheck]:
    """Yield the checks of a password that is typed twice."""
    yield FieldCheck(field, lambda: check_password(password, what))
    differs = _("The passwords do not match.") if again else _("Type the password again to confirm it.")
    yield says(f"{field}_again", lambda: "" if again == password else differs)
