"""Reads JSON that the store has kept, and nothing that only Python takes for JSON."""

from __future__ import annotations

import json
import math
from typing import Any, Final


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):  # NaN and Infinity are not JSON (RFC 8259, 6), but Python reads them
        raise ValueError(text)
    return value


_DECODER: Final = json.JSONDecoder(parse_constant=_finite, parse_float=_finite)


def load(text: str) -> Any:  # noqa: ANN401 - JSON is any of many types
    """Return the value of stored JSON.

    Raises:
        ValueError, RecursionError: the program has not written it.

    """
    if not isinstance(text, str):  # the file can say this although the schema does not allow it
        raise ValueError(text)  # noqa: TRY004 - one kind of failure, whatever was stored
    value, end = _DECODER.raw_decode(text)  # without the search for blanks around it, which stored JSON has not
    if end != len(text):
        raise ValueError(text)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()  # half a character could be neither stored nor shown
    return value
