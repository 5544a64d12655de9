"""The Certificate Requests database in the window (technote, steps 19, 22 and 23)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.gui.requests import certificate_pickup, certificate_requests
from dominoadmin.services.requests import submitting
from tests import builders, specimens
from tests.builders import DATABASE, sql

SHOTS = "/tmp/shots"
PENDING, FINISHED = "Pending/Submitted Requests", "Issued/Rejected Certificates"


@pytest.fixture
def ready(office):
    builders.ready(office)
    return office


def opened(window):
    certificate_requests.open_database(window, DATABASE)
    return window.page()


def issued(office, host: str = builders.HOST, **submission) -> int:
    number = builders.approved(office, host, **submission)
    builders.load_ca(office)
    assert builders.state(office, number) == "Issued"
    return number


def pulled(office, *numbers: int) -> None:
    submitting.pull(office.domain, office.actor(), numbers)


def test_the_navigator_has_dominos_entries(window, ready, hand) -> None:
    tab = opened(window)
    place = hand.until(window.navigator.currentItem, "the database is not in the navigator").parent()
    assert place.text(0) == "Certificate Requests"
    top = [place.child(number) for number in range(place.childCount())]
    assert [item.text(0) for item in top] == [
        "Pending/Submitted Requests",
        "Issued/Rejected Certificates",
        "Domino Key Ring Management",
        "Database Configuration",
    ]
    assert [top[2].child(number).text(0) for number in range(top[2].childCount())] == [
        "Create Key Ring",
        "Certify Key Ring",
        "Pickup Key Ring Certificate",
        "View & Edit Key Rings",
    ]
    assert tab.windowTitle() == "Certificate Requests"
    hand.says(tab, "No requests are waiting here. Create one with Create Key Ring, with New Request, or on the web page.")
    hand.picture(window, f"{SHOTS}/certificate_requests_empty.png")
    assert opened(window) is tab


def test_a_database_that_is_gone_is_named(window, ready, hand) -> None:
    certificate_requests.open_database(window, "gone.nsf")
    assert "Available: certreq.nsf" in hand.message("Certificate Requests database gone.nsf")


def test_submitting_says_the_exact_message(window, ready, hand) -> None:
    builders.received(ready)
    tab = opened(window)
    hand.select(tab, "Pending Submission")
    hand.click(tab, "Submit Selected Requests")
    hand.message("Successfully submitted 1 request(s) to the Administration Process")
    hand.select(tab, "Submitted to Administration Process")
    assert builders.view(ready, 1).document.state == "New"


def test_submitting_several_counts_them(window, ready, hand) -> None:
    for host in ("a.example.com", "b.example.com", "c.example.com"):
        builders.received(ready, host)
    tab = opened(window)
    hand.select(tab, "a.example.com", "c.example.com")
    hand.picture(window, f"{SHOTS}/certificate_requests_pending.png")
    hand.click(tab, "Submit Selected Requests")
    hand.message("Successfully submitted 2 request(s) to the Administration Process")
    assert [builders.state(ready, number) for number in (1, 2, 3)] == [
        "Submitted to Administration Process",
        "Pending Submission",
        "Submitted to Administration Process",
    ]


def button(tab, text: str):
    return next(action for action in tab.bar.actions() if action.text().replace("&", "") == text)


def test_a_button_that_is_off_says_why(window, ready, hand) -> None:
    builders.submitted(ready)
    tab = opened(window)
    submit, pull = button(tab, "Submit Selected Requests"), button(tab, "Pull Selected Request(s)")
    assert "Select one or more requests first" in submit.toolTip()
    assert not submit.isEnabled()
    hand.select(tab, "www.example.com")
    assert "has already been submitted." in submit.toolTip()
    assert "A registration authority must approve it first" in pull.toolTip()
    hand.navigate(tab, FINISHED)
    assert not submit.isVisible()
    assert not pull.isVisible()


def test_pulling_prompts_to_cross_certify_and_then_says_the_exact_message(window, ready, hand) -> None:
    issued(ready)
    tab = opened(window)
    hand.select(tab, "Issued")
    hand.click(tab, "Pull Selected Request(s)")
    prompt = hand.dialog("Issue Cross Certificate")
    assert not sql(ready, "SELECT * FROM requests WHERE pulled_at IS NULL")
    hand.click(prompt, "Cancel")
    assert "rejected:" not in hand.message("Successfully pulled 1 request(s) from the Administration Process")
    hand.says(tab, "No requests are waiting here. Create one with Create Key Ring, with New Request, or on the web page.")
    hand.navigate(tab, FINISHED)
    hand.select(tab, "Issued")
    hand.picture(window, f"{SHOTS}/certificate_requests_issued.png")


def test_pulling_what_was_rejected_prompts_for_nothing(window, ready, hand) -> None:
    for host in ("a.example.com", "b.example.com"):
        builders.submitted(ready, host)
    builders.reject(ready.domain, ready.ann, [1, 2], "Unknown host")
    tab = opened(window)
    hand.select(tab, "a.example.com", "b.example.com")
    hand.click(tab, "Pull Selected Request(s)")
    said = hand.message("Successfully pulled 2 request(s) from the Administration Process")
    assert "2 of them were rejected: their documents say why." in said


def test_what_was_tampered_with_is_not_pulled(window, ready, hand) -> None:
    issued(ready)
    tab = opened(window)
    hand.select(tab, "Issued")
    sql(ready, "UPDATE issued SET request_id = 99")
    hand.click(tab, "Pull Selected Request(s)")
    hand.message("is marked as issued, but its certificate is not in the ICL.")
    hand.select(tab, "Issued")
    assert button(tab, "Pull Selected Request(s)").isEnabled()


def test_the_views_follow_the_store(window, ready, hand) -> None:
    tab = opened(window)
    builders.received(ready)
    hand.select(tab, "Pending Submission")
    submitting.submit(ready.domain, ready.actor(), [1])
    hand.until(lambda: tab.selected()[0].state == "Submitted to Administration Process", "the view does not follow")
    assert [row.request.id for row in tab.selected()] == [1]


def test_certificate_pickup_has_the_request_id_to_copy(window, ready, hand) -> None:
    number = issued(ready)
    pulled(ready, number)
    tab = opened(window)
    hand.navigate(tab, FINISHED)
    hand.open_row(tab, "www.example.com")
    document = window.page()
    assert document.windowTitle() == "Certificate Pickup"
    wanted = builders.view(ready, number).pickup_id
    assert hand.editor(document, "Request ID (pickup ID)").text() == wanted
    hand.click(document, "Copy")
    assert QGuiApplication.clipboard().text() == wanted
    hand.says(document, "www.example.com")
    hand.until(lambda: button(document, "Show Certificate…").isEnabled(), "no certificate is shown")
    assert "does not come from a key ring" in button(document, "Pickup Key Ring Certificate…").toolTip()
    hand.picture(window, f"{SHOTS}/certificate_pickup.png")
    hand.click(document, "Show Certificate…")
    hand.until(lambda: len(shown()) > 1 or window.page() is not document, "no viewer opens")


def test_pictures_in_the_dark(window, ready, hand) -> None:
    theme.apply("dark")
    number = issued(ready, key_ring="www.kyr")
    pulled(ready, number)
    builders.received(ready, "second.example.com")
    tab = opened(window)
    hand.select(tab, "Pending Submission")
    hand.picture(window, f"{SHOTS}/certificate_requests_dark.png")
    certificate_pickup.open_pickup(window, number)
    document = window.page()
    hand.until(lambda: button(document, "Show Certificate…").isEnabled(), "no certificate is shown")
    assert button(document, "Pickup Key Ring Certificate…").isEnabled()
    hand.picture(window, f"{SHOTS}/certificate_pickup_dark.png")
    hand.click(document, "Pickup Key Ring Certificate…")
    hand.dialog("Pickup Key Ring Certificate")
    theme.apply(theme.LIGHT)


def shown() -> list[QWidget]:
    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]


def test_escape_closes_certificate_pickup(window, ready, hand) -> None:
    builders.received(ready)
    opened(window)
    certificate_pickup.open_pickup(window, 1)
    document = window.page()
    hand.says(document, "choose Submit Selected Requests")
    hand.says(document, "Shown once the certificate is issued.")
    window.activateWindow()
    document.setFocus()
    document.leave()
    hand.until(lambda: window.page() is not document, "it does not close")


def test_a_rejected_request_tells_the_reason(window, ready, hand) -> None:
    number = builders.submitted(ready)
    builders.reject(ready.domain, ready.ann, [number], "We know no such host")
    certificate_pickup.open_pickup(window, number)
    document = window.page()
    hand.says(document, "Rejected")
    hand.says(document, "We know no such host")
    hand.says(document, "Choose Pull Selected Request(s), so that the applicant is notified.")
    assert not any(e.isVisible() for e in document.findChildren(QLineEdit))
    pulled(ready, number)
    window.events.look()
    hand.says(document, "Create a new request")
    hand.picture(window, f"{SHOTS}/certificate_pickup_rejected.png")


def test_a_certificate_that_was_tampered_with_is_not_shown(window, ready, hand) -> None:
    number = issued(ready)
    pulled(ready, number)
    sql(ready, "UPDATE issued SET request_id = 99")
    certificate_pickup.open_pickup(window, number)
    document = window.page()
    hand.says(document, "is marked as issued, but its certificate is not in the ICL.")
    assert not button(document, "Show Certificate…").isEnabled()


def test_a_request_from_outside_is_pasted(window, ready, hand) -> None:
    tab = opened(window)
    hand.click(tab, "New Request…")
    dialog = hand.dialog("New Request")
    hand.refused(dialog, "Paste the request, or choose its file.")
    hand.fill(dialog, "Request", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
    hand.refused(dialog, "private key")
    hand.fill(dialog, "Request", builders.csr().decode())
    hand.says(dialog, "dns:www.example.com")
    hand.fill(dialog, "Applicant", "bob@")
    assert dialog.problem()
    hand.fill(dialog, "Applicant", "Rob Ra")
    hand.picture(dialog, f"{SHOTS}/new_request.png")
    hand.click(dialog, "OK")
    hand.closed(dialog)
    hand.select(tab, "Pending Submission")
    assert builders.view(ready, 1).request.applicant == "Rob Ra/MyCompany/US"


def test_a_request_from_a_file_may_be_der(window, ready, hand, tmp_path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    der = x509.load_pem_x509_csr(builders.csr("file.example.com")).public_bytes(Encoding.DER)
    path = tmp_path / "request.der"
    path.write_bytes(der)
    tab = opened(window)
    hand.click(tab, "New Request…")
    dialog = hand.dialog("New Request")
    hand.click(dialog, "Choose File…")
    chooser = hand.dialog("New Request", QFileDialog)
    chooser.fileSelected.emit(str(path))
    chooser.close()
    hand.says(dialog, "dns:file.example.com")
    hand.tick(dialog, "A client certificate")
    hand.click(dialog, "OK")
    hand.closed(dialog)
    assert builders.view(ready, 1).request.csr == der
    assert builders.view(ready, 1).request.kind == "client"


def test_a_refused_request_keeps_what_was_pasted(window, ready, hand) -> None:
    data = builders.csr()
    builders.received(ready, data=data)
    tab = opened(window)
    hand.click(tab, "New Request…")
    dialog = hand.dialog("New Request")
    hand.fill(dialog, "Request", data.decode())
    hand.click(dialog, "OK")
    hand.message("The same request is already waiting in certreq.nsf")
    assert "BEGIN CERTIFICATE REQUEST" in hand.editor(dialog, "Request").toPlainText()
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.message("Discard your changes?", "Discard")
    hand.closed(dialog)


def test_names_from_strangers_are_text(window, ready, hand) -> None:
    subject = specimens.name("<b>bold")
    builders.received(ready, data=builders.csr(names=("www.example.com",), subject=subject))
    certificate_pickup.open_pickup(window, 1)
    hand.says(window.page(), "<b>bold")


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("Domino Key Ring Management > Create Key Ring", "Create Key Ring"),
        ("Domino Key Ring Management > Certify Key Ring", "Certify Key Ring"),
        ("Domino Key Ring Management > Pickup Key Ring Certificate", "Pickup Key Ring Certificate"),
        ("Database Configuration", "Database Configuration"),
    ],
)
def test_the_navigators_commands_open_their_dialogs(window, ready, hand, entry: str, title: str) -> None:
    tab = opened(window)
    hand.navigate(tab, entry)
    hand.dialog(title)
    assert tab.current.view.path == PENDING


def test_view_and_edit_key_rings_opens_its_tab(window, ready, hand) -> None:
    tab = opened(window)
    hand.navigate(tab, "Domino Key Ring Management > View & Edit Key Rings")
    hand.until(lambda: window.page() is not tab, "no tab opens")
