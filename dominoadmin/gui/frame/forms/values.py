"""Untrusted values that can be read, selected and copied: never markup, never wider than the window."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QPalette, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QSizePolicy, QWidget

from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.i18n import text as _
from dominoadmin.pki.extension_texts import Node

_MOST_LINES: Final = 4
_PAIRS: Final = 16 * len("AB:")
_COPIED_FOR: Final = 1500  # milliseconds


class ValueText(QPlainTextEdit):
    """A read-only text as high as its lines, up to four, or eight of hex; longer texts scroll."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, fixed: bool = False) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(1)
        self._read_from_the_left()
        self._fixed, self._pairs = fixed, ""
        if fixed:
            self.setFont(fixed_font(self))
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show another text; hex with colons gets sixteen pairs to a line, fewer if there is less room."""
        self._pairs = text if self._fixed and ":" in text and "\n" not in text else ""
        self.setPlainText(self._in_lines(_PAIRS) if self._pairs else text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._pairs:
            room = self.viewport().width() - 2 * self.document().documentMargin()
            fitting = [n for n in (_PAIRS, _PAIRS // 2) if self.fontMetrics().horizontalAdvance("0" * n) <= room]
            shown = self._in_lines(fitting[0] if fitting else _PAIRS // 4)
            if shown != self.toPlainText():
                self.setPlainText(shown)
        self._fit()

    def _in_lines(self, characters: int) -> str:
        return "\n".join(self._pairs[n : n + characters] for n in range(0, len(self._pairs), characters))

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * (_PAIRS + 2), self.maximumHeight())

    def _read_from_the_left(self) -> None:
        """Prevent letters of right-to-left scripts from reversing the line: a name could look like another."""
        option = self.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        option.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute)  # beside the label, wherever that is
        self.document().setDefaultTextOption(option)

    def _fit(self) -> None:
        most = 2 * _MOST_LINES if self._pairs else _MOST_LINES
        lines = min(max(1, int(self.document().size().height())), most)
        margins = self.contentsMargins().top() + self.contentsMargins().bottom()
        self.setFixedHeight(
            lines * self.fontMetrics().lineSpacing() + 2 * int(self.document().documentMargin()) + margins + 2
        )
        scrolls = int(self.document().size().height()) > most
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)


def fixed_font(widget: QWidget) -> QFont:
    """Return the system's fixed-width font in the size of the widget's font, which users may have enlarged."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if widget.font().pointSizeF() > 0:
        font.setPointSizeF(widget.font().pointSizeF())
    return font


class CopyButton(QPushButton):
    """Copies a text to the clipboard and confirms it for a moment."""

    def __init__(self, what: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(_("Copy"), parent)
        self.content = text
        self.setAutoDefault(False)
        self.setAccessibleName(_("Copy {what}").format(what=what))
        self.setToolTip(foreign_text.plain(self.accessibleName()))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        widths = [self.fontMetrics().horizontalAdvance(word) for word in (_("Copy"), _("Copied"))]
        self.setMinimumWidth(max(widths) + 24)
        self._back = QTimer(self, singleShot=True, interval=_COPIED_FOR)
        self._back.timeout.connect(partial(self.setText, _("Copy")))
        self.clicked.connect(self.copy)

    def copy(self) -> None:
        """Copy."""
        QGuiApplication.clipboard().setText(self.content)
        self.setText(_("Copied"))
        self._back.start()


def add_node(form: Form, node: Node) -> ValueText:
    """Add a row with a value and, if it needs one, a copy button."""
    value = ValueText(node.value, form, fixed=node.fixed)
    value.setAccessibleName(node.label)
    if not node.copied:
        form.row(node.label, value)
        return value
    holder = QWidget(form)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(value, 1)
    row.addWidget(CopyButton(node.label, node.value, holder), 0, Qt.AlignmentFlag.AlignTop)
    add_beside(form, node.label, holder, value)
    return value


def add_beside(form: Form, label: str, holder: QWidget, editor: QWidget) -> None:
    """Add a row whose editor has buttons beside it: the label's buddy is the editor, not the container."""
    holder.setFocusProxy(editor)
    form.row(label, holder)
    caption = form.rows.labelForField(holder)
    if isinstance(caption, QLabel):
        caption.setBuddy(editor)
    editor.setAccessibleName(label.replace("&", ""))


def make_small(value: ValueText) -> None:
    """Show a value smaller and paler than the others, as only old programs use it."""
    font = value.font()
    font.setPointSizeF(font.pointSizeF() * 0.85)
    value.setFont(font)
    palette = value.palette()
    palette.setColor(QPalette.ColorRole.Text, palette.color(QPalette.ColorRole.PlaceholderText))
    value.setPalette(palette)
    value.set_text(value.toPlainText())
