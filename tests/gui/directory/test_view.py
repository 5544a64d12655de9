"""The Domino Directory in the window: its views, its documents, and registering a person."""

import base64
import json

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from dominoadmin.gui.certifiers import document as certifier
from dominoadmin.gui.cross_certificates import document as cross_certificate
from dominoadmin.gui.directory import person_document as person
from dominoadmin.gui.directory import view as directory
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.identities import administrators, identifying
from tests import builders, specimens
from tests.conftest import ADMIN_PASSWORD


@pytest.fixture
def tab(window):
    QApplication.processEvents()  # the tabs of the last time are opened first
    return directory.open_directory(window)


def rows(tab):
    model = tab.current.rows
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def filled(hand, tab, count):
    hand.until(lambda: len(rows(tab)) == count, f"there are {rows(tab)}")
    return rows(tab)


def cross_certified(office, book="directory"):
    request = cross_certifying.CrossRequest(specimens.pem(specimens.root()), book)
    return cross_certifying.issue_with_id(office.domain, office.certifier, office.actor(), request)


# people


def test_people_are_listed_with_their_roles(window, hand, tab, office):
    builders.certifier(office)
    window.events.look()
    tab.refresh()
    found = hand.until(lambda: next((row for row in rows(tab) if "RA of" in row[2]), None), "no roles")
    assert found[:2] == ["Ann Admin/MyCompany/US", "Valid; expires in 10 years."]
    assert found[2].startswith("Administrator, CA administrator of CN=MyCompany CA/O=MyCompany")
    hand.picture(window, "/tmp/shots/directory_people.png")


def test_who_is_named_administrator_is_listed_and_shown_as_one(window, hand, tab, office):
    """Also a person without a role in a certifier."""
    administrators.change(office.domain, office.certifier, named=("Rob Ra",))
    window.events.look()
    tab.refresh()
    hand.until(lambda: ["Administrator"] * 2 == [row[2] for row in rows(tab)], f"no roles: {rows(tab)}")
    hand.open_row(tab, "Rob Ra")
    hand.says(window.page(), "Administrator")


def test_a_person_document_opens_with_its_certificate(window, hand, tab):
    hand.open_row(tab, "Rob Ra")
    document = window.page()
    assert document.windowTitle() == "Person: Rob Ra/MyCompany/US"
    hand.says(document, "No role")
    hand.picture(window, "/tmp/shots/person.png")
    hand.click(document, "Show Certificate")
    viewer = hand.dialog("Rob Ra/MyCompany/US")
    assert hand.tab(viewer, "Chain").tree.topLevelItem(0).childCount() == 1


def test_the_person_document_follows_the_store(window, hand, tab, office):
    hand.open_row(tab, "Ann Admin")
    document = window.page()
    builders.certifier(office)
    window.events.look()
    hand.says(document, "CA administrator of CN=MyCompany CA/O=MyCompany")


def test_a_person_who_is_not_there_is_said(window, hand, tab):
    assert person.open_person(window, "CN=Nobody/O=MyCompany/C=US") is None
    hand.message("This person is no longer in the Domino Directory.")


# registering a person


def fill_person(hand, dialog, name="Cara Caa"):
    hand.fill(dialog, "Name", name)
    hand.fill(dialog, "Internet address", "cara@example.com")
    hand.fill(dialog, "Password", "green horse 4")
    hand.fill(dialog, "Confirm Password", "green horse 4")
    hand.fill(dialog, "Certifier ID password", ADMIN_PASSWORD)


def test_a_person_is_registered(window, hand, tab, office):
    hand.click(tab, "Register Person")
    dialog = hand.dialog("Register Person")
    hand.refused(dialog, "Type the person's name")
    fill_person(hand, dialog)
    hand.picture(dialog, "/tmp/shots/register_person.png")
    hand.click(dialog, "Register")
    said = hand.message("Cara Caa has been registered.")
    assert "cara-caa.id" in said
    assert (office.root / "cara-caa.id").exists()
    filled(hand, tab, 3)
    identifying.open_id(office.domain, office.root / "cara-caa.id", "green horse 4")


def test_a_wrong_certifier_password_keeps_what_was_typed(window, hand, tab):
    hand.click(tab, "Register Person")
    dialog = hand.dialog("Register Person")
    fill_person(hand, dialog)
    hand.fill(dialog, "Certifier ID password", "not that one")
    hand.click(dialog, "Register")
    hand.says(dialog, "cannot be opened with this password.")
    assert dialog.isVisible()
    assert hand.editor(dialog, "Name").text() == "Cara Caa"


@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("Name", "Rob Ra", "is already in the Domino Directory."),
        ("Internet address", "nowhere", "is not an e-mail address"),
        ("Password", "short", "must have 8 to"),
        ("Confirm Password", "another", "The passwords do not match."),
        ("ID file", "rob-ra.id", "is not a Certifier ID file"),
    ],
)
def test_every_field_has_its_rule(window, hand, tab, label, text, sentence):
    hand.click(tab, "Register Person")
    dialog = hand.dialog("Register Person")
    fill_person(hand, dialog)
    hand.fill(dialog, label, text)
    hand.refused(dialog, sentence)


def test_registering_by_keyboard_and_leaving_by_escape(window, hand, tab):
    hand.click(tab, "Register Person")
    dialog = hand.dialog("Register Person")
    hand.key(dialog, Qt.Key.Key_Tab)
    hand.fill(dialog, "Name", "Cara")
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.message("Discard your changes?", "Discard")
    hand.closed(dialog)


def test_a_certifier_id_can_be_chosen(window, hand, tab, office):
    hand.click(tab, "Register Person")
    dialog = hand.dialog("Register Person")
    hand.click(dialog, "Certifier ID")
    hand.dialog("Choose a Certifier ID").close()
    dialog._form._chosen(office.root / "cert.id")
    assert hand.editor(dialog, "ID file").text() == "cert.id"
    dialog._form._chosen(office.root.parent / "cert.id")
    assert hand.editor(dialog, "ID file").text() == str(office.root.parent / "cert.id")


# servers


def test_servers_view_opens_the_server_document(window, hand, tab):
    directory.open_directory(window, directory.SERVERS)
    hand.open_row(tab, "server1.example.com")
    assert window.page().windowTitle() == "Server: Server1/MyCompany/US"


def test_edit_server_opens_it_in_edit_mode(window, hand, tab):
    hand.navigate(tab, "Server > Servers")
    hand.select(tab, "Server1")
    hand.click(tab, "Edit Server")
    assert window.page().is_editing


# certificates


def test_certificates_of_all_kinds_are_listed(window, hand, tab, office):
    builders.certifier(office)
    cross_certified(office)
    cross_certified(office, "personal")
    hand.navigate(tab, "Certificates")
    found = filled(hand, tab, 4)
    assert [row[1] for row in found] == [
        "Internet certifier", "The organization's certifier", "Internet cross-certificate", "Cross-certificate (personal)",
    ]  # fmt: skip
    hand.picture(window, "/tmp/shots/directory_certificates.png")


def test_somebody_elses_address_book_is_not_shown(window, hand, tab, office):
    request = cross_certifying.CrossRequest(specimens.pem(specimens.root()), "personal")
    cross_certifying.issue_with_id(office.domain, office.certifier, cross_certifying.Actor.of(office.rob), request)
    hand.navigate(tab, "Certificates")
    assert [row[1] for row in filled(hand, tab, 1)] == ["The organization's certifier"]


def test_the_organizations_certifier_opens_in_the_viewer(window, hand, tab):
    hand.navigate(tab, "Certificates")
    hand.open_row(tab, "The organization's certifier")
    hand.says(
        hand.tab(hand.until(QApplication.activeWindow, "no window"), "Chain"), "It is self-signed (a root certificate). Trust it only if you have verified it in another way."
    )


def test_a_cross_certificate_has_a_document(window, hand, tab, office, tmp_path):
    cross_certified(office)
    hand.navigate(tab, "Certificates")
    hand.open_row(tab, "Internet cross-certificate")
    document = window.page()
    hand.says(document, "Domino Directory")
    hand.picture(window, "/tmp/shots/cross_certificate.png")
    hand.click(document, "Show Certificate")
    viewer = hand.dialog("Certificate: Specimen root ec-p256")
    hand.says(hand.tab(viewer, "Chain"), "It was signed by the certificate above it.")
    hand.click(document, "Export for Relying Parties")
    hand.dialog("Export cross-certificate").close()
    document.save(tmp_path / "bundle.pem")
    hand.message("The cross-certificates have been saved.")
    assert (tmp_path / "bundle.pem").read_bytes().count(b"BEGIN CERTIFICATE") == 1
    document.save(tmp_path / "no folder" / "bundle.pem")
    hand.message("cannot be written")


def test_a_forged_cross_certificate_says_so(window, hand, tab, office):
    entry = cross_certified(office)
    builders.sql(office, "UPDATE cross_certificates SET der = ?", specimens.der(specimens.leaf()))
    hand.navigate(tab, "Certificates")
    hand.until(lambda: any("was changed after" in row[2] for row in rows(tab)), "nothing is said")
    document = cross_certificate.open_cross_certificate(window, entry.record.id)
    QApplication.processEvents()
    hand.says(document, "was changed after")
    assert document.actions_by_text["E&xport for Relying Parties…"].toolTip().startswith("This cross-certificate cannot be trusted: see its state below.")
    hand.click(document, "Show Certificate")
    hand.dialog("Certificate: www.example.com")


def test_an_open_cross_certificate_follows_the_store(window, hand, office):
    entry = cross_certified(office)
    document = cross_certificate.open_cross_certificate(window, entry.record.id)
    export = document.actions_by_text["E&xport for Relying Parties…"]
    assert export.isEnabled()
    builders.sql(office, "UPDATE cross_certificates SET der = ?", specimens.der(specimens.leaf()))
    window.events.look()
    hand.says(document, "was changed after")
    assert not export.isEnabled()
    builders.sql(office, "DELETE FROM cross_certificates")
    window.events.look()
    hand.until(lambda: window.tabs.indexOf(document) < 0, "it stays open")


def test_a_cross_certificate_that_is_not_there_is_said(window, hand, tab):
    assert cross_certificate.open_cross_certificate(window, 9) is None
    hand.message("Cross-certificate 9 was not found.")


# certifiers


def test_the_certifier_document_shows_its_configuration(window, hand, tab, office):
    builders.ready(office)
    hand.navigate(tab, "Server > Certificate Authorities")
    (row,) = filled(hand, tab, 1)
    assert row[1] == "Ann Admin/MyCompany/US"
    hand.picture(window, "/tmp/shots/directory_authorities.png")
    hand.open_row(tab, "MyCompany CA")
    document = window.page()
    hand.says(document, "Encrypt ID with Server ID")
    hand.picture(window, "/tmp/shots/certifier.png")
    hand.tab(document, "CA Configuration")
    for text in ("200 days", "825 days", "30 days", "Version 1", "TLS web server authentication"):
        hand.says(document, text)
    hand.picture(window, "/tmp/shots/certifier_configuration.png")
    hand.click(document, "Show Certificate")
    hand.dialog("Certificate: MyCompany CA")
    assert document.actions_by_text["&Edit Certifier…"].isEnabled()
    hand.click(document, "Issued Certificate List")
    assert window.page().windowTitle().startswith("ICL for")


def test_the_list_of_a_certifier_opens_from_the_view(window, hand, tab, office):
    builders.certifier(office)
    hand.navigate(tab, "Server > Certificate Authorities")
    hand.select(tab, "MyCompany CA")
    hand.click(tab, "Issued Certificate List")
    assert window.page().windowTitle().startswith("ICL for")


def test_a_forged_configuration_is_not_shown_but_said(window, hand, tab, office):
    builders.certifier(office)
    document = certifier.open_certifier(window, 1)
    hand.tab(document, "CA Configuration")
    forge(office)
    window.events.look()
    hand.says(document, "Do not trust this configuration.")
    directory.open_directory(window, directory.AUTHORITIES)
    hand.until(lambda: rows(tab) and "altered" in rows(tab)[0][3], "nothing is said")


def forge(office):
    (row,) = builders.sql(office, "SELECT document FROM configurations")
    stored = json.loads(row["document"])
    content = base64.b64decode(stored["content"]).replace(b'"maximum_days":825', b'"maximum_days":900')
    stored["content"] = base64.b64encode(content).decode()
    builders.sql(office, "UPDATE configurations SET document = ?", json.dumps(stored).encode())


def test_a_certifier_that_is_not_there_is_said(window, hand, tab):
    assert certifier.open_certifier(window, 3) is None
    hand.message("This certifier no longer exists.")


def test_what_strangers_wrote_is_plain_text(window, hand, tab, office):
    cross_certified(office)
    builders.sql(office, "UPDATE cross_certificates SET subject = '<b>x</b>'")
    document = cross_certificate.open_cross_certificate(window, 1)
    for label in document.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or "<" not in label.text()


def test_open_and_cross_certify_from_the_action_bar(window, hand, tab):
    hand.select(tab, "Rob Ra")
    hand.click(tab, "Open")
    assert window.page().windowTitle().startswith("Person:")
    directory.open_directory(window, directory.CERTIFICATES)
    hand.click(tab, "Cross Certify")
    hand.until(QApplication.activeModalWidget, "nothing opens").close()


def test_an_internet_certifier_opens_its_document(window, hand, tab, office):
    builders.certifier(office)
    hand.navigate(tab, "Certificates")
    hand.open_row(tab, "Internet certifier")
    assert window.page().windowTitle().startswith("Certifier:")


def test_a_directory_without_a_certifier_says_so(window, hand, tab, office):
    hand.navigate(tab, "Certificates")
    hand.select(tab, "The organization's certifier")
    row = tab.selected()[0]
    builders.sql(office, "DELETE FROM directory WHERE kind = 'certifier'")
    tab.open_row(tab.current.view, row)
    hand.message("has no certifier of the organization")


def test_a_document_that_somebody_deletes_is_closed_and_said_once(window, hand, tab, office):
    builders.certifier(office)
    hand.open_row(tab, "Rob Ra")
    opened = [window.page(), certifier.open_certifier(window, 1)]
    builders.sql(office, "DELETE FROM directory WHERE name LIKE 'CN=Rob%'")
    builders.sql(office, "DELETE FROM configurations")
    builders.sql(office, "DELETE FROM certifiers")
    window.events.look()
    hand.until(lambda: not any(map(shiboken6.isValid, opened)), "they stay open")
    assert "no longer" in window.statusBar().currentMessage()


@pytest.mark.parametrize("chain", ["[]", '["anVuaw=="]'])
def test_a_person_with_a_damaged_certificate_is_listed_and_opens(window, hand, tab, office, chain):
    builders.sql(office, "UPDATE directory SET chain = ? WHERE name LIKE 'CN=Rob%'", chain)
    window.events.look()
    hand.open_row(tab, "Rob Ra")
    hand.says(window.page(), "cannot be read" if "=" in chain else "None")
