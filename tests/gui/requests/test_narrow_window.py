"""In a small window with large letters, documents wrap and never scroll sideways: nothing of a request is overlooked."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QScrollArea

from dominoadmin.gui.directory import server_document
from dominoadmin.gui.frame.forms.form import Caption, Form
from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.gui.requests import document as requests
from dominoadmin.services.requests import submitting
from tests.gui.dialog_openers import settled
from tests.gui.looking import cut_off, visible
from tests.gui.test_every_dialog import sample_template, stage  # noqa: F401 - fixtures

SMALL = (800, 600)


def settle() -> None:
    for _time in range(10):
        settled()
        QCoreApplication.processEvents()
        time.sleep(0.005)


def wrong(page) -> list[str]:
    areas = [each for each in visible(page, QScrollArea) if each.horizontalScrollBar().isVisible()]
    return [*(f"scrolls sideways: {each.widget().minimumSizeHint().width()} in {each.viewport().width()}" for each in areas), *cut_off(page)]


@pytest.mark.parametrize("stage", [("de", 2), ("en", 2)], indirect=True, ids=["de", "en"])
def test_a_request_document_does_not_scroll_sideways(stage) -> None:  # noqa: F811
    stage.window.resize(*SMALL)
    found = {}
    for view in submitting.views(stage.domain):
        if view.document:
            page = requests.open_request(stage.window, view.request.id)
            settle()
            found[view.request.id] = wrong(page)
            if not page._why_off():
                page.start_editing()
                settle()
                found[view.request.id, "edit"] = wrong(page)
                page.leave_editing()
    assert len(found) > 8 and not {which: each for which, each in found.items() if each}


@pytest.mark.parametrize("stage", [("de", 2), ("en", 2)], indirect=True, ids=["de", "en"])
def test_the_security_tab_of_a_server_does_not_scroll_sideways(stage) -> None:  # noqa: F811
    stage.window._panes.switches["navigator"].setChecked(True)
    stage.window.resize(*SMALL)
    stage.window._panes.setSizes([300, 500, 0])
    page = server_document.open_server(stage.window)
    for edit in (False, True):
        if edit:
            page.edit()
        page._tabs.setCurrentIndex(1)
        settle()
        assert wrong(page) == []
    caption = next(each for each in visible(page, Caption) if each.text().startswith(("Run", "Uneingeschr")))
    narrow = caption.height()
    stage.window.resize(2000, 900)
    settle()
    assert caption.height() < narrow and wrong(page) == []


@pytest.mark.parametrize("text", ["6A:46:1A:D9:8E:47:65:68:DC:D7:A4:2C", "CN=server1.example.com/O=MyCompany", "x" * 40, "Two words", "8be6bf0783e61d7c-530b948618a4.json", "a/1/2/3/4/5/6/7/8/9/10/11/12/13"])
def test_a_word_without_room_is_broken_and_is_whole_again_with_more_room(qapp, text: str) -> None:
    label = BreakingLabel(text, None)
    label.resize(90, 300)
    label.show()
    assert label.text().replace("\n", "") == text
    assert max(label.fontMetrics().horizontalAdvance(line) for part in label.text().split("\n") for line in part.replace("/O", "/ O").split()) <= 90
    assert label.heightForWidth(90) <= label.heightForWidth(60)
    label.setText(f"{text} and more")
    assert max(map(label.fontMetrics().horizontalAdvance, label.text().replace("/O", "/ O").split())) <= 90
    label.resize(2000, 300)
    assert label.text() == f"{text} and more"
    label.close()


@pytest.mark.parametrize("text", ["File &Name:", "Or&ganization Name:", "&Valid for (years):", "C&ommon Name:", "Key Ring &File Name", "Template file:"])
def test_a_caption_with_room_is_painted_in_one_line(qapp, text: str) -> None:
    """Painted in just the width that its letters need, a text with a mnemonic wraps."""
    form = Form()
    editor = form.line(text)
    caption = form.rows.labelForField(editor)
    plain = QLabel(text, form)
    plain.setBuddy(editor)
    for each in (caption, plain):
        each.resize(caption.sizeHint())
    assert ends(caption) == ends(plain)
    form.deleteLater()


def ends(label: QLabel) -> tuple[int, int]:
    """Return where the letters begin and end, as they are painted."""
    image = label.grab().toImage()
    columns = [x for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) != image.pixel(0, 0)]
    return min(columns), max(columns)


@pytest.mark.parametrize("width", [0, 1, 25, 300])
def test_a_word_of_any_length_is_broken_at_any_width(qtbot, width) -> None:
    label = BreakingLabel("", None)
    qtbot.addWidget(label)
    label.setText("x" * 6000)
    label.resize(width, 10)
    assert label.heightForWidth(width) >= 0
    assert label.text().replace("\n", "") == "x" * 6000
