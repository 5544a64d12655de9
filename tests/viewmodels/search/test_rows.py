"""Results and commands in words, and their order."""

from __future__ import annotations

import pytest

from dominoadmin.viewmodels.search import rows
from dominoadmin.viewmodels.search.rows import (
    Destination,
    FoundGroup,
    FoundRow,
    ResultKind,
    SearchResults,
    WindowCommand,
)


def command(text, *path, why_off=""):
    return WindowCommand(name=text, text=text, path=path, keys="", why_off=why_off)


COMMANDS = (
    command("New…", "File", "Database"),
    command("Internet Certifier…", "Configuration", "Registration"),
    command("Modify Certifier…", "Configuration", "Certification"),
    command("Certify Key Ring…", "Domino Key Ring Management"),
    command("Start Server", "Server", why_off="The server is running."),
    command("R&D", "Server"),
)
PERSON = FoundRow(title="Cert Ann", subtitle="", leads_to=Destination(kind=ResultKind.PERSON, name="Ann"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("certif", ["Certify Key Ring…", "Internet Certifier…", "Modify Certifier…"]),
        ("CERTIFIER modify", ["Modify Certifier…"]),
        ("certification", ["Modify Certifier…"]),
        ("registration: internet", ["Internet Certifier…"]),
        ("registration internet", ["Internet Certifier…"]),
        ("file new", ["New…"]),
        ("file: database: new…", ["New…"]),
        ("r&d", ["R&D"]),
        ("rd", []),
        ("server", ["Start Server", "R&D"]),
        ("", []),
        (" ", []),
    ],
)
def test_commands_by_label_and_menu(text, found) -> None:
    assert [row.title for row in rows.commands(COMMANDS, text).rows] == found


def test_a_command_shows_its_menu_and_keys_or_why_it_is_off() -> None:
    keyed = WindowCommand(name="n", text="New…", path=("File", "Database"), keys="Ctrl+N", why_off="")
    assert rows.commands([keyed], "new").rows[0].subtitle == "File ▸ Database (Ctrl+N)"
    (off,) = rows.commands(COMMANDS, "start").rows
    assert (off.subtitle, off.why_off) == ("The server is running.",) * 2


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("cert", ["Commands", "People"]),  # Certify Key Ring…
        ("certifier", ["People", "Commands"]),  # no label begins so
        ("start", ["People", "Commands"]),  # off
        ("zzz", ["People"]),
    ],
)
def test_commands_come_first_if_one_begins_with_the_text(text, titles) -> None:
    found = SearchResults(text, (FoundGroup("People", (PERSON,)), FoundGroup("Servers", ())))
    assert [group.title for group in rows.with_commands(found, COMMANDS).groups] == titles


def test_nothing_found_is_said_before_other_notes() -> None:
    assert rows.with_commands(SearchResults("q\nz", notes=("Not all.",)), COMMANDS).notes == ("Nothing found for “q\\nz”.", "Not all.")
    assert rows.with_commands(SearchResults("certify"), COMMANDS).notes == ()
