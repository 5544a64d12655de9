"""What the CA process knows of the log: whoever uses the store in the same process asks it first.

Only the process that acts by the log watches it all the time; the others rely on what that one has refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol
from weakref import WeakValueDictionary

from dominoadmin.store.audit import HeadRecord
from dominoadmin.store.database import Connection
from dominoadmin.store.sqlite import connections


class Watcher(Protocol):
    """Somebody who has followed the log until now."""

    def check(self, newest: HeadRecord | None, *, signs: bool) -> None:
        """Follow the log to its end, unless it ends at this head, by whose signature somebody goes.

        `signs`: the server is about to sign more, which it does not do after it has found that the log does not hold.

        Raises:
            Tampered: it does not hold, or has an entry that was not allowed and is not refused yet.

        """


_WATCHERS: Final[WeakValueDictionary[str, Watcher]] = WeakValueDictionary()


def begin(store: Path, watcher: Watcher) -> None:
    """Let a watcher be asked about a store as long as it exists."""
    _WATCHERS[str(store.resolve())] = watcher


def check(db: Connection, newest: HeadRecord | None, *, signs: bool = False) -> None:
    """Ask the watcher of this store, if there is one in this process, about the newest head.

    Raises:
        Tampered: as `Watcher.check` does.

    """
    if _WATCHERS and (watcher := _WATCHERS.get(connections.file_of(db))):
        watcher.check(newest, signs=signs)
