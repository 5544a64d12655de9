"""Starts the program."""

from __future__ import annotations

import contextlib
import io
import os
import sys

_CANCELLED = 130


def main() -> int:
    """Run the command line. No core file of this process may ever hold a key."""
    _forbid_core_files()
    _tolerate_odd_characters()
    try:
        from dominoadmin.cli.main import main as command_line

        return command_line()
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does: nothing is wrong
        return 0
    except KeyboardInterrupt:  # before or after the command itself
        return _CANCELLED
    finally:
        _drop_what_cannot_be_written()


def _drop_what_cannot_be_written() -> None:
    """Write what is left of the output; Python would complain at its end of what nobody takes."""
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
    """Let no character that the terminal or a pipe does not know end the program."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


if __name__ == "__main__":
    sys.exit(main())
