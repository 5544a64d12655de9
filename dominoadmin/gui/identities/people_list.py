"""A list of people to which others from the Domino Directory are added, and from which they are removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities import register_person
from dominoadmin.i18n import text as _
from dominoadmin.pki import names

_ROLE: Final = Qt.ItemDataRole.UserRole
_ROWS: Final = 5
_CHARACTERS: Final = 10


class PeopleList(QWidget):
    """Changes the list of canonical names that it is given, in place."""

    edited = Signal()

    def __init__(
        self, workspace: Workspace, chosen: list[str], candidates: Callable[[], list[str]], parent: QWidget
    ) -> None:
        """`candidates`: returns those who are not chosen."""
        super().__init__(parent)
        self._workspace, self._chosen, self._candidates = workspace, chosen, candidates
        self._list = QListWidget(self)
        self._list.setFixedHeight(self.fontMetrics().lineSpacing() * _ROWS + 12)
        self._list.itemSelectionChanged.connect(self._switch)
        self._people = SteadyComboBox(self)
        self._people.setAccessibleName(_("Person"))
        self._people.setMinimumWidth(self.fontMetrics().averageCharWidth() * _CHARACTERS)
        self._add, self._remove = QPushButton(_("A&dd"), self), QPushButton(_("Re&move"), self)
        register = QPushButton(_("Reg&ister Person…"), self)
        register.clicked.connect(self._register)
        for button in (self._add, self._remove, register):
            button.setAutoDefault(False)
        self._add.clicked.connect(self._add_person)
        self._remove.clicked.connect(self._remove_person)
        row = QHBoxLayout()
        row.addWidget(self._people, 1)
        row.addWidget(self._add)
        row.addWidget(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._list)
        column.addLayout(row)
        column.addWidget(register, 0, Qt.AlignmentFlag.AlignLeft)  # beside the others a narrow window has no room
        self.setFocusProxy(self._list)
        self._fill()

    def setAccessibleName(self, name: str) -> None:
        """Give the list the name of the field."""
        super().setAccessibleName(name)
        self._list.setAccessibleName(name)

    def _fill(self) -> None:
        self._list.clear()
        for name in self._chosen:
            item = QListWidgetItem(names.abbreviated(name), self._list)
            item.setData(_ROLE, name)
        self._people.clear()
        for name in self._candidates():
            self._people.addItem(names.abbreviated(name), name)
        self._switch()

    def _switch(self) -> None:
        nobody = not self._people.count()
        self._add.setDisabled(nobody)
        self._add.setToolTip(_("Everyone in the Domino Directory is already on the list.") if nobody else "")
        nothing = not self._list.selectedItems()
        self._remove.setDisabled(nothing)
        self._remove.setToolTip(_("Select a name first.") if nothing else "")

    def _add_person(self) -> None:
        self._chosen.append(self._people.currentData())
        self._fill()
        self.edited.emit()

    def _register(self) -> None:
        register_person.start(self._workspace, self.window(), self._fill)

    def _remove_person(self) -> None:
        for item in self._list.selectedItems():
            self._chosen.remove(item.data(_ROLE))
        self._fill()
        self.edited.emit()
