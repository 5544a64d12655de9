"""The one way to the shipped files: icons, help, translations."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def resource(name: str) -> Traversable:
    """Return a shipped file, `icons/key.svg`: from the installed package first, from the repository second."""
    shipped = files("dominoadmin") / "_resources"
    # An editable install does not see the top-level folder under its shipped name.
    folder = shipped if shipped.is_dir() else Path(__file__).parent.parent / "resources"
    return folder.joinpath(*name.split("/"))
