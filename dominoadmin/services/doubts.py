"""Why nothing is done with the store, or for one certifier, until a person has looked; all tasks share it."""

from __future__ import annotations

from typing import Final

from dominoadmin.errors import Tampered

EVERYTHING: Final = 0
"""In the place of a certifier's number: the store as a whole."""


class Outdated(Tampered):
    """The store is older than something outside it, or continues another store than what was seen there."""


class Doubts:
    """The doubts about a store and about single certifiers, by the certifiers' numbers."""

    def __init__(self) -> None:
        self._found: dict[int, Outdated] = {}

    def note(self, certifier_id: int, doubt: Outdated | None) -> None:
        """Note a doubt; None: there is none any more."""
        if doubt:
            self._found[certifier_id] = doubt
        else:
            self._found.pop(certifier_id, None)

    def about(self, certifier_id: int) -> Outdated | None:
        """Return the doubt about a certifier, or about the store as a whole."""
        return self._found.get(EVERYTHING) or self._found.get(certifier_id)

    def check(self, certifier_id: int) -> None:
        """Raise the doubt about a certifier or the store, if there is one.

        Raises:
            Outdated: there is.

        """
        if doubt := self.about(certifier_id):
            raise Outdated(str(doubt), doubt.hint)
