"""Combines the parts: paths, store, services, tasks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dominoadmin.console.interpreter import Console
from dominoadmin.paths import DataDirectory
from dominoadmin.pki.identities import Identity
from dominoadmin.services import recorded_files
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import taking_over
from dominoadmin.services.directory import leasing, server_documents
from dominoadmin.services.directory.leasing import Lease
from dominoadmin.services.domain import Actor, Clock, Domain, system_clock
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.setup import staging_folders
from dominoadmin.settings import state_folder
from dominoadmin.store import certifiers, directory
from dominoadmin.store.account_state import AccountState
from dominoadmin.store.database import Store
from dominoadmin.store.keychain import open_keychain
from dominoadmin.tasks.adminp import AdminpTask
from dominoadmin.tasks.audit_watch import ServerAuditWatch
from dominoadmin.tasks.ca import AskPassword, CaTask
from dominoadmin.tasks.host import Task, TaskHost, stamped

SERVER_TASKS: Final = ("ca", "adminp", "http")
"""The tasks that a server loads when it starts, like `ServerTasks` in a Domino server's notes.ini."""
_DEFERRED: Final = {"http": "HTTP Server"}


def open_domain(root: Path, environ: Mapping[str, str] | None = None, clock: Clock = system_clock) -> Domain:
    """Open the domain in a data directory, and finish what a killed process has left.

    Raises:
        NotFound: there is none.
        Error, Damaged: the store cannot be opened.

    """
    data = DataDirectory(root)
    store = Store(data.store)
    with store.snapshot() as db:
        domain_id = directory.fact(db, "domain_id")
    environ = os.environ if environ is None else environ
    account = AccountState(state_folder(environ, root), domain_id, root)
    keychain = open_keychain(domain_id, environ)
    domain = Domain(directory=data, store=store, keychain=keychain, clock=clock, account=account)
    recorded_files.settle(domain)
    with suppress(OSError):  # the folder cannot be read or written now
        staging_folders.sweep(root)
    return domain


@dataclass(kw_only=True)
class Server:
    """A running server: its lease, its tasks and its console."""

    domain: Domain
    host: TaskHost
    console: Console
    lease: Lease
    watch: ServerAuditWatch
    problem: str = ""
    """Why what needs the Server document does not work, or an empty string."""
    _awaits_certifier: bool = field(default=False, init=False)

    def begin(self, *, passing: bool = False) -> Iterator[str]:
        """Load the server's tasks; ca not until there is a certifier.

        `passing`: the server ends with its commands. It opens no port until a command is for the HTTP server: a port
        that is open for a second is useless, visible to everybody, and may belong to another program.
        """
        if self.problem:
            yield stamped(self.domain.now(), self.problem)
        self._awaits_certifier = not self._has_certifiers()
        for name in SERVER_TASKS:
            if name == "ca" and self._awaits_certifier:
                continue
            if passing and name in _DEFERRED:
                self.host.defer(name, _DEFERRED[name])
            else:
                yield from self.console.execute(f"load {name}")
        self.console.refused = False  # no commands have been typed yet

    def _has_certifiers(self) -> bool:
        with self.domain.store.snapshot() as db:
            return bool(certifiers.all_of(db, self.lease.record.server))

    def _load_ca(self) -> Iterator[str]:
        """Load ca once there is a certifier, unless it is loaded."""
        if self._awaits_certifier and "ca" in dict(self.host.running()):
            self._awaits_certifier = False
        if self._awaits_certifier and self._has_certifiers():
            self._awaits_certifier = False
            yield from self.console.execute("load ca")

    def pump(self) -> Iterator[str]:
        """Renew the lease and run the due work of every task.

        Raises:
            Error: another process has taken over the server.

        """
        self.lease.renew()
        yield from self.watch.lines()
        yield from self._load_ca()
        yield from self.host.run_due()

    def stop(self) -> Iterator[str]:
        """Stop all tasks and release the lease."""
        self.watch.stop()
        try:
            yield from self.host.quit_all()
        finally:
            self.lease.end()


def start_server(domain: Domain, identity: Identity, ask: AskPassword, progress: Progress = QUIET) -> Server:
    """Take the lease of the server whose ID is open, and prepare its tasks for loading.

    Raises:
        NotFound: it is not the ID of a server of this domain.
        Refused: the store was made by an earlier version and has not been taken over.
        Tampered: a fact about the domain is not the one that was signed, or its Server document is not there.
        Error: another process runs it.
        Cancelled: stopped while waiting for a lease that is dated in the future.

    """
    if taking_over.is_needed(domain):
        raise audit_log.earlier()
    altered = server_documents.alteration(domain, Actor.of(identity), identity.name)
    lease = leasing.take(domain, identity.name, progress)

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
    problem = f"HTTP, mail and Automatic processing are off. {altered.whole()}" if altered else ""
    return Server(domain=domain, host=host, console=Console(host), lease=lease, watch=watch, problem=problem)
