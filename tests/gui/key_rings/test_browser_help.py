"""The help for steps 30-33 in the window: clicks, commands to copy, the certificate to save."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit

from dominoadmin.gui.web import browser_help
from dominoadmin.services.key_rings import management as key_rings
from tests.gui.key_rings.looking import pictures
from tests.services.key_rings.conftest import DATABASE, add_certifier, add_database


def opened(desk, hand, file=""):
    browser_help.start(desk, file)
    return hand.dialog("Trust in Browsers")


def authority(stage):
    return key_rings.trusted_root_of(stage.domain, stage.actor, DATABASE).certificate


def go_to(hand, dialog, system):
    (item,) = dialog.systems.findItems(system, Qt.MatchFlag.MatchStartsWith)
    dialog.systems.setCurrentItem(item)
    hand.until(lambda: dialog.pages.currentIndex() == dialog.systems.currentRow(), "no page")
    return dialog.pages.currentWidget()


@pytest.mark.parametrize(
    ("system", "click", "command"),
    [
        ("Windows", "1. Open mycompany-ca.cer and choose Install Certificate.", "certutil -addstore -f Root mycompany-ca.cer"),
        ("macOS", "under Trust choose Always Trust.",
         "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain mycompany-ca.cer"),
        ("Firefox", ", and select 'Trust this CA to identify websites'.", None),
        ("Chromium", "libnss3-tools", 'certutil -A -d "sql:$HOME/.pki/nssdb" -n mycompany-ca -t C,, -i mycompany-ca.cer'),
        ("Java", "trust store", "keytool -importcert -cacerts -alias mycompany-ca -file mycompany-ca.cer"),
        ("openssl", "PEM file", "curl --cacert mycompany-ca.pem https://server1.example.com/"),
    ],
)  # fmt: skip
def test_each_system_has_its_clicks_and_its_commands_to_copy(desk, hand, system, click, command):
    dialog = opened(desk, hand)
    page = go_to(hand, dialog, system)
    pictures(hand, dialog, f"browser-help-{system}")
    hand.says(page, click)
    if command:
        hand.says(page, command)
        button = next(b for b in page.findChildren(browser_help.CopyButton) if b.content == command)
        button.click()
        assert QGuiApplication.clipboard().text() == command


def test_the_fingerprint_is_that_of_the_certifier_and_can_be_copied(desk, hand, stage):
    dialog = opened(desk, hand)
    digest = authority(stage).fingerprint(hashes.SHA256()).hex(":").upper()
    button = next(b for b in dialog.findChildren(browser_help.CopyButton) if b.accessibleName() == "Copy SHA-256")
    button.click()
    assert QGuiApplication.clipboard().text() == digest


SAVED = {"Save Certificate": (".cer", x509.load_der_x509_certificate), "Save as PEM": (".pem", x509.load_pem_x509_certificate)}


@pytest.mark.parametrize("button", SAVED)
def test_the_certificate_is_saved(desk, hand, stage, tmp_path, button):
    ending, load = SAVED[button]
    hand.click(opened(desk, hand), button)
    chooser = hand.dialog("Save Certificate", QFileDialog)
    assert Path(chooser.selectedFiles()[0]).name == f"mycompany-ca{ending}"
    chooser.findChild(QLineEdit).setText(str(tmp_path / f"ca{ending}"))
    chooser.accept()
    hand.message("The certificate has been saved")
    assert load((tmp_path / f"ca{ending}").read_bytes()) == authority(stage)


def test_a_folder_that_cannot_be_written_is_told(desk, hand, tmp_path):
    dialog = opened(desk, hand)
    dialog._write(b"x", tmp_path / "missing" / "ca.cer")
    hand.message("cannot be written")


def test_another_database_shows_its_own_certifier(desk, hand, stage):
    add_certifier(stage.domain, stage.ann, "Other CA")
    add_database(stage.domain, stage.ann, "Other CA", "other.nsf")
    dialog = opened(desk, hand, "other.nsf")
    hand.says(dialog, "CN=Other CA/O=Other/C=US")
    go_to(hand, dialog, "Java")
    hand.choose(dialog, "Database", DATABASE)
    hand.says(dialog, "CN=MyCompany CA/O=MyCompany/C=US")
    assert dialog.systems.currentItem().text() == "Java"
    stage.sql("UPDATE certifiers SET certificate = X'00' WHERE name LIKE '%Other%'")
    hand.choose(dialog, "Database", "other.nsf")
    hand.message("Other CA")


def test_without_a_database_the_help_says_what_to_do_first(window, hand):
    browser_help.start(window)
    hand.message("There is no Certificate Requests database yet")


def test_escape_closes(desk, hand):
    dialog = opened(desk, hand)
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)
