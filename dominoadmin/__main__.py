"""Starts the program."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from pathlib import Path

_CANCELLED = 130
THRESHOLDS = (20_000, 10, 100)
"""When Python looks for garbage in cycles in the command line and the server (the window has its own `Collector`).

An act of a thousand certificates has ten thousands of objects until it ends; with Python's own 700, 10, 10 it would be
searched a hundred times for nothing, which takes 5 % of the time.
"""


def main() -> int:
    """Run the window, or the command line if there is a command. Core files are off, as they could contain keys."""
    _forbid_core_files()
    _tolerate_odd_characters()
    try:
        if (folder := _folder_of_the_window(sys.argv[1:])) is not None:
            return _client(folder)
        from dominoadmin.cli.main import main as command_line

        gc.set_threshold(*THRESHOLDS)
        return command_line()
    except BrokenPipeError:  # the reader of our output has ended, as with `| head`: no error
        return 0
    except KeyboardInterrupt:  # before or after the command itself
        return _CANCELLED
    finally:
        _drop_what_cannot_be_written()


def _folder_of_the_window(arguments: list[str]) -> str | None:
    """Return the data directory ('' for the default) if no command is given, else None."""
    match arguments:
        case []:
            return ""
        case ["--data", folder]:
            return folder
        case _:
            return None


def _client(folder: str) -> int:
    from dominoadmin.errors import Error
    from dominoadmin.paths import default_root

    os.umask(0o077)
    try:
        try:
            from dominoadmin.gui import application
        except ImportError as error:  # a system library, such as libGL.so.1
            text = f"The window cannot be opened: {error}."
            raise Error(
                text, "Install the missing packages (see README.md), or use the command line: --help."
            ) from None
        return application.run(Path(folder) if folder else default_root(os.environ))
    except Error as error:
        sys.stderr.write(f"dominoadmin: {error}\n  {error.hint}\n")
        return 1


def _drop_what_cannot_be_written() -> None:
    """Flush the output here, as Python reports an error on exit if nobody reads it."""
    if sys.stdout:
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _forbid_core_files() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tolerate_odd_characters() -> None:
    """Prevent failures on characters that the terminal or pipe cannot show."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


if __name__ == "__main__":
    sys.exit(main())
