"""A running HTTP task. The office with its certifier, database and key ring is created once and copied."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography import x509

from dominoadmin import application
from dominoadmin.tasks.http.task import HttpTask
from tests.conftest import NO_KEYCHAIN, Clock, Office, copy_data
from tests.outside.web_office import HOST, KEY_FILE, WebOffice, furnish


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Running:
    """A running task, and functions to connect to it from this machine."""

    web: WebOffice
    task: HttpTask
    lines: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.task._plain.port

    @property
    def ssl_port(self) -> int:
        return self.task._ssl.port

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self.web.root_pem.decode())

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, **form: str) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{HOST}:{self.port}"}
        return self.ask("POST", path, urlencode(form), headers)

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Host": f"{HOST}:{self.port}", **(headers or {})})
            return answer(connection.getresponse())
        finally:
            connection.close()

    def secure(self, context: ssl.SSLContext | None = None) -> HTTPSConnection:
        """Return a connection to the SSL port under the server's host name."""
        connection = HTTPSConnection(HOST, self.ssl_port, timeout=20, context=context or self.trusting())
        connection._create_connection = lambda _address, *rest: _connected(("127.0.0.1", self.ssl_port), *rest)
        return connection


def _connected(*arguments):
    import socket

    return socket.create_connection(*arguments)


def answer(response: HTTPResponse) -> Answer:
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


@pytest.fixture(scope="session")
def web_template(office_template, tmp_path_factory) -> tuple[Path, x509.Certificate]:
    template, ids = office_template
    root = tmp_path_factory.mktemp("web") / "data"
    copy_data(template, root)
    domain = application.open_domain(root, NO_KEYCHAIN, Clock())
    web = furnish(Office(domain=domain, clock=Clock(), **ids))
    web.install(web.certified_ring())
    web.change(ssl_key_file=KEY_FILE, ssl_port_status="Enabled")
    domain.store.close()
    return root, web.root


@pytest.fixture
def web(web_template, office_template, tmp_path: Path) -> Iterator[WebOffice]:
    template, certificate = web_template
    root = tmp_path / "data"
    copy_data(template, root)
    clock = Clock()
    domain = application.open_domain(root, NO_KEYCHAIN, clock)
    yield WebOffice(Office(domain=domain, clock=clock, **office_template[1]), certificate)
    domain.store.close()


@pytest.fixture
def running(web: WebOffice) -> Iterator[Running]:
    task = HttpTask(web.office.domain, web.office.server)
    started = Running(web, task, list(task.start()))
    yield started
    task.stop()
