"""Take Over Store: by mouse, from the log-in to the window, for a store that an earlier version has made."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMainWindow

from dominoadmin.gui.application import Client
from dominoadmin.gui.frame import jobs
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD
from tests.services.audit.test_taking_over import EARLIER, unpacked


@pytest.fixture
def client(qapp, tmp_path, monkeypatch):
    monkeypatch.setenv("DOMINOADMIN_KEYCHAIN", "none")
    made = Client(qapp, unpacked(EARLIER, tmp_path / "data"))
    made.start()
    yield made
    if isinstance(made.window, QMainWindow):
        made.window.server.stop()
        made.window.events.stop()
    jobs.wait_for_all(10)
    if made.window is not None:
        made.window.hide()
    if made._domain is not None:
        made._domain.store.close()


def log_in(hand) -> None:
    dialog = hand.dialog("Log In")
    hand.fill(dialog, "Password", ADMIN_PASSWORD)
    hand.click(dialog, "OK")


def test_a_store_of_an_earlier_version_is_taken_over_before_the_window_opens(client, hand) -> None:
    log_in(hand)
    dialog = hand.dialog("Take Over Store")
    hand.until(lambda: hand.button(dialog, "Take Over…").isEnabled(), "it is still checking")
    hand.says(dialog, "The audit log of the earlier version is intact.")
    hand.click(dialog, "Take Over…")
    log_in(hand)
    said = hand.message("The store has been taken over.")
    assert "objects are protected now" in said
    hand.until(lambda: isinstance(client.window, QMainWindow), "no window")


def test_what_the_earlier_log_does_not_prove_is_told_first(client, hand) -> None:
    sql(_Office(client), "UPDATE audit_1 SET object = 'x' WHERE number = 20")
    log_in(hand)
    dialog = hand.dialog("Take Over Store")
    hand.until(lambda: hand.button(dialog, "Take Over…").isEnabled(), "it is still checking")
    hand.says(dialog, "does not prove everything")
    hand.says(dialog, "Entry 20 of the audit log was changed or moved.")
    dialog.taken.disconnect()
    dialog.rejected.disconnect()
    hand.click(dialog, "Cancel")
    client.window = None  # it has deleted itself


class _Office:
    """What `sql` needs."""

    def __init__(self, client: Client) -> None:
        from dominoadmin.application import open_domain

        self.domain = open_domain(client._root)
        self.domain.store.close()
