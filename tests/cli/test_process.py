"""The program as a process among others: pipes, signals, umask, core files, odd locales, its arguments."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests import builders
from tests.builders import DATABASE, csr
from tests.cli.commands import PASSWORDS, PROGRAM, Desk, read_until


def test_the_exit_codes_are_0_1_and_2(ready: Desk) -> None:
    assert ready.process("certifier", "list").code == 0
    assert ready.process("certifier", "show", "Nobody").refusal()
    done = ready.process("certifier", "frob")
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


@pytest.mark.parametrize("line", ["certifier show 'MyCompany CA' --json", "--help", "audit list", "request list"])
def test_a_reader_that_goes_away_is_nothing_wrong(ready: Desk, line: str) -> None:
    command = f"set -o pipefail; {' '.join(PROGRAM)} {line} | true"
    for unbuffered in ("", "1"):
        environment = {**ready.environment, "PYTHONUNBUFFERED": unbuffered}
        done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_answer_that_cannot_be_written_is_a_sentence(ready: Desk) -> None:
    with Path("/dev/full").open("wb") as full:
        for line in (("certifier", "list"), ("--json", "audit", "list")):
            done = subprocess.run([*PROGRAM, *line], env=ready.environment, stdout=full, stderr=subprocess.PIPE, check=False)
            assert done.returncode == 1
            assert done.stderr == b"dominoadmin: The command succeeded, but its output cannot be written: no space left on device.\n"


def test_closed_standard_streams_are_no_crash(ready: Desk) -> None:
    for closing in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        done = ready.process_of(["bash", "-c", f'exec "$@" {closing}', "_", *PROGRAM, "certifier", "list"])
        assert done.code == 0, (closing, done)
        assert not done.err


def test_odd_locales_and_odd_bytes_are_no_crash(office, ready: Desk) -> None:
    ready.ok("certifier", "register", "--common-name", "Größe CA", "--encrypt-with", "server-id", signed="admin")
    for environment in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        done = ready.process("certifier", "list", **environment)
        assert (done.code, done.err) == (0, ""), done
        done = ready.process("certifier", "show", "Größe", **environment)
        assert done.refusal()
    for noun in (["certifier", "show"], ["request", "list", "--database"], ["id", "show", "--id"], ["--data"]):
        done = subprocess.run([*PROGRAM, *noun, b"\xff\xfe\x80"], env=ready.environment, capture_output=True, check=False)
        assert done.returncode in (1, 2)
        assert b"Traceback" not in done.stderr


def test_ctrl_c_in_the_middle_of_a_command_is_130(ready: Desk) -> None:
    process = ready.start("request", "approve", "1", "--id-password-file", "-", start_new_session=True)
    time.sleep(1.5)  # it waits for the password
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "dominoadmin: cancelled\n")


def test_ctrl_c_at_any_early_moment_shows_no_traceback_of_ours(ready: Desk) -> None:
    for delay in (0.15, 0.3, 0.45, 0.6):
        process = ready.start("certifier", "register", "--common-name", "X CA", "--encrypt-with", "server-id", "--key",
                              "rsa-4096", "--id-password-file", ready.password("admin"), start_new_session=True)  # fmt: skip
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert process.returncode in (0, 130, -signal.SIGINT)
        assert "dominoadmin/cli" not in err, err
        if process.returncode == 0:
            break


def test_no_core_file_and_private_files_whatever_the_shell_says(ready: Desk) -> None:
    line = 'umask 000; ulimit -c unlimited; exec "$@"'
    process = subprocess.Popen(
        ["bash", "-c", line, "_", *PROGRAM, "console", "--server-password-file", ready.password("server")],
        env=ready.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        process.stdin.write("load ca\n")
        process.stdin.flush()
        read_until(process, "is active")
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        status = Path(f"/proc/{process.pid}/status").read_text()
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    finally:
        process.communicate("quit\n", timeout=20)
    assert [row.split()[4:6] for row in limits.splitlines() if row.startswith("Max core file size")] == [["0", "0"]]
    assert "Umask:\t0077" in status
    assert not any(password.encode() in arguments for password in PASSWORDS.values())
    registered = subprocess.run(
        ["bash", "-c", 'umask 000; exec "$@"', "_", *PROGRAM, "person", "register", "--name", "Bob Ra", "--password-file",
         ready.password("rob"), "--id-password-file", ready.password("admin")],
        env=ready.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert registered.returncode == 0, registered
    assert stat.S_IMODE((ready.data / "bob-ra.id").stat().st_mode) == 0o600


def test_files_for_others_to_read_are_private_too(office, ready: Desk) -> None:
    builders.approved(office)
    builders.authority(office).issue_approved()
    out = ready.folder / "leaf.pem"
    ready.ok("icl", "show", ready.json("icl", "list")[0]["serial"], "--out", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "already exists." in ready.refused("icl", "show", ready.json("icl", "list")[0]["serial"], "--out", out)
    for wrong in (ready.folder / "no" / "leaf.pem", "x" * 300, ""):
        assert ready.refused("icl", "show", ready.json("icl", "list")[0]["serial"], f"--out={wrong or ready.folder}")


def test_two_processes_may_work_on_one_domain_at_once(ready: Desk) -> None:
    files = [ready.file(f"r{number}.pem", csr(f"www{number}.example.com")) for number in range(4)]
    started = [ready.start("request", "submit", "--database", DATABASE, "--csr", file) for file in files]
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * 4
    assert [row["id"] for row in ready.json("request", "list")] == [1, 2, 3, 4]
    assert ready.ok("audit", "verify").startswith("The audit log is intact")


def test_a_password_file_may_be_a_pipe(ready: Desk) -> None:
    reading, writing = os.pipe()
    os.write(writing, PASSWORDS["admin"].encode() + b"\n")
    os.close(writing)
    line = [*PROGRAM, "certifier", "register", "--common-name", "X CA", "--encrypt-with", "server-id", "--id-password-file",
            f"/dev/fd/{reading}"]  # fmt: skip
    done = subprocess.run(line, env=ready.environment, capture_output=True, text=True, pass_fds=[reading], check=False)
    os.close(reading)
    assert (done.returncode, done.stderr) == (0, "")
