"""Radio buttons and labels whose text wraps: with a large font, a long one would be wider than the screen."""

from __future__ import annotations

import re
from math import ceil
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStyleOptionFocusRect,
    QWidget,
)

_UNLIMITED: Final = 10_000
_NARROWEST: Final = 20  # pixels; before its first layout, a label has no width
_WORD: Final = re.compile(r"(?:[^\s/-]|[/-](?=\d))+[/-]?|[/-]")
"""Qt wraps after a slash or a hyphen, too, but not before a digit (Unicode, UAX 14)."""
_END_OF_PART: Final = ":,=.@/-"


class WrappingRadioButton(QRadioButton):
    """Drawn by the style; only its text wraps. The circle is beside the first line."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def minimumSizeHint(self) -> QSize:
        words = self.text().replace("&", "").split()
        widest = max((self.fontMetrics().horizontalAdvance(word) for word in words), default=0)
        return QSize(self._indent() + widest, super().sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        room = QRect(0, 0, max(1, width - self._indent()), _UNLIMITED)
        needed = self.fontMetrics().boundingRect(room, self._flags(), self.text()).height()
        one_line = super().sizeHint().height()
        return max(one_line, needed + one_line - self.fontMetrics().height())

    def hitButton(self, position: QPoint) -> bool:
        """Take a click on any of its lines."""
        return self.rect().contains(position)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, style, option = QPainter(self), self.style(), self._first_line()
        text = self._text_rect()
        circle = QStyleOptionButton(option)
        circle.rect = style.subElementRect(QStyle.SubElement.SE_RadioButtonIndicator, option, self)
        style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorRadioButton, circle, painter, self)
        flags = self._flags()
        if not style.styleHint(QStyle.StyleHint.SH_UnderlineShortcut, option, self):
            flags |= int(Qt.TextFlag.TextHideMnemonic)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))  # of a disabled one if it is off
        painter.drawText(text, flags, self.text())
        if self.hasFocus():
            frame = QStyleOptionFocusRect()
            frame.initFrom(self)
            shown = self.fontMetrics().boundingRect(text, self._flags(), self.text())
            frame.rect = shown.adjusted(-2, 0, 2, 0).intersected(self.rect())
            style.drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, frame, painter, self)

    def _first_line(self) -> QStyleOptionButton:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.rect = QRect(0, 0, self.width(), super().sizeHint().height())
        return option

    def _text_rect(self) -> QRect:
        top = (super().sizeHint().height() - self.fontMetrics().height()) // 2
        return QRect(self._indent(), top, self.width() - self._indent(), self.height() - top)

    def _indent(self) -> int:
        contents = QStyle.SubElement.SE_RadioButtonContents
        return self.style().subElementRect(contents, self._first_line(), self).left()

    def _flags(self) -> int:
        return int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextShowMnemonic | Qt.AlignmentFlag.AlignLeft.value)


class BreakingLabel(QLabel):
    """Wraps its text, and breaks a word that has no room in a line, such as a fingerprint or a long name."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setWordWrap(True)
        self._whole = text
        self._widest = -1

    def setText(self, text: str) -> None:
        """Show another text."""
        self._whole, self._widest = text, -1
        super().setText(self._broken(self.width()))

    def heightForWidth(self, width: int) -> int:
        broken = self._broken(width)
        if broken == self.text():
            return super().heightForWidth(width)
        room = QRect(0, 0, max(1, width), _UNLIMITED)
        return self.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), broken).height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (broken := self._broken(self.width())) != self.text():
            super().setText(broken)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._widest = -1
        super().changeEvent(event)

    def _broken(self, width: int) -> str:
        if self._widest < 0:  # measured once: a layout asks for the height at many widths
            words = _WORD.findall(self._whole)
            self._widest = max(map(self.fontMetrics().horizontalAdvance, words), default=0)
        if self._widest <= width or width < _NARROWEST:
            return self._whole
        return _WORD.sub(lambda found: self._parts(found[0], max(1, width)), self._whole)

    def _parts(self, word: str, width: int) -> str:
        """Return a word in parts of about the same length that have room; a part ends at a sign if there is one."""
        advance, parts = self.fontMetrics().horizontalAdvance, []
        while (needed := advance(word)) > width and len(word) > 1:
            length = max(1, len(word) // ceil(needed / width))
            while length > 1 and advance(word[:length]) > width:
                length -= 1
            at = max(word.rfind(sign, 0, length) for sign in _END_OF_PART) + 1
            at = at if at > length // 2 else length
            parts.append(word[:at])
            word = word[at:]
        return "\n".join([*parts, word])
