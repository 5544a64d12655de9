"""One server process per server: a lease in the store."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.services.domain import Domain
from dominoadmin.store import leases
from dominoadmin.store.database import Connection
from dominoadmin.store.records import LeaseRecord

RENEW_EVERY: Final = timedelta(seconds=10)
_ENDS_AFTER: Final = timedelta(seconds=60)


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
            if self._ended.is_set() or now - self.record.renewed_at < RENEW_EVERY:
                return
            with self.domain.store.transaction() as db:
                self.still_ours(db)
                renewed = replace(self.record, renewed_at=now)
                leases.put(db, renewed)
            self.record = renewed


def take(domain: Domain, server: str) -> Lease:
    """Take the lease on a server.

    Raises:
        Error: another process holds it; the message says which and since when.

    """
    now, host = domain.now(), socket.gethostname()
    with domain.store.transaction() as db:
        found = leases.find(db, server)
        if found and _alive(found, host, now - found.renewed_at):
            raise Error(
                _(
                    "{server} has been run by process {process} on {host} since {since}.",
                    server=names.abbreviated(server),
                    process=found.process,
                    host=found.host,
                    since=f"{found.since.astimezone():%Y-%m-%d %H:%M:%S}",
                ),
                _("Use that console, or stop that server: enter 'quit' there, or end its process."),
            )
        record = LeaseRecord(
            server=server, holder=secrets.token_hex(8), process=os.getpid(), host=host, since=now, renewed_at=now
        )
        leases.put(db, record)
    return Lease(domain, record)


def holder(domain: Domain, server: str) -> LeaseRecord | None:
    """Return the process that runs a server now, if any."""
    with domain.store.snapshot() as db:
        found = leases.find(db, server)
    return found if found and _alive(found, socket.gethostname(), domain.now() - found.renewed_at) else None


def _alive(found: LeaseRecord, host: str, silent: timedelta) -> bool:
    # A process ID is reused after a crash, so a lease that is not renewed always expires.
    return silent < _ENDS_AFTER and (found.host != host or _running(found.process))


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
