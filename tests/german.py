"""Finds English where German is expected: the templates of the catalog whose translation differs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel.messages.pofile import read_po

from dominoadmin import i18n
from tests.source import REPOSITORY

PO = REPOSITORY / "resources" / "locale" / "de.po"
VALUE = re.compile(r"\{\w*\}")
QUOTED = re.compile("„[^“]*“")
"""A name in German marks: labels and templates that Domino has in English."""
LEAST_WORDS, LEAST_LETTERS = 3, 8
"""Fewer words are not a sentence, but may be a name."""


@cache
def english() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the texts without values whose German differs, and a pattern of the sentences among all of them."""
    with PO.open("rb") as file:
        messages = [message for message in read_po(file, locale="de") if message.id]
    german = {form for message in messages for form in forms(message.string)}
    known = {form for message in messages for form in forms(message.id)} - german
    whole = {label(form) for form in known if not VALUE.search(form)} - set(map(label, german))
    parts = [VALUE.split(form) for form in known]
    sentences = [part for part in parts if len("".join(part).split()) >= LEAST_WORDS and _letters(part) >= LEAST_LETTERS]
    patterns = (".+?".join(map(re.escape, part)) for part in sentences)
    return frozenset(whole), re.compile("|".join(rf"(?<!\w){pattern}(?!\w)" for pattern in patterns), re.DOTALL)


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the forms of a message: one, or one for each number."""
    return text if isinstance(text, tuple) else (text,)


def label(text: str) -> str:
    """Return a label without its mnemonic and colon."""
    return text.replace("&", "").strip().rstrip(":")


def _letters(parts: list[str]) -> int:
    return sum(map(str.isalpha, "".join(parts)))


@cache
def found_in(text: str) -> str:
    """Return the English part of a text, or nothing."""
    whole, sentences = english()
    text = QUOTED.sub("„…“", text)
    if label(text) in whole:
        return text
    found = sentences.search(text)
    return found[0] if found else ""


def without_german(text: str) -> Iterator[str]:
    """Yield the parts of a text without a German translation; values from a test are left out."""
    if not isinstance(text, i18n.Text):
        yield from filter(None, [text])
        return
    if text.template and found_in(i18n.plural(text.template, text.many, text.number) if text.many else i18n.text(text.template)):
        yield text.template
    for value in text.values.values():
        if isinstance(value, i18n.Text):
            yield from without_german(value)
