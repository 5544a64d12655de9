"""The folder in which the program remembers, for each account, what it has seen of a store: outside of the data folder.

A backup of the data folder does not put it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

STATE_VARIABLE: Final = "DOMINOADMIN_STATE"


def state_folder(environ: Mapping[str, str], data: Path) -> Path:
    """Return the folder: $DOMINOADMIN_STATE, which may be relative to the data folder, else the account's own."""
    if named := environ.get(STATE_VARIABLE):
        return (data / named).resolve()
    from platformdirs import user_state_path

    return user_state_path("dominoadmin", appauthor=False)
