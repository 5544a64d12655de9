"""The Administration Process task: when the work of `services.adminp` is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.pki.identities import Identity
from dominoadmin.services import adminp
from dominoadmin.services.domain import Actor, Domain

INTERVAL: Final = timedelta(seconds=5)
PASSES: Final = ("all", "new", "interval", "daily", "delayed")


class AdminpTask:
    """`load adminp`."""

    title = "Administration Process"
    prefix = "Admin Process"

    def __init__(self, domain: Domain, server: Identity) -> None:
        self._domain = domain
        self._server = Actor.of(server)
        self._next = domain.now()
        self._told: set[str] = set()

    def start(self) -> Iterator[str]:
        """Do what waits."""
        yield from self.run_due()

    def stop(self) -> None:
        """Nothing is kept."""

    def status(self) -> list[str]:
        """Say that it waits."""
        return ["Idle"]

    def run_due(self) -> Iterator[str]:
        """Do what waits, every few seconds."""
        if self._domain.now() >= self._next:
            self._next = self._domain.now() + INTERVAL
            lines = list(adminp.process(self._domain, self._server))
            # An explanation is given once, not every few seconds until somebody reads it.
            explained = {line for line in lines if line.endswith(adminp.UNRESTRICTED)}
            yield from (line for line in lines if line not in self._told)
            self._told = explained

    def tell(self, command: str) -> Iterator[str]:
        """Carry out `tell adminp process all|new|interval|daily|delayed` (fact sheet 3.3)."""
        match command.lower().split():
            case ["process", which] if which in PASSES:
                yield "Searching Administration Requests database"
                yield from adminp.process(self._domain, self._server)
            case ["help"] | []:
                yield f" tell adminp process {'|'.join(PASSES)}"
                yield " tell adminp quit"
            case [word, *_]:
                raise Refused(f"The Administration Process has no command {word} like that.", "Enter: tell adminp help")
