"""Messages that a task shows once, not every few seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

LIST: Final = "list"
"""The subject of what is missing on a list while the certifier's key is not open."""


class Told:
    """Remembers the current problem of each subject."""

    def __init__(self) -> None:
        self._current: dict[tuple[int, str], str] = {}

    def once(self, certifier_id: int, subject: str, name: str, problem: str) -> Iterator[str]:
        """Yield the problem unless it was the last one of this subject; an empty one means that it is solved."""
        line = f"{name}: {problem}" if problem else ""
        if line and self._current.get((certifier_id, subject)) != line:
            yield line
        self._current[certifier_id, subject] = line

    def is_current(self, certifier_id: int, *subjects: str) -> bool:
        """Return whether one of these subjects has a problem."""
        return any(self._current.get((certifier_id, subject)) for subject in subjects)

    def forget(self, certifier_id: int, subject: str) -> None:
        """Forget a subject's last sentence."""
        self._current.pop((certifier_id, subject), None)

    def has_failed(self) -> bool:
        """Return whether something failed that is worth another attempt; a list that waits for a key is not."""
        return any(line for (_id, subject), line in self._current.items() if subject != LIST)

    def current(self) -> list[str]:
        """Return the current problems, each sentence once."""
        return [line for line in dict.fromkeys(self._current.copy().values()) if line]
