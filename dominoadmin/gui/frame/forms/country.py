"""A country code that can be typed, or chosen by the country's name."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QCompleter, QLineEdit

from dominoadmin.gui.frame.forms.form import Form, described
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels import countries

_LETTERS: Final = 2  # of a code of ISO 3166-1


class CountryLine(QLineEdit):
    """An editor whose text is the code. It proposes countries while a name is typed, and says which one the code is."""

    def __init__(self, form: Form, label: str, code: str, hint: str) -> None:
        super().__init__(code, form)
        form.row(label, self)
        self._said, self._hint = form.add_quiet(hint), hint
        self.textChanged.connect(self._tell)  # first: a problem is added to what it describes
        self.textChanged.connect(form.changed)
        self.editingFinished.connect(self._finish)
        self._tell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self.completer() is None:  # made when it is needed: most people never come here
            self.setCompleter(_Countries(self))
        super().focusInEvent(event)

    def _finish(self) -> None:
        code = countries.code_of(self.text())
        if code != self.text():
            self.setText(code)

    def _tell(self) -> None:
        """Say which country it is: two letters of a name that was meant to be longer can be another country's."""
        code, said = self.text().strip().upper(), self._hint
        if len(code) == _LETTERS:
            name = countries.named().get(code)
            text = _("{code}: {name}") if name else _("{code} is no country code of ISO 3166.")
            said = text.format(code=code, name=name)
        self._said.setText(said)
        self.setAccessibleDescription(described(self, said))


class _Countries(QCompleter):
    """Finds a country by any part of its name, and puts in its code."""

    def __init__(self, parent: QLineEdit) -> None:
        super().__init__(parent)
        self._codes = {f"{name} ({code})": code for code, name in countries.named().items()}
        self.setModel(QStringListModel([*self._codes], self))
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return self._codes[index.data()]
