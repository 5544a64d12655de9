"""The common parts of all nouns of the command line: the session, the reply, and the declaration of verbs."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass, replace
from datetime import datetime
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Final, NoReturn

from dominoadmin import application
from dominoadmin.cli import passwords
from dominoadmin.cli.terminal import harmless
from dominoadmin.console import interpreter
from dominoadmin.errors import Cancelled, Error, KeychainUnavailable, NotFound, WrongPassword
from dominoadmin.paths import default_root, typed
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.audit import shown
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.progress import Progress
from dominoadmin.store import id_files, reading
from dominoadmin.store.records import instant

PROG: Final = "dominoadmin"
_USAGE: Final = 2
ID_PASSWORD: Final = "--id-password-file"  # noqa: S105 - the option's name


@dataclass(frozen=True)
class Reply:
    """The reply of a verb: `data` for --json, `text` for people; `refused` goes to standard error and makes it fail."""

    data: object
    text: str
    code: int = 0
    refused: tuple[Error, ...] = ()


Run = Callable[["Invocation"], Reply]


def compared(run: Run, *, is_list: bool = False) -> Run:
    """Make a verb complain about each row that it has read and that is not the one that was signed.

    `is_list`: also about missing ones.
    """

    @wraps(run)
    def comparing(session: Invocation) -> Reply:
        with reading.noting() as found:
            reply = run(session)
        try:
            complaints = shown.complaints(session.domain, session.reader, found, is_list=is_list)
        except NotFound:  # there is no ID whose certifier the signatures could lead to
            return reply
        said = "\n".join(map(str, reply.refused))
        return replace(reply, refused=(*reply.refused, *(each for each in complaints if str(each) not in said)))

    return comparing


def whole_list(run: Run) -> Run:
    """Make a verb show the rows that can be read, and complain about each of the others, as `compared` does."""

    @wraps(run)
    def listing(session: Invocation) -> Reply:
        with reading.leaving_out() as damaged:
            reply = run(session)
        return replace(reply, refused=(*reply.refused, *damaged))

    return compared(listing, is_list=True)


class Invocation:
    """One run of the command line: its options, the domain, and the actor."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.opens, self.describes = identifying.open_id, identifying.describe_id

    @cached_property
    def root(self) -> Path:
        """The data directory."""
        if self.options.data == "":  # an unset variable of a script must not lead to the user's own domain
            raise Error("--data does not specify a folder.", "Specify one, or omit the option.")
        return default_root(os.environ) if self.options.data is None else typed(self.options.data)

    @cached_property
    def domain(self) -> Domain:
        """The opened domain."""
        return application.open_domain(self.root)

    def close(self) -> None:
        """Close the store, if it was opened."""
        if "domain" in self.__dict__:
            self.domain.store.close()

    @cached_property
    def id_path(self) -> Path:
        """The ID file of --id, or the default: that of the first administrator until `id use` names another."""
        if self.options.id is None:
            return identifying.default_id(self.domain)
        here = typed(self.options.id)
        return here if os.path.exists(here) else self.file(self.options.id)  # noqa: PTH110 - never raises

    def file(self, given: str) -> Path:
        """Return the file that an option names: a bare name is one of the data directory.

        Raises:
            Error: the option is empty, as the variable of a script that was never set.

        """
        typed(given)
        return self.domain.directory.file(given)

    @cached_property
    def identity(self) -> Identity:
        """The opened ID. Asks for its password if neither an option nor the keychain gives it."""
        identity = self._open(self.id_path, self.options.id_password_file)
        if sys.stderr.isatty() and not self.options.json:  # a script has named the ID itself
            print(f"{PROG}: acting as {names.abbreviated(identity.name)} ({self.id_path.name})", file=sys.stderr)
        return identity

    @cached_property
    def actor(self) -> Actor:
        """The actor for acts that need no signature: signed in if possible without a prompt, else the ID's name."""
        return self.reader if self.options.id_password_file is None else Actor.of(self.identity)

    @cached_property
    def reader(self) -> Actor:
        """The owner of the ID, without opening it: enough to verify what others have signed."""
        described = self.describes(self.domain, self.id_path)
        return Actor(described.name, described.chain[-1])

    @property
    def signer(self) -> Actor:
        """The actor for acts that change something: the opened ID signs them."""
        return Actor.of(self.identity)

    def open_certifier(self) -> Identity:
        """Open the organization's certifier's ID: with its own password, else with that of --id-password-file."""
        given = getattr(self.options, "certifier_id", None)
        path = self.file(identifying.CERT_ID if given is None else given)
        if (file := getattr(self.options, "certifier_password_file", None)) is not None:
            return self._open(path, file, "--certifier-password-file")
        return self._open(path, self.options.id_password_file)

    def open_server(self, former: str | None = None) -> Identity:
        """Open the server's ID: with --server-password-file, else the keychain, else a prompt.

        `former`: an earlier ID file of the server, for a key that is sealed to it.
        """
        option = "--server-password-file"
        if former is not None:
            password = self.password(self.options.server_password_file, f"Password for {former}: ", option=option)
            return identifying.open_holder(self.domain, self.file(former), password)
        return self._open(identifying.server_id(self.domain), self.options.server_password_file, option)

    def _open(self, path: Path, password_file: str | None, option: str = ID_PASSWORD) -> Identity:
        if password_file is not None:
            return self.opens(self.domain, path, self.password(password_file, "", option=option))
        described = id_files.describe(path)
        try:
            remembered = identifying.remembered_password(self.domain, path)
        except KeychainUnavailable as error:
            if passwords.has_terminal():  # otherwise the next message says what to do
                print(f"{PROG}: {error}", file=sys.stderr)
            remembered = None
        if remembered:
            with contextlib.suppress(WrongPassword):  # it has been changed elsewhere: ask
                return self.opens(self.domain, path, remembered)
        prompt = f"Password for {names.abbreviated(described.name)} ({path.name}): "
        return self.opens(self.domain, path, self.password(None, prompt, option=option))

    def password(self, file: str | None, prompt: str, *, confirm: bool = False, option: str = "") -> str:
        """Return a password: the first line of a file (`-`: of standard input), or what is typed at the prompt.

        If several are read from standard input, that of --id-password-file comes first, then the verb's own in the
        order of its help.

        Raises:
            Error: there is neither a file nor a terminal, or the two typed passwords differ.

        """
        if file == passwords.STANDARD_INPUT:
            first = self._id_line if self.options.id_password_file == file else ""
            return first if option == ID_PASSWORD else passwords.from_standard_input()
        if file is not None:
            return passwords.from_file(typed(file))
        return passwords.ask(prompt, f"Use {option or 'the option for it'}; - is standard input.", confirm=confirm)

    @cached_property
    def _id_line(self) -> str:
        return passwords.from_standard_input()

    def progress(self) -> Progress:
        """Return the progress for long work, which reports on standard error if that is a terminal."""
        return _TerminalProgress() if sys.stderr.isatty() and not self.options.json else Progress()


class _TerminalProgress(Progress):
    def step(self, text: str) -> None:
        print(f"{text} …", file=sys.stderr)


@dataclass(frozen=True)
class Verb:
    """The declaration of a verb. `example` is shown at the end of its --help."""

    name: str
    run: Run
    help: str
    example: str


class CommandParser(argparse.ArgumentParser):
    """A parser that says of an unknown command what there is, each in one spelling, or where it belongs."""

    usage_code = _USAGE

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with the code for wrong usage."""
        self.print_usage(sys.stderr)
        self.exit(self.get_default("usage_code") or self.usage_code, f"{self.prog}: error: {message}\n")

    def _check_value(self, action: argparse.Action, value: str) -> None:
        if not isinstance(action, argparse._SubParsersAction) or value in action.choices:  # noqa: SLF001
            return super()._check_value(action, value)
        if self.prog == PROG and (example := interpreter.EXAMPLES.get(value)):
            raise argparse.ArgumentError(
                None, f'{value!r} is a command of the server console, for example: {PROG} console -c "{example}"'
            )
        known = ", ".join(dict.fromkeys(parser.prog.split()[-1] for parser in action.choices.values()))
        raise argparse.ArgumentError(None, f"{value!r} is not a command (choose from {known})")


class Noun:
    """A noun of the command line, `dominoadmin certifier …`."""

    def __init__(self, nouns: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str) -> None:
        formatter = argparse.RawDescriptionHelpFormatter
        self._parser = nouns.add_parser(
            name, help=text, description=text, formatter_class=formatter, allow_abbrev=False
        )
        self._verbs = self._parser.add_subparsers(metavar="VERB", required=True)
        self._nouns = nouns
        self._name = name

    def also(self, spelling: str) -> None:
        """Accept another spelling of the noun; the help shows one."""
        self._nouns.choices[spelling] = self._parser

    def verb(self, verb: Verb) -> argparse.ArgumentParser:
        """Add a verb and return its parser for the options."""
        self._parser.epilog = self._parser.epilog or _epilog(verb)
        return add_command(self._verbs, verb, f"{self._name} {verb.name}")


def add_command(
    parsers: argparse._SubParsersAction[argparse.ArgumentParser], verb: Verb, command: str
) -> argparse.ArgumentParser:
    """Add a command with its example."""
    parser = parsers.add_parser(
        verb.name,
        help=verb.help,
        description=verb.help,
        epilog=_epilog(verb),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # scripts would break once another option begins the same way
    )
    parser.set_defaults(run=verb.run, command=command, usage_code=_USAGE)
    add_globals(parser, argparse.SUPPRESS)
    return parser


def _epilog(verb: Verb) -> str:
    return f"example:\n  {PROG} {verb.example}"


def add_globals(parser: argparse.ArgumentParser, default: object = None) -> None:
    """Add the options that are allowed before the noun or after the verb."""
    group = parser.add_argument_group("everywhere", "before the noun or after the verb")
    group.add_argument("--data", metavar="DIR", default=default, help="the data directory")
    group.add_argument(
        "--id", metavar="FILE", default=default, help="the ID file to act with; default: that of 'id use'"
    )
    group.add_argument(
        "--id-password-file", metavar="FILE", default=default, help="its password; -: the first line of standard input"
    )
    group.add_argument(
        "--json", action="store_true", default=default if default is argparse.SUPPRESS else False, help="answer in JSON"
    )


def asks(session: Invocation) -> bool:
    """Return whether there is a terminal to ask at, and --yes was not given."""
    return not session.options.yes and passwords.has_terminal()


def confirmed(session: Invocation, text: str, question: str = "Merge? [Y/n] ", default: str = "y") -> bool:
    """Show `text` and ask, if there is a terminal; return whether the answer was yes.

    Raises:
        Cancelled: the input ended.

    """
    if not asks(session):
        return True
    print(harmless(text), file=sys.stderr)
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise Cancelled
    return (line.strip().lower() or default) in ("y", "yes")


def plain(value: object) -> Any:  # noqa: ANN401 - JSON is any of many types
    """Return `value` as plain JSON types: times in ISO 8601 UTC, paths as text, without bytes."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items() if not isinstance(item, bytes)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    return value


def to_json(value: object) -> str:
    """Return `value` as indented JSON."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False)


def table(rows: list[dict[str, object]], columns: dict[str, str]) -> str:
    """Return rows as aligned text. `columns` maps keys to headings."""
    if not rows:
        return "(none)"
    texts = [[_cell(row.get(key)) for key in columns] for row in rows]
    lines = [list(columns.values()), *texts]
    widths = [max(len(line[number]) for line in lines) for number in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def details(pairs: Mapping[str, object]) -> str:
    """Return labelled lines."""
    shown = [(f"{escaped(label)}:", _cell(value)) for label, value in pairs.items()]
    width = max((len(label) for label, _value in shown), default=0) + 1
    return "\n".join(f"{label:<{width}}{value}" for label, value in shown)


def indented(text: str) -> str:
    """Return lines indented below the line they belong to."""
    return "\n".join(f"  {line}" for line in text.splitlines())


def _cell(value: object) -> str:
    if value is None or value in ("", (), []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(escaped(str(each)) for each in value)
    return escaped(str(plain(value)))


def write_new(path: Path, data: bytes) -> None:
    """Write a file the user named with --out; an existing one is never overwritten.

    Raises:
        Error: it exists, or cannot be written.

    """
    from dominoadmin.paths import write_whole

    check_new(path)
    write_whole(path, data, replace=False)


def check_new(path: Path) -> None:
    """Raise `Error` if a file that the user named with --out exists, or its folder does not."""
    if os.path.exists(path):  # noqa: PTH110 - never raises
        raise Error(f"{path} already exists.", "Choose another name with --out, or move the existing file.")
    if not os.path.isdir(path.parent):  # noqa: PTH112
        raise NotFound(
            f"The folder {path.parent} does not exist.", "Create it first, or choose another one with --out."
        )
