"""Listening sockets for both ports, with limits on connections.

Limits apply from `accept` on, so that a TLS handshake that never ends counts too. They need a selector event loop: the
proactor of Windows does not call `accept`.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from dominoadmin import paths
from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _

TOTAL: Final = 200
PER_ADDRESS: Final = 50
HANDSHAKE_SECONDS: Final = 10.0
_SHUTDOWN_SECONDS: Final = 1.0
_BACKLOG: Final = 128
_EXHAUSTED: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_NO_IPV6: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
# On Windows, SO_REUSEADDR lets two programs use one port.
_LOOPBACK: Final = "127.0.0.1"
_REUSE: Final = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)


class Admission:
    """Counts open connections, in total and per address. One is shared by the listeners of a server."""

    def __init__(self, total: int = TOTAL, per_address: int = PER_ADDRESS) -> None:
        self._total, self._per_address = total, per_address
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.refused = 0

    @property
    def open(self) -> int:
        """The number of open connections."""
        return self._open.total()

    def admit(self, address: str) -> bool:
        """Count a new connection, unless there are too many."""
        with self._lock:
            admitted = self._open.total() < self._total and self._open[address] < self._per_address
            if admitted:
                self._open[address] += 1
            else:
                self.refused += 1
            return admitted

    def release(self, address: str) -> None:
        """Uncount a closed connection."""
        with self._lock:
            self._open[address] -= 1
            self._open += Counter()  # forget addresses at zero


class Connection(socket.socket):
    """An accepted connection that reports its end."""

    ended: Callable[[], None] | None = None

    def close(self) -> None:
        """Close it, and report that once."""
        super().close()
        ended, self.ended = self.ended, None
        if ended:
            ended()


class ListeningSocket(socket.socket):
    """A listening socket that accepts what `admission` allows, and does not fail when file descriptors run out."""

    admission: Admission
    spare: int | None = None

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection; raise `BlockingIOError` if there is none to serve."""
        try:
            plain, address = super().accept()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._shed()
                raise BlockingIOError from None
            raise
        client = unit_of(address[0])
        if not self.admission.admit(client):
            plain.close()
            raise BlockingIOError
        connection = Connection(fileno=plain.detach())
        connection.ended = lambda: self.admission.release(client)
        return connection, address

    def close(self) -> None:
        """Close it and the spare descriptor."""
        super().close()
        self._give_up_spare()

    def _shed(self) -> None:
        """Disconnect the next client with the spare descriptor: in the queue it would wake the loop forever."""
        self.admission.refused += 1
        self._give_up_spare()
        with contextlib.suppress(OSError):  # another thread may have taken the descriptor; the client waits
            connection, _ = super().accept()
            connection.close()
        with contextlib.suppress(OSError):
            self.keep_spare()

    def keep_spare(self) -> None:
        """Keep a spare file descriptor for when there are no more."""
        self.spare = os.open(os.devnull, os.O_RDONLY)

    def _give_up_spare(self) -> None:
        spare, self.spare = self.spare, None
        if spare is not None:
            os.close(spare)


class BoundedLoop(asyncio.SelectorEventLoop):
    """An event loop that gives TLS handshakes ten seconds instead of sixty, and TLS shutdowns one instead of thirty."""

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:  # noqa: ANN401
        """Start a server, as uvicorn asks for it."""
        if options.get("ssl"):
            options |= {"ssl_handshake_timeout": HANDSHAKE_SECONDS, "ssl_shutdown_timeout": _SHUTDOWN_SECONDS}
        return await super().create_server(*args, **options)


def bind(port: int, admission: Admission, option: str, *, loopback: bool = False) -> ListeningSocket:
    """Listen on a port on all addresses, IPv6 and IPv4; port 0 lets the system choose.

    `option` is the option of `dominoadmin server set` that sets this port. With `loopback` only this computer can
    connect, at 127.0.0.1.

    Raises:
        Error: the port is taken, or this user may not have it.

    """
    try:
        try:
            listening = _listening(port, socket.AF_INET if loopback else socket.AF_INET6, loopback=loopback)
        except OSError as error:
            if error.errno not in _NO_IPV6:
                raise
            listening = _listening(port, socket.AF_INET)
    except OSError as error:
        raise _sentence(port, error, option) from None
    listening.admission = admission
    return listening


def _listening(port: int, family: socket.AddressFamily, *, loopback: bool = False) -> ListeningSocket:
    everybody = "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104 - a server for others
    listening = ListeningSocket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, _REUSE, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind((_LOOPBACK if loopback else everybody, port))
        listening.listen(_BACKLOG)
        listening.setblocking(False)
        listening.keep_spare()
    except BaseException:
        listening.close()
        raise
    return listening


def _sentence(port: int, error: OSError, option: str) -> Error:
    match error.errno:
        case errno.EADDRINUSE:
            problem = _("Port {port} is in use by another program.")
            hint = _(
                "Stop that program, or choose another port in the Server document, or with"
                " 'dominoadmin server set {option} PORT'."
            )
        case errno.EACCES | errno.EPERM:
            problem = _("This user cannot open port {port}: ports below 1024 require administrator rights.")
            hint = _(
                "Allow it with 'sudo sysctl net.ipv4.ip_unprivileged_port_start={port}', or choose another port in the"
                " Server document, or with 'dominoadmin server set {option} PORT'."
            )
        case _:
            problem = _("Port {port} cannot be opened: {reason}.")
            hint = _("Choose another port in the Server document, or with 'dominoadmin server set {option} PORT'.")
    return Error(problem.format(port=port, reason=paths.reason(error)), hint.format(port=port, option=option))


def unit_of(address: str) -> str:
    """Return the unit that counts as one address: an IPv4 address, or the /64 of an IPv6 host."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((parsed, 64), strict=False))
