"""The widths of a view's columns, so that all of them are seen in one window, until somebody chooses others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """What a column wants, in pixels. `whole`: for its texts; `usual`: without need for more; `least`: to be read."""

    whole: int
    usual: int
    least: int


def shared(wishes: Sequence[Wish], room: int) -> list[int]:
    """Return widths that fill the room if they can: long texts get what is left, and give first what is missing."""
    widths = [max(wish.least, min(wish.whole, wish.usual)) for wish in wishes]
    spare = room - sum(widths)
    wanted = [
        max(0, wish.whole - width) if spare > 0 else width - min(width, wish.least)
        for wish, width in zip(wishes, widths, strict=True)
    ]
    moved = max(-sum(wanted), min(spare, sum(wanted)))
    if not moved:
        return widths
    return [width + moved * want // sum(wanted) for width, want in zip(widths, wanted, strict=True)]
