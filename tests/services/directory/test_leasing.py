"""One server process per server."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from datetime import datetime, timedelta

import pytest

from dominoadmin.errors import Cancelled, Error
from dominoadmin.services.directory import leasing
from dominoadmin.services.progress import Progress
from tests import builders
from tests.builders import sql

PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from dominoadmin import application
    from dominoadmin.services.directory import leasing
    domain = application.open_domain(Path({root!r}), {{"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"}})
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


AHEAD = textwrap.dedent(
    """
    import sys
    from datetime import timedelta
    from pathlib import Path
    from dominoadmin import application
    from dominoadmin.errors import Error
    from dominoadmin.services.directory import leasing
    from dominoadmin.services.domain import system_clock
    leasing.RENEW_EVERY, leasing._ENDS_AFTER = timedelta(seconds=1), timedelta(seconds=3)
    ahead = timedelta(days={days})
    domain = application.open_domain(Path({root!r}), {{"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"}}, lambda: system_clock() + ahead)
    try:
        lease = leasing.take(domain, {server!r})
        lease.keep_alive()
        print("taken", flush=True)
    except Error:
        print("refused", flush=True)
    sys.stdin.readline()
    """
)
FORGED = "UPDATE leases SET host = 'elsewhere', process = 1, since = '2030-01-01T00:00:00Z', renewed_at = '2030-01-01T00:00:00Z'"


def running(office, days: int = 0) -> subprocess.Popen:
    program = AHEAD.format(root=str(office.root), server=office.server.name, days=days)
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def brief(monkeypatch) -> None:
    """Leases of three seconds."""
    monkeypatch.setattr(leasing, "_ENDS_AFTER", timedelta(seconds=3))


def test_a_lease_of_the_future_is_believed_for_its_own_length_and_then_taken_over(office, brief) -> None:
    before = leasing.take(office.domain, office.server.name)
    sql(office, FORGED)
    started = time.monotonic()
    taken = leasing.take(office.domain, office.server.name)
    assert 3 <= time.monotonic() - started < 10
    assert leasing.holder(office.domain, office.server.name) == taken.record
    assert taken.record.renewed_at == office.clock()
    office.clock.advance(seconds=10)
    with pytest.raises(Error, match="Another process has taken over this server"):
        before.renew()


def test_a_view_believes_a_lease_of_the_future_no_longer_than_that(office, brief) -> None:
    leasing.take(office.domain, office.server.name)
    sql(office, FORGED)
    assert leasing.holder(office.domain, office.server.name).host == "elsewhere"
    time.sleep(1.5)
    sql(office, "UPDATE leases SET renewed_at = '2030-01-01T00:00:10Z'")  # it is alive
    time.sleep(2)
    assert leasing.holder(office.domain, office.server.name).host == "elsewhere"
    time.sleep(3.1)
    assert leasing.holder(office.domain, office.server.name) is None


def test_a_process_that_is_alive_keeps_its_server_however_wrong_its_clock_is(office, brief) -> None:
    with running(office, days=1) as other:
        try:
            assert other.stdout.readline() == "taken\n"
            office.clock.now = datetime.now(office.clock.now.tzinfo)
            with pytest.raises(Error, match=f"has been run by process {other.pid}"):
                leasing.take(office.domain, office.server.name)
        finally:
            other.kill()


def test_of_two_that_wait_for_a_forged_lease_one_gets_the_server(office) -> None:
    leasing.take(office.domain, office.server.name)
    sql(office, FORGED)
    with running(office) as one, running(office) as other:
        try:
            assert {one.stdout.readline(), other.stdout.readline()} == {"taken\n", "refused\n"}
        finally:
            one.kill()
            other.kill()


def test_a_dead_process_of_this_computer_is_not_waited_for_whatever_its_clock_said(office) -> None:
    with running(office, days=1) as other:
        assert other.stdout.readline() == "taken\n"
        other.kill()
    started = time.monotonic()
    leasing.take(office.domain, office.server.name)
    assert time.monotonic() - started < 2


def test_who_waits_is_told_why_and_may_give_up(office) -> None:
    class Impatient(Progress):
        def step(self, text: str) -> None:
            raise Cancelled(text)

    leasing.take(office.domain, office.server.name)
    sql(office, FORGED)
    with pytest.raises(Cancelled, match="The lease on Server1/MyCompany/US is dated in the future"):
        leasing.take(office.domain, office.server.name, Impatient())
    assert sql(office, "SELECT host FROM leases")[0]["host"] == "elsewhere"


def test_a_lease_is_renewed_at_once_when_the_clock_is_put_back(office) -> None:
    lease = leasing.take(office.domain, office.server.name)
    office.clock.advance(days=-1)
    lease.renew()
    assert lease.record.renewed_at == office.clock()
    assert leasing.holder(office.domain, office.server.name) == lease.record


def test_a_lease_that_nobody_can_read_is_nobodys(office) -> None:
    """Nothing brings it back, and the server could not be started any more."""
    leasing.take(office.domain, office.server.name)
    sql(office, "UPDATE leases SET renewed_at = 'never'")
    assert leasing.holder(office.domain, office.server.name) is None
    leasing.take(office.domain, office.server.name).renew()
