"""Shows errors: the only place that decides what an exception looks like."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from dominoadmin.errors import Cancelled, Error
from dominoadmin.i18n import sentence
from dominoadmin.i18n import text as _


def show(parent: QWidget, error: BaseException) -> QMessageBox | None:
    """Tell the user about `error`: expected errors in words, bugs with their traceback, a cancellation not at all."""
    if isinstance(error, Cancelled):
        return None
    box = QMessageBox(parent)  # the parent keeps it alive: `open` returns at once
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(_("Domino Administrator"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if isinstance(error, Error):
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(sentence(str(error)))
        box.setInformativeText(sentence(error.hint))
    else:
        import logging
        import traceback

        logging.getLogger(__name__).error("unexpected error", exc_info=error)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setText(_("This is a fault in the program, not in what you did."))
        box.setInformativeText(_("Nothing was left half done. The details help whoever mends it."))
        box.setDetailedText("".join(traceback.format_exception(error)))
    box.open()
    return box
