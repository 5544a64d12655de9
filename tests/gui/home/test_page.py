"""Home says what a person wants to know each morning, and each of its buttons opens the place for it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton

from dominoadmin import i18n
from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.painting.pills import Pill
from dominoadmin.gui.home.bars import BarsView
from dominoadmin.gui.home.page import HomePage
from dominoadmin.gui.home.timeline import Dot, TimelineView
from dominoadmin.viewmodels.target import Target
from tests import builders
from tests.gui.looking import objections


@pytest.fixture
def make_page(window, qtbot):
    def make(size=(1000, 900)) -> HomePage:
        page = HomePage(window)
        qtbot.addWidget(page)
        page.setParent(None)
        page.resize(*size)
        read(page, qtbot, page.show)
        return page

    return make


def read(page, qtbot, act) -> None:
    """Act, and wait until the page was read."""
    with qtbot.waitSignal(page.refreshed, timeout=20_000):
        act()
    QApplication.processEvents()


def texts(page) -> list[str]:
    return [label.text().replace("\n", "") for label in page.findChildren(QLabel) if label.isVisible() and label.text()]


def buttons(page) -> dict[str, QAbstractButton]:
    """Return the visible buttons by their label and what a screen reader adds."""
    found = [each for each in page.findChildren(QPushButton) if each.isVisible()]
    return {f"{each.text()}: {each.accessibleDescription()}": each for each in found}


def opened(page, qtbot, act) -> list[object]:
    with qtbot.waitSignal(page.wanted) as asked:
        act()
    return asked.args


def test_an_empty_domain_is_told_what_to_do_first(make_page, qtbot) -> None:
    page = make_page()
    assert page.windowTitle() == "Home"
    assert texts(page)[1:] == [
        "The domain has no certifier yet.", "What to do first", "Register a new Internet certifier",
        "There is no Internet certifier yet.",
    ]  # fmt: skip
    (button,) = buttons(page).values()
    assert opened(page, qtbot, button.click) == ["register-certifier", Target(guided=True)]
    assert not objections(page)


def test_a_request_that_waits_is_a_row_with_a_button_that_opens_it(make_page, office, qtbot) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    page = make_page()
    assert "1 request is waiting for your approval. 1 matter needs attention." in texts(page)
    review = buttons(page)["Review: www.example.com"]
    assert opened(page, qtbot, review.click) == ["admin4", Target(request_id=number)]


def test_in_the_window_its_buttons_open_documents_and_lists(window, office, qtbot) -> None:
    builders.ready(office)
    builders.submitted(office)
    builders.approved(office, "two.example.com")
    builders.load_ca(office)
    page = window.page()
    qtbot.waitUntil(lambda: "Review: www.example.com" in buttons(page), timeout=20_000)
    qtbot.waitUntil(lambda: page.findChild(BarsView)._bars is not None, timeout=20_000)
    for press, title in (
        (buttons(page)["Review: www.example.com"].click, "Request 1"),
        (page.findChild(BarsView).click, "ICL for MyCompany CA"),
        (buttons(page)["Open Audit Log: Since yesterday"].click, "Audit Log"),
    ):
        window.run("home")
        press()
        qtbot.waitUntil(lambda: window.page().windowTitle() == title, timeout=5_000)  # noqa: B023 - waited for at once


def test_each_concern_has_a_word_and_one_button(make_page, office, qtbot) -> None:
    builders.ready(office)
    page = make_page()
    assert {pill.text() for pill in page.findChildren(Pill) if pill.isVisible()} == {"act soon", "advice", "OK"}
    start = buttons(page)["Start Server: Server1/MyCompany/US is not running."]
    assert opened(page, qtbot, start.click) == ["start-server", Target()]
    modify = buttons(page)["Modify…: MyCompany CA has only one CA administrator."]
    assert opened(page, qtbot, modify.click) == ["modify-certifier", Target(certifier_id=1)]


def test_the_charts_say_in_words_what_they_paint_and_open_their_lists(make_page, office, qtbot) -> None:
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    page = make_page()
    line, bars = page.findChild(TimelineView), page.findChild(BarsView)
    (dot,) = [each for each in page.findChildren(Dot) if each.isVisible()]
    assert dot.accessibleName() == line.accessibleDescription()
    assert dot.accessibleName().startswith("The CRL of MyCompany CA expires on 20")
    assert opened(page, qtbot, dot.click) == ["certifiers", Target(certifier_id=1)]
    label = line._labels[0].rect.center()
    assert opened(page, qtbot, lambda: QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=label))[0] == "certifiers"
    said = QAccessible.queryAccessibleInterface(bars)
    assert said.text(QAccessible.Text.Name) == "Issued in the last twelve months"
    assert said.text(QAccessible.Text.Description).startswith("1 certificate was issued. 20")
    assert said.role() == QAccessible.Role.Button
    assert opened(page, qtbot, lambda: QTest.keyClick(bars, Qt.Key.Key_Return)) == [
        "issued-certificates", Target(certifier_id=1),
    ]  # fmt: skip


def test_the_tab_key_goes_through_the_page_as_it_is_read(make_page, office, qtbot) -> None:
    builders.ready(office)
    builders.submitted(office)
    builders.load_ca(office)
    page = make_page((500, 900))
    page.activateWindow()
    page.focus_view()
    found = []
    for _time in page._cards.stops():
        found.append(QApplication.focusWidget())
        assert not found[-1].visibleRegion().isEmpty(), "what has the focus is scrolled to"
        QTest.keyClick(found[-1], Qt.Key.Key_Tab)
    assert found == page._cards.stops()
    tops = [each.mapTo(page._area.widget(), each.rect().topLeft()).y() for each in found]
    assert tops == sorted(tops)


def test_the_focus_stays_when_the_page_is_read_again(make_page, office, qtbot) -> None:
    builders.ready(office)
    builders.submitted(office)
    page = make_page()
    page.activateWindow()
    review = buttons(page)["Review: www.example.com"]
    review.setFocus()
    read(page, qtbot, page.refresh)
    assert QApplication.focusWidget() is review


def test_the_page_follows_the_store_while_it_is_seen(make_page, office, window, qtbot) -> None:
    builders.ready(office)
    page = make_page()
    builders.submitted(office)
    read(page, qtbot, window.events.look)
    assert "www.example.com" in texts(page)
    page.hide()
    builders.submitted(office, "two.example.com")
    with qtbot.assertNotEmitted(page.refreshed, wait=600):
        window.events.look()
    read(page, qtbot, page.show)
    assert "two.example.com" in texts(page)


def test_a_store_that_cannot_be_read_is_told_on_the_page(make_page, office, qtbot) -> None:
    builders.ready(office)
    page = make_page()
    builders.sql(office, "ALTER TABLE certifiers RENAME TO elsewhere")
    page.refresh()
    qtbot.waitUntil(lambda: texts(page)[0] == "Home cannot read the store", timeout=20_000)
    assert len(texts(page)) == 2


@pytest.mark.parametrize("width", [330, 600, 1200])
@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_cut_off(make_page, office, qapp, language, factor, width) -> None:
    font, larger = qapp.font(), qapp.font()
    larger.setPointSizeF(font.pointSizeF() * factor)
    qapp.setFont(larger)
    i18n.use(language)
    try:
        builders.ready(office)
        builders.submitted(office)
        builders.load_ca(office)
        page = make_page((width, 900))
        assert not objections(page)
        assert page._area.widget().width() <= width, "nothing is only reached by scrolling to the right"
    finally:
        i18n.use("en")
        qapp.setFont(font)


def test_the_colours_follow_the_scheme_while_the_page_is_open(make_page, office) -> None:
    builders.ready(office)
    page = make_page()
    card = page._cards._health

    def ground() -> int:
        return card.grab().toImage().pixelColor(card.width() // 2, 6).lightness()

    assert ground() > 200
    theme.apply(theme.DARK)
    assert ground() < 60
    theme.apply(theme.LIGHT)
