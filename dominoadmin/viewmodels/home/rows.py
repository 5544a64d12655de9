"""What a row of Home shows, and the button that opens the place for it."""

from __future__ import annotations

from dataclasses import dataclass

from dominoadmin.viewmodels.badges import Tone
from dominoadmin.viewmodels.target import NOTHING, Target


@dataclass(frozen=True)
class Button:
    """A button: its label, and the command that it runs for a target."""

    label: str
    command: str
    target: Target = NOTHING


@dataclass(frozen=True, kw_only=True)
class HomeRow:
    """A sentence with a remark, or a name with what it is.

    `badge` is the word of its pill and `when` a time of the day; empty: none is shown.
    """

    text: str
    remark: str = ""
    badge: str = ""
    tone: Tone = Tone.PLAIN
    when: str = ""
    button: Button | None = None


@dataclass(frozen=True, kw_only=True)
class HomeSection:
    """The rows of a card, and below them a button that opens the whole list. `nothing` is shown without rows."""

    title: str
    rows: tuple[HomeRow, ...]
    nothing: str = ""
    more: Button | None = None
