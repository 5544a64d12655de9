"""The Server document was altered with SQL: what does not depend on it works, the rest refuses, and the remedy is named."""

from __future__ import annotations

import json
import shutil

import pytest

from dominoadmin import application
from dominoadmin.errors import Refused, Tampered
from dominoadmin.services.audit import repairing
from dominoadmin.services.identities import identifying, renewing
from tests import builders
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD, SERVER_PASSWORD

REMEDY = "dominoadmin store check --repair BACKUP"


def forge(office, **fields) -> None:
    (row,) = sql(office, "SELECT name, fields FROM directory WHERE kind = 'server'")
    sql(office, "UPDATE directory SET fields = ? WHERE name = ?", json.dumps({**json.loads(row["fields"]), **fields}), row["name"])


def start(office):
    identity = identifying.open_id(office.domain, office.root / "server.id", SERVER_PASSWORD)
    return application.start_server(office.domain, identity, builders.no_password)


@pytest.fixture
def forged(office):
    """A domain with an approved request, a backup of its store, and a Server document that was altered."""
    builders.certifier(office)
    builders.database(office, processing="automatic")
    builders.approved(office)
    sql(office, "PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(office.domain.directory.store, office.root / "backup.db")
    forge(office, host_name="evil.example.com", run_unrestricted=["CN=Rob Ra/O=MyCompany/C=US"])
    return office


def test_the_server_starts_and_tells_what_does_not_work_and_why(forged) -> None:
    running = start(forged)
    lines = builders.said([*running.begin(), *running.pump()])
    told = [line for line in lines.splitlines() if "(directory CN=Server1/O=MyCompany/C=US)" in line]
    assert told, lines
    assert any(REMEDY in line for line in told), lines
    assert dict(running.host.running()).keys() == {"ca", "adminp"}, "no port is opened by it"
    list(running.stop())


@pytest.mark.parametrize("file", ["rob-ra.id", "gone.id", "ann-admin.id", "cert.id", "/dev/null", ""])
def test_the_id_of_the_server_is_found_whatever_file_the_document_names(office, file: str) -> None:
    """Otherwise the server would not start, and say that the file is missing or the password wrong."""
    forge(office, id_file=file)
    assert identifying.server_id(office.domain) == office.root / "server.id"
    (office.root / "server.id").unlink()
    assert identifying.server_id(office.domain) == office.domain.directory.file(file or "server.id")


def test_the_id_of_the_server_is_found_after_it_was_renewed(office) -> None:
    renewing.renew_server(office.domain, office.certifier, office.server, SERVER_PASSWORD)
    forge(office, id_file="server.id")
    assert identifying.server_id(office.domain) == office.root / "server-2.id"


def test_the_certifier_issues_and_revokes(forged) -> None:
    running = start(forged)
    lines = builders.said([*running.begin(), *running.pump()])
    assert f"Certificate issued for request 1 by {builders.CA_NAME}" in lines
    assert "CRL number 1 (regular)" in lines
    assert builders.view(forged, 1).request.pulled_at is None, "nothing is done by who may run unrestricted"
    list(running.stop())


def test_http_refuses_and_works_again_after_the_repair(forged) -> None:
    running = start(forged)
    list(running.begin())
    said = builders.said(list(running.console.execute("load http")))
    assert "(directory CN=Server1/O=MyCompany/C=US) is not the one that was signed" in said
    assert REMEDY in said
    repairing.repair(forged.domain, forged.ann, forged.root / "backup.db")
    assert "HTTP Server" in builders.said(list(running.console.execute("load http")))
    assert "http" in dict(running.host.running())
    list(running.stop())


def test_a_server_that_runs_goes_on(office) -> None:
    builders.certifier(office)
    builders.database(office)
    running = start(office)
    list(running.begin())
    forge(office, host_name="evil.example.com")
    number = builders.approved(office)
    assert f"Certificate issued for request {number}" in builders.said(list(running.pump()))
    assert REMEDY in builders.said(list(running.console.execute("tell http restart")))
    assert "http" in dict(running.host.running()), "with what it has read before"
    list(running.stop())


def test_another_certificate_in_it_opens_no_id(forged) -> None:
    """What is compared with the ID has to be the same, whatever else was altered."""
    sql(forged, "UPDATE directory SET chain = (SELECT chain FROM directory WHERE name LIKE 'CN=Ann%') WHERE kind = 'server'")
    with pytest.raises((Tampered, Refused)):
        start(forged)


@pytest.mark.parametrize("statement", ["DELETE FROM directory WHERE kind = 'server'", "UPDATE directory SET kind = 'person' WHERE kind = 'server'"])
def test_no_server_starts_without_its_document(forged, statement: str) -> None:
    sql(forged, statement)
    with pytest.raises((Tampered, Refused)):
        start(forged)


def test_a_person_whose_document_was_altered_does_not_log_in(office) -> None:
    sql(office, "UPDATE directory SET fields = '{}' WHERE name LIKE 'CN=Ann%'")
    with pytest.raises(Tampered):
        identifying.open_id(office.domain, office.root / "ann-admin.id", ADMIN_PASSWORD)
