"""Rows of a form for a certifier's settings, as the table of settings describes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.ticks import Ticks
from dominoadmin.services.certifiers.settings import BY_KEY, Kind, Setting
from dominoadmin.viewmodels.certifiers.settings import Wording, choice_label, wordings

_LINES: Final = {Kind.DOMAINS: 3, Kind.ADDRESSES: 2}  # visible without scrolling


class SettingRows:
    """Adds rows, each bound to the field of a draft that is named like the setting's key."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._words = wordings()
        self._saving: list[Callable[[], None]] = []

    def add(self, draft: object, *keys: str) -> None:
        """Add a row for each of these settings."""
        for key in keys:
            self._add(draft, key)

    def add_one(self, draft: object, key: str) -> QWidget:
        """Add a row and return its editor."""
        return self._add(draft, key)

    def save(self) -> None:
        """Put the widgets' values into the drafts."""
        for each in self._saving:
            each()

    def _add(self, draft: object, key: str) -> QWidget:
        widget, value = self._editor(BY_KEY[key], self._words[key], getattr(draft, key))
        self._saving.append(partial(_save, draft, key, value))
        self._form.name(**{key: widget})
        return widget

    def _editor(self, setting: Setting, words: Wording, value: object) -> tuple[QWidget, Callable[[], object]]:
        form, kind = self._form, setting.kind
        if kind == Kind.YES_NO:
            box = form.check(words.typed, bool(value))
            return box, box.isChecked
        if isinstance(value, int):
            number = form.number(words.typed, value, setting.least, setting.most)
            number.setSpecialValueText(words.empty)
            return number, number.value
        if isinstance(value, tuple):
            ticks = self._ticks(setting, words.typed, value)
            return ticks, ticks.values
        if kind == Kind.CHOICE:
            chosen = form.choice(words.typed, [(each, choice_label(setting, each)) for each in setting.choices], value)
            return chosen, chosen.currentData
        if kind in _LINES:
            lines = form.lines(words.typed, str(value), _LINES[kind], hint=words.hint)
            return lines, lines.toPlainText
        line = form.line(words.typed, str(value), hint=words.hint)
        return line, line.text

    def _ticks(self, setting: Setting, title: str, ticked: tuple[str, ...]) -> Ticks:
        self._form.heading(title)
        ticks = Ticks([(each, choice_label(setting, each)) for each in setting.choices], ticked, self._form)
        ticks.setAccessibleName(title)
        ticks.changed.connect(self._form.changed)
        self._form.rows.addRow(ticks)
        return ticks


def _save(draft: object, key: str, value: Callable[[], object]) -> None:
    setattr(draft, key, value())
