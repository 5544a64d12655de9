"""Opening a dialog verifies the signed history of a certifier's configuration once, and typing does not."""

from __future__ import annotations

import pytest

from dominoadmin.gui.certifiers import change_protection
from dominoadmin.gui.certifiers import modify as modify_certifier
from dominoadmin.gui.cross_certificates.choose_certifier import ChooseCertifier
from dominoadmin.gui.frame import jobs
from dominoadmin.gui.key_rings import create as create_key_ring
from dominoadmin.gui.requests import approve as approve_requests
from dominoadmin.viewmodels.cross_certificates.chosen_certifier import ChosenCertifier
from tests import builders
from tests.gui.test_every_view import settle
from tests.verifications import verified_versions

__all__ = ["verified_versions"]


@pytest.fixture
def ready(office):
    builders.ready(office)
    for number in (1, 2, 3):
        builders.submitted(office, f"host{number}.example.com")
    return office


@pytest.fixture
def counted(ready, window, hand, verified_versions):
    """The list of verifications, emptied once the window has read its data."""
    jobs.wait_for_all(10)
    hand.until(lambda: "1. Register Internet Certifier (done)" in hand.visible(), "the guide is not shown")
    window.run("files")  # Home is read again whenever its window becomes active
    settle()
    verified_versions.clear()
    return verified_versions


def test_modify_certifier(window, hand, counted) -> None:
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    hand.says(dialog, "No changes yet.")
    assert counted == [1]
    counted.clear()
    hand.tab(dialog, "Certificates")
    hand.fill(dialog, "Maximum duration (days):", "300")
    hand.tab(dialog, "Changes (1)")
    assert counted == []
    dialog.discard()


def test_change_protection(window, hand, counted) -> None:
    change_protection.start(window, 1)
    dialog = hand.dialog("Change Protection")
    hand.fill(dialog, "Password of server.id:", "abc")
    assert counted == [1]
    dialog.discard()


def test_create_key_ring(window, hand, counted) -> None:
    create_key_ring.start(window)
    dialog = hand.dialog("Create Key Ring")
    assert counted == [1]
    counted.clear()
    hand.fill(dialog, "Organizational Unit", "Web")
    assert counted == []
    dialog.discard()


def test_choose_a_certifier(window, hand, counted) -> None:
    session = window.session
    dialog = ChooseCertifier(window, ChosenCertifier(domain=session.domain, actor=session.actor), window)
    dialog.open()
    assert counted == [1]
    counted.clear()
    dialog.form_edited()
    assert counted == []
    dialog.discard()


def test_approve_requests(office, window, hand, counted) -> None:
    dialog = approve_requests.start(window, [builders.view(office, number) for number in (1, 2, 3)])
    hand.until(dialog.commit_button.isEnabled, "the rules are not checked")
    assert counted == [1]
    dialog.discard()
