"""A country is chosen by its name; a code says which country it is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from dominoadmin import i18n
from dominoadmin.gui.frame.forms.country import CountryLine
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.viewmodels import countries


class _Form(Form):
    def __init__(self) -> None:
        super().__init__()
        self.country = CountryLine(self, "Country Code", "", "Two letters.")
        self.other = self.line("Other")

    def save(self) -> None:
        """Nothing is kept."""


@pytest.fixture
def form(qtbot):
    made = _Form()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.country.setFocus()
    return made


def said(form: _Form) -> str:
    return form.country.accessibleDescription()


def test_two_letters_of_a_longer_name_say_which_country_they_are(form) -> None:
    """Germany was cut to Ge, and accepted: that is Georgia."""
    assert said(form) == "Two letters."
    QTest.keyClicks(form.country, "Ge")
    assert said(form) == "GE: Georgia"
    QTest.keyClicks(form.country, "rmany")
    assert said(form) == "Two letters."
    form.country.editingFinished.emit()
    assert (form.country.text(), said(form)) == ("DE", "DE: Germany")


def test_a_proposal_is_chosen_by_keyboard(form, qtbot) -> None:
    QTest.keyClicks(form.country, "switz")
    popup = form.country.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert form.country.text() == "CH"


def test_a_code_is_put_into_capitals_and_another_text_stays_as_it_is(form) -> None:
    form.country.setText("xx")
    assert said(form) == "XX is no country code of ISO 3166."
    form.country.setText("us")
    form.country.editingFinished.emit()
    assert form.country.text() == "US"
    form.country.setText("Atlantis")
    form.country.editingFinished.emit()
    assert form.country.text() == "Atlantis"


def test_the_names_are_in_the_readers_language() -> None:
    assert len(countries.named()) == 249, "ISO 3166-1"
    i18n.use("de")
    try:
        assert countries.named()["DE"] == "Deutschland"
        assert countries.code_of("germany") == countries.code_of("Deutschland") == "DE"
    finally:
        i18n.use("en")
    assert next(iter(countries.named())) == "AF"
