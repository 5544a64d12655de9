"""Values that are surely right in place of what was typed; an empty string if none is sure."""

from __future__ import annotations

import re
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.pki import general_names
from dominoadmin.viewmodels import countries

_OTHER_CODES: Final = {"UK": "GB", "EL": "GR", "USA": "US"}
"""Codes in common use that ISO 3166-1 does not have."""
_ADDRESS: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?([^/:?#@\s]+)(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_ENDING: Final = re.compile(r"\.[A-Za-z]{1,4}")


def country(typed: str) -> str:
    """Return the code of a country whose name, or a common code, was typed."""
    text = typed.strip()
    code = countries.code_of(text)
    code = code if code != text else _OTHER_CODES.get(text.upper(), text.upper())
    return code if code in countries.named() and code != typed else ""


def host(typed: str) -> str:
    """Return the host name in an address, such as `https://www.example.com/`, or before a port."""
    found = _ADDRESS.fullmatch(typed.strip())
    try:
        name = general_names.host(found[1].rstrip(".")) if found else ""
    except Refused:
        return ""
    return name if name != typed else ""


def file_name(typed: str, ending: str) -> str:
    """Return a file name with the ending that it needs, such as `.kyr`, in place of none or another one."""
    name = typed.strip()
    before, point, after = name.rpartition(".")
    stem = name if not point else before if _ENDING.fullmatch(point + after) else ""
    return f"{stem}{ending}" if stem and not name.lower().endswith(ending) else ""
