"""What Check Store has found: as rows, as a headline, and as a file."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.paths import default_root, write_whole
from dominoadmin.services.audit.checking import Discrepancy
from dominoadmin.viewmodels.audit.spreadsheet_cells import harmless


def titles() -> tuple[str, ...]:
    """Return the titles of the columns."""
    return _("Table"), _("Key"), _("Finding"), _("Remedy")


def row(found: Discrepancy) -> tuple[str, ...]:
    """Return the cells of a finding in the reader's language."""
    return found.table, found.key, translated(found.finding), translated(found.remedy)


def headline(found: Sequence[Discrepancy]) -> str:
    """Return the result in one sentence."""
    if not found:
        return _("The store is as it was signed: nothing was altered, added or removed.")
    text = plural(
        "The store is not as it was signed: {n} finding.",
        "The store is not as it was signed: {n} findings.",
        len(found),
    )
    return text.format(n=len(found))


def command(found: Discrepancy, root: Path) -> str:
    """Return the command that the remedy names, for the store in this data folder; empty if it names none."""
    if not found.command or root.absolute() == default_root({}).absolute():
        return found.command
    program, _space, verbs = found.command.partition(" ")
    return f"{program} --data {shlex.quote(str(root.absolute()))} {verbs}"


def rebuilt(made: Sequence[Discrepancy]) -> str:
    """Return what was created again in one sentence."""
    tables = ", ".join(dict.fromkeys(each.table for each in made))
    return _("Created again: {tables}.").format(tables=tables) if made else _("Only the indexes were created again.")


def export(found: Sequence[Discrepancy], path: Path) -> None:
    """Write the findings to a file: JSON, as 'store check --json' prints it, if its name ends so, else CSV.

    Raises:
        Error: the file cannot be written.

    """
    if path.suffix.lower() == ".json":
        rows = [{name: str(value) for name, value in each.__dict__.items()} for each in found]
        write_whole(path, f"{json.dumps(rows, ensure_ascii=False, indent=2)}\n".encode())
        return
    out = io.StringIO(newline="")
    csv.writer(out).writerows([titles(), *(map(harmless, row(each)) for each in found)])
    write_whole(path, out.getvalue().encode())
