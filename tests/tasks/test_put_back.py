"""A store that was put back: a list is never published over one with a higher number, or over another of the same number."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dominoadmin.errors import Tampered
from dominoadmin.pki.publication import Publication, list_name, slug
from dominoadmin.services.revocation import publishing
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.store.account_state import NoAccountState
from dominoadmin.tasks.ca import CaTask
from tests import builders, specimens
from tests.tasks.copies import Copies, copies
from tests.tasks.test_ca_lists import BASE, issued, revoke, started

__all__ = ["copies"]


@pytest.fixture
def web(office, tmp_path) -> Path:
    """The folder in which a certifier publishes."""
    folder = tmp_path / "web"
    folder.mkdir()
    office.domain = replace(office.domain, account=NoAccountState())  # so that only the folder can tell
    builders.ready(office, publication=Publication((BASE,), folder=str(folder)))
    return folder


def list_file(office, web: Path) -> Path:
    return web / list_name(slug(builders.verified(office).configuration.key_fingerprint), 0)


def remove_files(web: Path) -> None:
    for path in [*web.glob("*.crl"), *web.glob("*.txt")]:
        path.unlink()


def published(office, web: Path) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(list_file(office, web).read_bytes())


def number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def asked(office, serial: str) -> ocsp.OCSPResponse:
    root = x509.load_der_x509_certificate(builders.record(office).active.certificate)
    leaf = next(each for each in builders.certificates(office) if f"{each.serial_number:x}" == serial)
    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, root, hashes.SHA1()).build().public_bytes(Encoding.DER)
    return ocsp.load_der_ocsp_response(Responder(office.domain, office.server).answer(question).der)


@pytest.fixture
def put_back(office, web, copies: Copies):
    """A certifier whose list 2, with one certificate on it, is published; the store is the one of list 1."""
    ca = started(office)
    (serial,) = issued(office, ca, "bad.example.com")
    before = copies.take()
    revoke(office, serial)
    list(ca.run_due())
    assert (number(published(office, web)), len(published(office, web))) == (2, 1)
    ca.stop()
    copies.put_back(before)
    return serial


def test_a_store_that_was_put_back_publishes_nothing_over_the_newer_list(office, web, put_back) -> None:
    ca = started(office)
    told = [*ca.run_due(), *ca.status()]
    assert (number(published(office, web)), len(published(office, web))) == (2, 1)
    assert any("CRL number 2" in line and "newer" in line for line in told)
    office.clock.advance(days=40)
    list(ca.run_due())
    assert [crl.number for _record, crl in publishing.lists(office.domain, office.actor())] == [1], "number 2 is not used again"


ROWS = {
    "a list with the digest of the published one": (
        "INSERT INTO crls (certifier_id, part, kind, number, this_update, next_update, entries, size, sha256, made_at, generation)"
        " SELECT certifier_id, part, kind, number, this_update, next_update, entries, size, :sha256, made_at, generation FROM crls"
    ),
    "another digest of its list": "UPDATE crls SET sha256 = :sha256",
    "a number that was accepted": "INSERT INTO crl_floors VALUES (1, 1000)",
}


@pytest.mark.parametrize("what", ROWS)
def test_a_row_that_nobody_signed_lets_no_older_list_be_published(office, web, put_back, what: str) -> None:
    checkpoint_file(office, web).unlink()  # so that only the list can tell
    newer = list_file(office, web).read_bytes()
    with builders.behind(office.domain.store) as db:
        db.execute(ROWS[what], {"sha256": hashlib.sha256(newer).hexdigest()})
    ca = started(office)
    office.clock.advance(days=40)
    list(ca.run_due())
    assert list_file(office, web).read_bytes() == newer
    assert builders.sql(office, "SELECT max(number) AS number FROM crls")[0]["number"] == 1, "number 2 is not used again"


def test_its_certifier_does_nothing_until_somebody_has_decided(office, web, put_back) -> None:
    ca = started(office)
    before = len(builders.certificates(office))
    builders.approve(office.domain, office.ann, [builders.submitted(office, "new.example.com")])
    list(ca.run_due())
    assert len(builders.certificates(office)) == before
    for command in ("crl issue 1", "crl push 1"):
        with pytest.raises(Tampered, match="CRL number 2") as refused:
            list(ca.tell(command))
        assert "dominoadmin server accept-restore" in refused.value.hint
    state = [state for _number, _name, state in ca.states()]
    assert "CRL number 2" in state[0]


def test_its_revocations_wait_although_they_need_no_key(office, web, put_back) -> None:
    revoke(office, put_back)
    ca = started(office)
    office.clock.advance(minutes=1)
    list(ca.run_due())
    assert not builders.sql(office, "SELECT 1 FROM revocations")
    (waiting,) = builders.sql(office, "SELECT state FROM revocation_requests")
    assert waiting["state"] == "New"


@pytest.mark.parametrize("is_running", [True, False])
def test_a_list_whose_row_was_removed_shows_no_older_store_although_it_is_published(office, web, *, is_running: bool) -> None:
    ca = started(office)
    (serial,) = issued(office, ca, "bad.example.com")
    revoke(office, serial)
    list(ca.run_due())
    builders.sql(office, "DELETE FROM crl_pieces WHERE crl_id = (SELECT max(id) FROM crls)")
    builders.sql(office, "DELETE FROM crls WHERE id = (SELECT max(id) FROM crls)")
    if not is_running:
        ca.stop()
        ca = CaTask(office.domain, office.server, builders.no_password)
    said = list(ca.run_due() if is_running else ca.start())
    assert any("CRL number 2 of" in line and "is not stored as it was issued" in line for line in said), said
    assert (number(published(office, web)), len(published(office, web))) == (3, 1)


def test_nothing_is_said_good_that_was_revoked(office, web, put_back) -> None:
    started(office)
    assert asked(office, put_back).response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL
    with pytest.raises(Tampered):
        publishing.published(office.domain, office.actor(), list_file(office, web).name)


def test_another_list_of_the_same_number_is_not_overwritten(office, web, copies) -> None:
    """Two copies of one store, each with a list 2 of its own."""
    ca = started(office)
    one, two = issued(office, ca, "one.example.com", "two.example.com")
    before = copies.take()
    revoke(office, one)
    list(ca.run_due())
    other = list_file(office, web).read_bytes()
    ca.stop()
    copies.put_back(before)
    remove_files(web)
    ca = started(office)
    revoke(office, two)
    list(ca.run_due())
    assert number(published(office, web)) == 2
    list_file(office, web).write_bytes(other)
    told = list(ca.tell("refresh"))
    assert list_file(office, web).read_bytes() == other
    assert any("CRL number 2" in line for line in told)


def test_a_list_that_appears_while_it_runs_stops_the_next_one(office, web, copies) -> None:
    ca = started(office)
    (serial,) = issued(office, ca, "bad.example.com")
    before = copies.take()
    revoke(office, serial)
    list(ca.run_due())
    newer = list_file(office, web).read_bytes()
    ca.stop()
    copies.put_back(before)
    remove_files(web)
    ca = started(office)
    list_file(office, web).write_bytes(newer)
    revoke(office, serial)
    list(ca.run_due())
    assert list_file(office, web).read_bytes() == newer
    assert [crl.number for _record, crl in publishing.lists(office.domain, office.actor())] == [1]


def test_a_damaged_or_foreign_file_in_the_folder_is_replaced(office, web) -> None:
    ca = started(office)
    whole = list_file(office, web).read_bytes()
    for damaged in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:200], b"", b"hello", _foreign(office)):
        list_file(office, web).write_bytes(damaged)
        ca.stop()
        ca = started(office)
        assert list_file(office, web).read_bytes() == whole


def _foreign(office) -> bytes:
    """A list with a high number that another key has signed in the certifier's name."""
    root, now = x509.load_der_x509_certificate(builders.record(office).active.certificate), office.clock()
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(now).next_update(now)
    builder = builder.add_extension(x509.CRLNumber(99), critical=False)
    return builder.sign(specimens.key("ec-p256", "forger"), hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_folder_that_says_the_same_again_lets_it_go_on(office, web, put_back) -> None:
    """As after the lists of the restored store were put back, too, on purpose."""
    ca = started(office)
    remove_files(web)
    told = list(ca.tell("refresh"))
    assert not any("newer" in line for line in told)
    assert ca.status() == ["Idle, 1 of 1 certifier active"]


# The checkpoint beside the lists


def checkpoint_file(office, web: Path) -> Path:
    return web / f"{slug(builders.verified(office).configuration.key_fingerprint)}.checkpoint.txt"


def test_a_checkpoint_stands_beside_the_lists_and_tells_of_a_store_that_was_put_back(office, web, copies) -> None:
    """The list is the same: only the log has gone on."""
    ca = started(office)
    before = copies.take()
    issued(office, ca, "www.example.com")
    list(ca.run_due())
    list(ca.tell("crl issue 1"))
    list(ca.run_due())
    assert checkpoint_file(office, web).stat().st_mode & 0o777 == 0o644
    ca.stop()
    copies.put_back(before)
    list_file(office, web).unlink()
    told = list(CaTask(office.domain, office.server, builders.no_password).start())
    assert any(f"but {checkpoint_file(office, web)} has seen entry" in line for line in told)


def test_an_older_checkpoint_of_the_store_does_not_replace_the_newer_one_beside_the_lists(office, web) -> None:
    """Somebody puts an earlier one back into the store: the one outside of it would have gone back, too."""
    ca = started(office)
    (older,) = builders.sql(office, "SELECT * FROM checkpoints")
    issued(office, ca, "www.example.com")
    list(ca.run_due())
    list(ca.tell("crl issue 1"))
    newer = checkpoint_file(office, web).read_bytes()
    builders.sql(office, "DELETE FROM checkpoints")
    builders.sql(office, f"INSERT INTO checkpoints VALUES ({', '.join('?' * len(tuple(older)))})", *older)
    list(ca.tell("crl issue 1"))
    assert checkpoint_file(office, web).read_bytes() == newer


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\n{}", b"{" * 5000])
def test_a_damaged_checkpoint_in_the_folder_is_written_again(office, web, content: bytes) -> None:
    ca = started(office)
    list(ca.tell("crl issue 1"))
    checkpoint_file(office, web).write_bytes(content)
    ca.stop()
    ca = started(office)
    assert b"Checkpoint of the audit log by Server1/MyCompany/US" in checkpoint_file(office, web).read_bytes()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_device_without_end(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_huge_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def garbage(path: Path) -> None:
    path.write_bytes(b"garbage")


def nothing(path: Path) -> None:
    path.symlink_to(path.with_name("missing"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("put", [a_pipe, a_device_without_end, a_huge_file, garbage, nothing])
def test_what_is_none_of_its_lists_is_replaced_by_one(office, web, put) -> None:
    """A pipe, a device or a file without end in the place of a list stopped the CA process for ever."""
    ca = started(office)
    (serial,) = issued(office, ca, "leaf.example.com")
    path = list_file(office, web)
    before = number(published(office, web))
    for each in (path, path.with_name(f"{path.stem}-another.crl")):
        each.unlink(missing_ok=True)
        put(each)
    revoke(office, serial)
    list(ca.run_due())
    assert number(published(office, web)) == before + 1
    ca.stop()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("put", [a_pipe, garbage, nothing, lambda path: path.write_bytes(b"x" * 300)])
def test_a_list_is_written_again_soon_if_something_else_is_in_its_place(office, web, put) -> None:
    """It stayed until the next list was due, which may be in weeks."""
    ca = started(office)
    path = list_file(office, web)
    whole = path.read_bytes()
    path.unlink()
    put(path)
    office.clock.advance(seconds=20)
    list(ca.run_due())
    assert path.read_bytes() == whole
    ca.stop()
