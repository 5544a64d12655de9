"""Revocations of what the store does not have, as a signed request has them.

Published lists show it although the store was put back, or somebody has its certificate.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from dominoadmin.store.records import instant, moment


class Listed(NamedTuple):
    """One of them: its date, and what is known of the certificate: end, fingerprint of its key (or ''), partition."""

    at: datetime
    not_after: datetime
    key_fingerprint: str
    part: int


def content(listed: Mapping[str, Listed], given: Mapping[str, bytes]) -> dict[str, Any]:
    """Return them as signed content, by serial number; nothing if there are none. `given`: certificates in DER."""
    values = {
        serial: [instant(each.at), instant(each.not_after), each.key_fingerprint, each.part]
        for serial, each in listed.items()
    }
    certificates = {serial: base64.b64encode(der).decode() for serial, der in given.items()}
    return ({"listed": values} if values else {}) | ({"given": certificates} if certificates else {})


def read(said: dict[str, Any]) -> dict[str, Listed]:
    """Read them from signed content; nothing if it is no such thing, which then is not what was signed."""
    try:
        return {
            str(serial): Listed(moment(at), moment(end), str(key), int(part))
            for serial, (at, end, key, part) in said.get("listed", {}).items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def given(said: dict[str, Any]) -> dict[str, bytes]:
    """Read the certificates from signed content; nothing if it is no such thing, as in `read`."""
    try:
        return {str(serial): base64.b64decode(text) for serial, text in said.get("given", {}).items()}
    except (ValueError, TypeError, AttributeError):
        return {}
