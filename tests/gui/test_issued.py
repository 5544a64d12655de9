"""An Issued Certificate List in the window."""

import sqlite3
import time
from contextlib import closing
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QApplication

from dominoadmin.gui.views import issued
from dominoadmin.store.records import instant
from tests import builders
from tests.conftest import NOW


@pytest.fixture
def ca(window, office):
    QApplication.processEvents()  # the tabs of the last time are opened first
    return builders.ready(office)


def fill(office, count):
    """As many entries as a busy authority has after a year; only their light columns can be read."""
    rows = [
        (1, f"{number + 16:x}", number, "server", f"CN=host{number:05}.example.com/O=MyCompany", instant(NOW - timedelta(days=1)),
         instant(NOW + timedelta(days=number % 400 - 5)), "00", "00", b"junk", instant(NOW))
        for number in range(count)
    ]  # fmt: skip
    with closing(sqlite3.connect(office.domain.directory.store)) as db:
        db.executemany("INSERT INTO issued VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        db.commit()


def rows(tab):
    return tab.current.rows.rowCount()


def shown(tab, row, column):
    return tab.current.rows.index(row, column).data()


def test_an_empty_list_says_what_to_do(window, hand, ca):
    tab = issued.open_list(window, 1)
    hand.says(tab, "The CA process issues what an RA has approved.")
    assert tab.windowTitle() == "ICL for MyCompany CA"
    assert window.tabs.tabToolTip(window.tabs.indexOf(tab)) == "ICL for CN=MyCompany CA/O=MyCompany"


def test_an_issued_certificate_opens_in_the_viewer_with_its_chain(window, hand, ca, office):
    builders.approved(office, "www.example.com")
    builders.load_ca(office)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 1, "nothing is listed")
    hand.picture(window, "/tmp/shots/issued.png")
    hand.open_row(tab, "www.example.com")
    window_of_it = hand.dialog("Certificate: www.example.com")
    page = hand.tab(window_of_it, "Chain")
    assert page.tree.topLevelItem(0).text(0) == "MyCompany CA"
    hand.says(page, "Its signature was made by the certificate above it.")


def test_the_list_follows_the_store_by_itself(window, hand, ca, office):
    tab = issued.open_list(window, 1)
    hand.until(lambda: not rows(tab), "it is not empty")
    fill(office, 3)
    window.events.look()
    hand.until(lambda: rows(tab) == 3, "it is not refreshed")


def test_three_orders(window, hand, ca, office):
    fill(office, 30)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 30, "it is not filled")
    assert shown(tab, 0, 0) == "CN=host00000.example.com/O=MyCompany"
    hand.navigate(tab, "Issued Certificates > By Serial Number")
    hand.until(lambda: rows(tab) == 30, "it is not filled")
    assert shown(tab, 0, 0) == "10"
    hand.navigate(tab, "Issued Certificates > By Expiration Date")
    hand.until(lambda: rows(tab) == 30, "it is not filled")
    assert shown(tab, 0, 1) == "Expired 5 days ago."
    assert shown(tab, 29, 1) == "Valid; expires in 24 days."


def test_ten_thousand_certificates_do_not_stop_the_window(window, hand, ca, office):
    fill(office, 10_000)
    began = time.perf_counter()
    tab = issued.open_list(window, 1)
    assert time.perf_counter() - began < 0.5
    hand.until(lambda: rows(tab) == 10_000, "it is not filled")
    began = time.perf_counter()
    tab.current.search.setText("host09999")
    QApplication.processEvents()
    assert rows(tab) == 1
    assert time.perf_counter() - began < 1.0


def test_a_damaged_entry_is_one_sentence(window, hand, ca, office):
    fill(office, 1)
    tab = issued.open_list(window, 1)
    hand.open_row(tab, "host00000")
    hand.message("The certificate cannot be read")


def test_an_entry_that_has_gone_is_said(window, hand, ca, office):
    fill(office, 1)
    tab = issued.open_list(window, 1)
    hand.select(tab, "host00000")
    row = tab.selected()[0]
    builders.sql(office, "DELETE FROM issued")
    tab.open_row(tab.current.view, row)
    hand.message("was issued here")


def test_ca_configuration_lists_its_versions_and_opens_the_certifier_document(window, hand, ca):
    tab = issued.open_list(window, 1)
    hand.navigate(tab, "CA Configuration")
    hand.open_row(tab, "CA Configuration, version 1")
    document = window.tabs.currentWidget()
    assert document.windowTitle() == "Certifier: CN=MyCompany CA/O=MyCompany"
    hand.tab(document, "CA Configuration")
    hand.says(document, "signed by Ann Admin/MyCompany/US")


def test_buttons_say_what_they_need(window, hand, ca, office):
    fill(office, 2)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 2, "it is not filled")
    tab.current.table.clearSelection()
    button = next(action for action in tab.bar.actions() if action.text() == "&Open Certificate")
    assert button.toolTip() == "Select one certificate first."
    hand.click(tab, "Certifier Document")
    assert window.tabs.currentWidget().windowTitle().startswith("Certifier:")


def test_a_certifier_that_is_not_there_is_said(window, hand, ca):
    assert issued.open_list(window, 7) is None
    hand.message("There is no such certifier any more.")
