"""The list "Administrators" of a certifier: CA administrators (CAA) and registration authorities (RA)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.choose_people import ChoosePeople
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.identities import identifying
from dominoadmin.viewmodels.certifiers.tabs import Administrator

_ROLES: Final = ("caa", "ra")
_ROWS: Final = 4
_TICK: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class Roles(Protocol):
    """The roles being edited. `fixed` is the person who keeps both, or an empty string."""

    @property
    def administrators(self) -> list[Administrator]:
        """The rows of the list."""

    @property
    def fixed(self) -> str:
        """The canonical name of the person who stays CAA and RA."""

    def candidates(self, persons: Sequence[str]) -> list[str]:
        """Return those of the persons who are not yet in the list."""


class Administrators(QWidget):
    """A row per person, with a check box for each role. The person who registers a certifier keeps both."""

    edited = Signal()

    def __init__(self, workspace: Workspace, draft: Roles, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._draft = workspace, draft
        self._table = QTableWidget(0, 3, self)
        self._add = QPushButton(_("&Add…"), self)
        self._remove = QPushButton(_("Re&move"), self)
        self._add.clicked.connect(self._choose)
        self._remove.clicked.connect(self._take_away)
        self._lay_out()
        self._fill()
        self._table.itemChanged.connect(self._ticked)
        self._table.itemSelectionChanged.connect(self._switch)

    def _lay_out(self) -> None:
        table = self._table
        table.setAccessibleName(_("Administrators"))
        headers = {
            _("Name"): "",
            _("CAA"): _("CA administrator: configures the certifier and appoints others"),
            _("RA"): _("Registration authority: approves and rejects requests"),
        }
        for column, (title, meaning) in enumerate(headers.items()):
            item = QTableWidgetItem(title)
            item.setToolTip(meaning)
            table.setHorizontalHeaderItem(column, item)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.verticalHeader().setVisible(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTabKeyNavigation(False)
        table.setFixedHeight(table.verticalHeader().defaultSectionSize() * _ROWS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        buttons = QVBoxLayout()
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(table, 1)
        layout.addLayout(buttons)

    def _fill(self) -> None:
        rows = self._draft.administrators
        self._table.blockSignals(True)
        self._table.setRowCount(len(rows))
        for number, administrator in enumerate(rows):
            self._show(number, administrator)
        self._table.blockSignals(False)
        self._switch()

    def _show(self, number: int, administrator: Administrator) -> None:
        shown = names.abbreviated(administrator.name)
        name = QTableWidgetItem(shown)
        name.setFlags(_TICK)
        self._table.setItem(number, 0, name)
        fixed = administrator.name == self._draft.fixed
        for column, role in enumerate(_ROLES, start=1):
            item = QTableWidgetItem()
            item.setFlags(_TICK if fixed else _TICK | Qt.ItemFlag.ItemIsUserCheckable)
            held = getattr(administrator, role)
            item.setCheckState(Qt.CheckState.Checked if held else Qt.CheckState.Unchecked)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, _("{name}, {role}").format(name=shown, role=role.upper()))
            if fixed:
                item.setToolTip(_("The person who registers the certifier is its CAA and RA."))
            self._table.setItem(number, column, item)

    def _ticked(self, item: QTableWidgetItem) -> None:
        if item.column():
            held = item.checkState() == Qt.CheckState.Checked
            setattr(self._draft.administrators[item.row()], _ROLES[item.column() - 1], held)
            self.edited.emit()

    def _choose(self) -> None:
        try:
            chooser = ChoosePeople(self._workspace, self.window(), _("Add Administrators"), self._candidates)
        except Error as error:  # the Domino Directory cannot be read
            errors.show(self.window(), error)
            return
        chooser.chosen.connect(self._add_all)
        chooser.open()

    def _candidates(self) -> list[str]:
        """Return who is not in the list. Somebody may have been registered since the dialog was opened."""
        return self._draft.candidates([each.name for each in identifying.people(self._workspace.session.domain)])

    def _add_all(self, chosen: list[str]) -> None:
        self._draft.administrators.extend(Administrator(name, ra=True) for name in chosen)
        self._fill()
        self.edited.emit()

    def _selected(self) -> list[int]:
        rows = sorted({index.row() for index in self._table.selectedIndexes()})
        administrators = self._draft.administrators
        return [row for row in rows if administrators[row].name != self._draft.fixed]

    def _take_away(self) -> None:
        for row in reversed(self._selected()):
            del self._draft.administrators[row]
        self._table.clearSelection()
        self._fill()
        self.edited.emit()

    def _switch(self) -> None:
        none = not self._selected()
        self._remove.setDisabled(none)
        reason = _("Select someone other than yourself: the person who registers the certifier remains its CAA and RA.")
        if not self._draft.fixed:
            reason = _("Select a person first.")
        self._remove.setToolTip(reason if none else "")
