"""When a task looks into the store: not at every turn, as most of the time nothing has happened there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from dominoadmin.services.domain import Domain, is_over

AT_LEAST_EVERY: Final = timedelta(seconds=10)
"""What is due by the clock alone (a list, a renewal) has time."""


class Turns:
    """Decides whether a task has to look: after every commit of anyone, and after a while.

    A turn that failed, or has left something, is repeated whatever happens. `at_most_every` is the shortest time
    between two turns.
    """

    def __init__(self, domain: Domain, at_most_every: timedelta = timedelta()) -> None:
        self._domain, self._at_most_every = domain, at_most_every
        self._watch = domain.store.watch()
        self._last: datetime | None = None
        self._is_unfinished = True

    def is_due(self) -> bool:
        """Return whether a turn is due now."""
        now = self._domain.now()
        if self._last and not is_over(self._last, self._at_most_every, now):
            return False
        has_changed = self._watch.changed()
        return has_changed or self._is_unfinished or self._last is None or is_over(self._last, AT_LEAST_EVERY, now)

    def begin(self) -> None:
        """Begin a turn: until `end` says otherwise, it has failed."""
        self._last, self._is_unfinished = self._domain.now(), True

    def end(self, *, is_finished: bool) -> None:
        """End a turn; an unfinished one is repeated."""
        self._is_unfinished = not is_finished

    def close(self) -> None:
        """Stop watching the store."""
        self._watch.close()
