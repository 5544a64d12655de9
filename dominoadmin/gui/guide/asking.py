"""Lets F1 open the guide in every dialog. The guide itself is imported when somebody asks for it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame.dialogs import headed


def answer_f1() -> None:
    """Open the guide at the page for a dialog in which F1 is pressed."""
    headed.help_with(_show)


def _show(dialog: QWidget) -> None:
    from dominoadmin.gui.guide import help as user_guide

    user_guide.show_for(dialog)
