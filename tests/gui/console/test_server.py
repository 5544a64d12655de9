"""The server inside the client: its failures end in a message, never in a hang."""

import shutil
import socket
import time

import pytest

from dominoadmin.errors import Error, NotFound
from dominoadmin.gui.frame import server as running
from dominoadmin.services.directory import leasing, server_documents
from dominoadmin.services.domain import Actor
from dominoadmin.store import leases
from tests import builders
from tests.gui.hand import Hand


class Ear:
    """Records the server's signals."""

    def __init__(self, server):
        self.lines, self.errors, self.questions = [], [], []
        server.printed.connect(self.lines.append)
        server.refused.connect(self.errors.append)
        server.asked.connect(self.questions.append)


@pytest.fixture
def server(qapp, office):
    made = running.RunningServer(office.domain)
    yield made
    assert made.stop()
    made.deleteLater()


@pytest.fixture
def ear(server):
    return Ear(server)


def started(server, office, ear: Ear, hand: Hand):
    server.start(office.server)
    hand.until(lambda: any("HTTP Server" in line for line in ear.lines) or ear.errors, "it does not start")


def test_it_starts_again_after_quit(server, ear, office, hand) -> None:
    started(server, office, ear, hand)
    server.execute("quit")
    hand.until(lambda: not server.is_running, "it does not stop")
    assert server.tasks() == server.certifier_states() == []
    ear.lines.clear()
    server.start(office.server)  # immediately: its thread may still be returning
    hand.until(lambda: server.is_running and len(server.tasks()) == 2, "it does not start again")
    assert not ear.errors


def test_it_says_when_another_process_has_taken_it_over(server, ear, office, hand) -> None:
    started(server, office, ear, hand)
    with office.domain.store.transaction() as db:
        found = leases.find(db, office.server.name)
        leases.end(db, found.server, found.holder)
    office.clock.advance(seconds=30)
    hand.until(lambda: not server.is_running, "it goes on without its lease")
    assert [str(error) for error in ear.errors] == ["Another process has taken over this server."]
    assert leasing.holder(office.domain, office.server.name) is None


def test_it_does_not_run_with_the_id_of_a_person(server, ear, office, hand) -> None:
    server.start(office.rob)
    hand.until(lambda: ear.errors, "nobody is told")
    assert isinstance(ear.errors[0], NotFound)
    assert "Rob Ra/MyCompany" in str(ear.errors[0])
    assert not server.is_running


def test_a_taken_port_is_said_on_the_console_and_the_other_tasks_run(server, ear, office, hand) -> None:
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        port = other.getsockname()[1]
        change = server_documents.ServerChange(http_port=port)
        server_documents.change(office.domain, Actor.of(office.ann), "", change)
        server.start(office.server)
        hand.until(lambda: any("in use" in line for line in ear.lines), f"nobody says so: {ear.lines}")
    assert [name for name, *_ in server.tasks()] == ["adminp"]
    assert any("Server document" in line for line in ear.lines)


def test_a_store_that_has_gone_is_told_once(server, ear, office, hand, monkeypatch) -> None:
    started(server, office, ear, hand)
    office.domain.store.close()
    for file in office.domain.store.path.parent.glob(f"{office.domain.store.path.name}*"):
        file.unlink()
    office.clock.advance(seconds=30)
    hand.until(lambda: not server.is_running and ear.errors, "it goes on without a store, or says nothing")
    assert len(ear.errors) == 1
    assert isinstance(ear.errors[0], Error)
    shutil.rmtree(office.root / "servers", ignore_errors=True)


def test_it_stops_while_a_password_is_asked_for(server, ear, office, hand) -> None:
    builders.certifier(office)
    started(server, office, ear, hand)
    task = server._server.host.task("ca")
    task.tell = lambda _command: iter([task._ask("Password: ")])
    server.execute("tell ca activate 1")
    hand.until(lambda: ear.questions, "nobody is asked")
    assert server.stop()
    assert any("Cancelled" in line for line in ear.lines) or not server.is_running


def test_it_stops_before_a_password_is_asked_for(server, ear, office, hand) -> None:
    builders.certifier(office)
    started(server, office, ear, hand)
    task = server._server.host.task("ca")

    def ask_late(_command):
        server._stopping.wait(10)
        hand_over.append(task._ask("Password: "))
        yield ""

    hand_over = []
    task.tell = ask_late
    server.execute("tell ca activate 1")
    assert server.stop()
    assert not hand_over
    assert not ear.questions


def test_what_nobody_expected_reaches_the_window(server, ear, office, hand, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.console.interpreter.without_secrets", lambda line: 1 / 0)
    server.start(office.server)
    hand.until(lambda: ear.errors, "nobody is told")
    assert isinstance(ear.errors[0], ZeroDivisionError)
    assert not server.is_running


def test_while_it_waits_for_a_lease_of_the_future_it_says_so_once_and_can_be_stopped(server, ear, office, hand) -> None:
    leasing.take(office.domain, office.server.name)
    builders.sql(office, "UPDATE leases SET host = 'elsewhere', renewed_at = '2030-01-01T00:00:00Z'")
    server.start(office.server)
    hand.until(lambda: ear.lines, "it does not say what it waits for")
    time.sleep(2.5)
    hand.until(lambda: True, "it is gone")
    (line,) = ear.lines
    assert line.startswith("The lease on Server1/MyCompany/US is dated in the future.")
    assert server.stop()
    assert ear.errors == []
