"""How many certificates were issued in each of the last twelve months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.services.status.gathering import Figures
from dominoadmin.viewmodels.target import NOTHING, Target


@dataclass(frozen=True, kw_only=True)
class Bars:
    """A bar for each month, the oldest first: its name, `2026-11`, and its number; and all of them in words."""

    months: tuple[str, ...]
    numbers: tuple[int, ...]
    total: str
    """In words, with how many are revoked."""
    sentence: str
    command: str = "issued-certificates"
    target: Target = NOTHING


def title() -> str:
    """Return the title of the card."""
    return _("Issued in the last twelve months")


def bars(figures: Figures, certifiers: Sequence[int]) -> Bars:
    """Return the bars. `certifiers`: the numbers of all of them; of a single one the list is opened, else all lists."""
    months = tuple(f"{each.start:%Y-%m}" for each in figures.issued)
    numbers = tuple(each.number for each in figures.issued)
    total = sum(numbers)
    each = ", ".join(f"{month}: {number}" for month, number in zip(months, numbers, strict=True) if number)
    made = plural("{n} certificate was issued.", "{n} certificates were issued.", total).format(n=total)
    revoked = plural(
        "{n} of all certificates is revoked.", "{n} of all certificates are revoked.", figures.revoked
    ).format(n=figures.revoked)
    words = f"{made} {revoked}" if figures.revoked else made
    return Bars(
        months=months,
        numbers=numbers,
        total=words,
        sentence=f"{words} {each}" if each else words,
        target=Target(certifier_id=certifiers[0] if len(certifiers) == 1 else 0),
    )
