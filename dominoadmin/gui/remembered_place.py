"""Goes to the place that was on the screen when the window was closed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from dominoadmin.errors import Error
from dominoadmin.gui.places import is_place
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Domain
from dominoadmin.services.requests import databases
from dominoadmin.viewmodels.target import NOTHING, Target


def open_again(domain: Domain, key: str, run: Callable[[str, Target], None]) -> None:
    """Carry out the command that opens the place with this key, if its object still exists."""
    with contextlib.suppress(Error, ValueError):
        if found := _command(domain, key):
            run(*found)


def _command(domain: Domain, key: str) -> tuple[str, Target] | None:
    """Return what opens a place. A missing object is noticed here: its opener would report it in a box."""
    kind, _colon, name = key.partition(":")
    if not is_place(key):
        return None
    if kind == "database":
        databases.stored(domain, name)
        return "open-database", Target(database=name)
    if kind == "icl" and int(name):
        known = {record.id for record in configuring.records(domain)}
        return ("icl", Target(certifier_id=int(name))) if int(name) in known else None
    return ("certificates" if kind == "icl" else key), NOTHING
