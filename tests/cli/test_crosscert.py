"""`dominoadmin crosscert …`, as a script uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from dominoadmin.cli import main
from tests import builders, specimens
from tests.conftest import ADMIN_PASSWORD, SERVER_PASSWORD
from tests.outside import judges
from tests.services.cross_certificates import other_authorities

KEYS = {"id", "subject", "issuer", "serial", "book", "not_after", "created_at", "sha256", "pem", "problem"}


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> other_authorities.Other:
    return other_authorities.root(tmp_path_factory.mktemp("other") / "ca")


@pytest.fixture
def run(office, tmp_path, monkeypatch, capsys):
    """Run one command; return its exit code, standard output and standard error."""
    monkeypatch.setenv("DOMINOADMIN_DATA", str(office.root))
    monkeypatch.setenv("DOMINOADMIN_KEYCHAIN", "none")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ann").write_text(ADMIN_PASSWORD + "\n")
    (tmp_path / "server").write_text(SERVER_PASSWORD + "\n")

    def run_one(*arguments: str) -> tuple[int, str, str]:
        code = main.main(arguments)
        return code, *capsys.readouterr()

    return run_one


def issue(run, other, *more: str, into: str = "personal"):
    return run(
        "crosscert", "issue", "--subject", str(other.certificate_file), "--certifier", "cert.id", "--into", into,
        "--certifier-password-file", "ann", *more,
    )  # fmt: skip


@pytest.mark.judge
def test_issue_answers_with_the_certificate_and_the_path_verifies(run, office, other):
    code, out, _ = issue(
        run, other, "--permitted-dns", "b.example", "--permitted-dns", "c.example", "--days", "30", "--json"
    )
    made = json.loads(out)
    assert (code, set(made)) == (0, KEYS)
    assert (made["id"], made["book"], made["problem"]) == (1, "CN=Ann Admin/O=MyCompany/C=US", None)
    assert (made["subject"], made["issuer"]) == ("CN=Other CA/O=Other/C=US", "O=MyCompany/C=US")
    certificate = x509.load_pem_x509_certificate(made["pem"].encode())
    assert made["serial"] == f"{certificate.serial_number:x}"
    assert made["not_after"] == certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    judges.everyone_verifies(
        other.server("DNS:www.c.example"), office.certifier.certificate, (certificate,), "www.c.example"
    )


def test_people_read_dominos_words(run, other):
    code, out, _ = issue(run, other, "--id-password-file", "ann", into="directory")
    assert (code, out.splitlines()[0]) == (0, "Other CA/Other/US successfully cross certified")
    assert "Domino Directory" in out


def test_the_certifier_has_the_password_of_the_id_unless_it_is_given_another(run, other):
    code, _, err = run(
        "crosscert", "issue", "--subject", str(other.certificate_file), "--certifier", "cert.id", "--into", "personal",
        "--id-password-file", "server",
    )  # fmt: skip
    assert code == 1
    assert "password" in err


def test_list_and_show_have_the_same_stable_keys(run, other):
    assert run("crosscert", "list")[1] == "(none)\n"
    issue(run, other)
    issue(run, other, into="directory")
    listed = json.loads(run("crosscert", "list", "--json")[1])
    assert [(row["id"], set(row) == KEYS) for row in listed] == [(1, True), (2, True)]
    assert json.loads(run("crosscert", "show", "2", "--json")[1]) == listed[1]
    assert json.loads(run("crosscert", "list", "--book", "personal", "--json")[1]) == listed[:1]
    assert "Problem" not in run("crosscert", "list")[1]


@pytest.mark.judge
def test_show_writes_the_bundle_for_relying_parties_and_never_over_another_file(run, office, other, tmp_path):
    issue(run, other)
    code, out, _ = run("crosscert", "show", "1", "--out", "bundle.pem")
    assert code == 0
    assert "Give it to relying parties as an intermediate certificate; they trust the organization's certifier ('dominoadmin id show --id cert.id --json'). Do not include the other authority's own root: OpenSSL would stop there." in out
    bundle = (tmp_path / "bundle.pem").read_bytes()
    assert bundle.count(b"BEGIN CERTIFICATE") == 1
    judges.openssl_verifies(other.server("DNS:b.example"), office.certifier.certificate, [bundle])
    code, _, err = run("crosscert", "show", "1", "--out", "bundle.pem")
    assert (code, "already exists" in err) == (1, True)


def test_a_planted_certificate_is_shown_as_what_it_is(run, office, other, tmp_path):
    issue(run, other)
    with builders.behind(office.domain.store) as db:
        db.execute("UPDATE cross_certificates SET der = ?", (specimens.der(other.certificate),))
    assert "was changed after it was issued" in run("crosscert", "list")[1]
    code, out, err = run("crosscert", "show", "1")
    assert "A row of the store (cross_certificates 1) is not the one that was signed" in err
    assert (code, "was changed after it was issued" in out, "Subject" in out) == (1, True, False)
    code, _, err = run("crosscert", "show", "1", "--out", "bundle.pem")
    assert (code, "audit verify" in err, (tmp_path / "bundle.pem").exists()) == (1, True, False)


@pytest.mark.parametrize(
    ("certifier", "words"),
    [
        ("ann-admin.id", "The ID file is not a Certifier ID file and cannot be used to issue certificates"),
        ("server.id", "The ID file is not a Certifier ID file and cannot be used to issue certificates"),
        ("", "No certifier specified"),
        ("ca:", "No certifier specified"),
        ("ca:Nobody", "No CA enabled certifiers could be found in the directory."),
        ("nowhere.id", "does not exist"),
    ],
)
def test_a_wrong_certifier_is_refused_before_any_password_is_asked_for(run, other, certifier, words):
    code, _, err = run(
        "crosscert", "issue", "--subject", str(other.certificate_file), "--certifier", certifier, "--into", "personal"
    )
    assert (code, words in err) == (1, True)


def test_no_certifier_at_all_is_a_refusal_too(run, other):
    code, _, err = run("crosscert", "issue", "--subject", str(other.certificate_file), "--into", "personal")
    assert (code, "No certifier specified" in err) == (1, True)


def test_a_refusal_is_a_sentence_and_a_hint(run, other, tmp_path):
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff\xe0 JFIF")
    other_file = other_authorities.Other(tmp_path / "picture", tmp_path / "picture")
    code, out, err = issue(run, other_file)
    assert (code, out) == (1, "")
    assert err == (
        "dominoadmin: Unable to parse certificate\n  Choose a file that contains only the other authority's certificate, in PEM or DER.\n"
    )


@pytest.mark.parametrize("wrong", [["--into", "cookery"], ["--into", "personal", "--days", "x"], ["--subject", "x"]])
def test_wrong_usage_has_exit_code_2(run, wrong):
    with pytest.raises(SystemExit) as caught:
        run("crosscert", "issue", "--certifier", "cert.id", *wrong)
    assert caught.value.code == 2


def test_the_whole_way_over_the_ca_process(run, office, other):
    signed = ("--id-password-file", "ann")
    run("certifier", "register", "--common-name", "MyCompany CA", "--encrypt-with", "server-id", *signed)
    asked = ("--subject", str(other.certificate_file), "--certifier", "ca:MyCompany CA", "--into", "directory")
    code, out, _ = run("crosscert", "issue", *asked)
    assert (code, out.splitlines()[0]) == (0, "A certificate request has been submitted.")
    code, _, err = run("crosscert", "issue", *asked)
    assert (code, "Request 1 for the same cross-certificate is still undecided." in err) == (1, True)
    assert run("request", "approve", "1", *signed)[0] == 0
    assert run("console", "--server-password-file", "server", "-c", "load ca", "-c", "quit")[0] == 0
    (row,) = json.loads(run("crosscert", "list", "--json")[1])
    assert (row["issuer"], row["book"]) == ("CN=MyCompany CA", "directory")
    (request,) = json.loads(run("request", "list", "--json")[1])
    assert (request["kind"], request["state"], request["serial"]) == ("cross", "Issued", row["serial"])

    code, out, _ = run(
        "crosscert", "issue", "--subject", "ca:MyCompany CA", "--certifier", "cert.id", "--into", "personal", *signed
    )
    assert (code, out.splitlines()[0]) == (0, "MyCompany CA successfully cross certified")


def test_json_of_a_submitted_request_has_the_keys_of_request_list(run, other):
    run(
        "certifier",
        "register",
        "--common-name",
        "MyCompany CA",
        "--encrypt-with",
        "server-id",
        "--id-password-file",
        "ann",
    )
    asked = ("--subject", str(other.certificate_file), "--certifier", "ca:MyCompany CA", "--into", "personal")
    made = json.loads(run("crosscert", "issue", *asked, "--json")[1])
    (listed,) = json.loads(run("request", "list", "--json")[1])
    assert {key: made[key] for key in listed} == listed
    assert made["state"] == "Submitted to Administration Process"


def test_the_program_itself_knows_the_noun(office):
    arguments = [sys.executable, "-m", "dominoadmin", "--data", str(office.root), "crosscert", "list", "--json"]
    done = subprocess.run(
        arguments, capture_output=True, check=True, env={**os.environ, "DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"}
    )
    assert json.loads(done.stdout) == []
    assert Path(office.root / "domain.db").exists()
