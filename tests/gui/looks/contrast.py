"""Contrasts as they are on the screen: measured on a picture of the window, not on a palette."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit, QRadioButton, QToolButton, QWidget

from tests.gui.looking import visible

LEAST = 4.5  # WCAG 2.2, 1.4.3, for text of the usual size
_FRAME = 4  # pixels: the frame of a button is not its text
_ROUNDED = 0.1  # the edge of a letter is mixed with its ground, even in the middle of a thin stroke


def faint(window: QWidget) -> list[str]:
    """Return the texts of a window that can hardly be read, each with its contrast; what is disabled is exempt."""
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    found = []
    for widget, text, place in _texts(window):
        shown = place.intersected(image.rect())
        if shown.width() < 4 or shown.height() < widget.fontMetrics().height() - 4:
            continue  # scrolled out, but for an edge
        measured = contrast(image, shown)
        if measured < LEAST - _ROUNDED:
            found.append(f"{measured:.1f}: {text[:50]!r} in {type(widget).__name__}")
    return found


def contrast(image: QImage, place: QRect) -> float:
    """Return the contrast of the text in a place: between the ground and the color that differs most from it."""
    colours: Counter[int] = Counter()
    for y in range(place.top(), place.bottom() + 1):
        for x in range(place.left(), place.right() + 1):
            colours[image.pixel(x, y) & 0xFFFFFF] += 1
    measured = {colour: luminance(colour) for colour in colours}
    ordered = sorted(colours, key=measured.__getitem__)
    half, seen = place.width() * place.height() / 2, 0
    for colour in ordered:  # the ground is what most is not darker than: text covers less than half
        seen += colours[colour]
        if seen >= half:
            break
    return max((ratio(measured[colour], measured[other]) for other, count in colours.items() if count > 1), default=1.0)


def luminance(colour: int) -> float:
    """Return the relative luminance of WCAG 2, from 0 to 1."""
    parts = [part / 255 for part in ((colour >> 16) & 255, (colour >> 8) & 255, colour & 255)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: float, other: float) -> float:
    """Return the contrast of two luminances, from 1 to 21."""
    dark, light = sorted((one, other))
    return (light + 0.05) / (dark + 0.05)


def _texts(window: QWidget) -> Iterator[tuple[QWidget, str, QRect]]:
    """Yield each widget with a text on the screen, and where it is in the picture."""
    for widget in visible(window):
        if not widget.isEnabled() or not widget.visibleRegion().boundingRect().isValid():
            continue
        text = _text(widget)
        if text.strip():
            inside = widget.visibleRegion().boundingRect()
            if isinstance(widget, QAbstractButton):
                inside = inside.adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME)
            yield widget, text, QRect(widget.mapTo(window, QPoint(inside.topLeft())), inside.size())


def _text(widget: QWidget) -> str:
    if isinstance(widget, QLabel) and widget.pixmap().isNull():
        return widget.text()
    if isinstance(widget, QLineEdit):
        return widget.text() or widget.placeholderText()
    if isinstance(widget, QToolButton | QCheckBox | QRadioButton | QAbstractButton):
        return widget.text()
    return ""
