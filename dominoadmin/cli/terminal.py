"""Untrusted texts on a terminal, which obeys control characters: they could hide or replace what somebody signs."""

from __future__ import annotations

import json
from collections.abc import Callable

from dominoadmin.pki.quoting import escaped


def harmless(text: str) -> str:
    """Return a text of several lines with its invisible characters as escapes."""
    return _each_line(text, escaped)


def harmless_json(text: str) -> str:
    """Return JSON that means the same, without characters that a terminal obeys."""
    return _each_line(text, lambda line: "".join(map(_in_json, line)))


def _each_line(text: str, escape: Callable[[str], str]) -> str:
    return "\n".join(line if line.isprintable() else escape(line) for line in text.split("\n"))


def _in_json(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
