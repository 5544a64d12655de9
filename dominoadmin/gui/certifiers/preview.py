"""Shows a live preview of a certifier's certificate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from dominoadmin.gui.frame import widget_tree
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.certifiers.preview import CertificatePreview


class CertifierPreview(QWidget):
    """A caption and a text for each field; read only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(2)
        self._problem = self._label("")
        self._column.addWidget(self._problem)
        self._lines: list[tuple[QLabel, QLabel]] = []
        self._headings = [self._heading(_("The certifier's certificate")), self._heading(_("Certificates it issues"))]
        self._column.addStretch()

    def tell(self, preview: CertificatePreview) -> None:
        """Show a preview, or why there is none."""
        self._problem.setText(preview.problem)
        self._problem.setVisible(bool(preview.problem))
        sections = (preview.certificate, preview.issues)
        if sum(map(len, sections)) != len(self._lines):
            self._make_room(sections)
        for (caption, value), (label, text) in zip(self._lines, [*preview.certificate, *preview.issues], strict=True):
            caption.setText(label)
            value.setText(text)
            value.setAccessibleName(label)

    def _make_room(self, sections: Sequence[Sequence[object]]) -> None:
        for label in (label for line in self._lines for label in line):
            widget_tree.remove(label)
        self._lines = []
        for heading, section in zip(self._headings, sections, strict=True):
            self._column.removeWidget(heading)
            self._column.insertWidget(self._column.count() - 1, heading)
            heading.setVisible(bool(section))
            self._lines += [self._line() for _each in section]

    def _line(self) -> tuple[QLabel, QLabel]:
        caption, value = self._label(""), self._label("")
        caption.setForegroundRole(caption.palette().ColorRole.PlaceholderText)
        caption.setContentsMargins(0, 4, 0, 0)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setContentsMargins(12, 0, 0, 0)
        for label in (caption, value):
            self._column.insertWidget(self._column.count() - 1, label)
        return caption, value

    def _heading(self, text: str) -> QLabel:
        heading = self._label(text)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        heading.setContentsMargins(0, 8, 0, 0)
        heading.hide()
        return heading

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        return label
