"""The exports, read by other programs."""

from __future__ import annotations

import errno
import os
import sqlite3
import ssl
import stat

import pytest

from dominoadmin.errors import Error, NotFound, Refused
from dominoadmin.services.key_rings import exporting as key_ring_exporting
from dominoadmin.services.key_rings import management as key_rings
from tests.services.key_rings.conftest import HOST, keytool, output, pkcs12

EXPORT_PASSWORD = "Green Violin 55"


def export(stage, format_, out, password="", file="keyfile.kyr"):
    request = key_rings.ExportRequest(format_, out, password)
    return key_rings.export(stage.domain, stage.actor, stage.access(file), request)


def handshake(chain, key, root, password=None):
    """Perform a TLS handshake in memory and return the names that the client saw."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=root)
    server.load_cert_chain(chain, key, password)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=HOST),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    waiting = list(ends)
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                pass
    return ends[0].getpeercert()["subjectAltName"]


@pytest.mark.judge
@pytest.mark.parametrize("password", ["", EXPORT_PASSWORD])
def test_the_pem_export_serves_tls(stage, tmp_path, password):
    done = export(stage, "pem", tmp_path / "tls.pem", password)
    key, chain, root = done.files
    assert [path.name for path in done.files] == ["tls-key.pem", "tls-chain.pem", "tls-root.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in done.files} == {0o600}
    assert output("openssl", "verify", "-x509_strict", "-CAfile", root, "-verify_hostname", HOST, chain).endswith(
        "OK\n"
    )
    assert handshake(chain, key, root, password or None) == (("DNS", HOST),)
    assert bool(done.warnings) is (password == "")
    assert (b"ENCRYPTED" in key.read_bytes()) is (password != "")


@pytest.mark.judge
def test_the_pkcs12_export_opens_in_openssl(stage, tmp_path):
    done = export(stage, "pkcs12", tmp_path / "tls.p12", EXPORT_PASSWORD)
    assert (done.files, done.warnings) == ((tmp_path / "tls.p12",), ())
    shown = pkcs12(done.files[0], "-nokeys", password=EXPORT_PASSWORD)
    assert shown.count("BEGIN CERTIFICATE") == 2


@pytest.mark.judge
def test_the_java_export_is_a_key_store_and_a_trust_store(stage, tmp_path):
    done = export(stage, "java", tmp_path, EXPORT_PASSWORD)
    assert [path.name for path in done.files] == ["keyfile-keystore.p12", "keyfile-truststore.p12"]
    assert "PrivateKeyEntry" in keytool(done.files[0], EXPORT_PASSWORD)
    listed = keytool(done.files[1], EXPORT_PASSWORD)
    assert "trustedCertEntry" in listed
    assert "Alias name: mycompany ca" in listed


@pytest.mark.judge
def test_the_kyrtool_export_holds_key_certificate_and_root_in_this_order(stage, tmp_path):
    stage.create(file="rsa.kyr", key_algorithm="rsa-2048")
    stage.pickup("rsa.kyr", stage.issue(stage.certify("rsa.kyr")))
    done = export(stage, "kyrtool", tmp_path, file="rsa.kyr")
    pem, text = done.files
    assert (pem.name, text.name) == ("rsa-kyrtool.pem", "rsa-kyrtool.txt")
    assert [line for line in pem.read_text().splitlines() if line.startswith("-----BEGIN")] == [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----",
    ]
    leaf, root = output("openssl", "crl2pkcs7", "-nocrl", "-certfile", pem), pem.read_text().rindex("-----BEGIN")
    (tmp_path / "root.pem").write_text(pem.read_text()[root:])
    assert leaf
    assert output("openssl", "verify", "-CAfile", tmp_path / "root.pem", pem).endswith("OK\n")
    assert output("openssl", "rsa", "-in", pem, "-check", "-noout").startswith("RSA key ok")
    assert stat.S_IMODE(pem.stat().st_mode) == 0o600
    assert text.read_text().splitlines()[:2] == [
        "kyrtool create -k rsa.kyr -p <password>",
        "kyrtool import all -k rsa.kyr -i rsa-kyrtool.pem",
    ]
    assert done.warnings == (f"The private key in {pem} is not encrypted: delete the file after use.",)


def test_an_ec_key_is_refused_for_kyrtool_before_it_is_written(stage, tmp_path):
    before = stage.acts()
    with pytest.raises(Refused, match="kyrtool accepts RSA keys only"):
        export(stage, "kyrtool", tmp_path / "mine.pem")
    assert {path.name for path in tmp_path.iterdir()} == {"data", "state"}
    assert stage.acts() == before


def test_a_password_for_the_input_of_kyrtool_is_refused_with_the_reason(stage, tmp_path):
    with pytest.raises(Refused, match="Domino's kyrtool cannot read an encrypted key, so this export cannot have a password"):
        export(stage, "kyrtool", tmp_path / "mine.pem", file="rsa.kyr", password="Zebra Quartz 78")
    assert {path.name for path in tmp_path.iterdir()} == {"data", "state"}


@pytest.mark.parametrize(
    ("format_", "names"),
    [
        ("pem", ["keyfile-root.pem"]),
        ("pkcs12", ["keyfile.p12"]),
        ("java", ["keyfile-truststore.p12"]),
    ],
)
def test_nothing_is_overwritten_and_nothing_left_behind(stage, tmp_path, format_, names):
    for name in names:
        (tmp_path / name).write_text("mine")
    acts = stage.acts()
    with pytest.raises(Error, match=f"{names[0]} already exists"):
        export(stage, format_, tmp_path, EXPORT_PASSWORD)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == names
    assert [(tmp_path / name).read_text() for name in names] == ["mine"] * len(names)
    assert stage.acts() == acts


def test_a_full_disk_leaves_nothing(stage, tmp_path, monkeypatch):
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Error, match="no space left"):
        export(stage, "pem", tmp_path / "tls.pem")
    assert {path.name for path in tmp_path.iterdir()} == {"data", "state"}


@pytest.mark.parametrize(
    ("format_", "password", "sentence"),
    [
        ("kdb", "", "kdb is not an export format"),
        ("pkcs12", "", "A password is required for the export"),
        ("java", "", "A password is required for the export"),
        ("pem", "short", "The password for the export must have 8 to 1024 characters"),
        ("java", "пароль пароль", "Java accepts only passwords of at least six ASCII characters."),
    ],
)
def test_a_format_or_password_that_cannot_be_used_is_refused(stage, tmp_path, format_, password, sentence):
    with pytest.raises(Refused, match=sentence):
        export(stage, format_, tmp_path, password)
    assert {path.name for path in tmp_path.iterdir()} == {"data", "state"}


def test_an_unsigned_key_ring_is_not_exported(stage, tmp_path):
    with pytest.raises(Refused, match="does not contain a signed certificate yet"):
        export(stage, "pem", tmp_path, file="new.kyr")


def test_a_folder_that_does_not_exist_is_named(stage, tmp_path):
    with pytest.raises(NotFound, match=r"The folder .*/none does not exist"):
        export(stage, "pem", tmp_path / "none" / "tls.pem")


def test_a_file_or_folder_with_too_long_a_name_is_refused_in_words(stage, tmp_path):
    with pytest.raises(Error, match="cannot be written: file name too long"):
        export(stage, "pem", tmp_path / ("x" * 300))
    assert "key ring exported" not in stage.acts()
    with pytest.raises(NotFound, match=r"The folder .* does not exist"):
        export(stage, "pem", tmp_path / ("x" * 300) / "tls.pem")


def test_an_export_is_audited(stage, tmp_path):
    export(stage, "pem", tmp_path)
    detail = stage.sql("SELECT detail FROM audit WHERE action = 'key ring exported'")[0][0]
    assert '"files": ["keyfile-key.pem", "keyfile-chain.pem", "keyfile-root.pem"], "format": "pem"' in detail


def test_a_key_is_never_written_without_an_entry(stage, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(key_ring_exporting, "_write", lambda contents: seen.append((stage.acts()[-1], len(contents))))
    export(stage, "pem", tmp_path / "tls.pem")
    assert seen == [("key ring exported", 3)]
    stage.no_entry(monkeypatch)
    with pytest.raises(sqlite3.IntegrityError):
        export(stage, "pem", tmp_path / "tls.pem")
    assert len(seen) == 1
