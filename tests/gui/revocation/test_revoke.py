"""Revoke Certificate by mouse: the impact, the reason, the signed request, the CA process, the hold."""

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox

from dominoadmin.gui.frame import theme
from dominoadmin.gui.revocation import revoke as revoke_certificate
from tests import builders

SHOTS = "/tmp/shots"


@pytest.fixture
def issued(window, office):
    """The serial numbers of two certificates for one key."""
    QApplication.processEvents()
    builders.ready(office)
    for host in ("www.example.com", "two.example.com"):
        builders.approved(office, host)
    builders.load_ca(office)
    return [row["serial_hex"] for row in builders.sql(office, "SELECT serial_hex FROM issued ORDER BY request_id")]


def reasons(office):
    return {row["serial_hex"]: (row["reason"], row["released_at"]) for row in builders.sql(office, "SELECT * FROM revocations")}


def test_a_certificate_is_revoked_by_mouse(window, hand, office, issued):
    dialog = revoke_certificate.start(window, 1, issued[:1])
    hand.until(lambda: dialog.impact, "the impact is not shown")
    hand.says(dialog, "The certifier is not active: no CRL will show the revocation until it is activated.")
    hand.picture(dialog, f"{SHOTS}/revoke.png")
    hand.tick(dialog, "Superseded")
    hand.says(dialog, "Another certificate has replaced it.")
    hand.picture(dialog, f"{SHOTS}/reason.png")
    theme.apply(theme.DARK)
    hand.picture(dialog, f"{SHOTS}/reason-dark.png")
    theme.apply(theme.LIGHT)
    hand.click(dialog, "Revoke Certificate")
    assert "Start the server" in hand.message("The request for 1 certificate was signed.")
    assert reasons(office) == {}
    builders.load_ca(office)
    assert reasons(office) == {issued[0]: ("superseded", None)}
    again = revoke_certificate.start(window, 1, issued[:1])
    hand.says(again, "All of these certificates are already revoked.")
    assert not again.commit_button.isEnabled()
    again.reject()


def test_a_hold_is_set_for_two_and_released(window, hand, office, issued):
    dialog = revoke_certificate.start(window, 1, issued)
    hand.until(lambda: dialog.impact, "the impact is not shown")
    hand.tick(dialog, "Certificate hold")
    hand.click(dialog, "Revoke 2 Certificates")
    hand.message("The request for 2 certificates was signed.")
    builders.load_ca(office)
    assert [held for held, _released in reasons(office).values()] == ["certificateHold"] * 2
    revoke_certificate.release(window, 1, issued[1:])
    hand.click(hand.dialog("Release Hold"), "Release")
    hand.message("The request for 1 certificate was signed.")
    builders.load_ca(office)
    assert {serial: bool(released) for serial, (_reason, released) in reasons(office).items()} == dict(zip(issued, (False, True), strict=True))


def test_other_certificates_for_a_compromised_key_are_offered(window, hand, office, issued):
    dialog = revoke_certificate.start(window, 1, issued[:1])
    hand.says(dialog, "1 other certificate for the same key stays valid")
    hand.tick(dialog, "Key compromise")
    hand.tick(dialog, "Also revoke the other certificate for the same key")
    hand.click(dialog, "Revoke Certificate")
    hand.message("The request for 2 certificates was signed.")
    builders.load_ca(office)
    assert set(reasons(office)) == set(issued)


def test_who_is_no_authority_of_the_certifier_is_told(window, hand, office, issued):
    window.session.log_in(office.rob, None)
    dialog = revoke_certificate.start(window, 1, issued[:1])
    hand.says(dialog, "Rob Ra/MyCompany/US is neither a Registration Authority nor a CA administrator of this certifier.")
    assert not dialog.commit_button.isEnabled()
    dialog.reject()


def test_the_dialog_does_it_all_and_no_box_follows_while_the_server_runs(window, hand, office, issued):
    dialog = revoke_certificate.start(window, 1, issued[:1])
    assert hand.button(dialog, "Unspecified").hasFocus()
    hand.until(lambda: dialog.impact, "the impact is not shown")
    window.server.start(office.server)
    hand.until(lambda: window.server.is_running, "the server does not start", 20)
    hand.tick(dialog, "Superseded")
    hand.click(dialog, "Revoke Certificate")
    hand.until(lambda: reasons(office), "it is not carried out", 30)
    assert not [each for each in QApplication.topLevelWidgets() if each.isVisible() and isinstance(each, QMessageBox)]
    assert reasons(office)[issued[0]][0] == "superseded"
