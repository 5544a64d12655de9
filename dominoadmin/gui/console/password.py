"""Asks for the password that a console command needs (`tell ca activate 1`)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QWidget

from dominoadmin.gui.frame.forms.password_prompt import PasswordPrompt
from dominoadmin.i18n import text as _

Answer = Callable[[str | None], object]


class ConsolePassword(PasswordPrompt):
    """Cancel ends the command; the server waits for either answer."""

    def __init__(self, parent: QWidget, question: str, answer: Answer) -> None:
        super().__init__(parent, _("Server Console"), question)
        self._answer = answer
        self.typed.connect(answer)

    def done(self, result: int) -> None:
        super().done(result)
        if result != QDialog.DialogCode.Accepted:
            self._answer(None)
