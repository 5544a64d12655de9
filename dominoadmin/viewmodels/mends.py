"""Values that are surely right in place of what was typed; an empty string if none is sure."""

from __future__ import annotations

import re
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.pki.general_names import host as checked_host
from dominoadmin.pki.general_names import in_lines, parse
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
        name = checked_host(found[1].rstrip(".")) if found else ""
    except Refused:
        return ""
    return name if name != typed else ""


def file_name(typed: str, ending: str) -> str:
    """Return a file name with the ending that it needs, such as `.kyr`, in place of none or another one."""
    name = typed.strip()
    before, point, after = name.rpartition(".")
    stem = name if not point else before if _ENDING.fullmatch(point + after) else ""
    return f"{stem}{ending}" if stem and not name.lower().endswith(ending) else ""


def general_names(typed: str) -> str:
    """Return subject alternate names, one per line, in which hosts and addresses have their kind: `dns:`, `ip:`."""
    lines = [_named(line) for line in in_lines(typed)]
    mended = "\n".join(lines)
    return mended if lines and all(lines) and mended != typed.strip() else ""


def _named(line: str) -> str:
    """Return a name with its kind, or an empty string if it is not known what it is."""
    candidates = (line, f"ip:{line}", f"dns:{host(line) or line}", f"email:{line}")
    return next((each for each in candidates if _is_general_name(each)), "")


def _is_general_name(text: str) -> bool:
    try:
        parse(text)
    except Refused:
        return False
    return True
