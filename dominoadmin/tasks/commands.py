"""Runs a certifier's publication command with the published file."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason

_PATIENCE: Final = 60  # seconds, as those below
_LONG: Final = 5
_PAUSE: Final = 600


class Pauses:
    """Prevents slow work that fails from being retried at every turn, which would block all other work."""

    def __init__(self) -> None:
        self._pauses: dict[int, tuple[object, float, Error]] = {}

    def check(self, certifier_id: int, work: object) -> None:
        """Raise the error of this work again during its pause."""
        if pause := self._pauses.get(certifier_id):
            about, end, error = pause
            if about == work and time.monotonic() < end:
                raise error
            del self._pauses[certifier_id]

    @contextmanager
    def measured(self, certifier_id: int, work: object) -> Iterator[None]:
        """Begin a pause if the work is slow and fails."""
        start = time.monotonic()
        try:
            yield
        except Error as error:
            if time.monotonic() - start > _LONG:
                self._pauses[certifier_id] = work, time.monotonic() + _PAUSE, error
            raise

    def clear(self) -> None:
        """End all pauses."""
        self._pauses.clear()


def run(command: str, path: Path) -> None:
    """Run the administrator's program with the file's name; without a shell, so that a name cannot be a command.

    Raises:
        Error: it cannot be started, takes too long, or fails.

    """
    try:
        done = subprocess.run(  # noqa: S603 - a CAA has signed the program's name
            [command, os.fspath(path)], check=False, timeout=_PATIENCE, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Error(
            _("{command} did not finish within {seconds} seconds.", command=command, seconds=_PATIENCE),
            _("Try it manually."),
        ) from None
    except OSError as error:
        raise Error(
            _("{command} cannot be started: {reason}.", command=command, reason=reason(error)),
            _("Check the certifier's CRL settings."),
        ) from None
    if done.returncode:
        raise Error(
            _("{command} exited with the status {status}.", command=command, status=done.returncode),
            _("Try it manually."),
        )
