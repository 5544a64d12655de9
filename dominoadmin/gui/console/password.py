"""Asks for the password that a console command needs (`tell ca activate 1`)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from dominoadmin.gui.frame import foreign_text
from dominoadmin.i18n import text as _

Answer = Callable[[str | None], object]


class ConsolePassword(QDialog):
    """One masked line. Cancel ends the command; the server waits for either answer."""

    def __init__(self, parent: QWidget, question: str, answer: Answer) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Server Console"))
        self._answer = answer
        label = QLabel(foreign_text.caption(foreign_text.said(question)), self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.editor = QLineEdit(self)
        self.editor.setEchoMode(QLineEdit.EchoMode.Password)
        self.editor.setAccessibleName(foreign_text.visible(question))
        label.setBuddy(self.editor)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (label, self.editor, buttons):
            layout.addWidget(widget)

    def done(self, result: int) -> None:
        self._answer(self.editor.text() if result == QDialog.DialogCode.Accepted else None)
        self.editor.clear()
        super().done(result)
