"""File - Database - New, the About document, and the Database Configuration (technote, steps 9-13)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QDialogButtonBox

from dominoadmin.gui.frame import theme
from dominoadmin.gui.requests import database_configuration, new_database
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.databases import DatabaseConfiguration, Processing
from tests import builders
from tests.builders import CA_NAME, DATABASE, sql

SHOTS = "/tmp/shots"


def to_configuration(window, hand):
    """Fill in New Database as in the technote, close the About document, and return the form."""
    new_database.start(window)
    dialog = hand.dialog("New Database")
    hand.tick(dialog, "Show Advanced Templates")
    hand.select(dialog, "Certificate Requests (6)")
    hand.click(dialog, "OK")
    hand.click(hand.dialog("About Certificate Requests"), "Close")
    return hand.dialog("Database Configuration")


def configuration(office) -> DatabaseConfiguration:
    ((record, _),) = databases.all_databases(office.domain)
    return databases.configuration_of(record)


def test_the_technotes_steps_make_the_database(window, office, hand) -> None:
    builders.certifier(office)
    new_database.start(window)
    dialog = hand.dialog("New Database")
    hand.choose(dialog, "Server", "Server1")
    hand.fill(dialog, "Title", "Certificate Requests")
    hand.fill(dialog, "File Name", "certreq.nsf")
    assert hand.says(dialog, "is an advanced template")
    hand.picture(dialog, f"{SHOTS}/new_database_before.png")
    hand.tick(dialog, "Show Advanced Templates")
    hand.select(dialog, "Certificate Requests (6)")
    hand.says(dialog, "certreq.ntf")
    hand.picture(dialog, f"{SHOTS}/new_database.png")
    hand.click(dialog, "OK")
    about = hand.dialog("About Certificate Requests")
    hand.picture(about, f"{SHOTS}/about_database.png")
    assert sql(office, "SELECT * FROM databases") == []
    hand.click(about, "Close")
    form = hand.dialog("Database Configuration")
    hand.choose(form, "Server", "Server1")
    hand.choose(form, "Certifier", CA_NAME)
    hand.tick(form, "Server Certificates Only")
    hand.tick(form, "Automatic")
    hand.fill(form, "Validity of server requests", "90")
    hand.choose(form, "Automatic Transfer Server", "Server1")
    hand.tick(form, "Mail confirmation to the applicant", on=False)
    hand.picture(form, f"{SHOTS}/database_configuration.png")
    hand.click(form, "Save && Close")
    hand.until(lambda: window.tabs.tabText(window.tabs.currentIndex()) == "Certificate Requests", "no tab opens")
    ((record, certifier),) = databases.all_databases(office.domain)
    assert (record.title, record.file, record.template) == ("Certificate Requests", "certreq.nsf", "certreq.ntf")
    assert (record.server, certifier.name) == (office.server.name, CA_NAME)
    saved = configuration(office)
    assert (saved.supports, saved.processing, saved.mail_confirmation) == ("server", Processing.AUTOMATIC, False)
    assert (saved.server_requests.days, saved.transfer_server) == (90, office.server.name)


def test_the_template_is_found_with_advanced_templates_on_the_server_only(window, office, hand) -> None:
    builders.certifier(office)
    new_database.start(window)
    dialog = hand.dialog("New Database")
    hand.tick(dialog, "Show Advanced Templates")
    hand.choose(dialog, "Template server", "Local")
    hand.refused(dialog, "not 'Local'")
    hand.says(dialog, "Certificate Requests (6) is on the server: choose the server as the template server, not Local.")
    hand.choose(dialog, "Template server", "Server1")
    hand.says(dialog, "choose the template 'Certificate Requests (6)'")
    hand.select(dialog, "Certificate Requests (6)")
    assert not dialog.problem()
    hand.fill(dialog, "Title", "")
    hand.refused(dialog, "Title is required")
    hand.fill(dialog, "Title", "x")
    hand.fill(dialog, "File Name", "my requests.nsf")
    hand.refused(dialog, "is not a valid database name.")


def test_without_a_certifier_the_dialog_says_what_comes_first(window, hand) -> None:
    new_database.start(window)
    dialog = hand.dialog("New Database")
    hand.says(dialog, "Register an Internet certifier first")
    hand.click(dialog, "Cancel")
    hand.closed(dialog)


def test_closing_new_database_after_typing_asks(window, office, hand) -> None:
    builders.certifier(office)
    new_database.start(window)
    dialog = hand.dialog("New Database")
    hand.fill(dialog, "Title", "Another")
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.message("Discard your changes?", "Cancel")
    assert hand.editor(dialog, "Title").text() == "Another"
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.message("Discard your changes?", "Discard")
    hand.closed(dialog)


@pytest.mark.parametrize("how", ["Cancel", "Escape", "the window's cross"])
def test_closing_the_configuration_says_that_nothing_was_made(window, office, hand, how: str) -> None:
    builders.certifier(office)
    form = to_configuration(window, hand)
    close = {
        "Cancel": lambda: hand.click(form, "Cancel"),
        "Escape": lambda: QTest.keyClick(form, Qt.Key.Key_Escape),
        "the window's cross": form.close,
    }[how]
    close()
    hand.message("The database certreq.nsf has not been created yet", "Cancel")
    assert form.isVisible()
    close()
    hand.message("The database certreq.nsf has not been created yet", "Close Without Creating It")
    hand.closed(form)
    assert sql(office, "SELECT * FROM databases") == []


def test_a_refusal_while_saving_keeps_what_was_chosen(window, office, hand) -> None:
    builders.certifier(office)
    form = to_configuration(window, hand)
    hand.tick(form, "Server Certificates Only")
    builders.database(office)  # somebody else was faster
    form.commit()
    hand.message("A database named certreq.nsf already")
    assert form.isVisible()
    assert hand.button(form, "Server Certificates Only").isChecked()


def test_closing_while_the_database_is_made_asks_and_what_was_begun_is_finished(window, office, hand) -> None:
    builders.certifier(office)
    form = to_configuration(window, hand)
    with closing(sqlite3.connect(office.domain.directory.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # another process writes
        hand.click(form, "Save && Close")
        hand.says(form, "Creating certreq.nsf…")
        form.close()
        hand.message("The operation is still running. Stop it?", "Cancel")
        assert form.isVisible()
        other.execute("ROLLBACK")
    hand.closed(form)
    assert configuration(office) == DatabaseConfiguration()


def test_what_the_certifier_does_not_allow_is_said_and_can_be_unticked(window, office, hand) -> None:
    builders.certifier(office, settings=CertificateSettings(maximum_days=400, extended_key_usage=("serverAuth",)))
    form = to_configuration(window, hand)
    hand.refused(form, "do not allow the usage clientAuth for client requests")
    hand.tick(form, "Server Certificates Only")
    assert not form.problem()
    hand.fill(form, "Validity of server requests", "401")
    hand.refused(form, "The certifier issues certificates that are valid for 1 to 400 days.")
    hand.fill(form, "Validity of server requests", "0")
    boxes = form.customizations["server"]._extended.boxes
    assert boxes["serverAuth"].isEnabled()
    assert not boxes["codeSigning"].isEnabled()
    assert "do not allow" in boxes["codeSigning"].toolTip()


def test_automatic_needs_the_server_document_and_follows_it(window, office, hand) -> None:
    builders.certifier(office)
    server_documents.change(office.domain, office.actor(), "Server1", ServerChange(run_unrestricted=()))
    form = to_configuration(window, hand)
    hand.tick(form, "Automatic")
    hand.says(form, "Run unrestricted methods and operations")
    hand.picture(form, f"{SHOTS}/database_configuration_rule.png")
    hand.click(form, "Open the Server Document…")
    assert "Server1" in window.tabs.tabText(window.tabs.currentIndex())
    assert window.isEnabled() and not form.isModal()
    server_documents.change(office.domain, office.actor(), "Server1", ServerChange(run_unrestricted=("Ann Admin",)))
    window.events.look()
    hand.says(form, ". Automatic processing will work.")


def test_the_configuration_of_a_database_is_changed_later(window, office, hand) -> None:
    builders.ready(office)
    database_configuration.configure(window, DATABASE)
    form = hand.dialog("Database Configuration")
    hand.says(form, CA_NAME)
    hand.tick(form, "Client Certificates Only")
    hand.tick(form, "E-mail protection", on=False)
    hand.picture(form, f"{SHOTS}/database_configuration_later.png")
    hand.click(form, "Save && Close")
    hand.closed(form)
    assert configuration(office).supports == "client"
    assert configuration(office).client_requests.extended_key_usage == ("clientAuth",)


def test_a_configuration_that_was_not_changed_closes_without_a_question(window, office, hand) -> None:
    builders.ready(office)
    database_configuration.configure(window, DATABASE)
    form = hand.dialog("Database Configuration")
    hand.key(form, Qt.Key.Key_Escape)
    hand.closed(form)
    database_configuration.configure(window, "gone.nsf")
    hand.message("Certificate Requests database gone.nsf")


def test_keyboard_alone_makes_the_database(window, office, hand) -> None:
    builders.certifier(office)
    new_database.start(window)
    dialog = hand.dialog("New Database")
    dialog.activateWindow()
    QTest.keyClick(dialog, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    hand.says(dialog, "Select Certificate Requests (6) in the list")
    QTest.keyClick(dialog, Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    hand.key(dialog, Qt.Key.Key_End)
    hand.key(dialog, Qt.Key.Key_Return)
    about = hand.dialog("About Certificate Requests")
    QTest.keyClick(about, Qt.Key.Key_Return)
    form = hand.dialog("Database Configuration")
    QTest.keyClick(form, Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)
    hand.until(lambda: databases.all_databases(office.domain), "no database is made")


def test_every_editor_has_a_name_and_mnemonics_are_unique(window, office, hand) -> None:
    builders.certifier(office)
    new_database.start(window)
    check_accessible(hand.dialog("New Database"))
    hand.dialog("New Database").close()
    check_accessible(to_configuration(window, hand))


def check_accessible(dialog: QDialog) -> None:
    from PySide6.QtGui import QAccessible
    from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

    unnamed = [
        child
        for child in dialog.findChildren(QWidget)
        if child.isVisible() and child.focusPolicy() & Qt.FocusPolicy.TabFocus and not child.focusProxy() and not isinstance(child, QDialogButtonBox)
        and not QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name)
    ]
    assert not unnamed
    texts = [
        child.text()
        for child in dialog.findChildren(QWidget)
        if child.isVisible() and isinstance(child, QLabel | QAbstractButton) and hasattr(child, "text")
    ]
    marks = [text.replace("&&", "").partition("&")[2][:1].lower() for text in texts if "&" in text.replace("&&", "")]
    marks = [mark for mark in marks if mark]
    assert len(marks) == len(set(marks)), sorted(marks)


def test_pictures_in_the_dark(window, office, hand) -> None:
    theme.apply("dark")
    builders.certifier(office)
    new_database.start(window)
    dialog = hand.dialog("New Database")
    hand.tick(dialog, "Show Advanced Templates")
    hand.select(dialog, "Certificate Requests (6)")
    hand.picture(dialog, f"{SHOTS}/new_database_dark.png")
    hand.click(dialog, "OK")
    about = hand.dialog("About Certificate Requests")
    hand.picture(about, f"{SHOTS}/about_database_dark.png")
    hand.click(about, "Close")
    form = hand.dialog("Database Configuration")
    hand.tick(form, "Automatic")
    hand.picture(form, f"{SHOTS}/database_configuration_dark.png")
    theme.apply(theme.LIGHT)
