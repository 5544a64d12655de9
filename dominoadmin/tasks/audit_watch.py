"""Compares the audit log with the keychain when the server starts and as the log grows, in the background."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Iterator
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.services.audit import anchoring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.store.keychain import NoKeychain

log = logging.getLogger(__name__)

EVERY: Final = 60.0  # seconds; the keychain is updated for many acts at once
_STAMP: Final = "%m/%d/%Y %H:%M:%S"


class ServerAuditWatch:
    """Runs in its own thread, as a keychain may ask for its password, and a long log takes time."""

    def __init__(self, domain: Domain, actor: Actor) -> None:
        self._domain, self._actor = domain, actor
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._told = ""

    def start(self) -> None:
        """Begin, unless the user wants no keychain."""
        if not isinstance(self._domain.keychain, NoKeychain):
            threading.Thread(target=self._run, name="audit watch", daemon=True).start()

    def lines(self) -> Iterator[str]:
        """Yield lines for the console."""
        while not self._lines.empty():
            yield self._lines.get()

    def stop(self) -> None:
        """End after the current step."""
        self._ended.set()

    def look(self) -> None:
        """Check once; a problem is reported when it is found, not each time."""
        seen = anchoring.look(self._domain, self._actor, _UntilEnded(self._ended))
        problem = seen.problem or seen.unavailable
        if problem and problem != self._told:
            self._lines.put(f"{self._domain.now().astimezone().strftime(_STAMP)}   Audit log: {problem}")
        self._told = problem

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                with contextlib.suppress(Error):  # the store fails now: others report it, and this is tried again
                    self.look()
            except Exception:  # a bug; the thread has no caller to raise to
                log.exception("the audit log cannot be watched")
                return
            self._ended.wait(EVERY)


class _UntilEnded(Progress):
    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended

    def step(self, text: str) -> None:
        del text
        if self._ended.is_set():
            raise Error(_("The server is stopping."))
