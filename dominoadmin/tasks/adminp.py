"""The Administration Process task: schedules the work of `services.processes.adminp`."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.processes import adminp
from dominoadmin.tasks.turns import Turns

INTERVAL: Final = timedelta(seconds=5)
_PATIENCE: Final = 2.0
PASSES: Final = ("all", "new", "interval", "daily", "delayed")
# Domino's other kinds of requests (fact sheet 3.3), which a certification authority never has.
_NOTHING: Final = {
    "people": _("There are no requests for Person documents."),
    "time": _("There are no requests to delete unlinked mail files."),
    "mail policy": _("There are no mail policies in this domain."),
    "mb": _("There are no mail files with an Inbox Maintenance agent."),
}


class AdminpTask:
    """`load adminp`."""

    title = "Administration Process"
    prefix = "Admin Process"
    again = "tell adminp process all"

    def __init__(self, domain: Domain, server: Identity) -> None:
        self._domain = domain
        self._server = Actor.of(server)
        self._turns = Turns(domain, INTERVAL)
        self._told: set[str] = set()
        self._mail = _MailRun(domain, self._server)

    def start(self) -> Iterator[str]:
        """Do the waiting work."""
        yield from self.run_due()

    def stop(self) -> None:
        """Wait a moment for mail that is being sent."""
        self._mail.wait()
        self._turns.close()

    def status(self) -> list[str]:
        """Return the status line."""
        return ["Idle"]

    def run_due(self) -> Iterator[str]:
        """Do the waiting work, every few seconds if there may be any."""
        yield from self._mail.told()
        if self._turns.is_due():
            self._turns.begin()
            lines = list(adminp.process(self._domain, self._server))
            # An explanation is given once, not every few seconds until somebody reads it.
            explained: set[str] = {line for line in lines if isinstance(line, adminp.LastingProblem)}
            yield from (line for line in lines if line not in self._told)
            self._told = explained
            self._mail.begin()
            self._turns.end(is_finished=not lines)

    def tell(self, command: str) -> Iterator[str]:
        """Carry out `tell adminp process …` (fact sheet 3.3)."""
        match command.lower().split():
            case ["process", which] if which in PASSES:
                yield "Searching Administration Requests database"
                yield from adminp.process(self._domain, self._server)
                self._mail.begin()
                self._mail.wait()
                yield from self._mail.told()
            case ["process", *words] if " ".join(words) in _NOTHING:
                yield _NOTHING[" ".join(words)]
            case ["process", *words]:
                raise Refused(
                    _("The Administration Process cannot process {words}.", words=" ".join(words))
                    if words
                    else _("Specify which requests the Administration Process should process."),
                    _("Enter: tell adminp process all"),
                )
            case ["help"] | []:
                yield f" tell adminp process {'|'.join((*PASSES, *_NOTHING))}"
                yield " tell adminp quit"
            case [word, *_]:
                raise Refused(
                    _("The Administration Process does not know the command {command}.", command=word),
                    _("Enter: tell adminp help"),
                )


class _MailRun:
    """Offers mail to the relay in the background: a slow relay must not delay the CA process."""

    def __init__(self, domain: Domain, server: Actor) -> None:
        self._domain, self._server = domain, server
        self._problem = ""
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread()

    def begin(self) -> None:
        """Start a run unless one is active."""
        if not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="mail relay", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Wait a moment for the run to end."""
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def told(self) -> Iterator[str]:
        """Yield the output of the runs."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._lines.get_nowait()

    def _run(self) -> None:
        problem = ""
        try:
            for line in adminp.relay(self._domain, self._server):
                self._lines.put(line)
        except Error as error:
            problem = str(error)
        if problem != self._problem:
            self._problem = problem
            self._lines.put(problem or _("Mail is sent again."))
