"""Types the README's tour into a shell, from top to bottom."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.outside.keychain_session import private_environment
from tests.source import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
HOST = "server1.example.com"


def tour() -> list[str]:
    """Return the shell blocks of the tour."""
    section = README.partition("## A tour of the command line\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def shell(tmp_path: Path):
    """Run one block in its own folder, where `dominoadmin` is this program."""
    folder, programs = tmp_path / "work", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    program = programs / "dominoadmin"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dominoadmin "$@"\n')
    program.chmod(0o755)
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/activate").write_text("")
    environment = private_environment(tmp_path / "home")
    environment["PATH"] = f"{programs}{os.pathsep}{environment['PATH']}"

    def run(block: str) -> str:
        done = subprocess.run(["bash", "-e", "-u", "-o", "pipefail", "-c", block], cwd=folder, env=environment, text=True,
                              capture_output=True, timeout=120, check=False)  # fmt: skip
        assert done.returncode == 0, (block, done)
        assert done.stderr == ""
        return done.stdout

    run.folder, run.environment = folder, environment
    return run


@pytest.mark.slow
def test_the_tour_works_as_it_is_written(shell) -> None:
    blocks = tour()
    http, ssl_port = free_port(), free_port()
    *before, serving = [block.replace("8080", str(http)).replace("8443", str(ssl_port)) for block in blocks]
    said = ""
    for block in before:
        said += shell(block.replace("PICKUP-ID", pickup_id(shell)) if "PICKUP-ID" in block else block)
    for text in (
        "The domain has been set up.", "Success. ", "Active: Yes", "Key Ring Created",
        "Successfully submitted 1 request(s) to the Administration Process", "1 request approved.",
        "Certificate issued for request 1", "Successfully pulled 1 request(s) from the Administration Process",
        "Certificate received into key ring",
    ):  # fmt: skip
        assert text in said, text
    mode = {path.name: path.stat().st_mode & 0o077 for path in shell.folder.glob("*.password")}
    assert set(mode.values()) == {0} and len(mode) == 3
    server, browser = serving.splitlines()[0], " ".join(serving.splitlines()[1:])
    assert server.startswith("dominoadmin server ") and server.endswith(" &")
    assert f"https://{HOST}:{ssl_port}/certreq.nsf" in browser
    page = served(shell, server.removesuffix(" &"), ssl_port)
    assert b"200 OK" in page and b"Accept This Authority In Your Browser" in page


def pickup_id(shell) -> str:
    (request,) = json.loads(shell("dominoadmin request list --json"))
    assert request["pickup_id"] in shell("dominoadmin mail show 1")
    return request["pickup_id"]


def served(shell, command: str, port: int) -> bytes:
    """Return the page of the browser's line, fetched by a client that trusts only the certifier."""
    root = json.loads(shell('dominoadmin --json certifier show "MyCompany CA"'))["certificate"]
    context = ssl.create_default_context(cadata=root)
    process = subprocess.Popen(command.split(), cwd=shell.folder, env=shell.environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    try:
        end = time.monotonic() + 20
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", port), 5)
                break
            except OSError:
                assert time.monotonic() < end and process.poll() is None
                time.sleep(0.1)
        with connection, context.wrap_socket(connection, server_hostname=HOST) as tls:
            tls.sendall(f"GET /certreq.nsf HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
            return b"".join(iter(lambda: tls.recv(65536), b""))
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_what_the_readme_says_about_exit_codes_and_the_data_folder_is_true(shell) -> None:
    assert "The exit code is 0 when it is done, 1 when it was refused" in " ".join(README.split())
    assert "`~/.local/share/dominoadmin`" in README
    done = subprocess.run(["dominoadmin", "certifier", "list"], env=shell.environment, capture_output=True, text=True,
                          check=False)  # fmt: skip
    home = shell.environment["HOME"]
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"dominoadmin: No domain was found in {home}/.local/share/dominoadmin.\n")
