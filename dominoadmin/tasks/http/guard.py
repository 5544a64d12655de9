"""Checks on every request (host, method, size, origin), and the headers of every answer."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dominoadmin.i18n import marked as _

OPEN: Final = "/pki/"
"""Paths below it are served over plain HTTP even if all else is redirected to SSL."""
METHODS: Final = ("GET", "HEAD", "POST")
MAXIMUM_BODY: Final = 64 * 1024
MAXIMUM_HEAD: Final = 16 * 1024  # h11 limits only headers that arrive in pieces
POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # Not no-referrer: with it browsers send "Origin: null" with our own forms, and over plain HTTP nothing else would
    # tell them from a stranger's (Fetch, "append a request Origin header"). Other sites get no referrer either way.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_DEFAULT_HEADERS: Final = {"cache-control": "no-store"}
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::([0-9]{1,5}))?", re.IGNORECASE)
_HTTPS: Final = 443


@dataclass(frozen=True)
class Policy:
    """The server document's policy for every request. `hosts` may have wildcards, as in certificates."""

    hosts: frozenset[str]
    ssl_port: int = 0
    redirect: bool = False


@dataclass(frozen=True)
class Problem:
    """An error page."""

    status: int
    sentence: str
    hint: str = ""


TOO_LARGE: Final = Problem(
    413,
    _("The request is larger than {limit} KiB.", limit=MAXIMUM_BODY // 1024),
    _("Submit only the certificate request."),
)
ProblemPage = Callable[[Problem], Response]


class Guard:
    """ASGI middleware around the whole application. `policy` is called for each request."""

    def __init__(self, app: ASGIApp, policy: Callable[[], Policy], page: ProblemPage) -> None:
        self._app, self._policy, self._page = app, policy, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        hurdle = self._hurdle(Request(scope))
        if hurdle is None:
            await self._app(scope, _bounded(receive), _with_headers(send))
            return
        hurdle.headers["connection"] = "close"  # a body may follow that nobody reads
        await hurdle(scope, receive, _with_headers(send))

    def _hurdle(self, request: Request) -> Response | None:
        policy = self._policy()
        for problem in (*_host_problems(request, policy), *_request_problems(request)):
            response = self._page(problem)
            if problem.status == 405:  # noqa: PLR2004
                response.headers["allow"] = ", ".join(METHODS)
            return response
        # RFC 5280, 8: the data needed to validate a certificate must not need one.
        is_open = request.scope["path"].startswith(OPEN)
        if policy.redirect and request.scope["scheme"] == "http" and not is_open:
            return self._to_ssl(request, policy)
        return None

    def _to_ssl(self, request: Request, policy: Policy) -> Response:
        if not policy.ssl_port:
            sentence = _("This server answers over SSL only, and its SSL port is not open at the moment.")
            return self._page(Problem(503, sentence, _("Ask the administrator of the server.")))
        host, port = host_of(request.headers), "" if policy.ssl_port == _HTTPS else f":{policy.ssl_port}"
        query = request.scope["query_string"].decode("latin-1")
        target = quote(request.scope["path"]) + (f"?{query}" if query else "")
        return RedirectResponse(f"https://{host}{port}{target}", 307)


def host_of(headers: Headers) -> str:
    """Return the host of the Host header in lower case, without its port; empty if there is none or it is malformed."""
    matched = _HOST.fullmatch(headers.get("host", ""))
    return matched[1].lower() if matched else ""


def _host_problems(request: Request, policy: Policy) -> Iterator[Problem]:
    """Refuse other host names: a page of another site whose name leads here (DNS rebinding) must not read ours."""
    host = host_of(request.headers)
    if not host:
        yield Problem(400, _("The request does not specify a host."))
    elif request.scope["path"].startswith(OPEN):
        return  # certificates name other hosts too, and everything here is public anyway
    elif not any(_covers(name, host) for name in policy.hosts) and not _is_address_of(host, request.scope["server"]):
        known = ", ".join(sorted(policy.hosts))
        yield Problem(
            421,
            _("{host} is not a name of this server.", host=host),
            _("Use one of its own names: {names}.", names=known),
        )


def _request_problems(request: Request) -> Iterator[Problem]:
    headers = request.headers
    if request.method not in METHODS:
        yield Problem(405, _("This server supports only the methods {methods}.", methods=", ".join(METHODS)))
    target = len(request.scope["raw_path"]) + len(request.scope["query_string"])
    if target + sum(len(name) + len(value) for name, value in headers.raw) > MAXIMUM_HEAD:
        yield Problem(431, _("The request's headers are larger than {limit} KiB.", limit=MAXIMUM_HEAD // 1024))
    if not request.scope["path"].startswith("/"):
        yield Problem(400, _("The page's address does not belong to this server."))
    if "transfer-encoding" in headers and "content-length" in headers:
        # RFC 9112, 6.3: two lengths are an attempt at request smuggling. h11 refuses other contradictions.
        yield Problem(400, _("The request states its length twice."))
    if int(headers.get("content-length", "0")) > MAXIMUM_BODY:  # h11 accepts only digits
        yield TOO_LARGE
    # Forms are public and nobody is signed in, so a forger could do the same without a forged one. It is
    # refused all the same: an outsider must not make a visitor's browser inside the network submit a form.
    if request.method == "POST" and not _is_from_here(headers):
        yield Problem(403, _("The form was sent from a page of another site."), _("Open the form on this server."))


def _is_from_here(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or origin.lower().partition("://")[2] == headers.get("host", "").lower()


def _covers(name: str, host: str) -> bool:
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


def _is_address_of(host: str, server: tuple[str, int]) -> bool:
    """Return whether the host is the address to which the client connected."""
    try:
        asked = ipaddress.ip_address(host.strip("[]"))
        local = ipaddress.ip_address(server[0].partition("%")[0])
    except ValueError:
        return False
    mapped = local.ipv4_mapped if isinstance(local, ipaddress.IPv6Address) else None
    return asked in (local, mapped)


def _bounded(receive: Receive) -> Receive:
    """Return a `receive` that limits the body even if its length was not stated."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAXIMUM_BODY:
            raise HTTPException(413, headers={"connection": "close"})
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            for name, value in _DEFAULT_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
