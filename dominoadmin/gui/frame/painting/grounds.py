"""Colors between the text and its ground, for lines that separate and have no meaning of their own."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

_PART = 0.18


def line(palette: QPalette) -> QColor:
    """Return the color of a separating line on the ground of lists."""
    text, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
    parts = ((text.red(), ground.red()), (text.green(), ground.green()), (text.blue(), ground.blue()))
    return QColor(*(round(back + (front - back) * _PART) for front, back in parts))
