"""What is known of key rings without their passwords, and designating an intermediate as trusted root."""

from dataclasses import replace

import pytest

from dominoadmin.errors import NotFound
from dominoadmin.pki import describe, key_rings
from dominoadmin.services import key_ring_listing
from dominoadmin.services.key_ring_listing import listed
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
    fingerprint = describe.certificate(other.intermediates[0])["sha256"]
    said = key_ring_listing.designate(stage.domain, stage.actor, stage.access(), fingerprint, "Our CA")
    assert said == "Certificate received into key ring and designated as trusted root"
    shown = stage.show()
    assert [root.label for root in shown.trusted_roots] == ["Our CA"]
    assert shown.intermediates == other.intermediates
    with pytest.raises(NotFound, match="no intermediate certificate"):
        key_ring_listing.designate(stage.domain, stage.actor, stage.access(), "00", "Our CA")
