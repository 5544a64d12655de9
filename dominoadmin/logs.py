"""The log file of a server: its console commands and internal errors. Never secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.paths import make_private_folder, reason

FILE: Final = "dominoadmin.log"
_BYTES: Final = 1 << 20
_KEPT: Final = 5
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def written(folder: Path) -> Iterator[Path]:
    """Write the program's log to `folder` during the block: mode 0600, up to six files of a megabyte.

    Raises:
        Error: the folder or the file cannot be written.

    """
    make_private_folder(folder)
    try:
        handler = RotatingFileHandler(folder / FILE, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8")
        (folder / FILE).chmod(0o600)
    except OSError as error:
        text = _("The log {path} cannot be written: {reason}.", path=folder / FILE, reason=reason(error))
        raise Error(text) from None
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger = logging.getLogger("dominoadmin")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield folder / FILE
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()
