"""What the lists of the window show is compared with what was signed: each altered or missing row is named over its list."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from dominoadmin.gui.audit import view as audit_log
from dominoadmin.gui.frame import jobs, theme
from dominoadmin.gui.frame.tables.comparing import Comparison
from dominoadmin.gui.frame.tables.problems import Problems
from dominoadmin.gui.frame.tables.table_view import TableView
from dominoadmin.gui.issuance import view as issued
from dominoadmin.services.identities import renewing
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.target import Target
from tests import builders
from tests.builders import sql
from tests.gui.looking import objections
from tests.gui.test_every_view import enlarged, make_window, pages, sample_domain, sample_template, speaking  # noqa: F401 - fixtures

PENDING, FINISHED = "Pending/Submitted Requests", "Issued/Rejected Certificates"
REQUESTS = "Certification Authority Requests\\Certificate Requests"
CERTIFICATES = "Issued Certificates\\By Subject Name"
NOT_SIGNED, CHANGED = "is not the one that was signed", "was changed or moved"
REMEDY = "dominoadmin store check --repair BACKUP"


def files(window):
    window.run("files")
    return window.page()


def configuration(window):
    window.run("configuration")
    return window.page()


def directory(window):
    window.run("directory")
    return window.page()


def admin4(window):
    window.run("admin4")
    return window.page()


def database(window):
    window.run("open-database", Target(database="certreq.nsf"))
    return window.page()


def every_list(window):
    return issued.open_list(window)


def one_list(window):
    return issued.open_list(window, 1)


def log(window):
    audit_log.open_log(window)
    return window.page()


SUBJECT = "UPDATE {} SET subject = 'CN=evil.example.com' WHERE {}"
HOST = "UPDATE directory SET fields = replace(fields, 'server1.example.com', 'evil.example.com')"
ROB = "UPDATE directory SET fields = json_set(fields, '$.mail_address', 'evil@example.com') WHERE name LIKE 'CN=Rob%'"
NAME = "UPDATE certifiers SET name = 'CN=Another CA/O=MyCompany' WHERE id = 1"
RELEASED = "DELETE FROM revocations WHERE certifier_id = 1"
ALTERED = {
    "files": (files, "All files", "UPDATE databases SET title = 'Another'", "databases certreq.nsf"),
    "databases": (files, "Databases", "UPDATE databases SET title = 'Another'", "databases certreq.nsf"),
    "certifiers": (configuration, "Certificates\\Certifiers", "UPDATE certifiers SET protection = 'locking-id' WHERE id = 1", "certifiers 1"),
    "certifiers' lists": (configuration, "Certificates\\Issued Certificate Lists", "UPDATE certifiers SET icl_file = 'icl/evil.nsf' WHERE id = 1", "certifiers 1"),
    "servers": (configuration, "Server\\All Server Documents", HOST, "directory CN=Server1/O=MyCompany/C=US"),
    "people": (directory, "People", ROB, "directory CN=Rob Ra/O=MyCompany/C=US"),
    "a revoked person": (directory, "People", "DELETE FROM former_ids", "former_ids "),
    "servers of the directory": (directory, "Server\\Servers", HOST, "directory CN=Server1/O=MyCompany/C=US"),
    "certificates": (directory, "Certificates", NAME, "certifiers 1"),
    "authorities": (directory, "Server\\Certificate Authorities", NAME, "certifiers 1"),
    "pending requests": (database, PENDING, SUBJECT.format("requests", "id = 3"), "requests 3"),
    "a request without its document": (database, PENDING, "DELETE FROM admin_requests WHERE request_id = 3", "admin_requests 3"),
    "finished requests": (database, FINISHED, SUBJECT.format("requests", "id = 1"), "requests 1"),
    "requests": (admin4, REQUESTS, SUBJECT.format("requests", "id = 1"), "requests 1"),
    "undecided requests": (admin4, "Pending Administrator Approval", SUBJECT.format("requests", "id = 3"), "requests 3"),
    "revocation requests": (admin4, "Certification Authority Requests\\Revocation Requests", "UPDATE revocation_requests SET requested_by = 'CN=Rob Ra/O=MyCompany/C=US'", "revocation_requests 1"),
    "all certificates": (every_list, CERTIFICATES, SUBJECT.format("issued", "request_id = 1"), "issued 1 "),
    "certificates of one": (one_list, CERTIFICATES, SUBJECT.format("issued", "request_id = 1"), "issued 1 "),
    "by serial number": (one_list, "Issued Certificates\\By Serial Number", SUBJECT.format("issued", "request_id = 1"), "issued 1 "),
    "the name of a certifier": (every_list, CERTIFICATES, NAME, "certifiers 1"),
    "a certificate that is revoked no more": (one_list, CERTIFICATES, RELEASED, "revocations 1 "),
    "revoked certificates": (one_list, "Revoked", "UPDATE revocations SET reason = 'superseded'", "revocations 1 "),
    "CRLs": (one_list, "Certificate Revocation Lists", "UPDATE crls SET entries = 7 WHERE number = 1", "crls 1"),
    "a removed request": (admin4, REQUESTS, "DELETE FROM requests WHERE id = 2", "requests 2"),
    "a request with a large number": (admin4, REQUESTS, "UPDATE requests SET id = 1000000000000 WHERE id = 2", "requests 2"),
    "a removed certifier": (configuration, "Certificates\\Certifiers", "DELETE FROM certifiers WHERE id = 2", "certifiers 2"),
    "a hidden person": (directory, "People", "UPDATE directory SET kind = 'persom' WHERE name LIKE 'CN=Rob%'", "directory CN=Rob Ra/O=MyCompany/C=US"),
    "a removed CRL": (one_list, "Certificate Revocation Lists", "DELETE FROM crls WHERE id = 1", "crls 1"),
    "a removed database": (files, "Databases", "DELETE FROM databases WHERE file = 'certreq.nsf'", "databases certreq.nsf"),
    "a removed person": (directory, "People", "DELETE FROM directory WHERE name LIKE 'CN=Rob%'", "directory CN=Rob Ra/O=MyCompany/C=US"),
}


NO_ROW = {"a removed database", "a removed person", "a removed request", "a request with a large number", "a removed certifier", "a hidden person", "a removed CRL"}
"""Nothing is left in the list that could be marked."""


@pytest.fixture
def full(office):
    builders.ready(office)
    builders.certifier(office, "Second CA")
    for host in ("a.example.com", "b.example.com"):
        builders.approved(office, host)
    builders.submitted(office, "c.example.com")
    builders.load_ca(office)
    (first, *_rest) = sql(office, "SELECT serial_hex FROM issued ORDER BY id")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((first["serial_hex"],)))
    running = builders.server(office)
    list(running.console.execute("load ca"))
    list(running.stop())
    renewing.revoke(office.domain, office.certifier, "Rob Ra")
    sql(office, "UPDATE requests SET pulled_at = '2026-11-23T17:00:00Z' WHERE id = 1")  # nobody signs this
    return office


def settle() -> None:
    """Wait until the rows are read, and what is on the screen was compared."""
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 0.1:
        QCoreApplication.processEvents()
        time.sleep(0.002)
        if jobs.busy() or any(each.is_due for window in QApplication.topLevelWidgets() for each in window.findChildren(Comparison)):
            quiet_since = time.monotonic()


def said(tab) -> str:
    (over,) = tab.current.findChildren(Problems)
    return "\n".join(label.text() for label in over.findChildren(QLabel) if label.isVisible())


def marked(tab) -> list[int]:
    """Return the numbers of the rows that have the mark, in their tool tips and for those who hear the window, too."""
    found = []
    for number in range(tab.current.rows.rowCount()):
        cells = [tab.current.rows.index(number, column) for column in range(tab.current.rows.columnCount())]
        shape = cells[0].data(Qt.ItemDataRole.DecorationRole)
        has_mark = shape is not None and shape.cacheKey() == theme.badge(Badge.ALTERED).cacheKey()
        spoken = cells[0].data(Qt.ItemDataRole.AccessibleTextRole) or ""
        assert has_mark == spoken.startswith("Altered: "), spoken
        tips = [each.data(Qt.ItemDataRole.ToolTipRole) or "" for each in cells]
        assert all(has_mark == (NOT_SIGNED in tip or CHANGED in tip) for tip in tips)
        found += [number] * has_mark
    return found


def shown(window, open_tab, path: str):
    tab = open_tab(window)
    tab.show_view(path)
    settle()
    assert tab.current.rows.rowCount()
    return tab


def look(window, tab) -> None:
    """Read the list again, as the window does by itself after every commit."""
    window.events.look()
    tab.refresh()
    settle()


def altered(office, statement: str) -> Callable[[], None]:
    """Write behind the window, and return what puts the table back as it was."""
    words = statement.split()
    table = words[1] if words[0] == "UPDATE" else words[2]
    rows = [tuple(row) for row in sql(office, f"SELECT * FROM {table}")]
    sql(office, statement)

    def restore() -> None:
        with builders.behind(office.domain.store) as db:
            db.execute(f"DELETE FROM {table}")
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    return restore


@pytest.mark.parametrize("which", ALTERED)
def test_an_altered_row_is_named_until_it_is_restored(full, window, which: str) -> None:
    open_tab, path, statement, named = ALTERED[which]
    tab = shown(window, open_tab, path)
    assert NOT_SIGNED not in said(tab) and not marked(tab)
    restore = altered(full, statement)
    look(window, tab)
    assert f"A row of the store ({named}" in said(tab)
    assert REMEDY in said(tab)
    assert not window.findChildren(QMessageBox)
    assert bool(marked(tab)) == (which not in NO_ROW)
    restore()
    look(window, tab)
    assert NOT_SIGNED not in said(tab) and not marked(tab)


def test_the_altered_row_has_the_mark_and_no_other(full, window) -> None:
    tab = shown(window, admin4, REQUESTS)
    sql(full, "UPDATE requests SET subject = 'CN=evil.example.com' WHERE id = 2")
    look(window, tab)
    (number,) = marked(tab)
    assert tab.current.rows.row(number).request.id == 2
    cells = QAccessible.queryAccessibleInterface(tab.current.table)
    assert "Altered: Issued" in [cells.child(number).text(QAccessible.Text.Name) for number in range(cells.childCount())]


def test_an_altered_entry_of_the_log_is_named_until_it_is_restored(full, window) -> None:
    tab = shown(window, log, "All Entries")
    assert said(tab) == ""
    (row,) = sql(full, "SELECT object, octets FROM audit WHERE number = 9")
    change = "UPDATE audit SET object = ?, octets = ? WHERE number = 9"
    sql(full, change, "O=Another", row["octets"].replace(row["object"].encode(), b"O=Another"))
    look(window, tab)
    assert "ntry 9 " in said(tab)
    rows = tab.current.rows
    (place,) = [number for number in range(rows.rowCount()) if rows.row(number) is None]
    assert rows.index(place, 0).data() == "(cannot be read)" and rows.index(place, 1).data() is None
    assert rows.index(place, 0).data(Qt.ItemDataRole.DecorationRole).cacheKey() == theme.badge(Badge.ALTERED).cacheKey()
    sql(full, change, row["object"], row["octets"])
    look(window, tab)
    assert said(tab) == "" and not marked(tab)


def test_many_altered_rows_are_counted(full, window) -> None:
    """Three that do no harm must not hide the others."""
    tab = shown(window, admin4, REQUESTS)
    sql(full, "UPDATE requests SET subject = 'CN=evil.example.com'")
    sql(full, "UPDATE admin_requests SET state = 'Rejected'")
    look(window, tab)
    assert said(tab).count("A row of the store (") == 3
    assert "3 more" in said(tab)


def test_what_is_scrolled_to_is_compared(full, window) -> None:
    """A page of a long list is compared when it is read, not before."""
    for number in range(300):
        builders.submitted(full, f"host{number}.example.com")
    tab = shown(window, admin4, REQUESTS)
    sql(full, "UPDATE requests SET subject = 'CN=evil.example.com' WHERE id = 1")
    look(window, tab)
    assert said(tab) == ""
    tab.current.table.scrollToBottom()
    settle()
    assert "A row of the store (requests 1)" in said(tab)


def test_an_unaltered_store_shows_nothing(make_window) -> None:  # noqa: F811
    window, lists = make_window(), set()
    for name in pages(window):
        settle()
        for each in window.findChildren(TableView):
            if each.isVisible():
                lists.add(each.view.path)
                assert not each._problems.isVisible(), f"{name}: {each._problems.text()}"
    assert len(lists) > 20


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("language", ["en", "de"])
def test_many_altered_rows_leave_room_for_the_list(make_window, sample_domain, speaking, enlarged, language: str, factor: int) -> None:  # noqa: F811
    speaking(language)
    enlarged(factor)
    window = make_window()
    with builders.behind(sample_domain.store) as db:
        db.execute("UPDATE requests SET subject = 'CN=evil.example.com'")
    window.run("admin4")
    settle()
    tab = window.page()
    assert "(requests 1)" in said(tab)
    over = tab.current._problems
    assert over.height() <= 7 * over.fontMetrics().lineSpacing()
    assert list(objections(window)) == []


MISSING = "1 certificate that was issued is missing from the Issued Certificate List of CN=MyCompany CA/O=MyCompany."


@pytest.mark.parametrize("open_tab", [every_list, one_list])
@pytest.mark.parametrize("removed", ["request_id = 1", "1"])
def test_certificates_that_are_missing_from_their_list_are_counted(full, window, open_tab, removed: str) -> None:
    """Only Check Store named them, and an empty list said that nothing was issued."""
    tab = shown(window, open_tab, CERTIFICATES)
    assert "missing" not in said(tab)
    restore = altered(full, f"DELETE FROM issued WHERE {removed}")
    look(window, tab)
    assert (MISSING if removed != "1" else "2 certificates that were issued are missing") in said(tab)
    assert "Tools - Check Store" in said(tab) and not marked(tab)
    restore()
    look(window, tab)
    assert "missing" not in said(tab)
