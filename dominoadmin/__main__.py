"""Starts the program."""

from __future__ import annotations

import contextlib
import os
import sys


def main() -> int:
    """Run the command line. No core file of this process may ever hold a key."""
    _forbid_core_files()
    from dominoadmin.cli.main import main as command_line

    try:
        return command_line()
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does: nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _forbid_core_files() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
