"""The shapes beside a state, each with one meaning everywhere. `gui/frame/theme.py` draws them."""

from __future__ import annotations

from enum import StrEnum


class Badge(StrEnum):
    """Good, waiting or in need of attention, bad, and not as it was signed; NONE shows no badge."""

    OK = "ok"
    WAIT = "wait"
    BAD = "bad"
    ALTERED = "altered"
    NONE = ""
