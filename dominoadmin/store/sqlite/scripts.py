"""SQL scripts: our words for what differs between databases, and the statements one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

# The words in our SQL where SQLite and PostgreSQL differ.
_WORDS: Final = {
    "{pk}": "INTEGER PRIMARY KEY",
    "{blob}": "BLOB",
    "{json}": "TEXT",
    "{big}": "INTEGER",
    "{strict}": "STRICT",
}


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script for SQLite."""
    statement = ""
    for line in _translate(script).splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _translate(script: str) -> str:
    for word, meaning in _WORDS.items():
        script = script.replace(word, meaning)
    return script
