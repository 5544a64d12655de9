"""Pills are readable in light and dark, and say their word to a screen reader."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible, QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.painting import pills
from dominoadmin.gui.frame.painting.pills import Pill
from dominoadmin.viewmodels.badges import Tone

LEAST = 4.5  # WCAG 2.2, 1.4.3


@pytest.fixture(params=[theme.LIGHT, theme.DARK])
def scheme(qapp, request):
    theme.apply(request.param)
    yield request.param
    theme.apply(theme.LIGHT)


def luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor, other: QColor) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tone", [*Tone])
def test_the_word_is_readable_on_its_ground(scheme, tone) -> None:
    assert contrast(*pills.colours(tone)) >= LEAST


@pytest.mark.parametrize("tone", [Tone.OK, Tone.SOON, Tone.ACT, Tone.PLAIN])
@pytest.mark.parametrize("role", [QPalette.ColorRole.Base, QPalette.ColorRole.Window])
def test_the_words_colour_is_readable_on_a_window_and_a_list(scheme, tone, role) -> None:
    assert contrast(pills.colours(tone)[1], QGuiApplication.palette().color(role)) >= LEAST


def test_a_pill_is_a_label_as_wide_as_its_word(scheme, qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    pill = Pill(parent)
    pill.show_state("demnächst", Tone.SOON)
    assert QAccessible.queryAccessibleInterface(pill).text(QAccessible.Text.Name) == "demnächst"
    assert pill.sizeHint().width() > pill.fontMetrics().horizontalAdvance("demnächst")
    pill.resize(pill.sizeHint())
    shown = pill.grab().toImage()
    assert shown.pixelColor(shown.width() // 2, 1) == pills.colours(Tone.SOON)[0]
    pill.show_state("1", Tone.COUNT)
    assert pill.sizeHint().width() >= pill.sizeHint().height()
