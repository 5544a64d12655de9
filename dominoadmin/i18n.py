"""Translates what people read. English is written in the code; other languages are catalogs in resources/locale."""

from __future__ import annotations

import gettext
import io
import os
import re
from collections.abc import Mapping, Sequence
from typing import Final

from dominoadmin.resources import resource

LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
_VALUE: Final = re.compile(r"\{\d+\}")
_BOUNDARY: Final = re.compile(r"(?<=[.?!]) (?=[A-Z])")
_LEAST_LETTERS: Final = 8


class _Language:
    """One language: its catalog, and the sentences with values in them as patterns."""

    def __init__(self, catalog: gettext.NullTranslations) -> None:
        self.catalog = catalog
        self._patterns: list[tuple[re.Pattern[str], str]] | None = None

    def sentence(self, text: str) -> str:
        """Return a finished sentence in this language."""
        exact = self.catalog.gettext(text)
        if exact != text or type(self.catalog) is gettext.NullTranslations:
            return exact
        if self._patterns is None:
            self._patterns = _patterns(self.catalog)
        parts = _BOUNDARY.split(text)
        for pattern, translation in self._patterns:
            found = pattern.fullmatch(text)
            if found and not (len(parts) > 1 and any(map(_BOUNDARY.search, found.groups()))):
                return _filled(translation, found.groups())
        if len(parts) > 1:  # a problem and its hint: each is a sentence of its own
            return " ".join(map(self.sentence, parts))
        return text


def _filled(translation: str, values: Sequence[str]) -> str:
    return _VALUE.sub(lambda place: values[int(place[0][1:-1])], translation)


def _patterns(catalog: gettext.NullTranslations) -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences that hold values, those with the most words of their own first."""
    known: dict[object, str] = getattr(catalog, "_catalog", {})
    templates = {key: value for key, value in known.items() if isinstance(key, str) and _has_words(key) and value}
    ordered = sorted(templates, key=lambda key: -len(_VALUE.sub("", key)))
    return [(re.compile("(.+?)".join(map(re.escape, _VALUE.split(key))), re.DOTALL), templates[key]) for key in ordered]


def _has_words(template: str) -> bool:
    """Say whether a template holds values, and enough own words to be known by: `{0} is {1}.` fits everything."""
    own = _VALUE.sub("", template)
    return own != template and sum(map(str.isalpha, own)) >= _LEAST_LETTERS


_speaking: list[_Language] = [_Language(gettext.NullTranslations())]  # the last one speaks


def use(language: str) -> None:
    """Speak `language` (`de`) from now on; English if there is no catalog for it."""
    catalog = resource(f"locale/{language}.mo")
    known = language in LANGUAGES and catalog.is_file()
    translations = gettext.GNUTranslations(io.BytesIO(catalog.read_bytes())) if known else gettext.NullTranslations()
    _speaking[:] = [_Language(translations)]


def language_of(environ: Mapping[str, str] = os.environ) -> str:
    """Return the language the user's system speaks, if there is a catalog for it, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            language = environ[name].partition("_")[0].partition(".")[0].lower()
            return language if language in LANGUAGES else "en"
    return "en"


def text(message: str) -> str:
    """Return `message` in the language in use. Values are put in afterwards: `text("{n} requests").format(n=3)`."""
    return _speaking[-1].catalog.gettext(message) if message else ""


def plural(one: str, many: str, count: int) -> str:
    """Return the form of a sentence that goes with `count`."""
    return _speaking[-1].catalog.ngettext(one, many, count)


def sentence(finished: str) -> str:
    """Return a sentence of the layers below the window, its values already in it, in the language in use."""
    return _speaking[-1].sentence(finished) if finished else ""
