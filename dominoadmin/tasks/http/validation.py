"""What relying parties fetch, over plain HTTP: CRLs, certifiers' certificates and OCSP answers (RFC 5280, RFC 6960).

`/pki/<key>.crl`, `/pki/<key>-<partition>.crl`, `/pki/<key>-delta.crl`, `/pki/<key>.cer`, and `/pki/ocsp` by POST, or by
GET with the request in base64 behind it (RFC 6960, appendix A.1).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dominoadmin.errors import NotFound
from dominoadmin.pki.identities import Identity
from dominoadmin.services import publishing
from dominoadmin.services.domain import Domain
from dominoadmin.services.responding import Answer, Responder
from dominoadmin.store.records import CrlRecord
from dominoadmin.tasks.http.guard import OPEN

_CRL, _CERTIFICATE, _OCSP = "application/pkix-crl", "application/pkix-cert", "application/ocsp-response"
_DAY: Final = 86400


class Validation:
    """The routes; they block, so each runs in a thread."""

    def __init__(self, domain: Domain, server: Identity) -> None:
        self._domain = domain
        self._responder = Responder(domain, server)

    def routes(self) -> list[Route]:
        """Return the routes of the HTTP task."""
        return [
            Route(f"{OPEN}ocsp", self._asked, methods=["POST"]),
            Route(f"{OPEN}ocsp/{{question:path}}", self._asked_in_address, methods=["GET"]),
            Route(f"{OPEN}{{name}}", self._fetched, methods=["GET"]),
        ]

    async def _fetched(self, request: Request) -> Response:
        return await run_in_threadpool(self._published, request.path_params["name"])

    def _published(self, name: str) -> Response:
        try:
            found = publishing.published(self._domain, name)
        except NotFound:
            raise HTTPException(404) from None
        if isinstance(found, CrlRecord):
            return self._list(found)
        headers = {"cache-control": f"public, max-age={_DAY}"}
        return Response(found.certificate, media_type=_CERTIFICATE, headers=headers)

    def _list(self, crl: CrlRecord) -> Response:
        # A new list may come at any time: what caches keep is asked about again after an hour.
        left = min(3600, _left(self._domain.now(), crl.next_update))
        headers = _cached(left, crl.this_update, crl.next_update) | {
            "etag": f'"{crl.sha256}"',
            "content-length": str(crl.size),
        }
        return StreamingResponse(self._octets(crl), media_type=_CRL, headers=headers)

    def _octets(self, crl: CrlRecord) -> Iterator[bytes]:
        return publishing.octets(self._domain, crl)

    async def _asked(self, request: Request) -> Response:
        data = await request.body()
        return self._told(await run_in_threadpool(self._responder.answer, data), is_cached=False)

    async def _asked_in_address(self, request: Request) -> Response:
        try:
            data = base64.b64decode(request.path_params["question"], validate=True)
        except (binascii.Error, ValueError):
            data = b""
        return self._told(await run_in_threadpool(self._responder.answer, data), is_cached=True)

    def _told(self, answer: Answer, *, is_cached: bool) -> Response:
        headers = {}
        if is_cached and answer.until and answer.this_update:  # RFC 5019, 6.2
            # Half of the time: an answer that is fetched from a cache must still hold for a while.
            left = _left(self._domain.now(), answer.until) // 2
            headers = _cached(left, answer.this_update, answer.until)
        return Response(answer.der, media_type=_OCSP, headers=headers)


def _cached(seconds: int, since: datetime, until: datetime) -> dict[str, str]:
    return {
        "cache-control": f"max-age={seconds}, public, no-transform, must-revalidate",
        "last-modified": format_datetime(since, usegmt=True),
        "expires": format_datetime(until, usegmt=True),
    }


def _left(now: datetime, end: datetime) -> int:
    return max(0, int((end - now).total_seconds()))
