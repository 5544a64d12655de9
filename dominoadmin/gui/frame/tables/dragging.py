"""Rows that are dragged out of the window: as PEM files for file managers, as text for editors."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Refused
from dominoadmin.gui.frame.tables.table import Row
from dominoadmin.i18n import marked
from dominoadmin.paths import write_whole
from dominoadmin.services.records.pem_files import PemFile

HandedOut = Callable[[Sequence[Row]], Sequence[PemFile]]
"""Returns rows as files; it raises if one is not as it was signed."""
OWN: Final = "application/x-dominoadmin-rows"
"""The format that marks what comes from a view: the window does not open its own rows as files."""
MOST: Final = 100
"""More rows are exported: each is compared with what was signed while the pointer waits."""


def carried(handed_out: HandedOut, rows: Sequence[Row]) -> tuple[QMimeData, Path]:
    """Return what a drag of rows carries, and the private folder with its files (0600).

    The files are removed when the program ends: a file manager reads them after the drop.

    Raises:
        Error: there are too many rows, one is not as it was signed, or the files cannot be written.

    """
    if len(rows) > MOST:
        raise Refused(
            marked("{n} rows are too many to be dragged.", n=len(rows)),
            marked("Drag at most {most} rows, or export them.", most=MOST),
        )
    files = handed_out([row for row in rows if row is not None])
    folder = Path(tempfile.mkdtemp(prefix="dominoadmin-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for each in files:
        write_whole(folder / each.name, each.text.encode())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / each.name)) for each in files])
    data.setText("".join(each.text for each in files))
    data.setData(OWN, b"")
    return data, folder


def drag(source: QWidget, handed_out: HandedOut, rows: Sequence[Row]) -> None:
    """Drag rows until they are dropped, always as copies.

    Raises:
        Error: as `carried` does.

    """
    data, folder = carried(handed_out, rows)
    if not data.urls():
        return
    dragged = QDrag(source)
    dragged.setMimeData(data)
    if dragged.exec(Qt.DropAction.CopyAction) == Qt.DropAction.IgnoreAction:  # nobody reads them
        shutil.rmtree(folder, ignore_errors=True)
