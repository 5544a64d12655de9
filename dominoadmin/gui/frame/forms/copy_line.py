"""A line for copying: text in a fixed-width font with a Copy button beside it."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QSize, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.values import fixed_font

_ROOM = 2


class CopyLine(QWidget):
    """Shows a text that can be selected but not edited; the button copies it to the clipboard."""

    copied = Signal()

    def __init__(self, verb: str, parent: QWidget, text: str = "", editor: QLineEdit | None = None) -> None:
        """Add the line. `editor`: another one for the text, such as a `PasswordLine`."""
        super().__init__(parent)
        self.editor = editor or QLineEdit(self)
        self.editor.setReadOnly(True)
        self.editor.setFont(fixed_font(self))
        self.button = QPushButton(verb, self)
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.copy)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.editor, 1)
        line.addWidget(self.button)
        self.setFocusProxy(self.editor)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show another text."""
        self.editor.setText(text)
        self.editor.setCursorPosition(0)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Request room for the whole text; with less the text can be scrolled, and the button copies all of it."""
        hint = super().sizeHint()
        missing = self.editor.fontMetrics().horizontalAdvance("0") * (len(self.editor.text()) + _ROOM)
        return hint.grownBy(QMargins(0, 0, max(0, missing - self.editor.sizeHint().width()), 0))

    def add_to(self, form: Form, label: str) -> None:
        """Add the line to a form; the label's buddy is the text."""
        form.row(label, self)
        self.editor.setAccessibleName(self.accessibleName())
        caption = form.rows.labelForField(self)
        if isinstance(caption, QLabel):
            caption.setBuddy(self.editor)

    def copy(self) -> None:
        """Copy the text to the clipboard."""
        QGuiApplication.clipboard().setText(self.editor.text())
        self.editor.selectAll()
        self.copied.emit()
