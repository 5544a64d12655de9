"""SQL for octets, which are BLOBs here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

EMPTY: Final = "x''"
"""Empty octets. In other databases this is a bit string."""


def in_hex(column: str) -> str:
    """Return the octets of a column as hex digits."""
    return f"hex({column})"


def of_row(columns: Sequence[str]) -> str:
    """Return columns as octets, joined in the database: a million rows take a second.

    They are separated by ASCII's unit and record separators, which none of our texts contains.
    """
    return f"CAST({' || char(31) || '.join(columns)} || char(30) AS BLOB)"
