"""Check Store in the window: the findings with their remedies, Stop, the file, the keyboard."""

from __future__ import annotations

import csv
import json
import shlex
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QPushButton

from dominoadmin.errors import Cancelled, Damaged
from dominoadmin.gui.audit import check_store
from dominoadmin.gui.audit.check_store import CheckStore
from dominoadmin.gui.frame import theme
from dominoadmin.services.audit.checking import Discrepancy
from dominoadmin.services.processes import deep_checks, rebuilding
from tests import builders
from tests.builders import sql

SHOTS = "/tmp/shots"
CLEAN = "The store is as it was signed: nothing was altered, added or removed."


def opened(window, hand) -> CheckStore:
    hand.menu(window, "Tools > Check Store")
    return hand.dialog("Check Store", CheckStore)


def cells(dialog: CheckStore) -> list[list[str]]:
    table = dialog.table
    return [[table.item(row, column).text() for column in range(4)] for row in range(table.rowCount())]


def test_a_clean_store_is_clean(window, hand) -> None:
    dialog = opened(window, hand)
    hand.says(dialog, CLEAN)
    hand.until(lambda: not dialog.bar.isVisible(), "it goes on")
    assert not hand.button(dialog, "Export").isEnabled() and not hand.button(dialog, "Stop").isEnabled()
    hand.click(dialog, "Close")


def test_each_finding_is_listed_with_its_remedy_and_exported(office, window, hand, tmp_path) -> None:
    builders.ready(office)
    sql(office, "UPDATE databases SET title = '=cmd()'")
    sql(office, "UPDATE directory SET name = '=Eve' WHERE name LIKE 'CN=Rob%'")
    dialog = opened(window, hand)
    hand.says(dialog, "The store is not as it was signed: 3 findings.")
    hand.picture(dialog, f"{SHOTS}/check-store.png")
    theme.apply(theme.DARK)
    hand.picture(dialog, f"{SHOTS}/check-store-dark.png")
    theme.apply(theme.LIGHT)
    shown = cells(dialog)
    assert ["databases", "certreq.nsf", "This row was altered: the audit log has another digest of it.",
            "Restore this row from a backup: 'dominoadmin store check --repair BACKUP'."] in shown
    hand.click(dialog, "Export")
    chooser = hand.dialog("Export Findings", QFileDialog)
    chooser.findChild(QLineEdit).setText(str(tmp_path / "found.csv"))
    chooser.accept()
    hand.until((tmp_path / "found.csv").exists, "no file")
    titles, *rows = csv.reader((tmp_path / "found.csv").read_text().splitlines())
    assert titles == ["Table", "Key", "Finding", "Remedy"] and ["directory", "'=Eve"] in [row[:2] for row in rows]
    dialog.write(tmp_path / "found.json")
    assert sorted(map(list, map(dict.values, json.loads((tmp_path / "found.json").read_text())))) == sorted(shown)
    dialog.write(tmp_path / "no folder" / "found.csv")
    hand.message("cannot be written")
    hand.click(dialog, "Close")


def test_what_follows_from_other_tables_is_created_again_and_checked(office, window, hand) -> None:
    builders.ready(office)
    sql(office, "UPDATE state_pages SET entries = zeroblob(64) WHERE number = (SELECT min(number) FROM state_pages)")
    dialog = opened(window, hand)
    hand.says(dialog, "The store is not as it was signed: 1 finding.")
    hand.until(lambda: hand.button(dialog, "Rebuild").isEnabled(), "it goes on")
    assert not [each for each in dialog.findChildren(QPushButton) if each.isVisible() and each.text() == "Copy Co&mmand"]
    hand.picture(dialog, f"{SHOTS}/check-store-rebuild.png")
    hand.click(dialog, "Rebuild")
    hand.says(dialog, CLEAN)
    hand.says(dialog, "Created again: state_pages.")
    hand.until(lambda: not dialog.bar.isVisible(), "it goes on")
    assert not [each for each in dialog.findChildren(QPushButton) if each.isVisible() and each.text() == "&Rebuild"]
    assert deep_checks.check(office.domain, office.actor()) == []
    hand.click(dialog, "Close")


def test_what_cannot_be_created_again_is_told_and_the_findings_stay(office, window, hand, monkeypatch) -> None:
    one = Discrepancy(table="audit", key="1", finding="It differs.", remedy="Run 'dominoadmin store check --rebuild'.")
    monkeypatch.setattr(deep_checks, "check", lambda *_arguments, deep: [one])

    def broken(*_arguments):
        raise Damaged("The log is broken.", "Restore a backup.")

    monkeypatch.setattr(rebuilding, "rebuild", broken)
    dialog = opened(window, hand)
    hand.says(dialog, "1 finding")
    hand.until(lambda: hand.button(dialog, "Rebuild").isEnabled(), "it goes on")
    hand.click(dialog, "Rebuild")
    hand.message("The log is broken.")
    hand.says(dialog, "Nothing was created again.")
    assert dialog.table.rowCount() == 1
    hand.click(dialog, "Close")


def test_the_command_of_a_remedy_is_copied_for_this_store(office, window, hand) -> None:
    builders.ready(office)
    sql(office, "UPDATE databases SET title = 'Another'")
    dialog = opened(window, hand)
    hand.until(lambda: hand.button(dialog, "Check Again").isEnabled(), "it goes on")
    hand.click(dialog, "Copy Command")
    copied = shlex.split(QGuiApplication.clipboard().text())
    assert copied == ["dominoadmin", "--data", str(office.root), "store", "check", "--repair", "BACKUP"]
    assert not [each for each in dialog.findChildren(QPushButton) if each.isVisible() and each.text() == "&Rebuild"]
    hand.click(dialog, "Close")


def test_a_remedy_without_a_command_offers_none(office, window, hand, monkeypatch) -> None:
    one = Discrepancy(table="issued", key="1 ab", finding="It differs.", remedy="Restore a backup.")
    other = Discrepancy(table="-", key="-", finding="It differs.", remedy="Run 'dominoadmin store check --repair BACKUP'.")
    monkeypatch.setattr(deep_checks, "check", lambda *_arguments, deep: [one, other])
    dialog = opened(window, hand)
    hand.until(lambda: hand.button(dialog, "Check Again").isEnabled(), "it goes on")
    assert hand.button(dialog, "Copy Command").isEnabled() and dialog.table.currentRow() == 1
    dialog.table.selectRow(0)
    assert not hand.button(dialog, "Copy Command").isEnabled()
    monkeypatch.setattr(deep_checks, "check", lambda *_arguments, deep: [one])
    hand.click(dialog, "Check Again")
    hand.says(dialog, "1 finding")
    hand.until(lambda: hand.button(dialog, "Check Again").isEnabled(), "it goes on")
    assert not [each for each in dialog.findChildren(QPushButton) if each.isVisible() and "Command" in each.text()]
    hand.click(dialog, "Close")


def test_every_signature_is_verified_if_it_is_ticked(office, window, hand) -> None:
    builders.ready(office)
    builders.load_ca(office)
    sql(office, "UPDATE crl_pieces SET bytes = zeroblob(length(bytes)) WHERE number = 1")
    dialog = opened(window, hand)
    hand.says(dialog, CLEAN)
    hand.until(lambda: hand.button(dialog, "Check Again").isEnabled(), "it goes on")
    hand.tick(dialog, "Also verify every signature: documents, certificates, CRLs")
    hand.click(dialog, "Check Again")
    hand.says(dialog, "The store is not as it was signed: 1 finding.")
    assert cells(dialog)[0][0] == "crls"
    hand.until(lambda: hand.button(dialog, "Check Again").isEnabled(), "it goes on")
    hand.tick(dialog, "Also verify every signature: documents, certificates, CRLs", on=False)
    hand.click(dialog, "Check Again")
    hand.says(dialog, CLEAN)
    assert not cells(dialog)


def test_it_is_stopped_and_begun_again(window, hand, monkeypatch) -> None:
    begun, real = threading.Event(), deep_checks.check

    def slow(domain, actor, progress, *, deep):
        begun.set()
        while True:
            progress.step("Checking entry 1 of the audit log")

    monkeypatch.setattr(deep_checks, "check", slow)
    dialog = opened(window, hand)
    hand.until(begun.is_set, "not begun")
    hand.says(dialog, "Checking entry 1 of the audit log")
    assert dialog.bar.isVisible() and not dialog.findChild(QCheckBox).isEnabled()
    hand.click(dialog, "Stop")
    hand.says(dialog, "The check was stopped.")
    monkeypatch.setattr(deep_checks, "check", real)
    hand.click(dialog, "Check Again")
    hand.says(dialog, CLEAN)
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)


def test_closing_stops_it(window, hand, monkeypatch) -> None:
    stopped = threading.Event()

    def slow(domain, actor, progress, *, deep):
        try:
            while True:
                progress.step("Checking")
        except Cancelled:
            stopped.set()
            raise

    monkeypatch.setattr(deep_checks, "check", slow)
    dialog = opened(window, hand)
    hand.says(dialog, "Checking")
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.until(stopped.is_set, "it goes on without a dialog")


def test_a_store_that_cannot_be_read_is_told(office, window, hand, monkeypatch) -> None:
    def broken(*_arguments, deep):
        raise Damaged("The store is broken.", "Restore a backup.")

    monkeypatch.setattr(deep_checks, "check", broken)
    dialog = opened(window, hand)
    hand.message("The store is broken.")
    hand.says(dialog, "The store was not checked.")
    hand.click(dialog, "Close")


def test_many_findings_are_shown_in_part(window, hand, monkeypatch) -> None:
    one = Discrepancy(table="issued", key="1 ab", finding="This row is missing.", remedy="Restore a backup.")
    monkeypatch.setattr(deep_checks, "check", lambda *_arguments, deep: [one] * 5000)
    dialog = opened(window, hand)
    hand.says(dialog, "The store is not as it was signed: 5000 findings.")
    hand.says(dialog, f"The first {check_store._SHOWN} are shown; an exported file has all of them.")
    assert dialog.table.rowCount() == check_store._SHOWN
    hand.click(dialog, "Close")


@pytest.mark.parametrize("keys", [[Qt.Key.Key_Tab] * 6])
def test_the_keyboard_reaches_everything(office, window, hand, keys) -> None:
    sql(office, "DELETE FROM directory WHERE name LIKE 'CN=Rob%'")
    dialog = opened(window, hand)
    hand.says(dialog, "The store is not as it was signed: 1 finding.")
    hand.until(lambda: hand.button(dialog, "Check Again").isEnabled(), "it goes on")
    dialog.table.setFocus()
    hand.key(dialog.table, Qt.Key.Key_Down)
    assert dialog.table.currentRow() == 0
    reached = set()
    for key in keys:
        hand.key(dialog.focusWidget(), key)
        reached.add(dialog.focusWidget())
    assert {hand.button(dialog, name) for name in ("Copy Command", "Check Again", "Export", "Close")} <= reached
    assert dialog.findChild(QCheckBox) in reached
    hand.click(dialog, "Close")
