"""Small questions and Domino's message boxes. They open without blocking, and call back.

An answer is delivered after Qt has finished with the dialog, never inside its signal: the callback may destroy the
window that holds the dialog, and Qt would continue to close a destroyed dialog.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QDialog, QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, foreign_text, widget_tree
from dominoadmin.gui.frame.forms.password_prompt import PasswordPrompt
from dominoadmin.i18n import text as _

Then = Callable[[], object]


def inform(parent: QWidget, title: str, text: str, then: Then | None = None, *, details: str = "") -> QMessageBox:
    """Show a message; `then` is called when the box is closed in any way."""
    box = _box(parent, QMessageBox.Icon.Information, title, text)
    box.setInformativeText(foreign_text.said(details))
    foreign_text.plain_labels(box)  # Qt's own format applies only to the first text
    box.setStandardButtons(QMessageBox.StandardButton.Ok)
    box.setDefaultButton(QMessageBox.StandardButton.Ok)
    if then:
        box.finished.connect(_Answer(box, lambda _result: then()).deliver)
    box.open()
    return box


def confirm(parent: QWidget, title: str, text: str, verb: str, then: Then) -> QMessageBox:
    """Ask before an action that cannot be undone: `verb` names it; Cancel is the default."""
    box = _box(parent, QMessageBox.Icon.Question, title, text)
    act = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    act.clicked.connect(_Answer(box, lambda _checked: then()).deliver)
    box.open()
    return box


def choose(
    parent: QWidget,
    title: str,
    text: str,
    ways: Sequence[tuple[str, Callable[[bool], object]]],
    *,
    details: str = "",
    remember: str,
) -> QMessageBox:
    """Ask which of several ways to go; each gets whether `remember` was ticked. Cancel is the default for a single one.

    Of several, the first is the default: it must be the one that undoes nothing.
    """
    box = _box(parent, QMessageBox.Icon.Question, title, text)
    box.setInformativeText(foreign_text.said(details))
    foreign_text.plain_labels(box)
    tick = QCheckBox(remember, box)
    box.setCheckBox(tick)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    buttons = [box.addButton(verb, QMessageBox.ButtonRole.AcceptRole) for verb, _then in ways]
    for button, (_verb, then) in zip(buttons, ways, strict=True):
        button.clicked.connect(_Choice(box, tick, then).deliver)
    box.setDefaultButton(buttons[0] if len(buttons) > 1 else cancel)
    box.setEscapeButton(cancel)
    box.open()
    return box


def confirm_discard(window: QWidget, then: Then) -> QMessageBox:
    """Ask before what was typed in a window is thrown away."""
    return confirm(window, window.windowTitle(), _("Discard your changes?"), _("&Discard"), then)


def ask_text(parent: QWidget, title: str, label: str, then: Callable[[str], object]) -> None:
    """Ask for a line of text; `then` gets it, unless the dialog is cancelled."""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText(foreign_text.caption(foreign_text.said(label)))
    foreign_text.plain_labels(dialog)
    for editor in widget_tree.descendants(dialog, QLineEdit):
        editor.setAccessibleName(foreign_text.visible(label))
    dialog.textValueSelected.connect(_Answer(dialog, then).deliver)
    dialog.open()


def ask_password(parent: QWidget, title: str, label: str, then: Callable[[str], object], *, remark: str = "") -> None:
    """Ask for a password, without storing it. `label` says whose it is; `remark`, why it is asked again."""
    dialog = PasswordPrompt(parent, title, label, remark=remark)
    dialog.typed.connect(_Answer(dialog, then).deliver)
    dialog.open()


def choose_file(parent: QWidget, title: str, folder: Path, pattern: str, then: Callable[[Path], object]) -> None:
    """Let the user choose an existing file. `pattern` is like `ID files (*.id)`."""
    dialog = _file_dialog(parent, title, folder, pattern)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(_Answer(dialog, lambda name: then(Path(name))).deliver)
    dialog.open()


def choose_request(parent: QWidget, title: str, take: Callable[[Path], object]) -> None:
    """Let the user choose a file with a certificate request, and show why `take` refuses it if it raises an error."""
    pattern = _("Certificate requests (*.csr *.req *.pem *.p10 *.der *.txt);;All files (*)")
    choose_file(parent, title, Path.home(), pattern, partial(_take, parent, take))


def save_file(parent: QWidget, title: str, suggested: Path, then: Callable[[Path], object]) -> None:
    """Let the user name a file to write; the dialog asks before an existing one is overwritten."""
    dialog = _file_dialog(parent, title, suggested.parent, "")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(suggested.name)
    dialog.fileSelected.connect(_Answer(dialog, lambda name: then(Path(name))).deliver)
    dialog.open()


def choose_folder(parent: QWidget, title: str, folder: Path, then: Callable[[Path], object]) -> None:
    """Let the user choose a folder."""
    dialog = _file_dialog(parent, title, folder, "")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(_Answer(dialog, lambda name: then(Path(name))).deliver)
    dialog.open()


def _box(parent: QWidget, icon: QMessageBox.Icon, title: str, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(icon)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(foreign_text.said(text))
    foreign_text.plain_labels(box)
    return box


def _file_dialog(parent: QWidget, title: str, folder: Path, pattern: str) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder), pattern or _("All files (*)"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


class _Answer(QObject):
    """Lives as long as its dialog, so that no closure keeps the dialog alive; the callback belongs to the parent."""

    def __init__(self, dialog: QDialog, then: Callable[[Any], object]) -> None:
        super().__init__(dialog)
        parent = dialog.parentWidget()
        assert parent is not None  # every dialog of this module has one
        self._parent, self._then = parent, then

    def deliver(self, answer: object) -> None:
        """Call back at the next turn of the event loop, unless the parent no longer exists."""
        QTimer.singleShot(0, self._parent, partial(self._then, answer))


class _Choice(_Answer):
    """Delivers whether a box was ticked."""

    def __init__(self, dialog: QDialog, tick: QCheckBox, then: Callable[[bool], object]) -> None:
        super().__init__(dialog, then)
        self._tick = tick

    def deliver(self, _answer: object) -> None:
        super().deliver(self._tick.isChecked())


def _take(parent: QWidget, take: Callable[[Path], object], path: Path) -> None:
    try:
        take(path)
    except Error as error:
        errors.show(parent, error)
