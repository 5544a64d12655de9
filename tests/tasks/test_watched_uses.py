"""What the CA process has not judged yet is used by nobody in its process, and what it has verified stays so in a turn."""

from __future__ import annotations

import pytest
from cryptography.x509 import ocsp

from dominoadmin.errors import Tampered
from dominoadmin.services.audit import watching
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.revocation import publishing, revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import sql
from tests.tasks.copies import copies
from tests.tasks.test_ca_lists import issued, revoke
from tests.tasks.test_checkpoints import ca, settle, size
from tests.tasks.test_put_back import asked

__all__ = ["ca", "copies"]
GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED


def revoked(office, ca: CaTask) -> str:
    (serial,) = issued(office, ca, "bad.example.com")
    settle(ca)
    revoke(office, serial)
    settle(ca)
    assert asked(office, serial).certificate_status is REVOKED
    return serial


def lists(office) -> list[tuple[int, int]]:
    return [(row["number"], row["entries"]) for row in sql(office, "SELECT number, entries FROM crls ORDER BY id")]


def turn(ca: CaTask) -> str:
    """The lines of a turn, also of one that ends with an error, which the console shows."""
    lines = []
    try:
        lines += ca.run_due()
    except Tampered as error:
        lines.append(str(error))
    return " ".join(lines)


def during_the_turn(monkeypatch, copies, copy) -> None:
    """Put a store into the place of the one that the turn has just verified."""
    goes_on = CaTask._read_new

    def late(self):
        copies.put_back(copy)
        yield from goes_on(self)

    monkeypatch.setattr(CaTask, "_read_new", late)


def test_what_a_member_has_unrevoked_is_not_good_before_his_entry_is_judged(office, ca) -> None:
    """He would get a signed answer that is valid for an hour before the next turn refuses his entry."""
    serial = revoked(office, ca)
    with builders.act(office, office.rob) as db:
        db.execute("DELETE FROM revocations")
    assert asked(office, serial).response_status is ocsp.OCSPResponseStatus.INTERNAL_ERROR
    assert "was refused" in "".join(ca.run_due())


def test_no_list_that_a_member_has_removed_is_replaced_by_the_one_before(office, ca) -> None:
    """He also puts the sealed document of the revocations back to the one that belongs to the older list."""
    (serial,) = issued(office, ca, "bad.example.com")
    settle(ca)
    key = builders.verified(office).configuration.key_fingerprint[:16]
    before = publishing.published(office.domain, office.actor(), f"{key}.crl").number
    sealed = sql(office, "SELECT document FROM revocation_states")[0]["document"]
    revoke(office, serial)
    settle(ca)
    with builders.act(office, office.rob) as db:
        db.execute("DELETE FROM revocations")
        db.execute("DELETE FROM crl_pieces WHERE crl_id IN (SELECT id FROM crls WHERE number > ?)", (before,))
        db.execute("DELETE FROM crls WHERE number > ?", (before,))
        db.execute("UPDATE revocation_states SET document = ?", (sealed,))
    with pytest.raises(Tampered, match="may not change this"):
        publishing.published(office.domain, office.actor(), f"{key}.crl")


def test_an_older_store_that_is_put_back_during_a_turn_gets_no_new_list(office, ca, copies, monkeypatch) -> None:
    serial, other = issued(office, ca, "bad.example.com", "other.example.com")
    settle(ca)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((other,)))
    before, known = copies.take(), lists(office)
    settle(ca)
    revoke(office, serial)
    during_the_turn(monkeypatch, copies, before)
    assert "this server has seen entry" in turn(ca)
    assert lists(office) == known, "nothing was signed over the older store"


def test_a_log_of_the_same_length_that_is_put_there_during_a_turn_is_another_one(office, ca, copies, monkeypatch) -> None:
    """A member cuts off what the server has signed, and puts as many entries of his own there."""
    serial, other = issued(office, ca, "bad.example.com", "other.example.com")
    settle(ca)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial,)))
    before, start = copies.take(), size(office)
    settle(ca)
    added = size(office) - start
    revoking.request(office.domain, office.ann, 1, RevocationOrder((other,)))
    right = copies.take()
    copies.put_back(before)
    with monkeypatch.context() as elsewhere:  # another process, which no CA process watches
        elsewhere.setattr(watching, "_WATCHERS", {})
        for _entry in range(added):
            with builders.act(office, office.rob) as db:
                db.execute("UPDATE revocation_requests SET state = 'Error', problem = problem || '.'")
        revoking.request(office.domain, office.ann, 1, RevocationOrder((other,)))
    forged, known = copies.take(), lists(office)
    assert size(office) == start + added + 1
    copies.put_back(right)
    during_the_turn(monkeypatch, copies, forged)
    lines = turn(ca)
    assert "not the one that this server has seen" in lines
    assert lists(office) == known, "no list without what was revoked"
    assert "was issued" not in lines


def test_a_server_that_has_found_another_log_signs_no_more_until_it_is_right(office, ca, copies) -> None:
    revoked(office, ca)
    before = copies.take()
    builders.approved(office)
    settle(ca)
    right, number = copies.take(), size(office)
    copies.put_back(before)
    with pytest.raises(Tampered, match="this server has seen"):
        builders.verified(office)
    for _again in range(2):
        with pytest.raises(Tampered, match="this server has seen"):
            ca._audit(AuditAction.CERTIFIER_LOCKED, "CN=MyCompany CA/O=MyCompany", {})
    copies.put_back(right)
    settle(ca)
    ca._audit(AuditAction.CERTIFIER_LOCKED, "CN=MyCompany CA/O=MyCompany", {})
    assert size(office) == number + 1
