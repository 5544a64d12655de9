"""The console's command line: history, completion, and dots in place of a password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from dominoadmin.console.interpreter import holds_password, without_secrets
from dominoadmin.i18n import text as _

DOT: Final = "●"
_LONGEST_HISTORY: Final = 100


def secret_start(line: str) -> int:
    """Return the position of the password in a console line; the line's length if there is none."""
    first = next((end for end in range(1, len(line) + 1) if holds_password(line[:end].rstrip())), 0)
    if not first:
        return len(line)
    # If it is not a number, it is the beginning of the password.
    return line.rfind(" ", 0, first - 1) + 1


class CommandLine(QLineEdit):
    """One line for the console. Text after `activate` and `unlock` is shown as dots; `typed` is the real line."""

    entered = Signal(str)

    def __init__(self, parent: QWidget, history: Sequence[str] = ()) -> None:
        super().__init__(parent)
        self.history = list(history)[-_LONGEST_HISTORY:]
        self._place = len(self.history)
        self._typed = self._shown = ""
        self._first, self._masking = 0, False
        self._words = QStringListModel(self)
        completer = QCompleter(self._words, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.setAccessibleName(_("Server command"))
        self.setPlaceholderText(_("Type a command, for example: tell ca stat"))
        self.textChanged.connect(self._follow)
        self.selectionChanged.connect(self._mark)
        self.cursorPositionChanged.connect(self._mark)
        self.returnPressed.connect(self._enter)

    def set_completions(self, lines: Sequence[str]) -> None:
        """Offer these lines as completions."""
        if self._words.stringList() != list(lines):
            self._words.setStringList(list(lines))

    def typed(self) -> str:
        """Return the line with its password."""
        return self._typed

    def set_line(self, line: str) -> None:
        """Replace the typed line."""
        self.clear()
        self.setText(line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._recall(self._place + step)

    def _recall(self, place: int) -> None:
        self._place = min(max(place, 0), len(self.history))
        self.set_line(self.history[self._place] if self._place < len(self.history) else "")

    def _enter(self) -> None:
        line = self.typed().strip()
        if not line:
            return
        kept = without_secrets(line)
        if kept and kept not in self.history[-1:]:
            self.history.append(kept)
            del self.history[:-_LONGEST_HISTORY]
        self._place = len(self.history)
        self.clear()
        self.entered.emit(line)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._first = min(self._first, self.cursorPosition() + event.replacementStart())
        super().inputMethodEvent(event)

    def _mark(self) -> None:
        """Record the start of the next edit: Qt signals a moved cursor after the edit that moved it."""
        self._first = self.selectionStart() if self.hasSelectedText() else self.cursorPosition()

    def _follow(self, shown: str) -> None:
        """Apply a change of the shown text to the typed text, then show the dots."""
        if self._masking:
            return
        cursor = _characters(shown, self.cursorPosition())
        if self._is_masked():
            first = min(_characters(self._shown, self._first), cursor)
            behind = len(self._typed) - min(len(shown) - cursor, len(self._typed) - first)
            self._typed = self._typed[:first] + shown[first:cursor] + self._typed[behind:]
            self._mask(cursor)
        else:
            self._typed = shown
            if self._is_masked():
                self._mask(cursor)
        self._shown = self.text()

    def _is_masked(self) -> bool:
        return secret_start(self._typed) < len(self._typed)

    def _mask(self, cursor: int) -> None:
        """Set the dots even if they are already shown: this clears Qt's undo history, which would restore dots."""
        start = secret_start(self._typed)
        shown = self._typed[:start] + DOT * (len(self._typed) - start)
        self._masking = True
        self.setText(shown)
        self.setCursorPosition(_units(shown[:cursor]))
        self._masking = False


def _units(text: str) -> int:
    """Return the length of a text in Qt, which counts UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _characters(text: str, units: int) -> int:
    """Return the number of characters in the first `units` of a text."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "surrogatepass"))
