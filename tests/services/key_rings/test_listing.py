"""The list of key rings, without passwords, and the certificates of one."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Refused
from dominoadmin.pki import key_rings
from dominoadmin.services.key_rings import management as services
from dominoadmin.viewmodels.key_rings.listing import certificates_of, chain_of, listed, read_authority
from tests.services.key_rings.conftest import PASSWORD, Stage


def by_file(stage: Stage):
    return {ring.file: ring for ring in listed(stage.domain)}


def test_each_key_ring_is_listed_with_its_state(stage):
    rings = by_file(stage)
    assert {file: ring.state for file, ring in rings.items()} == {
        "keyfile.kyr": "certificate merged",
        "new.kyr": "created (unsigned)",
        "waiting.kyr": "certificate issued, to be picked up",
    }
    assert rings["waiting.kyr"].pickup_id == stage.pickup_ids["waiting.kyr"]
    assert rings["keyfile.kyr"].not_after == stage.show().certificate.not_valid_after_utc
    assert {ring.server for ring in rings.values()} == {"CN=Server1/O=MyCompany/C=US"}


def test_a_request_on_its_way_is_told(stage):
    stage.certify("new.kyr")
    assert by_file(stage)["new.kyr"].state == "request submitted"


def test_an_expired_certificate_is_told(stage):
    stage.clock.advance(days=4000)
    assert by_file(stage)["keyfile.kyr"].state == "expired"


def test_a_copy_counts_as_installed_while_it_is_the_same(stage):
    assert not by_file(stage)["keyfile.kyr"].is_installed
    stage.install()
    assert by_file(stage)["keyfile.kyr"].is_installed
    (stage.installed / "keyfile.kyr").write_bytes(b"other")
    assert not by_file(stage)["keyfile.kyr"].is_installed


def test_a_key_ring_without_its_stash_is_listed_with_the_reason(stage):
    (stage.root / "new.sth").unlink()
    ring = by_file(stage)["new.kyr"]
    assert "new.sth does not exist" in ring.stash_problem
    assert (ring.server, ring.state, ring.is_installed) == ("", "created (unsigned)", False)


def test_a_folder_that_is_called_like_a_key_ring_is_not_one(stage):
    (stage.root / "folder.kyr").mkdir()
    assert "folder.kyr" not in by_file(stage)


def test_an_unreadable_request_in_the_store_is_not_the_key_rings(stage):
    stage.certify("new.kyr")
    stage.sql("UPDATE requests SET csr = X'00' WHERE key_ring = 'new.kyr'")
    assert by_file(stage)["new.kyr"].state == "created (unsigned)"


def test_an_intermediate_becomes_a_trusted_root_and_stays_for_the_path(stage):
    path = stage.root / "keyfile.kyr"
    ring = key_rings.load(path.read_bytes(), PASSWORD)
    other = replace(ring, intermediates=(ring.trusted_roots[0].certificate,), trusted_roots=())
    path.write_bytes(key_rings.serialize(other, PASSWORD))
    certificate = other.intermediates[0]
    said = services.merge_trusted_root(stage.domain, stage.actor, stage.access(), certificate, "Our CA")
    assert said == "Certificate received into key ring and designated as trusted root"
    shown = stage.show()
    assert [root.label for root in shown.trusted_roots] == ["Our CA"]
    assert shown.intermediates == other.intermediates


def test_the_certificates_of_a_key_ring_are_told_with_their_chains(stage):
    shown = stage.show()
    own, root = certificates_of(shown)
    assert (own.label, own.is_trusted_root, own.subject.partition("/")[0]) == ("", False, "CN=server1.example.com")
    assert (root.label, root.is_trusted_root, root.subject) == ("MyCompany CA", True, "CN=MyCompany CA/O=MyCompany/C=US")
    assert chain_of(shown, own) == (shown.certificate, shown.trusted_roots[0].certificate)
    assert chain_of(shown, root) == (shown.trusted_roots[0].certificate,)
    assert chain_of(replace(shown, trusted_roots=()), own) == (shown.certificate,)


def test_a_placeholder_is_no_certificate_and_has_no_chain(stage):
    shown = stage.show("new.kyr")
    (own,) = certificates_of(shown)
    assert own.certificate is None
    assert chain_of(shown, own) == ()


def test_an_authority_is_read_from_pem_and_der(stage, tmp_path):
    certificate = stage.show().trusted_roots[0].certificate
    for encoding in (Encoding.PEM, Encoding.DER):
        (tmp_path / "ca.cer").write_bytes(certificate.public_bytes(encoding))
        found = read_authority(tmp_path / "ca.cer")
        assert (found.certificate, found.label) == (certificate, "MyCompany CA")
    (tmp_path / "ca.cer").write_bytes(b"nothing")
    with pytest.raises(Refused, match="is not a certificate"):
        read_authority(tmp_path / "ca.cer")
