"""Proposes ports for a new server: the usual ones if this user may use them."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from typing import Final

from dominoadmin.i18n import marked as _

_USUAL: Final = (80, 443)
_UNPRIVILEGED: Final = (8080, 8443)
_FURTHER: Final = 100  # the number of ports tried after one that is taken


@dataclass(frozen=True)
class Ports:
    """Two free ports, and why these were chosen."""

    http: int
    ssl: int
    reason: str


def proposed() -> Ports:
    """Return the ports for a new server, without keeping them open."""
    problems = [problem for port in _USUAL if (problem := why_not(port))]
    if not problems:
        reason = _("The standard web ports, 80 and 443, are free, and this user can use them.")
        return Ports(*_USUAL, reason)
    http = _next_free(_UNPRIVILEGED[0], ())
    ssl = _next_free(_UNPRIVILEGED[1], (http,))
    reason = _(
        "{problem} Any user can listen on ports above 1024; URLs then need the port, as in https://host:{port}/."
    )
    return Ports(http, ssl, reason.format(problem=problems[0], port=ssl))


def said_of(http: int, ssl: int) -> str:
    """Return a sentence about two ports that were chosen: whether they can be used now, and what URLs need."""
    for port in (http, ssl):
        if port and (problem := why_not(port)):
            return problem
    if (http, ssl) == _USUAL:
        return _("The standard web ports, 80 and 443, are free, and this user can use them.")
    if ssl == _USUAL[1]:
        return _("Ports {http} and {ssl} are free, and this user can use them.", http=http, ssl=ssl)
    sentence = _(
        "Ports {http} and {ssl} are free, and this user can use them. URLs need the port, as in https://host:{ssl}/.",
        http=http,
        ssl=ssl,
    )
    return sentence if http and ssl else ""


def for_trials() -> Ports:
    """Return ports for a sample domain: never the usual ones, which the machine may need."""
    http = _next_free(_UNPRIVILEGED[0], ())
    return Ports(http, _next_free(_UNPRIVILEGED[1], (http,)), "")


def why_not(port: int) -> str:
    """Return why this user cannot listen on a port now, or an empty string."""
    family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", port))
        except OSError as error:
            return _sentence(error, port)
    return ""


def _sentence(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return _("Another program is listening on port {port}.", port=port)
    return _("Only the system administrator can listen on port {port}.", port=port)


def _next_free(first: int, taken: tuple[int, ...]) -> int:
    """Return the first free port; if there is none, return `first`, and the HTTP task reports the problem."""
    return next((port for port in range(first, first + _FURTHER) if port not in taken and not why_not(port)), first)
