"""Section 11: for any bad input, the answer is one sentence and a hint, exit code 1, and nothing has changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from dominoadmin import application
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.store import id_files
from tests import builders
from tests.builders import CA, DATABASE, csr
from tests.cli.commands import PROGRAM, Desk, Terminal, contents
from tests.conftest import NO_KEYCHAIN
from tests.outside.disks import read_only, small_disk
from tests.pki import hostile_requests
from tests.pki.hostile_requests import ACCEPTED

HOSTILE = [case for case in hostile_requests.cases() if case.expected != ACCEPTED and case.name != "100 MB of zeros"]
# The command line checks the size before it reads on; the message is that for all files.
TOO_LARGE = "larger than 64 KiB"
HUGE = 100_000_000


@pytest.fixture(scope="module")
def template(office_template, tmp_path_factory) -> Path:
    """A domain with a certifier and its database."""
    from types import SimpleNamespace

    source, ids = office_template
    root = tmp_path_factory.mktemp("bad") / "data"
    shutil.copytree(source, root)
    domain = application.open_domain(root, NO_KEYCHAIN)
    builders.ready(SimpleNamespace(domain=domain, actor=lambda: Actor.of(ids["ann"]), **ids))
    domain.store.close()
    return root


@pytest.fixture
def shop(template: Path, tmp_path: Path, monkeypatch, capsys) -> Desk:
    """A desk on a copy of that domain, which nothing else in this process has open."""
    shutil.copytree(template, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    return Desk(tmp_path / "desk", tmp_path / "data", monkeypatch, capsys)


def submit(desk: Desk, file: object) -> str:
    return desk.refused("request", "submit", "--database", DATABASE, "--csr", file)


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_request_is_refused_with_its_reason(template: Path, tmp_path, monkeypatch, capsys, case) -> None:
    desk = Desk(tmp_path / "desk", template, monkeypatch, capsys)
    text = submit(desk, desk.file("hostile.csr", case.build()))
    assert (" is too large: more than 64 KB." if case.expected == TOO_LARGE else case.expected) in text


def sparse(desk: Desk) -> Path:
    path = desk.file("zeros", b"")
    with path.open("wb") as file:
        file.truncate(HUGE)
    return path


@pytest.mark.parametrize(
    "command",
    [
        ("request", "submit", "--database", DATABASE, "--csr"),
        ("certificate", "show"),
        ("crosscert", "issue", "--certifier", "cert.id", "--into", "personal", "--id-password-file", "ADMIN", "--subject"),
        ("id", "show", "--id"),
        ("request", "approve", "1", "--id-password-file"),
        ("keyring", "show", "--password-file", "ADMIN", "--file"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("content", ["zeros", "jpeg", "key", "certificate", "request", "nothing", "folder", "gone"])
def test_a_file_of_another_kind_is_refused_by_every_reader(shop: Desk, command, content) -> None:
    match content:
        case "zeros":
            file = sparse(shop)
        case "jpeg":
            file = shop.file("holiday.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256)) * 40)
        case "key":
            file = shop.file("key.pem", b"")
            subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-out", file], capture_output=True, check=True)
        case "certificate":
            file = shop.file("root.pem", shop.json("certifier", "show", CA)["certificate"])
        case "request":
            file = shop.file("request.pem", csr())
        case "nothing":
            file = shop.file("nothing", b"")
        case "folder":
            file = shop.folder
        case _:
            file = shop.folder / "gone"
    if (command[0], content) in (("certificate", "certificate"), ("request", "request"), ("crosscert", "certificate")):
        return
    line = [shop.password("admin") if word == "ADMIN" else word for word in command]
    before = contents(shop.data)
    done = shop.run(*line, file)
    assert done.refusal()
    assert contents(shop.data) == before


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("common-name", "", "Common Name is required."),
        ("common-name", "   ", "Common Name is required."),
        ("common-name", "x" * 65, "Common Name is too long"),
        ("common-name", "x" * 100_000, "Common Name is too long"),
        ("common-name", "My\x1b[2JCA", "Common Name contains an invisible or control character."),
        ("common-name", "My\nCA", "Common Name contains an invisible or control character."),
        ("common-name", "\u202eAC yM", "Common Name contains an invisible or control character."),
        ("common-name", "My\ud800CA", "Common Name contains an invisible or control character."),
        ("organization", "x" * 65, "Organization Name is too long"),
        ("locality", "x" * 129, "City or Locality is too long"),
        ("country", "USA", "Country Code"),
        ("country", "1", "Country Code"),
        ("country", "ß", "Country Code"),
        ("server", "Gone", "The server Gone/MyCompany/US is not in the Domino Directory."),
        ("icl", r"icl\..\x.nsf", "is not a valid ICL database name."),
        ("icl", r"icl\MyCompany_CA.nsf", "belongs to CN=MyCompany CA/O=MyCompany."),
        ("ra", "Nobody", "The person Nobody/MyCompany/US is not in the Domino Directory."),
        ("caa", "Server1", "The person Server1/MyCompany/US is not in the Domino Directory."),
        ("years", "0", "can be valid for 1 to 50 years, not 0."),
        ("years", str(10**40), "can be valid for 1 to 50 years"),
        ("min-days", "0", "Minimum duration"),
        ("max-days", "1", "Default duration must not exceed the maximum duration (1)"),
        ("max-days", str(10**12), "duration"),
        ("crl-days", "0", "CRL duration must be at least two days"),
        ("crl-days", str(10**30), "CRL"),
        ("crl-interval-days", "30", "Time between CRLs must be shorter than the CRL duration"),
        ("locking-id", "rob-ra.id", "A locking ID can be used only with 'Encrypt ID with Locking ID'."),
        ("activation-password-file", "WRONG", "An activation password can be used only with 'Require password to activate certifier'."),
        ("backup-password-file", "WRONG", "--backup-password-file can be used only with --backup-file."),
        ("backup-file", "/nowhere/backup.id", "The folder /nowhere does not exist."),
        ("san-domain", "bad domain", "bad domain"),
    ],
)
def test_a_certifier_is_not_registered_with_what_cannot_be(shop: Desk, option, value, sentence) -> None:
    value = shop.password("wrong") if value == "WRONG" else value
    more = ["--backup-password-file", shop.password("backup")] if option == "backup-file" else []
    line = ["--common-name", "Another CA", "--encrypt-with", "server-id", f"--{option}={value}", *more]
    assert sentence in shop.refused("certifier", "register", *line, signed="admin")


def test_a_certifier_is_registered_once_and_by_a_person(shop: Desk) -> None:
    line = ["certifier", "register", "--common-name", CA, "--organization", "MyCompany", "--icl", r"icl\x.nsf"]
    assert "already exists." in shop.refused(*line, "--encrypt-with", "server-id", signed="admin")
    for more in ((), ("--locking-id", "server.id"), ("--locking-id", "gone.id")):
        assert shop.refused(*line[:3], "Locked CA", "--encrypt-with", "locking-id", *more, signed="admin")
    done = shop.run(*line[:3], "X CA", "--encrypt-with", "server-id", "--id", "cert.id", signed="admin")
    assert "Only a person can register a certifier, and becomes its CA administrator (CAA)." in done.refusal()


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("name", "", "The common name is required."),
        ("name", "x" * 65, "The common name is too long"),
        ("name", "Rob Ra", "is already in the Domino Directory."),
        ("name", "Bob Ra/Other", "is not in the organization of the certifier"),
        ("name", "CN=Bob/XX=Y", "is not a full name."),
        ("name", "Bob\tRa", "invisible or control character."),
        ("name", "Server", "server.id already exists."),
        ("mail-address", "frob", "'frob' is not an e-mail address."),
        ("mail-address", "a@b.org\r\nBcc: c@d.org", "control character"),
        ("certifier-id", "rob-ra.id", "cannot be opened with this password."),
        ("certifier-id", "ann-admin.id", "The ID file is not a Certifier ID file"),
        ("certifier-id", "gone.id", "gone.id does not exist."),
    ],
)
def test_a_person_is_not_registered_with_what_cannot_be(shop: Desk, option, value, sentence) -> None:
    line = ["--name", "Bob Ra", "--password-file", shop.password("rob"), f"--{option}={value}"]
    assert sentence in shop.refused("person", "register", *line, signed="admin")


@pytest.mark.parametrize("damage", ["flip", "cut", "version", "gone", "other", "empty"])
def test_a_damaged_or_deleted_id_file_is_refused(shop: Desk, damage: str) -> None:
    shop.ok("request", "submit", "--database", DATABASE, "--csr", shop.file("r.pem", csr()))
    path = shop.data / "ann-admin.id"
    data = path.read_bytes()
    match damage:
        case "gone":
            path.unlink()
        case "other":
            shutil.copy(shop.data / "rob-ra.id", path)
        case _:
            wrong = {"flip": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], "cut": data[: len(data) // 2], "empty": b""}
            path.write_bytes(wrong.get(damage, data.replace(b"\0\1", b"\0\x63", 1)))
    assert shop.refused("request", "approve", "1", signed="admin")
    if damage == "gone":
        assert "Specify another one with --id FILE." in shop.refused("request", "approve", "1", signed="admin")
        assert "gone.id does not exist." in shop.refused("request", "approve", "1", "--id", "gone.id", signed="admin")
    assert shop.run("request", "approve", "1", "--id", "x" * 300, signed="admin").refusal()


def test_an_id_of_another_organisation_is_refused(shop: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shop.ok("setup", "--data", other, "--organization", "Other", "--server", "S1", "--host", "s1.example.com", "--admin",
            "Eve", "--admin-password-file", shop.password("rob"), "--server-password-file", shop.password("server"))  # fmt: skip
    text = shop.refused("request", "approve", "1", "--id", other / "eve.id", signed="rob")
    assert "belongs to another organization's domain." in text
    assert shop.json("id", "show")["name"] == "CN=Ann Admin/O=MyCompany/C=US"


def test_the_wrong_password_opens_nothing(shop: Desk) -> None:
    shop.ok("request", "submit", "--database", DATABASE, "--csr", shop.file("r.pem", csr()))
    for line in (
        ("request", "approve", "1"),
        ("request", "reject", "1", "--reason", "No"),
        ("request", "edit", "1", "--days", "5"),
        ("certifier", "register", "--common-name", "X CA", "--encrypt-with", "server-id"),
        ("person", "register", "--name", "Bob Ra", "--password-file", shop.password("rob")),
        ("id", "password", "--new-password-file", shop.password("rob")),
        ("id", "remember"),
        ("database", "configure", DATABASE, "--processing", "automatic"),
    ):
        assert "cannot be opened with this password." in shop.refused(*line, signed="wrong"), line


def test_there_is_no_domain_where_there_is_none(shop: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for data in ("/nonexistent/folder", tmp_path / "empty", shop.password("admin"), "x" * 5000, "/proc/self/mem"):
        done = shop.run("--data", data, "certifier", "list")
        assert done.refusal()
    assert "Set one up: start the program with an empty folder, or run 'dominoadmin setup'." in shop.run("--data", tmp_path / "empty", "request", "list").err
    assert not list((tmp_path / "empty").iterdir())


def test_a_store_of_a_newer_version_is_left_alone(shop: Desk) -> None:
    with closing(sqlite3.connect(shop.data / "domain.db")) as db:
        db.execute("PRAGMA user_version = 99")
    assert "was written by a newer version of this program." in shop.refused("certifier", "list")


@pytest.mark.parametrize("content", [b"", b"frob" * 5000, bytes(8192)])
def test_a_store_that_is_none_is_refused(shop: Desk, content: bytes) -> None:
    (shop.data / "domain.db").write_bytes(content)
    for suffix in ("-wal", "-shm"):
        (shop.data / f"domain.db{suffix}").unlink(missing_ok=True)
    done = shop.run("certifier", "list")
    assert done.refusal()
    assert (shop.data / "domain.db").read_bytes()[:100] == content[:100]


def test_a_read_only_data_directory_is_a_sentence(shop: Desk) -> None:
    with read_only(shop.data):
        done = shop.run("request", "submit", "--database", DATABASE, "--csr", shop.file("r.pem", csr()))
        assert "read-only" in done.refusal() or "Choose" in done.refusal()
    assert shop.json("request", "list") == []


def test_on_a_full_disk_nothing_changes(shop: Desk, tmp_path: Path) -> None:
    """A disk with room for exactly the domain."""
    shop.ok("certifier", "list")
    with small_disk(tmp_path / "disk", 1024):
        full = tmp_path / "disk" / "data"
        shutil.copytree(shop.data, full)
        with (tmp_path / "disk" / "ballast").open("wb", buffering=0) as ballast, pytest.raises(OSError, match="space"):
            while True:
                ballast.write(bytes(4096))
        desk = Desk(tmp_path / "desk2", full, shop.monkeypatch, shop.capsys)
        before = contents(full)
        big = desk.file("r.pem", csr(names=tuple(f"{'x' * 50}{n}.example.com" for n in range(90))))
        for line in (
            ("request", "submit", "--database", DATABASE, "--csr", big),
            ("person", "register", "--name", "Bob Ra", "--password-file", desk.password("rob"),
             "--id-password-file", desk.password("admin")),
            ("certifier", "register", "--common-name", "X CA", "--encrypt-with", "server-id",
             "--id-password-file", desk.password("admin")),
        ):  # fmt: skip
            sentence = desk.run(*line).refusal()
            assert "full" in sentence or "no space left" in sentence, line
            assert contents(full) == before, line


def test_an_expired_certifier_approves_nothing(shop: Desk) -> None:
    if not shutil.which("faketime"):
        pytest.fail("apt-get install faketime")
    shop.ok("certifier", "register", "--common-name", "Short CA", "--encrypt-with", "server-id", "--years", "1",
            signed="admin")  # fmt: skip
    shop.ok("database", "create", "--title", "T", "--file", "short.nsf", "--certifier", "Short CA", signed="admin")
    shop.ok("request", "submit", "--database", "short.nsf", "--csr", shop.file("r.pem", csr()))
    before = contents(shop.data)
    line = [*PROGRAM, "request", "approve", "1", "--id-password-file", shop.password("admin")]
    done = subprocess.run(["faketime", "+400 days", *line], env=shop.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "The certifier expired on " in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert contents(shop.data) == before


@pytest.mark.parametrize("odd", ["x" * 100_000, "\x1b[2J\x1b]0;title\x07", "two\nlines", "\u202etxet", "\udcff"])
def test_a_refusal_repeats_nothing_that_bends_the_terminal(shop: Desk, odd: str) -> None:
    for line in (
        ("request", "list", "--database"), ("certifier", "show"), ("database", "show"), ("icl", "show"), ("--id",),
        ("certificate", "show"), ("keyring", "show", "--password-file", shop.password("admin"), "--file"),
        ("person", "register", "--password-file", shop.password("rob"), "--name"), ("server", "set", "--run-unrestricted"),
    ):  # fmt: skip
        more = ["id", "show"] if line == ("--id",) else []
        text = shop.refused(*line, odd, *more, signed="admin")
        assert text.replace("\n", "").isprintable()
        assert len(text) < 2500


BENDING = "\x1b[2J\x1b[31m\r\x9b1A\x7f\u202etxet\nRequest 2: approved"


@pytest.fixture
def bent(shop: Desk) -> Desk:
    """A desk at which somebody who writes to the store, without an ID, has entered all texts of a request and more."""
    shop.ok("request", "submit", "--database", DATABASE, "--csr", shop.file("r.pem", csr()), signed="admin")
    odd = json.dumps({"names": ["dns:www.example.com", BENDING], "subject": {"common_name": BENDING}, BENDING: BENDING})
    with closing(sqlite3.connect(shop.data / "domain.db")) as db:
        texts = {"subject": BENDING, "applicant": BENDING, "key_ring": BENDING, "fields": odd, "remarks": json.dumps([BENDING])}
        db.execute(f"UPDATE requests SET {', '.join(f'{name} = :{name}' for name in texts)}", texts)
        db.execute("UPDATE admin_requests SET fields = ?, reason = ?", (odd, BENDING))
        memo = (BENDING, BENDING, BENDING, "2026-11-23T17:00:00Z", "failed", 1, "2026-11-23T17:00:00Z", BENDING)
        db.execute(f"INSERT INTO mail VALUES (1, {', '.join('?' * len(memo))})", memo)
        db.commit()
    domain = application.open_domain(shop.data, NO_KEYCHAIN)
    nobody = Actor(BENDING, id_files.describe(shop.data / "cert.id").chain[-1])
    with domain.store.transaction() as db:
        audit_log.enter(db, domain.now(), nobody, [Event(BENDING, BENDING, {BENDING: BENDING})])
    domain.store.close()
    return shop


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize(
    "command",
    ["request list", "request show 1", "request approve 1", "mail list", "mail show 1", "audit list"],
)
def test_nothing_that_is_stored_bends_the_terminal(bent: Desk, command: str, form) -> None:
    """An RA signs what the terminal displays: no text may move the cursor, or begin a line of its own."""
    done = bent.run(*form, *command.split(maxsplit=2), signed="admin")
    assert (done.out + done.err).replace("\n", "").isprintable()
    assert form or command == "mail show 1" or not any(line.startswith("Request 2: approved") for line in done.out.splitlines())
    if form and done.out:
        assert json.loads(done.out)


def test_a_terminal_displays_what_is_signed(bent: Desk) -> None:
    terminal = Terminal.start([*PROGRAM, "request", "approve", "1", "--id-password-file", bent.password("admin")], bent.environment, bent.folder)
    shown = terminal.expect("[y/N] ")
    terminal.close()
    assert shown.replace("\r\n", "").isprintable()
    assert "\\x1b[2J" in shown


def test_an_empty_value_where_a_script_has_an_unset_variable_is_refused(shop: Desk) -> None:
    """`--data "$DATA"` must not lead to the user's own domain, nor `--backup-file "$FILE"` to a certifier without a copy."""
    assert "--data does not specify a folder." in shop.refused("certifier", "list", "--data", "")
    assert shop.refused("id", "show", "--id", "")
    line = ["certifier", "register", "--common-name", "X CA", "--encrypt-with", "server-id", "--backup-file", ""]
    assert shop.refused(*line, "--backup-password-file", shop.password("backup"), signed="admin")
