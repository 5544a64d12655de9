"""The command line: parses, calls one service, prints, and gives the exit code.

0 done, 1 refused (a sentence and a hint on standard error), 2 usage, 130 cancelled. `status` counts otherwise.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from dominoadmin import __version__
from dominoadmin.cli import (
    audit,
    certificate,
    certifier,
    crl,
    crosscert,
    database,
    find,
    icl,
    identity,
    keyring,
    mail,
    request,
    server,
    setup,
    status,
    store,
    tour,
)
from dominoadmin.cli.framework import PROG, CommandParser, Invocation, add_globals, to_json
from dominoadmin.cli.terminal import harmless, harmless_json
from dominoadmin.errors import Cancelled, Error
from dominoadmin.paths import reason
from dominoadmin.pki.quoting import escaped

REFUSED: Final = 1
CANCELLED: Final = 130
_LONGEST: Final = 1000

_NOUNS: Final = (
    setup, identity, certifier, server, database, keyring, request, icl, crl, certificate, crosscert, mail, audit,
    find, status, store, tour,
)  # fmt: skip


def build_parser() -> CommandParser:
    """Return the whole command line."""
    parser = CommandParser(
        prog=PROG,
        description=(
            "A certification authority that works like the Domino Administrator.\nWithout a command, the window opens."
        ),
        epilog=f"example:\n  {PROG} setup --organization MyCompany --server Server1 --host server1.example.com"
        ' --admin "Ann Admin" --admin-password-file secret.txt',
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROG} {__version__}")
    add_globals(parser)
    nouns = parser.add_subparsers(metavar="NOUN", required=True)
    for noun in _NOUNS:
        noun.add(nouns)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    os.umask(0o077)
    parser = build_parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.usage_code = options.usage_code
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    session = Invocation(options)
    try:
        reply = options.run(session)
        _write(harmless_json(to_json(reply.data)) if options.json else harmless(reply.text))
    except Error as error:
        _complain(error)
        return REFUSED
    except (Cancelled, KeyboardInterrupt):
        print(f"{PROG}: cancelled", file=sys.stderr)
        return CANCELLED
    finally:
        session.close()
    for refusal in reply.refused:
        _complain(refusal)
    return int(reply.code) or (REFUSED if reply.refused else 0)


def _write(output: str) -> None:
    if not output:
        return
    try:
        print(output, flush=True)
    except BrokenPipeError:
        raise  # the reader has ended, as with `| head`
    except OSError as error:
        raise Error(f"The command succeeded, but its output cannot be written: {reason(error)}.") from None


def _complain(error: Error) -> None:
    print(f"{PROG}: {_line(str(error))}", file=sys.stderr)
    if error.hint:
        print(f"  {_line(error.hint)}", file=sys.stderr)


def _line(text: str) -> str:
    """Return a sentence as one safe line: it may contain untrusted text."""
    shown = escaped(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST // 2]} … {shown[-_LONGEST // 2 :]}"
