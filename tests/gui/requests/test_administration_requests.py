"""Admin4: the views, and deciding about many requests in one job with a result for each."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from dominoadmin.errors import Cancelled
from dominoadmin.gui.frame import theme
from dominoadmin.gui.requests import administration_requests
from dominoadmin.gui.requests.approve import ApproveRequests, WithdrawApprovals
from dominoadmin.gui.requests.document import RequestDocument
from dominoadmin.gui.requests.reject import RejectRequests
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from tests import builders, specimens
from tests.builders import sql
from tests.gui.hand import _row_text, texts

VIEW = "Certification Authority Requests\\Certificate Requests"


@pytest.fixture
def admin4(office, window, hand):
    builders.ready(office)
    for number in range(1, 4):
        builders.submitted(office, f"host{number}.example.com")
    builders.received(office, "pending.example.com")
    tab = administration_requests.open_requests(window)
    hand.until(lambda: rows(tab), "no row is shown")
    return tab


def rows(tab) -> list[str]:
    table = tab.current.table
    return [_row_text(table, number) for number in range(table.model().rowCount())]


def select_all(tab) -> None:
    tab.current.table.selectAll()


def results(dialog) -> list[str]:
    """What is said about each request; nothing yet while the table is being filled."""
    items = [dialog.table.item(number, 2) for number in range(dialog.table.rowCount())]
    return [item.text() if item else "" for item in items]


def test_the_database_shows_what_was_submitted_and_its_state(office, window, hand, admin4) -> None:
    assert (admin4.windowTitle(), admin4.current.view.path) == ("Administration Requests", VIEW)
    shown = rows(admin4)
    assert len(shown) == 3
    assert shown[0].startswith(
        "New | 3 | host3.example.com/MyCompany/US | dns:host3.example.com | MyCompany CA/MyCompany"
    )
    builders.approve(office.domain, office.ann, [1])
    builders.reject(office.domain, office.ann, [2], "No.")
    window.events.look()
    hand.until(
        lambda: [row.split()[0] for row in rows(admin4)] == ["New", "Rejected", "Approved"], "the states do not change"
    )
    builders.load_ca(office)
    window.events.look()
    hand.until(
        lambda: [row.split()[0] for row in rows(admin4)] == ["New", "Rejected", "Issued"], "the state does not change"
    )
    hand.picture(window, "/tmp/shots/admin4.png")


def test_enter_opens_the_request(office, window, hand, admin4) -> None:
    hand.select(admin4, "host2")
    hand.key(admin4, Qt.Key.Key_Return)
    document = hand.until(lambda: window.findChild(RequestDocument), "no document")
    assert document.request_id == 2


def test_a_double_click_opens_the_request_and_so_does_open(window, hand, admin4) -> None:
    hand.open_row(admin4, "host1")
    hand.until(lambda: window.page().windowTitle() == "Request 1", "no document")
    administration_requests.open_requests(window)
    hand.select(admin4, "host3")
    hand.click(admin4, "Open")
    hand.until(lambda: window.page().windowTitle() == "Request 3", "no document")


def test_a_request_that_the_ca_process_would_refuse_is_told_before_it_is_approved(office, window, hand, admin4) -> None:
    builders.submitted(office, data=builders.csr("www.other.example", names=("www.example.com",)))
    window.events.look()
    hand.until(lambda: len(rows(admin4)) == 4, "the new row is not shown")
    select_all(admin4)
    hand.click(admin4, "Approve Request")
    dialog = hand.dialog("Approve Requests", ApproveRequests)
    hand.until(dialog.commit_button.isEnabled, "the rules are not checked")
    good, bad = "Follows all rules. Nothing was changed.", "The common name 'www.other.example' is not among the subjectAltNames."
    assert sorted(results(dialog)) == [*[good] * 3, f"The certificate would be malformed: {bad}"]


def test_many_requests_are_approved_at_once_with_a_result_for_each(office, window, hand, admin4) -> None:
    sql(office, "UPDATE admin_requests SET fields = '{}' WHERE request_id = 2")
    builders.edit(office.domain, office.ann, 3, {"days": 30})
    hand.until(lambda: rows(admin4), "no row is shown")
    select_all(admin4)
    hand.click(admin4, "Approve Request")
    dialog = hand.dialog("Approve Requests", ApproveRequests)
    hand.until(dialog.commit_button.isEnabled, "the rules are not checked")
    assert results(dialog) == [
        "Follows all rules. Changed since it was requested: Valid for.",
        "The request's fields cannot be read.",
        "Follows all rules. Nothing was changed.",
    ]
    hand.picture(dialog, "/tmp/shots/approve-many.png")
    hand.click(dialog, "Approve 3 Requests")
    hand.says(dialog, "2 requests approved. The CA process issues the certificates as soon as their certifiers are active.")
    assert results(dialog)[0] == results(dialog)[2] == "Approved"
    assert results(dialog)[1].startswith("The request's fields cannot be read.")
    assert dialog._bar.maximum() == 3
    assert dialog._bar.value() == 3
    hand.picture(dialog, "/tmp/shots/approve-many-done.png")
    assert dialog.isVisible()
    assert not dialog.commit_button.isVisible()
    window.events.look()
    hand.until(
        lambda: [row.split()[0] for row in rows(admin4)] == ["Approved", "New", "Approved"], "the states do not change"
    )
    hand.click(dialog, "Close")
    hand.closed(dialog)


def test_one_request_needs_no_list_afterwards(office, window, hand, admin4) -> None:
    hand.select(admin4, "host1")
    hand.click(admin4, "Approve Request")
    dialog = hand.dialog("Approve Request", ApproveRequests)
    hand.click(dialog, "Approve Request")
    hand.closed(dialog)
    assert window.statusBar().currentMessage() == "1 request approved. The CA process issues the certificate as soon as the certifier is active."
    assert builders.view(office, 1).document.state == "Approved"


def test_none_that_can_be_approved_switches_the_button_off(office, window, hand, admin4) -> None:
    sql(office, "UPDATE admin_requests SET fields = '{}'")
    hand.select(admin4, "host1")
    hand.click(admin4, "Approve Request")
    dialog = hand.dialog("Approve Request", ApproveRequests)
    hand.says(dialog, "None of these requests can be approved. Edit or reject them.")
    assert not dialog.commit_button.isEnabled()
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)


def test_who_is_no_ra_is_told_before(office, window, hand, admin4) -> None:
    window.session.log_in(office.rob, None)
    hand.select(admin4, "host1")
    hand.click(admin4, "Approve Request")
    dialog = hand.dialog("Approve Request", ApproveRequests)
    hand.until(lambda: results(dialog) == ["You are not a Registration Authority for the certifier."], "not told")
    assert not dialog.commit_button.isEnabled()
    dialog.reject()


def test_many_are_rejected_with_one_reason(office, window, hand, admin4) -> None:
    builders.approve(office.domain, office.ann, [2])
    select_all(admin4)
    hand.click(admin4, "Reject Request")
    dialog = hand.dialog("Reject Requests", RejectRequests)
    assert dialog.problem()
    hand.fill(dialog, "Reason", "Not in this quarter.")
    hand.picture(dialog, "/tmp/shots/reject-many.png")
    hand.click(dialog, "Reject 3 Requests")
    hand.says(dialog, "2 requests rejected.")
    assert results(dialog)[1] == "Request 2 has already been decided: its state is Approved."
    assert [builders.view(office, number).document.reason for number in (1, 3)] == ["Not in this quarter."] * 2
    hand.click(dialog, "Close")
    hand.closed(dialog)


def test_a_reason_is_not_lost_without_a_question(window, hand, admin4) -> None:
    hand.select(admin4, "host1")
    hand.click(admin4, "Reject Request")
    dialog = hand.dialog("Reject Request", RejectRequests)
    hand.fill(dialog, "Reason", "No.")
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.message("Discard your changes?", "Cancel")
    assert dialog.isVisible()
    assert dialog.draft.reason == "No."
    dialog.discard()
    hand.closed(dialog)


def test_a_locked_window_decides_nothing_and_keeps_the_reason(office, window, hand, admin4) -> None:
    hand.select(admin4, "host1")
    hand.click(admin4, "Reject Request")
    dialog = hand.dialog("Reject Request", RejectRequests)
    hand.fill(dialog, "Reason", "No.")
    window.session.lock()
    hand.click(dialog, "Reject Request")
    # The message waits behind the log-in, like every window that opens while locked.
    hand.until(lambda: any("locked" in box.text() for box in window.findChildren(QMessageBox)), "nothing is said")
    assert dialog.draft.reason == "No."
    assert builders.view(office, 1).document.state == "New"
    dialog.discard()


def test_stopping_in_the_middle_approves_nothing(office, window, hand, qtbot, admin4) -> None:
    select_all(admin4)
    hand.click(admin4, "Approve Request")
    dialog = hand.dialog("Approve Requests", ApproveRequests)
    hand.until(dialog.commit_button.isEnabled, "the rules are not checked")
    decide = dialog.work()

    def impatient(progress):
        dialog._job.cancel()
        with pytest.raises(Cancelled):
            decide(progress)
        raise Cancelled

    dialog.work = lambda: impatient
    hand.click(dialog, "Approve 3 Requests")
    hand.until(lambda: not dialog.is_running, "it does not stop")
    assert dialog.commit_button.isEnabled()
    assert [builders.view(office, number).document.state for number in (1, 2, 3)] == ["New"] * 3
    dialog.reject()


def test_buttons_that_are_off_say_why(office, window, hand, admin4) -> None:
    admin4.current.table.clearSelection()
    offs = {action.text: action.off for action, _ in admin4._buttons}
    assert offs["&Approve Request"]([]) == "Select one or more requests first."
    assert offs["&Open"]([]) == "Select one request first."
    builders.reject(office.domain, office.ann, [1], "No.")
    window.events.look()
    hand.select(admin4, "Rejected")
    problem = "Request 1 has already been decided: its state is Rejected."
    hand.until(lambda: offs["&Approve Request"](admin4.selected()) == problem, "it does not say why")
    (decided,) = admin4.selected()
    assert offs["&Approve Request"]([decided] * 100) == problem
    assert offs["&Approve Request"]([decided] * 200) == "", "of more than are looked at, one may be undecided"


def test_the_other_views_show_their_own(office, window, hand, admin4) -> None:
    cross_certifying.submit_to_ca(
        office.domain, office.actor(), builders.CA, CrossRequest(specimens.pem(specimens.root()))
    )
    hand.navigate(admin4, "Certification Authority Requests > Cross Certificate Requests")
    hand.until(lambda: len(rows(admin4)) == 1, "the cross request is not shown")
    assert "Specimen root ec-p256/Specimen/US" in rows(admin4)[0]
    builders.reject(office.domain, office.ann, [1], "No.")
    sql(office, "UPDATE admin_requests SET state = 'Error', reason = 'Altered.' WHERE request_id = 2")
    hand.navigate(admin4, "Pending Administrator Approval")
    hand.until(lambda: [row.split(" | ")[1] for row in rows(admin4)] == ["5", "3", "2"], "others are shown")
    hand.navigate(admin4, "All Errors")
    hand.until(lambda: len(rows(admin4)) == 1 and rows(admin4)[0].endswith("Altered."), "the error is not shown")


def test_an_empty_database_says_what_to_do(window, hand) -> None:
    tab = administration_requests.open_requests(window)
    hand.says(
        tab, "There are no requests yet. Choose Submit Selected Requests in a Certificate Requests database to bring them here."
    )
    assert administration_requests.open_requests(window) is tab


def test_it_is_dark_too(office, window, hand, qtbot, admin4) -> None:
    theme.apply(theme.DARK)
    qtbot.wait(200)
    hand.picture(window, "/tmp/shots/admin4-dark.png")
    theme.apply(theme.LIGHT)


def test_open_needs_one_and_the_kinds_have_names(office, window, hand, admin4) -> None:
    select_all(admin4)
    offs = {action.text: action.off for action, _ in admin4._buttons}
    assert offs["&Open"](admin4.selected()) == "Select one request first."
    assert offs["&Approve Request"](admin4.selected()) == ""
    admin4.current.rows.sort(1)
    hand.until(lambda: [row.split(" | ")[1] for row in rows(admin4)] == ["1", "2", "3"], "it is not sorted")
    admin4.current.rows.sort(6)
    assert rows(admin4)[0].endswith("Server certificate")
    sql(office, "UPDATE admin_requests SET fields = '{\"names\": 7}' WHERE request_id = 1")
    window.events.look()
    hand.until(lambda: " | 1 |" in rows(admin4)[-1] or len(rows(admin4)) == 3, "it is not shown")


def test_the_dialog_shows_what_will_be_issued_and_marks_each_field_that_differs_from_the_request(office, window, hand, admin4) -> None:
    builders.edit(office.domain, office.ann, 3, {"days": 30, "names": ["dns:host3.example.com", "dns:www3.example.com"]})
    select_all(admin4)
    hand.click(admin4, "Approve Request")
    dialog = hand.dialog("Approve Requests", ApproveRequests)
    hand.until(dialog.commit_button.isEnabled, "the rules are not checked")
    hand.says(dialog, "What will be issued for request 3")
    assert texts(dialog).count("≠ changed") == 2
    assert "dns:www3.example.com" in "".join(texts(dialog))
    hand.picture(dialog, "/tmp/shots/approve-marked.png")
    dialog.table.setCurrentCell(1, 0)
    hand.says(dialog, "What will be issued for request 2")
    hand.until(lambda: not texts(dialog).count("≠ changed"), "the marks stay")


def test_what_changed_while_the_dialog_was_open_is_named_and_not_signed(office, window, hand, admin4) -> None:
    """Attack 5."""
    select_all(admin4)
    hand.click(admin4, "Approve Request")
    dialog = hand.dialog("Approve Requests", ApproveRequests)
    hand.until(dialog.commit_button.isEnabled, "the rules are not checked")
    sql(office, "UPDATE admin_requests SET fields = replace(fields, '200', '800') WHERE request_id = 2")
    hand.click(dialog, "Approve 3 Requests")
    hand.says(dialog, "2 requests approved. The CA process issues the certificates as soon as their certifiers are active.")
    said = "Request 2 has changed since it was shown; nothing was signed. Look at it again before you decide.\nValid for: 200 days → 800 days"
    assert results(dialog)[1].startswith(said)
    hand.picture(dialog, "/tmp/shots/approve-changed.png")
    assert [row["request_id"] for row in sql(office, "SELECT request_id FROM decisions ORDER BY request_id")] == [1, 3]


def test_a_rejection_is_about_what_the_list_showed(office, window, hand, admin4) -> None:
    hand.select(admin4, "host2")
    hand.click(admin4, "Reject Request")
    dialog = hand.dialog("Reject Request", RejectRequests)
    builders.edit(office.domain, office.ann, 2, {"days": 30})
    hand.fill(dialog, "Reason", "No.")
    hand.click(dialog, "Reject Request")
    hand.says(dialog, "No request was rejected.")
    assert results(dialog)[0].startswith("Request 2 has changed since it was shown; nothing was signed.")


def test_approvals_are_withdrawn_in_the_list(office, window, hand, admin4) -> None:
    builders.approve(office.domain, office.ann, [1, 3])
    window.events.look()
    hand.until(lambda: [row.split()[0] for row in rows(admin4)] == ["Approved", "New", "Approved"], "the states do not change")
    select_all(admin4)
    hand.click(admin4, "Withdraw Approval")
    dialog = hand.dialog("Withdraw Approvals", WithdrawApprovals)
    hand.picture(dialog, "/tmp/shots/withdraw.png")
    hand.click(dialog, "Withdraw 3 Approvals")
    hand.says(dialog, "2 approvals withdrawn. The requests wait for a decision again.")
    assert results(dialog) == ["Withdrawn", "Request 2 has no approval to withdraw: its state is New.", "Withdrawn"]
    hand.click(dialog, "Close")
    assert {row["state"] for row in sql(office, "SELECT state FROM admin_requests")} == {"New"}
