"""Issued certificates as files, judged by openssl."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Error, NotFound, Tampered
from dominoadmin.services.certifiers import generations
from dominoadmin.services.certifiers.generations import GenerationOrder
from dominoadmin.services.certifiers.key_vault import KeyOpening
from dominoadmin.services.certifiers.protecting import ProtectionOrder
from dominoadmin.services.progress import QUIET
from dominoadmin.services.records import certificate_files
from dominoadmin.services.records.certificate_files import CertificateExport, CertificateFormat, file_name
from tests import builders
from tests.builders import sql

CHAIN, DER, PEM, PKCS7 = CertificateFormat.CHAIN, CertificateFormat.DER, CertificateFormat.PEM, CertificateFormat.PKCS7


def openssl(*words: object) -> str:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def serials(office) -> list[str]:
    return [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL ORDER BY id")]


@pytest.fixture
def issued(office):
    """An office with a certificate; its serial number."""
    builders.ready(office)
    builders.approved(office, "www.example.com")
    builders.load_ca(office)
    return serials(office)[0]


@pytest.fixture
def root(office, issued, tmp_path) -> Path:
    """The file of the first key's certificate."""
    path = tmp_path / "root.crt"
    certificate = x509.load_der_x509_certificate(builders.record(office).generations[0].certificate)
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path


def export(office, which, form, out) -> list[Path]:
    wanted = CertificateExport([(1, each) for each in which], form, out)
    return [*certificate_files.export(office.domain, office.actor(), wanted, QUIET)]


def renew(office) -> None:
    """Begin a new key of the certifier, with a link from the one before, and issue by it."""
    known = builders.verified(office)
    protection = ProtectionOrder(known.record.id, known.configuration.version, "server-id")
    generations.begin(office.domain, office.ann, GenerationOrder(protection, opening=KeyOpening(office.server)))
    builders.approved(office, "new.example.com")
    builders.load_ca(office)


def verified(root: Path, file: Path, *more: object) -> bool:
    return openssl("verify", "-x509_strict", "-CAfile", root, *more, file).rstrip().endswith(": OK")


def test_a_certificate_alone_is_named_after_its_host(office, issued, root, tmp_path) -> None:
    (path,) = export(office, [issued], PEM, tmp_path)
    assert path == tmp_path / "www.example.com.pem"
    assert path.read_text().count("BEGIN CERTIFICATE") == 1
    assert f"{path.stat().st_mode & 0o777:o}" == "644"
    assert verified(root, path)


def test_a_chain_begins_with_the_certificate(office, issued, root, tmp_path) -> None:
    (path,) = export(office, [issued], CHAIN, tmp_path)
    assert path.name == "www.example.com-chain.pem"
    assert "www.example.com" in openssl("x509", "-in", path, "-noout", "-subject")
    assert verified(root, path, "-untrusted", path)
    assert path.read_text().endswith(root.read_text())


def test_a_chain_goes_up_from_the_key_that_has_signed_also_after_renewal(office, issued, root, tmp_path) -> None:
    renew(office)
    old, new = (export(office, [each], CHAIN, tmp_path)[0] for each in serials(office))
    assert new.read_text() != old.read_text()
    assert verified(root, old, "-untrusted", old)
    assert old.read_text().endswith(root.read_text())
    assert verified(root, new, "-untrusted", new), "the link to the key before is in the chain"
    alone = export(office, [serials(office)[1]], PEM, tmp_path)[0]
    assert not verified(root, alone)


def test_pkcs7_has_all_certificates(office, issued, tmp_path) -> None:
    (path,) = export(office, [issued], PKCS7, tmp_path)
    assert path.name == "www.example.com.p7b"
    said = openssl("pkcs7", "-inform", "DER", "-in", path, "-print_certs", "-noout")
    assert said.count("subject=") == 2
    assert "www.example.com" in said
    assert "MyCompany CA" in said


def test_der_is_the_certificate_itself(office, issued, tmp_path) -> None:
    (path,) = export(office, [issued], DER, tmp_path / "mine.cer")
    assert path.name == "mine.cer"
    assert openssl("x509", "-inform", "DER", "-in", path, "-noout", "-serial").strip().lower().endswith(issued)


def test_several_go_into_a_folder_where_nothing_is_replaced(office, issued, tmp_path) -> None:
    builders.approved(office, "www.example.com")
    builders.load_ca(office)
    (tmp_path / "www.example.com.pem").write_text("mine")
    found = export(office, serials(office), PEM, tmp_path)
    assert [each.name for each in found] == ["www.example.com_2.pem", "www.example.com_3.pem"]
    assert (tmp_path / "www.example.com.pem").read_text() == "mine"
    assert len({each.read_text() for each in found}) == 2


def test_a_file_that_was_named_is_replaced(office, issued, root, tmp_path) -> None:
    named = tmp_path / "mine.pem"
    named.write_text("an older one")
    assert export(office, [issued], CHAIN, named) == [named]
    assert verified(root, named)


def test_what_cannot_be_written_leaves_nothing(office, issued, tmp_path, monkeypatch) -> None:
    builders.approved(office, "www.example.org")
    builders.load_ca(office)
    write = certificate_files.write_public

    def full(path, *rest, **more):
        if path.name.startswith("www.example.org"):
            raise Error("full")
        write(path, *rest, **more)

    monkeypatch.setattr(certificate_files, "write_public", full)
    with pytest.raises(Error, match="full"):
        export(office, serials(office), PEM, tmp_path)
    assert not [*tmp_path.glob("*.pem")]


def test_a_name_that_no_file_can_have_is_refused(office, issued, tmp_path) -> None:
    with pytest.raises(Error, match="cannot be written") as caught:
        export(office, [issued], PEM, tmp_path / ("x" * 300))
    assert caught.value.field == "out"


def test_a_folder_that_is_not_there_is_named_before_anything_is_read(office, issued, tmp_path) -> None:
    for which, out in (([issued], tmp_path / "none" / "a.pem"), ([issued, issued], tmp_path / "none")):
        with pytest.raises(NotFound, match="does not exist") as caught:
            export(office, which, PEM, out)
        assert caught.value.field == "out"


@pytest.mark.parametrize(
    ("form", "change"),
    [
        (PEM, "UPDATE issued SET subject = 'CN=www.example.org'"),
        (DER, "UPDATE issued SET der = x'3000'"),
        (CHAIN, "UPDATE certifiers SET certificate = x'3000'"),
        (PKCS7, "UPDATE certifiers SET certificate = x'3000'"),
    ],
)
def test_what_was_altered_is_not_written(office, issued, tmp_path, form, change) -> None:
    sql(office, change)
    with pytest.raises(Tampered):
        export(office, [issued], form, tmp_path)
    assert not [*tmp_path.glob("www*")]


def test_what_is_not_there_is_named(office, issued, tmp_path) -> None:
    with pytest.raises(NotFound):
        export(office, ["77"], PEM, tmp_path)


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("CN=www.example.com/O=MyCompany", "www.example.com.pem"),
        ("CN=*.example.com", "_.example.com.pem"),
        ("CN=Petra Person/O=MyCompany", "petra-person.pem"),
        ("CN=..", "unnamed.pem"),
        ("CN=.ssh.", "ssh.pem"),
        ("CN=con.example.com", "con-.example.com.pem"),
        ("CN=a\\b:c", "a-b-c.pem"),
        ("", "unnamed.pem"),
    ],
)
def test_a_name_is_safe_everywhere(subject: str, name: str) -> None:
    assert file_name(subject, PEM) == name
