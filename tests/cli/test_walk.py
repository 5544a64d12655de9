"""The whole procedure by commands, from setup to a certificate that openssl accepts, leaving no secrets behind."""

from __future__ import annotations

import base64
import itertools
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.builders import csr
from tests.cli.commands import PASSWORDS, Desk

HOST = "www.example.com"


def walk(desk: Desk) -> None:
    """Set up, register Rob and three certifiers, each with another protection."""
    desk.ok("setup", "--organization", "MyCompany", "--country", "US", "--server", "Server1", "--host",
            "server1.example.com", "--admin", "Ann Admin", "--admin-password-file", desk.password("admin"),
            "--server-password-file", desk.password("server"), "--http-port", "8080", "--ssl-port", "8443")  # fmt: skip
    desk.ok("person", "register", "--name", "Rob Ra", "--password-file", desk.password("rob"), signed="admin")
    desk.ok("certifier", "register", "--common-name", "MyCompany CA", "--organization", "MyCompany", "--state",
            "Massachusetts", "--country", "US", "--icl", r"icl\icl_MyCompany.nsf", "--encrypt-with", "server-id",
            "--key", "rsa-3072", "--ra", "Rob Ra", "--caa", "Rob Ra", "--years", "5", "--min-days", "10",
            "--default-days", "90", "--max-days", "100", "--crl-days", "20", "--crl-interval-days", "3",
            "--backup-file", desk.folder / "ca-backup.id", "--backup-password-file", desk.password("backup"),
            signed="admin")  # fmt: skip
    desk.ok("certifier", "register", "--common-name", "Password CA", "--encrypt-with", "server-id-and-password",
            "--activation-password-file", desk.password("activation"), "--key", "ec-p256", signed="admin")  # fmt: skip
    desk.ok("certifier", "register", "--common-name", "Locked CA", "--encrypt-with", "locking-id", "--locking-id",
            "rob-ra.id", "--key", "ml-dsa-65", signed="admin")  # fmt: skip


def issue(desk: Desk, request: bytes) -> Path:
    """Submit, approve by Rob, issue, pull; return the certificate's file."""
    desk.ok("database", "create", "--title", "Certificate Requests", "--file", "certreq.nsf", "--template", "certreq.ntf",
            "--certifier", "MyCompany CA", "--supports", "both", "--processing", "manual", "--mail-confirmation",
            signed="admin")  # fmt: skip
    file = desk.file("request.pem", request)
    desk.ok("request", "submit", "--database", "certreq.nsf", "--csr", file, "--applicant", "web@example.com")
    assert "1 request approved." in desk.ok("request", "approve", "--all", "--id", "rob-ra.id", signed="rob")
    lines = desk.console(
        "load ca", "tell ca stat", f"tell ca activate 2 {PASSWORDS['activation']}",
        f'tell ca unlock "rob-ra.id" {PASSWORDS["rob"]}', "tell ca stat", "load adminp", "tell adminp process all",
    )  # fmt: skip
    assert sum(line.strip() == "Active: Yes" for line in lines) == 1 + 3
    assert desk.ok("request", "pull", "--all").startswith("Successfully pulled 1 request(s) from the Administration Process")
    leaf = desk.folder / "leaf.pem"
    desk.ok("icl", "show", serial_number(desk), "--out", leaf)
    return leaf


def serial_number(desk: Desk) -> str:
    """Return the serial number of HOST's certificate; the list also has the OCSP responder's."""
    (serial,) = [row["serial"] for row in desk.json("icl", "list") if row["subject"].startswith(f"CN={HOST}")]
    return serial


@pytest.fixture
def walked(empty_desk: Desk) -> Desk:
    walk(empty_desk)
    return empty_desk


@pytest.mark.judge
def test_the_whole_way_by_commands_ends_in_a_certificate_that_openssl_accepts(walked: Desk) -> None:
    leaf = issue(walked, csr(HOST))
    root = walked.file("root.pem", walked.json("certifier", "show", "MyCompany CA")["certificate"])
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", HOST]
    judged = subprocess.run([*command, "-CAfile", root, leaf], capture_output=True, text=True, check=False)
    assert judged.stdout == f"{leaf}: OK\n", judged
    (memo,) = walked.json("mail", "list", "--recipient", "web@example.com")
    text = walked.ok("mail", "show", memo["id"])
    assert "Subject: Your certificate request has been approved." in text
    assert walked.json("request", "list")[0]["pickup_id"] in text
    assert "http://server1.example.com:8080/certreq.nsf" in text
    (shown,) = walked.json("request", "list", "--state", "issued")
    assert (shown["id"], shown["certifier"]) == (1, "CN=MyCompany CA/O=MyCompany/ST=Massachusetts/C=US")
    assert shown["serial"] == serial_number(walked)
    assert walked.ok("audit", "verify").startswith("The audit log is intact")


def test_a_certifier_is_what_was_asked_for(walked: Desk) -> None:
    shown = walked.json("certifier", "show", "MyCompany CA")
    settings = shown["configuration"]["settings"]
    assert [settings[key] for key in ("minimum_days", "default_days", "maximum_days")] == [10, 90, 100]
    assert (shown["configuration"]["crl_days"], shown["configuration"]["crl_interval_days"]) == (20, 3)
    assert (shown["key"], shown["icl"], shown["protection"]) == ("rsa-3072", r"icl\icl_MyCompany.nsf", "server-id")
    people = ["CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US"]
    assert shown["caas"] == shown["ras"] == people
    assert int(shown["not_after"][:4]) - int(shown["not_before"][:4]) == 5
    rows = walked.json("certifier", "list")
    assert [row["protection"] for row in rows] == ["server-id", "server-id-and-password", "locking-id"]
    assert [row["locking_id"] for row in rows] == [None, None, "CN=Rob Ra/O=MyCompany/C=US"]
    text = walked.ok("certifier", "show", "Locked CA")
    assert "Locking ID:                     Rob Ra/MyCompany/US\n" in text
    assert "Key:                            ML-DSA-65\n" in text


def test_the_success_message_says_what_comes_next(walked: Desk) -> None:
    """Certifier, fingerprint, and the console commands that its protection needs."""
    text = walked.ok("certifier", "register", "--common-name", "Next CA", "--encrypt-with", "server-id-and-password",
                     "--activation-password-file", walked.password("activation"), signed="admin")  # fmt: skip
    certificate = walked.file("next.pem", walked.json("certifier", "show", "Next CA")["certificate"])
    judged = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"],
                            capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert text.startswith("Success. ")
    assert judged.split("=")[1].strip() in text
    assert "load ca" in text and "tell ca activate" in text


def test_after_the_whole_way_no_secret_can_be_read_anywhere(walked: Desk) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    issue(walked, csr(HOST, key=own))
    walked.ok("keyring", "create", "--file", "keyfile.kyr", "--password-file", walked.password("keyring"), "--key",
              "ec-p256", "--common-name", "server1.example.com", "--organization", "MyCompany", "--state", "Massachusetts",
              "--country", "US", "--database", "certreq.nsf")  # fmt: skip
    walked.ok("request", "submit", "--all")
    walked.ok("request", "approve", "--all", "--id", "rob-ra.id", signed="rob")
    walked.console("load ca")
    walked.ok("request", "pull", "--all")
    pickup_id = walked.json("request", "list")[1]["pickup_id"]
    walked.ok("keyring", "pickup", "--file", "keyfile.kyr", "--password-file", walked.password("keyring"), "--pickup-id",
              pickup_id)  # fmt: skip
    walked.ok("keyring", "install", "--file", "keyfile.kyr", "--server", "Server1", signed="admin")
    exported = walked.folder / "keyfile.pem"
    walked.ok("keyring", "export", "--file", "keyfile.kyr", "--password-file", walked.password("keyring"), "--format", "pem",
              "--out", exported)  # fmt: skip
    key = exported.with_name("keyfile-key.pem").read_bytes()
    raw = base64.b64decode(b"".join(key.partition(b"PRIVATE KEY-----")[2].partition(b"-----END")[0].split()))
    secrets = {f"password of {name}": password.encode() for name, password in PASSWORDS.items() if name != "wrong"}
    secrets |= {"key of the key ring": raw, "key of the applicant": own.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption())}  # fmt: skip
    for number, part in enumerate(private_numbers(raw)):
        secrets[f"private value {number} of the key ring"] = part
    files = [path for path in walked.data.rglob("*") if path.is_file()]
    assert len(files) > 6
    files.append(walked.folder / "ca-backup.id")
    found = [
        (name, form, path)
        for path, (name, secret) in itertools.product(files, secrets.items())
        for form, text in spellings(secret).items()
        if text in path.read_bytes()
    ]
    assert found == []
    assert [path for path in files if b"PRIVATE KEY" in path.read_bytes()] == []
    assert {path.stat().st_mode & 0o077 for path in (walked.data, *walked.data.rglob("*"), *files)} == {0}


def private_numbers(pkcs8: bytes) -> list[bytes]:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    key = load_der_private_key(pkcs8, None)
    return [key.private_numbers().private_value.to_bytes(32, "big")]


def spellings(secret: bytes) -> dict[str, bytes]:
    """Return the forms in which a careless program could write a secret."""
    forms = {"as it is": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    if secret.isascii():
        forms["UTF-16"] = secret.decode().encode("utf-16-le")
    # Base64 groups bytes in threes: for each of the three alignments, the inner part is the same.
    for start in range(3):
        part = secret[start : start + (len(secret) - start) // 3 * 3]
        forms[f"base64 at {start}"] = base64.b64encode(part)
    return forms
