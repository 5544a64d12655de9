"""Access to the shipped files: icons, help, translations."""

from __future__ import annotations

from pathlib import Path


def resource(name: str) -> Path:
    """Return a shipped file, `icons/key.svg`: from the installed package first, from the repository second.

    Not by importlib.resources, which costs the first window 6 ms.
    """
    shipped = Path(__file__).parent / "_resources"
    # An editable install does not see the top-level folder under its shipped name.
    folder = shipped if shipped.is_dir() else Path(__file__).parent.parent / "resources"
    return folder.joinpath(*name.split("/"))


def guide_page(name: str) -> Path:
    """Return a page of the user's guide, `index.md`; the repository has it in its documents."""
    shipped = Path(__file__).parent / "_resources" / "guide"
    folder = shipped if shipped.is_dir() else Path(__file__).parent.parent / "docs" / "guide"
    return folder / name
