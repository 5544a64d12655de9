"""An HTTP proxy for the HTTP task: it forwards requests, can refuse some of them, and records all."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Front:
    """`behind` is the port of the real server; an address that contains one of `refused` gets 503."""

    port: int = 0
    behind: int = 0
    refused: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)

    def asked_for(self, what: str) -> bool:
        return any(what in each for each in self.seen)


@contextmanager
def front() -> Iterator[Front]:
    made = Front()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.seen.append(self.path)
            if any(each in self.path for each in made.refused):
                self.send_error(503)
                return
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            onward = http.client.HTTPConnection("127.0.0.1", made.behind, timeout=20)
            headers = {"Content-Type": self.headers.get("content-type", "")}
            onward.request(self.command, self.path, body or None, headers)
            reply = onward.getresponse()
            content = reply.read()
            onward.close()
            self.send_response(reply.status)
            for name in ("content-type", "cache-control", "expires", "last-modified", "etag"):
                if value := reply.headers.get(name):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name is the standard library's

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
