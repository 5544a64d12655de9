"""A screen reader's view: walks the accessibility tree of the running program over D-Bus (AT-SPI 2), from outside.

    dbus-run-session -- python -m tests.e2e.accessibility [NAME]…

opens each window of the program on a virtual screen and prints what a user of a screen reader would miss, as JSON.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.e2e.accessible_program import DOCUMENTS, PLACES
from tests.e2e.screen import virtual_screen

ACCESSIBLE = "org.a11y.atspi.Accessible"
# AtspiStateType, atspi-constants.h.
FOCUSABLE, SHOWING = 11, 25
# What only holds others, or is a row, a heading or a cell that its table names; a menu bar is entered by its menus.
HOLDERS = {
    "application", "frame", "dialog", "alert", "window", "filler", "panel", "scroll pane", "viewport", "layered pane", "split pane",
    "page tab list", "tool bar", "status bar", "menu bar", "scroll bar", "separator", "redundant object", "root pane", "internal frame",
    "table cell", "list item", "tree item", "table column header", "table row header", "column header", "row header", "section",
}  # fmt: skip
_AGAIN = 5
_PATIENCE = 60  # seconds for a window to open
MAIN = "frame"  # the role of the program's window
NO_ROLES = {"invalid", "unknown", ""}


class Gone(Exception):
    """An object has been destroyed."""


@dataclass(frozen=True)
class Node:
    """What a screen reader is told about one object, and the roles around it."""

    name: str
    description: str
    role: str
    states: int
    path: str

    def has(self, state: int) -> bool:
        return bool(self.states >> state & 1)


class Tree:
    """The accessibility bus."""

    def __init__(self) -> None:
        session = open_dbus_connection("SESSION")
        status = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Status")
        asked(session, Properties(status).set("IsEnabled", "b", True))
        asked(session, Properties(status).set("ScreenReaderEnabled", "b", True))
        (address,) = asked(session, new_method_call(DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus"), "GetAddress"))
        os.environ["AT_SPI_BUS_ADDRESS"] = address
        self._bus = open_dbus_connection(address)

    def program(self) -> tuple[str, str]:
        """Return the one program on the bus: its name and its root."""
        (children,) = self._call("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root", "GetChildren")
        (found,) = children
        return found

    def whole(self, bus: str, root: str, *, in_front: bool) -> list[Node]:
        """Return all objects on the screen, of dialogs only `in_front`; what changes meanwhile is looked at again."""
        for _time in range(_AGAIN):
            with suppress(Gone):
                (windows,) = self._call(bus, root, "GetChildren")
                tops = [(self.read(name, path, ""), name, path) for name, path in windows]
                chosen = [top for top in tops if not in_front or top[0].role != MAIN]
                return [each for node, name, path in chosen for each in (node, *self.walk(name, path, node.path))]
            time.sleep(1)
        raise Gone

    def walk(self, bus: str, path: str, above: str) -> Iterator[Node]:
        """Yield all objects that are on the screen."""
        (children,) = self._call(bus, path, "GetChildren")
        for name, child in children:
            node = self.read(name, child, above)
            if node.has(SHOWING):
                yield node
                yield from self.walk(name, child, node.path)

    def read(self, bus: str, path: str, above: str) -> Node:
        """Return an object."""
        (role,) = self._call(bus, path, "GetRoleName")
        (states,) = self._call(bus, path, "GetState")
        name, description = self._text(bus, path, "Name"), self._text(bus, path, "Description")
        return Node(name, description, role, states[0] | states[1] << 32, f"{above}/{role}[{name[:30]}]")

    def _text(self, bus: str, path: str, which: str) -> str:
        ((_kind, said),) = asked(self._bus, Properties(DBusAddress(path, bus, ACCESSIBLE)).get(which))
        return str(said)

    def _call(self, bus: str, path: str, method: str) -> tuple[Any, ...]:
        return asked(self._bus, new_method_call(DBusAddress(path, bus, ACCESSIBLE), method))


def asked(connection: DBusConnection, message: Any) -> tuple[Any, ...]:
    """Return the answer to a message."""
    answer = connection.send_and_get_reply(message, timeout=20)
    if answer.header.message_type is not MessageType.method_return:
        raise Gone(answer.body)
    return answer.body


class Program:
    """The program, in a process of its own."""

    def __init__(self, display: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.accessible_program"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "DOMINOADMIN_KEYCHAIN": "none"},
        )  # fmt: skip
        self._said = ""
        self._ready()

    def say(self, line: str) -> None:
        """Say a line, and wait until it is done."""
        self._said = line
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        self._ready()

    def end(self) -> int:
        """End it."""
        self._process.communicate("end\n", timeout=60)
        return self._process.returncode

    def _ready(self) -> None:
        assert self._process.stdout
        answered, *_others = select.select([self._process.stdout], [], [], _PATIENCE)
        line = self._process.stdout.readline() if answered else ""
        if line != "ready\n":
            self._process.kill()
        assert line == "ready\n", f"the program says {line!r} after {self._said!r}"


def objections(nodes: list[Node]) -> list[str]:
    """Return what somebody who only hears the window would miss."""
    found = []
    for node in nodes:
        if node.role in NO_ROLES:
            found.append(f"no role: {node.path}")
        elif node.has(FOCUSABLE) and node.role not in HOLDERS and not node.name.strip():
            found.append(f"no name: {node.path}")
    return found


def looked_at(names: list[str]) -> dict[str, Any]:
    """Open each window, and return what is wrong with it, and how many objects of each role there were."""
    wrong: dict[str, list[str]] = {}
    roles: Counter[str] = Counter()
    tree = Tree()
    with virtual_screen() as display:
        program = Program(display)
        time.sleep(1)
        bus, root = tree.program()
        for name in names:
            program.say(f"open {name}")
            nodes = tree.whole(bus, root, in_front=name not in (*PLACES, *DOCUMENTS))
            roles.update(node.role for node in nodes)
            if found := objections(nodes):
                wrong[name] = sorted(set(found))
            program.say("close")
        code = program.end()
    return {"windows": len(names), "wrong": wrong, "roles": dict(roles), "code": code}


if __name__ == "__main__":
    from tests.gui.dialog_openers import OPENERS

    print(json.dumps(looked_at(sys.argv[1:] or [*PLACES, *DOCUMENTS, *OPENERS]), indent=1))
