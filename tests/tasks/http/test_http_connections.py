"""Slow, silent and too many clients, unavailable ports, and exhausted file descriptors."""

import errno
import gc
import os
import resource
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from dominoadmin.errors import Error
from dominoadmin.tasks.http import connections, protocol
from dominoadmin.tasks.http.connections import Admission, bind
from dominoadmin.tasks.http.listeners import Address, Listener
from tests.outside.web_office import HOST
from tests.tasks.http.test_http_guard import FORM, POST, request


def connect(port: int, timeout: float = 5.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def half_client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=HOST)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = outgoing.read()
    return hello[: len(hello) // 2]


def answers_at_once(running) -> None:
    started = time.monotonic()
    assert running.get("/healthz").status == 200
    secure = running.secure()
    secure.request("GET", "/healthz")
    assert secure.getresponse().read() == b"ok\n"
    secure.close()
    assert time.monotonic() - started < 5  # a stalled client would cost ten


def test_one_silent_client_stops_nobody(running):
    with connect(running.port), connect(running.ssl_port):
        answers_at_once(running)


def test_twenty_half_handshakes_stop_nobody(running):
    hello = half_client_hello()
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connect(running.ssl_port)).sendall(hello)
        until(lambda: running.task._admission.open >= 20)
        answers_at_once(running)


def test_twenty_slow_headers_and_bodies_stop_nobody(running):
    with ExitStack() as stack:
        for number in range(20):
            piece = request("GET / HTTP/1.1")[:-2] if number % 2 else request(POST, FORM, "Content-Length: 100", body="id=")
            stack.enter_context(connect(running.port)).sendall(piece)
        answers_at_once(running)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: ", b"HTTP/1.1 408 "),
        (request(POST, FORM, "Content-Length: 100", body="id="), b"HTTP/1.1 408 "),
    ],
)
def test_a_request_that_takes_too_long_is_hung_up_on(running, monkeypatch, caplog, sent, answer):
    monkeypatch.setattr(protocol, "RECEIVE_SECONDS", 0.4)
    started = time.monotonic()
    with connect(running.port) as client:
        client.sendall(sent)
        assert client.recv(13) == answer
        while client.recv(4096):
            pass
    assert 0.3 < time.monotonic() - started < 3
    running.task.stop()
    assert not caplog.records


@pytest.mark.parametrize("is_secure", [False, True])
def test_who_never_reads_the_answers_is_hung_up_on(running, monkeypatch, *, is_secure):
    """Two hundred such connections closed the pages, CRLs and OCSP to everybody, for ever."""
    monkeypatch.setattr(protocol, "TAKE_SECONDS", 0.5, raising=False)
    asked = request(f"GET /{'a' * 9000}.nsf HTTP/1.1", close=False) * 20
    with ExitStack() as stack:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(1)
        client.connect(("127.0.0.1", running.ssl_port if is_secure else running.port))
        if is_secure:
            client = running.trusting().wrap_socket(client, server_hostname=HOST)
        stack.enter_context(client)
        for _ in range(400):
            with suppress(OSError):
                client.sendall(asked)
                continue
            break  # it takes no more, as nobody takes its answers
        until(lambda: not running.task._admission.open)


def test_who_reads_slowly_gets_the_whole_answer(running, monkeypatch):
    monkeypatch.setattr(protocol, "TAKE_SECONDS", 0.5, raising=False)
    with connect(running.port) as client:
        client.sendall(request("GET /healthz HTTP/1.1", close=False) * 40 + request("GET /healthz HTTP/1.1"))
        received = b""
        while piece := client.recv(500):
            received += piece
            time.sleep(0.02)
    assert received.count(b"HTTP/1.1 200") == 41


def test_dribbling_does_not_help(running, monkeypatch):
    monkeypatch.setattr(protocol, "RECEIVE_SECONDS", 0.5)
    started = time.monotonic()
    with connect(running.port) as client, pytest.raises((ConnectionError, AssertionError)):
        for byte in request("GET / HTTP/1.1", "X: " + "a" * 200):
            client.sendall(bytes([byte]))
            time.sleep(0.05)
        assert client.recv(100)[:12] == b"HTTP/1.1 200"
    assert time.monotonic() - started < 5


def test_the_clock_starts_anew_with_each_request(running, monkeypatch):
    monkeypatch.setattr(protocol, "RECEIVE_SECONDS", 0.6)
    client = HTTPConnection("127.0.0.1", running.port, timeout=5)
    client.connect()
    first = client.sock
    for _ in range(4):
        time.sleep(0.3)
        client.request("GET", "/healthz")
        assert client.getresponse().read() == b"ok\n"
    assert client.sock is first
    client.close()


def test_a_second_request_that_stops_half_way_is_hung_up_on(running, monkeypatch):
    monkeypatch.setattr(protocol, "RECEIVE_SECONDS", 0.4)
    get = request("GET /healthz HTTP/1.1", close=False)
    with connect(running.port) as client:
        client.sendall(get + request(POST, FORM, "Content-Length: 100", body="id=", close=False))
        received = b""
        while piece := client.recv(4096):
            received += piece
    assert [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]] == [200, 408]


def test_a_handshake_that_never_ends_is_cut(running, monkeypatch):
    running.task.stop()
    monkeypatch.setattr(connections, "HANDSHAKE_SECONDS", 0.5)
    list(running.task.start())
    started = time.monotonic()
    with connect(running.ssl_port) as client:
        client.sendall(half_client_hello())
        assert client.recv(100) == b""
    assert time.monotonic() - started < 4


def test_an_idle_connection_is_closed(running):
    started = time.monotonic()
    client = HTTPConnection("127.0.0.1", running.port, timeout=10)
    client.request("GET", "/healthz")
    assert client.getresponse().read() == b"ok\n"
    assert client.sock.recv(100) == b""
    client.close()
    assert 4 < time.monotonic() - started < 8


def test_a_client_that_hangs_up_in_the_middle_leaves_no_trace(running, caplog):
    for sent in (b"GET / HT", request(POST, FORM, "Content-Length: 100", body="id="), request("GET / HTTP/1.1")):
        client = connect(running.port)
        client.sendall(sent)
        time.sleep(0.1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    answers_at_once(running)
    running.task.stop()
    assert not caplog.records
    until(lambda: running.task._admission.open == 0)


def test_one_address_gets_only_so_many_connections(running):
    running.task._admission._per_address = 5
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(running.port)) for _ in range(8)]
        until(lambda: running.task._admission.open + running.task._admission.refused == 8)
        assert (running.task._admission.open, running.task._admission.refused) == (5, 3)
        assert [clients[-1].recv(1), clients[-2].recv(1)] == [b"", b""]
        assert "5 open, 3 rejected" in "\n".join(running.task.tell("show"))
    until(lambda: running.task._admission.open == 0)
    answers_at_once(running)


def test_connections_are_counted_per_address_and_in_total():
    admission = Admission(total=3, per_address=2)
    assert [admission.admit(address) for address in "aaabb"] == [True, True, False, True, False]
    assert (admission.open, admission.refused) == (3, 2)
    admission.release("a")
    assert admission.admit("b")
    assert connections.unit_of("::ffff:192.0.2.1") == connections.unit_of("192.0.2.1") == "192.0.2.1"
    assert connections.unit_of("2001:db8::1%eth0") == connections.unit_of("2001:db8::2") == "2001:db8::/64"


def test_without_file_descriptors_the_server_keeps_quiet_and_recovers(running, caplog):
    answers_at_once(running)
    admission = running.task._admission
    until(lambda: admission.open == 0)  # descriptors closed from now on would be reused by the server
    gc.collect()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        waiting = [stack.enter_context(socket.socket()) for _ in range(20)]
        lowest_free = os.dup(0)
        os.close(lowest_free)
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
        for client in waiting:
            client.settimeout(5)
            client.connect(("127.0.0.1", running.port))
        until(lambda: admission.refused + admission.open >= len(waiting))
        assert admission.refused
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        answers_at_once(running)
    assert not caplog.records


def until(condition) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_taken_port_is_a_sentence_with_what_to_do():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Error, match=f"^Port {port} is in use by another program\\.$") as caught:
            bind(port, Admission(), "--http-port")
    assert caught.value.hint == "Stop that program, or choose another port in the Server document, or with 'dominoadmin server set --http-port PORT'."


FIRST_FREE = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
NOBODY = """
import os
from dominoadmin.errors import Error
from dominoadmin.tasks.http.connections import Admission, bind
if os.geteuid() == 0: os.setuid(65534)
try: bind(443, Admission(), "--ssl-port")
except Error as error: print(error, error.hint)
"""


def test_a_forbidden_port_is_a_sentence_with_what_to_do(monkeypatch):
    if not FIRST_FREE.exists() or int(FIRST_FREE.read_text()) > 443:
        said = subprocess.run([sys.executable, "-c", NOBODY], capture_output=True, text=True, check=True).stdout
    else:  # a container where all ports are free to all
        said = failing(monkeypatch, errno.EACCES, 443, "--ssl-port")
    assert "This user cannot open port 443: ports below 1024 require administrator rights." in said
    assert "ip_unprivileged_port_start=443" in said
    assert "dominoadmin server set --ssl-port PORT" in said


def failing(monkeypatch, number: int, port: int, option: str) -> str:
    def fail(port, family, **_kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(connections, "_listening", fail)
    with pytest.raises(Error) as caught:
        bind(port, Admission(), option)
    return f"{caught.value} {caught.value.hint}"


def test_other_problems_of_a_port_are_named(monkeypatch):
    assert failing(monkeypatch, errno.ENETDOWN, 80, "--http-port").startswith("Port 80 cannot be opened: network is down.")


def test_without_ipv6_the_port_is_opened_for_ipv4(monkeypatch):
    real = connections._listening

    def without_ipv6(port, family, **_kwargs):
        if family == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "no IPv6 here")
        return real(port, family, **_kwargs)

    monkeypatch.setattr(connections, "_listening", without_ipv6)
    with bind(0, Admission(), "--http-port") as listening:
        assert listening.family == socket.AF_INET


def test_a_server_that_does_not_come_up_gives_its_port_back(monkeypatch):
    async def application(scope, receive, send):
        raise AssertionError

    listener = Listener(Address(0, "--http-port"), application, Admission())
    monkeypatch.setattr(listener, "_serve", lambda: None)
    listener._thread = threading.Thread(target=listener._serve)
    with pytest.raises(Error, match="its server does not start"):
        listener.start()
    with bind(listener.port, Admission(), "--http-port") as again:
        assert again.getsockname()[1] == listener.port


def test_a_connection_reports_its_end_once():
    ends = []
    one, other = socket.socketpair()
    connection = connections.Connection(fileno=one.detach())
    connection.ended = lambda: ends.append(1)
    connection.close(), connection.close(), other.close()
    assert ends == [1]


def test_a_listener_that_was_never_started_gives_its_port_back():
    async def application(scope, receive, send):
        raise AssertionError

    listener = Listener(Address(0, "--http-port"), application, Admission())
    listener.stop()
    with bind(listener.port, Admission(), "--http-port") as again:
        assert again.getsockname()[1] == listener.port
