"""A member's own certifier, whatever he has signed of it or put into its folder, keeps no store from being accepted or moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Tampered
from dominoadmin.pki import documents
from dominoadmin.pki.publication import slug
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.restoring import accepting
from dominoadmin.services.restoring.accepting import JUMP
from dominoadmin.store.records import instant
from tests import builders
from tests.builders import sql
from tests.services.certifiers.test_own_certifiers import sign, task
from tests.services.restoring.test_accepting import accept, lost, web
from tests.tasks.copies import copies
from tests.tasks.test_ca_lists import issued, started
from tests.tasks.test_checkpoints import settle

__all__ = ["copies", "lost", "task", "web"]

ACTS = {
    "accept": accept,
    "moved": lambda office: accepting.moved(office.domain, office.certifier),
    "copied": lambda office: accepting.copied(office.domain, office.certifier),
}
UNREADABLE = [{"crl_interval_days": 0}, {"publication.folder": "/a\x00b"}, {"ras": 7}, {"certifier": "CN=Other"}, {"version": 9}, {"previous": "0"}]


@pytest.mark.parametrize("changes", UNREADABLE, ids=str)
@pytest.mark.parametrize("act", ACTS)
def test_a_configuration_that_nobody_can_read_keeps_no_store_stopped(office, task, changes: dict, act: str) -> None:
    sign(office, changes)
    settle(task)
    task.stop()
    ACTS[act](office)
    again = started(office)
    assert issued(office, again, "after.example.com")


def test_the_numbers_of_such_a_certifier_jump_too(office, task) -> None:
    sign(office, {"crl_days": 0})
    settle(task)
    assert [each.next > JUMP for each in accept(office).certifiers] == [True, True]


def test_a_row_that_nobody_signed_is_told_as_before(office, task) -> None:
    sign(office, {"crl_days": 0})
    settle(task)
    sql(office, "UPDATE configurations SET document = substr(document, 2) WHERE certifier_id = 2 AND version = 2")
    with pytest.raises(Tampered, match="configurations 2 2"):
        accept(office)
    sql(office, "DELETE FROM configurations WHERE certifier_id = 2 AND version = 2")
    with pytest.raises(Tampered, match="configurations 2 2"):
        accept(office)


def test_what_a_former_caa_signs_by_the_older_state_unrevokes_nothing(office, web, lost) -> None:
    """He is a CAA again by the backup, and his version cannot be read: the one before says where lists are published."""
    bad, gone, _certificate = lost
    known = builders.verified(office)
    content = known.configuration.content() | {"version": 2, "crl_days": 0, "previous": documents.digest(known.versions[-1].document)}
    document = documents.sign(configuring.KIND, content | {"signed_at": instant(office.clock())}, office.ann).serialize()
    with builders.act(office, office.ann) as db:
        db.execute("INSERT INTO configurations VALUES (1, 2, ?)", (document,))
    (one,) = accept(office).certifiers
    assert (one.last, one.seen, one.next) == (1, 2, 2 + JUMP + 1)
    assert one.revoked_again == tuple(sorted((bad, gone)))


@pytest.mark.parametrize("folder", ["/" + "x" * 5000, "/dev/null/x", "/etc/hostname"], ids=["too long", "below a file", "a file"])
@pytest.mark.parametrize("act", ACTS)
def test_a_folder_that_cannot_be_is_empty(office, task, folder: str, act: str) -> None:
    sign(office, {"publication.folder": folder})
    settle(task)
    task.stop()
    ACTS[act](office)


def own_list(office, number: int, *entries: x509.RevokedCertificate) -> bytes:
    """What the holder of a certifier's key makes with a program of his own."""
    known, (key,) = builders.verified(office, "Rob CA"), builders.authority(office, "Rob CA")._vault._keys.values()
    made = x509.CertificateRevocationListBuilder(known.issuer.certificate.subject, office.clock(), office.clock() + timedelta(days=3))
    for each in entries:
        made = made.add_revoked_certificate(each)
    return made.add_extension(x509.CRLNumber(number), critical=False).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("number", [2**63 - 1, 2**62, 2**150])
@pytest.mark.parametrize("act", ACTS)
def test_a_number_that_no_program_has_given_lets_the_others_jump(office, task, tmp_path, act: str, number: int) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    sign(office, {"publication.folder": str(folder)})
    settle(task)
    (folder / f"{slug(builders.verified(office, 'Rob CA').key_fingerprint)}.crl").write_bytes(own_list(office, number))
    task.stop()
    ACTS[act](office)
    assert issued(office, started(office), "after.example.com")


def test_the_highest_number_that_counts_leaves_room_for_the_next_times(office, task) -> None:
    """The first store that was accepted with it could never be accepted, moved or copied again."""
    handed_in = own_list(office, (1 << 62) - JUMP - 1)
    task.stop()
    for act in (lambda one: accept(one, own=handed_in), ACTS["accept"], ACTS["copied"], ACTS["accept"]):
        act(office)
        started(office).stop()
    assert issued(office, started(office), "after.example.com")


@pytest.mark.parametrize(("at", "since"), [(2026, 1), (2026, 1900), (9999, 2020), (1950, 9999)])
def test_a_certificate_is_revoked_again_whatever_dates_its_list_has(office, task, at: int, since: int) -> None:
    """One that could not be written down made the whole request unreadable, so that nothing of it was revoked."""
    entry = x509.RevokedCertificateBuilder().serial_number(5).revocation_date(datetime(at, 1, 30, tzinfo=UTC))
    handed_in = own_list(office, 7, entry.add_extension(x509.InvalidityDate(datetime(since, 1, 30, tzinfo=UTC)), critical=False).build())
    task.stop()
    accept(office, own=handed_in)
    settle(started(office))
    assert [row["state"] for row in sql(office, "SELECT state FROM revocation_requests")] == ["Done"]
    assert [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM revocations")] == ["5"]
