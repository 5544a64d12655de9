"""Puts the parts together: paths, store, services, tasks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dominoadmin.console.interpreter import Console
from dominoadmin.paths import DataDirectory
from dominoadmin.pki.identities import Identity
from dominoadmin.services.directory import leasing, server_documents
from dominoadmin.services.directory.leasing import Lease
from dominoadmin.services.domain import Actor, Clock, Domain, system_clock
from dominoadmin.store import certifiers, directory
from dominoadmin.store.database import Store
from dominoadmin.store.keychain import open_keychain
from dominoadmin.tasks.adminp import AdminpTask
from dominoadmin.tasks.audit_watch import ServerAuditWatch
from dominoadmin.tasks.ca import AskPassword, CaTask
from dominoadmin.tasks.host import Task, TaskHost

SERVER_TASKS: Final = ("ca", "adminp", "http")
"""What a server loads when it starts, as `ServerTasks` in a Domino server's notes.ini says."""
_DEFERRED: Final = {"http": "HTTP Server"}


def open_domain(root: Path, environ: Mapping[str, str] | None = None, clock: Clock = system_clock) -> Domain:
    """Open the domain in a data directory.

    Raises:
        NotFound: there is none.
        Error, Damaged: the store cannot be opened.

    """
    data = DataDirectory(root)
    store = Store(data.store)
    with store.snapshot() as db:
        domain_id = directory.fact(db, "domain_id")
    return Domain(data, store, open_keychain(domain_id, os.environ if environ is None else environ), clock)


@dataclass
class Server:
    """A running server: its lease, its tasks and its console."""

    domain: Domain
    host: TaskHost
    console: Console
    lease: Lease
    watch: ServerAuditWatch
    _awaits_certifier: bool = field(default=False, init=False)

    def begin(self, *, passing: bool = False) -> Iterator[str]:
        """Load the server's tasks: ca only where certifiers are registered, else when the first one is.

        `passing`: the server ends with its commands. It opens no port until a command speaks to the HTTP server: a port
        that is open for a second serves nobody, may belong to another program, and is seen by everybody.
        """
        self._awaits_certifier = not self._has_certifiers()
        for name in SERVER_TASKS:
            if name == "ca" and self._awaits_certifier:
                continue
            if passing and name in _DEFERRED:
                self.host.defer(name, _DEFERRED[name])
            else:
                yield from self.console.execute(f"load {name}")
        self.console.refused = False  # nobody has typed anything yet

    def _has_certifiers(self) -> bool:
        with self.domain.store.snapshot() as db:
            return bool(certifiers.all_of(db, self.lease.record.server))

    def _load_ca(self) -> Iterator[str]:
        """Load ca when the first certifier is there, unless somebody has done so."""
        if self._awaits_certifier and "ca" in dict(self.host.running()):
            self._awaits_certifier = False
        if self._awaits_certifier and self._has_certifiers():
            self._awaits_certifier = False
            yield from self.console.execute("load ca")

    def pump(self) -> Iterator[str]:
        """Renew the lease and give every task its turn.

        Raises:
            Error: another process has taken the server over.

        """
        self.lease.renew()
        yield from self.watch.lines()
        yield from self._load_ca()
        yield from self.host.run_due()

    def stop(self) -> Iterator[str]:
        """Stop all tasks and give the lease back."""
        self.watch.stop()
        try:
            yield from self.host.quit_all()
        finally:
            self.lease.end()


def start_server(domain: Domain, identity: Identity, ask: AskPassword) -> Server:
    """Take the lease of the server whose ID is opened, and make its tasks ready to be loaded.

    Raises:
        NotFound: it is not the ID of a server of this domain.
        Error: another process runs it.

    """
    server_documents.show(domain, identity.name)
    lease = leasing.take(domain, identity.name)

    def http() -> Task:
        from dominoadmin.tasks.http.task import HttpTask  # uvicorn and Starlette cost 150 ms

        return HttpTask(domain, identity)

    factories: dict[str, Callable[[], Task]] = {
        "ca": lambda: CaTask(domain, identity, ask, lease.still_ours),
        "adminp": lambda: AdminpTask(domain, identity),
        "http": http,
    }
    host = TaskHost(factories, domain.clock)
    lease.keep_alive()
    watch = ServerAuditWatch(domain, Actor.of(identity))
    watch.start()
    return Server(domain, host, Console(host), lease, watch)
