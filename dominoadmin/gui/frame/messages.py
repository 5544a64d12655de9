"""Small questions and Domino's message boxes. All of them open without blocking, and call back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

from dominoadmin.gui.frame import foreign_text, widget_tree
from dominoadmin.i18n import text as _

Then = Callable[[], object]


def inform(parent: QWidget, title: str, text: str, then: Then | None = None, *, details: str = "") -> QMessageBox:
    """Tell something; `then` is called when the box is closed, however that happens."""
    box = _box(parent, QMessageBox.Icon.Information, title, text)
    box.setInformativeText(foreign_text.said(details))
    foreign_text.plain_labels(box)  # Qt's own format holds for the first text only
    box.setStandardButtons(QMessageBox.StandardButton.Ok)
    box.setDefaultButton(QMessageBox.StandardButton.Ok)
    if then:
        _Callback(box, then).on_any_end()
    box.open()
    return box


def confirm(parent: QWidget, title: str, text: str, verb: str, then: Then) -> QMessageBox:
    """Ask before something that cannot be undone: `verb` names the act; Cancel is the default."""
    box = _box(parent, QMessageBox.Icon.Question, title, text)
    act = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    callback = _Callback(box, then)
    act.clicked.connect(callback.call)
    box.open()
    return box


def ask_text(parent: QWidget, title: str, label: str, then: Callable[[str], object], *, password: bool = False) -> None:
    """Ask for a line of text or a password; `then` gets it, unless the question is cancelled."""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText(foreign_text.caption(foreign_text.said(label)))
    foreign_text.plain_labels(dialog)
    dialog.setTextEchoMode(QLineEdit.EchoMode.Password if password else QLineEdit.EchoMode.Normal)
    for editor in widget_tree.descendants(dialog, QLineEdit):
        editor.setAccessibleName(foreign_text.visible(label))
    dialog.textValueSelected.connect(then)
    dialog.open()


def ask_password(parent: QWidget, title: str, label: str, then: Callable[[str], object]) -> None:
    """Ask for a password; nothing of it is kept."""
    ask_text(parent, title, label, then, password=True)


def choose_file(parent: QWidget, title: str, folder: Path, pattern: str, then: Callable[[Path], object]) -> None:
    """Let the user choose an existing file. `pattern` is like `ID files (*.id)`."""
    dialog = _file_dialog(parent, title, folder, pattern)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _PathCallback(dialog, then)
    dialog.open()


def save_file(parent: QWidget, title: str, suggested: Path, then: Callable[[Path], object]) -> None:
    """Let the user name a file to write; the dialog asks before an existing one is overwritten."""
    dialog = _file_dialog(parent, title, suggested.parent, "")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(suggested.name)
    _PathCallback(dialog, then)
    dialog.open()


def choose_folder(parent: QWidget, title: str, folder: Path, then: Callable[[Path], object]) -> None:
    """Let the user choose a folder."""
    dialog = _file_dialog(parent, title, folder, "")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _PathCallback(dialog, then)
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


class _Callback(QObject):
    """Lives as long as its box, so that no closure keeps the box alive."""

    def __init__(self, box: QMessageBox, then: Then) -> None:
        super().__init__(box)
        self._box, self._then = box, then

    def on_any_end(self) -> None:
        self._box.finished.connect(self.call)

    def call(self, *_: object) -> None:
        self._then()


class _PathCallback(QObject):
    def __init__(self, dialog: QFileDialog, then: Callable[[Path], object]) -> None:
        super().__init__(dialog)
        self._then = then
        dialog.fileSelected.connect(self.call)

    def call(self, name: str) -> None:
        self._then(Path(name))
