"""The shapes that stand beside a state: one meaning each, whatever is in it. `gui/frame/theme.py` draws them."""

from __future__ import annotations

from enum import StrEnum


class Badge(StrEnum):
    """Good, to be waited for or looked at, and bad; no badge where there is nothing to say."""

    OK = "ok"
    WAIT = "wait"
    BAD = "bad"
    NONE = ""
