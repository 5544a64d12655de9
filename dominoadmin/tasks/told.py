"""What a task says once, and not again every few seconds until somebody reads it."""

from __future__ import annotations

from collections.abc import Iterator


class Told:
    """Remembers the last sentence about each subject."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, str], str] = {}

    def once(self, certifier_id: int, subject: str, name: str, problem: str) -> Iterator[str]:
        """Yield the sentence unless it was the last one about this; no problem means that it is over."""
        if problem and self._last.get((certifier_id, subject)) != problem:
            yield f"{name}: {problem}"
        self._last[certifier_id, subject] = problem

    def forget(self, certifier_id: int, subject: str) -> None:
        """Take up a subject anew: what was said about it is over."""
        self._last.pop((certifier_id, subject), None)
