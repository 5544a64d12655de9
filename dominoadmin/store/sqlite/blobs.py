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

    Between them stands what no text of ours has in it: ASCII's separators of units and of records. Somebody else's may:
    `is_one_row` says so.
    """
    return f"CAST({' || char(31) || '.join(columns)} || char(30) AS BLOB)"


def is_one_row(octets: bytes, columns: int) -> bool:
    """Return whether the octets of a row are so many columns, and no column has in it what stands between two."""
    return octets.count(b"\x1f") == columns - 1 and octets.count(b"\x1e") == 1 and octets.endswith(b"\x1e")


def octets(value: object) -> bytes:
    """Return stored octets; none for a value of another type, which the schema does not allow: nothing fits them.

    Python would make as many zeros of a number.
    """
    return value if isinstance(value, bytes) else b""
