"""The keychain: against a real gnome-keyring daemon, and against keyring backends that misbehave."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path

import keyring
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError, PasswordSetError

from dominoadmin.errors import KeychainUnavailable, Refused
from dominoadmin.store.keychain import Keychain, NoKeychain, open_keychain
from tests.outside.keychain_session import ROOT, run_in_bare_bus_session, run_in_keychain_session, run_without_bus

PROGRAM = Path(__file__).with_name("keychain_program.py")


def results(run, *steps: tuple[str, ...], home: Path, **options):
    argv = [sys.executable, PROGRAM, json.dumps(["0f3a", *steps])]
    done: subprocess.CompletedProcess[str] = run(argv, home=home, **options)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


@pytest.mark.keychain
class TestTheGnomeKeyring:
    def test_a_secret_is_kept_and_forgotten(self, tmp_path):
        steps = [("get", "server-id"), ("set", "server-id", "s3cret"), ("get", "server-id"), ("get", "other")]
        steps += [("forget", "server-id"), ("get", "server-id"), ("forget", "server-id")]
        assert results(run_in_keychain_session, *steps, home=tmp_path) == [None, None, "s3cret", None, None, None, None]

    def test_a_second_secret_replaces_the_first(self, tmp_path):
        steps = [("set", "id", "one"), ("set", "id", "two"), ("get", "id"), ("forget", "id"), ("get", "id")]
        assert results(run_in_keychain_session, *steps, home=tmp_path) == [None, None, "two", None, None]

    @pytest.mark.parametrize("secret", ["пароль 密码 🔑", " two\nlines ", "x" * 1280])
    def test_any_text_comes_back_as_it_was(self, tmp_path, secret):
        kept = results(run_in_keychain_session, ("set", "id", secret), ("get", "id"), home=tmp_path)
        assert kept == [None, secret]

    def test_secret_tool_finds_the_secret_where_the_documentation_says(self, tmp_path):
        results(run_in_keychain_session, ("set", "server-id", "s3cret"), home=tmp_path)
        argv = ["secret-tool", "lookup", "service", "dominoadmin/0f3a/server-id", "username", "password"]
        assert run_in_keychain_session(argv, home=tmp_path).stdout == "s3cret"

    def test_a_secret_lasts_beyond_the_session(self, tmp_path):
        results(run_in_keychain_session, ("set", "id", "s3cret"), home=tmp_path)
        assert results(run_in_keychain_session, ("get", "id"), home=tmp_path) == ["s3cret"]

    def test_the_secret_is_not_readable_in_any_file(self, tmp_path):
        results(run_in_keychain_session, ("set", "id", "a very peculiar secret"), home=tmp_path)
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert files
        assert not [file for file in files if b"a very peculiar secret" in file.read_bytes()]

    def test_it_has_no_problem_and_a_name_and_the_probe_leaves_nothing(self, tmp_path):
        steps = [("problem",), ("name",), ("set", "id", "s3cret"), ("problem",)]
        assert results(run_in_keychain_session, *steps, home=tmp_path) == ["", "SecretService Keyring", None, ""]
        listed = run_in_keychain_session(["secret-tool", "search", "--all", "username", "password"], home=tmp_path)
        assert listed.stdout.count("secret = ") == 1

    def test_two_data_directories_do_not_share_secrets(self, tmp_path):
        results(run_in_keychain_session, ("set", "id", "s3cret"), home=tmp_path)
        argv = [sys.executable, PROGRAM, json.dumps(["another", ("get", "id")])]
        assert json.loads(run_in_keychain_session(argv, home=tmp_path).stdout) == [None]

    def test_a_locked_one_says_so_at_once(self, tmp_path):
        results(run_in_keychain_session, ("set", "id", "s3cret"), home=tmp_path)
        steps = [("get", "id"), ("set", "id", "x"), ("forget", "id")]
        started = time.monotonic()
        for result in results(run_in_keychain_session, *steps, home=tmp_path, unlock="wrong"):
            assert result["error"] == "KeychainUnavailable"
            assert result["text"] == "The keychain is locked."
            assert "password file" in result["hint"]
        assert time.monotonic() - started < 10
        [problem] = results(run_in_keychain_session, ("problem",), home=tmp_path, unlock="wrong")
        assert problem == "The keychain is locked."
        assert results(run_in_keychain_session, ("get", "id"), home=tmp_path) == ["s3cret"]

    def test_one_that_was_never_made_cannot_be_opened(self, tmp_path):
        [problem] = results(run_in_keychain_session, ("problem",), home=tmp_path, unlock=None)
        assert problem == "The keychain could not be opened: it is locked, or the user has none yet."


NONE = "No keychain is available on this system."


@pytest.mark.keychain
class TestNoDaemon:
    def test_without_a_bus_there_is_none(self, tmp_path):
        problem, name, got = results(run_without_bus, ("problem",), ("name",), ("get", "id"), home=tmp_path)
        assert (problem, name, got["error"], got["text"]) == (NONE, "", "KeychainUnavailable", NONE)

    def test_a_bus_without_the_daemon_is_none(self, tmp_path):
        assert results(run_in_bare_bus_session, ("problem",), ("name",), home=tmp_path) == [NONE, ""]

    def test_the_null_backend_is_refused(self, tmp_path):
        env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        problem, kept = results(run_without_bus, ("problem",), ("set", "id", "x"), home=tmp_path, env=env)
        assert "null backend" in problem
        assert kept["error"] == "KeychainUnavailable"

    def test_a_backend_that_does_not_exist_is_one_sentence(self, tmp_path):
        env = {"PYTHON_KEYRING_BACKEND": "no.such.Keyring"}
        problem, name = results(run_without_bus, ("problem",), ("name",), home=tmp_path, env=env)
        assert (problem, name) == ("The keychain reported an error (ModuleNotFoundError).", "")

    def test_a_prompt_that_nobody_answers_does_not_keep_the_program_from_ending(self, tmp_path):
        (tmp_path / "hanging.py").write_text(
            "import time\nfrom keyring.backend import KeyringBackend\n"
            "class Keyring(KeyringBackend):\n    priority = 9\n"
            "    def get_password(self, service, username): return None\n"
            "    def set_password(self, service, username, password): time.sleep(90)\n"
        )
        program = "from dominoadmin.store.keychain import Keychain; print(Keychain('x', 0.2).problem())"
        env = {"PYTHON_KEYRING_BACKEND": "hanging.Keyring", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
        started = time.monotonic()
        done = run_without_bus([sys.executable, "-c", program], home=tmp_path, env=env)
        assert done.stdout.startswith("The keychain did not answer within 0.2 seconds")
        assert (done.returncode, done.stderr) == (0, "")
        assert time.monotonic() - started < 20


class Memory(KeyringBackend):
    """A backend according to keyring's documentation."""

    priority = 1
    name = "memory"

    def __init__(self):
        super().__init__()
        self.entries = {}

    def get_password(self, service, username):
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.entries[service, username] = password

    def delete_password(self, service, username):
        if (service, username) not in self.entries:
            raise PasswordDeleteError("no such entry")
        del self.entries[service, username]


@pytest.fixture
def use():
    before = keyring.get_keyring()
    yield lambda backend: (keyring.set_keyring(backend), backend)[1]
    keyring.set_keyring(before)


def test_a_secret_has_a_service_of_its_own(use):
    backend = use(Memory())
    Keychain("0f3a").set("server-id", "s3cret")
    assert backend.entries == {("dominoadmin/0f3a/server-id", "password"): "s3cret"}
    assert Keychain("0f3a").get("server-id") == "s3cret"
    assert Keychain("0f3a").name() == "memory"


def test_a_backend_that_forgets_is_found_out_and_nothing_is_left(use):
    class Truncating(Memory):
        name = "truncating"

        def set_password(self, service, username, password):
            super().set_password(service, username, password[:4])

    backend = use(Truncating())
    with pytest.raises(KeychainUnavailable, match=r"^The keychain truncating accepted a secret but did not store it\.$"):
        Keychain("0f3a").set("id", "s3cret")
    assert backend.entries == {}


def test_windows_is_told_to_keep_the_secret_on_this_machine(use):
    backend = use(Memory())
    backend.persist = "enterprise"
    Keychain("0f3a").set("id", "s3cret")
    assert backend.persist == "local machine"


@pytest.mark.parametrize("secret", ["x" * 1281, "🔑" * 641])
def test_what_windows_cannot_keep_is_refused_everywhere(use, secret):
    use(Memory())
    with pytest.raises(Refused, match="at most 1280 characters"):
        Keychain("0f3a").set("id", secret)


def test_a_secret_that_is_not_text_is_refused():
    with pytest.raises(Refused, match="cannot be stored"):
        Keychain("0f3a").set("id", "\ud800")


def in_module(module, name):
    return type(name, (Memory,), {"__module__": module, "name": f"{module} {name}"})


@pytest.mark.parametrize(
    ("module", "kind", "refused"),
    [
        ("keyrings.alt.file", "PlaintextKeyring", True),
        ("keyrings.alt.pyfs", "BasicKeyring", True),
        ("keyrings.alt.Windows", "RegistryKeyring", True),
        ("keyrings.alt.file", "EncryptedKeyring", False),
        ("keyrings.cryptfile.cryptfile", "CryptFileKeyring", False),
        ("elsewhere", "PlainTextKeyring", True),
    ],
)
def test_backends_that_write_readable_text_are_refused(use, module, kind, refused):
    backend = use(in_module(module, kind)())
    problem = Keychain("0f3a").problem()
    assert ("plain text" in problem) is refused
    assert not refused or kind in problem
    assert backend.entries == {}


def test_the_fail_backend_and_an_empty_chain_are_no_keychain(use):
    use(keyring.backends.fail.Keyring())
    assert Keychain("0f3a").problem() == NONE
    assert Keychain("0f3a").name() == ""
    use(chain())
    assert Keychain("0f3a").problem() == NONE


def chain(*members):
    return type("Chain", (ChainerBackend,), {"backends": list(members), "priority": 10})()


def test_of_a_chain_the_first_good_backend_is_used(use):
    memory = Memory()
    use(chain(in_module("keyrings.alt.file", "PlaintextKeyring")(), memory, Memory()))
    Keychain("0f3a").set("id", "s3cret")
    assert list(memory.entries.values()) == ["s3cret"]
    use(chain(keyring.backends.null.Keyring()))
    assert "null backend" in Keychain("0f3a").problem()


class SecretServiceNotAvailableException(Exception):
    """The class name in secretstorage."""


class DBusErrorResponse(Exception):
    """The class name in jeepney."""


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (KeyringLocked("s3cret"), "The keychain is locked."),
        (InitError("s3cret"), "The keychain could not be opened: it is locked, or the user has none yet."),
        (PasswordSetError("s3cret"), "The keychain refused to store an entry."),
        (SecretServiceNotAvailableException("s3cret"), NONE),
        (DBusErrorResponse("s3cret"), "The keychain reported an error (DBusErrorResponse)."),
        (ConnectionResetError("s3cret"), "The keychain reported an error (ConnectionResetError)."),
    ],
)
def test_whatever_a_backend_raises_becomes_one_sentence_without_its_text(use, failure, sentence):
    class Failing(Memory):
        def set_password(self, service, username, password):
            raise failure

    use(Failing())
    with pytest.raises(KeychainUnavailable) as raised:
        Keychain("0f3a").set("id", "s3cret")
    assert str(raised.value) == sentence
    assert raised.value.hint
    assert Keychain("0f3a").problem() == sentence


def test_a_refusal_to_delete_is_not_taken_for_a_missing_entry(use):
    class Undeletable(Memory):
        def delete_password(self, service, username):
            raise PasswordDeleteError("refused")

    use(Undeletable())
    keychain = Keychain("0f3a")
    keychain.forget("id")
    keychain.set("id", "s3cret")
    with pytest.raises(KeychainUnavailable, match="refused to remove"):
        keychain.forget("id")
    assert "refused to remove" in keychain.problem()


def test_a_prompt_is_waited_for_only_so_long_and_a_late_answer_leaves_nothing(use):
    answered, finished = threading.Event(), threading.Event()

    class Prompting(Memory):
        def set_password(self, service, username, password):
            answered.wait(10)
            super().set_password(service, username, password)

        def delete_password(self, service, username):
            super().delete_password(service, username)
            finished.set()

    backend = use(Prompting())
    with pytest.raises(KeychainUnavailable, match=r"did not answer within 0.05 seconds"):
        Keychain("0f3a", limit=0.05).set("id", secrets.token_hex())
    answered.set()
    assert finished.wait(10)
    assert backend.entries == {}


def test_the_user_may_want_no_keychain():
    none = open_keychain("0f3a", {"DOMINOADMIN_KEYCHAIN": "none"})
    assert isinstance(none, NoKeychain)
    assert (none.get("id"), none.name()) == (None, "")
    assert none.problem() == "The keychain is turned off (DOMINOADMIN_KEYCHAIN=none)."
    none.forget("id")
    with pytest.raises(KeychainUnavailable, match="turned off"):
        none.set("id", "s3cret")


def test_without_a_wish_the_system_s_keychain_is_opened():
    assert isinstance(open_keychain("0f3a", {}), Keychain)
    assert isinstance(open_keychain("0f3a", {"DOMINOADMIN_KEYCHAIN": "system"}), Keychain)
    with pytest.raises(Refused, match="'nonsense'"):
        open_keychain("0f3a", {"DOMINOADMIN_KEYCHAIN": "nonsense"})
