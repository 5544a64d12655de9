"""Data for relying parties, over plain HTTP: CRLs, certifiers' certificates and OCSP answers (RFC 5280, RFC 6960).

`/pki/<key>.crl`, `/pki/<key>-<partition>.crl`, `/pki/<key>-delta.crl`, `/pki/<key>.cer`, and `/pki/ocsp` by POST, or by
GET with the request in base64 after it (RFC 6960, appendix A.1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dominoadmin.errors import NotFound
from dominoadmin.i18n import marked as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.revocation import lists, publishing
from dominoadmin.services.revocation.ocsp_responder import Answer, Responder
from dominoadmin.store.records import CrlRecord
from dominoadmin.tasks.http.guard import OPEN

_CRL, _CERTIFICATE, _OCSP = "application/pkix-crl", "application/pkix-cert", "application/ocsp-response"
_QUESTION: Final = "application/ocsp-request"
_DAY: Final = 86400


class Validation:
    """The routes; they block, so each runs in its own thread."""

    def __init__(self, domain: Domain, server: Identity) -> None:
        self._domain, self._server = domain, Actor.of(server)
        self._responder = Responder(domain, server)

    def routes(self) -> list[Route]:
        """Return the routes of the HTTP task."""
        return [
            Route(f"{OPEN}ocsp", self._asked, methods=["POST"]),
            Route(f"{OPEN}ocsp/", self._asked, methods=["POST"]),
            Route(f"{OPEN}ocsp/{{question:path}}", self._asked_in_address, methods=["GET"]),
            Route(f"{OPEN}{{name}}", self._fetched, methods=["GET"]),
        ]

    async def _fetched(self, request: Request) -> Response:
        response = await run_in_threadpool(self._published, request.path_params["name"])
        return _unless_known(request, response)

    def _published(self, name: str) -> Response:
        try:
            found = publishing.published(self._domain, self._server, name)
        except NotFound:
            raise HTTPException(404) from None
        if isinstance(found, CrlRecord):
            return self._list(found)
        headers = {"cache-control": f"public, max-age={_DAY}", "etag": _mark(found)}
        return Response(found, media_type=_CERTIFICATE, headers=headers)

    def _list(self, crl: CrlRecord) -> Response:
        # A new list may appear at any time: caches must ask again after an hour.
        left = min(3600, _left(self._domain.now(), crl.next_update))
        headers = _cached(left, crl.this_update, crl.next_update) | {
            "etag": f'"{crl.sha256}"',
            "content-length": str(crl.size),
        }
        # If what is read now differs from what was read before, the connection is cut before the last octets.
        return StreamingResponse(lists.octets(self._domain, crl), media_type=_CRL, headers=headers)

    async def _asked(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _QUESTION:  # RFC 6960, appendix A.1
            raise HTTPException(415, _("Send OCSP requests as {type}.", type=_QUESTION))
        data = await request.body()
        return self._told(await run_in_threadpool(self._responder.answer, data), is_cached=False)

    async def _asked_in_address(self, request: Request) -> Response:
        try:
            data = base64.b64decode(_base64(request.path_params["question"]), validate=True)
        except (binascii.Error, ValueError):
            data = b""
        answer = await run_in_threadpool(self._responder.answer, data)
        return _unless_known(request, self._told(answer, is_cached=True))

    def _told(self, answer: Answer, *, is_cached: bool) -> Response:
        headers = {}
        if is_cached and answer.until and answer.this_update:  # RFC 5019, 6.2
            # Half of the time: an answer from a cache must still be valid for a while.
            left = _left(self._domain.now(), answer.until) // 2
            headers = _cached(left, answer.this_update, answer.until) | {"etag": _mark(answer.der)}
        return Response(answer.der, media_type=_OCSP, headers=headers)


def _base64(text: str) -> str:
    """Return the intended request of an address: clients double the slash, turn plus into a space, drop the end."""
    text = text.lstrip("/").replace(" ", "+").rstrip("=")
    return text + "=" * (-len(text) % 4)


def _mark(octets: bytes) -> str:
    return f'"{hashlib.sha256(octets).hexdigest()}"'


def _unless_known(request: Request, response: Response) -> Response:
    """Send only the headers for HEAD requests, or if the client already has the data (RFC 9110, 13.1).

    Times do not count: two lists can have the same second, and the clock may have been ahead for the older one.
    """
    mark, known = response.headers.get("etag", ""), request.headers.get("if-none-match")
    is_same = bool(known) and any(each.strip().removeprefix("W/") in (mark, "*") for each in (known or "").split(","))
    headers = dict(response.headers)
    if mark and is_same:
        headers.pop("content-length", None)
        return Response(status_code=304, headers=headers)
    return Response(headers=headers) if request.method == "HEAD" else response


def _cached(seconds: int, since: datetime, until: datetime) -> dict[str, str]:
    return {
        "cache-control": f"max-age={seconds}, public, no-transform, must-revalidate",
        "last-modified": format_datetime(since, usegmt=True),
        "expires": format_datetime(until, usegmt=True),
    }


def _left(now: datetime, end: datetime) -> int:
    return max(0, int((end - now).total_seconds()))
