"""Messages that a task shows once, not every few seconds."""

from __future__ import annotations

from collections.abc import Iterator


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

    def current(self) -> list[str]:
        """Return the current problems, each sentence once."""
        return [line for line in dict.fromkeys(self._current.copy().values()) if line]
