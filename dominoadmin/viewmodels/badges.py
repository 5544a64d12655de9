"""The shapes beside a state and the colours of pills, each with one meaning everywhere. `gui/frame` draws them."""

from __future__ import annotations

from enum import StrEnum


class Badge(StrEnum):
    """Good, waiting or in need of attention, bad, and not as it was signed; NONE shows no badge."""

    OK = "ok"
    WAIT = "wait"
    BAD = "bad"
    ALTERED = "altered"
    NONE = ""


class Tone(StrEnum):
    """The colour of a pill: nothing to do, something soon, something now; COUNT: a number of what waits for you."""

    OK = "ok"
    SOON = "soon"
    ACT = "act"
    PLAIN = "plain"
    COUNT = "count"
