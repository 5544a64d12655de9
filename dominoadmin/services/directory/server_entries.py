"""Server documents of the Domino Directory as values. Only this module converts them from and to the store's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeVar

from dominoadmin.errors import Damaged
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.directory import entries
from dominoadmin.services.domain import server_entry
from dominoadmin.store import directory
from dominoadmin.store.database import Connection
from dominoadmin.store.records import DirectoryEntry, Fields

Value = TypeVar("Value")

ENABLED, DISABLED, REDIRECT = "Enabled", "Disabled", "Redirect to SSL"
TCP_STATUSES: Final = (ENABLED, DISABLED, REDIRECT)
SSL_STATUSES: Final = (ENABLED, DISABLED)
WEB: Final = "Web"
# Fact sheet 11.1: port numbers without and with SSL. Only Web has a task in this version.
_USUAL_PORTS: Final = {
    WEB: (80, 443),
    "Directory": (389, 636),
    "Mail (IMAP)": (143, 993),
    "Mail (POP)": (110, 995),
    "Mail (SMTP Inbound)": (25, 465),
    "DIIOP": (63148, 63149),
}
PROTOCOLS: Final = tuple(_USUAL_PORTS)


@dataclass(frozen=True)
class Relay:
    """The SMTP relay of the server document. `starttls`: the connection must be encrypted before any other command."""

    host: str
    port: int
    starttls: bool
    sender: str


@dataclass(frozen=True, kw_only=True)
class ProtocolPorts:
    """The ports of one protocol. Its authentication options are those of the column (fact sheet 11.1).

    `later` holds the fields that a later version added; they are kept.
    """

    tcp_port: int
    tcp_port_status: str
    ssl_port: int
    ssl_port_status: str
    tcp_authentication: Mapping[str, bool]
    ssl_authentication: Mapping[str, bool]
    later: Mapping[str, Any] = field(default_factory=dict)

    def content(self) -> Fields:
        """Return the ports as JSON content."""
        return _content(self)


@dataclass(frozen=True, kw_only=True)
class ServerEntry:
    """A Server document. `name` is the server's canonical name, `later` holds the fields that a later version added."""

    name: str
    host_name: str
    ssl_key_file: str
    ports: Mapping[str, ProtocolPorts]
    run_unrestricted: tuple[str, ...]
    id_file: str
    relay: Relay | None = None
    later: Mapping[str, Any] = field(default_factory=dict)

    @property
    def web(self) -> ProtocolPorts:
        """The ports of the HTTP task."""
        return self.ports[WEB]

    def content(self) -> Fields:
        """Return the document's fields as JSON content."""
        found = _content(self)
        del found["name"]  # the store has its own column for it
        found["ports"] = {protocol: each.content() for protocol, each in self.ports.items()}
        found["run_unrestricted"] = list(self.run_unrestricted)
        found["relay"] = asdict(self.relay) if self.relay else None
        return found


def new(name: str, host: str, http_port: int, ssl_port: int, administrator: str) -> ServerEntry:
    """Return a new server document, in which the administrator may run unrestricted methods and operations."""
    ports = {protocol: _new_ports(plain, ssl, DISABLED) for protocol, (plain, ssl) in _USUAL_PORTS.items()}
    ports[WEB] = _new_ports(http_port, ssl_port, ENABLED)
    return ServerEntry(
        name=name, host_name=host, ssl_key_file="", ports=ports, run_unrestricted=(administrator,), id_file="server.id"
    )


def get(db: Connection, name: str) -> ServerEntry:
    """Return a server's document.

    Raises:
        NotFound, Damaged: there is none, or it cannot be read.

    """
    return parse(server_entry(db, name))


def checked(db: Connection, verifier: Verifier, name: str) -> ServerEntry:
    """Return a server's document, after comparing it with what the audit log commits.

    Raises:
        NotFound, Damaged: as `get` does.
        Tampered: it was altered or added behind the program.

    """
    return parse(entries.server(db, verifier, name))


def of_domain(db: Connection) -> ServerEntry:
    """Return the document of the server that was set up with the domain.

    Raises:
        NotFound, Damaged: as `get` does.

    """
    return get(db, directory.fact(db, "server"))


def all_of(db: Connection) -> list[ServerEntry]:
    """Return all server documents, by name.

    Raises:
        Damaged: one of them cannot be read.

    """
    return [parse(entry) for entry in directory.entries(db, "server")]


def parse(entry: DirectoryEntry) -> ServerEntry:
    """Read a server document from the store.

    Raises:
        Damaged: it has a value that no version of the program writes.

    """
    try:
        return _parse(entry.name, dict(entry.fields))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Damaged(
            _("The Server document of {name} cannot be read: it was altered.", name=names.abbreviated(entry.name)),
            _("Restore a backup."),
        ) from None


def _parse(name: str, fields: Fields) -> ServerEntry:
    ports, relay = _typed(fields.pop("ports"), dict), fields.pop("relay", None)
    found = ServerEntry(
        name=name,
        host_name=_typed(fields.pop("host_name"), str),
        ssl_key_file=_typed(fields.pop("ssl_key_file", ""), str),
        ports={protocol: _parse_ports(dict(each)) for protocol, each in ports.items()},
        run_unrestricted=tuple(_typed(each, str) for each in fields.pop("run_unrestricted", None) or ()),
        id_file=_typed(fields.pop("id_file", ""), str),
        relay=_parse_relay(**relay) if relay else None,
        later=fields,
    )
    _among(WEB, found.ports)
    return found


def _parse_ports(fields: Fields) -> ProtocolPorts:
    return ProtocolPorts(
        tcp_port=_typed(fields.pop("tcp_port"), int),
        tcp_port_status=_among(fields.pop("tcp_port_status"), TCP_STATUSES),
        ssl_port=_typed(fields.pop("ssl_port"), int),
        ssl_port_status=_among(fields.pop("ssl_port_status"), SSL_STATUSES),
        tcp_authentication=_options(fields.pop("tcp_authentication")),
        ssl_authentication=_options(fields.pop("ssl_authentication")),
        later=fields,
    )


def _parse_relay(host: object, port: object, starttls: object, sender: object) -> Relay:
    return Relay(_typed(host, str), _typed(port, int), _typed(starttls, bool), _typed(sender, str))


def _options(fields: object) -> dict[str, bool]:
    return {option: _typed(value, bool) for option, value in _typed(fields, dict).items()}


def _typed(value: object, kind: type[Value]) -> Value:
    if type(value) is not kind:  # exactly: True is no port
        raise TypeError(value)
    return value


def _among(value: str, known: tuple[str, ...] | Mapping[str, object]) -> str:
    if value not in known:
        raise ValueError(value)
    return value


def _new_ports(plain: int, ssl: int, status: str) -> ProtocolPorts:
    authentication = {"name_and_password": False, "anonymous": True}
    return ProtocolPorts(
        tcp_port=plain, tcp_port_status=status, ssl_port=ssl, ssl_port_status=DISABLED,
        tcp_authentication=authentication, ssl_authentication={**authentication, "client_certificate": False},
    )  # fmt: skip


def _content(found: ProtocolPorts | ServerEntry) -> Fields:
    fields = dict(vars(found))
    return {**fields.pop("later"), **fields}
