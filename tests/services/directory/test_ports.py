"""The ports proposed for a new server."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

from dominoadmin.services.directory import ports

# Runs as a user who is not the administrator.
PROGRAM = """
import os
from dominoadmin.services.directory import ports
if hasattr(os, "getuid") and os.getuid() == 0:
    os.setuid(65534)
found = ports.proposed()
print(found.http, found.ssl, found.reason)
"""


REFUSAL = "Only the system administrator can listen on port 80."


class StrictSocket(socket.socket):
    """A socket of a system that reserves the ports below 1024 for its administrator, another user."""

    def bind(self, address):
        if address[1] < 1024:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        super().bind(address)


def first_free_for_all() -> int:
    """Return the lowest port that everybody may listen on; macOS and Windows reserve none on all addresses."""
    setting = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    return int(setting.read_text()) if setting.exists() else 0


def taken(port: int = 0) -> socket.socket:
    listener = socket.create_server(("", port))
    listener.listen()
    return listener


def test_a_port_that_is_taken_is_said_to_be():
    with taken() as listener:
        port = listener.getsockname()[1]
        assert ports.why_not(port) == f"Another program is listening on port {port}."
    assert ports.why_not(port) == ""


def test_who_may_not_use_80_and_443_gets_8080_and_8443_and_the_reason(monkeypatch):
    monkeypatch.setattr(socket, "socket", StrictSocket)
    found = ports.proposed()
    assert found.reason.startswith(REFUSAL)
    assert 8080 <= found.http < found.ssl


def test_the_system_itself_says_who_may_use_80_and_443():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    http, ssl = map(int, done.stdout.split()[:2])
    is_kept = first_free_for_all() > 80
    assert (REFUSAL in done.stdout) == is_kept
    assert 8080 <= http < ssl or (not is_kept and (http, ssl) == (80, 443))


def test_both_ports_can_be_taken_at_once():
    found = ports.proposed()
    assert found.http != found.ssl
    assert (found.http, found.ssl) == (80, 443) or found.http >= 8080
    assert "80" in found.reason


def test_a_refusal_is_told_apart_from_a_taken_port():
    assert ports._sentence(OSError(errno.EACCES, "x"), 80) == REFUSAL


def test_the_next_free_port_is_found_beside_taken_ones():
    with taken() as listener:
        port = listener.getsockname()[1]
        found = ports._next_free(port, (port + 1,))
        assert found > port + 1
