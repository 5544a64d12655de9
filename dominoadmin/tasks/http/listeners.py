"""One port: a listening socket, and uvicorn in a thread that serves it."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.tasks.http.connections import TOTAL, Admission, BoundedLoop, bind
from dominoadmin.tasks.http.guard import MAXIMUM_HEAD
from dominoadmin.tasks.http.protocol import BoundedProtocol
from dominoadmin.tasks.http.tls import LiveContext

_KEEP_ALIVE_SECONDS: Final = 5
_GRACE_SECONDS: Final = 1
_START_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 3.0
_STEP_SECONDS: Final = 0.01


@dataclass(frozen=True)
class Address:
    """The port to listen on, 0 for any, the option of `server set` that sets it, and whether others may connect."""

    port: int
    option: str
    loopback: bool = False


class Listener:
    """Serves an application on one port, with TLS if `live` is given."""

    def __init__(self, address: Address, app: ASGIApp, admission: Admission, live: LiveContext | None = None) -> None:
        """Take the port.

        Raises:
            Error: it is taken, or this user may not use it.

        """
        self.address, self.live = address, live
        self._socket = bind(address.port, admission, address.option, loopback=address.loopback)
        self.port = int(self._socket.getsockname()[1])
        self._server = uvicorn.Server(_configuration(app, live.front if live else None))
        self._thread = threading.Thread(target=self._serve, name=f"http-{self.port}", daemon=True)

    def start(self) -> None:
        """Start serving.

        Raises:
            Error: the thread does not start.

        """
        self._thread.start()
        end = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                self.stop()
                raise Error(_("Port {port} is open, but its server does not start.", port=self.port), _("See the log."))
            time.sleep(_STEP_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Return whether the thread serves."""
        return self._thread.is_alive()

    def begin_stop(self) -> None:
        """Ask the thread to end; pending answers get a second."""
        self._server.should_exit = True

    def stop(self) -> None:
        """Stop serving and free the port."""
        self.begin_stop()
        if self._thread.ident is not None:
            self._thread.join(_STOP_SECONDS)
        self._socket.close()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=BoundedLoop) as runner:
            runner.run(self._server.serve([self._socket]))


def _configuration(app: ASGIApp, context: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        ssl_context_factory=(lambda _config, _default: context) if context else None,
        log_config=None,
        log_level="error",  # a warning for every malformed request would let attackers fill the log
        access_log=False,
        proxy_headers=False,  # anybody could claim another address
        server_header=False,
        h11_max_incomplete_event_size=MAXIMUM_HEAD,
        limit_concurrency=TOTAL + 1,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
