"""Languages that nobody speaks: each finds a kind of fault of windows in other languages."""

from __future__ import annotations

import gettext
import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from dominoadmin import i18n

LONG, RIGHT_TO_LEFT = "long", "right to left"
_MORE = 0.4  # German is about a third longer than English; some languages more
_LETTERS = str.maketrans("aeiounycAEIOUNYC", "āēīōūñýçĀĒĪŌŪÑÝÇ")
_VALUE = re.compile(r"(\{[^}]*\}|%\w|&\w)")


class Longer(gettext.NullTranslations):
    """Every text is 40 % longer, with accents: "Key ring" is "Kēý rīñg~~~~". Mnemonics and values stay."""

    def gettext(self, message: str) -> str:
        return longer(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return longer(one if count == 1 else many)


def longer(message: str) -> str:
    """Return a text in the longer language."""
    if not message.strip() or not any(map(str.isalpha, message)):
        return message
    parts = _VALUE.split(message)
    said = "".join(part if place % 2 else part.translate(_LETTERS) for place, part in enumerate(parts))
    words = max(1, round(len(message) * _MORE))
    tail = " ".join("~" * min(6, words - start) for start in range(0, words, 6))  # wraps like words
    end = re.search(r"[…:.?! ]*$", said).start()
    return f"{said[:end]} {tail}{said[end:]}" if " " in message.strip() else f"{said[:end]}{tail}{said[end:]}"


def speak(language: str) -> None:
    """Use a language: the program's own, or one of these."""
    direction = Qt.LayoutDirection.RightToLeft if language == RIGHT_TO_LEFT else Qt.LayoutDirection.LeftToRight
    QApplication.setLayoutDirection(direction)
    if language == LONG:
        i18n.speak(Longer())
    else:
        i18n.use(language)
