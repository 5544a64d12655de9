"""Placeholder until its owner's version arrives."""
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog


class LogIn(QDialog):
    opened = Signal(object)

    def __init__(self, parent, domain, *, path=None, reason="") -> None:
        super().__init__(parent)
