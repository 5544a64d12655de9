"""The mail file and the memo with the pickup ID (technote, step 23)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from dominoadmin.gui.directory import mail
from dominoadmin.services.requests import submitting
from tests import builders

SHOTS = "/tmp/shots"


def told(office, host: str = builders.HOST, **submission) -> int:
    """A request whose decision was sent by mail."""
    number = builders.approved(office, host, **submission)
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [number])
    return number


def opened(window):
    mail.open_mail(window)
    return window.page()


def test_an_empty_mail_file_says_when_mail_arrives(window, hand) -> None:
    tab = opened(window)
    assert tab.windowTitle() == "Ann Admin - Mail"
    hand.says(tab, "Confirmations arrive when a decided request is pulled")
    assert opened(window) is tab


def test_the_pickup_id_is_copied_from_the_memo(window, office, hand) -> None:
    builders.ready(office)
    number = told(office)
    tab = opened(window)
    hand.select(tab, "Your certificate request has been approved.")
    hand.picture(window, f"{SHOTS}/mail.png")
    hand.key(tab, Qt.Key.Key_Return)
    memo = window.page()
    assert memo.windowTitle() == "Your certificate request has been approved."
    wanted = builders.view(office, number).pickup_id
    assert hand.editor(memo, "Request ID (pickup ID)").text() == wanted
    hand.click(memo, "Copy")
    assert QGuiApplication.clipboard().text() == wanted
    hand.says(memo, f"Request ID (pickup ID): {wanted}")
    hand.picture(window, f"{SHOTS}/memo.png")
    memo.leave()
    hand.until(lambda: window.page() is tab, "the memo does not close")


def test_a_rejection_has_its_reason_and_no_id(window, office, hand) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    builders.reject(office.domain, office.ann, [number], "Unknown <b>host</b>")
    submitting.pull(office.domain, office.actor(), [number])
    tab = opened(window)
    hand.open_row(tab, "Your certificate request has been rejected.")
    memo = window.page()
    hand.says(memo, "Unknown <b>host</b>")
    assert not memo.bar.actions()


def test_only_the_signed_in_persons_memos_are_shown(window, office, hand) -> None:
    builders.ready(office)
    told(office, applicant="Rob Ra")
    tab = opened(window)
    hand.says(tab, "There is no mail")
    window.session.log_in(office.rob, None)
    hand.select(tab, "Your certificate request has been approved.")
    assert tab.windowTitle() == "Rob Ra - Mail"


def test_the_memo_leads_on_to_the_pickup(window, office, hand) -> None:
    builders.ready(office)
    number = told(office)
    hand.open_row(opened(window), "approved")
    hand.click(window.page(), "Pickup Key Ring Certificate…")
    dialog = hand.dialog("Pickup Key Ring Certificate")
    assert builders.view(office, number).pickup_id in [
        editor.text() for editor in dialog.findChildren(type(hand.editor(dialog, "Request ID (pickup ID)")))
    ]
