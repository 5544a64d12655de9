"""kill -9 while the CA process issues: nothing is lost, nothing is issued twice, no number is used twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from dominoadmin.services.audit import verifying
from tests import builders
from tests.builders import sql
from tests.conftest import SERVER_PASSWORD

PROGRAM = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from dominoadmin import application
    from dominoadmin.services.identities import identifying
    from dominoadmin.services.issuance import cycle
    from dominoadmin.services.requests import issuing
    from tests.builders import no_password

    def die(): os.kill(os.getpid(), signal.SIGKILL)

    def after(step, count=1):
        real, calls = getattr(cycle.Cycle, step), []
        def stepped(*given):
            result = real(*given)
            calls.append(1)
            if len(calls) == count:
                die()
            return result
        setattr(cycle.Cycle, step, stepped)

    issuing.BATCH = 4
    {before}
    root = Path({root!r})
    domain = application.open_domain(root, {{"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"}})
    server = application.start_server(domain, identifying.open_id(domain, root / "server.id", {password!r}), no_password)
    print("ready", flush=True)
    sys.stdin.readline()
    for line in server.console.execute("load ca"):
        print(line, flush=True)
    """
)


def start(office, before: str = "") -> subprocess.Popen[str]:
    program = PROGRAM.format(root=str(office.root), password=SERVER_PASSWORD, before=before)
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    process.stdin.write("\n")
    process.stdin.flush()
    return process


def prepared(office, count: int) -> None:
    builders.ready(office)
    # The program uses the machine's clock; the office's has been fixed since the tests began.
    ids = [builders.submitted(office, f"host{number}.example.com") for number in range(1, count + 1)]
    assert not any(outcome.problem for outcome in builders.approve(office.domain, office.ann, ids))


def live(office) -> list[int]:
    return [row["request_id"] for row in sql(office, "SELECT request_id FROM serials WHERE state IN ('reserved', 'intended')")]


def check_everything_issued_once(office, count: int) -> None:
    every = list(range(1, count + 1))
    assert [row["request_id"] for row in sql(office, "SELECT request_id FROM issued ORDER BY request_id")] == every
    issued = sql(office, "SELECT request_id FROM serials WHERE state = 'issued' AND request_id IS NOT NULL ORDER BY request_id")
    assert [row["request_id"] for row in issued] == every
    assert live(office) == []
    assert sql(office, "SELECT count(*) AS n FROM admin_requests WHERE state = 'Issued'")[0]["n"] == count
    journal = {row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM serials WHERE state = 'issued'")}
    for certificate in builders.certificates(office):
        assert f"{certificate.serial_number:x}" in journal
    intents = sql(office, "SELECT s.tbs, i.der FROM serials s JOIN issued i ON i.serial_hex = s.serial_hex")
    assert all(row["tbs"] in row["der"] for row in intents)
    audited = [object_ for action, object_ in builders.actions(office) if action == "certificate issued"]
    assert len(audited) == len(set(audited)) == count
    verifying.verify(office.domain, office.actor())


STEPS = {"_reserve": "reserved", "_intend": "intended", "_signed": "intended", "_keep_all": ""}


@pytest.mark.parametrize("step", sorted(STEPS))
def test_a_kill_after_each_step_of_the_cycle(office, step: str) -> None:
    prepared(office, 6)
    process = start(office, f"after({step!r})")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    states = {row["state"] for row in sql(office, "SELECT state FROM serials WHERE request_id IS NOT NULL")}
    assert states == {STEPS[step] or "issued"}
    kept = len(builders.certificates(office))
    assert kept == (4 if step == "_keep_all" else 0)
    said = builders.said(builders.load_ca(office))
    assert ("4 serial numbers of an interrupted run were voided" in said) == (step != "_keep_all")
    assert said.count("Certificate issued") == 6 - kept
    check_everything_issued_once(office, 6)
    void = sql(office, "SELECT count(*) AS n FROM serials WHERE state = 'void'")[0]["n"]
    assert void == (0 if step == "_keep_all" else 4)


@pytest.mark.slow
def test_kills_at_any_time(office) -> None:
    count, chance, deadline = 60, random.Random(7), time.monotonic() + 25
    prepared(office, count)
    kills = 0
    while kills < 10 and time.monotonic() < deadline:
        process = start(office)
        time.sleep(chance.uniform(0.0, 0.12))
        process.kill()
        shown = process.communicate()[0]
        kills += 1
        # Everything that the console has shown is on the disk.
        known = {row["request_id"] for row in sql(office, "SELECT request_id FROM issued")}
        for line in shown.splitlines():
            if "Certificate issued for request " in line:
                assert int(line.split("request ")[1].split()[0]) in known
    builders.load_ca(office)
    check_everything_issued_once(office, count)
