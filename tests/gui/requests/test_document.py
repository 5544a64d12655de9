"""The request document (technote, steps 20-21): show, edit, approve, reject; the state changes while it is open."""

import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox

from dominoadmin.gui.frame import theme
from dominoadmin.gui.requests import document as request
from dominoadmin.gui.requests.reject import RejectRequests
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.requests import inspecting, submitting
from tests import builders, specimens
from tests.builders import sql
from tests.gui.hand import Lost, texts


@pytest.fixture
def open_one(office, window, hand):
    """A function that opens request 1."""
    builders.ready(office)
    builders.submitted(office)

    def opened(number: int = 1) -> request.RequestDocument:
        document = request.open_request(window, number)
        hand.until(lambda: document.inspection, "the request is not read")
        return document

    return opened


def kept(office, number: int = 1) -> dict:
    return builders.view(office, number).document.fields


def state_says(document, word: str) -> bool:
    return any(label.text() == word for label in document.findChildren(QLabel) if label.isVisible())


def test_an_ra_edits_and_approves_and_sees_it_issued(office, window, hand, open_one) -> None:
    document = open_one()
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Request 1"
    hand.says(document, "Verify what will be issued, then click Approve Request or Reject Request.")
    hand.picture(window, "/tmp/shots/request.png")
    hand.click(document, "Edit Request")
    hand.fill(document, "Valid for", "90")
    hand.fill(document, "City or Locality", "Westford")
    hand.says(document, "90 days")
    hand.picture(window, "/tmp/shots/request-edit.png")
    hand.click(document, "Approve Request")
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    assert (kept(office)["days"], kept(office)["subject"]["locality"]) == (90, "Westford")
    hand.says(document, "Ann Admin/MyCompany/US")  # the history
    builders.load_ca(office)
    hand.until(lambda: state_says(document, "Issued"), "the state does not change")
    hand.says(document, "What was issued")
    hand.picture(window, "/tmp/shots/request-issued.png")
    (certificate,) = builders.certificates(office)
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days in (89, 90)
    hand.click(document, "Show Certificate")
    viewer = hand.until(
        lambda: [w for w in window.children() if w.isWidgetType() and w.isWindow() and w.isVisible()], "no viewer"
    )
    viewer[0].close()


def test_it_says_that_the_request_was_pulled_once_it_was(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Approve Request")
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    builders.load_ca(office)
    hand.says(document, "The applicant pulls the request in the Certificate Requests database")
    submitting.pull(office.domain, office.actor(), [1])
    hand.says(document, "The request was pulled on ")
    assert not any("The applicant pulls" in text for text in texts(document))


def test_differences_and_rules_are_marked_with_words(office, window, hand, qtbot, open_one) -> None:
    builders.edit(office.domain, office.ann, 1, {"days": 30})
    theme.apply(theme.DARK)
    qtbot.wait(100)
    document = open_one()
    hand.says(document, "≠ changed")
    assert texts(document).count("as requested") == 4
    assert texts(document).count("ok") == 8
    hand.says(document, "The certificate follows the certifier's settings")
    hand.says(document, "ECDSA P-256")
    hand.picture(window, "/tmp/shots/request-dark.png")
    theme.apply(theme.LIGHT)


def test_after_approving_with_the_keyboard_escape_closes_the_document(office, window, hand, open_one) -> None:
    document = open_one()
    hand.until(document._buttons["approve"].isEnabled, "Approve Request stays off")
    document.bar.widgetForAction(document._buttons["approve"]).setFocus()
    hand.key(window, Qt.Key.Key_Space)
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    hand.key(window, Qt.Key.Key_Escape)
    hand.closed(document)


def test_a_rule_that_would_be_broken_is_said_at_its_field_and_neither_saved_nor_approved(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    hand.fill(document, "Valid for", "5000")
    problem = "The certifier issues certificates that are valid for 1 to 825 days, not 5000."
    hand.says(document, problem)
    assert "not ok" in texts(document)
    hand.fill(document, "Common Name", "x" * 65)
    for name in ("Save", "Approve Request"):
        hand.editor(document, "Subject alternate names").setFocus()
        hand.click(document, name)
        assert hand.editor(document, "Common Name").hasFocus()
        assert hand.editor(document, "Common Name").accessibleDescription().startswith("Common Name is too long")
        assert hand.editor(document, "Valid for").accessibleDescription().startswith(problem)
    assert "2 problems" in texts(document)
    assert kept(office)["days"] == 200
    hand.picture(window, "/tmp/shots/request-edit-problem.png")
    hand.fill(document, "Common Name", "www.example.com")
    hand.click(document, "Use 825")
    hand.fill(document, "Valid for", "60")
    hand.click(document, "Save")
    hand.until(lambda: document.edit is None, "still editing")
    assert kept(office)["days"] == 60
    assert not document.dirty


@pytest.mark.parametrize(
    ("label", "text", "problem"),
    [
        ("Country Code", "USA", "Country Code must be two letters, such as US;"),
        ("Subject alternate names", "www.example.com", "does not start with a known name type."),
        ("Subject alternate names", "", "A server certificate needs a host name or an IP address"),
        ("Organization Name", "x" * 65, "Organization Name is too long"),
    ],
)
def test_every_field_has_its_rule(office, hand, open_one, label: str, text: str, problem: str) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    hand.fill(document, label, text)
    hand.click(document, "Approve Request")
    assert hand.editor(document, label).hasFocus()
    assert problem in hand.editor(document, label).accessibleDescription()
    assert document.edit is not None


def test_usages_can_be_ticked(office, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    hand.tick(document, "TLS web client authentication")
    hand.click(document, "Save")
    hand.until(lambda: document.edit is None, "still editing")
    assert kept(office)["extended_key_usage"] == ["serverAuth", "clientAuth"]


def test_a_requested_usage_that_is_not_granted_is_marked_and_can_be_declined(office, window, hand, open_one) -> None:
    open_one()
    builder = x509.CertificateSigningRequestBuilder().subject_name(specimens.name("Bob"))
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    data = builder.sign(specimens.key("ec-p256", "applicant"), hashes.SHA256()).public_bytes(Encoding.PEM)
    document = open_one(builders.submitted(office, data=data, kind="client"))
    problem = "The request asks for usages that the certificate would not have (codeSigning): grant or decline them."
    hand.says(document, problem)
    hand.says(document, "Code signing")
    hand.says(document, "≠ changed")
    assert document._buttons["approve"].toolTip() == problem
    hand.picture(window, "/tmp/shots/request-usage.png")
    hand.click(document, "Edit Request")
    hand.tick(document, "Code signing")
    hand.says(document, "All rules are met.")
    hand.picture(window, "/tmp/shots/request-usage-declined.png")
    hand.click(document, "Approve Request")
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    assert kept(office, 2)["declined_usages"] == ["codeSigning"]
    hand.says(document, "Declined usages")


def test_a_rule_that_the_lint_breaks_is_shown_and_switches_approving_off(office, hand, open_one) -> None:
    open_one()
    data = builders.csr("www.other.example", names=("www.example.com",))
    document = open_one(builders.submitted(office, data=data))
    hand.says(document, "The common name 'www.other.example' is not among the subjectAltNames.")
    assert not document._buttons["approve"].isEnabled()
    hand.click(document, "Edit Request")
    hand.fill(document, "Subject alternate names", "dns:www.example.com\ndns:www.other.example")
    hand.says(document, "All rules are met.")


def test_cancel_leaves_the_request_as_it_was(office, window, hand, open_one) -> None:
    document, before = open_one(), kept(office)
    hand.click(document, "Edit Request")
    hand.fill(document, "Valid for", "60")
    assert document.dirty
    hand.click(document, "Cancel")
    assert (document.edit, document.dirty) == (None, False)
    assert kept(office) == before
    hand.click(document, "Edit Request")
    hand.click(document, "Save")  # nothing to save
    hand.until(lambda: document.edit is None, "still editing")
    assert inspecting.inspect(office.domain, office.actor(), 1).edits == []


def test_escape_leaves_edit_mode_then_the_document_and_asks_before_it_loses_anything(
    office, window, hand, open_one
) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    document._escape.trigger()
    assert document.edit is None
    hand.click(document, "Edit Request")
    hand.fill(document, "Common Name", "other.example.com")
    document._escape.trigger()
    hand.message("Discard your changes?", "Cancel")
    assert document.edit is not None
    document._escape.trigger()
    hand.message("Discard your changes?", "Discard")
    hand.until(lambda: window.tabs.count() == 1, "the tab does not close")


def test_a_rejection_needs_a_reason_and_says_it(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Reject Request")
    dialog = hand.dialog("Reject Request", RejectRequests)
    hand.refused(dialog, "Enter a reason of 1 to 500 visible characters; the applicant will see it.")
    hand.fill(dialog, "Reason", "The host is not ours.")
    hand.picture(dialog, "/tmp/shots/reject.png")
    hand.click(dialog, "Reject Request")
    hand.closed(dialog)
    hand.until(lambda: state_says(document, "Rejected"), "the state does not change")
    hand.says(document, "The host is not ours.")
    hand.says(document, "What was not issued")
    assert builders.state(office, 1) == "Rejected"
    assert not document._buttons["approve"].isEnabled()
    assert document._buttons["approve"].toolTip() == "Request 1 has already been decided: its state is Rejected."


def test_who_is_no_ra_only_looks(office, window, hand, open_one) -> None:
    window.session.log_in(office.rob, None)
    document = open_one()
    for name in ("edit", "approve", "reject"):
        assert document._buttons[name].toolTip() == "You are not a Registration Authority for the certifier."
    window.session.log_in(office.ann, None)
    assert document._buttons["approve"].isEnabled()


def test_a_locked_window_approves_nothing_and_keeps_what_was_typed(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    hand.fill(document, "Valid for", "60")
    window.session.lock()
    hand.click(document, "Approve Request")
    # The message waits behind the log-in, like every window that opens while locked.
    hand.until(lambda: any("locked" in box.text() for box in window.findChildren(QMessageBox)), "nothing is said")
    assert document.edit.days == 60
    assert builders.state(office, 1) == "Submitted to Administration Process"
    window.session.log_in(office.ann, None)
    hand.click(document, "Approve Request")
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    assert kept(office)["days"] == 60


def test_what_somebody_else_decided_meanwhile_is_not_decided_again(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    hand.fill(document, "Valid for", "60")
    builders.reject(office.domain, office.ann, [1], "Gone.")
    window.events.look()
    hand.until(lambda: not document._buttons["approve"].isEnabled(), "still possible")
    assert document._buttons["save"].toolTip() == "Request 1 has already been decided: its state is Rejected."
    assert document.edit.days == 60
    hand.click(document, "Cancel")
    hand.until(lambda: state_says(document, "Rejected"), "the state is not shown")


def test_an_outcome_that_is_refused_is_told(office, window, hand, open_one) -> None:
    document = open_one()
    builders.reject(office.domain, office.ann, [1], "Gone.")
    document.approve()
    hand.message("Request 1 has already been decided: its state is Rejected.")


def test_broken_fields_are_shown_and_can_only_be_rejected(office, window, hand, open_one) -> None:
    sql(office, "UPDATE admin_requests SET fields = ?", '{"subject": "<b>x</b>", "days": "many", "names": 5}')
    document = open_one()
    hand.says(document, "<b>x</b>")
    hand.says(document, "The request's fields cannot be read.")
    assert not document._buttons["approve"].isEnabled()
    hand.click(document, "Edit Request")
    hand.message("The request's fields cannot be read.")
    assert document._buttons["reject"].isEnabled()


def test_a_request_that_is_not_there_is_said_to_be(window, hand, open_one) -> None:
    request.open_request(window, 77)
    hand.message("Request 77 was not found.")


def test_a_cross_request_has_its_own_fields(office, window, hand, open_one) -> None:
    cross_certifying.submit_to_ca(
        office.domain, office.actor(), builders.CA, CrossRequest(specimens.pem(specimens.root()))
    )
    document = open_one(2)
    hand.says(document, "Specimen root ec-p256")
    hand.click(document, "Edit Request")
    hand.picture(window, "/tmp/shots/request-cross.png")
    hand.fill(document, "Permitted DNS domains", "b.example")
    hand.fill(document, "Path length", "1")
    hand.tick(document, "Domino Directory")
    hand.click(document, "Save")
    hand.until(lambda: document.edit is None, "still editing")
    assert (kept(office, 2)["permitted_dns"], kept(office, 2)["path_length"], kept(office, 2)["book"]) == (
        ["b.example"],
        1,
        "directory",
    )


def test_opening_twice_raises_the_same_tab(office, window, hand, open_one) -> None:
    assert open_one() is open_one()
    with pytest.raises(Lost):
        hand.until(lambda: window.tabs.count() > 2, "", 0.1)


def test_the_keyboard_goes_into_the_first_field(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    editor = hand.editor(document, "Common Name")
    hand.until(editor.hasFocus, "the keyboard is elsewhere")
    hand.key(document, Qt.Key.Key_Tab)
    assert hand.editor(document, "Organization Name").hasFocus()


def test_remarks_of_the_intake_are_shown_and_f9_looks_again(office, window, hand, open_one) -> None:
    with builders.act(office, office.ann) as db:
        db.execute("UPDATE requests SET remarks = ?", ('["An extension was left out."]',))
    document = open_one()
    hand.says(document, "An extension was left out.")
    for _ in range(3):  # one preview at a time; the last one counts
        window.refresh()
    builders.approve(office.domain, office.ann, [1])
    window.refresh()
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    document.start_editing()  # a key that is pressed too late
    assert document.edit is None


def test_while_one_act_is_carried_out_no_other_begins(office, window, hand, open_one) -> None:
    document = open_one()
    document.approve()
    document.approve()
    assert document._buttons["reject"].toolTip() == "One moment…"
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    assert [action for action, _ in builders.actions(office)].count("request approved") == 1


def test_rejecting_leaves_edit_mode(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    hand.click(document, "Reject Request")
    dialog = hand.dialog("Reject Request", RejectRequests)
    hand.fill(dialog, "Reason", "No.")
    hand.click(dialog, "Reject Request")
    hand.until(lambda: state_says(document, "Rejected"), "the state does not change")
    assert document.edit is None


def test_a_pending_request_says_that_it_was_not_submitted(office, window, hand, open_one) -> None:
    builders.received(office, "pending.example.com")
    document = open_one(2)
    hand.says(document, "CN=pending.example.com")
    assert document._buttons["approve"].toolTip().startswith("Request 2 has not been submitted")


def rewrite(office, **fields) -> None:
    """Change a request behind the program."""
    sql(office, "UPDATE admin_requests SET fields = ?", json.dumps({**kept(office), **fields}))


def test_what_changed_after_it_was_shown_is_not_signed_and_shown_again_with_the_difference(office, window, hand, open_one) -> None:
    """Attack 5."""
    document = open_one()
    rewrite(office, days=800, names=["dns:www.example.com", "dns:evil.example.com"])
    hand.click(document, "Approve Request")
    hand.message("Request 1 has changed since it was shown; nothing was signed.", "OK")
    hand.says(document, "Changed since it was shown")
    assert {"Was shown", "Now", "800 days", "200 days"} <= set(texts(document))
    assert not sql(office, "SELECT 1 FROM decisions")
    hand.says(document, "This differs from the request itself, and no RA has changed it: Subject alternate names, Valid for.")
    assert not document._buttons["approve"].isEnabled()
    hand.picture(window, "/tmp/shots/request-changed.png")


def test_a_change_by_another_ra_is_shown_before_anything_is_signed(office, window, hand, open_one) -> None:
    document = open_one()
    builders.edit(office.domain, office.ann, 1, {"days": 30})
    window.events.look()
    hand.says(document, "Changed since it was shown")
    hand.click(document, "Approve Request")
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    assert kept(office)["days"] == 30


def test_what_was_typed_over_an_older_request_is_not_signed(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    hand.fill(document, "Valid for", "90")
    builders.edit(office.domain, office.ann, 1, {"days": 30})
    hand.click(document, "Save")
    hand.message("Request 1 has changed since it was shown; nothing was signed.", "OK")
    hand.says(document, "Changed since it was shown")
    assert (document.edit, kept(office)["days"]) == (None, 30)


def test_ones_own_changes_are_no_surprise(office, window, hand, open_one) -> None:
    document = open_one()
    hand.click(document, "Edit Request")
    hand.fill(document, "Valid for", "90")
    hand.click(document, "Save")
    hand.until(lambda: document.edit is None, "still editing")
    hand.says(document, "90 days")
    hand.until(lambda: document._looking is None, "it is still read")
    assert "Changed since it was shown" not in texts(document)


def test_an_approval_is_withdrawn_in_the_document(office, window, hand, open_one) -> None:
    document = open_one()
    assert not document._buttons["withdraw"].isVisible()
    hand.click(document, "Approve Request")
    hand.until(lambda: state_says(document, "Approved"), "the state does not change")
    hand.picture(window, "/tmp/shots/request-approved.png")
    hand.click(document, "Withdraw Approval")
    hand.until(lambda: state_says(document, "New"), "the state does not change")
    assert not document._buttons["withdraw"].isVisible()
    assert document._buttons["approve"].isEnabled()
    builders.load_ca(office)
    assert not builders.certificates(office)
