"""First-time setup: its results, and refusals before anything is created."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from dominoadmin import application
from dominoadmin.errors import Error, KeychainUnavailable, Refused
from dominoadmin.pki import lint
from dominoadmin.services.audit import verifying
from dominoadmin.services.directory import server_documents
from dominoadmin.services.domain import Actor, system_clock
from dominoadmin.services.identities import identifying
from dominoadmin.services.progress import Progress
from dominoadmin.services.setup import creating as setup
from dominoadmin.services.setup.creating import SetupRequest
from dominoadmin.store import id_files
from dominoadmin.store.keychain import Keychain, NoKeychain
from tests import builders
from tests.conftest import ADMIN_PASSWORD, NO_KEYCHAIN, SERVER_PASSWORD, Clock
from tests.outside.judges import everyone_verifies

GOOD = SetupRequest(
    organization="MyCompany", country="us", server="Server1", host="Server1.Example.com", administrator="Ann Admin", administrator_password="administrator 1", server_password="server pass"
)


class InMemory(KeyringBackend):
    """A keyring like the system's, for one test."""

    priority = 9

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def keychain():
    before, backend = keyring.get_keyring(), InMemory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


class Heard(Progress):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def step(self, text: str) -> None:
        self.texts.append(text)


def set_up(root: Path, request: SetupRequest = GOOD, **changes):
    return setup.set_up(root, replace(request, **changes), lambda _: NoKeychain(), Clock())


def test_a_domain_is_made_with_private_files_and_three_documents(tmp_path: Path) -> None:
    heard = Heard()
    root = tmp_path / "new" / "data"
    result = setup.set_up(root, GOOD, lambda _: NoKeychain(), system_clock, heard)
    assert sorted(path.name for path in root.iterdir()) == [".setup.lock", "ann-admin.id", "cert.id", "domain.db", "server.id"]
    assert root.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in root.iterdir()} == {0o600}
    assert (result.organization, result.server) == ("O=MyCompany/C=US", "CN=Server1/O=MyCompany/C=US")
    assert (result.administrator, result.keychain) == ("CN=Ann Admin/O=MyCompany/C=US", "")
    assert len(heard.texts) == 1
    domain = application.open_domain(root, NO_KEYCHAIN)
    assert domain.organization == "O=MyCompany/C=US"
    assert domain.name("Rob Ra") == "CN=Rob Ra/O=MyCompany/C=US"
    assert [entry.name for entry in identifying.people(domain)] == [result.administrator]
    assert identifying.default_id(domain) == result.administrator_id
    fields = server_documents.show(domain).content()
    assert fields["host_name"] == "server1.example.com"
    assert fields["run_unrestricted"] == [result.administrator]
    assert (fields["ports"]["Web"]["tcp_port"], fields["ports"]["Web"]["ssl_port"]) == (80, 443)
    assert fields["ports"]["Web"]["ssl_port_status"] == "Disabled"
    ann = identifying.open_id(domain, result.administrator_id, "administrator 1")
    verdict = verifying.verify(domain, Actor.of(ann))
    assert (verdict.entries, verdict.signed, verdict.signer) == (4, 4, "O=MyCompany/C=US")
    domain.store.close()


@pytest.mark.judge
def test_every_judge_accepts_the_ids_of_a_domain(office) -> None:
    for identity in (office.ann, office.rob, office.server):
        everyone_verifies(identity.certificate, office.certifier.certificate)
        assert identity.chain == (identity.certificate, office.certifier.certificate)


def test_canonical_names_and_a_password_of_its_own_for_the_certifier(tmp_path: Path) -> None:
    names = {"server": "CN=Server1/O=MyCompany/C=US", "administrator": "Ann Admin/Sales/MyCompany/US"}
    result = set_up(tmp_path / "data", certifier_password="certifier pass", **names)
    assert result.administrator == "CN=Ann Admin/OU=Sales/O=MyCompany/C=US"
    assert id_files.load(result.certifier_id, "certifier pass").kind == "certifier"
    with pytest.raises(Error):
        id_files.load(result.certifier_id, "administrator 1")


BAD = [
    ({"organization": ""}, "organization is required"),
    ({"organization": "My/Company"}, "is not a full name"),
    ({"organization": "x" * 65}, "too long"),
    ({"organization": "My\x00Company"}, "invisible"),
    ({"country": "USA"}, "Country Code must be two letters, such as US;"),
    ({"country": "U/O=x"}, ""),
    ({"server": "Server1/Other"}, "Server1/Other is not in MyCompany/US"),
    ({"server": ""}, "common name is required"),
    ({"administrator": "Ann Admin/Other"}, "Ann Admin/Other is not in MyCompany/US"),
    ({"administrator": "Ann\tAdmin"}, "invisible"),
    ({"administrator": "Server1"}, "The server and the administrator must have different names."),
    ({"administrator": "Cert"}, "The server and the administrator must have different names."),
    ({"administrator": "server"}, "The server and the administrator must have different names."),
    ({"host": "server1"}, "fully qualified"),
    ({"host": "*.example.com"}, "wildcard"),
    ({"host": ""}, ""),
    ({"http_port": 70000}, "70000 is not a port number"),
    ({"http_port": 443}, "must differ"),
    ({"administrator_password": ""}, "A password is required for the administrator's ID file."),
    ({"administrator_password": "seven77"}, "must have 8 to 1024 characters"),
    ({"certifier_password": "short"}, "the certifier's ID file must have 8"),
    ({"server_password": "short"}, "the server's ID file must have 8"),
    ({"server_password": "a\0bcdefgh"}, "the server's ID file must have 8"),
]


@pytest.mark.parametrize(("change", "problem"), BAD, ids=str)
def test_what_is_not_allowed_is_refused_before_anything_is_made(tmp_path: Path, change: dict, problem: str) -> None:
    with pytest.raises(Refused) as refusal:
        set_up(tmp_path / "data", **change)
    assert problem in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_domain_is_refused_and_left_alone(office) -> None:
    before = {path.name: path.read_bytes() for path in office.root.iterdir() if path.is_file()}
    with pytest.raises(Error, match="already contains a domain") as refusal:
        set_up(office.root)
    assert "--data" in refusal.value.hint
    assert before == {path.name: path.read_bytes() for path in office.root.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", ["cert.id", "server.id", "ann-admin.id"])
def test_an_id_file_that_is_there_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("somebody's only copy")
    with pytest.raises(Error, match=f"{name} already exists"):
        set_up(tmp_path)
    assert (tmp_path / name).read_text() == "somebody's only copy"
    assert {path.name for path in tmp_path.iterdir()} == {name, ".setup.lock"}


def test_without_a_keychain_a_server_password_must_be_chosen(tmp_path: Path) -> None:
    with pytest.raises(KeychainUnavailable, match="The password of the server ID cannot be stored:") as refusal:
        set_up(tmp_path / "data", server_password="")
    assert "--server-password-file" in refusal.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_random_server_password_is_kept_in_the_keychain(tmp_path: Path, keychain: InMemory) -> None:
    request = replace(GOOD, server_password="")
    result = setup.set_up(tmp_path / "data", request, Keychain, system_clock)
    assert result.keychain != ""
    ((service, _), password), = keychain.kept.items()
    assert service == f"dominoadmin/{result.domain_id}/server-id"
    assert len(password) >= 32
    domain = application.open_domain(tmp_path / "data", {})
    assert identifying.remembered_password(domain, result.server_id) == password
    assert identifying.open_id(domain, result.server_id, password).name == result.server
    domain.store.close()


def test_a_password_is_remembered_when_asked_and_forgotten_when_asked(office, keychain: InMemory) -> None:
    domain = replace(office.domain, keychain=Keychain("1234"))
    path = office.root / "ann-admin.id"
    assert identifying.remembered_password(domain, path) is None
    identifying.remember_password(domain, path, ADMIN_PASSWORD)
    assert list(keychain.kept) == [("dominoadmin/1234/id-ann-admin.id", "password")]
    assert identifying.remembered_password(domain, path) == ADMIN_PASSWORD
    identifying.change_password(domain, path, office.ann, "another password")
    assert identifying.remembered_password(domain, path) == "another password"
    assert identifying.open_id(domain, path, "another password").name == office.ann.name
    identifying.forget_password(domain, path)
    assert keychain.kept == {}


def test_a_changed_password_opens_and_the_old_one_does_not(office) -> None:
    path = office.root / "server.id"
    identifying.change_password(office.domain, path, office.server, "another password")
    assert id_files.load(path, "another password").chain == office.server.chain
    with pytest.raises(Error, match="cannot be opened"):
        id_files.load(path, SERVER_PASSWORD)
    assert ("ID password changed", office.server.name) in builders.actions(office)
    with pytest.raises(Refused, match="8 to 1024"):
        identifying.change_password(office.domain, path, office.server, "short")


def test_a_folder_that_others_use_is_not_closed_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "holiday.txt").write_text("")
    with pytest.raises(Error, match="is not empty, and other users can access its contents"):
        set_up(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.txt"]


def test_a_path_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Error, match="cannot be used: file name too long"):
        set_up(tmp_path / ("x" * 300))


def test_a_domain_made_while_another_setup_was_on_its_way_is_left_alone(tmp_path: Path, monkeypatch) -> None:
    def late(_root: Path) -> None:
        (tmp_path / "domain.db").write_text("another setup's")

    monkeypatch.setattr(setup, "make_private_folder", late)
    with pytest.raises(Error, match="already contains a domain"):
        set_up(tmp_path)
    assert (tmp_path / "domain.db").read_text() == "another setup's"


@pytest.mark.parametrize("is_certifiers", [True, False])
def test_a_malformed_certificate_stops_the_setup(tmp_path: Path, monkeypatch, is_certifiers: bool) -> None:
    monkeypatch.setattr(lint, "problems", lambda _certificate, issuer: ["the moon is full"] if (issuer is None) == is_certifiers else [])
    with pytest.raises(Refused, match="The certificate would be malformed: the moon is full"):
        set_up(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".setup.lock"]
