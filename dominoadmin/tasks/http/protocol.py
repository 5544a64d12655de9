"""uvicorn's HTTP/1.1 protocol with deadlines: a whole request must arrive in time."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

RECEIVE_SECONDS: Final = 10.0
TAKE_SECONDS: Final = 30.0
"""In which a client must take what waits for it: 64 KiB, so that a slow line still gets a long CRL."""
_CLOSE_SECONDS: Final = 1.0


def _plain(status: str, text: str) -> bytes:
    """Return a complete answer, for requests that never reach the application."""
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
    """One connection. The timer runs while a request arrives, and not while the application answers.

    Another one runs while the client leaves the answer where it is: who never reads would keep the connection for ever.
    """

    deadline: asyncio.TimerHandle | None = None
    untaken: asyncio.TimerHandle | None = None
    heard = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer, which disconnects silent clients."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        self._stop_clock()
        self._stop_waiting()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give the client time to take what it has asked for."""
        super().pause_writing()
        self._stop_waiting()
        self.untaken = self.loop.call_later(TAKE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        self._stop_waiting()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request; the timer stops when the request is complete."""
        self.heard = True
        if self.deadline is None:
            self._start_clock()
        super().data_received(data)
        cycle = self._open_cycle()
        if cycle is not None and not cycle.more_body:
            self._stop_clock()

    def on_response_complete(self) -> None:
        """Continue with the next request, unless the rest of this one, which will not be read, is still arriving."""
        self._stop_clock()
        unread = self.cycle.more_body
        super().on_response_complete()
        following = self._open_cycle()
        if unread:
            self._end()
        elif following is not None and following.more_body:
            self._start_clock()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Answer data that is not HTTP. uvicorn's own method fails if an answer has begun."""
        self._give_up(_MALFORMED)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, also if the client does not read its answer."""
        self._end()

    def _start_clock(self) -> None:
        self._stop_clock()
        self.deadline = self.loop.call_later(RECEIVE_SECONDS, self._too_late)

    def _stop_clock(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _stop_waiting(self) -> None:
        if self.untaken is not None:
            self.untaken.cancel()
            self.untaken = None

    def _too_late(self) -> None:
        self._give_up(_LATE if self.heard else b"")

    def _give_up(self, answer: bytes) -> None:
        """Close the connection, with an answer unless another has begun."""
        cycle = self._open_cycle()
        if cycle is None or not cycle.response_started:
            self.transport.write(answer)
        self._end()

    def _open_cycle(self) -> RequestResponseCycle | None:
        """Return the cycle of the request being answered."""
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's annotation omits the None
        return None if cycle is None or cycle.response_complete else cycle

    def _end(self) -> None:
        self.transport.close()
        self.loop.call_later(_CLOSE_SECONDS, self.transport.abort)
