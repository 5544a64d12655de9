"""The routes. Paths and URL commands ignore case, as on a Domino server.

`/certreq.nsf/ServerCertificateRequest?OpenForm&SpecialAction=ServerRequest`,
`/certreq.nsf/UserCertificateRequest?OpenForm&SpecialAction=SubmitCert` and
`/certreq.nsf/Certificate?OpenForm&SpecialAction=ServerPickup` (fact sheet, 5.5).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.tasks.http.guard import MAXIMUM_BODY, TOO_LARGE, Guard, Policy, Problem
from dominoadmin.tasks.http.pages import Page, Pages, Visit
from dominoadmin.tasks.http.validation import Validation

_FIELDS: Final = 10
_BUG: Final = Problem(
    500, _("An error occurred on the server."), _("Contact its administrator; the server's log has the details.")
)
_PROBLEMS: Final = {
    400: Problem(400, _("The form cannot be read.")),
    404: Problem(404, _("The page was not found."), _("See the list of databases.")),
    405: Problem(405, _("This page does not accept this kind of request.")),
    413: TOO_LARGE,
}


def application(pages: Pages, validation: Validation, policy: Callable[[], Policy]) -> ASGIApp:
    """Return the ASGI application of the HTTP task."""

    async def database(request: Request) -> Response:
        page = request.path_params.get("page", "").casefold()
        known = pages.taken if request.method == "POST" else pages.shown
        if page not in known:
            raise HTTPException(405 if page in pages.shown else 404)
        return await run_in_threadpool(known[page], await _visit(request))

    def wrong(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = pages.problem(_PROBLEMS.get(error.status_code) or Problem(error.status_code, error.detail))
        response.headers.update(error.headers or {})
        return response

    def broken(_request: Request, _error: Exception) -> Response:
        return pages.problem(_BUG)  # uvicorn logs the traceback

    def failed(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Error)
        return pages.failure(error)

    routed = Starlette(
        routes=[
            Route("/", _plain(pages.index)),
            Route("/healthz", _plain(pages.health)),
            Route("/style.css", _plain(pages.stylesheet)),
            *validation.routes(),
            Route("/{file}", database, methods=["GET", "POST"]),
            Route("/{file}/", database, methods=["GET", "POST"]),
            Route("/{file}/{page}", database, methods=["GET", "POST"]),
        ],
        exception_handlers={HTTPException: wrong, Error: failed, ClientDisconnect: _gone, 500: broken},
    )
    return Guard(routed, policy, pages.problem)


def _plain(page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        wants_json = "application/json" in request.headers.get("accept", "")
        return await run_in_threadpool(page, Visit(wants_json=wants_json))

    return endpoint


async def _visit(request: Request) -> Visit:
    file = request.path_params["file"]
    if not file.casefold().endswith(".nsf"):
        raise HTTPException(404)
    if request.method != "POST":
        return Visit(file)
    try:
        form = await request.form(max_files=0, max_fields=_FIELDS, max_part_size=MAXIMUM_BODY)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        "".join(fields.values()).encode()
    except UnicodeError:  # a visitor names the encoding: some fail in their own way, some decode half characters
        raise HTTPException(400) from None
    return Visit(file, fields, address=request.client.host if request.client else "")


def _gone(_request: Request, _error: Exception) -> Response:
    """Send no answer: the client has disconnected in the middle of its request."""
    return Response(status_code=400)
