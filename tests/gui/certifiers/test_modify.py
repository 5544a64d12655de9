"""Modify Certifier by mouse: a new signed version, disable, another protection."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QListWidget

from dominoadmin.gui.certifiers import change_protection
from dominoadmin.gui.certifiers import document as certifier
from dominoadmin.gui.certifiers import modify as modify_certifier
from dominoadmin.gui.frame import theme
from dominoadmin.services.certifiers import modifying
from tests import builders
from tests.conftest import SERVER_PASSWORD
from tests.gui.directory.test_view import fill_person

SHOTS = "/tmp/shots"


@pytest.fixture
def ca(window, office):
    QApplication.processEvents()
    return builders.ready(office)


def version(office):
    return modifying.begin(office.domain, office.actor(), 1)


def test_nothing_can_be_saved_before_something_was_changed(window, hand, ca):
    modify_certifier.start(window)
    dialog = hand.dialog("Modify Certifier")
    hand.says(dialog, "No changes yet.")
    hand.says(dialog, "1 (saving creates version 2)")
    assert not dialog.commit_button.isEnabled()
    hand.picture(dialog, f"{SHOTS}/modify.png")
    dialog.reject()


def test_durations_addresses_and_roles_are_changed_with_a_signature(window, hand, ca, office):
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    hand.tab(dialog, "Certificates")
    hand.fill(dialog, "Maximum duration (days):", "300")
    hand.tab(dialog, "Misc")
    hand.fill(dialog, "Base URL:", "http://ca.example.com/pki")
    hand.picture(dialog, f"{SHOTS}/modify-misc.png")
    hand.tab(dialog, "Changes (2)")
    hand.says(dialog, "http://ca.example.com/pki")
    hand.picture(dialog, f"{SHOTS}/modify-changes.png")
    theme.apply(theme.DARK)
    hand.picture(dialog, f"{SHOTS}/modify-changes-dark.png")
    theme.apply(theme.LIGHT)
    hand.click(dialog, "Sign New Version")
    hand.message("Version 2 of the configuration was signed, with 2 changes.")
    now = version(office)
    assert (now.version, now.settings.maximum_days, now.publication.base_urls) == (2, 300, ("http://ca.example.com/pki",))


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("Base URL:", "https://ca.example.com/pki", "is not a valid base URL for CRLs."),
        ("Base URL:", "not an address", "is not a valid base URL for CRLs."),
        ("Folder:", "relative/folder", "is not an absolute path."),
        ("Folder:", "x" * 5000, "is not an absolute path."),
        ("Folder:", "/" + "x" * 5000, "is not a valid path."),
        ("Command for each CRL:", "/" + "x" * 5000, "is not a valid path."),
    ],
)
def test_what_cannot_be_is_said_below_its_field(window, hand, ca, label, text, said):
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    hand.tab(dialog, "Misc")
    hand.fill(dialog, label, text)
    hand.refused(dialog, said)
    dialog.discard()


def test_the_last_administrator_cannot_be_removed(window, hand, ca):
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    dialog.draft.administrators[0].caa = False
    dialog.form_edited()
    hand.refused(dialog, "The last CA administrator cannot be removed.")
    dialog.discard()


def test_another_administrator_is_registered_from_there_when_everybody_is_listed(window, hand, ca, office):
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    add_person(hand, dialog, "Rob Ra/MyCompany/US")
    hand.click(dialog, "Add")  # nobody is left
    people = hand.dialog("Add Administrators")
    hand.says(people, "Everyone in the Domino Directory is already on the list.")
    hand.click(people, "Register Person")
    form = hand.dialog("Register Person")
    fill_person(hand, form)
    hand.click(form, "Register")
    hand.message("Cara Caa has been registered.")
    shown = people.findChild(QListWidget)
    assert [item.text() for item in shown.selectedItems()] == ["Cara Caa/MyCompany/US"]
    hand.click(people, "OK")
    hand.click(dialog, "Sign New Version")
    hand.message("Version 2 of the configuration was signed")
    assert [name.partition("/")[0] for name in version(office).ras] == ["CN=Ann Admin", "CN=Rob Ra", "CN=Cara Caa"]


def add_person(hand, dialog, name):
    hand.click(dialog, "Add")
    people = hand.dialog("Add Administrators")
    (item,) = people.findChild(QListWidget).findItems(name, Qt.MatchFlag.MatchExactly)
    item.setSelected(True)
    hand.click(people, "OK")


def test_who_is_no_administrator_only_reads(window, hand, ca, office):
    window.session.log_in(office.rob, None)
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    hand.says(dialog, "You are not a CA administrator of the certifier.")
    assert not dialog.commit_button.isEnabled()
    dialog.reject()


def test_a_certifier_is_disabled_and_enabled(window, hand, ca, office):
    for enabled, button, verb in ((False, "Disable Certifier…", "Disable"), (True, "Enable Certifier", "Enable")):
        modify_certifier.start(window, 1)
        hand.click(hand.dialog("Modify Certifier"), button)
        hand.until(lambda verb=verb: any(verb in text for text in hand.visible().split("'")), "no question")
        hand.click(hand.dialog("Modify Certifier"), verb)
        hand.message("of the configuration was signed, with 1 change.")
        assert version(office).enabled is enabled


def test_the_key_is_sealed_under_a_password_and_back(window, hand, ca, office):
    change_protection.start(window, 1)
    dialog = hand.dialog("Change Protection")
    hand.tick(dialog, "Encrypt ID with Server ID and Require password to activate certifier")
    hand.fill(dialog, "Password of server.id:", SERVER_PASSWORD)
    hand.fill(dialog, "Password:", "Tall trees 4 the valley")
    hand.refused(dialog, "The passwords do not match.")
    hand.fill(dialog, "Confirm Password:", "Tall trees 4 the valley")
    hand.picture(dialog, f"{SHOTS}/protect.png")
    hand.click(dialog, "Re&seal Key")
    assert "tell ca activate" in hand.message("The key has been resealed.")
    assert builders.record(office).active.protection == "server-id-and-password"
    change_protection.start(window, 1)
    dialog = hand.dialog("Change Protection")
    hand.refused(dialog, "Type the current activation password.")
    hand.fill(dialog, "Password of server.id:", SERVER_PASSWORD)
    hand.fill(dialog, "Current activation password:", "wrong")
    hand.tick(dialog, "Encrypt ID with Server ID")
    hand.click(dialog, "Re&seal Key")
    hand.says(dialog, "cannot be opened with this password.")
    assert "cannot be opened" in hand.editor(dialog, "Current activation password:").accessibleDescription()
    hand.fill(dialog, "Current activation password:", "Tall trees 4 the valley")
    hand.click(dialog, "Re&seal Key")
    hand.message("The key has been resealed.")
    assert builders.record(office).active.protection == "server-id"


def test_the_certifier_document_leads_there_and_shows_every_version(window, hand, ca, office):
    draft = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.ann, replace(draft, crl_days=20))
    document = certifier.open_certifier(window, 1)
    hand.click(document, "Edit Certifier…")
    hand.dialog("Modify Certifier").reject()
    hand.tab(document, "Versions")
    hand.says(document, "Version 2 (current)")
    hand.says(document, "30 days → 20 days")
    hand.picture(document, f"{SHOTS}/versions.png")
    modifying.save(office.domain, office.ann, replace(modifying.begin(office.domain, office.actor(), 1), crl_days=25))
    window.events.look()
    hand.tab(document, "Versions")
    hand.says(document, "20 days → 25 days")


def test_a_tampered_certifier_is_put_back_by_an_administrator(window, hand, ca, office):
    draft = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.ann, replace(draft, crl_days=20))
    builders.sql(office, "UPDATE configurations SET document = CAST('{}' AS blob) WHERE version = 2")
    document = certifier.open_certifier(window, 1)
    hand.says(document, "Do not trust this configuration.")
    hand.click(document, "Restore Last Good Version…")
    hand.click(hand.dialog("Restore Last Good Version"), "Sign Again")
    hand.message("now uses version 2, which has the contents of version 1")
    assert modifying.begin(office.domain, office.actor(), 1).crl_days == 30


def test_a_folder_that_is_not_there_is_remarked(window, hand, ca):
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    hand.tab(dialog, "Misc")
    hand.fill(dialog, "Folder:", "/srv/not-there-yet")
    hand.says(dialog, "Folder /srv/not-there-yet was not found on this computer.")
    hand.fill(dialog, "Command for each CRL:", "/srv/no-such-program")
    hand.says(dialog, "Program /srv/no-such-program was not found on this computer.")
    assert dialog.commit_button.isEnabled()
    dialog.discard()


def test_modify_certifier_offers_to_put_a_tampered_one_back_and_others_are_told_who_can(window, hand, ca, office):
    builders.sql(office, "UPDATE certifiers SET server = 'CN=Other/O=MyCompany/C=US' WHERE id = 1")
    modify_certifier.start(window, 1)
    hand.click(hand.dialog("Restore Last Good Version"), "Cancel")
    window.session.log_in(office.rob, None)
    document = certifier.open_certifier(window, 1)
    hand.says(document, "Do not trust this configuration.")
    put_back = document.actions_by_text["Restore &Last Good Version…"]
    assert not put_back.isEnabled()
    assert "Only a CA administrator of the last good version can restore it: Ann Admin/MyCompany/US." in put_back.toolTip()


def test_ok_opens_the_tab_of_the_first_problem_and_what_is_offered_mends_it(window, hand, ca):
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    hand.tab(dialog, "Certificates")
    hand.fill(dialog, "Maximum duration (days):", "100")
    hand.tab(dialog, "Misc")
    hand.fill(dialog, "CRL duration (days):", "5")
    hand.tab(dialog, "Basics")
    hand.click(dialog, "Sign New Version")
    QApplication.processEvents()
    assert dialog._tabs.tabText(dialog._tabs.currentIndex()) == "Certificates (1)"
    assert QApplication.focusWidget() is hand.editor(dialog, "Maximum duration (days):")
    hand.says(dialog, "Maximum duration must be at least the default duration (200).")
    hand.picture(dialog, f"{SHOTS}/modify-wrong.png")
    hand.click(dialog, "Use 825")
    hand.click(dialog, "Sign New Version")
    QApplication.processEvents()
    assert dialog._tabs.tabText(dialog._tabs.currentIndex()) == "Misc (1)"
    assert QApplication.focusWidget() is hand.editor(dialog, "CRL duration (days):")
    assert not QApplication.focusWidget().visibleRegion().isEmpty()
    hand.says(dialog, "CRL duration must be longer than the time between CRLs (7).")
    hand.picture(dialog, f"{SHOTS}/modify-wrong-misc.png")
    hand.click(dialog, "Use 30")
    hand.says(dialog, "No changes yet.")
    dialog.discard()
