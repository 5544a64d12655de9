"""The target of a window command, for the Quick Guide, the navigator and the menus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Target:
    """The known values; a command uses those that it needs. Empty or 0: unknown.

    `certifier_id` is the certifier's number in the store, `certifier_name` its whole name. `database` and `key_ring`
    are file names; `view` is a view of the database. `days`: only certificates that expire within so many days.
    """

    certifier_id: int = 0
    certifier_name: str = ""
    database: str = ""
    view: str = ""
    days: int = 0
    request_id: int = 0
    pickup_id: str = ""
    key_ring: str = ""
    server: str = ""
    ssl_key_file: str = ""
    edit: bool = False
    guided: bool = False
    """The Quick Guide's button: do the act with what is known, and ask only what a person has to decide."""
    url: str = ""


NOTHING: Final = Target()
