"""A second window on a folder whose server runs in another process: it works, and says who runs the server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtWidgets import QMessageBox

from dominoadmin.gui.console.status import StatusPanel
from dominoadmin.gui.revocation import crl_actions
from dominoadmin.services.directory import leasing, server_documents
from dominoadmin.store import leases
from dominoadmin.store.leases import LeaseRecord
from tests import builders
from tests.gui.conftest import shown_window

PLACE = "runs on calc-7, process 4711"


def lease(office, **changes) -> LeaseRecord:
    name, now = server_documents.domain_server(office.domain), office.domain.now()
    values = {"server": name, "holder": "0f", "process": 4711, "host": "calc-7", "since": now, "renewed_at": now}
    return LeaseRecord(**(values | changes))


def put(office, record: LeaseRecord) -> None:
    with office.domain.store.transaction() as db:
        leases.put(db, record)


@pytest.fixture
def second(qapp, office, qtbot):
    """The window of another computer: the server runs on calc-7."""
    builders.ready(office)
    put(office, lease(office))
    with shown_window(office, qtbot) as made:
        made.begin()
        yield made


def test_the_status_bar_says_where_the_server_runs(second, hand) -> None:
    hand.says(second.state_bar, f"Server: {PLACE}")


def test_the_list_of_certifiers_does_not_say_that_no_ca_process_runs(second, hand) -> None:
    second.run("certifiers")
    view = second.page().current
    hand.until(lambda: view.rows.rowCount() == 1, "the list stays empty")
    said = [view.rows.index(0, column).data() for column in range(view.rows.columnCount())]
    assert PLACE in said


def test_server_status_says_where_and_offers_no_start(second, hand) -> None:
    panel = StatusPanel(second)
    second.show_tab("test-status", lambda: panel)
    hand.says(panel, PLACE)
    assert not panel.notice.button.isVisible()
    assert PLACE in hand.button(panel, "Load ca").toolTip()


def test_it_does_not_try_to_start_the_server_that_runs(second, hand) -> None:
    hand.says(second.state_bar, PLACE)
    assert not second.server.is_running
    assert not [box for box in second.findChildren(QMessageBox) if box.isVisible()]
    second.menus.switch()
    action = second.menus.actions["start-server"]
    assert (action.isEnabled(), PLACE in action.toolTip()) == (False, True)


def test_a_list_is_issued_where_the_server_runs(second, hand) -> None:
    crl_actions.issue(second, "MyCompany CA")
    said = hand.message(PLACE)
    assert "tell ca CRL issue" in said


def test_the_window_notices_the_start_and_the_end_of_the_other_one(window, hand, office) -> None:
    hand.says(window.state_bar, "Server: not started")
    put(office, lease(office))
    hand.says(window.state_bar, PLACE)
    with office.domain.store.transaction() as db:
        leases.end(db, server_documents.domain_server(office.domain), "0f")
    hand.says(window.state_bar, "Server: not started")
    window.start_server()
    hand.until(lambda: window.server.is_running, "it does not start")


def test_a_killed_process_is_noticed_without_a_change_in_the_store(window, hand, office) -> None:
    put(office, lease(office, renewed_at=office.domain.now() - timedelta(seconds=50)))
    hand.says(window.state_bar, PLACE)
    office.clock.advance(seconds=20)
    assert leasing.holder(office.domain, server_documents.domain_server(office.domain)) is None
    window.server.look()
    hand.says(window.state_bar, "Server: not started")


def test_a_request_is_approved_in_the_second_window(second, hand, office) -> None:
    request = builders.submitted(office)
    before = builders.state(office, request)
    second.open.request(request)
    hand.click(second.page(), "Approve Request")
    hand.until(lambda: builders.state(office, request) == "Approved", f"it stays {before}")
