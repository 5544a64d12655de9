"""The bar and the words under a password field."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLineEdit, QProgressBar, QVBoxLayout, QWidget

from dominoadmin.gui.identities.password_quality import PasswordQuality


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    layout = QVBoxLayout(made)
    made.edit = QLineEdit(made)
    made.quality = PasswordQuality(made)
    layout.addWidget(made.edit)
    layout.addWidget(made.quality)
    made.show()
    return made


def test_score_word_and_reason_are_shown_while_typing(window, hand):
    window.quality.watch(window.edit)
    window.edit.setText("lightferret")
    hand.says(window, "Weak (6 of 16)")
    hand.says(window, "This is similar to a commonly used password.")
    assert window.findChild(QProgressBar).value() == 6
    window.edit.setText("stream8pond1river7lake2ocean")
    hand.says(window, "Strong (16 of 16)")
    window.edit.clear()
    hand.says(window, "No password (0 of 16)")


def test_the_user_s_own_words_are_asked_for_at_that_moment(window, hand):
    words = []
    window.quality.watch(window.edit, lambda: words)
    window.edit.setText("pqlrtmxr")
    hand.says(window, "Fair (8 of 16)")
    words.append("Pqlrtmxr")
    window.edit.setText("pqlrtmxrs")
    hand.says(window, "Weak (4 of 16)")


def test_fixed_words_can_be_given(window, hand):
    window.quality.watch(window.edit, ["Pqlrtmxr Ltd"])
    window.edit.setText("pqlrtmxr")
    hand.says(window, "Weak (3 of 16)")


def test_a_judgement_of_what_is_no_longer_typed_is_dropped(window, hand, qtbot):
    window.quality.watch(window.edit)
    for end in range(1, 12):
        window.edit.setText("lightferret"[:end])
    hand.says(window, "Weak (6 of 16)")
    qtbot.wait(300)
    hand.says(window, "Weak (6 of 16)")


def test_a_screen_reader_hears_the_judgement(window, hand):
    window.quality.watch(window.edit)
    window.edit.setText("doughnut")
    hand.says(window, "Weak (3 of 16)")
    spoken = QAccessible.queryAccessibleInterface(window.findChild(QProgressBar))
    assert spoken.text(QAccessible.Text.Name) == "Password quality"
    assert "Weak (3 of 16)" in spoken.text(QAccessible.Text.Description)
