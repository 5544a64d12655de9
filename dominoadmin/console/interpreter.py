"""Interprets console lines."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from dominoadmin.errors import Cancelled, Error
from dominoadmin.i18n import marked as _
from dominoadmin.tasks.host import TaskHost, stamped

log = logging.getLogger(__name__)

HELP: Final = """\
 load ca|adminp|http          starts a task
 tell ca help                 commands of the CA process
 tell adminp help             commands of the Administration Process
 tell http restart|show|quit  the HTTP server
 tell <task> quit             stops a task
 restart task <task>          stops a task and starts it again
 restart server               stops all tasks and starts them again
 show tasks                   the running tasks
 help
 quit                         stops the server"""
_ALIASES: Final = {"l": "load", "lo": "load", "t": "tell", "te": "tell", "sh": "show", "res": "restart"}
# The parts of `tell <task> <verb> …` that may be kept: a mistyped verb may be followed by a password.
_HARMLESS: Final = {
    *("stat", "status", "show", "deactivate", "lock", "refresh", "crl"),
    *("process", "restart", "help", "quit"),
}
_BEHIND_VERB: Final = 3
EXAMPLES: Final = {
    "load": "load ca",
    "tell": "tell ca help",
    "restart": "restart task http",
    "show": "show tasks",
    "help": "help",
    "quit": "quit",
    "exit": "quit",
}
_FIRST: Final = frozenset(EXAMPLES)


def _not_understood(word: str) -> Error:
    if example := EXAMPLES.get(_ALIASES.get(word, word)):
        return Error(_("Incomplete or unknown: {word}. Try: {example}", word=word, example=example))
    return Error(_("{word} is not a console command.", word=word), _("Enter: help"))


class Console:
    """The console: one typed line in, lines of text out. The window and the terminal both use it."""

    def __init__(self, host: TaskHost) -> None:
        self._host = host
        self.ended = False
        self.refused = False

    def execute(self, line: str) -> Iterator[str]:
        """Carry out `line` and yield its output, errors included."""
        log.info("console: %s", without_secrets(line))
        try:
            yield from self._dispatch(line.strip())
        except Error as error:
            self.refused = True
            yield stamped(self._now(), f"{self._speaker(line)}{error}")
            if error.hint:
                yield f"  {error.hint}"
        except Cancelled:
            self.refused = True
            yield stamped(self._now(), "Cancelled")

    def _dispatch(self, line: str) -> Iterator[str]:
        match [word.lower() for word in line.split(maxsplit=2)]:
            case []:
                return
            case ["load" | "lo" | "l", name]:
                yield from self._host.load(name)
            case ["tell" | "te" | "t", name, "quit" | "q"]:
                yield from self._host.quit(name)
            case ["tell" | "te" | "t", name, *rest]:
                # The password after a command keeps its case.
                yield from self._host.tell(name, line.split(maxsplit=2)[2] if rest else "")
            case ["restart" | "res", "server" | "task" as what, *name] if bool(name) == (what == "task"):
                yield from self._host.restart(*name) if name else self._host.restart_all()
            case ["show" | "sh", "task" | "tasks" | "ta"]:
                yield from self._host.show_tasks()
            case ["help" | "h" | "?"]:
                yield from HELP.splitlines()
            case ["quit" | "q" | "exit"]:
                yield from self._host.quit_all()
                self.ended = True
            case [word, *_]:
                raise _not_understood(word)

    def _speaker(self, line: str) -> str:
        """Return the prefix of the addressed task: `CA Process: `."""
        first, name = (*line.lower().split(maxsplit=2), "", "")[:2]
        spoken_to = dict(self._host.running()).get(name) if _ALIASES.get(first, first) == "tell" else None
        return f"{spoken_to.prefix}: " if spoken_to else ""

    def _now(self) -> datetime:
        return self._host.now()


def without_secrets(line: str) -> str:
    """Return the parts of a console line that are known to be harmless, for the log and the history."""
    words = line.split()
    first = _ALIASES.get(words[0].lower(), words[0].lower()) if words else ""
    if first != "tell":
        return " ".join(words[:_BEHIND_VERB]) if first in _FIRST else ""
    verb = words[2].lower() if len(words) > 2 else ""  # noqa: PLR2004
    if verb == "lock":
        # Confused with unlock, the file may be followed by a password.
        return " ".join(words[: _BEHIND_VERB + 1])
    if verb in _HARMLESS:
        return " ".join(words)
    number = words[3:4] if verb == "activate" and _is_number(words[3:4]) else []
    return " ".join([*words[:3], *number]) if verb in ("activate", "unlock") else " ".join(words[:2])


def holds_password(line: str) -> bool:
    """Return whether a line ends in a password: `tell ca activate 1 …`, `tell ca unlock rob.id …`."""
    words = line.split(maxsplit=3)
    if len(words) <= _BEHIND_VERB or _ALIASES.get(words[0].lower(), words[0].lower()) != "tell":
        return False
    rest = words[_BEHIND_VERB]
    match words[_BEHIND_VERB - 1].lower():
        case "activate":
            # Without the number, the password is in its place.
            return len(rest.split()) > 1 or not _is_number([rest])
        case "unlock":
            return bool(rest.partition('" ' if rest.startswith('"') else " ")[2].strip())
        case _:
            return False


def _is_number(word: list[str]) -> bool:
    return word == ["*"] or "".join(word).isdecimal()
