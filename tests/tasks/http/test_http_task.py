"""`load http`, `tell http …`, `show tasks`, and the same from the server's console."""

import socket
import subprocess
import sys
import time

import pytest

from dominoadmin import application
from dominoadmin.errors import Error, Refused
from dominoadmin.tasks.http.task import HttpTask
from tests import builders
from tests.builders import no_password
from tests.outside.web_office import HOST, KEY_FILE


@pytest.fixture
def task(web):
    made = HttpTask(web.office.domain, web.office.server)
    yield made
    made.stop()


def console_says(server, command: str) -> str:
    return "\n".join(server.console.execute(command))


def test_the_console_loads_shows_and_quits_it(web):
    server = application.start_server(web.office.domain, web.office.server, no_password)
    try:
        assert "HTTP Server: HTTP Server started" in console_says(server, "load http")
        _, task = server.host.running()[0]
        listening = f"Listen for connect requests on TCP Port:{task._plain.port} SSL Port:{task._ssl.port}"
        assert f" HTTP Server         {listening}" in console_says(server, "show tasks")
        assert f"HTTP Server: {listening}" in console_says(server, "tell http show")
        assert "tell http restart" in console_says(server, "tell http help")
        assert "Restarted" in console_says(server, "tell http restart")
        assert "The HTTP server does not know the command 'nonsense'" in console_says(server, "tell http nonsense")
        assert "HTTP Server shutdown complete" in console_says(server, "tell http quit")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(listening.rsplit(":", 1)[1])))
    finally:
        list(server.stop())


def test_only_enabled_ports_are_opened_and_shown(web, task):
    web.change(ssl_port_status="Disabled")
    list(task.start())
    assert task.status() == [f"Listen for connect requests on TCP Port:{task._plain.port}"]
    web.change(ssl_port_status="Enabled", tcp_port_status="Disabled")
    list(task.tell("restart"))
    assert task.status() == [f"Listen for connect requests on SSL Port:{task._ssl.port}"]
    web.change(ssl_port_status="Disabled")
    with pytest.raises(Refused, match="Both ports of the HTTP server are disabled"):
        list(task.tell("restart"))


def test_the_ports_of_the_server_document_are_taken(web, task):
    with socket.socket() as first, socket.socket() as second:
        for free in (first, second):
            free.bind(("127.0.0.1", 0))
        ports = first.getsockname()[1], second.getsockname()[1]
    web.change(http_port=ports[0], ssl_port=ports[1])
    list(task.start())
    assert task.status() == [f"Listen for connect requests on TCP Port:{ports[0]} SSL Port:{ports[1]}"]


def test_a_taken_port_stops_the_start_and_leaves_nothing_open(web, task):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        web.change(ssl_port=other.getsockname()[1])
        with pytest.raises(Error, match="is in use by another program"):
            list(task.start())
    assert task.status() == ["Not listening"]
    assert task._plain is None


def test_a_restart_rebinds_only_what_has_changed(running):
    plain, ssl = running.task._plain, running.task._ssl
    list(running.task.tell("restart"))
    assert (running.task._plain, running.task._ssl) == (plain, ssl)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running.web.change(http_port=port)
    list(running.task.tell("restart"))
    assert running.port == port
    assert running.task._ssl is ssl
    assert not plain.is_alive
    assert running.get("/healthz").status == 200


def test_a_restart_onto_a_taken_port_keeps_the_old_one(running):
    old = running.port
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        running.web.change(http_port=other.getsockname()[1])
        with pytest.raises(Error, match="is in use"):
            list(running.task.tell("restart"))
    assert running.port == old
    assert running.get("/healthz").status == 200


def without_ring(web) -> None:
    (web.office.domain.directory.server("Server1") / KEY_FILE).unlink()


def without_stash(web) -> None:
    (web.office.domain.directory.server("Server1") / KEY_FILE).with_suffix(".sth").unlink()


def sealed_to_another(web) -> None:
    stash = (web.office.domain.directory.server("Server1") / KEY_FILE).with_suffix(".sth")
    stash.write_bytes(stash.read_bytes().replace(b"CN=Server1", b"CN=Server2"))


def expired(web) -> None:
    web.office.clock.advance(days=400)


def only_a_placeholder(web) -> None:
    from dominoadmin.pki import key_rings, keys
    from dominoadmin.pki.names import DistinguishedName

    web.install(key_rings.new(keys.generate("ec-p256"), DistinguishedName(common_name=HOST), [], web.office.clock()))


SPOILT = {
    without_ring: "does not exist",
    without_stash: "does not exist",
    sealed_to_another: "was not installed by an administrator, or was changed since then",
    expired: "expired",
    only_a_placeholder: "does not contain a certificate from a certification authority yet.",
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_without_a_usable_key_ring_http_starts_and_one_line_says_what_is_missing(web, task, spoil):
    spoil(web)
    (line,) = list(task.start())
    assert line.startswith("SSL: ")
    assert SPOILT[spoil] in line
    assert "\n" not in line
    assert task.status() == [f"Listen for connect requests on TCP Port:{task._plain.port}"]


def test_ssl_comes_up_with_a_restart_once_the_key_ring_is_there(web, task):
    ring = web.certified_ring()
    without_ring(web)
    assert list(task.start())
    plain = task._plain
    web.install(ring)
    assert "Restarted" in list(task.tell("restart"))
    assert (task._plain, task._ssl is not None) == (plain, True)


def test_a_key_ring_that_went_bad_does_not_take_the_ssl_port_down(running):
    ssl, ring = running.task._ssl, running.task._ring
    without_ring(running.web)
    lines = list(running.task.tell("restart"))
    assert "does not exist" in lines[0]
    assert lines[1] == "Restarted"
    assert (running.task._ssl, running.task._ring) == (ssl, ring)
    secure = running.secure()
    secure.request("GET", "/healthz")
    assert secure.getresponse().status == 200
    secure.close()


def test_with_ssl_alone_and_no_key_ring_there_is_nothing_to_start(web, task):
    web.change(tcp_port_status="Disabled")
    without_ring(web)
    with pytest.raises(Refused, match="Without a key ring, HTTP has no port to open"):
        list(task.start())


def test_a_server_document_without_a_key_ring_is_told_apart(web, task):
    builders.signed(web.office, "UPDATE directory SET fields = json_set(fields, '$.ssl_key_file', '') WHERE kind = 'server'")
    (line,) = list(task.start())
    assert "No key ring is specified in the Server document." in line
    assert "dominoadmin server set --ssl-key-file keyfile.kyr" in line


def test_a_listener_that_has_died_is_noticed_once(running):
    assert list(running.task.run_due()) == []
    for name in ("_plain", "_ssl"):
        listener = getattr(running.task, name)
        listener.begin_stop()
        while listener.is_alive:
            time.sleep(0.02)
        assert list(running.task.run_due()) == [f"Port {listener.port} is no longer served. Enter: tell http restart"]
        assert list(running.task.run_due()) == []
    list(running.task.tell("restart"))
    assert running.get("/healthz").status == 200


def test_a_second_load_finds_its_ports_free_again(web, task):
    list(task.start())
    first = task._plain.port
    web.change(http_port=first)
    task.stop()
    list(task.start())
    assert task._plain.port == first


def test_nobody_else_imports_the_web_libraries():
    program = (
        "import sys, dominoadmin.application, dominoadmin.services.web.request_site\n"
        "print(sorted({'uvicorn', 'starlette', 'jinja2', 'anyio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
