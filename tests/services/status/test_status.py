"""The status says what needs a person, how much, and what to do; nothing else, and never that all is well if it is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from dominoadmin.errors import Damaged, Refused
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit.anchoring import Seen
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.status import concerns, gathering
from dominoadmin.services.status.concerns import Concern, Level, Matter
from dominoadmin.services.web.live_check import LiveCheck, LiveTarget
from dominoadmin.store import figures
from tests import builders


def status(office, who=None, **seen):
    return gathering.gather(office.domain, who or office.actor(), **seen)


def about(office, matter: Matter, who=None) -> list[tuple[Level, str]]:
    return [(each.level, str(each.text)) for each in status(office, who).about(matter)]


def test_nothing_is_wrong_with_an_empty_domain(office) -> None:
    assert status(office).concerns == ()
    assert status(office).level == Level.FINE


def test_the_worst_comes_first(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    builders.sql(office, "UPDATE configurations SET document = x'00'")
    found = status(office).concerns
    assert [each.level for each in found] == sorted((each.level for each in found), reverse=True)
    assert (found[0].matter, found[0].level) == (Matter.CONFIGURATIONS, Level.TROUBLE)
    assert status(office).level == Level.TROUBLE


def test_known_trouble_counts_more_than_what_is_not_known() -> None:
    def made(level: Level) -> Concern:
        return Concern(matter=Matter.TRUST, level=level, text="x")

    assert concerns.worst([made(Level.UNKNOWN), made(Level.TROUBLE), made(Level.ATTENTION)]) == Level.TROUBLE
    assert concerns.worst([made(Level.UNKNOWN), made(Level.ATTENTION), made(Level.ADVICE)]) == Level.UNKNOWN
    assert concerns.of_error(Matter.TRUST, Damaged("x")).level == Level.TROUBLE
    assert concerns.of_error(Matter.TRUST, Refused("x", "y")) == Concern(matter=Matter.TRUST, level=Level.UNKNOWN, text="x", remedy="y")


def test_requests_wait_for_you_if_you_are_an_ra_and_for_others_otherwise(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    builders.submitted(office, "two.example.com", data=builders.csr("two.example.com", key=None, algorithm="rsa-2048"))
    assert about(office, Matter.APPROVALS) == [(Level.ATTENTION, "2 requests are waiting for your approval (MyCompany CA).")]
    rob = Actor.of(office.rob)
    assert about(office, Matter.APPROVALS, rob) == [(Level.ADVICE, "2 requests are waiting for an RA of MyCompany CA.")]


def test_a_request_waits_to_be_submitted_unless_the_administration_process_does_it(office) -> None:
    builders.certifier(office)
    builders.database(office)
    builders.received(office)
    assert about(office, Matter.SUBMISSIONS) == [(Level.ATTENTION, "1 request in certreq.nsf has not been submitted.")]
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA", processing="automatic")
    builders.received(office, "two.example.com", "other.nsf")
    assert len(about(office, Matter.SUBMISSIONS)) == 1


def test_an_approved_request_that_is_not_issued_is_told_after_five_minutes(office) -> None:
    builders.ready(office)
    builders.approved(office)
    assert about(office, Matter.ISSUANCE) == []
    office.clock.advance(minutes=5)
    assert about(office, Matter.ISSUANCE) == [(Level.ATTENTION, "1 approved request has been waiting for MyCompany CA for more than five minutes.")]


def test_a_certifier_is_told_of_three_months_before_its_end_and_its_lists_no_longer_after_it(office) -> None:
    builders.ready(office)
    builders.load_ca(office)
    end = x509.load_der_x509_certificate(builders.record(office).active.certificate).not_valid_after_utc
    office.clock.now = end - timedelta(days=91)
    assert about(office, Matter.CERTIFIERS) == []
    assert about(office, Matter.LISTS) != []
    office.clock.now = end - timedelta(days=90)
    assert about(office, Matter.CERTIFIERS) == [(Level.ATTENTION, f"MyCompany CA expires on {end:%Y-%m-%d}.")]
    office.clock.now = end
    assert about(office, Matter.CERTIFIERS) == [(Level.TROUBLE, f"MyCompany CA expired on {end:%Y-%m-%d}.")]
    assert about(office, Matter.LISTS) == []


def test_a_list_that_has_expired_is_trouble(office) -> None:
    builders.ready(office)
    builders.load_ca(office)
    assert about(office, Matter.LISTS) == []
    office.clock.advance(days=29)
    assert [level for level, _text in about(office, Matter.LISTS)] == [Level.ATTENTION]
    office.clock.advance(days=2)
    assert [level for level, _text in about(office, Matter.LISTS)] == [Level.TROUBLE]


def test_ids_are_told_of_before_they_end(office) -> None:
    builders.ready(office)
    end = office.server.certificate.not_valid_after_utc
    office.clock.now = end - timedelta(days=31)
    assert about(office, Matter.IDS) == []
    office.clock.now = end - timedelta(days=30)
    assert (Level.ATTENTION, f"The ID of Server1/MyCompany/US expires on {end:%Y-%m-%d}.") in about(office, Matter.IDS)
    office.clock.now = end
    assert (Level.TROUBLE, f"The ID of Server1/MyCompany/US expired on {end:%Y-%m-%d}.") in about(office, Matter.IDS)


def test_a_server_that_does_not_run_is_told_once_there_is_something_to_do_for_it(office) -> None:
    assert about(office, Matter.SERVER) == []
    builders.certifier(office)
    assert about(office, Matter.SERVER) == [(Level.ATTENTION, "Server1/MyCompany/US is not running.")]
    running = builders.server(office)
    assert about(office, Matter.SERVER) == []
    list(running.stop())


def test_an_altered_row_is_trouble_whatever_it_says(office) -> None:
    builders.ready(office)
    builders.sql(office, "UPDATE databases SET title = 'Another'")
    assert [level for level, _text in about(office, Matter.TRUST)] == [Level.TROUBLE]
    assert "databases certreq.nsf" in about(office, Matter.TRUST)[0][1]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE certifiers SET created_at = 'x'", "Certifier 1"),
        ("DELETE FROM databases", "databases certreq.nsf"),
        ("DELETE FROM certifiers WHERE id = 2", "certifiers 2"),
    ],
)
def test_a_row_that_is_illegible_or_gone_is_trouble_and_nothing_passes_as_fine(office, statement, named) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    builders.sql(office, statement)
    found = status(office)
    assert found.level == Level.TROUBLE
    assert any(named in str(each.text) for each in found.about(Matter.TRUST)), found.concerns


def test_what_a_look_at_the_log_and_at_the_server_has_found_is_told(office) -> None:
    problem = status(office, seen=Seen(mirror=None, problem="The log was cut off."))
    assert [(each.level, each.text) for each in problem.concerns] == [(Level.TROUBLE, "The log was cut off.")]
    assert status(office, seen=Seen(mirror=None, unavailable="no keychain")).concerns[0].level == Level.ADVICE
    live = LiveCheck(target=LiveTarget("server1.example.com", 443), problem="Port 443 is closed.", hint="Enter: load http")
    (found,) = status(office, live=live).concerns
    assert (found.matter, found.level, found.text, found.remedy) == (Matter.SERVER, Level.TROUBLE, "Port 443 is closed.", "Enter: load http")


def test_one_administrator_is_advice_and_no_reason_to_worry(office) -> None:
    builders.certifier(office)
    list(builders.server(office).stop())
    (alone,) = status(office).about(Matter.ADMINISTRATORS)
    assert (alone.level, alone.certifier_id) == (Level.ADVICE, 1)


def test_what_is_counted_is_counted_once(office) -> None:
    """Certificates of OCSP responders and revoked ones do not end soon; released ones do."""
    builders.ready(office, publication=Publication(base_urls=("http://server1.example.com/pki",)))  # so it has a responder
    for host in ("one.example.com", "two.example.com", "three.example.com"):
        builders.approved(office, host)
    builders.load_ca(office)
    rows = builders.sql(office, "SELECT serial_hex, not_after FROM issued WHERE request_id IS NOT NULL ORDER BY id")
    assert len(builders.sql(office, "SELECT 1 FROM issued WHERE request_id IS NULL")) == 1
    end = datetime.strptime(rows[0]["not_after"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    started = office.clock.now

    def ending() -> int:
        with office.domain.store.snapshot() as db:
            return figures.ending(db, 1, started, end + timedelta(days=1))

    assert ending() == 3
    revoking.request(office.domain, office.ann, 1, RevocationOrder((rows[0]["serial_hex"],)))
    revoking.request(office.domain, office.ann, 1, RevocationOrder((rows[1]["serial_hex"],), reason="certificateHold"))
    builders.load_ca(office)
    assert ending() == 1
    assert gathering.count(office.domain).revoked == 2
    revoking.request(office.domain, office.ann, 1, RevocationOrder((rows[1]["serial_hex"],), action="release"))
    assert ending() == 1
    builders.load_ca(office)
    assert ending() == 2
    made = gathering.count(office.domain)
    assert [each.number for each in made.issued] == [0] * 11 + [3]
    assert made.revoked == 1
    assert [each.start.day for each in made.issued] == [1] * 12
    assert all(one.end == other.start for one, other in zip(made.issued, made.issued[1:], strict=False))
    office.clock.now = end - timedelta(weeks=5)
    assert [each.number for each in gathering.count(office.domain).ending] == [0, 0, 0, 0, 0, 2, *[0] * 7]


@pytest.mark.parametrize("question", [figures.issued, figures.ending])
def test_counting_reads_indexes_only(office, question) -> None:
    """A million certificates are counted in 50 ms: reading their rows would take seconds."""
    builders.ready(office)
    asked: list[str] = []
    with office.domain.store.snapshot() as db:
        db.set_trace_callback(asked.append)
        question(db, 1, office.clock.now, office.clock.now)
        db.set_trace_callback(None)
    with closing(sqlite3.connect(office.domain.directory.store)) as db:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[-1]}")]
    assert [line for line in plan if line.startswith("SCAN") and "CONSTANT ROW" not in line] == []
    assert sum("USING COVERING INDEX issued_by" in line and "certifier_id=? AND" in line for line in plan) == 1
    assert sum("USING INDEX issued_by_request (request_id=?)" in line for line in plan) == 1


@pytest.mark.parametrize(
    "question",
    [
        figures.revoked,
        lambda db, number: figures.first_undecided(db, number, 4),
        lambda db, number: figures.first_ending(db, number, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 4),
    ],
    ids=["revoked", "first undecided", "first ending"],
)
def test_what_home_asks_for_is_found_by_indexes(office, question) -> None:
    builders.ready(office)
    asked: list[str] = []
    with office.domain.store.snapshot() as db:
        db.set_trace_callback(asked.append)
        question(db, 1)
        db.set_trace_callback(None)
    with closing(sqlite3.connect(office.domain.directory.store)) as db:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[-1]}")]
    found = [line for line in plan if line.startswith(("SCAN", "SEARCH")) and "CONSTANT ROW" not in line]
    assert found
    assert all("SEARCH" in line and " INDEX " in line for line in found), plan
    assert not [line for line in plan if "TEMP B-TREE" in line], "nothing is sorted"


def test_the_certificates_that_end_first_are_those_that_are_counted(office) -> None:
    builders.ready(office, publication=Publication(base_urls=("http://server1.example.com/pki",)))  # so it has a responder
    for host in ("one.example.com", "two.example.com", "three.example.com"):
        builders.approved(office, host)
    builders.load_ca(office)
    serial = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL ORDER BY id")[0]["serial_hex"]
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial,)))
    builders.load_ca(office)
    start, end = office.clock.now, office.clock.now + timedelta(days=2000)
    with office.domain.store.snapshot() as db:
        found = figures.first_ending(db, 1, start, end, 9)
        assert found == sorted(found)
        assert len(found) == figures.ending(db, 1, start, end) == 2
        assert figures.first_ending(db, 1, start, end, 1) == found[:1]
        assert figures.first_ending(db, 1, start, start, 9) == []


def test_the_requests_that_waited_longest_come_first(office) -> None:
    builders.ready(office)
    numbers = [builders.submitted(office, f"host{number}.example.com") for number in range(3)]
    builders.reject(office.domain, office.ann, numbers[:1], "No.")
    with office.domain.store.snapshot() as db:
        assert figures.first_undecided(db, 1, 5) == numbers[1:]
        assert figures.first_undecided(db, 1, 1) == numbers[1:2]
