"""Runs a certifier's publication command with the file it is to take elsewhere."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.paths import reason

_PATIENCE: Final = 60


def run(command: str, path: Path) -> None:
    """Run the administrator's program with the file's name; no shell, so that a name cannot be a command.

    Raises:
        Error: it cannot be started, takes too long, or says that it failed.

    """
    try:
        done = subprocess.run(  # noqa: S603 - a CAA has signed which program it is
            [command, os.fspath(path)], check=False, timeout=_PATIENCE, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Error(f"{command} did not end within {_PATIENCE} seconds.", "Try it by hand.") from None
    except OSError as error:
        raise Error(f"{command} cannot be started: {reason(error)}.", "Check the certifier's CRL settings.") from None
    if done.returncode:
        raise Error(f"{command} ended with the status {done.returncode}.", "Try it by hand.")
