"""Progress of long operations: they report their steps, and can be cancelled."""

from __future__ import annotations

from typing import Final


class Progress:
    """Reports nothing and is never cancelled; the console and the window subclass it."""

    def step(self, text: str) -> None:
        """Report the next step. Raises `Cancelled` if the user asked to stop."""


QUIET: Final = Progress()
