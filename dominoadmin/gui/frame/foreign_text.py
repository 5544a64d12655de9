"""Texts with names that strangers chose, where Qt would take parts of them for more than letters.

Tool tips take what looks like markup for markup; tabs, buttons and labels of editors take `&` for a mnemonic; and
everything that is painted obeys characters that turn the writing around.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from PySide6.QtGui import Qt  # it has more here than in QtCore
from PySide6.QtWidgets import QLabel, QWidget

from dominoadmin.gui.frame.widget_tree import descendants
from dominoadmin.i18n import translated

_OBEYED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST: Final = 2000
_UNBREAKABLE: Final = re.compile(r"([^\s/\\]{80})[^\s/\\]+")


def visible(text: str) -> str:
    """Return `text` in the reader's language; what is not seen, but for the ends of our own lines, as escapes."""
    text = translated(text)
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def in_one_line(text: str) -> str:
    """Return `text` in one line, for a title or the status bar."""
    return visible(" ".join(translated(text).split()))


def said(text: str) -> str:
    """Return `text` for a message box: a word that no line could break would make it wider than the screen."""
    return _UNBREAKABLE.sub(r"\1…", visible(text))


def caption(text: str) -> str:
    """Return `text` for a tab, a button or the label of an editor: its `&` are letters, not mnemonics."""
    return visible(text).replace("&", "&&")


def plain(text: str) -> str:
    """Return a tool tip that shows `text` letter by letter. A very long one would cover the screen: it is cut."""
    text = translated(text)
    shown = visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    return Qt.convertFromPlainText(shown, Qt.WhiteSpaceMode.WhiteSpaceNormal) if Qt.mightBeRichText(shown) else shown


def plain_labels(box: QWidget) -> None:
    """Show the labels of one of Qt's own boxes as they are: of most, only the first can be told so from outside."""
    for label in descendants(box, QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setOpenExternalLinks(False)


def _visible(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _OBEYED:
        return character
    return " " if character == "\t" else character.encode("unicode_escape").decode("ascii")
