"""`dominoadmin keyring …`: the output for scripts and for people."""

from __future__ import annotations

import io
import json

import pytest

from dominoadmin.cli.main import main
from dominoadmin.pki import keys
from dominoadmin.services.requests import databases
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD, SERVER_PASSWORD
from tests.services.key_rings import conftest as rings
from tests.services.key_rings.conftest import DATABASE, PASSWORD, add_certifier, add_database

ring_template = rings.ring_template
stage = rings.stage

MESSAGES = [
    "Key Ring Created",
    "Merge Trusted Root Certificate Confirmation",
    "Certificate received into key ring and designated as trusted root",
    "Certificate Request Successfully Submitted for Key Ring",
]
NAME = [
    "--common-name",
    "server1.example.com",
    "--organization",
    "MyCompany",
    "--state",
    "Massachusetts",
    "--country",
    "US",
]


class Terminal(io.StringIO):
    """A terminal at which a user types this."""

    def isatty(self):
        return True


@pytest.fixture
def keyring(stage, tmp_path, monkeypatch, capsys):
    """Run `dominoadmin keyring …` and return its exit code and output."""
    monkeypatch.setenv("DOMINOADMIN_KEYCHAIN", "none")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    (tmp_path / "secret").write_text(PASSWORD + "\n")
    (tmp_path / "ann").write_text(ADMIN_PASSWORD + "\n")

    def run(verb, *arguments, secret=True):
        given = ["--password-file", str(tmp_path / "secret")] if secret else []
        if verb == "install":  # it is signed
            given += ["--id-password-file", str(tmp_path / "ann")]
        code = main(["--data", str(stage.root), "keyring", verb, *given, *map(str, arguments)])
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


def create(keyring, *more):
    return keyring("create", "--file", "other.kyr", "--key", "ec-p256", *NAME, "--database", DATABASE, *more)


def answer(code, out, err):
    assert (code, err) == (0, "")
    return json.loads(out)


def test_create_goes_through_the_dialogs_in_their_order(keyring, stage):
    code, out, err = create(keyring)
    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if line in MESSAGES] == MESSAGES
    said = " ".join(out.split())
    assert "Distinguished name: CN=server1.example.com/O=MyCompany/ST=Massachusetts/C=US" in said
    assert "Certificate label: MyCompany CA" in said
    assert stage.show("other.kyr").state == "request submitted"


def test_create_says_what_happens_to_the_request(keyring, stage):
    assert "Submit it: dominoadmin request submit" in create(keyring)[1]
    automatic = databases.DatabaseConfiguration(processing="automatic")
    databases.configure(stage.domain, stage.actor, DATABASE, automatic)
    out = keyring("create", "--file", "third.kyr", "--key", "ec-p256", *NAME, "--database", DATABASE)[1]
    assert "The Administration Process submits it automatically" in out
    assert "dominoadmin request submit" not in out
    number = stage.show("third.kyr").requests[0].request.id
    assert f"approves it: dominoadmin request approve {number}" in out


def test_create_answers_scripts_with_stable_keys(keyring, stage):
    data = answer(*create(keyring, "--san", "ip:10.0.0.1", "--label", "Ours", "--locality", "Boston", "--json"))
    assert list(data) == ["file", "stash", "subject", "names", "key", "server", "remarks", "trusted_root", "request"]
    assert data["file"] == str(stage.root / "other.kyr")
    assert data["stash"] == str(stage.root / "other.sth")
    assert data["subject"] == "CN=server1.example.com/O=MyCompany/L=Boston/ST=Massachusetts/C=US"
    assert (data["names"], data["key"]) == (["dns:server1.example.com", "ip:10.0.0.1"], "ec-p256")
    assert data["trusted_root"]["label"] == "Ours"
    assert data["request"]["state"] == "Pending Submission"
    assert data["request"]["key_ring"] == "other.kyr"
    assert data["request"]["id"] == stage.view(data["request"]["id"]).request.id


def test_the_request_can_be_made_later(keyring, stage):
    data = answer(*create(keyring, "--later", "--json"))
    assert (data["trusted_root"], data["request"]) == (None, None)
    assert stage.show("other.kyr").state == "created (unsigned)"
    data = answer(*keyring("certify", "--file", "other.kyr", "--database", DATABASE, "--json"))
    assert data["file"] == str(stage.root / "other.kyr")
    assert data["request"]["state"] == "Pending Submission"
    code, out, _ = keyring("certify", "--file", "new.kyr", "--database", DATABASE)
    assert [line for line in out.splitlines() if line in MESSAGES] == MESSAGES[1:]
    assert code == 0


def test_later_says_how(keyring):
    code, out, _ = create(keyring, "--later")
    assert code == 0
    assert "dominoadmin keyring certify --file other.kyr --database certreq.nsf" in out


@pytest.mark.parametrize(
    ("typed", "state"), [("\n", "request submitted"), ("y\n", "request submitted"), ("n\n", "created (unsigned)")]
)
def test_at_a_terminal_the_merge_is_confirmed(keyring, stage, monkeypatch, typed, state):
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    code, out, err = create(keyring)
    assert code == 0
    assert err.endswith("Merge? [Y/n] ")
    assert MESSAGES[0] in err
    assert MESSAGES[0] not in out
    assert stage.show("other.kyr").state == state


def test_yes_asks_nobody(keyring, stage, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal(""))
    code, out, _ = create(keyring, "--yes")
    assert code == 0
    assert "Merge?" not in out
    assert stage.show("other.kyr").state == "request submitted"


@pytest.mark.parametrize("typed", ["n\n", ""])
def test_who_does_not_confirm_changes_nothing(keyring, stage, monkeypatch, typed):
    before = stage.files()
    for verb, more in (
        ("certify", ["--file", "new.kyr", "--database", DATABASE]),
        ("pickup", ["--file", "waiting.kyr", "--pickup-id", stage.pickup_ids["waiting.kyr"]]),
    ):
        monkeypatch.setattr("sys.stdin", Terminal(typed))
        assert keyring(verb, *more)[0] == 130
    monkeypatch.setattr("sys.stdin", Terminal(typed or "\n"))
    assert keyring("delete", "--file", "new.kyr", secret=False)[0] == 130
    assert stage.files() == before


def test_pickup_shows_the_certificate_and_merges_it(keyring, stage, monkeypatch):
    arguments = ["--file", "waiting.kyr", "--pickup-id", stage.pickup_ids["waiting.kyr"]]
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    code, out, err = keyring("pickup", *arguments)
    assert code == 0
    assert "Merge Signed Certificate Confirmation" in err
    assert out.splitlines()[0] == "Certificate received into key ring"
    data = answer(*keyring("pickup", *arguments, "--yes", "--json"))
    assert list(data) == ["file", "request", "certifier", "certificate", "path"]
    assert data["path"][-1] == "CN=MyCompany CA/O=MyCompany/C=US"


def test_show_tells_everything(keyring):
    data = answer(*keyring("show", "--file", "keyfile.kyr", "--json"))
    assert list(data) == [
        "file", "state", "subject", "names", "key", "key_sha256", "server", "stash_problem", "certificate",
        "intermediates", "trusted_roots", "requests",
    ]  # fmt: skip
    assert (data["state"], data["stash_problem"]) == ("certificate merged", None)
    assert data["requests"][0]["state"] == "Issued"
    code, out, _ = keyring("show", "--file", "keyfile.kyr")
    assert code == 0
    assert "Trusted root MyCompany CA:" in out
    assert "Stash file sealed to: Server1/MyCompany/US" in " ".join(out.split())
    assert "Certificate:" not in keyring("show", "--file", "new.kyr")[1]


def test_the_password_can_be_changed(keyring, stage, tmp_path):
    (tmp_path / "new").write_text("Yellow Piano 88\n")
    code, out, _ = keyring("password", "--file", "keyfile.kyr", "--new-password-file", tmp_path / "new")
    assert (code, out) == (0, "The password of the key ring has been changed; install the key ring on its server again.\n")
    assert stage.show(password="Yellow Piano 88").state == "certificate merged"


def test_export_names_the_files_and_warns(keyring, tmp_path):
    data = answer(
        *keyring("export", "--file", "keyfile.kyr", "--format", "pem", "--out", tmp_path / "tls.pem", "--json")
    )
    assert data["files"] == [str(tmp_path / f"tls-{part}.pem") for part in ("key", "chain", "root")]
    assert "is not encrypted" in data["warnings"][0]
    (tmp_path / "out").write_text("Green Violin 55\n")
    secret = ["--out-password-file", tmp_path / "out"]
    code, out, _ = keyring("export", "--file", "keyfile.kyr", "--format", "pkcs12", "--out", tmp_path, *secret)
    assert (code, out) == (0, f"Written: {tmp_path}/keyfile.p12\n")


def test_install_says_what_was_copied_and_what_comes_next(keyring, stage):
    data = answer(*keyring("install", "--file", "keyfile.kyr", "--server", "Server1", "--json", secret=False))
    assert list(data) == ["server", "folder", "sha256", "warnings"]
    assert sorted(data["sha256"]) == ["keyfile.kyr", "keyfile.sth"]
    code, out, _ = keyring("install", "--file", "new.kyr")
    assert code == 0
    assert "does not contain a signed certificate yet" in out
    assert "tell http restart" in out
    assert stage.open_installed("keyfile.kyr").is_certified


def test_delete_names_what_is_gone(keyring, stage):
    code, out, _ = keyring("delete", "--file", "new.kyr", secret=False)
    assert (code, out) == (0, f"Deleted: {stage.root}/new.kyr\nDeleted: {stage.root}/new.sth\n")


def test_a_refusal_is_a_sentence_and_a_hint_on_standard_error(keyring, stage):
    add_certifier(stage.domain, stage.ann, "Client CA")
    add_database(stage.domain, stage.ann, "Client CA", "clients.nsf", "client")
    before = stage.files()
    code, out, err = keyring("create", "--file", "other.kyr", *NAME, "--database", "clients.nsf")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        'dominoadmin: "Client Certificates Only" should not be chosen if you wish to create a Server Key Ring for SSL.',
        "  Choose 'Server Certificates Only' or 'Both Client and Server Certificates' in the Database Configuration.",
    ]
    assert stage.files() == before


@pytest.mark.parametrize(
    "arguments", [["create"], ["show"], ["create", "--file", "a.kyr", *NAME, "--key", "ml-dsa-65"]]
)
def test_what_cannot_be_parsed_is_usage(keyring, arguments):
    with pytest.raises(SystemExit) as caught:
        keyring(*arguments, secret=False)
    assert caught.value.code == 2


def test_without_a_password_and_without_a_terminal_there_is_a_hint(keyring):
    code, _, err = keyring("show", "--file", "keyfile.kyr", secret=False)
    assert code == 1
    assert "there is no terminal" in err


@pytest.mark.parametrize("between", ["", " ", "\u2013"])
def test_pickup_reads_a_request_id_as_mail_programs_leave_it(keyring, stage, between):
    written = stage.pickup_ids["waiting.kyr"].replace("-", between)
    data = answer(*keyring("pickup", "--file", "waiting.kyr", "--pickup-id", written, "--yes", "--json"))
    assert data["file"].endswith("waiting.kyr")


@pytest.mark.parametrize("verb", ["create", "certify", "show", "password", "export", "pickup", "install", "delete"])
def test_every_verb_has_help_with_an_example(verb, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["keyring", verb, "--help"])
    assert caught.value.code == 0
    assert f"dominoadmin keyring {verb} --file keyfile.kyr" in capsys.readouterr().out


def test_a_trusted_root_gets_another_label(keyring, stage):
    data = answer(*keyring("label", "--file", "keyfile.kyr", "--label", "MyCompany CA", "--new-label", "Ours", "--json"))
    assert data == {"file": str(stage.root / "keyfile.kyr"), "label": "Ours"}
    assert [each.label for each in stage.show().trusted_roots] == ["Ours"]


def test_a_trusted_root_is_removed_unless_it_is_needed(keyring, stage):
    needed = keyring("remove-root", "--file", "keyfile.kyr", "--label", "MyCompany CA")
    assert (needed[0] != 0, "own certificate depends on the trusted root 'MyCompany CA'" in needed[2]) == (True, True)
    data = answer(*keyring("remove-root", "--file", "waiting.kyr", "--label", "MyCompany CA", "--json"))
    assert data == {"file": str(stage.root / "waiting.kyr"), "removed": "MyCompany CA"}
    assert stage.show("waiting.kyr").trusted_roots == ()


# A generated password.


@pytest.fixture
def generated(keyring, stage, tmp_path):
    """Run verbs for a key ring whose password nobody has seen, with the passwords of the two IDs that open it."""
    (tmp_path / "server").write_text(SERVER_PASSWORD + "\n")
    ids = ["--id-password-file", tmp_path / "ann", "--server-password-file", tmp_path / "server"]

    def run(verb, *arguments, opens=ids):
        return keyring(verb, "--file", "guided.kyr", *opens, *arguments, secret=False)

    code, _out, err = run("create", "--generate-password", "--key", "ec-p256", *NAME, "--database", DATABASE)
    assert (code, err) == (0, "")
    return run


def test_a_generated_password_is_asked_of_nobody(generated, stage):
    data = answer(*generated("show", "--json"))
    assert (data["state"], data["stash_problem"]) == ("request submitted", None)
    assert generated("install")[0] == 0
    assert keys.fingerprint(stage.open_installed("guided.kyr").private_key.public_key()) == data["key_sha256"]


def test_a_generated_password_can_be_replaced_by_one_to_type(generated, keyring, tmp_path):
    (tmp_path / "new").write_text("Yellow Piano 88\n")
    assert generated("password", "--new-password-file", tmp_path / "new")[0] == 0
    code, _out, err = keyring("show", "--file", "guided.kyr", "--password-file", tmp_path / "new", secret=False)
    assert (code, err) == (0, "")


def test_a_generated_password_opens_for_its_owner_only(generated, tmp_path):
    (tmp_path / "rob").write_text(ROB_PASSWORD + "\n")
    ids = ["--id", "rob-ra.id", "--id-password-file", tmp_path / "rob", "--server-password-file", tmp_path / "server"]
    code, out, err = generated("show", opens=ids)
    assert (code, out) == (1, "")
    assert "was generated for Ann Admin/MyCompany/US; this ID does not open it" in err


def test_the_password_of_the_servers_id_is_asked_for_by_its_name(generated, tmp_path):
    code, out, err = generated("show", opens=["--id-password-file", tmp_path / "ann"])
    assert (code, out) == (1, "")
    assert "--server-password-file" in err


def test_a_password_is_generated_or_given(keyring):
    with pytest.raises(SystemExit, match="2"):
        keyring("create", "--file", "both.kyr", "--generate-password", *NAME, "--database", DATABASE)
