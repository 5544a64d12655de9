"""One server process per server: a lease in the store.

The clock may be wrong, or may just have been put right, and anyone who can write into the store can write a time. So a
lease that is dated in the future is believed for its own length, by a clock that is never set, unless it is renewed.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.services.domain import Domain, is_over
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import leases
from dominoadmin.store.database import Connection
from dominoadmin.store.leases import LeaseRecord

RENEW_EVERY: Final = timedelta(seconds=10)
_ENDS_AFTER: Final = timedelta(seconds=60)
_LOOK_EVERY: Final = 1.0  # seconds


@dataclass(frozen=True)
class _Sighting:
    """A lease, and the monotonic time in seconds at which this process first saw it unchanged."""

    lease: LeaseRecord
    since: float


_sightings: Final[dict[tuple[Path, str], _Sighting]] = {}
_one_looks: Final = threading.Lock()


@dataclass
class Lease:
    """The right to run a server, as long as it is renewed."""

    domain: Domain
    record: LeaseRecord
    _failure: Error | None = None
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def keep_alive(self) -> None:
        """Renew the lease in the background while other work waits for a password or has a long queue."""
        threading.Thread(target=self._keep, name="lease", daemon=True).start()

    def renew(self) -> None:
        """Renew the lease.

        Raises:
            Error: another process has taken over the server; this one must stop.

        """
        if self._failure:
            raise self._failure
        self._renew()

    def still_ours(self, db: Connection) -> None:
        """Check inside a transaction that no other process has taken over the server; until its end none can.

        Raises:
            Error: another process has; nothing may be written.

        """
        found = leases.find(db, self.record.server)
        if found is None or found.holder != self.record.holder:
            raise Error(_("Another process has taken over this server."), _("Stop one of the two."))

    def end(self) -> None:
        """Release the lease."""
        self._ended.set()
        with self._one_at_a_time, self.domain.store.transaction() as db:
            leases.end(db, self.record.server, self.record.holder)

    def _keep(self) -> None:
        while not self._ended.wait(RENEW_EVERY.total_seconds()):
            try:
                self._renew()
            except Error as error:
                self._failure = error
            else:
                self._failure = None  # a full disk has room again

    def _renew(self) -> None:
        with self._one_at_a_time:
            now = self.domain.now()
            if self._ended.is_set() or not is_over(self.record.renewed_at, RENEW_EVERY, now):
                return
            with self.domain.store.transaction() as db:
                self.still_ours(db)
                renewed = replace(self.record, renewed_at=now)
                leases.put(db, renewed)
            self.record = renewed


def take(domain: Domain, server: str, progress: Progress = QUIET) -> Lease:
    """Take the lease on a server; if it is dated in the future, wait up to a minute to see whether it is renewed.

    Raises:
        Error: another process holds it; the message says which and since when.
        Cancelled: stopped while waiting.

    """
    seen = None
    while True:
        now = domain.now()
        with domain.store.transaction() as db:
            found = leases.find(db, server)
            if found is None or not _is_held(domain, found):
                record = LeaseRecord(
                    server=server, holder=secrets.token_hex(8), process=os.getpid(), host=socket.gethostname(),
                    since=now, renewed_at=now,
                )  # fmt: skip
                leases.put(db, record)
                return Lease(domain, record)
        if found.renewed_at <= now or seen not in (None, found):
            raise _held(found)
        seen = found
        text = _(
            "The lease on {server} is dated in the future. Checking for up to a minute whether process {process} on "
            "{host} still renews it",
            server=names.abbreviated(server),
            process=found.process,
            host=found.host,
        )
        progress.step(text)
        time.sleep(_LOOK_EVERY)


def _held(found: LeaseRecord) -> Error:
    return Error(
        _(
            "{server} has been run by process {process} on {host} since {since}.",
            server=names.abbreviated(found.server),
            process=found.process,
            host=found.host,
            since=f"{found.since.astimezone():%Y-%m-%d %H:%M:%S}",
        ),
        _("Use that console, or stop that server: enter 'quit' there, or end its process."),
    )


def holder(domain: Domain, server: str) -> LeaseRecord | None:
    """Return the process that runs a server now, if any."""
    with domain.store.snapshot() as db:
        found = leases.find(db, server)
    return found if found and _is_held(domain, found) else None


def _is_held(domain: Domain, found: LeaseRecord) -> bool:
    # A process ID is reused after a crash, so a lease that is not renewed always expires.
    return _silence(domain, found) < _ENDS_AFTER and (found.host != socket.gethostname() or _running(found.process))


def _silence(domain: Domain, found: LeaseRecord) -> timedelta:
    """Return for how long a lease was not renewed, or, if it is dated in the future, was not seen to be renewed."""
    silence = domain.now() - found.renewed_at
    if silence >= timedelta():
        return silence
    with _one_looks:
        place = domain.store.path, found.server
        seen = _sightings.get(place)
        if seen is None or seen.lease != found:
            seen = _sightings[place] = _Sighting(found, time.monotonic())
    return timedelta(seconds=time.monotonic() - seen.since)


def _running(process: int) -> bool:
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
