"""How much room there is.

Never through `QWidget.screen()`: PySide6 makes the widget the owner of the QScreen that it returns, and destroys it
together with the widget; Qt crashes when it paints next.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget


def room(widget: QWidget) -> QSize:
    """Return the usable size of the screen on which a widget's window is, or will be."""
    found = QGuiApplication.screenAt(widget.window().frameGeometry().center()) or QGuiApplication.primaryScreen()
    return found.availableSize()
