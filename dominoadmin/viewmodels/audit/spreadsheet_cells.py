"""Untrusted texts as spreadsheet cells."""

from __future__ import annotations

import re
from typing import Final

# In some countries a semicolon begins the next cell; full-width signs begin formulas too.
_FORMULA: Final = re.compile(r"(^|;)(?=[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-])")


def harmless(text: str) -> str:
    """Put an apostrophe before an untrusted text that a spreadsheet could take for a formula."""
    return _FORMULA.sub(r"\1'", text)
