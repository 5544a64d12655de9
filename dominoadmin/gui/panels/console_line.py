"""The console's command line: history, completion, and dots in place of a password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from dominoadmin.console.interpreter import holds_password, without_secrets
from dominoadmin.i18n import text as _

DOT: Final = "●"
_LONGEST_HISTORY: Final = 100


def secret_start(line: str) -> int:
    """Return where the password in a console line begins; its length if there is none."""
    first = next((end for end in range(1, len(line) + 1) if holds_password(line[:end].rstrip())), 0)
    if not first:
        return len(line)
    # What turned out to be no number was the beginning of the password.
    return line.rfind(" ", 0, first - 1) + 1


class CommandLine(QLineEdit):
    """One line for the console. What stands behind `activate` and `unlock` is shown as dots; `typed` is the line."""

    entered = Signal(str)

    def __init__(self, parent: QWidget, history: Sequence[str] = ()) -> None:
        super().__init__(parent)
        self.history = list(history)[-_LONGEST_HISTORY:]
        self._place = len(self.history)
        self._typed = self._shown = ""
        self._words = QStringListModel(self)
        completer = QCompleter(self._words, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.setAccessibleName(_("Server command"))
        self.setPlaceholderText(_("Type a command, for example: tell ca stat"))
        self.textChanged.connect(self._follow)
        self.returnPressed.connect(self._enter)

    def set_completions(self, lines: Sequence[str]) -> None:
        """Offer these lines while something that they begin with is typed."""
        if self._words.stringList() != list(lines):
            self._words.setStringList(list(lines))

    def typed(self) -> str:
        """Return the line with its password."""
        return self._typed

    def set_line(self, line: str) -> None:
        """Put a line in place of what is typed."""
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

    def _follow(self, shown: str) -> None:
        """Carry a change of what is shown over to what was typed, then show dots where they belong."""
        if shown == self._shown:
            return
        before, cursor = self._shown, self.cursorPosition()
        behind = min(len(shown) - cursor, len(before))
        kept = _alike(before[: len(before) - behind], shown[:cursor])
        self._typed = self._typed[:kept] + shown[kept:cursor] + self._typed[len(self._typed) - behind :]
        start = secret_start(self._typed)
        self._shown = self._typed[:start] + DOT * (len(self._typed) - start)
        if self._shown != shown:
            self.setText(self._shown)
            self.setCursorPosition(cursor)


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))
