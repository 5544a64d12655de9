"""The tool bar acts on what is on the screen: the open document, else the selected rows, else it leads to a list."""

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from dominoadmin.gui.issuance.export import ExportCertificates
from dominoadmin.gui.issuance.issue_now import IssueNow
from dominoadmin.gui.requests import document as request
from dominoadmin.gui.requests.approve import ApproveRequests
from dominoadmin.gui.revocation.revoke import RevokeCertificate
from tests import builders
from tests.gui.conftest import shown_window
from tests.gui.test_every_view import (  # noqa: F401 - fixtures
    make_window,
    open_issued,
    open_request,
    sample_domain,
    sample_template,
    settle,
)
from tests.gui.test_window import put_away, visible_dialogs

SIZE = (1240, 800)


def button(window, text) -> QAction:
    return next(action for action in window.daily.actions() if action.text() == text)


def tip(window, text) -> str:
    return button(window, text).toolTip()


def dialog(hand, kind):
    return hand.until(lambda: next((each for each in visible_dialogs() if isinstance(each, kind)), None), "no dialog opens")


@pytest.fixture
def window(make_window):  # noqa: F811
    shown = make_window(SIZE)
    settle()
    return shown


@pytest.fixture
def saved_as(monkeypatch):
    """The dialogs about files that were opened."""
    found = []
    monkeypatch.setattr(ExportCertificates, "open", lambda self: found.append(self.windowTitle()))
    return found


def test_revoke_with_a_certificates_document_is_about_this_certificate(window, hand) -> None:
    document = open_issued(window, "www.example.com")
    settle()
    assert tip(window, "Revoke") == "Revoke Certificate"
    button(window, "Revoke").trigger()
    found = dialog(hand, RevokeCertificate)
    assert window.page() is document
    assert found._serials == (document.shown.serial_hex,)
    put_away()


def test_revoke_is_off_with_the_reason_for_a_revoked_certificate(window) -> None:
    document = open_issued(window, "db.example.com")
    settle()
    assert not document.actions_by_text[document._revoke_text].isEnabled()
    assert not button(window, "Revoke").isEnabled()
    assert tip(window, "Revoke") == "The certificate is already revoked."
    window.run("home")
    assert button(window, "Revoke").isEnabled()
    assert tip(window, "Revoke") == "Show all certificates, to choose those that you want to revoke"


def test_export_with_a_certificates_document_saves_this_certificate(window, saved_as) -> None:
    document = open_issued(window, "www.example.com")
    settle()
    assert tip(window, "Export") == "Export Certificate"
    button(window, "Export").trigger()
    assert saved_as == ["Export Certificate"]
    assert window.page() is document


def test_a_document_in_front_of_a_list_counts_and_not_the_list_behind(window, hand, saved_as) -> None:
    window.run("certificates")
    settle()
    hand.select(window.page(), "www.example.com")
    open_issued(window, "git.example.com")
    settle()
    button(window, "Export").trigger()
    assert saved_as == ["Export Certificate"]


def test_approve_with_a_request_opens_what_will_be_signed_and_signs_nothing(office, hand, qtbot) -> None:
    builders.ready(office)
    builders.submitted(office)
    with shown_window(office, qtbot) as shown:
        document = request.open_request(shown, 1)
        hand.until(button(shown, "Approve").isEnabled, "Approve stays off")
        assert tip(shown, "Approve") == "Approve Request"
        button(shown, "Approve").trigger()
        found = dialog(hand, ApproveRequests)
        assert shown.page() is document
        hand.says(found, "What will be issued for request 1")
        assert builders.view(office, 1).document.state == "New"
        hand.click(found, "Approve Request")
        hand.until(lambda: builders.view(office, 1).document.state == "Approved", "it is not approved")
        hand.until(lambda: not button(shown, "Approve").isEnabled(), "Approve stays on")
        assert tip(shown, "Approve") == "Request 1 has already been decided: its state is Approved."


def test_approve_waits_for_changes_that_are_being_typed(office, hand, qtbot) -> None:
    builders.ready(office)
    builders.submitted(office)
    with shown_window(office, qtbot) as shown:
        document = request.open_request(shown, 1)
        hand.until(lambda: document.inspection, "the request is not read")
        hand.click(document, "Edit Request")
        assert not button(shown, "Approve").isEnabled()
        assert tip(shown, "Approve") == "Save or cancel your changes first."
        hand.click(document, "Cancel")
        assert button(shown, "Approve").isEnabled()


def test_a_request_has_no_certificate_to_revoke_so_revoke_leads_to_the_list(window) -> None:
    open_request(window, "www.example.com")
    settle()
    assert tip(window, "Revoke") == "Show all certificates, to choose those that you want to revoke"
    button(window, "Revoke").trigger()
    settle()
    assert window.page().objectName() == "icl:0"


def test_the_selection_decides_what_revoke_does(window, hand) -> None:
    window.run("certificates")
    settle()
    page = window.page()
    page.current.table.clearSelection()
    assert button(window, "Revoke").isEnabled()
    assert tip(window, "Revoke") == "Select the certificates that you want to revoke."
    hand.select(page, "www.example.com")
    assert tip(window, "Revoke") == "Revoke Certificate"
    hand.select(page, "db.example.com")
    assert not button(window, "Revoke").isEnabled()
    assert tip(window, "Revoke")


def test_approve_without_a_selection_leads_to_those_that_wait_also_from_another_view(window) -> None:
    window.run("admin4")
    settle()
    page = window.page()
    page.show_view("All Errors")
    settle()
    page.current.table.clearSelection()
    assert tip(window, "Approve") == "Show the requests that wait for a decision"
    button(window, "Approve").trigger()
    settle()
    assert page.current.view.path == "Pending Administrator Approval"


def test_focus_stays_in_the_window_when_a_button_goes_off(window) -> None:
    open_issued(window, "www.example.com")
    settle()
    window.activateWindow()
    window.daily.widgetForAction(button(window, "Revoke")).setFocus()
    open_issued(window, "db.example.com")
    settle()
    assert QApplication.focusWidget() is None or QApplication.focusWidget().isEnabled()


@pytest.mark.parametrize("command", ["open-database", "admin4", "icl", "certificates", "key-rings", "directory", "audit-log"])
def test_new_certificate_is_about_no_selected_row(window, hand, command: str) -> None:
    """It submitted a selected request: an act without a name matched the list's first one."""
    window.run(command)
    settle()
    before = [page.windowTitle() for page in (window.tabs.widget(number) for number in range(window.tabs.count()))]
    table = window.page().current.table
    hand.until(lambda: table.model().rowCount(), "no row")
    table.selectRow(0)
    settle()
    assert window.page().daily_act("") is None
    button(window, "New Certificate").trigger()
    found = dialog(hand, IssueNow)
    assert found.isVisible()
    assert [page.windowTitle() for page in (window.tabs.widget(number) for number in range(window.tabs.count()))] == before
    put_away()
