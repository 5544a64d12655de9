"""The server on a terminal: a console that reads lines while the tasks work."""

from __future__ import annotations

import contextlib
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Final

from dominoadmin import application
from dominoadmin.application import Server
from dominoadmin.cli.framework import PROG, Reply, Session, ask_password
from dominoadmin.console.interpreter import without_secrets
from dominoadmin.errors import Error

_TICK: Final = 0.5
_TASKS: Final = ("ca", "adminp", "http")
Show = Callable[[Iterable[str]], None]


def run_console(session: Session) -> Reply:
    """Carry out the commands given with -c, or read lines until `quit` or the end of input."""
    server = application.start_server(session.domain, session.open_server(), ask_password)
    lines: list[str] = []
    show = lines.extend if session.options.json else _print
    try:
        if session.options.commands:
            for command in session.options.commands:
                show(server.console.execute(command))
                show(server.pump())
        else:
            _converse(server, show, ends_with_input=True)
    finally:
        show(server.stop())
    return Reply({"lines": lines}, "", 1 if session.options.commands and server.console.refused else 0)


def run_server(session: Session) -> Reply:
    """Run the tasks until `quit` or SIGTERM."""
    server = application.start_server(session.domain, session.open_server(), ask_password)
    try:
        for task in _TASKS:
            _print(server.console.execute(f"load {task}"))
        _converse(server, _print, ends_with_input=False)
    finally:
        _print(server.stop())
    return Reply({}, "")


def _converse(server: Server, show: Show, *, ends_with_input: bool) -> None:
    """Work and listen by turns, until told to stop."""
    stop = threading.Event()
    typed: queue.Queue[str | None] = queue.Queue()
    done = threading.Semaphore(1)
    threading.Thread(target=_read, args=(typed, done), daemon=True, name="console input").start()
    with _signals(stop):
        while not (stop.is_set() or server.console.ended):
            with contextlib.suppress(queue.Empty):
                line = typed.get(timeout=_TICK)
                if line is None and ends_with_input:
                    return
                if line is not None:
                    show(server.console.execute(line))
                    done.release()
            try:
                show(server.pump())
            except Error as error:
                print(f"{PROG}: {error} {error.hint}", file=sys.stderr)
                return


def _read(typed: queue.Queue[str | None], done: threading.Semaphore) -> None:
    """Hand lines over one at a time, so that nobody else reads while a command asks for a password."""
    source = _prompted() if sys.stdin.isatty() else iter(sys.stdin.readline, "")
    done.acquire()
    for line in source:
        typed.put(line)
        done.acquire()
    typed.put(None)


def _prompted() -> Iterator[str]:
    """Read from a terminal, with history and editing; passwords stay out of the history."""
    import readline

    readline.set_auto_history(False)
    while True:
        try:
            line = input("> ")
        except EOFError:
            return
        if line.strip():
            readline.add_history(without_secrets(line))
        yield line


@contextlib.contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)
