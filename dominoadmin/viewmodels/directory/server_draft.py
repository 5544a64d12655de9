"""The Server document while it is being edited (technote, step 28; fact sheet 11.1). Only changes are saved."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import ENABLED, PROTOCOLS, WEB, ProtocolPorts, Relay, ServerEntry
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.viewmodels import mends
from dominoadmin.viewmodels.problems import DraftProblem, Judged, of_error, offered

Value = TypeVar("Value")
_RELAY_PORT: Final = 25
_TCP, _SSL = "tcp", "ssl"
OPTIONS: Final = {
    _TCP: ("name_and_password", "anonymous"),
    _SSL: ("client_certificate", "name_and_password", "anonymous"),
}
"""The authentication options of both columns, in the order of the form."""


@dataclass(kw_only=True)
class PortsDraft:
    """The fields of one protocol."""

    tcp_port: int
    tcp_port_status: str
    ssl_port: int
    ssl_port_status: str
    tcp_authentication: dict[str, bool]
    ssl_authentication: dict[str, bool]

    @classmethod
    def of(cls, stored: ProtocolPorts) -> PortsDraft:
        """Return the fields as they are stored."""
        return cls(
            tcp_port=stored.tcp_port,
            tcp_port_status=stored.tcp_port_status,
            ssl_port=stored.ssl_port,
            ssl_port_status=stored.ssl_port_status,
            tcp_authentication=dict(stored.tcp_authentication),
            ssl_authentication=dict(stored.ssl_authentication),
        )

    def authentication(self, column: str) -> dict[str, bool]:
        """Return the options of a column, `tcp` or `ssl`."""
        return self.tcp_authentication if column == _TCP else self.ssl_authentication


@dataclass
class RelayDraft:
    """The relay for memos to the outside. Without a host there is no relay."""

    host: str = ""
    port: int = _RELAY_PORT
    starttls: bool = True
    sender: str = ""

    @classmethod
    def of(cls, stored: Relay | None) -> RelayDraft:
        """Return the relay as typed text."""
        return cls(**vars(stored)) if stored else cls()

    def relay(self) -> Relay:
        """Return the relay for the service."""
        return Relay(self.host, self.port, self.starttls, self.sender)


@dataclass
class ServerDraft(Judged):
    """The input so far."""

    domain: Domain
    entry: ServerEntry
    _: KW_ONLY
    host_name: str = ""
    ssl_key_file: str = ""
    run_unrestricted: list[str] = field(default_factory=list)
    ports: dict[str, PortsDraft] = field(default_factory=dict)
    relay: RelayDraft = field(default_factory=RelayDraft)

    @classmethod
    def of(cls, domain: Domain, entry: ServerEntry) -> ServerDraft:
        """Return a draft of the unchanged document."""
        return cls(
            domain,
            entry,
            host_name=entry.host_name,
            ssl_key_file=entry.ssl_key_file,
            run_unrestricted=list(entry.run_unrestricted),
            ports={protocol: PortsDraft.of(stored) for protocol, stored in entry.ports.items()},
            relay=RelayDraft.of(entry.relay),
        )

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return why the draft cannot be saved and what to do."""
        wrong = map(of_error, server_documents.errors_of(self.domain, self.entry, self.changes()))
        by_field = {each.field: each for each in reversed([*wrong])}
        mended = self._mends()
        return tuple(offered(each, mended.get(each.field, str)()) for each in reversed(by_field.values()))

    def _mends(self) -> dict[str, Callable[[], str]]:
        return {
            "host_name": lambda: mends.host(self.host_name),
            "relay_host": lambda: mends.host(self.relay.host),
            "ssl_key_file": self._installed_key_ring,
            **{f"{protocol} ssl_port": partial(self._other_port, protocol) for protocol in self.ports},
        }

    def _installed_key_ring(self) -> str:
        """Return the key ring on the server that was meant, or the only one there is."""
        known, name = self.key_rings(), re.split(r"[/\\\\]", self.ssl_key_file.strip())[-1].lower()
        meant = [each for each in known if each.lower() in (name, f"{name}.kyr")]
        return next(iter(meant or known), "") if len(meant or known) == 1 else ""

    def _other_port(self, protocol: str) -> str:
        """Return the SSL port that the document has, unless it is the other one now."""
        stored = self.entry.ports[protocol].ssl_port
        return "" if stored in (0, self.ports[protocol].tcp_port) else str(stored)

    def changes(self) -> tuple[ServerChange, ...]:
        """Return the differences from the document: first the shared fields with those of Web, then the others."""
        found = (self._change(protocol) for protocol in PROTOCOLS if protocol in self.ports)
        return tuple(change for change in found if change != ServerChange(change.protocol))

    def key_rings(self) -> list[str]:
        """Return the key rings in the server's data directory."""
        return server_documents.installed_key_rings(self.domain, self.entry)

    def enable_ssl(self) -> None:
        """Enable the SSL port of the Web (technote, step 28)."""
        self.ports[WEB].ssl_port_status = ENABLED

    def misses_key_ring(self) -> bool:
        """Return whether an SSL port is enabled, and nobody has named a key ring yet."""
        return not self.ssl_key_file and any(each.ssl_port_status == ENABLED for each in self.ports.values())

    def candidates(self) -> list[str]:
        """Return the people who are not on the list yet, by their canonical names."""
        return [each.name for each in identifying.people(self.domain) if each.name not in self.run_unrestricted]

    def needs_restart(self) -> bool:
        """Return whether the changes take effect only after `tell http restart`."""
        return any(change.protocol == WEB and _concerns_http(change) for change in self.changes())

    def _change(self, protocol: str) -> ServerChange:
        stored, draft = self.entry.ports[protocol], self.ports[protocol]
        shared = self._shared() if protocol == WEB else {}
        return ServerChange(
            protocol,
            tcp_port_status=_new(draft.tcp_port_status, stored.tcp_port_status),
            ssl_port_status=_new(draft.ssl_port_status, stored.ssl_port_status),
            http_port=_new(draft.tcp_port, stored.tcp_port),
            ssl_port=_new(draft.ssl_port, stored.ssl_port),
            tcp_authentication=_new(draft.tcp_authentication, dict(stored.tcp_authentication)),
            ssl_authentication=_new(draft.ssl_authentication, dict(stored.ssl_authentication)),
            **shared,
        )

    def _shared(self) -> dict[str, Any]:
        stored = self.entry
        return {
            "host_name": _new(self.host_name.strip(), stored.host_name),
            "ssl_key_file": _new(self.ssl_key_file.strip(), stored.ssl_key_file),
            "run_unrestricted": _new(tuple(self.run_unrestricted), stored.run_unrestricted),
            "relay": None if self.relay == RelayDraft.of(stored.relay) else self.relay.relay(),
        }


def _new(value: Value, stored: Value) -> Value | None:
    return None if value == stored else value


def _concerns_http(change: ServerChange) -> bool:
    fields = (
        change.ssl_key_file,
        change.host_name,
        change.tcp_port_status,
        change.ssl_port_status,
        change.http_port,
        change.ssl_port,
    )
    return any(value is not None for value in fields)
