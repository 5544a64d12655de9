"""Lists the installed packages whose release differs from packaging/requirements.lock."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

LOCK: Final = Path(__file__).resolve().parent / "requirements.lock"
_OWN: Final = frozenset({"dominoadmin", "pip", "setuptools"})  # the project, and the packages of a virtual environment


def locked(text: str) -> dict[str, list[str]]:
    """Return the versions that a lock allows for each package; there are several if they depend on the Python."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(_plain(name), []).append(version)
    return found


def differences(lock: dict[str, list[str]], installed: dict[str, str]) -> list[str]:
    """Return a line for each installed package whose release is not in the lock."""
    return [
        f"{name} {version} (locked: {', '.join(lock.get(name, ['not at all']))})"
        for name, version in sorted(installed.items())
        if version not in lock.get(name, [])
    ]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Print the differences of the current environment."""
    installed = {_plain(one.name): one.version for one in distributions()}
    others = {name: version for name, version in installed.items() if name not in _OWN}
    lines = differences(locked(LOCK.read_text("utf-8")), others)
    title = "These releases differ from the lock:" if lines else "All releases are those of the lock."
    print(title, *lines, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
