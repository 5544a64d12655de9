"""Install on Server in the window (technote, step 27)."""

import hashlib

from PySide6.QtCore import Qt

from dominoadmin.gui.key_rings import install as install_key_ring
from dominoadmin.services.directory import server_documents
from tests.gui.hand import texts
from tests.gui.key_rings.looking import pictures
from tests.services.key_rings.conftest import PASSWORD


def opened(desk, hand, file=""):
    install_key_ring.start(desk, file)
    return hand.dialog("Install on Server")


def test_the_dialog_says_what_is_copied_where_and_copies_it(desk, hand, stage):
    dialog = opened(desk, hand)
    assert hand.editor(dialog, "Key Ring File Name").currentText() == "keyfile.kyr"  # the certified one
    hand.says(dialog, "keyfile.kyr, keyfile.sth")
    hand.says(dialog, str(stage.installed))
    pictures(hand, dialog, "install-on-server")
    hand.click(dialog, "Install")
    done = hand.dialog("Key Ring Installed")
    hand.says(done, "Server1/MyCompany/US")
    hand.says(done, "tell http restart")
    pictures(hand, done, "key-ring-installed")
    hand.click(done, "Close")
    assert (stage.installed / "keyfile.kyr").read_bytes() == (stage.root / "keyfile.kyr").read_bytes()
    assert (stage.installed / "keyfile.sth").read_bytes() == (stage.root / "keyfile.sth").read_bytes()


def test_the_digest_of_each_copy_is_told(desk, hand, stage):
    hand.click(opened(desk, hand), "Install")
    done = hand.dialog("Key Ring Installed")
    for file in ("keyfile.kyr", "keyfile.sth"):
        digest = hashlib.sha256((stage.installed / file).read_bytes()).digest().hex(":").upper()
        assert digest in [text.replace("\n", "") for text in texts(done)]


def test_the_next_step_is_the_server_document(desk, hand):
    hand.click(opened(desk, hand), "Install")
    hand.click(hand.dialog("Key Ring Installed"), "Edit Server Document")
    hand.button(desk, "Save && Close")


def test_what_the_server_document_says_already_is_not_to_be_entered_again(desk, hand, stage):
    stage.install()
    change = server_documents.ServerChange("Web", ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    server_documents.change(stage.domain, stage.actor, "", change)
    hand.click(opened(desk, hand), "Install")
    done = hand.dialog("Key Ring Installed")
    hand.says(done, "The Server document names keyfile.kyr already, and the SSL port is enabled.")
    assert not any("SSL key file name" in text for text in texts(done))
    hand.says(done, "tell http restart")


def test_with_the_password_a_missing_certificate_is_told(desk, hand):
    dialog = opened(desk, hand, "new.kyr")
    hand.fill(dialog, "Key Ring Password", PASSWORD)
    hand.click(dialog, "Install")
    hand.says(hand.dialog("Key Ring Installed"), "only a placeholder that no browser trusts")


def test_a_failure_keeps_the_form(desk, hand, stage):
    dialog = opened(desk, hand, "keyfile.kyr")
    hand.fill(dialog, "Key Ring Password", "wrong password")
    hand.click(dialog, "Install")
    hand.says(dialog, "the password is wrong, or the file was altered")
    hand.fill(dialog, "Key Ring File Name", "none.kyr")
    hand.fill(dialog, "Key Ring Password", "")
    hand.click(dialog, "Install")
    hand.message("does not exist")
    hand.fill(dialog, "Key Ring File Name", "none")
    hand.refused(dialog, "Keep the extension .kyr, as in keyfile.kyr.")
    assert not stage.installed.exists() or not list(stage.installed.glob("*.kyr"))


def test_enter_installs_and_escape_closes(desk, hand, stage):
    dialog = opened(desk, hand)
    hand.key(dialog, Qt.Key.Key_Return)
    done = hand.dialog("Key Ring Installed")
    hand.key(done, Qt.Key.Key_Escape)
    hand.closed(done)
    assert (stage.installed / "keyfile.kyr").is_file()
