"""The Administration Process: policies, automatic databases, mail; and its task."""

from __future__ import annotations

import socket
import time

import pytest

from dominoadmin.errors import Refused
from dominoadmin.services.directory import mailing, server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import Relay
from dominoadmin.services.domain import Actor
from dominoadmin.services.processes import adminp
from dominoadmin.services.requests import submitting
from dominoadmin.tasks.adminp import AdminpTask
from tests import builders
from tests.builders import CA_NAME, sql

# The technote's note to step 13, word for word.
EXPLANATION = (
    'The person who has been designated as an RA must appear in the list of people who can "Run unrestricted methods and '
    'operations" in the Administration Server\'s Server document. If you do not set this field properly, the agents in the '
    "Certificate Requests database are unable to run."
)


def process(office) -> list[str]:
    return list(adminp.process(office.domain, Actor.of(office.server)))


def automatic(office, **fields) -> None:
    builders.certifier(office)
    builders.database(office, processing="automatic", **fields)
    process(office)


def test_a_new_certifiers_policy_is_published_once(office) -> None:
    builders.certifier(office)
    assert process(office) == [f"Store CA Policy Information in the Domino Directory: {CA_NAME}"]
    assert builders.record(office).published_at == office.clock()
    assert ("policy published", CA_NAME) in builders.actions(office)
    assert process(office) == []


def test_a_tampered_certifier_is_not_published_and_the_next_one_is(office) -> None:
    builders.certifier(office)
    builders.certifier(office, "Other CA")
    sql(office, "UPDATE configurations SET document = x'00' WHERE certifier_id = 1")
    first, second = process(office)
    assert first.startswith(f"{CA_NAME}: ")
    assert "cannot be read" in first
    assert second.endswith("CN=Other CA/O=MyCompany")


def test_an_automatic_database_submits_and_pulls_by_itself(office) -> None:
    automatic(office)
    for number in range(3):
        builders.received(office, f"host{number}.example.com")
    assert process(office) == ["certreq.nsf: Successfully submitted 3 request(s) to the Administration Process"]
    builders.approve(office.domain, office.ann, [1, 2])
    builders.reject(office.domain, office.ann, [3], "No.")
    assert process(office) == ["certreq.nsf: Successfully pulled 1 request(s) from the Administration Process"]
    builders.load_ca(office)
    assert process(office)[1:] == ["certreq.nsf: Successfully pulled 2 request(s) from the Administration Process"]
    assert process(office) == []
    assert len(mailing.memos(office.domain)) == 3
    assert all(builders.view(office, number).request.pulled_at for number in (1, 2, 3))


def test_a_manual_database_waits_for_somebody(office) -> None:
    builders.ready(office)
    process(office)
    builders.received(office)
    assert process(office) == []
    assert builders.state(office, 1) == "Pending Submission"


def test_without_the_right_to_run_unrestricted_the_technote_explains(office) -> None:
    automatic(office)
    builders.received(office)
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Rob Ra",)))
    assert process(office) == [f"certreq.nsf: {EXPLANATION}"]
    assert builders.state(office, 1) == "Pending Submission"
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Rob Ra", "Ann Admin")))
    assert process(office) == ["certreq.nsf: Successfully submitted 1 request(s) to the Administration Process"]


def test_another_server_leaves_it_to_the_transfer_server(office) -> None:
    automatic(office, transfer_server="Server1")
    builders.received(office)
    builders.signed(office, "UPDATE databases SET server = 'CN=Server2/O=MyCompany/C=US', fields = replace(fields, 'CN=Server1', 'CN=Server3')")
    assert process(office) == []


def test_a_database_of_a_tampered_certifier_does_not_stop_the_others(office) -> None:
    automatic(office)
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA", processing="automatic")
    builders.received(office)
    builders.received(office, file="other.nsf")
    process(office)
    builders.received(office)
    builders.received(office, file="other.nsf")
    sql(office, "UPDATE configurations SET document = x'00' WHERE certifier_id = 1")
    first, second = process(office)
    assert first == "certreq.nsf: A signed document in the store cannot be read."
    assert second == "other.nsf: Successfully submitted 1 request(s) to the Administration Process"


def task(office) -> AdminpTask:
    return AdminpTask(office.domain, office.server)


def test_the_task_works_every_few_seconds(office) -> None:
    automatic(office)
    running = task(office)
    assert (running.title, running.status()) == ("Administration Process", ["Idle"])
    assert list(running.start()) == []
    builders.received(office)
    assert list(running.run_due()) == []
    office.clock.advance(seconds=5)
    assert list(running.run_due()) == ["certreq.nsf: Successfully submitted 1 request(s) to the Administration Process"]
    running.stop()


def test_an_explanation_is_given_once_and_again_when_it_is_needed_again(office) -> None:
    automatic(office)
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=()))
    builders.received(office)
    running, said = task(office), []
    for _ in range(4):
        said += running.run_due()
        office.clock.advance(seconds=5)
    assert said == [f"certreq.nsf: {EXPLANATION}"]
    assert list(running.tell("process all"))[1:] == said  # reported to those who ask
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Ann Admin",)))
    assert len(list(running.run_due())) == 1
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=()))
    builders.received(office)
    office.clock.advance(seconds=5)
    assert list(running.run_due()) == said


@pytest.mark.parametrize("which", ["all", "new", "interval", "daily", "delayed", "ALL"])
def test_the_passes_of_the_fact_sheet_are_understood(office, which: str) -> None:
    builders.certifier(office)
    first, second = task(office).tell(f"process {which}")
    assert first == "Searching Administration Requests database"
    assert second.endswith(CA_NAME)


def test_other_commands_are_refused_without_repeating_them(office) -> None:
    assert list(task(office).tell("help")) == list(task(office).tell(""))
    with pytest.raises(Refused) as refusal:
        list(task(office).tell("procss all secret"))
    assert str(refusal.value) == "The Administration Process does not know the command procss."


def test_a_relay_that_hangs_keeps_nobody_waiting(office, monkeypatch) -> None:
    monkeypatch.setattr(mailing, "_TIMEOUT", 1.0)
    builders.ready(office)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        relay = Relay("127.0.0.1", silent.getsockname()[1], False, "ca@example.com")
        server_documents.change(office.domain, office.actor(), "", ServerChange(relay=relay))
        builders.approved(office, applicant="rob@example.com")
        builders.load_ca(office)
        submitting.pull(office.domain, office.actor(), [1])
        running = task(office)
        started = time.monotonic()
        list(running.start())
        assert time.monotonic() - started < 0.9
        running.stop()
        assert running._mail._thread.is_alive() is False
        (line,) = running.run_due()
    assert line.startswith("Mail to rob@example.com is delayed: The relay is not available: 127.0.0.1:")


def test_whoever_asks_for_a_pass_sees_the_mail_go(office) -> None:
    builders.ready(office)
    process(office)
    relay = Relay("127.0.0.1", 1, False, "ca@example.com")
    server_documents.change(office.domain, office.actor(), "", ServerChange(relay=relay))
    builders.approved(office, applicant="rob@example.com")
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [1])
    *_others, line = task(office).tell("process all")
    assert line.startswith("Mail to rob@example.com is delayed")


def test_a_store_that_fails_while_mail_goes_is_told(office) -> None:
    running = task(office)
    sql(office, "UPDATE directory SET fields = '{' WHERE kind = 'server'")
    running._mail.begin()
    running._mail.wait()
    running._mail.wait()
    (line,) = running._mail.told()
    assert line == "A row in the store (DirectoryEntry CN=Server1/O=MyCompany/C=US: fields) cannot be read: it was altered."
