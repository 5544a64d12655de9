"""Texts of strangers as cells of a spreadsheet."""

from __future__ import annotations

import re
from typing import Final

# In some countries a semicolon begins the next cell; full-width signs begin formulas too.
_FORMULA: Final = re.compile(r"(^|;)(?=[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-])")


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a stranger's words for a formula, by an apostrophe before them."""
    return _FORMULA.sub(r"\1'", text)
