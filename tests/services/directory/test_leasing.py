"""One server process per server."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import datetime, timedelta

import pytest

from dominoadmin.errors import Error
from dominoadmin.services.directory import leasing
from tests import builders
from tests.builders import sql

PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from dominoadmin import application
    from dominoadmin.services.directory import leasing
    domain = application.open_domain(Path({root!r}), {{"DOMINOADMIN_KEYCHAIN": "none"}})
    lease = leasing.take(domain, {server!r})
    print("taken", flush=True)
    sys.stdin.readline()
    lease.end()
    """
)


@pytest.fixture
def other(office):
    """A process that runs the server."""
    program = PROGRAM.format(root=str(office.root), server=office.server.name)
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "taken\n"
    row = sql(office, "SELECT * FROM leases")[0]
    office.clock.now = datetime.fromisoformat(row["since"])
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_told_who_runs_the_server_and_since_when(office, other) -> None:
    since = office.clock().astimezone()
    with pytest.raises(Error) as refusal:
        leasing.take(office.domain, office.server.name)
    text = str(refusal.value)
    assert text.startswith(f"Server1/MyCompany/US has been run by process {other.pid} on ")
    assert text.endswith(f" since {since:%Y-%m-%d %H:%M:%S}.")
    assert leasing.holder(office.domain, office.server.name).process == other.pid


def test_a_lease_that_was_given_back_is_free(office, other) -> None:
    other.communicate("\n")
    assert leasing.holder(office.domain, office.server.name) is None
    leasing.take(office.domain, office.server.name).end()


def test_a_killed_process_is_taken_over_at_once(office, other) -> None:
    other.kill()
    other.wait()
    assert leasing.holder(office.domain, office.server.name) is None
    lease = leasing.take(office.domain, office.server.name)
    assert leasing.holder(office.domain, office.server.name) == lease.record


def test_a_process_on_another_machine_is_waited_for_a_minute(office) -> None:
    lease = leasing.take(office.domain, office.server.name)
    sql(office, "UPDATE leases SET host = 'elsewhere', process = 1")
    office.clock.advance(seconds=59)
    with pytest.raises(Error, match="on elsewhere since"):
        leasing.take(office.domain, office.server.name)
    office.clock.advance(seconds=1)
    taken = leasing.take(office.domain, office.server.name)
    with pytest.raises(Error, match="Another process has taken over this server"):
        lease.renew()
    lease.end()  # what is no longer ours stays
    assert leasing.holder(office.domain, office.server.name) == taken.record


def test_a_process_of_another_user_is_alive(office, monkeypatch) -> None:
    leasing.take(office.domain, office.server.name)
    sql(office, "UPDATE leases SET process = 1")

    def forbidden(*_given: int) -> None:
        raise PermissionError

    monkeypatch.setattr(leasing.os, "kill", forbidden)
    with pytest.raises(Error, match="has been run by process 1"):
        leasing.take(office.domain, office.server.name)


def test_a_lease_is_renewed_every_ten_seconds(office) -> None:
    lease = leasing.take(office.domain, office.server.name)
    renewed = lease.record.renewed_at
    office.clock.advance(seconds=9)
    lease.renew()
    assert lease.record.renewed_at == renewed
    office.clock.advance(seconds=1)
    lease.renew()
    assert lease.record.renewed_at == renewed + timedelta(seconds=10)
    assert lease.record.since == renewed
    sql(office, "DELETE FROM leases")
    office.clock.advance(seconds=10)
    with pytest.raises(Error, match="Another process has taken over this server"):
        lease.renew()


def test_a_server_renews_its_lease_and_gives_it_back(office) -> None:
    running = builders.server(office)
    with pytest.raises(Error, match="has been run by process"):
        builders.server(office)
    office.clock.advance(seconds=50)
    assert list(running.pump()) == []
    office.clock.advance(seconds=50)
    with pytest.raises(Error, match="has been run by process"):
        builders.server(office)
    list(running.stop())
    list(builders.server(office).stop())


def test_who_has_lost_the_server_writes_no_certificate(office) -> None:
    from dominoadmin.services.requests.issuing import IssuingAuthority

    builders.ready(office)
    number = builders.approved(office)
    lease = leasing.take(office.domain, office.server.name)
    ours = builders.authority(office)
    authority = IssuingAuthority(office.domain, ours._server, ours._vault, ours._certifier, lease.still_ours)
    builders.sql(office, "UPDATE leases SET holder = 'somebody else'")

    with pytest.raises(Error, match="Another process has taken over this server"):
        authority.issue_approved()
    assert builders.state(office, number) == "Approved"
    assert builders.certificates(office) == []
