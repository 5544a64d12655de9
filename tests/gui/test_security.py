"""Security of the window: secrets, untrusted markup, the lock."""

import logging
import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QMessageBox,
    QTreeWidget,
    QTreeWidgetItemIterator,
)

from dominoadmin.errors import Error, Locked
from dominoadmin.gui.certificates import viewer as certificate_viewer
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.requests import certificate_pickup
from dominoadmin.gui.requests import document as request
from dominoadmin.services.requests import submitting
from dominoadmin.viewmodels.target import Target
from tests import builders, specimens
from tests.conftest import ADMIN_PASSWORD

SECRET = "Tr0ub4dor-secret"
MARKUP = "<b>You</b> <a href='https://evil.example'>won</a><img src='file:///etc/passwd'>"


class Passwords(Form):
    def __init__(self, parent, said):
        super().__init__(parent)
        self._said = said
        self.password = self.password_line("&Password")

    def save(self):
        self._said.append(self.password.text())


def all_labels(widget) -> list[QLabel]:
    return [label for label in widget.findChildren(QLabel) if label.text()]


# markup


def test_message_boxes_show_markup_letter_by_letter(window) -> None:
    boxes = [
        messages.inform(window, "Note", MARKUP, details=MARKUP),
        messages.confirm(window, "Question", MARKUP, "Do it", lambda: None),
        errors.show(window, Error(MARKUP, MARKUP)),
        errors.show(window, ValueError(MARKUP)),
    ]
    for box in boxes:
        for label in all_labels(box):
            assert label.textFormat() == Qt.TextFormat.PlainText, label.objectName()
            assert not label.openExternalLinks()


def test_a_question_shows_markup_letter_by_letter(window, hand) -> None:
    messages.ask_password(window, "Ask", MARKUP, lambda _text: None)
    dialog = hand.dialog("Ask")
    assert {label.textFormat() for label in all_labels(dialog)} == {Qt.TextFormat.PlainText}


def test_no_label_with_a_value_takes_markup() -> None:
    """Labels made from a variable are set to plain text within the next lines."""
    loose = []
    for file in Path("dominoadmin/gui").rglob("*.py"):
        lines = file.read_text().splitlines()
        for number, line in enumerate(lines):
            found = re.search(r"(\w[\w.]*) = QLabel\((?!_\()(\w+)?", line)
            if found and found[2] not in ("self", "parent", "holder", "title", "label", None):
                near = "\n".join(lines[number : number + 5])
                if "PlainText" not in near:
                    loose.append(f"{file}:{number + 1}")
    assert not loose


# secrets


def test_passwords_are_forgotten_when_a_dialog_closes(window) -> None:
    said = []
    dialog = DraftDialog(window, "Secret", None)
    form = Passwords(dialog, said)
    dialog.add_form(form)
    dialog.open()
    form.password.setText(SECRET)
    before = list(said)
    dialog.done(1)
    assert form.password.text() == ""
    assert said == before  # the draft in use keeps what it needs


def test_password_lines_cannot_be_undone_or_copied(window) -> None:
    line = QLineEdit(window)
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.insert(SECRET)
    line.selectAll()
    QGuiApplication.clipboard().setText("before")
    line.copy()
    line.cut()
    assert QGuiApplication.clipboard().text() == "before"


def test_a_fault_shows_no_values_and_keeps_none(window) -> None:
    def open_with(password):
        length = len(password)
        return length / 0

    with pytest.raises(ZeroDivisionError) as caught:
        open_with(SECRET)
    box = errors.show(window, caught.value)
    assert "open_with" in box.detailedText()
    assert SECRET not in box.detailedText()
    frames, trace = [], caught.value.__traceback__.tb_next
    while trace is not None:
        frames.append(trace.tb_frame.f_locals)
        trace = trace.tb_next
    assert frames
    assert SECRET not in str(frames)


def test_the_same_error_is_told_once_at_a_time(window) -> None:
    first = errors.show(window, Error("The disk is full."))
    assert errors.show(window, Error("The disk is full.")) is first
    assert errors.show(window, Error("Something else.")) is not first
    first.done(0)
    assert errors.show(window, Error("The disk is full.")) is not first


@pytest.mark.parametrize(
    "line",
    [f"tell ca activate 1 {SECRET}", f"t ca ACTIVATE * {SECRET}", f"tell ca unlock ann.id {SECRET}",
     f'tell ca unlock "ann admin.id" {SECRET}', f"tell ca activate {SECRET}", f"tell ca aktivate 1 {SECRET}"],
)  # fmt: skip
def test_a_password_of_the_console_is_nowhere(window, hand, office, caplog, line) -> None:
    caplog.set_level(logging.DEBUG)
    builders.certifier(office)  # without one the ca task is not loaded
    window.begin()
    hand.until(lambda: window.server.is_running and len(window.server.tasks()) == 3, "the server does not start")
    window.open.console()
    panel = window.page()
    panel.line.set_line(line)
    panel.line._enter()
    window.server.execute("help")
    hand.until(lambda: "show tasks" in panel.output.toPlainText().partition("> ")[2], "no answer")
    window._save()
    kept = office.root.joinpath("client.json").read_text()
    places = [panel.output.toPlainText(), *panel.line.history, kept, caplog.text, *window.server.recent]
    assert not [place for place in places if SECRET in place]
    assert office.root.joinpath("client.json").stat().st_mode & 0o777 == 0o600


def test_no_settings_of_qt_are_used() -> None:
    assert not [file for file in Path("dominoadmin/gui").rglob("*.py") if "QSettings" in file.read_text()]


# the locked window


@pytest.fixture
def locked(window, hand):
    window.menus.run("admin4")
    window.locking.lock()
    QApplication.processEvents()
    yield window
    if window.session.is_locked:
        unlock(hand, window)


def unlock(hand, window) -> None:
    if not any(w.windowTitle() == "Log In" and w.isVisible() for w in QApplication.topLevelWidgets()):
        window.locking.unlock()
    dialog = hand.dialog("Log In")
    hand.fill(dialog, "Password", ADMIN_PASSWORD)
    hand.click(dialog, "OK")
    hand.until(lambda: not window.session.is_locked, "it stays locked")


def test_a_locked_window_shows_and_does_nothing(locked, hand) -> None:
    window = locked
    with pytest.raises(Locked):
        _ = window.session.identity
    assert window.session.actor.identity is None
    assert not window.tabs.isVisible()
    assert not any(pane.isVisible() for pane in (window.navigator, window.side, window.daily))
    tabs = window.tabs.count()
    before = {w for w in QApplication.topLevelWidgets() if w.isVisible()}
    for name in [*window.menus.actions, "configure-database"]:
        window.run(name, Target(database="certreq.nsf"))
    window.run("console:quit")
    window.close_current()
    QApplication.processEvents()
    assert window.tabs.count() == tabs
    assert {w for w in QApplication.topLevelWidgets() if w.isVisible()} <= before


def test_shortcuts_do_nothing_while_the_window_is_locked(locked, hand) -> None:
    window = locked
    hand.dialog("Log In").reject()
    window.activateWindow()
    before = {w for w in QApplication.topLevelWidgets() if w.isVisible()}
    hand.key(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    hand.key(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert {w for w in QApplication.topLevelWidgets() if w.isVisible()} <= before


def test_what_opens_while_the_window_is_locked_waits_for_the_log_in(locked, hand) -> None:
    window = locked
    box = messages.inform(window, "Done", "Certificate for www.example.com issued")
    hand.until(lambda: not box.isVisible(), "it is shown over the locked window")
    unlock(hand, window)
    hand.until(box.isVisible, "it does not come back")
    assert window.tabs.isVisible()
    assert window.menuBar().isEnabled()


def test_a_dialog_that_ends_while_the_window_is_locked_does_no_harm(window, hand) -> None:
    dialog = DraftDialog(window, "Short", None)
    dialog.open()
    window.locking.lock()
    assert not dialog.isVisible()
    dialog.done(1)
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    unlock(hand, window)
    assert window.tabs.isVisible()


def test_messages_of_the_log_in_are_seen_while_locked(locked, hand) -> None:
    box = errors.show(hand.dialog("Log In"), Error("No."))
    QApplication.processEvents()
    QApplication.processEvents()
    assert box.isVisible()
    box.done(int(QMessageBox.StandardButton.Ok))


# untrusted names, through all stages

IMAGE = "<img src=x><a href=y>win<b>"


def assert_plain(window) -> None:
    for widget in QApplication.allWidgets():
        if isinstance(widget, QLabel) and "<img" in widget.text():
            assert widget.textFormat() == Qt.TextFormat.PlainText, widget.parent()
        assert "<img" not in widget.toolTip(), widget
        assert not any("<img" in action.toolTip() for action in widget.actions())
    for tree in window.findChildren(QTreeWidget):
        items = QTreeWidgetItemIterator(tree)
        while item := items.value():
            assert "<img" not in item.toolTip(0)
            items += 1


def test_a_hostile_subject_is_text_on_its_whole_way(window, hand, office) -> None:
    builders.ready(office)
    subject = specimens.name(IMAGE, country_name="US", organization_name=IMAGE)
    number = builders.received(office, data=builders.csr(names=("www.example.com",), subject=subject))
    certificate_pickup.open_pickup(window, number)
    hand.says(window.page(), IMAGE)
    assert_plain(window)
    submitting.submit(office.domain, office.actor(), [number])
    document = request.open_request(window, number)
    hand.says(document, IMAGE)
    window.menus.run("admin4")
    hand.select(window.page(), IMAGE)
    assert_plain(window)
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert not outcome.problem
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [number])
    window.menus.run("icl")
    hand.select(window.page(), IMAGE)
    window.menus.run("mail")
    hand.select(window.page(), "Your certificate request")
    hand.key(window.page(), Qt.Key.Key_Return)
    assert_plain(window)
    (certificate,) = builders.certificates(office)
    certificate_viewer.show(window, [certificate.public_bytes(Encoding.DER)])
    QApplication.processEvents()
    assert_plain(window)


@pytest.mark.filterwarnings("ignore:Attribute.s length")
@pytest.mark.parametrize("name", ["a\x00b", "gro\u202eelpmaxe", "A" * 10_000, "a\r\nb"])
def test_names_that_deceive_are_refused_in_a_sentence_that_does_not(window, office, name: str) -> None:
    builders.ready(office)
    try:
        subject = specimens.name(name)
    except ValueError:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)])
    with pytest.raises(Error) as caught:
        builders.received(office, data=builders.csr(subject=subject))
    box = errors.show(window, caught.value)
    said = box.text() + box.informativeText()
    assert len(said) < 1_000
    assert said.isprintable()
