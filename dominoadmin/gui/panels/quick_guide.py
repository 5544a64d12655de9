"""Placeholder until its owner's version arrives."""
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class QuickGuide(QWidget):
    wanted = Signal(str, object)

    def __init__(self, workspace) -> None:
        super().__init__(workspace.widget())
