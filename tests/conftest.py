"""Fixtures for all tests. A domain costs a second of scrypt: it is created once and copied."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import pytest

from dominoadmin import application, i18n
from dominoadmin.errors import Error
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.setup import creating as setup
from dominoadmin.store.keychain import NoKeychain
from tests.german import without_german
from tests.gui.identities.memory_keyring import MemoryKeyring
from tests.services.uncompared import Listing
from tests.source import PACKAGE

os.umask(0o077)
ACTING = {("services",), ("tasks",)}
BELOW = {("pki",), ("store",), ("services",), ("tasks",), ("console",)}
# Each data folder has its own state folder beside it; whoever builds an environment by hand gets a temporary one.
os.environ["DOMINOADMIN_STATE"] = "../state"
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="dominoadmin-state-")
NO_KEYCHAIN = {"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"}
ADMIN_PASSWORD = "correct horse 1"
SERVER_PASSWORD = "battery staple 2"
ROB_PASSWORD = "purple monkey 3"
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass
class Office:
    """A copied domain with its open IDs. Ann is the administrator, Rob another person without a role."""

    domain: Domain
    ann: Identity
    rob: Identity
    server: Identity
    certifier: Identity
    clock: Clock

    @property
    def root(self) -> Path:
        return self.domain.directory.root

    def actor(self) -> Actor:
        return Actor.of(self.ann)


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture(scope="session")
def office_template(tmp_path_factory) -> tuple[Path, dict[str, Identity]]:
    return set_up_office(tmp_path_factory.mktemp("office") / "data", Clock())


def set_up_office(root: Path, clock: Clock) -> tuple[Path, dict[str, Identity]]:
    """A domain as after setup, with Rob, and the open IDs of all."""
    request = setup.SetupRequest(
        organization="MyCompany", country="US", server="Server1", host="server1.example.com", administrator="Ann Admin", administrator_password=ADMIN_PASSWORD,
        server_password=SERVER_PASSWORD, http_port=0, ssl_port=0,
    )
    result = setup.set_up(root, request, lambda _: NoKeychain(), clock)
    domain = application.open_domain(root, NO_KEYCHAIN, clock)
    certifier = identifying.open_id(domain, result.certifier_id, ADMIN_PASSWORD)
    rob_id = identifying.register_person(domain, certifier, identifying.PersonRequest("Rob Ra", ROB_PASSWORD))
    ids = {
        "ann": identifying.open_id(domain, result.administrator_id, ADMIN_PASSWORD),
        "rob": identifying.open_id(domain, rob_id, ROB_PASSWORD),
        "server": identifying.open_id(domain, result.server_id, SERVER_PASSWORD),
        "certifier": certifier,
    }
    domain.store.close()
    return root, ids


def copy_data(template: Path, root: Path) -> None:
    """Copy a data folder with what the account has seen of it, as if it had been made there: else it waits as a copy."""
    shutil.copytree(template, root)
    root.chmod(0o700)
    state = root.parent / "state"
    for seen in (template.parent / "state").glob(f"*-{_place(template)}.json"):
        state.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(seen, state / f"{seen.name.partition('-')[0]}-{_place(root)}.json")


def _place(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]


@pytest.fixture
def office(office_template, tmp_path: Path):
    template, ids = office_template
    root = tmp_path / "data"
    shutil.copytree(template, root)
    root.chmod(0o700)
    clock = Clock()
    domain = application.open_domain(root, NO_KEYCHAIN, clock)
    yield Office(domain=domain, clock=clock, **ids)
    domain.store.close()


def folder_of(request) -> tuple[str, ...]:
    """The folder of a test's file, below that of all tests."""
    return request.path.parent.relative_to(Path(__file__).parent).parts


@pytest.fixture
def system_keyring():
    """A working system keyring, which is cleared after the test."""
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def acts_compare_what_they_read(request):
    """An act in a test of services or tasks looks up in the signed state each row that it reads."""
    if folder_of(request)[:1] not in ACTING:
        yield
        return
    listing = Listing()
    with pytest.MonkeyPatch.context() as patch:
        listing.watch(patch)
        yield listing
    assert not (problems := listing.problems()), "\n".join(["An act goes by rows that it has not compared:", *problems])


@pytest.fixture(autouse=True)
def every_error_can_be_said_in_german(request, monkeypatch):
    """Every error in tests of the layers below the window keeps its template, which has a German translation."""
    if folder_of(request)[:1] not in BELOW:
        yield
        return
    made: list[Error] = []
    begin = Error.__init__

    def noted(self, text, hint=""):
        begin(self, text, hint)
        if Path(sys._getframe(1).f_code.co_filename).is_relative_to(PACKAGE):
            made.append(self)

    monkeypatch.setattr(Error, "__init__", noted)
    yield
    i18n.use("de")
    english = {said for error in made for text in (str(error), error.hint) for said in without_german(text)}
    i18n.use("en")
    assert not english
