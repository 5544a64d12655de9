"""Loads, lists and quits the server tasks, and runs each in turn."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final, Protocol

from dominoadmin.errors import Cancelled, Error, NotFound
from dominoadmin.i18n import marked as _

log = logging.getLogger(__name__)

TITLE_WIDTH: Final = 21
UNEXPECTED: Final = _("An unexpected error occurred; see the log for details.")


class Task(Protocol):
    """A long-lived part of the server, controlled by `tell`."""

    title: str
    prefix: str
    again: str
    """The command that makes the task check for changes at once, used if it is loaded a second time."""

    def start(self) -> Iterator[str]:
        """Start working; yield lines for the console."""

    def status(self) -> list[str]:
        """Return the task's activities, one line for each of its parts, for `show tasks`."""

    def tell(self, command: str) -> Iterator[str]:
        """Carry out one command and yield its output lines."""

    def run_due(self) -> Iterator[str]:
        """Do the due work; yield lines about it."""

    def stop(self) -> None:
        """Stop working and forget every secret."""


class TaskHost:
    """The tasks of the server. Each runs once, and only one works at a time."""

    def __init__(self, factories: Mapping[str, Callable[[], Task]], clock: Callable[[], datetime]) -> None:
        self._factories = factories
        self._clock = clock
        self._loaded: dict[str, Task] = {}
        self._deferred: dict[str, str] = {}
        self._turn = threading.RLock()
        self._bugs: dict[str, str] = {}

    def load(self, name: str) -> Iterator[str]:
        """Start a task.

        Raises:
            NotFound: there is no such task.
            Error: it cannot start.

        """
        with self._turn:
            self._check_name(name)
            with _bugs_logged(name):
                lines = self._already(self._loaded[name]) if name in self._loaded else self._started(name)
        # Nothing is yielded while the lock is held: a reader may be slow, or never continue.
        yield from lines

    def _already(self, task: Task) -> list[str]:
        """Report no error: the task is loaded, and a script that loads it to be sure can continue."""
        return [
            self._stamped(task, _("The {title} is already running.", title=task.title)),
            f"  To make it look for changes now, enter: {task.again}",
        ]

    def _started(self, name: str) -> list[str]:
        task = self._factories[name]()
        lines = [self._stamped(task, line) for line in task.start()]
        self._loaded[name] = task
        self._deferred.pop(name, None)
        return [self._stamped(task, f"{task.title} started"), *lines]

    def defer(self, name: str, title: str) -> None:
        """Load a task only when it gets a command."""
        self._deferred[name] = title

    def restart(self, name: str) -> Iterator[str]:
        """Stop a task and load it again; one that was deferred is loaded."""
        if name not in self._deferred:
            yield from self.quit(name)
        yield from self.load(name)

    def restart_all(self) -> Iterator[str]:
        """Stop all tasks and load them again, in the same order; one that cannot start reports it."""
        names = [name for name, _ in self.running()]
        yield from self.quit_all()
        for name in names:
            try:
                yield from self.load(name)
            except Error as error:
                yield stamped(self._clock(), str(error))

    def quit(self, name: str) -> Iterator[str]:
        """Stop a task."""
        with self._turn:
            task = self.task(name)
            task.stop()
            del self._loaded[name]
        yield self._stamped(task, f"{task.title} shutdown complete")

    def tell(self, name: str, command: str) -> Iterator[str]:
        """Carry out a command of a task; a deferred one is loaded for it."""
        lines = []
        with self._turn, _bugs_logged(name):
            deferred = name in self._deferred
            if deferred:
                lines += self._started(name)
            if not (deferred and f"tell {name} {command}" == self.task(name).again):  # it has just read all changes
                lines += self._told(self.task(name), command)
        yield from lines

    def _told(self, task: Task, command: str) -> list[str]:
        return [line if line.startswith(" ") else self._stamped(task, line) for line in task.tell(command)]

    def _check_name(self, name: str) -> None:
        if name not in self._factories:
            raise NotFound(
                _("{name} is not a server task.", name=name), _("Available: {names}.", names=", ".join(self._factories))
            )

    def task(self, name: str) -> Task:
        """Return a running task.

        Raises:
            NotFound: there is no such task, or it is not loaded.

        """
        self._check_name(name)
        try:
            return self._loaded[name]
        except KeyError:
            raise NotFound(_("The task {name} is not loaded.", name=name), _("Enter: load {name}", name=name)) from None

    def now(self) -> datetime:
        """Return the server's time."""
        return self._clock()

    def running(self) -> list[tuple[str, Task]]:
        """Return the running tasks in the order they were loaded."""
        return list(self._loaded.items())

    def show_tasks(self) -> Iterator[str]:
        """Yield the table of `show tasks`."""
        yield ""
        yield f"       {'Task':<{TITLE_WIDTH - 7}}Description"
        for _rest, task in self.running():
            for line in task.status():
                yield f" {task.prefix:<{TITLE_WIDTH - 1}}{line}"
        for title in self._deferred.values():
            yield f" {title:<{TITLE_WIDTH - 1}}Starts with the first command for it"

    def run_due(self) -> Iterator[str]:
        """Run every task in turn; a task that fails reports it and continues next time."""
        for name, task in self.running():
            with self._turn:
                lines = list(self._turn_of(name, task))
            yield from lines

    def _turn_of(self, name: str, task: Task) -> Iterator[str]:
        try:
            for line in task.run_due():
                yield self._stamped(task, line)
        except Error as error:
            yield self._stamped(task, str(error))
        except Exception as bug:  # a bug: the other tasks continue, and this one at its next turn
            if self._bugs.get(name) != repr(bug):  # it may recur every few seconds
                log.exception("%s failed", task.title)
                yield self._stamped(task, UNEXPECTED)
            self._bugs[name] = repr(bug)
        else:
            self._bugs.pop(name, None)

    def quit_all(self) -> Iterator[str]:
        """Stop all tasks, last loaded first."""
        for name, _rest in reversed(self.running()):
            yield from self.quit(name)

    def _stamped(self, task: Task, line: str) -> str:
        return stamped(self._clock(), f"{task.prefix}: {line}")


@contextmanager
def _bugs_logged(name: str) -> Iterator[None]:
    """Turn a bug of ours into a sentence: one command must not end the server, with all the tasks that run."""
    try:
        yield
    except (Error, Cancelled):
        raise
    except Exception as bug:
        log.exception("%s failed", name)
        raise Error(UNEXPECTED) from bug


def stamped(moment: datetime, text: str) -> str:
    """Return a line with Domino's time stamp: local time, then two spaces."""
    return f"{moment.astimezone():%m/%d/%Y %I:%M:%S %p}  {text}"
