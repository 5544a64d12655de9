"""Reads passwords from a file, a line of standard input, or a prompt at the terminal. Never from arguments."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Final

from dominoadmin.errors import Cancelled, Error
from dominoadmin.paths import read_limited
from dominoadmin.pki.quoting import escaped

STANDARD_INPUT: Final = "-"
LARGEST: Final = 64 * 1024
_WHAT: Final = "The password file"
_FIRST_LINE: Final = "Write the password on its first line."


def from_file(path: Path) -> str:
    """Return the first line of a password file.

    Raises:
        NotFound, Error: it cannot be read, is too large, is empty, or is not UTF-8 text.

    """
    data = read_limited(path, _WHAT, LARGEST)
    try:
        line = data.decode("utf-8-sig").split("\n", 1)[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise Error(f"{_WHAT} {path} is not UTF-8 text.", _FIRST_LINE) from None
    if not line:
        raise Error(f"{_WHAT} {path} begins with an empty line.", _FIRST_LINE)
    return line


def from_standard_input() -> str:
    """Return the next line of standard input.

    Raises:
        Error: there is none, it is empty, or it is not UTF-8 text.

    """
    line = _read_line().removesuffix("\n").removesuffix("\r")
    if not line:
        raise Error(
            "Standard input does not contain a password.", "Write one password per line, in the order of --help."
        )
    if not _is_unicode(line):
        raise Error("The password on standard input is not UTF-8 text.", "Use UTF-8.")
    return line


def ask(prompt: str, hint: str, *, confirm: bool = False) -> str:
    """Ask for a password at the terminal.

    Raises:
        Error: there is no terminal (`hint` says what to do then), or the two passwords differ.
        Cancelled: the user pressed Ctrl+C or Ctrl+D.

    """
    if not has_terminal():
        raise Error("A password is required, and there is no terminal to prompt for it.", hint)
    try:
        password = getpass.getpass(escaped(prompt))
        if confirm and getpass.getpass("Confirm Password: ") != password:
            raise Error("The passwords do not match.", "Try again.")
    except (EOFError, KeyboardInterrupt):
        raise Cancelled from None
    return password


def has_terminal() -> bool:
    """Return whether there is a terminal for prompts."""
    return bool(sys.stdin) and sys.stdin.isatty()


def _read_line() -> str:
    try:
        return sys.stdin.readline() if sys.stdin else ""
    except UnicodeDecodeError:
        return "\udcff"


def _is_unicode(text: str) -> bool:
    """Return whether the input was valid Unicode, without surrogates for undecodable bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
