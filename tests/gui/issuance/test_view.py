"""An Issued Certificate List in the window."""

import csv
import gc
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QTableWidget

from dominoadmin.gui.frame.tables import taking_out
from dominoadmin.gui.issuance import document as documents
from dominoadmin.gui.issuance import view as issued
from dominoadmin.gui.issuance.filters import IssuedFilters
from dominoadmin.pki import describe
from dominoadmin.pki.publication import Publication
from dominoadmin.resources import resource
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store.records import instant
from dominoadmin.viewmodels.target import Target
from tests import builders
from tests.conftest import NOW


@pytest.fixture
def ca(window, office):
    QApplication.processEvents()  # the tabs of the last time are opened first
    return builders.ready(office)


def fill(office, count):
    """Add as many entries as a busy authority has after a year; only their light columns can be read."""
    rows = [
        (1, f"{number + 16:x}", None, "server", f"CN=host{number:05}.example.com/O=MyCompany", f"dns:alias{number:05}.example.org",
         "CN=Ann Admin/O=MyCompany", ("rsa-2048", "ec-p256")[number % 2], instant(NOW - timedelta(days=1)),
         instant(NOW + timedelta(days=number % 400 - 5)), f"{number:064x}", "00", b"junk", instant(NOW), 0)
        for number in range(count)
    ]  # fmt: skip
    with closing(sqlite3.connect(office.domain.directory.store)) as db:
        db.executemany("INSERT INTO issued VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)", rows)
        db.execute("INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
        db.commit()


def sign_all(office) -> None:
    """Have the log commit what was filled in behind it."""
    with builders.act(office, office.ann) as db:
        db.execute("UPDATE issued SET kind = kind")


def rows(tab):
    return tab.current.rows.rowCount()


def shown(tab, row, column):
    return tab.current.rows.index(row, column).data()


def test_an_empty_list_says_what_to_do(window, hand, ca):
    tab = issued.open_list(window, 1)
    hand.says(tab, "No certificate has been issued yet. The CA process issues a certificate for each request that an RA has approved.")
    assert tab.windowTitle() == "ICL for MyCompany CA"
    assert tab.heading.toolTip().startswith("ICL for MyCompany CA/MyCompany - ")


def test_an_issued_certificate_opens_its_document_and_the_viewer_with_its_chain(window, hand, ca, office):
    builders.approved(office, "www.example.com")
    builders.load_ca(office)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 1, "nothing is listed")
    hand.picture(window, "/tmp/shots/issued.png")
    hand.open_row(tab, "www.example.com")
    document = window.page()
    assert document.windowTitle() == "Certificate: www.example.com"
    hand.says(document, "Ann Admin/MyCompany/US; the signature is valid")
    hand.says(document, "Not revoked")
    hand.picture(window, "/tmp/shots/issued-document.png")
    hand.click(document, "Show Certificate")
    window_of_it = hand.dialog("Certificate: www.example.com")
    page = hand.tab(window_of_it, "Chain")
    assert page.tree.topLevelItem(0).text(0) == "MyCompany CA"
    hand.says(page, "It was signed by the certificate above it.")


def test_the_proof_of_an_approval_is_exported_for_an_outsider(window, hand, ca, office, tmp_path):
    builders.approved(office)
    builders.load_ca(office)
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")
    document = documents.open_certificate(window, 1, row["serial_hex"])
    hand.click(document, "Export Proof")
    chooser = hand.dialog("Export Proof", QFileDialog)
    chooser.findChild(QLineEdit).setText(str(tmp_path / "proof.json"))
    chooser.accept()
    said = hand.message("The proof has been exported.")
    assert "verify_proof.py" in said
    (tmp_path / "cert.pem").write_bytes(office.ann.anchor.public_bytes(Encoding.PEM))
    anchor = said.rpartition("printed: ")[2]
    command = [sys.executable, resource("verify_proof.py"), "proof.json", "--anchor", anchor, "--root", "cert.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and "had a valid approval" in done.stdout
    del document, chooser
    window.close_current()
    hand.until(lambda: not kept(documents.IssuedDocument), "the closed document is kept")


def kept(kind: type) -> bool:
    """Whether there is an object of this class that nothing but a cycle keeps, or something else."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    return any(type(each) is kind for each in gc.get_objects())


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
    assert shown(tab, 0, 0) == "host00000.example.com/MyCompany"
    tip = tab.current.rows.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "CN=host00000.example.com/O=MyCompany"
    hand.navigate(tab, "Issued Certificates > By Serial Number")
    hand.until(lambda: rows(tab) == 30, "it is not filled")
    assert shown(tab, 0, 0) == "10"
    hand.navigate(tab, "Issued Certificates > By Expiration Date")
    hand.until(lambda: rows(tab) == 30, "it is not filled")
    assert shown(tab, 0, 2) == "Expired"
    assert tab.current.rows.index(0, 2).data(Qt.ItemDataRole.ToolTipRole) == "Expired 5 days ago."
    assert shown(tab, 29, 2) == "Ends in 24 days"


def test_ten_thousand_certificates_do_not_stop_the_window(window, hand, ca, office):
    fill(office, 10_000)
    began = time.process_time()  # of this process alone: the machine may be busy with others
    tab = issued.open_list(window, 1)
    assert time.process_time() - began < 0.5
    hand.until(lambda: rows(tab) == 10_000, "it is not filled")
    began = time.process_time()
    tab.current.search.setText("host09999")
    hand.until(lambda: rows(tab) == 1, "it is not found")
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("alias00007", 1), ("HOST0000", 10), ("host00007 alias", 1), ("host00007 alias00008", 0), ("Ann Admin", 30),
        (f"{7:064x}", 1), ("00:00:00:00:00:07", 1), ("17", 3), ("%", 0), ("100%", 0), ('"', 0), ("' OR 1=1", 0),
    ],
)  # fmt: skip
def test_search_finds_subjects_names_numbers_fingerprints_and_requesters(window, hand, ca, office, typed, found):
    fill(office, 30)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 30, "it is not filled")
    tab.current.search.setText(typed)
    hand.until(lambda: rows(tab) == found, f"found {rows(tab)}")


def test_every_column_sorts_and_the_selection_stays(window, hand, ca, office):
    fill(office, 600)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 600, "it is not filled")
    hand.select(tab, "host00555")
    for column in range(tab.current.rows.columnCount()):
        for order in (Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder):
            tab.current.table.sortByColumn(column, order)
            hand.until(lambda: rows(tab) == 600 and tab.current._job is None, "it is not sorted")
            assert [row.subject for row in tab.selected()] == ["CN=host00555.example.com/O=MyCompany"]
    end = next(n for n, column in enumerate(tab.current.view.columns) if column.title == "Expiration date")
    tab.current.table.sortByColumn(end, Qt.SortOrder.DescendingOrder)
    hand.until(lambda: tab.current._job is None, "it is not sorted")
    ends = [shown(tab, row, end) for row in range(600)]
    assert ends == sorted(ends, reverse=True)


def test_the_chips_choose_and_are_saved_under_a_name(window, hand, ca, office):
    fill(office, 30)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 30, "it is not filled")
    filters = next(each for each in tab.current.children() if isinstance(each, IssuedFilters))
    for label, count in (("Valid", 25), ("Expired", 5)):
        chip = next(action for action in filters._bar.actions() if action.text() == label)
        chip.trigger()
        hand.until(lambda count=count: rows(tab) == count, label)
        chip.trigger()
    filters._choose(filters._key, "ec-p256", "ECDSA P-256")
    hand.until(lambda: rows(tab) == 15, "key type")
    filters._choose(filters._ends, "7", "7 days")
    hand.until(lambda: 0 < rows(tab) < 15, "ends within")
    few = rows(tab)
    filters._save("Soon")
    hand.picture(window, "/tmp/shots/issued-chips.png")
    filters._restore({})
    hand.until(lambda: rows(tab) == 30, "everything")
    filters._restore(filters._known()["Soon"])
    hand.until(lambda: rows(tab) == few, "the saved view")
    assert filters._key.text() == "Key type: ECDSA P-256"


def test_rows_are_copied_and_exported_without_formulas(window, hand, ca, office, tmp_path):
    fill(office, 3)
    builders.sql(office, "UPDATE issued SET subject = '=HYPERLINK(1)' WHERE id = 2")
    sign_all(office)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 3, "it is not filled")
    tab.current.table.selectAll()
    tab._copy()
    hand.until(lambda: "host00000" in QApplication.clipboard().text(), "it is not copied")
    lines = QApplication.clipboard().text().splitlines()
    assert (len(lines), lines[0].split("\t")[0], lines[1][:2]) == (4, "Subject", "'=")
    path = tmp_path / "list.csv"
    taking_out._export(window, tab.current, tab.current.chunks(), path)
    assert str(path) in hand.message("3 rows were written to")
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.reader(file))
    assert [row[0] for row in read[:2]] == ["Subject", "'=HYPERLINK(1)"]


@pytest.mark.parametrize("way", ["altered", "unreadable"])
def test_rows_that_nobody_saw_are_compared_before_they_are_exported(window, hand, ca, office, tmp_path, way):
    fill(office, 3000)
    sign_all(office)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 3000, "it is not filled")
    change = "subject = 'CN=evil.example.com'" if way == "altered" else "not_after = 'never'"
    builders.sql(office, f"UPDATE issued SET {change} WHERE id = 2900")
    path = tmp_path / "list.csv"
    taking_out._export(window, tab.current, tab.current.chunks(), path)
    hand.message("(issued 1 " if way == "altered" else "cannot be read")
    assert not path.exists() and not list(tmp_path.glob("*.csv*"))


def test_revoked_certificates_and_lists_have_their_views(window, hand, ca, office):
    builders.approved(office, "www.example.com")
    builders.load_ca(office)
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="superseded"))
    builders.load_ca(office)
    tab = issued.open_list(window, 1)
    hand.navigate(tab, "Revoked")
    hand.until(lambda: rows(tab) == 1, "it is not listed")
    assert any("Superseded" in str(shown(tab, 0, column)) for column in range(3))
    hand.navigate(tab, "Certificate Revocation Lists")
    hand.until(lambda: rows(tab) == 2, "two lists")
    hand.picture(window, "/tmp/shots/crls.png")
    hand.open_row(tab, "2")
    shown_list = hand.dialog("CRL number 2 of MyCompany CA")
    table = shown_list.findChild(QTableWidget)
    assert [table.item(0, column).text() for column in (0, 2)] == [describe.serial(row["serial_hex"]), "Superseded"]
    hand.picture(shown_list, "/tmp/shots/crl.png")
    shown_list.reject()


def test_a_damaged_entry_is_one_sentence(window, hand, ca, office):
    fill(office, 1)
    tab = issued.open_list(window, 1)
    hand.open_row(tab, "host00000")
    hand.message("A row of the store (issued 1 10) is not the one that was signed")


def test_an_entry_that_has_gone_is_said(window, hand, ca, office):
    fill(office, 1)
    tab = issued.open_list(window, 1)
    hand.select(tab, "host00000")
    row = tab.selected()[0]
    builders.sql(office, "DELETE FROM issued")
    tab.open_row(tab.current.view, row)
    hand.message("This certificate is no longer in the Issued Certificate List.")


def test_ca_configuration_lists_its_versions_and_opens_the_certifier_document(window, hand, ca):
    tab = issued.open_list(window, 1)
    hand.navigate(tab, "CA Configuration")
    hand.open_row(tab, "CA Configuration, version 1")
    document = window.page()
    assert document.windowTitle() == "Certifier: MyCompany CA/MyCompany"
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
    assert window.page().windowTitle().startswith("Certifier:")


def test_a_certifier_that_is_not_there_is_said(window, hand, ca):
    assert issued.open_list(window, 7) is None
    hand.message("This certifier no longer exists.")


def test_the_certificate_of_an_ocsp_responder_is_listed_too(window, hand, office):
    QApplication.processEvents()
    builders.ready(office, publication=Publication(("http://server1.example.com/pki",)))
    builders.load_ca(office)
    tab = issued.open_list(window, 1)
    hand.until(lambda: rows(tab) == 1, "it is not listed")
    assert "OCSP responder" in [shown(tab, 0, column) for column in range(tab.current.rows.columnCount())]
    hand.open_row(tab, "OCSP Responder")
    hand.says(window.page(), "None: the CA process certified its own OCSP responder.")


def test_the_list_of_all_certifiers_is_filtered_by_certifier(window, hand, ca, office):
    builders.certifier(office, "Other CA")
    fill(office, 5)
    builders.sql(office, "UPDATE issued SET certifier_id = 2 WHERE id > 3")
    tab = issued.open_list(window)
    hand.until(lambda: rows(tab) == 5, "all")
    assert tab.windowTitle() == "Issued Certificates"
    filters = next(each for each in tab.current.children() if isinstance(each, IssuedFilters))
    hand.until(lambda: filters._certifiers, "the certifiers")
    filters._choose(filters._certifier, "2", "Other CA")
    hand.until(lambda: rows(tab) == 2, "one certifier's")
    filters._choose(filters._certifier, "", "")
    hand.until(lambda: rows(tab) == 5, "all again")


def test_who_opens_it_for_what_expires_soon_sees_just_that_and_takes_the_filter_away(window, hand, ca, office):
    fill(office, 400)
    window.run("issued-certificates", Target(certifier_id=1, days=30))
    tab = window.page()
    hand.until(lambda: rows(tab) == 31, "other certificates are shown")
    assert tab.current.view.title == "By Expiration Date"
    chips = tab.current.findChild(IssuedFilters)
    assert chips._ends.text() == "Expires within: 30 days"
    chips._ends.menu().actions()[0].trigger()
    hand.until(lambda: rows(tab) == 400, "the others do not come back")
    hand.picture(window, "/tmp/shots/issued-narrowed.png")
    tab.show_view(tab.entries[0].path)
    hand.until(lambda: rows(tab) == 400, "another view is narrowed, too")
    window.run("issued-certificates", Target(certifier_id=1, days=7))
    hand.until(lambda: rows(tab) == 8, "an open list is not narrowed")
    window.run("icl", Target(certifier_id=1, days=90))
    hand.until(lambda: rows(tab) == 91, "the guide does not narrow it")


@pytest.mark.parametrize("certifier_id", [0, 1])
def test_no_column_is_beside_a_window_of_a_notebook(window, hand, ca, office, certifier_id):
    fill(office, 30)
    if window._panes.switches["side"].isChecked():
        window._panes.switches["side"].toggle()
    window.resize(1366, 768)
    tab = issued.open_list(window, certifier_id)
    table = tab.current.table
    hand.until(lambda: rows(tab) == 30, "it is not filled")
    hand.until(lambda: not table.horizontalScrollBar().maximum(), "a column is beside the window")
    subject, state = (table.columnWidth(number) for number in (0, 1))
    assert subject > state
    window.resize(1100, 720)
    window.resize(1366, 768)
    hand.until(lambda: not table.horizontalScrollBar().maximum(), "a column is beside the window")
    table.setColumnWidth(0, 500)
    window.resize(1300, 768)
    QApplication.processEvents()
    assert table.columnWidth(0) == 500, "what somebody has chosen stays"
