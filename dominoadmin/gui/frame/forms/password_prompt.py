"""Asks for one password, which nothing keeps."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QWidget

from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog
from dominoadmin.gui.frame.forms.password_line import PasswordLine


class PasswordPrompt(HeadedDialog):
    """One password line below its question, which says whose password it is. `remark`: why it is asked again."""

    typed = Signal(str)
    """OK was pressed; carries the password."""

    def __init__(self, parent: QWidget, title: str, question: str, *, remark: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.editor = PasswordLine(self)
        self.editor.setAccessibleName(foreign_text.visible(question))
        label = self._label(foreign_text.caption(foreign_text.said(question)))
        label.setBuddy(self.editor)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = self.column()
        if remark:
            layout.addWidget(self._label(foreign_text.said(remark)))
        for widget in (label, self.editor, buttons):
            layout.addWidget(widget)
        self.editor.setFocus()

    def done(self, result: int) -> None:
        """Close, and forget the password."""
        password = self.editor.text()
        self.editor.clear()
        super().done(result)
        if result == QDialog.DialogCode.Accepted:
            self.typed.emit(password)

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label
