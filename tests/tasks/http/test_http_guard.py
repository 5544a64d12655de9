"""The checks on every request. Hostile requests are sent over plain sockets, exactly as written here."""

import socket
import time

import pytest

from dominoadmin.services.requests import submitting
from dominoadmin.tasks.http import guard
from dominoadmin.tasks.http.guard import Policy
from tests.outside.web_office import FILE, HOST, csr_pem


def raw(running, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send bytes to the plain port and return the answer until the server disconnects or is silent."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=8) as connection:
        received = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            connection.settimeout(1.0)
            while piece := connection.recv(1 << 16):
                received += piece
        except (ConnectionError, TimeoutError):
            pass
        return received


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer[9:12])


def request(line: str, *headers: str, body: str = "", host: str = HOST, close: bool = True) -> bytes:
    lines = [line, f"Host: {host}"] if host else [line]
    lines += ["Connection: close"] if close else []
    return ("\r\n".join([*lines, *headers]) + "\r\n\r\n" + body).encode("latin-1")


FORM = "Content-Type: application/x-www-form-urlencoded"
POST = f"POST /{FILE}/status HTTP/1.1"
HOSTILE = {
    "no host": (request("GET / HTTP/1.1", host=""), 400),
    "no host in HTTP/1.0": (request("GET / HTTP/1.0", host=""), 400),
    "two hosts": (request("GET / HTTP/1.1", f"Host: {HOST}"), 400),
    "a foreign host": (request("GET / HTTP/1.1", host="evil.example"), 421),
    "a host that begins like ours": (request("GET / HTTP/1.1", host=f"{HOST}.evil.example"), 421),
    "a host with a path": (request("GET / HTTP/1.1", host=f"{HOST}/x"), 400),
    "a host with a user": (request("GET / HTTP/1.1", host=f"evil@{HOST}"), 400),
    "an address that is not ours": (request("GET / HTTP/1.1", host="192.0.2.7"), 421),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n", 400),
    "TRACE": (request("TRACE / HTTP/1.1"), 405),
    "CONNECT": (request(f"CONNECT {HOST}:443 HTTP/1.1"), 405),
    "DELETE": (request(f"DELETE /{FILE} HTTP/1.1"), 405),
    "OPTIONS *": (request("OPTIONS * HTTP/1.1"), 405),
    "an absolute address": (request("GET http://evil.example/ HTTP/1.1"), 400),
    "two lengths that differ": (request(POST, FORM, "Content-Length: 3", "Content-Length: 5", body="id=12"), 400),
    "a signed length": (request(POST, FORM, "Content-Length: +5", body="id=12"), 400),
    "a length and chunks": (request(POST, FORM, "Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\nGET /"), 400),
    "an unknown coding": (request(POST, FORM, "Transfer-Encoding: gzip, chunked", body="0\r\n\r\n"), 400),
    "a broken chunk": (request(POST, FORM, "Transfer-Encoding: chunked", body="zz\r\nid=1\r\n0\r\n\r\n"), 400),
    "a line feed in the target": (request("GET /\n HTTP/1.1"), 400),
    "a header of 100 kB": (request("GET / HTTP/1.1", "X: " + "a" * 100_000), 431),
    "10 000 headers": (request("GET / HTTP/1.1", *[f"X{number}: 1" for number in range(10_000)]), 431),
    "an address of 20 kB": (request(f"GET /{'a' * 20_000} HTTP/1.1"), 431),
    "a body announced as 10 GB": (request(POST, FORM, "Content-Length: 10000000000"), 413),
    "a body announced as 10 GB, to be continued": (request(POST, FORM, "Content-Length: 10000000000", "Expect: 100-continue"), 413),
    "a body of 70 kB in chunks": (
        request(POST, FORM, "Transfer-Encoding: chunked", body=f"{70_000:x}\r\n{'a' * 70_000}\r\n0\r\n\r\n"), 413,
    ),
    "a field of 60 kB": (request(POST, FORM, "Content-Length: 60003", body="id=" + "a" * 60_000), 404),
    "a web socket": (request("GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: eA=="), 200),
    "traversal": (request("GET /../../../etc/passwd HTTP/1.1"), 404),
    "traversal in disguise": (request("GET /%2e%2e/%2e%2e%2f/domain.db HTTP/1.1"), 404),
    "a path that is not UTF-8": (request("GET /%ff%fe.nsf HTTP/1.1"), 404),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_gets_an_answer_and_the_next_visitor_too(running, caplog, name):
    sent, expected = HOSTILE[name]
    answer = raw(running, sent)
    assert status_of(answer) in ({400, 431} if expected == 431 else {expected})  # 400 if it arrived in pieces
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"default-src 'none'" in head
    assert b"server:" not in head
    assert b"root:" not in answer
    assert running.get("/").status == 200
    assert not caplog.records


def test_ten_megabytes_are_not_read(running):
    started = time.monotonic()
    answer = raw(running, request(POST, FORM, f"Content-Length: {10 << 20}"), b"a" * (10 << 20))
    assert time.monotonic() - started < 5
    assert not answer or status_of(answer) == 413
    assert running.get("/").status == 200


def test_a_length_and_chunks_do_not_smuggle_a_second_request(running):
    smuggled = request("GET /healthz HTTP/1.1").decode()
    answer = raw(running, request(POST, FORM, "Content-Length: 4", "Transfer-Encoding: chunked", body="0\r\n\r\n" + smuggled))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer.lower()


def test_requests_may_follow_each_other_on_one_connection(running):
    get = request("GET /healthz HTTP/1.1", close=False)
    post = request(POST, FORM, "Content-Length: 4", body="id", close=False)
    answer = raw(running, get + get[:20], get[20:] + post, b"=1", pause=0.3)
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [200, 200, 404]


@pytest.mark.parametrize("host", [HOST, HOST.upper(), f"{HOST}:8080", f"{HOST}.", "localhost", "127.0.0.1", "127.0.0.1:80"])
def test_the_servers_own_names_and_addresses_are_heard(running, host):
    assert status_of(raw(running, request("GET /healthz HTTP/1.1", host=host))) == 200


def test_an_ipv6_address_is_heard(running):
    if not socket.has_dualstack_ipv6():
        assert running.task._plain._socket.family == socket.AF_INET
        return
    with socket.create_connection(("::1", running.port), timeout=5) as connection:
        connection.sendall(request("GET /healthz HTTP/1.1", host=f"[::1]:{running.port}"))
        assert status_of(connection.recv(4096)) == 200


def test_a_name_with_a_wildcard_covers_one_label():
    assert guard._covers("*.example.com", "www.example.com")
    assert not guard._covers("*.example.com", "example.com")
    assert not guard._covers("*.example.com", "a.b.example.com")
    assert guard._is_address_of("[fe80::1]", ("fe80::1%eth0", 80))
    assert not guard._is_address_of("fe80::1", ("unix", 0))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 404),
        ({"Origin": f"http://{HOST}"}, 404),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 404),
        ({"Sec-Fetch-Site": "none"}, 404),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"http://{HOST}.evil.example"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://other.example.com"}, 403),
    ],
)
def test_forms_of_other_sites_are_refused(running, headers, status):
    sent = {"Host": HOST, "Content-Type": "application/x-www-form-urlencoded", **headers}
    assert running.ask("POST", f"/{FILE}/status", "id=1", sent).status == status


def test_a_page_takes_no_form_that_it_does_not_have(running):
    assert running.post(f"/{FILE}/authority", id="1").status == 405
    assert running.post(f"/{FILE}/nothing", id="1").status == 404
    assert running.post("/", id="1").status == 405
    assert running.ask("PUT", "/").headers["allow"] == "GET, HEAD, POST"


def test_redirect_to_ssl_sends_everything_to_the_ssl_port(running):
    running.web.change(tcp_port_status="Redirect to SSL")
    assert "Restarted" in list(running.task.tell("restart"))
    answer = running.get(f"/{FILE}/status?OpenForm&x=%2f")
    assert answer.status == 307
    assert answer.headers["location"] == f"https://{HOST}:{running.ssl_port}/{FILE}/status?OpenForm&x=%2f"
    assert running.get("//evil.example/%0d%0aX:%20y").headers["location"].startswith(f"https://{HOST}:{running.ssl_port}/")
    assert running.ask("GET", "/", headers={"Host": "evil.example"}).status == 421
    assert "TCP port status: Redirect to SSL" in "\n".join(running.task.tell("show"))
    secure = running.secure()
    secure.request("GET", f"/{FILE}")
    assert secure.getresponse().status == 200
    secure.close()
    running.task._policy = Policy(running.task._policy.hosts, 443, redirect=True)
    assert running.get("/").headers["location"] == f"https://{HOST}/"


def test_redirect_to_an_ssl_port_that_is_not_open_says_so(running):
    running.task._policy = Policy(running.task._policy.hosts, 0, redirect=True)
    answer = running.get("/")
    assert answer.status == 503
    assert "its SSL port is not open at the moment" in answer.text


def test_nothing_hostile_has_entered_the_store(running):
    running.post(f"/{FILE}/ServerCertificateRequest", csr="x" * 60_000, contact="ann@example.com")
    running.ask("POST", f"/{FILE}/ServerCertificateRequest", f"csr={csr_pem()}", {"Sec-Fetch-Site": "cross-site"})
    with running.web.office.domain.store.snapshot() as db:
        (count,) = db.execute("SELECT count(*) FROM requests").fetchone()
    assert count == 1  # the key ring's own
    assert submitting.views(running.web.office.domain)[0].state == "Issued"
