"""Exports rows of a view: as text for the clipboard, as CSV to a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.tables.table import Row, View
from dominoadmin.i18n import text as _
from dominoadmin.paths import write_public
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.audit.spreadsheet_cells import harmless

MOST_COPIED: Final = 10_000
"""The most rows for the clipboard; more should go to a file."""


def as_text(view: View, rows: Iterable[Row]) -> str:
    """Return rows with their titles, in columns separated by tabs, for pasting into spreadsheets."""
    lines = [view_titles(view), *(_cells(view, row) for row in islice(rows, MOST_COPIED))]
    return "\n".join("\t".join(cells) for cells in lines)


def view_titles(view: View) -> list[str]:
    """Return the titles of the columns."""
    return [column.title for column in view.columns]


def export_csv(view: View, chunks: Iterator[Sequence[Row | None]], path: Path, progress: Progress) -> int:
    """Write rows to a CSV file (RFC 4180), whole or not at all; return their number.

    Raises:
        Error: the file cannot be written.
        Cancelled: the user stopped; nothing was written.

    """
    count = 0

    def pieces() -> Iterator[bytes]:
        nonlocal count
        yield _encoded([view_titles(view)])
        for rows in chunks:
            progress.step(_("{n} rows…").format(n=count))
            kept = [_cells(view, row) for row in rows if row is not None]
            count += len(kept)
            yield _encoded(kept)

    write_public(path, pieces())
    return count


def _cells(view: View, row: Row) -> list[str]:
    return [harmless(foreign_text.in_one_line(column.text(row))) for column in view.columns]


def _encoded(lines: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()
