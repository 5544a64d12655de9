"""The HTTP task: serves every Certificate Requests database on the ports of the server document (technote 28-33)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.key_rings import KeyRing
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_entries import DISABLED, ENABLED, REDIRECT
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import directory
from dominoadmin.tasks.http import tls
from dominoadmin.tasks.http.app import application
from dominoadmin.tasks.http.connections import Admission
from dominoadmin.tasks.http.guard import Policy
from dominoadmin.tasks.http.listeners import Address, Listener
from dominoadmin.tasks.http.pages import Pages
from dominoadmin.tasks.http.tls import LiveContext
from dominoadmin.tasks.http.validation import Validation

HELP: Final = """\
 tell http restart     reloads the Server document and the key ring; open connections stay open
 tell http show        ports and key ring
 tell http quit
 tell http help"""
_LOCAL: Final = ("localhost",)
_NAME: Final = _("Enter its name there, or use 'dominoadmin server set --ssl-key-file keyfile.kyr'.")
_PORTS: Final = _("Enable one in the Server document, or with 'dominoadmin server set --ssl-port-status enabled'.")


@dataclass(frozen=True)
class _Web:
    """The fields of the server document that this task uses."""

    host: str
    key_file: str
    plain: Address | None
    ssl: Address | None
    redirect: bool


class HttpTask:
    """`load http`."""

    title = "HTTP Server"
    prefix = "HTTP Server"
    again = "tell http restart"

    def __init__(self, domain: Domain, identity: Identity) -> None:
        self._domain, self._identity = domain, identity
        self._admission = Admission()
        self._policy = Policy(frozenset(_LOCAL))
        self._app = application(Pages(domain, Actor.of(identity)), Validation(domain, identity), lambda: self._policy)
        self._plain: Listener | None = None
        self._ssl: Listener | None = None
        self._live: LiveContext | None = None
        self._ring: KeyRing | None = None
        self._file = ""
        with domain.store.snapshot() as db:
            self._loopback = bool(directory.fact(db, directory.SAMPLE))

    def start(self) -> Iterator[str]:
        """Open the ports.

        Raises:
            Error: a port is taken or forbidden, or none is enabled; then no port stays open.

        """
        try:
            yield from self._obey(self._read())
        except Error:
            self.stop()
            raise

    def stop(self) -> None:
        """Close the ports; pending answers get a second."""
        listeners = [listener for listener in (self._plain, self._ssl) if listener]
        for listener in listeners:
            listener.begin_stop()
        for listener in listeners:
            listener.stop()
        self._plain = self._ssl = self._live = self._ring = None

    def status(self) -> list[str]:
        """Return the ports it listens on, in Domino's words."""
        ports = [f"TCP Port:{self._plain.port}"] if self._plain else []
        ports += [f"SSL Port:{self._ssl.port}"] if self._ssl else []
        only = " (sample data: from this computer only)" if self._loopback else ""
        return [f"Listen for connect requests on {' '.join(ports)}{only}" if ports else "Not listening"]

    def run_due(self) -> Iterator[str]:
        """Check the listeners."""
        for listener in (self._plain, self._ssl):
            if listener and not listener.is_alive:
                yield f"Port {listener.port} is no longer served. Enter: tell http restart"
                listener.stop()
                self._plain = None if listener is self._plain else self._plain
                self._ssl = None if listener is self._ssl else self._ssl

    def tell(self, command: str) -> Iterator[str]:
        """Carry out `tell http restart|show|help`."""
        match command.lower().split():
            case ["restart"]:
                yield from self._obey(self._read())
                yield "Restarted"
                yield from self.status()
            case ["show"]:
                yield from self.status()
                yield from self._details()
            case ["help"] | []:
                yield from HELP.splitlines()
            case _:
                raise Refused(
                    _("The HTTP server does not know the command {command}.", command=repr(command)),
                    _("Enter: tell http help"),
                )

    def _read(self) -> _Web:
        server = server_documents.checked(self._domain, Actor.of(self._identity), self._identity.name)
        web = server.web
        plain, ssl = web.tcp_port_status != DISABLED, web.ssl_port_status == ENABLED
        if not plain and not ssl:
            raise Refused(_("Both ports of the HTTP server are disabled in the Server document."), _PORTS)
        return _Web(
            server.host_name.lower(),
            server.ssl_key_file,
            Address(web.tcp_port, "--http-port", self._loopback) if plain else None,
            Address(web.ssl_port, "--ssl-port", self._loopback) if ssl else None,
            web.tcp_port_status == REDIRECT,
        )

    def _obey(self, web: _Web) -> Iterator[str]:
        """Apply ports, key ring and policy of the server document, without touching what is unchanged."""
        if web.ssl:
            try:
                self._load(web.key_file)
            except Error as error:
                # A previously loaded key ring stays in use.
                yield f"SSL: {error} {error.hint}".rstrip()
        else:
            self._live = self._ring = None
        if not web.plain and not self._live:
            raise Refused(_("Without a key ring, HTTP has no port to open."), _("Install it, then try again."))
        try:
            self._plain = self._moved(self._plain, web.plain, None)
            self._ssl = self._moved(self._ssl, web.ssl if self._live else None, self._live)
        finally:
            self._policy = Policy(self._hosts(web), self._ssl.port if self._ssl else 0, web.redirect)

    def _load(self, file: str) -> None:
        """Open the key ring; a listener that already has one uses the new one from the next handshake."""
        if not file:
            raise Refused(_("No key ring is specified in the Server document."), _NAME)
        ring = tls.open_ring(self._domain, self._identity, file)
        context = tls.context(ring)
        self._ring, self._file = ring, file
        if self._live:
            self._live.current = context
        else:
            self._live = LiveContext(context)

    def _moved(self, listener: Listener | None, wanted: Address | None, live: LiveContext | None) -> Listener | None:
        """Return the listener for an address: the existing one if there is one."""
        if listener and listener.address == wanted and listener.is_alive:
            return listener
        started = None
        if wanted:
            started = Listener(wanted, self._app, self._admission, live)  # first: if it is taken, the old one stays
            started.start()
        if listener:
            listener.stop()
        return started

    def _hosts(self, web: _Web) -> frozenset[str]:
        certified = [name.value for name in self._ring.general_names if name.kind == "dns"] if self._ring else []
        return frozenset((web.host, *_LOCAL, *certified))

    def _details(self) -> Iterator[str]:
        yield f"  Names: {', '.join(sorted(self._policy.hosts))}"
        if self._policy.redirect:
            yield "  TCP port status: Redirect to SSL"
        if self._ring:
            subject, end = names.shown(self._ring.subject), self._ring.certificate.not_valid_after_utc
            yield f"  Key ring: {self._file}, {subject}, valid until {end:%Y-%m-%d}"
        yield f"  Connections: {self._admission.open} open, {self._admission.refused} rejected"
