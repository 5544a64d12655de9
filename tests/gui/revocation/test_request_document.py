"""Admin4: the view Revocation Requests, and the document of one with its verified signature."""

import pytest
from PySide6.QtCore import Qt

from dominoadmin.gui.frame import theme
from dominoadmin.gui.issuance.document import IssuedDocument
from dominoadmin.gui.requests import administration_requests
from dominoadmin.gui.revocation.request_document import RevocationRequestDocument
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from tests import builders
from tests.gui.hand import _row_text

PATH = "Certification Authority Requests\\Revocation Requests"
SHOTS = "/tmp/shots"


@pytest.fixture
def serials(office):
    builders.ready(office)
    for host in ("www.example.com", "two.example.com"):
        builders.approved(office, host)
    builders.load_ca(office)
    return [row["serial_hex"] for row in builders.sql(office, "SELECT serial_hex FROM issued ORDER BY request_id")]


@pytest.fixture
def admin4(office, serials, window, hand):
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serials[0],), reason="certificateHold"))
    builders.load_ca(office)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((*serials,), reason="keyCompromise"))
    tab = administration_requests.open_requests(window)
    tab.show_view(PATH)
    hand.until(lambda: rows(tab), "no row is shown")
    return tab


def rows(tab) -> list[str]:
    table = tab.current.table
    return [_row_text(table, number) for number in range(table.model().rowCount())]


def document(window):
    found = [each for each in window.findChildren(RevocationRequestDocument) if each.isVisible()]
    return found[0] if found else None


def test_the_view_says_what_was_asked_and_how_far_it_is(office, window, hand, admin4) -> None:
    newest, first = rows(admin4)
    assert newest.startswith("New | 2 | Revoke Certificate | Key compromise | 2 | MyCompany CA | Ann Admin/MyCompany/US")
    assert first.startswith("Done | 1 | Revoke Certificate | Certificate hold | 1 | MyCompany CA")
    hand.select(admin4, "Key compromise")
    assert not [a for a in admin4.bar.actions() if a.isVisible() and "Approve" in a.text()]
    hand.picture(window, f"{SHOTS}/revocations.png")
    builders.load_ca(office)
    window.events.look()
    hand.until(lambda: rows(admin4)[0].startswith("Done"), "the state does not change")


def test_the_document_shows_the_signature_and_leads_to_the_certificates(office, serials, window, hand, admin4) -> None:
    hand.select(admin4, "Key compromise")
    hand.key(admin4, Qt.Key.Key_Return)
    shown = hand.until(lambda: document(window), "no document")
    assert shown.windowTitle() == "Revocation request 2"
    hand.says(shown, "Ann Admin/MyCompany/US; the signature is valid")
    assert shown.table.rowCount() == 2
    hand.picture(window, f"{SHOTS}/revocation.png")
    theme.apply(theme.DARK)
    hand.picture(window, f"{SHOTS}/revocation-dark.png")
    theme.apply(theme.LIGHT)
    builders.load_ca(office)
    window.events.look()
    hand.says(shown, "Done")
    shown.table.setCurrentCell(1, 0)
    shown.table.setFocus()
    hand.key(shown.table, Qt.Key.Key_Return)
    hand.until(lambda: window.findChild(IssuedDocument), "the certificate is not opened")


def test_a_request_that_nobody_has_signed_so_is_shown_as_such(office, serials, window, hand, admin4) -> None:
    builders.sql(office, "UPDATE revocation_requests SET reason = 'superseded' WHERE id = 2")
    assert "was altered" in "\n".join(builders.load_ca(office))
    window.events.look()
    admin4.current.refresh()
    hand.until(lambda: "revocation_requests 2" in admin4.current._problems.text(), "the row is not named")
    assert rows(admin4)[0].startswith("New | 2 | Revoke Certificate | Superseded")  # as it is, until it is restored
    hand.open_row(admin4, "Superseded")
    shown = hand.until(lambda: document(window), "no document")
    hand.says(shown, "Cannot be verified: The signature of CN=Ann Admin")


def test_a_release_that_came_too_late_says_why(office, serials, window, hand, admin4) -> None:
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serials[0],), RevocationAction.RELEASE))
    builders.load_ca(office)
    window.events.look()
    hand.until(lambda: len(rows(admin4)) == 3 and rows(admin4)[0].startswith("Error"), "the state does not change")
    assert "Release Hold" in rows(admin4)[0] and "only a hold can be released" in rows(admin4)[0]
