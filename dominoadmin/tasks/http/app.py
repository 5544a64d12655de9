"""The routes. Paths are the same in upper and lower case, as on a Domino server, and so are its URL commands:

    /certreq.nsf/ServerCertificateRequest?OpenForm&SpecialAction=ServerRequest
    /certreq.nsf/UserCertificateRequest?OpenForm&SpecialAction=SubmitCert
    /certreq.nsf/Certificate?OpenForm&SpecialAction=ServerPickup
"""  # noqa: D400

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from dominoadmin.errors import Error
from dominoadmin.tasks.http.guard import MAXIMUM_BODY, Guard, Policy, Problem
from dominoadmin.tasks.http.pages import Page, Pages, Visit

_FIELDS: Final = 10
_SENTENCES: Final = {
    400: "The form cannot be read.",
    404: "There is no such page.",
    405: "This page takes no form.",
    413: f"The request is larger than {MAXIMUM_BODY // 1024} KiB.",
}
_HOME_HINT: Final = "See the list of databases."


def application(pages: Pages, policy: Callable[[], Policy]) -> Starlette:
    """Return the ASGI application of the HTTP task."""

    async def database(request: Request) -> Response:
        page = request.path_params.get("page", "").casefold()
        known = pages.taken if request.method == "POST" else pages.shown
        if page not in known:
            raise HTTPException(405 if page in pages.shown else 404)
        return await run_in_threadpool(known[page], await _visit(request))

    def wrong(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        sentence = _SENTENCES.get(error.status_code, error.detail)
        response = pages.problem(Problem(error.status_code, sentence, _HOME_HINT if error.status_code == 404 else ""))  # noqa: PLR2004
        response.headers.update(error.headers or {})
        return response

    def failed(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Error)
        return pages.failure(error)

    return Starlette(
        routes=[
            Route("/", _plain(pages.index)),
            Route("/healthz", _plain(pages.health)),
            Route("/style.css", _plain(pages.stylesheet)),
            Route("/{file}", database, methods=["GET", "POST"]),
            Route("/{file}/", database, methods=["GET", "POST"]),
            Route("/{file}/{page}", database, methods=["GET", "POST"]),
        ],
        middleware=[Middleware(Guard, policy=policy, page=pages.problem)],
        exception_handlers={HTTPException: wrong, Error: failed, ClientDisconnect: _gone, 500: _broken(pages)},
    )


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
    form = await request.form(max_files=0, max_fields=_FIELDS, max_part_size=MAXIMUM_BODY)
    return Visit(file, {name: value for name, value in form.items() if isinstance(value, str)})


def _gone(_request: Request, _error: Exception) -> Response:
    """Answer nobody: the client has hung up in the middle of its request."""
    return Response(status_code=400)


def _broken(pages: Pages) -> Callable[[Request, Exception], Response]:
    """Return the page for a bug of ours; uvicorn logs the traceback."""
    return lambda _request, _error: pages.problem(Problem(500, "Something went wrong on the server.", _ADMIN))


_ADMIN: Final = "Tell its administrator; the log of the server knows more."
