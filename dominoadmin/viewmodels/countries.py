"""The countries of ISO 3166-1 with their names in the reader's language (resources/countries.json)."""

from __future__ import annotations

import json
from functools import cache

from dominoadmin.i18n import language
from dominoadmin.resources import resource


def named() -> dict[str, str]:
    """Return the name of each country by its code, in the order of the names."""
    names = {code: each.get(language(), each["en"]) for code, each in _countries().items()}
    return dict(sorted(names.items(), key=lambda pair: pair[1].casefold()))


def code_of(text: str) -> str:
    """Return the code of a country that was typed by its name in any of our languages, or the text as it is."""
    typed = text.strip().casefold()
    for code, names in _countries().items():
        if typed in (code.casefold(), *map(str.casefold, names.values())):
            return code
    return text


def shown(code: str) -> str:
    """Return a country's name and its code, `Germany (DE)`; a code that no country has, as it is."""
    name = named().get(code)
    return f"{name} ({code})" if name else code


@cache
def _countries() -> dict[str, dict[str, str]]:
    return dict(json.loads(resource("countries.json").read_text(encoding="utf-8")))
