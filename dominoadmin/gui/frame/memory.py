"""The window's stored state: sizes, columns, open tabs, preferences. Never secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QByteArray

from dominoadmin.errors import Error
from dominoadmin.paths import read_limited, write_whole

FILE: Final = "client.json"
IDLE_KEY: Final = "preferences/idle_minutes"
IDLE_MINUTES: Final = 15
LANGUAGE_KEY: Final = "preferences/language"
CLOSING_KEY: Final = "preferences/closing"
CLOSING_ASKS: Final = ""
CLOSING_KEEPS: Final = "keep"
CLOSING_STOPS: Final = "stop"
SCHEME_KEY: Final = "preferences/colours"


class Memory:
    """A small JSON file in the data directory; an unreadable one is replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = _read(path)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - JSON is any of many types
        """Return the value stored under `key`, or the default if the stored one has another type."""
        value = self._values.get(key, default)
        return value if default is None or isinstance(value, type(default)) else default

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON is any of many types
        """Store a value that JSON supports."""
        self._values[key] = value

    def get_bytes(self, key: str) -> QByteArray:
        """Return Qt's saved state of a window or a splitter."""
        return QByteArray.fromBase64(self.get(key, "").encode("ascii", "ignore"))

    def set_bytes(self, key: str, value: QByteArray) -> None:
        """Store Qt's state of a window or a splitter."""
        self._values[key] = bytes(value.toBase64().data()).decode("ascii")

    def save(self) -> None:
        """Write the file.

        Raises:
            Error: the folder cannot be written.

        """
        write_whole(self._path, json.dumps(self._values, indent=1, sort_keys=True).encode())


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(read_limited(path, "the client's settings")) if path.exists() else {}
    except (Error, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
