"""uvicorn's HTTP/1.1 protocol with deadlines: a request must arrive whole in time, however slowly it is sent."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

RECEIVE_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 1.0


def _plain(status: str, text: str) -> bytes:
    """Return a whole answer, for requests that never reach the application."""
    head = (
        f"HTTP/1.1 {status}",
        "content-type: text/plain; charset=utf-8",
        f"content-length: {len(text)}",
        "content-security-policy: default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
        "connection: close",
    )
    return ("\r\n".join(head) + "\r\n\r\n" + text).encode("ascii")


_LATE: Final = _plain("408 Request Timeout", f"The request did not arrive within {RECEIVE_SECONDS:.0f} seconds.\n")
_MALFORMED: Final = _plain("400 Bad Request", "The server does not understand this HTTP/1.1 request.\n")


class BoundedProtocol(H11Protocol):
    """One connection. The clock runs while a request arrives; it stands still while the application answers."""

    deadline: asyncio.TimerHandle | None = None
    heard = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: whoever connects and says nothing is hung up on."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request; the clock stops when the request is whole."""
        self.heard = True
        if self.deadline is None:
            self._start_clock()
        super().data_received(data)
        cycle = self._open_cycle()
        if cycle is not None and not cycle.more_body:
            self._stop_clock()

    def on_response_complete(self) -> None:
        """Go on with the next request, unless the rest of this one is still on its way: nobody will read that."""
        self._stop_clock()
        unread = self.cycle.more_body
        super().on_response_complete()
        following = self._open_cycle()
        if unread:
            self._end()
        elif following is not None and following.more_body:
            self._start_clock()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """Answer what is not HTTP. uvicorn's own way fails if an answer has begun."""
        self._give_up(_MALFORMED)

    def timeout_keep_alive_handler(self) -> None:
        """End an idle connection, also one whose client does not read what it was sent."""
        self._end()

    def _start_clock(self) -> None:
        self._stop_clock()
        self.deadline = self.loop.call_later(RECEIVE_SECONDS, self._too_late)

    def _stop_clock(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _too_late(self) -> None:
        self._give_up(_LATE if self.heard else b"")

    def _give_up(self, answer: bytes) -> None:
        """End the connection, with an answer unless another has begun."""
        cycle = self._open_cycle()
        if cycle is None or not cycle.response_started:
            self.transport.write(answer)
        self._end()

    def _open_cycle(self) -> RequestResponseCycle | None:
        """Return the request that is being answered."""
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's annotation leaves the None out
        return None if cycle is None or cycle.response_complete else cycle

    def _end(self) -> None:
        self.transport.close()
        self.loop.call_later(_CLOSE_SECONDS, self.transport.abort)
