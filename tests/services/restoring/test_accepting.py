"""Accepting a store that was put back: a new epoch, numbers above all that was seen, and nothing is un-revoked."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dominoadmin.errors import NotAllowed, Refused, Tampered
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import anchoring, roles, sightings, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.domain import Actor
from dominoadmin.services.restoring import accepting, revoking_again
from dominoadmin.services.restoring.accepting import JUMP, SeenElsewhere
from dominoadmin.services.revocation import lists as stored_lists
from dominoadmin.services.revocation import publishing
from dominoadmin.services.revocation.listed import Listed
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store import audit, crls
from dominoadmin.store.account_state import NoAccountState
from dominoadmin.store.keychain import Keychain
from dominoadmin.tasks.ca import CaTask
from tests import builders, specimens
from tests.builders import behind, sql
from tests.tasks.copies import Copies, copies
from tests.tasks.test_ca_lists import BASE, issued, listed, revoke, started
from tests.tasks.test_checkpoints import leaves, settle
from tests.tasks.test_put_back import asked, list_file, number, published

__all__ = ["copies"]


@pytest.fixture
def web(office, tmp_path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    builders.ready(office, publication=Publication((BASE,), folder=str(folder)))
    return folder


@pytest.fixture
def lost(office, web, copies: Copies):
    """A store that was put back: it lacks a revocation that is published, and a certificate that is revoked as well."""
    ca = started(office)
    (bad,) = issued(office, ca, "bad.example.com")
    settle(ca)
    before = copies.take()
    (gone,) = issued(office, ca, "gone.example.com")
    certificate = leaf(office, gone)
    revoke(office, bad, reason="keyCompromise")
    revoke(office, gone, reason="superseded")
    settle(ca)
    assert len(published(office, web)) == 2
    ca.stop()
    copies.put_back(before)
    return bad, gone, certificate


def leaf(office, serial: str) -> x509.Certificate:
    return next(each for each in builders.certificates(office) if f"{each.serial_number:x}" == serial)


def accept(office, *numbers: int, **files: bytes) -> accepting.Accepted:
    return accepting.accept(office.domain, office.certifier, SeenElsewhere(numbers, tuple(files.items())))


def test_afterwards_it_works_and_nothing_is_unrevoked(office, web, lost) -> None:
    bad, gone, _certificate = lost
    dates = {f"{each.serial_number:x}": each.revocation_date_utc for each in published(office, web)}
    stopped = started(office)
    assert number(published(office, web)) == 2
    done = accept(office)
    (one,) = done.certifiers
    assert (done.epoch, one.last, one.seen, one.next) == (2, 1, 2, 2 + JUMP + 1)
    assert one.revoked_again == tuple(sorted((bad, gone)))
    assert one.unknown == (gone,)
    settle(stopped)
    assert number(published(office, web)) == 2 + JUMP + 1
    assert listed(office) == {bad, gone}
    assert {f"{each.serial_number:x}": each.revocation_date_utc for each in published(office, web)} == dates
    assert asked(office, bad).certificate_status is ocsp.OCSPCertStatus.REVOKED
    data = builders.csr("new.example.com", key=specimens.key("ec-p256", "another"))
    builders.approve(office.domain, office.ann, [builders.submitted(office, "new.example.com", data=data)])
    settle(stopped)
    assert stopped.status() == ["Idle, 1 of 1 certifier active"]
    assert "new.example.com" in leaves(office)[-1].subject.rfc4514_string()
    verifying.verify(office.domain, office.actor())
    assert sightings.of_account(office.domain).epoch == 2


def test_a_list_stays_above_the_jump_and_goes_on_by_one(office, web, lost) -> None:
    accept(office)
    ca = started(office)
    settle(ca)
    list(ca.tell("crl issue 1"))
    settle(ca)
    assert number(published(office, web)) == 2 + JUMP + 2
    assert [crl.number for _record, crl in publishing.lists(office.domain, office.actor())][-1] == 1


@pytest.mark.parametrize("which", ["id = (SELECT max(id) FROM crls)", "id > 0"])
def test_a_list_stays_above_the_jump_whatever_the_rows_say(office, web, lost, which: str) -> None:
    accept(office)
    ca = started(office)
    settle(ca)
    sql(office, f"DELETE FROM crl_pieces WHERE crl_id IN (SELECT id FROM crls WHERE {which})")
    sql(office, f"DELETE FROM crls WHERE {which}")
    settle(ca)
    assert number(published(office, web)) == 2 + JUMP + 2
    assert len(published(office, web)) == 2


PLANTED = {
    "a list that the store does not have": (
        "INSERT INTO crls (certifier_id, part, kind, number, this_update, next_update, entries, size, sha256, made_at, generation)"
        " SELECT certifier_id, part, kind, number, this_update, next_update, entries, size, :sha256, made_at, generation FROM crls"
    ),
    "another digest of its list": "UPDATE crls SET sha256 = :sha256",
    "a list with a high number": "UPDATE crls SET number = 1 << 60",
}


@pytest.mark.parametrize("what", PLANTED)
def test_nothing_is_unrevoked_by_rows_of_lists_that_nobody_signed(office, web, lost, what: str) -> None:
    """Somebody adds to the older store that it has the list which is published, before it is accepted."""
    bad, gone, _certificate = lost
    with behind(office.domain.store) as db:
        db.execute(PLANTED[what], {"sha256": hashlib.sha256(list_file(office, web).read_bytes()).hexdigest()})
    (one,) = accept(office).certifiers
    assert (one.last, one.seen, one.next) == (1, 2, 2 + JUMP + 1)
    assert one.revoked_again == tuple(sorted((bad, gone)))
    settle(started(office))
    assert listed(office) == {bad, gone}


ALTERED = {
    "a revocation": (
        ("INSERT INTO revocations (certifier_id, serial_hex, reason, revoked_at, request_id, since, not_after, key_fingerprint, part, entry)"
        " VALUES (1, :bad, 'superseded', '2026-01-01T00:00:00Z', 1, 1, '2036-01-01T00:00:00Z', '', 0, x'00')"),
        "revocations 1 ",
    ),
    "a lower number": ("INSERT INTO crl_floors VALUES (1, 1)", "crl_floors 1"),
    "a certifier": ("DELETE FROM certifiers", "certifiers 1"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_decides_about_it_was_signed(office, web, lost, what: str) -> None:
    """The row is restored first: afterwards the certificate would be good again, or a number used again."""
    statement, which = ALTERED[what]
    with behind(office.domain.store) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute(statement, {"bad": lost[0]})
    with pytest.raises(Tampered, match=which):
        accept(office)
    assert sql(office, "SELECT * FROM revocation_requests") == []


@pytest.mark.parametrize("who", ["ann", "rob", "server"])
def test_nobody_else_decides(office, web, lost, who: str) -> None:
    before = sql(office, "SELECT max(number) AS n FROM audit")[0]["n"]
    with pytest.raises(NotAllowed):
        accepting.accept(office.domain, getattr(office, who), SeenElsewhere())
    assert sql(office, "SELECT max(number) AS n FROM audit")[0]["n"] == before


def test_a_member_cannot_begin_an_epoch(office, web, lost, monkeypatch) -> None:
    """R signs a head of the next epoch himself, with a program that asks for no role."""
    monkeypatch.setattr(roles, "problem", lambda *_given: "")
    with office.domain.store.transaction() as db:
        event = audit_log.Event(audit_log.AuditAction.RESTORE_ACCEPTED, office.rob.name, {})
        audit_log.enter(db, office.clock(), Actor.of(office.rob), [event], begins_epoch=True)
    (line,) = CaTask(office.domain, office.server, builders.no_password).start()
    assert "The store is not the one that this account has seen" in line or "put back" in line
    with pytest.raises(Tampered):
        verifying.verify(office.domain, office.actor())
    with pytest.raises(Tampered):
        accept(office)


def test_another_account_accepts_it_by_itself(office, web, lost) -> None:
    seen = sightings.of_account(office.domain)
    accept(office)
    with office.domain.store.snapshot() as db:
        sightings.compare(db, office.actor().verifier(), seen, "another account")
        with pytest.raises(Tampered, match="put back"):
            sightings.compare(db, office.actor().verifier(), replace(seen, epoch=3), "another account")


def test_the_older_state_put_back_once_more_is_told_again(office, web, lost, copies) -> None:
    before = copies.take()
    accept(office)
    settle(started(office))
    copies.put_back(before)
    (line,) = CaTask(office.domain, office.server, builders.no_password).start()
    assert "put back to an older state" in line


def test_what_was_seen_elsewhere_counts(office, web, lost) -> None:
    bad, gone, certificate = lost
    crl = list_file(office, web).read_bytes()
    list_file(office, web).unlink()
    with pytest.raises(Refused, match="neither a CRL nor a certificate"):
        accept(office, other=office.ann.certificate.public_bytes(Encoding.DER))
    with pytest.raises(Refused, match="neither a CRL nor a certificate"):
        accept(office, other=b"hello")
    pem = certificate.public_bytes(Encoding.PEM)
    done = accept(office, 77, crl=crl, certificate=pem)
    (one,) = done.certifiers
    assert (one.seen, one.next) == (77, 77 + JUMP + 1)
    assert one.revoked_again == tuple(sorted((bad, gone)))
    settle(started(office))
    row = sql(office, "SELECT * FROM revocations WHERE serial_hex = ?", gone)[0]
    assert row["not_after"] == f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}", "it leaves the list after its end"
    assert row["key_fingerprint"]


@pytest.mark.parametrize("order", ["crl, certificate", "certificate, crl", "older, crl, certificate", "text, crl, certificate"])
def test_a_file_may_have_several_lists_and_certificates(office, web, lost, order: str) -> None:
    """All of them count, not only the first one, or those of its kind."""
    bad, gone, certificate = lost
    list_file(office, web).rename(web / "kept")
    older, newer = lists(office, web)
    parts = {
        "older": older.public_bytes(Encoding.PEM), "crl": newer.public_bytes(Encoding.PEM), "text": b"Certificate Revocation List:\n    Data\n",
        "certificate": certificate.public_bytes(Encoding.PEM),
    }
    (one,) = accept(office, all=b"".join(parts[each] for each in order.split(", "))).certifiers
    assert one.revoked_again == tuple(sorted((bad, gone)))
    settle(started(office))
    row = sql(office, "SELECT * FROM revocations WHERE serial_hex = ?", gone)[0]
    assert row["key_fingerprint"], "the certificate was read, too"


@pytest.mark.parametrize("other", [b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", b"-----BEGIN X509 CRL-----\nAAAA\n", None])
def test_a_list_in_a_file_that_cannot_be_read_or_is_anothers_is_not_left_out(office, web, lost, other: bytes | None) -> None:
    certificate = lost[2].public_bytes(Encoding.PEM)
    if other is None:
        builder = x509.CertificateRevocationListBuilder(office.ann.anchor.subject, office.clock(), office.clock() + timedelta(days=1))
        key = office.certifier.signing_key
        other = builder.add_extension(x509.CRLNumber(5), critical=False).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    for data in (certificate + other, other + certificate):
        with pytest.raises(Refused, match="neither a CRL nor a certificate"):
            accept(office, all=data)


def lists(office, web) -> tuple[x509.CertificateRevocationList, x509.CertificateRevocationList]:
    """The list of the store that was put back, and the newer one that was published."""
    with office.domain.store.snapshot() as db:
        (row,) = db.execute("SELECT id FROM crls").fetchall()
    record = next(each for each in all_lists(office) if each.id == row["id"])
    older = b"".join(stored_lists.octets(office.domain, record))
    return x509.load_der_x509_crl(older), x509.load_der_x509_crl((web / "kept").read_bytes())


def all_lists(office):
    with office.domain.store.snapshot() as db:
        return crls.all_of(db, 1, 1)


def test_a_certificate_that_nobody_revoked_is_listed_only(office, web, copies) -> None:
    ca = started(office)
    settle(ca)
    before = copies.take()
    (gone,) = issued(office, ca, "gone.example.com")
    der = leaf(office, gone).public_bytes(Encoding.DER)
    settle(ca)
    ca.stop()
    copies.put_back(before)
    (one,) = accept(office, certificate=der).certifiers
    assert (one.unknown, one.revoked_again) == ((gone,), ())


def test_a_number_that_cannot_go_on_is_refused(office, web, lost) -> None:
    with pytest.raises(Refused, match="too high"):
        accept(office, 1 << 62)
    (one,) = accept(office, (1 << 62) - JUMP - 1).certifiers
    assert one.next.bit_length() < 8 * 20


def test_a_log_that_is_not_whole_cannot_be_accepted(office, web, lost) -> None:
    sql(office, "UPDATE audit SET action = 'x' WHERE number = 4")
    with pytest.raises(Tampered, match="Entry 4"):
        accept(office)


def test_who_lowers_the_jump_is_told(office, web, lost) -> None:
    accept(office)
    ca = started(office)
    settle(ca)
    with behind(office.domain.store) as db:
        db.execute("DELETE FROM crl_floors")
    with pytest.raises(Tampered, match="crl_floors"):
        list(ca.tell("crl issue 1"))


def test_a_kill_leaves_it_undone_or_done(office, web, lost, monkeypatch) -> None:
    def killed(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    before = sql(office, "SELECT count(*) AS n FROM audit")[0]["n"]
    monkeypatch.setattr(audit_log, "enter", killed)
    with pytest.raises(KeyboardInterrupt):
        accept(office)
    monkeypatch.undo()
    assert sql(office, "SELECT count(*) AS n FROM audit")[0]["n"] == before
    assert sql(office, "SELECT * FROM crl_floors") == []
    assert sql(office, "SELECT * FROM revocation_requests") == []


def test_a_damaged_file_of_the_account_is_replaced(office, web, lost) -> None:
    office.domain.account.path.write_bytes(b"hello")
    assert "damaged" in "".join(CaTask(office.domain, office.server, builders.no_password).start())
    accept(office)
    ca = started(office)
    settle(ca)
    assert ca.status() == ["Idle, 1 of 1 certifier active"]


def test_a_hold_that_was_released_since_the_list_is_revoked_again_only_if_the_store_was_put_back(office, web, copies) -> None:
    """A list of our own, which the store has, says nothing new."""
    ca = started(office)
    (held,) = issued(office, ca, "held.example.com")
    revoke(office, held, reason="certificateHold")
    settle(ca)
    revoke(office, held, action="release")
    settle(ca)
    assert accept(office).certifiers[0].revoked_again == ()


def test_the_keychains_of_all_accounts_go_on_with_the_new_epoch(office, web, lost, system_keyring) -> None:
    office.domain = replace(office.domain, keychain=Keychain("test"), account=NoAccountState())
    office.domain.keychain.set(anchoring.PURPOSE, '{"number": 99, "hash": "00", "seen": "2026-01-01T00:00:00Z"}')
    with pytest.raises(Tampered, match="entry 99 was seen"):
        anchoring.verify(office.domain, office.actor())
    mirror = office.domain.keychain.get(anchoring.PURPOSE)
    accept(office)
    assert not anchoring.look(office.domain, office.actor()).problem
    office.domain.keychain.set(anchoring.PURPOSE, mirror)
    assert not anchoring.look(office.domain, office.actor()).problem
    assert '"epoch": 2' in office.domain.keychain.get(anchoring.PURPOSE)


def test_the_first_list_dates_nothing_after_itself(office, web, lost) -> None:
    accept(office)
    settle(started(office))
    crl = published(office, web)
    assert all(each.revocation_date_utc <= crl.last_update_utc for each in crl)
    assert crl.last_update_utc >= office.clock() - timedelta(minutes=5)


def test_without_an_account_it_is_the_same(office, web, lost) -> None:
    office.domain = replace(office.domain, account=NoAccountState())
    accept(office)
    with office.domain.store.snapshot() as db:
        assert audit.head(db) is not None


@pytest.mark.parametrize("who", ["ann", "rob"])
def test_nobody_else_says_what_lists_have_shown(office, web, lost, who: str) -> None:
    """A CAA, or a member without a role, signs a revocation as the organization's certifier does."""
    _bad, gone, _certificate = lost
    accept(office)
    settle(started(office))
    certifier = builders.verified(office)
    order = RevocationOrder(("1f",), listed={"1f": Listed(office.clock(), office.clock(), "", 0)})
    with builders.act(office, getattr(office, who)) as db:
        revoking_again._request(db, getattr(office, who), certifier, order, office.clock())
    settle(started(office))
    assert sql(office, "SELECT * FROM revocations WHERE serial_hex = '1f'") == []
    assert gone in listed(office)


def test_a_hold_that_becomes_final_after_the_jump_says_so_on_the_list(office, web) -> None:
    """The number of the list jumps; what has changed since the last one is still known by that one's number."""
    ca = started(office)
    (held,) = issued(office, ca, "held.example.com")
    revoke(office, held, reason="certificateHold")
    settle(ca)
    accept(office)
    revoke(office, held, reason="keyCompromise")
    settle(ca)
    assert number(published(office, web)) > JUMP
    (entry,) = published(office, web)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise


def test_a_signed_revocation_whose_row_was_removed_is_not_replaced(office, web, copies) -> None:
    """What is revoked again got its number, and nobody was told that one was never carried out."""
    ca = started(office)
    (good,) = issued(office, ca, "good.example.com")
    (bad,) = issued(office, ca, "bad.example.com")
    settle(ca)
    before = copies.take()
    revoke(office, bad, reason="keyCompromise")
    settle(ca)
    ca.stop()
    copies.put_back(before)
    revoke(office, good, reason="keyCompromise")
    builders.sql(office, "DELETE FROM revocation_requests")
    accept(office)
    ca = started(office)
    settle(ca)
    assert listed(office) == {bad}
    assert any("(revocation_requests 1) is not the one that was signed" in each for each in ca.status())
