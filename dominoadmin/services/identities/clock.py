"""A clock that is behind the store: what is signed now would be dated before what it follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from dominoadmin.i18n import marked as _
from dominoadmin.services.domain import Domain
from dominoadmin.store import audit

_TOLERANCE: Final = timedelta(minutes=5)  # clocks of several computers differ


def problem(domain: Domain) -> str:
    """Return that the newest entry of the audit log is in the future of this computer's clock, or an empty string.

    Raises:
        Damaged: the entry was altered.

    """
    with domain.store.snapshot() as db:
        newest = audit.last(db)
    now = domain.now()
    if newest is None or newest.at <= now + _TOLERANCE:
        return ""
    return _(
        "The clock of this computer says {now}, but the newest entry of the audit log is from {newest}. Set the clock "
        "before you sign anything.",
        now=f"{now.astimezone():%Y-%m-%d %H:%M}",
        newest=f"{newest.at.astimezone():%Y-%m-%d %H:%M}",
    )
