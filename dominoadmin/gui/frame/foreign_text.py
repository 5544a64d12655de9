"""Makes untrusted texts safe where Qt would interpret parts of them.

Tool tips interpret markup; tabs, buttons and labels of editors interpret `&` as a mnemonic; and all painted texts obey
bidirectional control characters.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from PySide6.QtGui import Qt  # it has more members here than in QtCore
from PySide6.QtWidgets import QLabel, QWidget

from dominoadmin.gui.frame.widget_tree import descendants
from dominoadmin.i18n import translated

_OBEYED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST: Final = 2000
_UNBREAKABLE: Final = re.compile(r"([^\s/\\]{80})[^\s/\\]+")


def visible(text: str) -> str:
    """Return `text` in the current language, with invisible characters, except our own line ends, as escapes."""
    text = translated(text)
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def in_one_line(text: str) -> str:
    """Return `text` in one line, for a title or the status bar."""
    return visible(" ".join(translated(text).split()))


def said(text: str) -> str:
    """Return `text` for a message box, with words cut that would make it wider than the screen."""
    return _UNBREAKABLE.sub(r"\1…", visible(text))


def caption(text: str) -> str:
    """Return `text` for a tab, a button or the label of an editor, with `&` as letters, not mnemonics."""
    return visible(text).replace("&", "&&")


def plain(text: str) -> str:
    """Return a tool tip that shows `text` literally. A very long one is cut, as it would cover the screen."""
    text = translated(text)
    shown = visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    return Qt.convertFromPlainText(shown, Qt.WhiteSpaceMode.WhiteSpaceNormal) if Qt.mightBeRichText(shown) else shown


def plain_labels(box: QWidget) -> None:
    """Show all labels of one of Qt's own boxes as plain text: their API mostly sets this only for the first."""
    for label in descendants(box, QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setOpenExternalLinks(False)


def _visible(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _OBEYED:
        return character
    return " " if character == "\t" else character.encode("unicode_escape").decode("ascii")
