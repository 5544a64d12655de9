"""Steps 14 to 27 of the technote in order, and the files on disk afterwards."""

from __future__ import annotations

import stat

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dominoadmin.pki.general_names import GeneralName
from dominoadmin.services.audit import verifying
from dominoadmin.services.key_rings import management as key_rings
from tests.outside.judges import everyone_verifies
from tests.services.key_rings.conftest import DATABASE, HOST, PASSWORD, appearances, keytool, pkcs12


@pytest.mark.judge
def test_a_key_ring_comes_from_the_form_to_the_server(stage):
    before = len(stage.acts())
    made = stage.create(file="walk.kyr", key_algorithm="rsa-2048", names=("ip:127.0.0.1",), locality="Boston")
    assert (made.file, made.server) == ("walk.kyr", "CN=Server1/O=MyCompany/C=US")
    assert made.subject == "CN=server1.example.com/O=MyCompany/L=Boston/ST=Massachusetts/C=US"
    assert made.names == ("dns:server1.example.com", "ip:127.0.0.1")
    assert stage.show("walk.kyr").state == "created (unsigned)"

    root = key_rings.trusted_root_of(stage.domain, stage.actor, DATABASE)
    assert (root.label, root.certifier) == ("MyCompany CA", "CN=MyCompany CA/O=MyCompany/C=US")
    access = stage.access("walk.kyr")
    said = key_rings.merge_trusted_root(stage.domain, stage.actor, access, root.certificate, root.label)
    assert said == "Certificate received into key ring and designated as trusted root"
    assert stage.show("walk.kyr").state == "root merged"

    request = key_rings.submit_request(stage.domain, stage.actor, access, DATABASE)
    assert key_rings.SUBMITTED == "Certificate Request Successfully Submitted for Key Ring"
    assert (request.state, request.request.key_ring) == ("Pending Submission", "walk.kyr")
    assert request.request.applicant == "Ann Admin/MyCompany/US"
    shown = stage.show("walk.kyr")
    assert shown.state == "request submitted"
    assert [each.request.id for each in shown.requests] == [request.request.id]

    pickup_id = stage.issue(request.request.id)
    preview = key_rings.pickup_preview(stage.domain, stage.actor, access, pickup_id)
    assert stage.show("walk.kyr").certificate is None
    merged = stage.pickup("walk.kyr", pickup_id)
    assert key_rings.RECEIVED == "Certificate received into key ring"
    assert merged == preview
    shown = stage.show("walk.kyr")
    assert (shown.state, shown.certificate) == ("certificate merged", merged.certificate)

    done = stage.install("walk.kyr", server="Server1", password=PASSWORD)
    assert done.warnings == ()
    assert "--ssl-key-file walk.kyr" in done.next_step
    ring = stage.open_installed("walk.kyr")
    assert ring.certificate == merged.certificate
    assert ring.general_names == (GeneralName("dns", HOST), GeneralName("ip", "127.0.0.1"))
    everyone_verifies(merged.certificate, root.certificate, hostname=HOST)
    assert verifying.verify(stage.domain, stage.actor).entries == len(stage.acts())
    acts = [act for act in stage.acts()[before:] if "ring" in act or "root" in act or act.startswith("request")]
    assert acts == [
        "key ring created", "trusted root merged", "request received", "request submitted", "request approved",
        "request pulled", "key ring certificate merged", "key ring installed",
    ]  # fmt: skip


@pytest.mark.judge
def test_openssl_and_keytool_open_the_certified_key_ring(stage):
    shown = pkcs12(stage.root / "keyfile.kyr", "-nokeys")
    assert "friendlyName: server\n" in shown
    assert "friendlyName: Trusted root: MyCompany CA\n" in shown
    assert "CN=MyCompany CA" in shown
    listed = keytool(stage.root / "keyfile.kyr")
    assert "Entry type: PrivateKeyEntry" in listed
    assert "Certificate chain length: 2" in listed
    assert HOST in listed


def test_no_file_of_the_data_directory_shows_a_password_or_a_key(stage):
    stage.install()
    key = stage.open_installed().private_key
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    scalar = key.private_numbers().private_value.to_bytes(32, "big")
    secrets = [PASSWORD.encode(), PASSWORD.encode("utf-16-le"), PASSWORD.encode("utf-16-be"), der[-100:], scalar]
    files = {path: path.read_bytes() for path in stage.root.rglob("*") if path.is_file()}
    assert {"keyfile.kyr", "keyfile.sth", "domain.db"} <= {path.name for path in files}
    for path, data in files.items():
        assert not [form for secret in secrets for form in appearances(secret) if form in data], path


def test_every_file_is_for_its_owner_only(stage):
    stage.install()
    found = [path for path in stage.root.rglob("*") if path.suffix in (".kyr", ".sth")]
    assert len(found) == 8
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    assert stat.S_IMODE(stage.installed.stat().st_mode) == 0o700


def test_the_scan_for_secrets_finds_what_it_looks_for():
    import base64

    for before in range(4):
        assert any(
            form in base64.b64encode(b"x" * before + PASSWORD.encode() + b"yz")
            for form in appearances(PASSWORD.encode())
        )
