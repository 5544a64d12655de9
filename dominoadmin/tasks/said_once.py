"""What a task says once, and not again every few seconds until somebody reads it."""

from __future__ import annotations

from collections.abc import Iterator


class Told:
    """Remembers what is wrong with each subject, as long as it is."""

    def __init__(self) -> None:
        self._current: dict[tuple[int, str], str] = {}

    def once(self, certifier_id: int, subject: str, name: str, problem: str) -> Iterator[str]:
        """Yield the sentence unless it was the last one about this; no problem means that it is over."""
        line = f"{name}: {problem}" if problem else ""
        if line and self._current.get((certifier_id, subject)) != line:
            yield line
        self._current[certifier_id, subject] = line

    def forget(self, certifier_id: int, subject: str) -> None:
        """Take up a subject anew: what was said about it is over."""
        self._current.pop((certifier_id, subject), None)

    def current(self) -> list[str]:
        """Return what is wrong now, each sentence once."""
        return [line for line in dict.fromkeys(self._current.copy().values()) if line]
