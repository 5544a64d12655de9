"""How a long operation reports its steps and learns that it should stop."""

from __future__ import annotations

from typing import Final


class Progress:
    """Reports nowhere and is never cancelled; the console and the window subclass it."""

    def step(self, text: str) -> None:
        """Announce the next step. Raises `Cancelled` when the user asked to stop."""


QUIET: Final = Progress()
