"""A key revoked as compromised is refused in every other request, by any way in and in any state."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Refused
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import inspecting, submitting
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder, RevokingAuthority
from dominoadmin.services.web import request_site
from dominoadmin.viewmodels.requests import decision_draft as decision
from dominoadmin.viewmodels.requests import texts as request_words
from tests import builders
from tests.services.cross_certificates import other_authorities

SENTENCE = "A certificate for this key was revoked because the key is compromised."


def revoke(office, serial: str, reason: str = "keyCompromise") -> None:
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial,), reason=reason))
    builders.load_ca(office)


def serials(office) -> list[str]:
    return [row["serial_hex"] for row in builders.sql(office, "SELECT serial_hex FROM issued ORDER BY request_id")]


@pytest.fixture
def published(office):
    """An office whose only certificate will be revoked because its key was published."""
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    return office


def test_a_new_request_is_refused_wherever_it_comes_in(published) -> None:
    office = published
    submitting.pull(office.domain, office.actor(), [1])
    revoke(office, *serials(office))
    before = builders.sql(office, "SELECT count(*) AS n FROM requests")[0]["n"]
    for kind in ("server", "client"):
        with pytest.raises(Refused, match=SENTENCE):
            builders.received(office, "renewed.example.com", kind=kind)
    with pytest.raises(Refused, match=SENTENCE):
        form = request_site.WebForm(builders.csr().decode(), contact="eve@example.com", kind="server")
        request_site.submit(office.domain, office.actor(), builders.DATABASE, form)
    assert builders.sql(office, "SELECT count(*) AS n FROM requests")[0]["n"] == before
    assert builders.received(office, data=builders.csr(algorithm="rsa-2048"))


REMOVED = {
    "another key in the revocation": ["UPDATE revocations SET key_fingerprint = 'ab'"],
    "no barred key": ["DELETE FROM barred_keys"],
    "both": ["UPDATE revocations SET key_fingerprint = 'ab'", "DELETE FROM barred_keys"],
    "another barred key": ["UPDATE revocations SET reason = 'superseded'", "UPDATE barred_keys SET key_fingerprint = 'ab'"],
    "no revocation": ["DELETE FROM barred_keys", "DELETE FROM revocations", "DELETE FROM revocation_requests"],
}


@pytest.mark.parametrize("how", REMOVED)
def test_a_compromised_key_stays_barred_whatever_the_rows_say(published, how: str) -> None:
    """Design: attack 7."""
    office = published
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    waiting = [builders.approved(office, "again.example.com"), builders.approved(office, "other.example.com", "other.nsf")]
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serials(office)[-1],), reason="keyCompromise"))
    list(RevokingAuthority(office.domain, Actor.of(office.server), builders.verified(office)).carry_out())
    for statement in REMOVED[how]:
        builders.sql(office, statement)
    with pytest.raises(Refused, match=SENTENCE):
        builders.received(office, "renewed.example.com")
    builders.load_ca(office)
    assert not {"issued"} & {builders.state(office, number).casefold() for number in waiting}
    assert builders.state(office, waiting[1]) == "Error", "the other certifier, whose state holds, refuses it"


def carried_out(office, serial: str) -> list[str]:
    """Revoke a certificate, while the certifier's key is closed; return the problems."""
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial,), reason="keyCompromise"))
    done = RevokingAuthority(office.domain, Actor.of(office.server), builders.verified(office)).carry_out()
    return [each.problem for each in done if each.problem]


def test_a_key_is_barred_although_somebody_has_added_its_row_before(published) -> None:
    """Else the state would not know the key, and the row would only have to be removed again."""
    office = published
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    number = builders.approved(office, "other.example.com", "other.nsf")
    (row,) = builders.sql(office, "SELECT key_fingerprint FROM issued")
    builders.sql(office, "INSERT INTO barred_keys VALUES (?, 9, '1')", row["key_fingerprint"])
    assert carried_out(office, *serials(office)) == []
    builders.sql(office, "DELETE FROM barred_keys")
    builders.sql(office, "UPDATE revocations SET key_fingerprint = 'ab'")
    builders.load_ca(office)
    assert builders.state(office, number) == "Error"


def test_a_second_certificate_for_a_key_is_revoked_although_the_row_of_the_barred_key_is_gone(published) -> None:
    office = published
    builders.approved(office, "again.example.com")
    builders.load_ca(office)
    first, second = serials(office)
    assert carried_out(office, first) == []
    builders.sql(office, "DELETE FROM barred_keys")
    assert carried_out(office, second) == []
    assert builders.sql(office, "SELECT count(*) AS n FROM revocations")[0]["n"] == 2


def test_a_member_stops_no_other_certifier_with_a_request_that_cannot_be_read(published) -> None:
    """Anyone may register a certifier, and is its RA: what he enters about its certificates is lawful, and stays."""
    office = published
    builders.certifier(office, "Rob CA", creator=office.rob)
    number = builders.approved(office, "again.example.com")
    row = (2, "revoke", "no JSON", "keyCompromise", office.rob.name, b"", "New", "", *["2026-11-23T17:00:00Z"] * 2)
    with builders.act(office, office.rob, AuditAction.REVOCATION_REQUESTED) as db:
        columns = "certifier_id, action, serials, reason, requested_by, document, state, problem, created_at, changed_at"
        db.execute(f"INSERT INTO revocation_requests ({columns}) VALUES ({', '.join('?' * len(row))})", row)
    builders.load_ca(office)
    assert builders.state(office, number) == "Issued"
    assert builders.received(office)


def test_nothing_is_issued_while_the_state_does_not_hold(published) -> None:
    office = published
    revoke(office, *serials(office), reason="superseded")
    (before,) = builders.sql(office, "SELECT entry FROM revocations")
    builders.sql(office, "UPDATE revocations SET entry = x'00'")
    number = builders.approved(office, "good.example.com", data=builders.csr("good.example.com", algorithm="rsa-2048"))
    said = builders.load_ca(office)
    assert not any("Certificate issued" in line for line in said), said
    assert builders.state(office, number) == "Approved"
    builders.sql(office, "UPDATE revocations SET entry = ?", before["entry"])
    assert any("Certificate issued" in line for line in builders.load_ca(office))


def test_another_certifier_refuses_the_key_too(published) -> None:
    office = published
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    revoke(office, *serials(office))
    with pytest.raises(Refused, match=SENTENCE):
        builders.received(office, file="other.nsf")


@pytest.mark.parametrize("reason", ["superseded", "certificateHold", "unspecified"])
def test_a_key_that_was_given_up_for_another_reason_may_come_again(published, reason) -> None:
    revoke(published, *serials(published), reason)
    assert builders.received(published)


def test_what_was_taken_in_before_is_neither_approved_nor_edited(published) -> None:
    office = published
    waiting = builders.submitted(office, "two.example.com")
    revoke(office, *serials(office))
    inspection = inspecting.inspect(office.domain, office.actor(), waiting)
    assert [check.problem for check in inspection.checks if check.problem] == [SENTENCE]
    (looked,) = request_words.preflights(office.domain, office.actor(), [waiting])
    assert looked.problem == SENTENCE
    edit = decision.edit_of(inspection, office.clock())
    edit.days = 30
    assert edit.proposal().problem == SENTENCE
    with pytest.raises(Refused, match=SENTENCE):
        builders.edit(office.domain, office.ann, waiting, {"days": 30})
    (outcome,) = builders.approve(office.domain, office.ann, [waiting])
    assert (outcome.problem, builders.state(office, waiting)) == (SENTENCE, "Submitted to Administration Process")
    (outcome,) = builders.reject(office.domain, office.ann, [waiting], "Your key is on the net.")
    assert not outcome.problem


def test_what_was_approved_before_is_not_issued(published) -> None:
    office = published
    good = builders.submitted(office, "good.example.com", data=builders.csr("good.example.com", algorithm="rsa-2048"))
    bad = builders.submitted(office, "two.example.com")
    builders.approve(office.domain, office.ann, [bad, good])
    authority = builders.authority(office)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((*serials(office),), reason="cACompromise"))
    list(revoking.RevokingAuthority(office.domain, Actor.of(office.server), builders.verified(office)).carry_out())
    result = authority.issue_approved()
    assert result.issued == [good]
    assert [(each.request_id, each.problem) for each in result.refused] == [(bad, SENTENCE)]
    assert (builders.state(office, bad), builders.state(office, good)) == ("Error", "Issued")
    assert builders.sql(office, "SELECT count(*) AS n FROM serials WHERE request_id = ?", bad)[0]["n"] == 0


def test_what_waits_for_the_ca_process_with_the_revocation_is_not_issued(published) -> None:
    office = published
    bad = builders.approved(office, "two.example.com")
    revoke(office, *serials(office))
    assert (builders.state(office, bad), len(serials(office))) == ("Error", 1)


def crossed(office, subject: bytes) -> str:
    """Let MyCompany CA cross-certify another authority; return the serial number."""
    shown = cross_certifying.submit_to_ca(
        office.domain, office.actor(), builders.CA, CrossRequest(subject, "directory")
    )
    (outcome,) = builders.approve(office.domain, office.ann, [shown.request.id])
    assert not outcome.problem, outcome
    builders.load_ca(office)
    return serials(office)[-1]


@pytest.mark.parametrize("whose", ["our own", "a foreign"])
def test_a_compromised_authority_is_not_cross_certified_again(office, tmp_path, whose) -> None:
    office.clock.now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60)  # openssl uses the machine's clock
    builders.ready(office)
    if whose == "our own":
        builders.certifier(office, "Other CA")
        subject = cross_certifying.certificate_of(office.domain, office.actor(), "Other CA")
    else:
        subject = other_authorities.root(tmp_path / "ca").certificate.public_bytes(Encoding.DER)
    revoke(office, crossed(office, subject), "cACompromise")
    request = CrossRequest(subject, "personal")
    with pytest.raises(Refused, match=SENTENCE):
        cross_certifying.submit_to_ca(office.domain, office.actor(), builders.CA, request)
    with pytest.raises(Refused, match=SENTENCE):
        cross_certifying.check(office.domain, office.actor(), office.certifier.certificate, request)
    with pytest.raises(Refused, match=SENTENCE):
        cross_certifying.issue_with_id(office.domain, office.certifier, office.actor(), request)
