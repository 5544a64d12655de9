"""Problems in words below their fields, and counts of them on tabs."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QWidget
from shiboken6 import isValid

from dominoadmin.errors import Refused, WrongPassword, about
from dominoadmin.gui.certifiers import register as register_certifier
from dominoadmin.gui.certifiers.name import CertifierName
from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.key_rings.password import OpenKeyRingDialog
from dominoadmin.viewmodels import mends
from dominoadmin.viewmodels.certifiers import choices as certifier_choices
from dominoadmin.viewmodels.certifiers.registration_draft import CertifierDraft
from dominoadmin.viewmodels.certifiers.tabs import NameDraft
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says
from tests import builders
from tests.gui.hand import texts

SENTENCE = "The name is already in use. Choose another one."


class Draft(Judged):
    """A draft of two pages."""

    def __init__(self) -> None:
        self.name, self.last, self.rest = "", "fine", ""

    def problems(self) -> tuple[DraftProblem, ...]:
        return found(
            says("name", lambda: "" if self.name else "A name is missing."),
            says("name", lambda: "The name is too short." if len(self.name) < 3 else "", lambda: "Long"),
            says("last", lambda: "" if self.last == "fine" else "The last one is wrong."),
            says("", lambda: self.rest),
        )


class Dialog(DraftDialog[Draft, None]):
    """Two tabs, of which the second has more rows than the dialog has room for."""

    def __init__(self, window) -> None:
        super().__init__(window, "Two Pages", Draft())
        self.tabs, self.first, self.second = SteadyTabs(self), Form(self), Form(self)
        self.first.save = self.second.save = self.save
        self.name = self.first.line("&Name:", hint="A hint.")
        self.other = self.first.line("&Other:")
        for number in range(40):
            self.second.line(f"Row {number}")
        self.last = self.second.line("&Last:", "fine")
        self.first.name(name=self.name)
        self.second.name(last=self.last)
        for title, form in (("First", self.first), ("Second", self.second)):
            self.watch_form(form)
            self.tabs.addTab(scrolled(form), title)
        self.body.addWidget(self.tabs, 1)
        self.error: Exception | None = None
        self.done_with = 0

    def save(self) -> None:
        self.draft.name, self.draft.last = self.name.text(), self.last.text()

    def work(self):
        return self._work

    def _work(self, _progress) -> None:
        self.done_with += 1
        if self.error:
            raise self.error


@pytest.fixture
def dialog(window):
    made = Dialog(window)
    made.open()
    made.activateWindow()
    made.name.setFocus()
    QApplication.processEvents()
    yield made
    if isValid(made) and made.isVisible():
        made.discard()


def shown(dialog) -> list[str]:
    end = time.monotonic() + 0.1
    while time.monotonic() < end:  # a field that was left is judged a moment later
        QApplication.processEvents()
        time.sleep(0.005)
    return [text for text in texts(dialog) if text.startswith(("A name", "The "))]


def type_(editor, text: str) -> None:
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, text) if text else QTest.keyClick(editor, Qt.Key.Key_Delete)
    QApplication.processEvents()


def test_nothing_is_said_while_a_field_is_typed_for_the_first_time(dialog) -> None:
    type_(dialog.name, "ab")
    assert shown(dialog) == []
    dialog.other.setFocus()
    assert shown(dialog) == ["The name is too short."]
    assert dialog.name.accessibleDescription() == "The name is too short. A hint."
    type_(dialog.name, "abc")  # mended: it vanishes at once
    assert shown(dialog) == []
    assert dialog.name.accessibleDescription() == "A hint."
    type_(dialog.name, "a")  # and is wrong again, which is said when it is left
    assert shown(dialog) == []
    dialog.other.setFocus()
    assert shown(dialog) == ["The name is too short."]


def test_a_field_that_was_only_passed_says_nothing(dialog) -> None:
    dialog.other.setFocus()
    assert shown(dialog) == []


def test_a_press_of_the_mouse_ends_where_it_began(dialog, monkeypatch) -> None:
    monkeypatch.setattr(QApplication, "mouseButtons", lambda: Qt.MouseButton.LeftButton)
    type_(dialog.name, "ab")
    dialog.other.setFocus()
    assert shown(dialog) == []  # no row pushes the button away below the pointer
    monkeypatch.setattr(QApplication, "mouseButtons", lambda: Qt.MouseButton.NoButton)
    time.sleep(0.1)
    assert shown(dialog) == ["The name is too short."]


def test_ok_goes_to_the_problem_that_is_read_first_whatever_the_order_of_the_draft(dialog) -> None:
    dialog.first.name(other=dialog.other)  # named before the name, and above it
    dialog.first.rows.insertRow(0, "Above", row := QWidget(dialog.first))
    above = QLineEdit(row)
    dialog.first.name(above=above)
    dialog.watch_form(dialog.first)
    order = [DraftProblem("The last one is wrong.", "last"), DraftProblem("The other one is wrong.", "other")]
    dialog.problems = lambda: [*order, DraftProblem("The name is wrong.", "name"), DraftProblem("The first is wrong.", "above")]
    dialog.tabs.setCurrentIndex(1)
    dialog.commit_button.click()
    assert (dialog.tabs.currentIndex(), QApplication.focusWidget()) == (0, above)
    dialog.problems = lambda: [*order, DraftProblem("The name is wrong.", "name")]
    dialog.commit_button.click()
    assert QApplication.focusWidget() is dialog.name
    dialog.problems = lambda: order
    dialog.commit_button.click()
    assert QApplication.focusWidget() is dialog.other


def test_ok_shows_all_problems_counts_them_and_goes_to_the_first(dialog) -> None:
    type_(dialog.name, "Long")
    dialog.tabs.setCurrentIndex(1)
    type_(dialog.last, "")
    dialog.tabs.setCurrentIndex(0)
    assert dialog.commit_button.isEnabled()
    dialog.commit_button.click()
    QApplication.processEvents()
    assert not dialog.done_with
    assert (dialog.tabs.tabText(0), dialog.tabs.tabText(1), dialog.tabs.tabToolTip(1)) == ("First", "Second (1)", "1 problem")
    assert dialog.tabs.currentIndex() == 1  # the tab of the first problem
    assert QApplication.focusWidget() is dialog.last
    assert not dialog.last.visibleRegion().isEmpty()  # although it was scrolled out of view
    assert shown(dialog) == ["The last one is wrong."]
    type_(dialog.last, "fine")
    assert dialog.tabs.tabText(1) == "Second"
    dialog.commit_button.click()
    builders_wait(dialog)
    assert dialog.done_with == 1


def builders_wait(dialog) -> None:
    end = time.monotonic() + 10
    while dialog.is_running and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)
    QApplication.processEvents()


def test_a_problem_of_the_whole_is_said_in_its_place_and_switches_ok_off(dialog) -> None:
    type_(dialog.name, "Long")
    dialog.draft.rest = "The rules are being checked."
    dialog.check()
    assert not dialog.commit_button.isEnabled()
    assert dialog._problem.text() == "The rules are being checked."


def test_a_proposal_mends_the_field(hand, dialog) -> None:
    type_(dialog.name, "ab")
    dialog.commit_button.click()
    hand.click(dialog, "Use Long")
    assert dialog.name.text() == "Long"
    assert shown(dialog) == []
    assert QApplication.focusWidget() is dialog.name


@pytest.mark.parametrize("kind", [Refused, WrongPassword])
def test_what_a_service_refuses_is_said_at_its_field_until_that_is_edited(dialog, kind) -> None:
    type_(dialog.name, "Long")
    with pytest.raises(kind) as raised, about("name"):
        raise kind("The name is already in use.", "Choose another one.")
    dialog.error = raised.value
    dialog.tabs.setCurrentIndex(1)
    dialog.commit_button.click()
    builders_wait(dialog)
    assert shown(dialog) == [SENTENCE]
    assert dialog.tabs.currentIndex() == 0 and QApplication.focusWidget() is dialog.name
    assert not dialog.findChildren(QMessageBox)
    assert dialog.commit_button.isEnabled()  # it may be tried again
    type_(dialog.name, "Longer")
    assert shown(dialog) == []


def test_what_is_about_no_field_keeps_its_box(hand, dialog) -> None:
    type_(dialog.name, "Long")
    dialog.error = Refused("The store is locked.")
    dialog.commit_button.click()
    hand.message("The store is locked.")


def test_the_row_moves_nothing_more_and_wraps(dialog) -> None:
    type_(dialog.name, "ab")
    before = dialog.other.y()
    dialog.commit_button.click()
    QApplication.processEvents()
    line = dialog.fontMetrics().height()
    assert line <= dialog.other.y() - before <= 3 * line
    (text,) = [each for each in dialog.findChildren(QLabel) if each.text() == "The name is too short."]
    assert text.wordWrap()
    assert text.palette().windowText().color() == theme.problem()


def test_other_colors_are_taken_while_it_is_shown(dialog) -> None:
    type_(dialog.name, "ab")
    dialog.commit_button.click()
    light = theme.problem()
    try:
        theme.apply(theme.DARK)
        QApplication.processEvents()
        (text,) = [each for each in dialog.findChildren(QLabel) if each.text() == "The name is too short."]
        assert text.palette().windowText().color() == theme.problem() != light
    finally:
        theme.apply(theme.LIGHT)


def test_it_is_mirrored(dialog) -> None:
    type_(dialog.name, "ab")
    dialog.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    dialog.commit_button.click()
    QApplication.processEvents()
    (text,) = [each for each in dialog.findChildren(QLabel) if each.text() == "The name is too short."]
    below = text.parentWidget()
    shape = next(each for each in below.findChildren(QLabel) if each is not text)
    assert shape.x() > text.x()
    assert below.mapTo(dialog.first, below.rect().topRight()).x() == dialog.name.geometry().right()


def test_the_names_that_the_technotes_way_knows_are_filled_in(window, hand, office) -> None:
    register_certifier.start(window)
    hand.click(hand.dialog("Register Internet Certifier"), "OK")
    hand.click(hand.dialog("Register a New Internet Certifier"), "Create Certifier Name")
    naming = hand.dialog("Create Certifier Name")
    filled = {label: hand.editor(naming, label).text() for label in ("Common Name", "Organization Name", "Country Code")}
    assert filled == {"Common Name": "MyCompany CA", "Organization Name": "MyCompany", "Country Code": "US"}


def test_a_second_certifier_is_not_proposed_the_first_ones_name(window, office) -> None:
    builders.certifier(office)
    draft = CertifierDraft(choices=certifier_choices.choices(office.domain, office.ann))
    first = draft.proposed_name()
    draft.choices.certifiers[0].__dict__["name"] = str(first.name())  # frozen
    assert draft.proposed_name().common_name == "" and draft.proposed_name().organization == first.organization


def test_a_country_is_proposed_by_its_name(window, hand) -> None:
    naming = CertifierName(window, NameDraft(common_name="My CA", country="USA"))
    naming.open()
    hand.refused(naming, "Country Code must be two letters")
    hand.click(naming, "Use United States (US)")
    assert hand.editor(naming, "Country Code").text() == "US"
    naming.discard()


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("https://www.Example.com/path?x=1", "www.example.com"),
        ("www.example.com:443", "www.example.com"),
        ("www.example.com.", "www.example.com"),
        ("www.example.com", ""),
        ("ann@example.com", ""),
        ("https://ann@example.com", ""),
        ("www", ""),
        ("two words.example.com", ""),
    ],
)
def test_only_a_sure_host_name_is_proposed(typed: str, right: str) -> None:
    assert mends.host(typed) == right


@pytest.mark.parametrize(
    ("typed", "right"),
    [("keyfile", "keyfile.kyr"), ("keyfile.kdb", "keyfile.kyr"), ("www.example", ""), ("keyfile.kyr", ""), ("", "")],
)
def test_only_a_sure_file_name_is_proposed(typed: str, right: str) -> None:
    assert mends.file_name(typed, ".kyr") == right


@pytest.mark.parametrize(("typed", "right"), [("uk", "GB"), ("Germany", "DE"), ("de", "DE"), ("DE", ""), ("Atlantis", "")])
def test_only_a_sure_country_is_proposed(typed: str, right: str) -> None:
    assert mends.country(typed) == right


def test_an_error_names_its_own_field_first() -> None:
    def check() -> None:
        with about("inner"):
            raise Refused("No.")

    assert [each.field for each in found(FieldCheck("outer", check))] == ["inner"]


def test_a_key_rings_wrong_password_goes_below_its_line(window, hand, office, monkeypatch) -> None:
    dialog = OpenKeyRingDialog(window, "keyfile.kyr")

    def work():
        def wrong(_progress):
            raise WrongPassword("The password is wrong.")

        return wrong

    monkeypatch.setattr(dialog, "work", work)
    dialog.open()
    hand.fill(dialog, "Key Ring Password", "something")
    hand.click(dialog, "Open")
    hand.says(dialog, "The password is wrong.")
    assert not dialog.findChildren(QMessageBox)
    assert hand.editor(dialog, "Key Ring Password").selectedText()
