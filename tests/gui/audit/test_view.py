"""The audit log in the window: its view with filter, an entry in full, Verify Audit Log, and the watch over it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import anchoring, checkpoints
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.restoring import accepting
from dominoadmin.services.revocation import published_checkpoints
from dominoadmin.store.keychain import Keychain
from tests import builders
from tests.builders import sql
from tests.gui.audit.test_take_over import log_in
from tests.gui.conftest import shown_window
from tests.gui.hand import Hand
from tests.services.audit.test_anchoring import enter, put_back

FORGED = """signed_in = 0, octets = CAST(replace(CAST(octets AS TEXT), '"signed_in":true', '"signed_in":false') AS BLOB)"""


@pytest.fixture
def watched(qapp, office, system_keyring, qtbot):
    """The window of a user whose keychain works and has seen eleven entries."""
    office.domain = replace(office.domain, keychain=Keychain("test"))
    enter(office, office.actor(), "one", "two", "three", "four", "five", "six")
    anchoring.look(office.domain, office.actor())
    with shown_window(office, qtbot) as made:
        yield made


def opened(window: QWidget, hand: Hand) -> QWidget:
    hand.menu(window, "Tools > Audit Log")
    return hand.until(window.page, "the audit log")


def verifying(window: QWidget, hand: Hand) -> QWidget:
    hand.menu(window, "Tools > Verify Audit Log")
    return hand.dialog("Verify Audit Log")


def test_the_view_shows_the_newest_first_and_is_filtered(office, window, hand, qtbot) -> None:
    tab = opened(window, hand)
    (newest,) = sql(office, "SELECT number, action FROM audit ORDER BY number DESC LIMIT 1")
    hand.select(tab, str(newest["number"]), newest["action"])
    hand.fill(tab, "Action", "domain set up")
    model = tab.current.table.model()
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    hand.fill(tab, "From", "nonsense")
    hand.says(tab, "2026")  # the format of a day
    assert model.rowCount() == 1
    hand.fill(tab, "From", "")
    hand.fill(tab, "Action", "no such act")
    qtbot.waitUntil(lambda: model.rowCount() == 0)


@pytest.mark.parametrize("change", ["object = 'O=Another'", FORGED], ids=["a column", "octets and column"])
def test_entries_are_compared_before_they_are_exported(office, window, hand, tmp_path, change) -> None:
    tab = opened(window, hand)
    good, bad = tmp_path / "good.csv", tmp_path / "bad.jsonl"
    tab._write(None, good)
    hand.message("entries were written to")
    assert len(good.read_text().splitlines()) == sql(office, "SELECT count(*) AS n FROM audit")[0]["n"] + 1
    sql(office, f"UPDATE audit SET {change} WHERE number = 1")
    tab._write(None, bad)
    hand.until(lambda: any(each in hand.visible() for each in ("(Audit 1:", "does not match its head")), "no refusal")
    assert not bad.exists()


def test_an_entry_in_full_tells_what_was_changed_and_opens_its_object(office, hand, qtbot) -> None:
    builders.ready(office)
    draft = modifying.begin(office.domain, Actor.of(office.ann), 1)
    modifying.save(office.domain, office.ann, replace(draft, crl_days=draft.crl_days + 1))
    with shown_window(office, qtbot) as window:
        tab = opened(window, hand)
        hand.open_row(tab, "certifier modified")
        (number,) = sql(office, "SELECT number FROM audit WHERE action = 'certifier modified'")
        entry = hand.dialog(f"Audit Log Entry {number['number']}")
        hand.says(entry, f"CRL duration: {draft.crl_days} days \N{RIGHTWARDS ARROW} {draft.crl_days + 1} days")
        hand.click(entry, "Open Object")
        hand.until(lambda: "MyCompany CA" in window.tabs.tabText(window.tabs.currentIndex()), "the certifier's document")


def test_a_whole_log_shows_its_anchor_which_can_be_compared(office, window, hand) -> None:
    anchor = anchoring.current(office.domain)
    dialog = verifying(window, hand)
    hand.says(dialog, f"The audit log is intact: {anchor.number} entries.")
    hand.fill(dialog, "Anchor from paper", anchor.text())
    hand.click(dialog, "Compare")
    hand.says(dialog, f"The log matches the anchor at entry {anchor.number}.")
    hand.fill(dialog, "Anchor from paper", anchor.text()[:-1])
    hand.click(dialog, "Compare")
    hand.until(lambda: "matches the anchor" not in hand.visible(), "a damaged anchor agrees")
    hand.click(dialog, "Close")


def test_everything_that_the_log_was_compared_with_is_named(office, hand, qtbot) -> None:
    """As `audit verify` does: the server's own checkpoint, and those beside published CRLs."""
    folder = office.root / "published"
    folder.mkdir()
    builders.ready(office, publication=Publication(folder=str(folder)))
    running = builders.server(office)
    list(running.console.execute("load ca"))
    list(running.stop())
    published_checkpoints.write(office.domain, builders.verified(office), office.actor().verifier())
    builders.submitted(office)
    (path,) = folder.glob("*.checkpoint.txt")
    with office.domain.store.snapshot() as db:
        _server, newest = checkpoints.newest(db, office.actor().verifier())
    with shown_window(office, qtbot) as window:
        dialog = verifying(window, hand)
        hand.says(dialog, f"Server1/MyCompany/US has signed it as a checkpoint up to entry {newest.size}, ")
        hand.says(dialog, f"It continues the log of the published checkpoint {path} at entry {newest.size}.")
        hand.says(dialog, "wait for the next checkpoint.")
        hand.click(dialog, "Close")


def test_enter_compares_a_typed_anchor_and_leaves_the_window_open(office, window, hand) -> None:
    dialog = verifying(window, hand)
    hand.says(dialog, "The audit log is intact")
    hand.fill(dialog, "Anchor from paper", anchoring.current(office.domain).text())
    hand.editor(dialog, "Anchor from paper").setFocus()
    hand.key(dialog, Qt.Key.Key_Return)
    hand.says(dialog, "The log matches the anchor at entry")
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)


def test_the_first_bad_entry_is_named_and_there_is_no_anchor(office, window, hand) -> None:
    sql(office, "UPDATE audit SET action = 'x' WHERE number = 2")
    dialog = verifying(window, hand)
    hand.says(dialog, "Entry 2")
    hand.until(lambda: not hand.button(dialog, "Copy").isEnabled(), "an anchor of a log that is not whole")
    hand.click(dialog, "Close")


def test_a_long_name_of_a_file_is_broken_and_not_cut_off(watched, hand) -> None:
    """The account's file has the installation's number in its name, which was wider than the dialog."""
    dialog = verifying(watched, hand)
    hand.says(dialog, "The audit log is intact")
    hint = dialog._hint
    hint.setText(f"It continues the log that this account's file ({'0761b9ef' * 20}.json) saw.")
    hand.until(lambda: not dialog.bar.isVisible(), "it goes on")
    dialog.make_room()
    assert max(map(hint.fontMetrics().horizontalAdvance, hint.text().split())) <= hint.width() < 900
    hand.click(dialog, "Close")


def test_a_log_that_was_put_back_is_told_and_can_be_accepted(office, watched, hand) -> None:
    office.domain.account.path.unlink()  # only the keychain has seen it
    put_back(office, 7)
    watched.audit_watch.look()
    hand.message("truncated or replaced")
    dialog = verifying(watched, hand)
    hand.click(dialog, "Accept This Log")
    hand.message("restored on purpose", "Accept")
    hand.says(dialog, "The audit log is intact")
    hand.click(dialog, "Close")
    assert sql(office, "SELECT 1 FROM audit WHERE action = 'audit log accepted'")
    watched.audit_watch.look()
    hand.until(lambda: not watched.audit_watch.problem, "what was accepted is told again")


def test_a_restored_store_is_accepted_with_the_certifier_id(office, watched, hand, tmp_path) -> None:
    put_back(office, 7)
    dialog = verifying(watched, hand)
    hand.says(dialog, "The store was put back to an older state")
    hand.click(dialog, "Accept Restored Store")
    accept = hand.dialog("Accept Restored Store")
    hand.says(accept, "its audit log ends at entry 7, but this account has seen entry 11")
    (tmp_path / "hello.crl").write_bytes(b"hello")
    accept._take_file(tmp_path / "hello.crl")
    hand.click(accept, "Accept…")
    log_in(hand)
    hand.message("hello.crl is neither a CRL nor a certificate")
    accept._take_file(tmp_path / "hello.crl")  # once more
    hand.until(lambda: hand.button(accept, "Accept").isEnabled(), "it goes on")
    assert not hand.button(accept, "Remove").isEnabled() and accept._list.count() == 1
    accept._list.setCurrentRow(0)
    hand.click(accept, "Remove")
    assert not accept._list.count() and not hand.button(accept, "Remove").isEnabled()
    hand.click(accept, "Accept…")
    log_in(hand)
    hand.message("A new epoch of the audit log begins (2)")
    hand.says(dialog, "The audit log is intact")
    hand.click(dialog, "Close")
    assert sql(office, "SELECT 1 FROM audit WHERE action = 'restore accepted'")


def test_a_banner_says_what_is_in_doubt_and_what_still_works_until_it_is_decided(office, watched, hand) -> None:
    assert not watched.banner.isVisible()
    put_back(office, 7)
    watched.audit_watch.look()
    hand.message("truncated or replaced")
    hand.until(watched.banner.isVisible, "no banner")
    hand.says(watched.banner, "You can read everything")
    hand.click(watched.banner, "Verify Audit Log")
    dialog = hand.dialog("Verify Audit Log")
    hand.says(dialog, "The store was put back to an older state")
    hand.click(dialog, "Close")
    accepting.accept(office.domain, office.certifier, accepting.SeenElsewhere())
    watched.audit_watch.look()
    hand.until(lambda: not watched.banner.isVisible(), "what was decided is still in doubt")
