"""The server on a terminal: a console that reads lines while the tasks work."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final

from dominoadmin import application, logs
from dominoadmin.application import Server
from dominoadmin.cli import passwords
from dominoadmin.cli.framework import Invocation, Reply
from dominoadmin.console.interpreter import holds_password, without_secrets
from dominoadmin.errors import Cancelled, Refused
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.progress import Telling

_TICK: Final = 0.5
Show = Callable[[Iterable[str]], None]


def run_console(session: Invocation) -> Reply:
    """Carry out the commands given with -c, or read lines until `quit` or the end of input."""
    commands = session.options.commands
    if any(map(holds_password, commands)):
        raise Refused(
            "Do not put a password on the command line: other users of this machine can read it.",
            "Omit it and type it when prompted, or write the commands to standard input instead of using -c.",
        )
    lines: list[str] = []
    show = lines.extend if session.options.json else _print
    with _running(session, show) as server:
        show(server.begin(passing=bool(commands) or not passwords.has_terminal()))
        if not commands:
            with _signals() as stop:
                _converse(server, show, stop, ends_with_input=True)
        for command in commands:
            show(server.console.execute(command))
            show(server.pump())
    return Reply({"lines": lines}, "", 1 if commands and server.console.refused else 0)


def run_server(session: Invocation) -> Reply:
    """Run the tasks until `quit`, Ctrl+C or SIGTERM."""
    with _running(session, _print) as server, _signals() as stop:
        _print(server.begin())
        _converse(server, _print, stop, ends_with_input=False)
    return Reply({}, "")


@contextlib.contextmanager
def _running(session: Invocation, show: Show) -> Iterator[Server]:
    identity = session.open_server()
    with logs.written(session.domain.directory.root / "log"):
        server = application.start_server(session.domain, identity, _ask, Telling(lambda text: show([f"{text} …"])))
        try:
            yield server
        finally:
            show(list(server.stop()))  # everything has stopped before output that may fail


def _may_read() -> bool:
    """Return whether standard input may be read: the system stops a background job that reads its terminal."""
    if sys.stdin is None or sys.stdin.closed:
        return False
    try:
        return not sys.stdin.isatty() or os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return True


def _ask(prompt: str) -> str:
    """Ask for the password of a console command. Ctrl+C cancels this command, not the server."""
    if threading.current_thread() is not threading.main_thread():
        return passwords.ask(prompt, "")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return passwords.ask(prompt, "On standard input, write it after the command.")
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass
class _Stop:
    """A request to stop the server, and the signal's number."""

    asked: threading.Event = field(default_factory=threading.Event)
    number: int = 0


def _converse(server: Server, show: Show, stop: _Stop, *, ends_with_input: bool) -> None:
    """Run tasks and read lines in turn, until requested to stop.

    Raises:
        Cancelled: Ctrl+C was pressed.

    """
    typed: queue.Queue[str | None] = queue.Queue()
    next_line = threading.Semaphore(1)
    with _terminal():
        if ends_with_input or _may_read():
            threading.Thread(target=_read, args=(typed, next_line), daemon=True, name="console input").start()
        while not stop.asked.is_set():
            with contextlib.suppress(queue.Empty):
                line = typed.get(timeout=_TICK)
                if line is None and ends_with_input:
                    return
                if line is not None:
                    show(server.console.execute(line))
                    if server.console.ended:
                        return
                    next_line.release()
            show(server.pump())
        if stop.number == signal.SIGINT:
            raise Cancelled


def _read(typed: queue.Queue[str | None], next_line: threading.Semaphore) -> None:
    """Pass lines on one at a time, so that nothing else reads while a command asks for a password."""
    if sys.stdin:
        source = _prompted() if sys.stdin.isatty() else iter(sys.stdin.readline, "")
        next_line.acquire()
        for line in source:
            typed.put(line)
            next_line.acquire()
    typed.put(None)


def _prompted() -> Iterator[str]:
    """Read from a terminal, with history and editing; passwords are not in the history."""
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
def _terminal() -> Iterator[None]:
    """Restore the terminal at the end: the reading thread may be stopped while a line is edited."""
    if not passwords.has_terminal():
        yield
        return
    import termios

    before: list[Any] = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _signals() -> Iterator[_Stop]:
    stop = _Stop()

    def end(number: int, _frame: FrameType | None) -> None:
        stop.number = number
        stop.asked.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(escaped(line), flush=True)
