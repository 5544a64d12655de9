"""Revocations that published lists show and a store that was put back does not have, as a signed request has them."""

from __future__ import annotations

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


def content(listed: Mapping[str, Listed]) -> dict[str, Any]:
    """Return them as signed content, by serial number; nothing if there are none."""
    values = {
        serial: [instant(each.at), instant(each.not_after), each.key_fingerprint, each.part]
        for serial, each in listed.items()
    }
    return {"listed": values} if values else {}


def read(said: dict[str, Any]) -> dict[str, Listed]:
    """Read them from signed content; nothing if it is no such thing, which then is not what was signed."""
    try:
        return {
            str(serial): Listed(moment(at), moment(end), str(key), int(part))
            for serial, (at, end, key, part) in said.get("listed", {}).items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}
