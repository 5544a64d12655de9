"""The certificate viewer, with hostile certificates."""

import hashlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QTreeWidget, QTreeWidgetItemIterator, QWidget

from dominoadmin.errors import Refused
from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.certificates.summary import CertificateSummary
from dominoadmin.gui.frame.forms.values import CopyButton
from dominoadmin.viewmodels.certificates import viewing
from tests import specimens as s

BASE = s.leaf_draft().but(subject=s.name("PLACEHOLDER", country_name="US")).signed(s.key("ec-p256", "root"))
HTML = "<b>bold</b><img src='http://evil.example/x.png'>"
LONG = "A" * 10_000


def named(text: str) -> bytes:
    """A certificate whose common name is `text`, even if not allowed in a name; its signature is invalid."""
    return s.spliced(s.der(BASE), s.tlv(0x0C, b"PLACEHOLDER"), s.tlv(0x0C, text.encode()))


@pytest.fixture
def host(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


@pytest.fixture
def workspace(host):
    return SimpleNamespace(widget=lambda: host)


def shown(workspace, *chain: bytes):
    window = viewer.show(workspace, chain)
    QApplication.processEvents()
    return window


def tree(page: QWidget) -> dict[str, str]:
    found = {}
    walk = QTreeWidgetItemIterator(page.findChild(QTreeWidget))
    while walk.value():
        found[walk.value().text(0)] = walk.value().text(1)
        walk += 1
    return found


def test_general_shows_sha_256_first_and_sha_1_last_and_both_copy_whole(workspace, hand):
    window = shown(workspace, s.der(s.leaf()), s.der(s.root()))
    page = hand.tab(window, "General")
    labels = [label.text() for label in page.findChildren(QLabel) if label.buddy()]
    assert (labels[0], labels[-1]) == ("SHA-256", "SHA-1 (old)")
    button = next(b for b in page.findChildren(CopyButton) if b.accessibleName() == "Copy SHA-256")
    button.click()
    digits = hashlib.sha256(s.der(s.leaf())).hexdigest().upper()
    assert QApplication.clipboard().text() == ":".join(digits[n : n + 2] for n in range(0, 64, 2))
    assert button.text() == "Copied"


def test_general_shows_the_name_in_rows_and_in_both_lines(workspace, hand):
    window = shown(workspace, s.der(s.leaf()))
    page = hand.tab(window, "General")
    said = {edit.accessibleName(): edit.toPlainText() for edit in reversed(page.findChildren(QPlainTextEdit))}
    assert said["Common Name"] == "www.example.com"
    assert said["Domino name"] == "CN=www.example.com/O=Specimen/C=US"
    assert said["RFC 4514 name"] == "CN=www.example.com,O=Specimen,C=US"
    assert said["Serial number"] == "5A:17:1F:3C:9B:0E:4D:72:A6:C8:55:E1:09:37:BD:64"
    assert said["Expiration date"].splitlines()[-1].startswith("in 36")


def test_dates_say_how_long_is_left(workspace, hand):
    soon = s.leaf_draft().but(not_after=s.NOW + timedelta(days=17, hours=1)).signed(s.key("ec-p256", "root"))
    hand.says(shown(workspace, s.der(soon)), "Valid; expires in 17 days.")
    late = s.leaf_draft().but(not_before=s.NOW - timedelta(days=9), not_after=s.NOW - timedelta(days=3))
    hand.says(shown(workspace, s.der(late.signed(s.key("ec-p256", "root")))), "Expired 3 days ago.")


def test_details_show_every_extension_in_words_and_the_selected_one_whole(workspace, hand):
    window = shown(workspace, s.der(s.root()))
    page = hand.tab(window, "Details")
    found = tree(page)
    assert found["Basic constraints (critical)"].startswith("The owner is a certification authority, with any number")
    assert found["Key usage (critical)"] == "Certificate signing, CRL signing"
    hand.navigate(page, "Signature")
    assert page.full.toPlainText().replace("\n", " ").replace(" ", "").lower() == s.root().signature.hex()
    page.copy_button.click()
    assert QApplication.clipboard().text() == page.full.toPlainText()


def test_an_unknown_extension_is_shown_as_it_stands(workspace, hand):
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x0c\x05<b>x!")
    made = s.leaf_draft().having(odd, critical=True).signed(s.key("ec-p256", "root"))
    page = hand.tab(shown(workspace, s.der(made)), "Details")
    found = tree(page)
    assert found["Extension 1.3.6.1.4.1.99999.7 (critical)"] == "This program does not recognize this extension."
    assert found["Contents (DER)"] == "0C 05 3C 62 3E 78 21"


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        (HTML, HTML),
        ("before\0after", r"before\x00after"),
        ("gro\u202exe.tset", r"gro\u202exe.tset"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        (LONG, LONG),
    ],
    ids=["html", "nul", "override", "hebrew", "long"],
)
def test_a_name_is_plain_text_whatever_it_holds(workspace, hand, text, visible):
    window = shown(workspace, named(text), s.der(s.root()))
    assert window.width() < 1000
    page = hand.tab(window, "General")
    edits = [edit for edit in page.findChildren(QPlainTextEdit) if edit.accessibleName() == "Common Name"]
    assert edits[0].toPlainText() == visible
    assert edits[0].document().defaultTextOption().textDirection() == Qt.LayoutDirection.LeftToRight
    assert len(window.windowTitle()) < 120
    for label in window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or "<" not in label.text()
    assert all(HTML not in widget.toolTip() for widget in window.findChildren(QWidget))
    hand.tab(window, "Details")
    chain = hand.tab(window, "Chain")
    hand.says(chain, "It was not signed by the certificate above it.")


def test_a_certificate_with_twenty_thousand_names_opens_at_once(workspace, hand):
    names = [x509.DNSName(f"h{number}.example.com") for number in range(20_000)]
    many = s.leaf_draft().having(x509.SubjectAlternativeName(names)).signed(s.key("ec-p256", "root"))
    page = hand.tab(shown(workspace, s.der(many)), "Details")
    assert "… and 19800 more" in tree(page).values()


@pytest.mark.parametrize("length", [0, 1, 300])
def test_a_truncated_certificate_is_one_sentence(workspace, hand, length):
    assert shown(workspace, s.der(s.leaf())[:length]) is None
    said = hand.message("cannot be read")
    assert "Traceback" not in said


def test_no_certificate_at_all_is_the_same_sentence(workspace, hand):
    assert shown(workspace) is None
    hand.message("cannot be read")


def test_the_chain_says_what_is_missing(workspace, hand):
    window = shown(workspace, s.der(s.leaf()))
    page = hand.tab(window, "Chain")
    assert page.tree.topLevelItem(0).text(0) == "CN=Specimen root ec-p256/O=Specimen/C=US (missing)"
    assert not page.button.isEnabled()
    assert page.button.toolTip() == "This is the certificate that is shown."
    page.tree.setCurrentItem(page.tree.topLevelItem(0))
    hand.says(page, "This certificate is not available here.")
    assert page.button.toolTip() == "This certificate is not available here. Clients that rely on the chain need it."


def test_another_certificate_of_the_chain_opens_in_its_own_viewer(workspace, hand):
    window = shown(workspace, s.der(s.leaf()), s.der(s.root()))
    page = hand.tab(window, "Chain")
    page.tree.setCurrentItem(page.tree.topLevelItem(0))
    hand.click(page, "Show Certificate")
    root = hand.dialog("Certificate: Specimen root ec-p256")
    hand.says(hand.tab(root, "Chain"), "It is self-signed (a root certificate). Trust it only if you have verified it in another way.")


def test_an_unreadable_issuer_does_not_hide_the_certificate(workspace, hand):
    page = hand.tab(shown(workspace, s.der(s.leaf()), b"junk"), "Chain")
    assert page.tree.topLevelItem(0).text(0) == "Unreadable certificate"


@pytest.mark.parametrize("form", ["pem", "der"])
def test_it_is_saved_as_pem_and_as_der(workspace, hand, tmp_path, form):
    window = shown(workspace, s.der(s.leaf()))
    hand.click(window, f"Save as {form.upper()}")
    dialog = hand.dialog("Save certificate")
    dialog.close()
    data = s.pem(s.leaf()) if form == "pem" else s.der(s.leaf())
    window.save(tmp_path / "saved", data)
    hand.message("The certificate has been saved.")
    assert (tmp_path / "saved").read_bytes() == data


def test_a_file_that_cannot_be_written_is_said(workspace, hand, tmp_path):
    window = shown(workspace, s.der(s.leaf()))
    window.save(tmp_path / "no such folder" / "x.pem", b"data")
    hand.message("cannot be written")
    assert window.isVisible()


def test_escape_closes_the_viewer(workspace, hand):
    window = shown(workspace, s.der(s.leaf()))
    hand.key(window, Qt.Key.Key_Escape)
    hand.closed(window)


def test_the_summary_shows_what_identifies_a_certificate(host, hand, qtbot):
    block = CertificateSummary(host)
    block.set_certificate(s.der(s.root()))
    block.set_certificate(s.der(s.leaf()))
    block.show()
    QApplication.processEvents()
    assert hand.editor(block, "Subject").toPlainText() == "CN=www.example.com/O=Specimen/C=US"
    assert hand.editor(block, "Public key").toPlainText() == "ECDSA P-256"
    hand.says(block, "Valid; expires in")
    hand.click(block, "Show Certificate")
    hand.dialog("Certificate: www.example.com")


def test_the_summary_says_when_there_is_nothing_to_read(host, hand):
    block = CertificateSummary(host)
    block.set_certificate(b"junk")
    block.show()
    hand.says(block, "The certificate cannot be read")


def test_the_service_refuses_what_is_no_certificate():
    with pytest.raises(Refused):
        viewing.summary(b"junk", s.NOW)
