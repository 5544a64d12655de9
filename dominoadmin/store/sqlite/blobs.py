"""Octets, which are BLOBs here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

EMPTY: Final = "x''"
"""No octets at all. Elsewhere this is a string of bits."""


def in_hex(column: str) -> str:
    """Return the octets of a column as hex digits."""
    return f"hex({column})"


def of_row(columns: Sequence[str]) -> str:
    """Return columns as octets, joined where they lie: a million rows are joined in a second.

    Between them stands what no text of ours has in it: ASCII's separators of units and of records.
    """
    return f"CAST({' || char(31) || '.join(columns)} || char(30) AS BLOB)"
