"""Translates what people read. English is written in the code; other languages are catalogs in resources/locale."""

from __future__ import annotations

import gettext
import io
import os
from collections.abc import Mapping
from typing import Final

from dominoadmin.resources import resource

LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
_catalogs: list[gettext.NullTranslations] = [gettext.NullTranslations()]  # the last one speaks


def use(language: str) -> None:
    """Speak `language` (`de`) from now on; English if there is no catalog for it."""
    catalog = resource(f"locale/{language}.mo")
    known = language in LANGUAGES and catalog.is_file()
    _catalogs[:] = [gettext.GNUTranslations(io.BytesIO(catalog.read_bytes())) if known else gettext.NullTranslations()]


def language_of(environ: Mapping[str, str] = os.environ) -> str:
    """Return the language the user's system speaks, if there is a catalog for it, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            language = environ[name].partition("_")[0].partition(".")[0].lower()
            return language if language in LANGUAGES else "en"
    return "en"


def text(message: str) -> str:
    """Return `message` in the language in use. Values are put in afterwards: `text("{n} requests").format(n=3)`."""
    return _catalogs[-1].gettext(message) if message else ""


def plural(one: str, many: str, count: int) -> str:
    """Return the form of a sentence that goes with `count`."""
    return _catalogs[-1].ngettext(one, many, count)
