"""Every text can be read, in light and in dark: its contrast, measured on pictures of the windows, is at least 4.5."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from dominoadmin.gui.frame import theme
from tests.gui.dialog_openers import OPENERS as DIALOGS
from tests.gui.looks import contrast
from tests.gui.test_every_dialog import close, opened, stage  # noqa: F401 - a fixture
from tests.gui.test_every_view import make_window, pages, sample_domain, sample_template, settle  # noqa: F401 - fixtures


def test_a_faint_text_is_found(qapp, qtbot) -> None:
    theme.apply(theme.LIGHT)
    window = QWidget()
    label = QLabel("hardly to be read", window)
    label.resize(200, 30)
    qtbot.addWidget(window)
    label.setStyleSheet("color: #999999; background: white")
    window.show()
    assert contrast.faint(window) != []
    label.setStyleSheet("color: #595959; background: white")
    assert contrast.faint(window) == []


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK, theme.CONTRAST])
def test_the_texts_of_every_view_can_be_read(make_window, scheme) -> None:  # noqa: F811
    window = make_window((1240, 800))
    theme.apply(scheme)
    settle()
    found = {}
    for name in pages(window):
        for objection in contrast.faint(window):
            found.setdefault(objection, []).append(name)
    theme.apply(theme.LIGHT)
    assert not found, "\n".join(f"{objection}: {names[0]} … ({len(names)})" for objection, names in found.items())


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK, theme.CONTRAST])
def test_the_texts_of_every_dialog_can_be_read(stage, scheme) -> None:  # noqa: F811
    theme.apply(scheme)
    found = {}
    for name in DIALOGS:
        if wrong := contrast.faint(opened(stage, name)):
            found[name] = wrong
        close(stage)
    theme.apply(theme.LIGHT)
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)
