"""The folder in which a domain is set up before its files get their names; a kill may leave it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from dominoadmin.paths import STORE_FILE

START: Final = ".setup-"


def sweep(root: Path) -> None:
    """Remove the remains of a killed setup: its staging folder, and the links to its ID files if there is no store.

    The folder has second names of the ID files, which would stay where somebody takes cert.id away.
    """
    for staging in root.glob(f"{START}*"):
        for file in staging.iterdir():
            target = root / file.name
            if not (root / STORE_FILE).exists() and target.exists() and target.samefile(file):
                target.unlink()
        shutil.rmtree(staging, ignore_errors=True)
