"""Shows errors: the only place that decides how an exception is shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from dominoadmin.errors import Cancelled, Error
from dominoadmin.gui.frame import foreign_text
from dominoadmin.i18n import text as _

_SAYS: Final = "says"


def show(parent: QWidget, error: BaseException) -> QMessageBox | None:
    """Show `error`: expected errors in words, bugs with their traceback, cancellations not at all."""
    if isinstance(error, Cancelled):
        return None
    if told := _told_already(parent, error):
        return told
    box = QMessageBox(parent)  # the parent keeps it alive: `open` returns at once
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(_("Domino Administrator"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if isinstance(error, Error):
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(foreign_text.said(error.text()))
        box.setInformativeText(foreign_text.said(error.advice()))
    else:
        import logging
        import traceback

        logging.getLogger(__name__).error("unexpected error", exc_info=error)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setText(_("This is an error in the program, not in what you did."))
        box.setInformativeText(_("Nothing was left half done. Include the details when you report the error."))
        box.setDetailedText("".join(traceback.format_exception(error)))
        _let_go(error)
    foreign_text.plain_labels(box)  # Qt's own format applies only to the first text
    box.setProperty(_SAYS, _says(error))
    box.open()
    return box


def _told_already(parent: QWidget, error: BaseException) -> QMessageBox | None:
    """Return an open box with the same error: failures at every tick of a timer are shown once."""
    boxes = [box for box in parent.children() if isinstance(box, QMessageBox)]
    return next((box for box in boxes if box.isVisible() and box.property(_SAYS) == _says(error)), None)


def _says(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _let_go(error: BaseException) -> None:
    """Clear the frames in which an error arose: their variables may be passwords, and the error may be kept."""
    import traceback

    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__
