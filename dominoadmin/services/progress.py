"""Progress of long operations: they report their steps, and can be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final


class Progress:
    """Reports nothing and is never cancelled; the console and the window subclass it."""

    def step(self, text: str) -> None:
        """Report the next step. Raises `Cancelled` if the user asked to stop."""


class Telling(Progress):
    """Tells each step once, although it is reported again and again so that it can be cancelled."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told = ""

    def step(self, text: str) -> None:
        """Tell the step unless it was the last one."""
        if text != self._told:
            self._told = text
            self._tell(text)


QUIET: Final = Progress()
