"""Untrusted names in every window that shows them: plain letters, never markup, mnemonics, lines or directions."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QTabBar,
    QTabWidget,
    QWidget,
)
from shiboken6 import isValid

from dominoadmin.errors import Error
from dominoadmin.gui.audit import view as audit_view
from dominoadmin.gui.audit.entry import AuditEntry
from dominoadmin.gui.certificates import viewer as certificate_viewer
from dominoadmin.gui.certifiers import modify as modify_certifier
from dominoadmin.gui.console.password import ConsolePassword
from dominoadmin.gui.cross_certificates import cross_certify
from dominoadmin.gui.cross_certificates import document as cross_certificate
from dominoadmin.gui.directory import view as directory
from dominoadmin.gui.frame import errors, foreign_text, jobs, messages
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.forms.password_prompt import PasswordPrompt
from dominoadmin.gui.issuance import document as issued_certificate
from dominoadmin.gui.issuance import view as issued
from dominoadmin.gui.issuance.filters import IssuedFilters
from dominoadmin.gui.key_rings.merge_confirmation import Confirmation, MergeConfirmation
from dominoadmin.gui.requests import administration_requests, certificate_pickup, new_request
from dominoadmin.gui.requests import approve as approve_requests
from dominoadmin.gui.requests import document as request
from dominoadmin.gui.requests import reject as reject_request
from dominoadmin.gui.revocation import crl_actions
from dominoadmin.gui.revocation import request_document as revocation_request
from dominoadmin.gui.revocation import revoke as revoke_certificate
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import Event
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.identities import identifying
from dominoadmin.services.requests import submitting
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.viewmodels.target import Target
from tests import builders, specimens
from tests.conftest import ADMIN_PASSWORD

MARKUP = "<b>x</b><img src=http://127.0.0.1:9/>"
FORMATS = "%s{0}{name}"
TURNED = "\u202egpj.exe"
SHORT = f"{MARKUP} &File {FORMATS}"
"""A name that the gate for requests accepts: it refuses invisible characters, and more than 64 bytes."""
LINES = "\nSPOOF: trusted\r\nSPOOF: trusted"
WORST = f"{SHORT} {TURNED}{LINES} {'A' * 5000}"
SMALLEST = 800
MNEMONIC = re.compile(r"(?<!&)(?:&&)*&F")
OBEYED = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200b-\u200f\x00-\x09\x0b-\x1f\u2028\u2029]")


def objections() -> list[str]:
    """Return the effects of an untrusted name on the open windows."""
    QApplication.processEvents()
    found = []
    for widget in filter(isValid, QApplication.allWidgets()):
        found += [f"{said} in {type(widget).__name__} in {type(widget.parent()).__name__}" for said in about(widget)]
    return found


def about(widget: QWidget) -> Iterator[str]:
    yield from mistaken(widget)
    for text in shown(widget):
        if OBEYED.search(text):
            yield f"an invisible character: {text[:200]!r}"
        if any(line.startswith("SPOOF") for line in text.splitlines()):
            yield f"a line of its own: {text[:200]!r}"
    if widget.isWindow() and widget.isVisible():
        widths = (widget.width(), widget.minimumSizeHint().width(), widget.minimumWidth())
        if max(widths) > SMALLEST:
            yield f"too wide: {widths}"


def mistaken(widget: QWidget) -> Iterator[str]:
    """Yield the texts that Qt interprets as markup or as a mnemonic."""
    if isinstance(widget, QLabel) and "<img" in widget.text() and widget.textFormat() != Qt.TextFormat.PlainText:
        yield f"markup: {widget.text()[:80]!r}"
    tips_of = [widget.toolTip(), *(action.toolTip() for action in widget.actions())]
    if isinstance(widget, QTabBar):
        tips_of += [widget.tabToolTip(number) for number in range(widget.count())]
    if isinstance(widget, QAbstractItemView) and widget.model():
        tips_of += list(cells(widget.model(), Qt.ItemDataRole.ToolTipRole))
    yield from (f"markup in a tip: {tip[:80]!r}" for tip in tips_of if "<img" in tip)
    taken = [action.text() for action in widget.actions()]
    if isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and widget.buddy() is not None):
        taken.append(widget.text())
    if isinstance(widget, QTabBar):
        taken += [widget.tabText(number) for number in range(widget.count())]
    yield from (f"a mnemonic: {text[:80]!r}" for text in taken if "<img" in text and MNEMONIC.search(text))


def shown(widget: QWidget) -> Iterator[str]:
    """Yield the texts of a widget, including accessible ones."""
    yield from (widget.windowTitle(), widget.accessibleName(), widget.accessibleDescription(), widget.toolTip())
    if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
        yield widget.text()
    if isinstance(widget, QPlainTextEdit):
        yield widget.toPlainText()
    if isinstance(widget, QTabBar):
        yield from (widget.tabText(number) for number in range(widget.count()))
    if isinstance(widget, QMainWindow):
        yield widget.statusBar().currentMessage()
    if isinstance(widget, QAbstractItemView) and widget.model():
        for role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleDescriptionRole,
        ):
            yield from cells(widget.model(), role)


def cells(model: QAbstractItemModel, role: Qt.ItemDataRole, parent: QModelIndex | None = None) -> Iterator[str]:
    parent = parent or QModelIndex()
    for row in range(model.rowCount(parent)):
        for column in range(model.columnCount(parent)):
            index = model.index(row, column, parent)
            if isinstance(text := model.data(index, role), str):
                yield text
        yield from cells(model, role, model.index(row, 0, parent))


def named(*values: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value, _validate=False) for oid, value in values])


def hostile(*, is_ca: bool = False, text: str = WORST) -> bytes:
    """Return a certificate in which every text is deceptive."""
    key = specimens.key("ec-p256", "root")
    subject = named((NameOID.ORGANIZATION_NAME, text), (NameOID.COMMON_NAME, text))
    draft = specimens.root_draft() if is_ca else specimens.leaf_draft()
    ascii_text = text.replace("\u202e", "")
    alternatives = x509.SubjectAlternativeName([
        x509.DNSName._init_without_validation(ascii_text),
        x509.RFC822Name._init_without_validation(ascii_text),
        x509.UniformResourceIdentifier._init_without_validation(ascii_text),
        x509.DirectoryName(subject),
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), specimens.tlv(0x0C, text.encode())),
    ])  # fmt: skip
    policy = x509.PolicyInformation(
        x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), [ascii_text, x509.UserNotice(None, text)]
    )
    draft = draft.but(subject=subject, issuer=subject).having(alternatives).having(x509.CertificatePolicies([policy]))
    return specimens.der(draft.signed(key))


def all_tabs(window: QWidget) -> None:
    for tabs in window.findChildren(QTabWidget):
        for number in range(tabs.count()):
            tabs.setCurrentIndex(number)
            QApplication.processEvents()


@pytest.fixture
def objects_nothing():
    yield
    assert not objections()


# Qt's own boxes, and the parts of every window


def test_messages_show_letters(window) -> None:
    boxes = [
        messages.inform(window, "Note", WORST.replace("\n", " "), details=WORST.replace("\n", " ")),
        messages.confirm(window, "Question", SHORT + TURNED, "Do it", print),
        errors.show(window, Error(SHORT + TURNED, SHORT + TURNED)),
    ]
    QApplication.processEvents()
    assert not objections()
    assert "\\u202egpj.exe" in boxes[2].text()
    for box in boxes:
        box.reject()


def test_questions_show_letters(window, hand) -> None:
    messages.ask_password(window, "Ask", SHORT + TURNED, print)
    asked = hand.dialog("Ask", PasswordPrompt)
    console = ConsolePassword(window, f"Password for {SHORT}:", lambda _answer: None)
    console.open()
    QApplication.processEvents()
    assert not objections()
    assert "&&File" in next(label.text() for label in console.findChildren(QLabel) if MARKUP in label.text())
    asked.reject()
    console.reject()


def test_a_tab_and_the_status_bar_show_letters(window) -> None:
    window.show_tab("strange", lambda: Document(window, WORST, ()))
    window.say(WORST)
    QApplication.processEvents()
    assert window.tabs.tabText(window.tabs.count() - 1).startswith(f"{MARKUP} &&File")
    assert window.statusBar().currentMessage().startswith(f"{MARKUP} &File")
    found = [said for said in objections() if "Document in" not in said]  # its own title is not painted
    assert not found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\u202eb", "a\\u202eb"),
        ("a\x00\x1bb\u2028c", "a\\x00\\x1bb\\u2028c"),
        ("a\tb\nc", "a b\nc"),
        ("durée\u00a0: 5\u202f%", "durée\u00a0: 5\u202f%"),
        ("R&D", "R&D"),
    ],
)
def test_what_is_not_seen_is_an_escape(text, said) -> None:
    assert foreign_text.visible(text) == said


def test_captions_and_lines() -> None:
    assert foreign_text.said(f"{'A' * 90} /a/{'b' * 70}/{'c' * 79}\nx") == f"{'A' * 80}… /a/{'b' * 70}/{'c' * 79}\nx"
    assert foreign_text.caption("R&D & more") == "R&&D && more"
    assert foreign_text.in_one_line(" a\r\n b\u2028c ") == "a b c"
    assert len(foreign_text.plain("A" * 5000)) < 2100


# certificates


@pytest.mark.usefixtures("objects_nothing")
@pytest.mark.filterwarnings("ignore:Attribute.s length")
@pytest.mark.parametrize("text", [SHORT, WORST], ids=["short", "worst"])
def test_the_certificate_viewer(window, hand, text) -> None:
    certificate_viewer.show(window, [hostile(text=text), hostile(is_ca=True, text=text)])
    viewer = hand.until(
        lambda: next((w for w in window.findChildren(QDialog) if w.windowTitle().startswith("Certificate: ")), None),
        "no viewer",
    )
    all_tabs(viewer)
    hand.picture(viewer, "/tmp/shots/hostile-viewer.png")
    assert not objections()
    for tree in viewer.findChildren(QAbstractItemView):
        model = tree.model()
        for row in range(model.rowCount()):
            tree.setCurrentIndex(model.index(row, 0))
            QApplication.processEvents()


@pytest.mark.usefixtures("objects_nothing")
@pytest.mark.filterwarnings("ignore:Attribute.s length")
def test_the_merge_confirmation(window, hand) -> None:
    shown = Confirmation("Merge Trusted Root Confirmation", "keyfile.kyr", hostile(is_ca=True), "Look.", SHORT)
    dialog = MergeConfirmation(window, shown, lambda _label: lambda _progress: None)
    dialog.open()
    QApplication.processEvents()
    hand.picture(dialog, "/tmp/shots/hostile-merge.png")


@pytest.mark.usefixtures("objects_nothing")
@pytest.mark.filterwarnings("ignore:Attribute.s length")
@pytest.mark.parametrize("text", [SHORT, WORST], ids=["short", "worst"])
def test_issue_cross_certificate(window, office, hand, text) -> None:
    builders.ready(office)
    cross_certify.start(window)
    dialog = hand.dialog("Issue Cross Certificate")
    file = office.root / "other.cer"
    file.write_bytes(hostile(is_ca=True, text=text))
    dialog.take_file(file)
    QApplication.processEvents()
    hand.picture(dialog, "/tmp/shots/hostile-cross.png")


@pytest.mark.usefixtures("objects_nothing")
@pytest.mark.filterwarnings("ignore:Attribute.s length")
def test_a_cross_certificate_in_the_directory(window, office, hand) -> None:
    window.resize(SMALLEST, 600)
    certifier = identifying.open_id(office.domain, office.root / "cert.id", ADMIN_PASSWORD)
    with pytest.raises(Error) as caught:
        wanted = cross_certifying.CrossRequest(hostile(is_ca=True), "personal")
        cross_certifying.issue_with_id(office.domain, certifier, office.actor(), wanted)
    errors.show(window, caught.value)
    wanted = cross_certifying.CrossRequest(hostile(is_ca=True, text=SHORT), "personal")
    entry = cross_certifying.issue_with_id(office.domain, certifier, office.actor(), wanted)
    directory.open_directory(window)
    tab = window.page()
    for view in list(tab._tables):
        tab.show_view(view)
        hand.until(lambda: not jobs.busy(), "the view is not read")
    assert not objections()
    cross_certificate.open_cross_certificate(window, entry.record.id)
    hand.says(window.page(), "&File")
    hand.picture(window, "/tmp/shots/hostile-directory.png")
    messages.inform(window, "Cross Certify", entry.record.subject)


# a request, through all stages


@pytest.fixture
def strange(office) -> int:
    """A request that the gate accepts, in which every text is as strange as possible."""
    builders.ready(office)
    subject = specimens.name(SHORT[:64], country_name="US", organization_name=SHORT[:64])
    data = builders.csr(names=("www.example.com",), subject=subject)
    return builders.received(office, data=data)


@pytest.mark.usefixtures("objects_nothing")
def test_a_request_before_it_is_decided(window, office, hand, strange) -> None:
    window.resize(SMALLEST, 600)
    certificate_pickup.open_pickup(window, strange)
    hand.says(window.page(), "&File")
    window.run("open-database", Target(database=builders.DATABASE))
    assert not objections()
    submitting.submit(office.domain, office.actor(), [strange])
    document = request.open_request(window, strange)
    hand.says(document, "&File")
    all_tabs(document)
    window.menus.run("admin4")
    hand.select(window.page(), "&File")
    assert not objections()
    shown = [builders.view(office, strange)]
    for start in (approve_requests.start, reject_request.start):
        start(window, shown)
        dialog = QApplication.activeModalWidget()
        hand.until(lambda: not jobs.busy(), "the rules are not checked")
        hand.picture(dialog, f"/tmp/shots/hostile-{type(dialog).__name__}.png")


@pytest.mark.usefixtures("objects_nothing")
def test_an_issued_request(window, office, hand, strange) -> None:
    window.resize(SMALLEST, 600)
    submitting.submit(office.domain, office.actor(), [strange])
    (outcome,) = builders.approve(office.domain, office.ann, [strange])
    assert not outcome.problem
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [strange])
    window.menus.run("icl")
    hand.open_row(window.page(), "&File")
    QApplication.processEvents()
    assert not objections()
    window.menus.run("mail")
    hand.open_row(window.page(), "Your certificate request")
    QApplication.processEvents()
    hand.picture(window, "/tmp/shots/hostile-memo.png")
    certificate_pickup.open_pickup(window, strange)
    request.open_request(window, strange)
    (certificate,) = builders.certificates(office)
    certificate_viewer.show(window, [certificate.public_bytes(Encoding.DER)])
    QApplication.processEvents()


@pytest.mark.usefixtures("objects_nothing")
@pytest.mark.filterwarnings("ignore:Attribute.s length")
@pytest.mark.parametrize("text", [SHORT, WORST], ids=["short", "worst"])
def test_a_pasted_request(window, office, hand, text) -> None:
    builders.ready(office)
    new_request.start(window, builders.DATABASE)
    dialog = hand.dialog("New Request")
    subject = named((NameOID.ORGANIZATION_NAME, text[:4000]), (NameOID.COMMON_NAME, text[:4000]))
    with contextlib.suppress(ValueError):
        hand.fill(dialog, "Request", builders.csr(subject=subject).decode())
    hand.picture(dialog, "/tmp/shots/hostile-new-request.png")


# an issued certificate, its revocation, the lists, the log


@pytest.fixture
def strange_certificate(office, strange) -> str:
    """The serial number of the certificate issued for the strange request."""
    submitting.submit(office.domain, office.actor(), [strange])
    (outcome,) = builders.approve(office.domain, office.ann, [strange])
    assert not outcome.problem
    builders.load_ca(office)
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", strange)
    return row["serial_hex"]


def read_all_views(tab, hand) -> None:
    for view in list(tab._tables):
        tab.show_view(view)
        hand.until(lambda: not jobs.busy(), "the view is not read")
        assert not objections(), view


@pytest.mark.usefixtures("objects_nothing")
@pytest.mark.parametrize("certifier", [0, 1])
def test_an_issued_certificate_list(window, office, hand, strange_certificate, certifier) -> None:
    window.resize(SMALLEST, 600)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((strange_certificate,), reason="superseded"))
    builders.load_ca(office)
    builders.sql(office, "UPDATE issued SET requester = ?", f"CN={SHORT}/O=MyCompany")
    tab = issued.open_list(window, certifier)
    read_all_views(tab, hand)
    tab.show_view("Revoked")
    hand.select(tab, "&File")
    filters = next(each for each in tab.current.children() if isinstance(each, IssuedFilters))
    for button in (filters._requester, filters._key):
        hand.until(lambda button=button: len(button.menu().actions()) > 1, "nothing to choose")
        button.menu().actions()[1].trigger()
        hand.until(lambda: not jobs.busy(), "the view is not read")
    filters._save(WORST)
    filters._fill_saved()
    assert not objections()
    hand.picture(window, f"/tmp/shots/hostile-icl-{certifier}.png")


@pytest.mark.usefixtures("objects_nothing")
def test_a_certificate_on_its_way_to_the_list_of_the_revoked(window, office, hand, strange_certificate) -> None:
    window.resize(SMALLEST, 600)
    document = issued_certificate.open_certificate(window, 1, strange_certificate)
    hand.says(document, "&File")
    hand.picture(window, "/tmp/shots/hostile-issued.png")
    dialog = revoke_certificate.start(window, 1, [strange_certificate])
    hand.until(lambda: dialog.impact, "the impact is not shown")
    hand.picture(dialog, "/tmp/shots/hostile-revoke.png")
    assert not objections()
    target = dialog.impact.targets[0]
    dialog._looked(replace(dialog.impact, same_key=(target,) * 30))
    hand.tick(dialog, "Key compromise")
    assert not objections()
    dialog.discard()
    number = revoking.request(office.domain, office.ann, 1, RevocationOrder((strange_certificate,), reason="superseded"))
    tab = administration_requests.open_requests(window)
    read_all_views(tab, hand)
    shown = revocation_request.open_request(window, number)
    hand.until(lambda: "&File" in shown.table.item(0, 0).text(), "it is not named")
    hand.picture(window, "/tmp/shots/hostile-revocation.png")


@pytest.mark.usefixtures("objects_nothing")
def test_a_certifier_with_a_strange_name(window, office, hand) -> None:
    """An administrator chooses a certifier's name, but it may come from a file."""
    window.resize(SMALLEST, 600)
    name = f"{MARKUP} &File {FORMATS}"[:60]
    builders.certifier(office, name)
    builders.load_ca(office)
    issued.open_list(window, 1)
    read_all_views(window.page(), hand)
    crl_actions.show(window, 1)
    hand.until(lambda: any(isinstance(each, crl_actions.CrlWindow) for each in QApplication.topLevelWidgets()), "no list")
    assert not objections()
    modify_certifier.start(window, 1)
    dialog = hand.dialog("Modify Certifier")
    all_tabs(dialog)
    hand.picture(dialog, "/tmp/shots/hostile-modify.png")


@pytest.mark.usefixtures("objects_nothing")
@pytest.mark.parametrize("text", [SHORT, WORST], ids=["short", "worst"])
def test_the_audit_log(window, office, hand, text) -> None:
    window.resize(SMALLEST, 600)
    with office.domain.store.transaction() as db:
        event = Event("certificate issued", text, {"subject": text, text[:40]: text, "names": [text]})
        audit_log.enter(db, office.domain.now(), office.actor(), [event])
    tab = audit_view.open_log(window)
    read_all_views(tab, hand)
    hand.select(tab, "&File")
    AuditEntry(window, tab.selected()[0]).open()
    QApplication.processEvents()
    hand.picture(window, "/tmp/shots/hostile-audit.png")
