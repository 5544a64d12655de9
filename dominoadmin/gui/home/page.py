"""Home."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class HomePage(QWidget):
    wanted = Signal(str, object)

    def __init__(self, workspace):
        super().__init__(workspace.widget())
        self.setWindowTitle("Home")

    def refresh(self):
        pass


def open_home(workspace):
    workspace.show_tab("home", partial(HomePage, workspace))
