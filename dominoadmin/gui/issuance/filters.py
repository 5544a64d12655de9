"""The chips above an Issued Certificate List: its filter, and filters saved under a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from dominoadmin.gui.frame import foreign_text, messages
from dominoadmin.gui.frame.action_bar import ActionBar
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.store.issued_lists import CertificateState
from dominoadmin.viewmodels import words
from dominoadmin.viewmodels.issuance import lists as issued_lists
from dominoadmin.viewmodels.issuance.lists import FilterChoices, IssuedSource

_MEMORY: Final = "issued-views"
_LONGEST: Final = 40  # characters of a saved name


class IssuedFilters(QWidget):
    """Chips: valid, expired, revoked, ends within, requester, key type, hide expired; saved views.

    `changed` is called after a change; the choice is in the source.
    """

    def __init__(
        self, workspace: Workspace, source: IssuedSource, changed: Callable[[], None], *, states: bool
    ) -> None:
        super().__init__()
        self._workspace, self._source, self._changed = workspace, source, changed
        self._is_filling = False
        self._certifiers: dict[str, str] = {}
        self._bar = ActionBar(self)
        self._bar.setAccessibleName(_("Filters"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._bar)
        shown = (
            (
                (CertificateState.VALID, _("Valid")),
                (CertificateState.EXPIRED, _("Expired")),
                (CertificateState.REVOKED, _("Revoked")),
            )
            if states
            else ()
        )
        self._states = {state: self._chip(label) for state, label in shown}
        self._hides = self._chip(_("Hide expired"))
        self._ends = self._choice(_("Expires within"), self._ends_labels())
        self._every = not source.chosen.certifier_id
        self._certifier = self._choice(_("Certifier"), []) if self._every else None
        self._requester = self._choice(_("Requested by"), [])
        self._key = self._choice(_("Key type"), [])
        self._saved = self._menu(_("Saved views"))
        self._saved.menu().aboutToShow.connect(self._fill_saved)
        self._look()

    def _chip(self, label: str) -> QAction:
        chip = QAction(label, self, checkable=True)
        chip.toggled.connect(self._apply)
        self._bar.addAction(chip)
        button = self._bar.widgetForAction(chip)
        assert isinstance(button, QToolButton)
        button.setAutoRaise(False)  # a frame, so that it looks like a button
        return chip

    def _menu(self, label: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(label)
        button.setAccessibleName(label)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(QMenu(button))
        button.setProperty("label", label)
        button.setProperty("chosen", "")
        self._bar.addWidget(button)
        return button

    def _choice(self, label: str, items: Sequence[tuple[str, str]]) -> QToolButton:
        button = self._menu(label)
        self._fill(button, items)
        return button

    def _fill(self, button: QToolButton, items: Sequence[tuple[str, str]]) -> None:
        menu = button.menu()
        menu.clear()
        menu.addAction(_("Any"), partial(self._choose, button, "", ""))
        for value, text in items:
            _entry(menu, text, partial(self._choose, button, value, text))

    def _choose(self, button: QToolButton, value: str, text: str) -> None:
        self._show_choice(button, value, text)
        self._apply()

    def _show_choice(self, button: QToolButton, value: str, text: str) -> None:
        label = str(button.property("label"))
        button.setProperty("chosen", value)
        said = f"{label}: {text}" if value else label
        button.setText(foreign_text.caption(foreign_text.in_one_line(said)))
        button.setAccessibleName(foreign_text.in_one_line(said))

    def _apply(self, *_what: object) -> None:
        if self._is_filling:
            return
        now = self._workspace.session.domain.now()
        chosen = replace(
            self._source.chosen,
            states=tuple(state for state, chip in self._states.items() if chip.isChecked()) or self._own_states(),
            hides_expired=self._hides.isChecked(),
            certifier_id=self._certifier_id(),
            requester=str(self._requester.property("chosen")),
            key_algorithm=str(self._key.property("chosen")),
        )
        self._source.chosen = issued_lists.within(chosen, int(str(self._ends.property("chosen")) or 0), now)
        self._changed()

    def _certifier_id(self) -> int:
        if self._certifier is None:
            return self._source.chosen.certifier_id
        return int(str(self._certifier.property("chosen")) or 0)

    def _own_states(self) -> tuple[str, ...]:
        return () if self._states else self._source.chosen.states

    def _look(self) -> None:
        job = Job(partial(_choices, self._workspace.session.domain, self._source.chosen.certifier_id))
        job.done.connect(self._looked)
        job.start()

    def _looked(self, found: FilterChoices) -> None:
        if self._certifier is not None:
            self._certifiers = {str(number): name for number, name in found.certifiers}
            self._fill(self._certifier, [(str(number), name) for number, name in found.certifiers])
        self._fill(self._requester, [(name, words.requester_label(name)) for name in found.requesters])
        self._fill(self._key, [(each, words.key_label(each)) for each in found.key_algorithms])

    def _ends_labels(self) -> list[tuple[str, str]]:
        return [(str(days), plural("{n} day", "{n} days", days).format(n=days)) for days in issued_lists.SPANS]

    def show_ending(self, days: int) -> None:
        """Show only the certificates that expire within so many days, one of `SPANS`."""
        self._restore({"ends": str(days)})

    # saved views

    def _known(self) -> dict[str, dict[str, Any]]:
        found = self._workspace.memory.get(_MEMORY, {})
        return {name: values for name, values in found.items() if isinstance(values, dict)}

    def _fill_saved(self) -> None:
        menu = self._saved.menu()
        menu.clear()
        menu.addAction(_("&Save this view…"), self._ask_name)
        menu.addAction(_("Show &everything"), partial(self._restore, {}))
        known = self._known()
        if not known:
            return
        menu.addSeparator()
        for name, values in known.items():
            _entry(menu, name, partial(self._restore, values))
        forget = menu.addMenu(_("&Delete"))
        for name in known:
            _entry(forget, name, partial(self._delete, name))

    def _ask_name(self) -> None:
        messages.ask_text(self, _("Save this view"), _("Name"), self._save)

    def _save(self, name: str) -> None:
        name = foreign_text.in_one_line(name.strip())[:_LONGEST]
        if not name:
            return
        values = {
            "states": [state for state, chip in self._states.items() if chip.isChecked()],
            "hides": self._hides.isChecked(),
            **{key: button.property("chosen") for key, button in self._choices().items()},
        }
        self._workspace.memory.set(_MEMORY, {**self._known(), name: values})
        self._workspace.say(_("The view “{name}” has been saved.").format(name=name))

    def _choices(self) -> dict[str, QToolButton]:
        known = {"ends": self._ends, "requester": self._requester, "key": self._key}
        return known if self._certifier is None else {**known, "certifier": self._certifier}

    def _restore(self, values: dict[str, Any]) -> None:
        self._is_filling = True
        for state, chip in self._states.items():
            chip.setChecked(state in values.get("states", ()))
        self._hides.setChecked(bool(values.get("hides")))
        for key, button in self._choices().items():
            value = str(values.get(key) or "")
            self._show_choice(button, value, self._label_of(button, value))
        self._is_filling = False
        self._apply()

    def _label_of(self, button: QToolButton, value: str) -> str:
        if button is self._ends:
            return dict(self._ends_labels()).get(value, "")
        if button is self._certifier:
            return self._certifiers.get(value, value)
        return words.key_label(value) if button is self._key else words.requester_label(value)

    def _delete(self, name: str) -> None:
        self._workspace.memory.set(_MEMORY, {key: value for key, value in self._known().items() if key != name})


def _entry(menu: QMenu, text: str, chosen: Callable[[], object]) -> None:
    """Add an entry that shows an untrusted name literally; its tip could be interpreted as markup."""
    shown = foreign_text.in_one_line(text)
    menu.addAction(foreign_text.caption(shown), chosen).setToolTip(foreign_text.plain(shown))


def _choices(domain: Domain, certifier_id: int, _progress: Progress) -> FilterChoices:
    return issued_lists.choices(domain, certifier_id)
