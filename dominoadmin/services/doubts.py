"""Why nothing is done with the store, or for one certifier, until a person has looked; all tasks share it."""

from __future__ import annotations

from typing import Final

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.store.ledger import Object

EVERYTHING: Final = 0
"""In the place of a certifier's number: the store as a whole."""


class Outdated(Tampered):
    """The store is older than something outside it, or continues another store than what was seen there."""


class Elsewhere(Outdated):
    """The store is a copy, or was moved here: the organization's certifier has to say which."""


class Doubts:
    """The doubts about a store and about single certifiers, by the certifiers' numbers."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], Tampered] = {}

    def note(self, certifier_id: int, where: str, doubt: Tampered | None) -> None:
        """Note a doubt that comes from somewhere; None: there is none any more."""
        if doubt:
            self._found[certifier_id, where] = doubt
        else:
            self._found.pop((certifier_id, where), None)

    def about(self, certifier_id: int) -> Tampered | None:
        """Return the first doubt about a certifier, or about the store as a whole."""
        found = self._found.copy().items()  # other threads note theirs
        return next((doubt for (number, _where), doubt in found if number in (EVERYTHING, certifier_id)), None)

    def first(self) -> Tampered | None:
        """Return the first doubt about anything."""
        return next(iter(self._found.copy().values()), None)

    def check(self, certifier_id: int) -> None:
        """Raise the doubt about a certifier or the store, if there is one.

        Raises:
            Tampered, Outdated: there is.

        """
        if doubt := self.about(certifier_id):
            raise type(doubt)(str(doubt), doubt.hint)


def altered(which: Object) -> Tampered:
    """Return the refusal of a row that is not as the log commits it."""
    found = Tampered(
        _(
            "A row of the store ({what}) is not the one that was signed: it was altered, added or removed.",
            what=f"{which.kind} {which.key}",
        ),
        _("Nothing was done by it. Restore it from a backup: 'dominoadmin store check --repair BACKUP'."),
    )
    found.which = which
    return found
