"""The banner about a store that ran last at another place, and the dialog that decides whether it was moved or copied."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from dominoadmin import application
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import verifying
from tests import builders
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD, NO_KEYCHAIN
from tests.gui.audit.test_take_over import log_in
from tests.gui.conftest import shown_window

MOVED, COPIED = "The store was moved", "The store was copied"


@pytest.fixture
def copy(office, tmp_path):
    """A copy of the data folder of a domain whose CA process has run."""
    builders.ready(office, publication=Publication(("http://pki.example.com",)))
    builders.load_ca(office)
    shutil.copytree(office.root, tmp_path / "copy")
    domain = application.open_domain(tmp_path / "copy", NO_KEYCHAIN | {"DOMINOADMIN_STATE": "../state"}, office.clock)
    yield replace(office, domain=domain)
    domain.store.close()


@pytest.fixture
def window(qapp, copy, hand, qtbot):
    """The window on the copy, in which the server was started."""
    with shown_window(copy, qtbot) as made:
        made.start_server()
        hand.until(made.banner.isVisible, "no banner")
        yield made


def opened(window, hand) -> QDialog:
    hand.click(window.banner, "Moved or Copied")
    return hand.dialog("Moved or Copied Store")


def works(window, copy, hand) -> None:
    """The banner is gone, and the CA process issues."""
    hand.until(lambda: not window.banner.isVisible(), "what was decided is still in doubt")
    builders.approved(copy, "www.example.com")
    hand.until(lambda: builders.state(copy, 1) == "Issued", "nothing is issued")


def test_the_banner_leads_to_the_choice_and_the_store_is_moved(window, copy, hand) -> None:
    hand.says(window.banner, "This store is a copy, or was moved here")
    dialog = opened(window, hand)
    hand.says(dialog, "it ran last in another folder than")
    hand.says(dialog, "Never start it at the other place again: both would use the same CRL numbers.")
    hand.says(dialog, "Let it publish its CRLs at another place: it does not know what the other one revokes.")
    hand.click(dialog, "Continue")  # none of the choices is suggested
    hand.says(dialog, "Choose what has happened to the store.")
    hand.tick(dialog, MOVED)
    hand.click(dialog, "Continue")
    log_in(hand)
    assert "Do not start the server again that ran it before." in hand.message("The store belongs to this installation now.")
    works(window, copy, hand)
    assert "store moved" in [action for action, _object in builders.actions(copy)]
    verifying.verify(copy.domain, copy.actor())


def test_a_copy_gets_an_epoch_and_crl_numbers_of_its_own(window, copy, hand) -> None:
    dialog = opened(window, hand)
    hand.tick(dialog, COPIED)
    hand.click(dialog, "Continue")
    log_in(hand)
    said = hand.message("This copy is an installation of its own now. A new epoch of the audit log begins (2).")
    assert "CN=MyCompany CA/O=MyCompany: CRL number 1 in the store" in said
    works(window, copy, hand)
    assert "store copied" in [action for action, _object in builders.actions(copy)]
    window.server.execute("tell ca crl issue 1")
    hand.until(lambda: sql(copy, "SELECT max(number) FROM crls")[0][0] > 1 << 32, "no CRL with a number of its own")


def test_no_other_id_decides_it_and_the_choice_stays(window, copy, hand, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.gui.identities.certifier_id.CERT_ID", "ann-admin.id")
    entries = sql(copy, "SELECT max(number) FROM audit")[0][0]
    dialog = opened(window, hand)
    hand.tick(dialog, COPIED)
    hand.click(dialog, "Continue")
    log_in(hand)
    hand.message("Only the organization's certifier ID can decide this")
    assert hand.button(dialog, COPIED).isChecked()
    dialog.discard()
    assert window.banner.isVisible()
    assert sql(copy, "SELECT max(number) FROM audit")[0][0] == entries


def test_it_is_done_with_the_keyboard_only(window, copy, hand) -> None:
    hand.button(window.banner, "Moved or Copied").setFocus()
    hand.key(window, Qt.Key.Key_Space)
    dialog = hand.dialog("Moved or Copied Store")
    assert dialog.focusWidget() is hand.button(dialog, MOVED)
    hand.key(dialog, Qt.Key.Key_Space)
    hand.key(dialog, Qt.Key.Key_Return)
    asking = hand.dialog("Log In")
    hand.editor(asking, "Password").insert(ADMIN_PASSWORD)
    hand.until(hand.button(asking, "OK").isEnabled, "it cannot be confirmed")
    hand.key(asking, Qt.Key.Key_Return)
    hand.message("The store belongs to this installation now.")
    works(window, copy, hand)
