"""Servers, people, databases and facts that were changed behind the program: nothing is done by them (design: attack 12)."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.directory import mailing, server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import Relay
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import administrators, identifying
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.services.processes import adminp
from dominoadmin.services.requests import databases, submitting
from dominoadmin.tasks.adminp import AdminpTask
from tests import builders
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD
from tests.services.directory.test_mailing import Postman, configure, issued, relay

TOLD = r"A row of the store \(.*\) is not the one that was signed"
EVE = "CN=Eve/O=MyCompany/C=US"


def forge_server(office, **fields) -> None:
    """Change fields of the Server document behind the program."""
    (row,) = sql(office, "SELECT name, fields FROM directory WHERE kind = 'server'")
    sql(office, "UPDATE directory SET fields = ? WHERE name = ?", json.dumps({**json.loads(row["fields"]), **fields}), row["name"])


def forge_person(office) -> None:
    sql(office, "INSERT INTO directory SELECT ?, kind, chain, fields, created_at FROM directory WHERE name LIKE 'CN=Rob%'", EVE)


def test_no_server_works_by_a_document_that_nobody_signed(office) -> None:
    """What does not need it works: see tests/tasks/test_altered_server_document.py."""
    forge_server(office, run_unrestricted=["CN=Rob Ra/O=MyCompany/C=US"])
    running = builders.server(office)
    assert re.search(TOLD, running.problem)
    assert re.search(TOLD, "".join(running.console.execute("load http")))
    assert "http" not in dict(running.host.running())
    list(running.stop())


@pytest.mark.parametrize("fact", ["organization", "server", "administrator", "domain_id"])
def test_no_server_starts_by_a_fact_that_nobody_signed(office, fact: str) -> None:
    sql(office, "UPDATE domain SET value = value || 'x' WHERE key = ?", fact)
    with pytest.raises(Tampered, match=TOLD):
        builders.server(office)


def test_a_changed_document_is_not_made_genuine_by_the_next_change(office) -> None:
    forge_server(office, run_unrestricted=["CN=Rob Ra/O=MyCompany/C=US"])
    with pytest.raises(Tampered, match=TOLD):
        server_documents.change(office.domain, office.actor(), "", ServerChange(host_name="other.example.com"))
    assert server_documents.show(office.domain).host_name == "server1.example.com"


def test_a_person_whom_nobody_registered_gets_no_role(office) -> None:
    builders.certifier(office)
    forge_person(office)
    with pytest.raises(Tampered, match=TOLD):
        builders.certifier(office, "Other CA", ras=(EVE,))
    begun = modifying.begin(office.domain, office.actor(), 1)
    with pytest.raises(Tampered, match=TOLD):
        modifying.save(office.domain, office.ann, replace(begun, caas=(*begun.caas, EVE)))
    with pytest.raises(Tampered, match=TOLD):
        server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Eve",)))


def test_nobody_logs_in_by_a_document_that_was_changed(office) -> None:
    sql(office, "UPDATE directory SET fields = '{}' WHERE name LIKE 'CN=Ann%'")
    with pytest.raises(Tampered, match=TOLD):
        identifying.open_id(office.domain, office.root / "ann-admin.id", ADMIN_PASSWORD)


def process(office) -> list[str]:
    return list(adminp.process(office.domain, Actor.of(office.server)))


@pytest.mark.parametrize(("before", "after"), [("manual", "automatic"), ("automatic", "manual")])
def test_no_request_moves_by_a_processing_method_that_nobody_chose(office, before: str, after: str) -> None:
    builders.certifier(office)
    builders.database(office, processing=before)
    process(office)
    number = builders.received(office)
    sql(office, "UPDATE databases SET fields = replace(fields, ?, ?)", before, after)
    (line,) = process(office)
    assert line.startswith("certreq.nsf: A row of the store (databases certreq.nsf) is not the one that was signed")
    assert builders.state(office, number) == "Pending Submission"


def test_no_agent_runs_by_the_word_of_somebody_without_an_id(office) -> None:
    builders.certifier(office)
    builders.database(office, processing="automatic")
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=()))
    process(office)
    number = builders.received(office)
    forge_server(office, run_unrestricted=[office.ann.name])
    task = AdminpTask(office.domain, office.server)
    (line,) = task.start()
    assert "is not the one that was signed" in line
    office.clock.advance(minutes=1)
    assert list(task.run_due()) == [], "it is told once"
    task.stop()
    assert builders.state(office, number) == "Pending Submission"


def test_a_changed_database_takes_no_requests_and_is_not_made_genuine(office) -> None:
    builders.ready(office)
    sql(office, "UPDATE databases SET fields = replace(fields, '\"days\": 0', '\"days\": 100')")
    with pytest.raises(Tampered, match=TOLD):
        submitting.take_in(office.domain, office.actor(), builders.DATABASE, submitting.Submission(builders.csr()))
    with pytest.raises(Tampered, match=TOLD):
        databases.configure(office.domain, office.actor(), builders.DATABASE, databases.DatabaseConfiguration())


@pytest.fixture
def queued(office):
    """A memo to Eve, whose address the directory has."""
    person = identifying.PersonRequest("Eve", "purple monkey 4", mail_address="eve@example.com")
    identifying.register_person(office.domain, office.certifier, person)
    builders.ready(office)
    postman = Postman()
    with relay(postman) as port:
        configure(office, port)
        issued(office, "Eve")
        yield postman


def test_no_mail_goes_to_an_address_that_nobody_signed(office, queued) -> None:
    (row,) = sql(office, "SELECT fields FROM directory WHERE name = ?", EVE)
    sql(office, "UPDATE directory SET fields = replace(fields, 'eve@', 'mallory@') WHERE name = ?", EVE)
    (memo,) = mailing.deliver_due(office.domain, office.actor())
    assert (memo.relay_state, memo.attempts, queued.mails) == ("queued", 0, [])
    assert "is not the one that was signed" in memo.problem
    sql(office, "UPDATE directory SET fields = ? WHERE name = ?", row["fields"], EVE)
    office.clock.advance(hours=1)
    (memo,) = mailing.deliver_due(office.domain, office.actor())
    assert (memo.relay_state, queued.mails[0][1]) == ("sent", ["eve@example.com"])


def test_no_mail_goes_through_a_relay_that_nobody_signed(office, queued) -> None:
    mallory = Postman()
    with relay(mallory) as port:
        known = server_documents.show(office.domain).relay
        forge_server(office, relay=Relay("localhost", port, starttls=False, sender=known.sender).__dict__)
        with pytest.raises(Tampered, match=TOLD):
            mailing.deliver_due(office.domain, office.actor())
        task = AdminpTask(office.domain, office.server)
        said = [*task.tell("process all"), *task.tell("process all")]
        task.stop()
    assert len([line for line in said if "is not the one that was signed" in line]) == 1
    assert mallory.mails == queued.mails == []


def register(office, name: str = "Eve Ra") -> None:
    identifying.register_person(office.domain, office.certifier, PersonRequest(name, "another password 4"))


FORGED_ADMINISTRATORS = {
    "the first one": "UPDATE domain SET value = 'CN=Rob Ra/O=MyCompany/C=US' WHERE key = 'administrator'",
    "all of them": "INSERT INTO domain VALUES ('administrators', 'CN=Rob Ra/O=MyCompany/C=US')",
    "a person": "UPDATE directory SET created_at = '2020-01-01T00:00:00Z' WHERE name LIKE 'CN=Eve%'",
}


@pytest.mark.parametrize("what", FORGED_ADMINISTRATORS)
def test_nobody_becomes_an_administrator_by_the_signature_about_another_one(office, what: str) -> None:
    register(office)
    before = sql(office, "SELECT count(*) FROM audit")[0][0]
    sql(office, FORGED_ADMINISTRATORS[what])
    with pytest.raises(Tampered, match=TOLD):
        administrators.name_administrator(office.domain, office.certifier, "Eve Ra")
    assert sql(office, "SELECT count(*) FROM audit")[0][0] == before


def test_a_removed_administrator_does_not_come_back_with_the_row_that_names_all(office) -> None:
    register(office)
    administrators.name_administrator(office.domain, office.certifier, "Rob Ra")
    administrators.remove_administrator(office.domain, office.certifier, "Ann Admin")
    sql(office, "DELETE FROM domain WHERE key = 'administrators'")
    with pytest.raises(Tampered, match=TOLD):
        administrators.name_administrator(office.domain, office.certifier, "Eve Ra")


def test_nobody_is_registered_again_because_his_document_was_removed(office) -> None:
    """He would have two IDs that sign, and only the newer one could be revoked."""
    sql(office, "DELETE FROM directory WHERE name LIKE 'CN=Rob%'")
    (office.root / "rob-ra.id").unlink()
    with pytest.raises(Tampered, match=TOLD):
        register(office, "Rob Ra")
    assert not (office.root / "rob-ra.id").exists()
