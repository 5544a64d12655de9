"""A clock that was a day ahead and was put right: all that is due is done, and nothing waits until tomorrow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from dominoadmin.pki.publication import Publication
from dominoadmin.services.directory import mailing, server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import Relay
from dominoadmin.services.requests import submitting
from dominoadmin.services.revocation import publishing
from dominoadmin.tasks.adminp import AdminpTask
from dominoadmin.tasks.ca import CaTask
from tests import builders

BASE = "http://server1.example.com/pki"


@pytest.fixture
def ahead(office):
    """An office whose clock is a day ahead until `put_right` is called."""
    office.clock.advance(days=1)
    yield office


def put_right(office) -> None:
    office.clock.advance(days=-1)


def test_the_administration_process_works_on(ahead) -> None:
    builders.certifier(ahead)
    builders.database(ahead, processing="automatic")
    task = AdminpTask(ahead.domain, ahead.server)
    list(task.start())
    put_right(ahead)
    builders.received(ahead)
    assert list(task.run_due()) == ["certreq.nsf: Successfully submitted 1 request(s) to the Administration Process"]


def queued(office, applicant: str = "rob@example.com") -> None:
    """A confirmation for a relay that is down."""
    builders.ready(office)
    relay = Relay("127.0.0.1", 1, False, "ca@example.com")
    server_documents.change(office.domain, office.actor(), "", ServerChange(relay=relay))
    builders.approved(office, applicant=applicant)
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [1])


def test_mail_is_offered_again_at_once(ahead) -> None:
    queued(ahead)
    (memo,) = mailing.deliver_due(ahead.domain, ahead.actor())
    assert memo.next_attempt_at == ahead.clock() + timedelta(minutes=1)
    put_right(ahead)
    (memo,) = mailing.deliver_due(ahead.domain, ahead.actor())
    assert memo.next_attempt_at == ahead.clock() + timedelta(minutes=1)
    assert mailing.deliver_due(ahead.domain, ahead.actor()) == [], "not again and again: its next time is one of today"


def test_mail_written_by_the_wrong_clock_goes_at_once(ahead) -> None:
    queued(ahead)
    put_right(ahead)
    assert len(mailing.deliver_due(ahead.domain, ahead.actor())) == 1


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 2), (4, 16), (7, 128), (11, 240)])
def test_a_memo_that_waits_for_its_turn_is_not_offered_before_it(office, attempts, minutes) -> None:
    queued(office)
    at = (office.clock() + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    builders.sql(office, "UPDATE mail SET attempts = ?, next_attempt_at = ?", attempts, at)
    assert mailing.deliver_due(office.domain, office.actor()) == []
    office.clock.advance(minutes=-20)  # the clock was twenty minutes ahead
    assert len(mailing.deliver_due(office.domain, office.actor())) == 1


def says(path) -> ocsp.OCSPResponse:
    return ocsp.load_der_ocsp_response(path.read_bytes())


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("since", ["the start", "a running process"])
def test_lists_responder_and_answers_are_those_of_today(office, tmp_path, since, restarted) -> None:
    """Whether all of them were made by the wrong clock, or only the answers were written again by it."""
    builders.ready(office, publication=Publication((BASE,), folder=str(tmp_path)))
    builders.approved(office)
    if since == "the start":
        office.clock.advance(days=1)
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    if since == "a running process":
        office.clock.advance(days=1)
        list(task.run_due())
    put_right(office)
    if restarted:
        task = CaTask(office.domain, office.server, builders.no_password)
        list(task.start())
    else:
        list(task.run_due())
    assert publishing.find_list(office.domain, office.actor(), 1).this_update <= office.clock()
    (published,) = tmp_path.glob("*.crl")
    assert x509.load_der_x509_crl(published.read_bytes()).last_update_utc <= office.clock()
    (answer,) = tmp_path.glob("*-ocsp/*.ors")
    assert says(answer).this_update_utc <= office.clock()
    assert says(answer).certificates[0].not_valid_before_utc <= office.clock()
