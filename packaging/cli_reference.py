"""Writes docs/cli.md from the command line's own parser, so that the document is always current.

It reads the parser's actions instead of calling `format_help`, whose layout changes with the version of Python.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

_TOP = 2
HEAD = """\
# The command line

<!-- Written by `make doc` from the commands' own help. Edit the help, not this file. -->

The options of the first table can come before the noun or after the verb. Where several passwords are read from
standard input, each is a line of its own: first the one of `--id-password-file`, then the command's own in the order
of its table.
"""


def reference(parser: argparse.ArgumentParser) -> str:
    """Return the whole reference as Markdown: the options of every command, then its subcommands in turn."""
    everywhere = frozenset(option for action in parser._actions for option in action.option_strings)
    return "\n".join([HEAD, *_sections(parser, _TOP, everywhere)]).rstrip() + "\n"


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of every command that has no subcommands of its own."""
    children = _children(parser)
    if not children:
        yield parser
    for child in children.values():
        yield from commands(child)


def _sections(parser: argparse.ArgumentParser, level: int, everywhere: frozenset[str]) -> Iterator[str]:
    """Yield one section per command; the options that are allowed everywhere are only in the first one."""
    yield f"{'#' * min(level, 4)} `{parser.prog}`\n"
    if parser.description:
        yield f"{_text(parser.description, parser)}\n"
    own = [action for action in parser._actions if level == _TOP or not everywhere.intersection(action.option_strings)]
    rows = [row for action in own if (row := _row(action, parser))]
    if rows:
        yield "\n".join(["| | |", "|---|---|", *rows]) + "\n"
    if parser.epilog:
        yield f"```\n{_text(parser.epilog, parser)}\n```\n"
    for child in _children(parser).values():
        yield from _sections(child, level + 1, everywhere)


def _row(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    if action.help == argparse.SUPPRESS or action.dest == "help" or isinstance(action, argparse._SubParsersAction):
        return ""
    notes = [_text(action.help or "", parser, action)]
    if action.required and action.option_strings:
        notes.append("required")
    if isinstance(action, argparse._AppendAction):
        notes.append("may be given several times")
    return f"| `{_form(action)}` | {'; '.join(note for note in notes if note)} |".replace("|  |", "| |")


def _form(action: argparse.Action) -> str:
    """Return the typed form of the argument: `--name VALUE`, or `VALUE` for a positional one."""
    if action.nargs == 0:
        return ", ".join(action.option_strings)
    value = _metavar(action)
    repeated = {"*": f"[{value} …]", "+": f"{value} …", "?": f"[{value}]"}
    value = repeated.get(str(action.nargs), value)
    return " ".join(filter(None, [", ".join(action.option_strings), value]))


def _metavar(action: argparse.Action) -> str:
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    if action.metavar:
        return action.metavar
    if action.choices is not None:
        return "{" + ",".join(str(choice) for choice in action.choices) + "}"
    return action.dest.upper() if action.option_strings else action.dest


def _text(template: str, parser: argparse.ArgumentParser, action: argparse.Action | None = None) -> str:
    """Fill in what argparse itself would: `%(prog)s`, `%(default)s` and the action's other attributes."""
    values: dict[str, object] = dict(vars(action)) if action else {}
    text = template % {**values, "prog": parser.prog}
    return text.strip() if action is None else " ".join(text.split()).replace("|", "\\|")


def _children(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the subcommands by name, each once even if it has aliases."""
    found: dict[int, tuple[str, argparse.ArgumentParser]] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                found.setdefault(id(child), (name, child))
    return dict(found.values())


def main(arguments: list[str]) -> int:
    """Write the reference to the file named as the only argument."""
    from dominoadmin.cli.main import build_parser

    if len(arguments) != 1:
        print("usage: cli_reference.py FILE", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(reference(build_parser()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
