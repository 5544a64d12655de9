"""Reads files that the program itself keeps, such as IDs: whoever opens a pipe that has replaced one waits for ever."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from dominoadmin.errors import Damaged
from dominoadmin.i18n import marked as _
from dominoadmin.paths import MAXIMUM_FILE, read_limited


def read(path: Path, what: str) -> bytes:
    """Read a small file, which must be one.

    Raises:
        NotFound, Error: as `read_limited` does.
        Damaged: as `opened` does.

    """
    return read_limited(path, what, MAXIMUM_FILE, opened)


def opened(path: Path) -> BinaryIO:
    """Open a file: the server with all its tasks would wait for ever for somebody who writes into a pipe.

    Raises:
        OSError, ValueError: it cannot be opened.
        Damaged: something else has its name, such as a pipe or a device.

    """
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise Damaged(_("{path} is no file, but a pipe or a device.", path=path), _("Restore it from a backup copy."))
