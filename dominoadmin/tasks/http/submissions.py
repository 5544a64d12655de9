"""Limits how many requests one client submits: a database takes only so many undecided ones, and others need it too."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from typing import Final

from dominoadmin.tasks.http.connections import unit_of

MOST: Final = 100
WINDOW: Final = 3600.0  # seconds
_ADDRESSES: Final = 10_000


class Submissions:
    """Counts submitted requests by client address, in a sliding window, in memory.

    This computer is not counted: a proxy on it would be the only client, and close the pages for everyone.
    """

    def __init__(self, most: int = MOST, window: float = WINDOW) -> None:
        self._most, self._window = most, window
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, address: str) -> bool:
        """Count a request from an address, unless there were too many."""
        if not address or _is_here(address):
            return True
        now, unit = time.monotonic(), unit_of(address)
        with self._lock:
            times = self._times.setdefault(unit, deque())
            while times and times[0] <= now - self._window:
                times.popleft()
            if len(times) >= self._most:
                return False
            times.append(now)
            self._times.move_to_end(unit)
            self._forget(now)
            return True

    def take_back(self, address: str) -> None:
        """Uncount the last request from an address: it was refused."""
        with self._lock:
            if times := self._times.get(unit_of(address) if address else ""):
                times.pop()

    def _forget(self, now: float) -> None:
        """Forget addresses that have submitted nothing for long, and the oldest if there are too many."""
        while self._times:
            oldest = next(iter(self._times))
            times = self._times[oldest]
            if times and times[-1] > now - self._window and len(self._times) <= _ADDRESSES:
                return
            del self._times[oldest]


def _is_here(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
