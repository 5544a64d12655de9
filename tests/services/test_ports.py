"""Which ports a new server gets."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dominoadmin.services import ports

PROGRAM = """
import os
from dominoadmin.services import ports
os.setuid(65534)
found = ports.proposed()
print(found.http, found.ssl, found.reason)
"""


def first_free_for_all() -> int:
    setting = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    return int(setting.read_text()) if setting.exists() else 1024


def taken(port: int = 0) -> socket.socket:
    listener = socket.create_server(("", port))
    listener.listen()
    return listener


def test_a_port_that_is_taken_is_said_to_be():
    with taken() as listener:
        port = listener.getsockname()[1]
        assert ports.why_not(port) == f"Another program listens on port {port}."
    assert ports.why_not(port) == ""


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
@pytest.mark.skipif(first_free_for_all() <= 80, reason="everybody may listen on port 80 here")
def test_who_may_not_use_80_and_443_gets_8080_and_8443_and_the_reason():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert "Only the system's administrator may listen on port 80." in done.stdout
    assert 8080 <= int(done.stdout.split()[0]) < int(done.stdout.split()[1])


def test_both_ports_can_be_taken_at_once():
    found = ports.proposed()
    assert found.http != found.ssl
    assert (found.http, found.ssl) == (80, 443) or found.http >= 8080
    assert "80" in found.reason


def test_a_refusal_is_told_apart_from_a_taken_port():
    assert ports._sentence(OSError(errno.EACCES, "x"), 80) == "Only the system's administrator may listen on port 80."


def test_the_next_free_port_is_found_beside_taken_ones():
    with taken() as listener:
        port = listener.getsockname()[1]
        found = ports._next_free(port, (port + 1,))
        assert found > port + 1
