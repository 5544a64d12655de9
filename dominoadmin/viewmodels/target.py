"""What a command of the window is about: the Quick Guide, the bookmarks and the menus say it in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is known already; a command fills in what it has use for. Empty or 0: it is not known.

    `certifier_id` is the certifier's number in the store, `certifier_name` its whole name. `database` and `key_ring`
    are file names; `view` is a view of the database.
    """

    certifier_id: int = 0
    certifier_name: str = ""
    database: str = ""
    view: str = ""
    request_id: int = 0
    pickup_id: str = ""
    key_ring: str = ""
    server: str = ""
    ssl_key_file: str = ""
    edit: bool = False
    url: str = ""


NOTHING: Final = Target()
