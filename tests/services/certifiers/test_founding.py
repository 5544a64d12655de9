"""The founder of a certifier: its own key says who that is, so nobody else can be (design: attacks 1 and 2)."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dominoadmin.errors import Tampered
from dominoadmin.pki import identities, keys
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import key_vault
from dominoadmin.services.web import request_site
from dominoadmin.store import certifiers
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import CA_NAME, DATABASE, sql

NOT_FOUNDED = "is not the certifier that was founded under this name"


def replace_first_version(db, office, thief, **changes) -> None:
    """Make the first version the thief's own, signed by him."""
    forged = replace(builders.verified(office).versions[0].configuration, caas=(thief.name,), ras=(thief.name,), **changes)
    db.execute("DELETE FROM configurations WHERE version > 1")
    db.execute("UPDATE configurations SET document = ?", [forged.sign(thief).serialize()])


def replace_certificate(db, office, thief) -> x509.Certificate:
    """Put a certificate of the same name, and its key, in the place of the certifier's."""
    key, now = ec.generate_private_key(ec.SECP256R1()), office.clock()
    name = x509.load_der_x509_certificate(builders.record(office).active.certificate).subject
    builder = x509.CertificateBuilder(name, name, key.public_key(), 77, now - timedelta(minutes=5), now + timedelta(days=999))
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    sealed = key_vault.seal_key(key, CA_NAME, thief.name, office.server.certificate)
    db.execute("UPDATE certifiers SET certificate = ?, sealed_key = ?", [certificate.public_bytes(Encoding.DER), sealed])
    return certificate


def sha256(data: bytes) -> str:
    return subprocess.run(["sha256sum"], input=data, capture_output=True, check=True).stdout[:64].decode()


@pytest.mark.parametrize("called", ["CN=MyCompany CA/O=MyCompany", "CN=MyCompany CA\u200b/O=MyCompany"], ids=ascii)
def test_a_certifier_of_another_name_than_its_certificate_is_not_used(office, monkeypatch, called: str) -> None:
    """A member's own program registers it: its key has signed everything, but it would issue in another one's name."""
    shown = DistinguishedName.__str__
    monkeypatch.setattr(DistinguishedName, "__str__", lambda name: called if name.common_name == "Rob CA" else shown(name))
    builders.certifier(office, "Rob CA", creator=office.rob)
    monkeypatch.undo()
    with pytest.raises(Tampered, match="does not belong to this certifier"):
        builders.verified(office, called)
    lines = builders.said(builders.load_ca(office))
    assert "does not belong to this certifier" in lines
    assert "is active" not in lines


@pytest.mark.parametrize("name", ["My\u00a0CA", "A/B \\ CA", "\u4e2d\u6587 CA", "b/O=X"], ids=ascii)
def test_a_certifier_of_any_name_is_used(office, name: str) -> None:
    made = builders.certifier(office, name)
    assert builders.verified(office, made.name).record.name == made.name


@pytest.mark.parametrize("algorithm", ["ec-p256", "ec-p384", "rsa-2048", "ml-dsa-65"])
def test_the_certifiers_own_key_signs_who_founded_it(office, algorithm: str, tmp_path) -> None:
    builders.certifier(office, key_algorithm=algorithm, protection="server-id-and-password", activation_password="activation 1")
    ((number, content, signature),) = sql(office, "SELECT * FROM founding_statements")
    (row,) = sql(office, "SELECT certificate, (SELECT document FROM configurations) AS document FROM certifiers")
    said = json.loads(content)
    assert number == 1
    assert (said["founder"], said["certifier"], said["protection"]) == (office.ann.name, CA_NAME, "server-id-and-password")
    assert (said["certificate"], said["configuration"]) == (sha256(row["certificate"]), sha256(row["document"]))
    octets = b"dominoadmin founding statement 1\0" + content  # no certificate, CRL or OCSP response begins so
    if algorithm != "ml-dsa-65":  # openssl 3.0 does not know it
        (tmp_path / "octets").write_bytes(octets)
        (tmp_path / "signature").write_bytes(signature)
        public = x509.load_der_x509_certificate(row["certificate"]).public_key()
        (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        digest = "-sha384" if algorithm == "ec-p384" else "-sha256"
        done = subprocess.run(
            ["openssl", "dgst", digest, "-verify", "key.pem", "-signature", "signature", "octets"], cwd=tmp_path, capture_output=True, text=True, check=False,
        )
        assert done.stdout == "Verified OK\n"
    else:
        x509.load_der_x509_certificate(row["certificate"]).public_key().verify(signature, octets)
    assert builders.verified(office).is_founded


def test_a_member_does_not_become_the_founder(office) -> None:
    builders.ready(office)
    with builders.act(office, office.rob) as db:
        replace_first_version(db, office, office.rob)
    with pytest.raises(Tampered, match=NOT_FOUNDED):
        builders.verified(office)


def test_nor_of_a_running_certifier_whose_key_is_closed_at_once(office) -> None:
    builders.ready(office)
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    request = builders.approved(office)
    with builders.act(office, office.rob) as db:
        replace_first_version(db, office, office.rob)
    number = builders.sql(office, "SELECT max(number) FROM audit")[0][0]
    with pytest.raises(Tampered, match=f"Entry {number} of the audit log was not allowed"):
        builders.verified(office)
    said = "\n".join(ca.run_due())
    assert f"Entry {number} of the audit log was refused. Rob Ra/MyCompany/US may not change this (configurations 1 1)." in said
    assert "is not the one that was signed" in said
    assert "refused" in "\n".join(ca.tell("stat"))
    assert builders.state(office, request) == "Approved"
    verifying.verify(office.domain, office.actor())


def test_nor_of_a_locked_one_whose_certificate_and_key_he_replaces_too(office, tmp_path) -> None:
    """Its command is not run, and its pages hand out nothing of his."""
    builders.ready(office, protection="locking-id", locking_id=identities.PublicIdentity("person", office.rob.name, office.rob.chain))
    before = builders.verified(office)
    told = tmp_path / "told"
    (tmp_path / "command").write_text(f"#!/bin/sh\necho $1 >> {told}\n")
    (tmp_path / "command").chmod(0o700)
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    with builders.act(office, office.rob) as db:
        certificate = replace_certificate(db, office, office.rob)
        forged = replace(
            before.configuration, caas=(office.rob.name,), ras=(office.rob.name,), publication=Publication(command=str(tmp_path / "command")),
            certificate_sha256=sha256(certificate.public_bytes(Encoding.DER)), key_fingerprint=keys.fingerprint(certificate.public_key()),
        )
        db.execute("UPDATE configurations SET document = ?", [forged.sign(office.rob).serialize()])
    with pytest.raises(Tampered, match="was not allowed"):
        request_site.authority(office.domain, office.actor(), DATABASE)
    assert "is not the one that was signed" in "\n".join(ca.run_due())
    ca.stop()
    assert "is not the one that was signed" in "\n".join(builders.load_ca(office))
    assert not told.exists()
    with pytest.raises(Tampered, match="is not the one that was signed"):
        request_site.authority(office.domain, office.actor(), DATABASE)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE founding_statements SET content = replace(CAST(content AS TEXT), 'Ann Admin', 'Rob Ra')",
        "UPDATE founding_statements SET content = x'7b7d'",
        "UPDATE founding_statements SET content = x'5b5b'",
        "UPDATE founding_statements SET signature = x'00'",
    ],
)
def test_an_altered_statement_is_told(office, statement: str) -> None:
    builders.certifier(office)
    with builders.act(office, office.ann) as db:  # committed or not
        db.execute(statement.replace("replace(CAST(content AS TEXT), 'Ann Admin', 'Rob Ra')", "CAST(replace(CAST(content AS TEXT), 'Ann Admin', 'Rob Ra') AS BLOB)"))
    with pytest.raises(Tampered, match=NOT_FOUNDED):
        builders.verified(office)


def test_a_removed_statement_is_told(office) -> None:
    builders.certifier(office)
    sql(office, "DELETE FROM founding_statements")
    with pytest.raises(Tampered, match=r"founding_statements 1\) is not the one that was signed"):
        builders.verified(office)


def test_a_statement_that_was_added_behind_the_program_is_told(office) -> None:
    builders.certifier(office)
    statement = sql(office, "SELECT content, signature FROM founding_statements")[0]
    with builders.act(office, office.ann) as db:
        db.execute("DELETE FROM founding_statements")
    assert not builders.verified(office).is_founded
    with office.domain.store.snapshot() as db:
        assert certifiers.founding(db, 1) is None
    sql(office, "INSERT INTO founding_statements VALUES (1, ?, ?)", *statement)
    with pytest.raises(Tampered, match="is not the one that was signed"):
        builders.verified(office)
