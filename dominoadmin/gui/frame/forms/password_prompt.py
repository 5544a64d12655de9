"""Asks for one password, which nothing keeps."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QWidget

from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog
from dominoadmin.gui.frame.forms.field_problems import FieldProblem
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.password_line import PasswordLine
from dominoadmin.viewmodels.problems import DraftProblem


class PasswordPrompt(HeadedDialog):
    """One line below its question, which says whose password it is. `remark`, below the line: why it is asked again."""

    typed = Signal(str)
    """OK was pressed; carries the password."""

    def __init__(self, parent: QWidget, title: str, question: str, *, remark: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        form = Form(self)
        self.editor = PasswordLine(form)
        self.editor.setAccessibleName(foreign_text.visible(question))
        label = self._label(foreign_text.caption(foreign_text.said(question)))
        label.setBuddy(self.editor)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        for widget in (label, self.editor):
            form.rows.addRow(widget)
        self._remark = FieldProblem(form, self.editor)
        self._remark.say(DraftProblem(foreign_text.said(remark)) if remark else None)
        self.editor.textChanged.connect(self._edited)
        layout = self.column()
        for part in (form, buttons):
            layout.addWidget(part)
        self.editor.setFocus()

    def _edited(self) -> None:
        self._remark.say(None)

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
