"""The dialog that chooses persons of the Domino Directory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, widget_tree
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities import register_person
from dominoadmin.i18n import text as _
from dominoadmin.pki import names

_CHARACTERS: Final = 56
_MARGIN: Final = 60  # of the screen, for the frame of the window


class ChoosePeople(HeadedDialog):
    """A list with a search line; `chosen` carries the canonical names."""

    chosen = Signal(list)

    def __init__(
        self, workspace: Workspace, parent: QWidget, title: str, candidates: Callable[[], Sequence[str]]
    ) -> None:
        """`candidates`: returns the canonical names that can be chosen.

        Raises:
            Error: `candidates` cannot read them.

        """
        super().__init__(parent)
        self._workspace, self._candidates = workspace, candidates
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._search = QLineEdit(self, clearButtonEnabled=True)
        self._list = QListWidget(self)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._nobody = QLabel(_("Everyone in the Domino Directory is already on the list."), self, wordWrap=True)
        self._fill()
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        register = self._buttons.addButton(_("Reg&ister Person…"), QDialogButtonBox.ButtonRole.ActionRole)
        register.setAutoDefault(False)
        register.clicked.connect(self._register)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._search.textChanged.connect(self._filter)
        self._list.itemSelectionChanged.connect(self._switch)
        self._list.itemActivated.connect(self.accept)
        self._lay_out()
        self._switch()

    def accept(self) -> None:
        """Emit the selected names."""
        selected = [item.data(Qt.ItemDataRole.UserRole) for item in self._list.selectedItems() if not item.isHidden()]
        if selected:
            super().accept()
            self.chosen.emit(selected)

    def _fill(self) -> None:
        self._list.clear()
        for name in self._candidates():
            item = QListWidgetItem(names.abbreviated(name), self._list)
            item.setData(Qt.ItemDataRole.UserRole, name)
        self._nobody.setVisible(not self._list.count())

    def _names(self) -> set[str]:
        return {self._list.item(number).data(Qt.ItemDataRole.UserRole) for number in range(self._list.count())}

    def _register(self) -> None:
        register_person.start(self._workspace, self, self._registered)

    def _registered(self) -> None:
        """Show and select who has come."""
        before = self._names()
        try:
            self._fill()
        except Error as error:
            errors.show(self, error)
            return
        self._search.clear()
        for number in range(self._list.count()):
            item = self._list.item(number)
            item.setSelected(item.data(Qt.ItemDataRole.UserRole) not in before)

    def _lay_out(self) -> None:
        search = QLabel(_("&Search:"), self)
        search.setBuddy(self._search)
        people = QLabel(_("&People in the Domino Directory:"), self)
        people.setBuddy(self._list)
        self._search.setAccessibleName(_("Search"))
        self._list.setAccessibleName(_("People in the Domino Directory"))
        layout = self.column()
        for widget in (search, self._search, people, self._list, self._nobody, self._buttons):
            layout.addWidget(widget)
        widest = self._list.sizeHintForColumn(0) + 2 * self._list.frameWidth() + layout.contentsMargins().left() * 2
        usual = self.fontMetrics().averageCharWidth() * _CHARACTERS
        width = min(max(usual, widest), widget_tree.room(self).width() - _MARGIN)
        self.resize(width, self.sizeHint().height())

    def _filter(self, text: str) -> None:
        for number in range(self._list.count()):
            item = self._list.item(number)
            item.setHidden(text.strip().casefold() not in item.text().casefold())
        self._switch()

    def _switch(self) -> None:
        none = not any(not item.isHidden() for item in self._list.selectedItems())
        button = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        button.setDisabled(none)
        button.setToolTip(_("Select at least one person.") if none else "")
