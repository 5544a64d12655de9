#!/usr/bin/env python3
"""Writes resources/countries.json from the names that Unicode's CLDR gives the countries of ISO 3166-1: `countries.py`.

Babel has the CLDR. The program does not depend on it: one file with the names in our languages is enough.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from babel import Locale

from dominoadmin.i18n import languages

TARGET: Final = Path(__file__).parent.parent / "resources" / "countries.json"
# Reserved or private codes of the CLDR, and groups of countries: no country of ISO 3166-1 has them.
_OTHERS: Final = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"])
_LETTERS: Final = 2


def countries() -> dict[str, dict[str, str]]:
    """Return the names of each country by its code and by language."""
    named = {language: Locale(language).territories for language in languages()}
    known = sorted(map(str, named["en"]))
    codes = [code for code in known if len(code) == _LETTERS and code.isalpha() and code not in _OTHERS]
    return {code: {language: str(names[code]) for language, names in named.items()} for code in codes}


if __name__ == "__main__":
    TARGET.write_text(json.dumps(countries(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
