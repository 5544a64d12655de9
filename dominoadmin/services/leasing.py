"""One server process per server: a lease in the store."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.pki import names
from dominoadmin.services.domain import Domain
from dominoadmin.store import leases
from dominoadmin.store.records import LeaseRecord

RENEW_EVERY: Final = timedelta(seconds=10)
_ENDS_AFTER: Final = timedelta(seconds=60)


@dataclass
class Lease:
    """The right to run a server, as long as it is renewed."""

    domain: Domain
    record: LeaseRecord

    def renew(self) -> None:
        """Renew the lease.

        Raises:
            Error: another process has taken the server over; this one must stop.

        """
        now = self.domain.now()
        if now - self.record.renewed_at < RENEW_EVERY:
            return
        with self.domain.store.transaction() as db:
            found = leases.find(db, self.record.server)
            if found is None or found.holder != self.record.holder:
                raise Error("Another process has taken this server over.", "Stop one of the two.")
            self.record = replace(self.record, renewed_at=now)
            leases.put(db, self.record)

    def end(self) -> None:
        """Give the lease back."""
        with self.domain.store.transaction() as db:
            leases.end(db, self.record.server, self.record.holder)


def take(domain: Domain, server: str) -> Lease:
    """Take the lease on a server.

    Raises:
        Error: another process holds it; the sentence says which and since when.

    """
    now, host = domain.now(), socket.gethostname()
    with domain.store.transaction() as db:
        found = leases.find(db, server)
        if found and _alive(found, host, now - found.renewed_at):
            raise Error(
                f"{names.abbreviated(server)} is run by process {found.process} on {found.host}"
                f" since {found.since.astimezone():%Y-%m-%d %H:%M:%S}.",
                "Use that console, or enter 'quit' there first.",
            )
        record = LeaseRecord(server, secrets.token_hex(8), os.getpid(), host, now, now)
        leases.put(db, record)
    return Lease(domain, record)


def holder(domain: Domain, server: str) -> LeaseRecord | None:
    """Return who runs a server now, if anyone does."""
    with domain.store.snapshot() as db:
        found = leases.find(db, server)
    return found if found and _alive(found, socket.gethostname(), domain.now() - found.renewed_at) else None


def _alive(found: LeaseRecord, host: str, silent: timedelta) -> bool:
    # A process number is given away again after a crash, so a lease that nobody renews ends in any case.
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
