"""Server documents: Ports - Internet Ports, and the security fields the CA process looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from ipaddress import ip_address
from typing import Any, Final

from dominoadmin.errors import Error, NotFound, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names, names
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory.mailing import Relay
from dominoadmin.services.domain import Actor, Domain, person_entry, server_entry
from dominoadmin.store import directory
from dominoadmin.store.records import DirectoryEntry

ENABLED, DISABLED, REDIRECT = "Enabled", "Disabled", "Redirect to SSL"
# Fact sheet 11.1: port numbers without and with SSL. Only Web has a task in this version.
_PORTS: Final = {
    "Web": (80, 443),
    "Directory": (389, 636),
    "Mail (IMAP)": (143, 993),
    "Mail (POP)": (110, 995),
    "Mail (SMTP Inbound)": (25, 465),
    "DIIOP": (63148, 63149),
}
WEB: Final = "Web"
PROTOCOLS: Final = tuple(_PORTS)
NO_TASK: Final = _("This version has no task for this protocol; the fields are kept for later.")
_MAXIMUM_PORT: Final = 65535
_WITHOUT_CLIENT_CERTIFICATES: Final = ("Mail (SMTP Inbound)", "DIIOP")
_SIGN_IN: Final = ("name_and_password", "client_certificate")


def new_fields(host: str, http_port: int, ssl_port: int, administrator: str) -> dict[str, Any]:
    """Return the fields of a new server document. The administrator may run unrestricted methods and operations."""
    ports = {protocol: _port_fields(plain, ssl) for protocol, (plain, ssl) in _PORTS.items()}
    ports[WEB] = {**_port_fields(http_port, ssl_port), "tcp_port_status": ENABLED}
    return {
        "host_name": host,
        "ssl_key_file": "",
        "ports": ports,
        "run_unrestricted": [administrator],
        "id_file": "server.id",
    }


def _port_fields(plain: int, ssl: int) -> dict[str, Any]:
    authentication = {"name_and_password": False, "anonymous": True}
    return {
        "tcp_port": plain,
        "tcp_port_status": DISABLED,
        "ssl_port": ssl,
        "ssl_port_status": DISABLED,
        "tcp_authentication": authentication,
        "ssl_authentication": {**authentication, "client_certificate": False},
    }


def check_ports(http_port: int, ssl_port: int) -> None:
    """Check a pair of port numbers.

    Raises:
        Refused: one is out of range, or they are the same. 0 lets the system choose and is for tests and trials.

    """
    for port in (http_port, ssl_port):
        if not 0 <= port <= _MAXIMUM_PORT:
            raise Refused(
                _("{port} is not a port number.", port=port), _("Use a number from 1 to {limit}.", limit=_MAXIMUM_PORT)
            )
    if http_port == ssl_port != 0:
        raise Refused(_("The TCP/IP port number and the SSL port number must differ."))


@dataclass(frozen=True)
class ServerChange:
    """What is to change in a server document; None leaves a field as it is. A relay without a host is none."""

    protocol: str = WEB
    ssl_key_file: str | None = None
    ssl_port_status: str | None = None
    tcp_port_status: str | None = None
    http_port: int | None = None
    ssl_port: int | None = None
    run_unrestricted: tuple[str, ...] | None = None
    host_name: str | None = None
    relay: Relay | None = None
    tcp_authentication: dict[str, bool] | None = None
    ssl_authentication: dict[str, bool] | None = None


def show(domain: Domain, server: str = "") -> DirectoryEntry:
    """Return a server document; the domain's first server if none is named.

    Raises:
        NotFound: there is no such server.

    """
    with domain.store.snapshot() as db:
        if not server:
            return server_entry(db, directory.fact(db, "server"))
        return server_entry(db, names.in_organization(server, directory.fact(db, "organization")))


def domain_server(domain: Domain) -> str:
    """Return the canonical name of the server that was set up with the domain."""
    with domain.store.snapshot() as db:
        return directory.fact(db, "server")


def change(domain: Domain, actor: Actor, server: str, *wanted: ServerChange) -> DirectoryEntry:
    """Change a server document, as Edit Server and Save & Close do; return the new document.

    Several changes, one for each protocol, are made together or not at all.

    Raises:
        NotFound: there is no such server, or no key ring of that name on it.
        Refused: a field breaks its rule.

    """
    with domain.store.transaction() as db:  # from here on nobody else changes it
        entry = show(domain, server)
        directory.set_fields(db, entry.name, changed(domain, entry, wanted))
        details = [{key: value for key, value in asdict(each).items() if value is not None} for each in wanted]
        events = [Event("server document changed", entry.name, detail) for detail in details]
        audit_log.enter(db, domain.now(), actor, events)
    return show(domain, entry.name)


def changed(domain: Domain, entry: DirectoryEntry, changes: Sequence[ServerChange]) -> dict[str, Any]:
    """Return the fields as they will be; nothing is written.

    Raises:
        NotFound, Refused: as `change` does.

    """
    before = entry.fields
    for wanted in changes:
        entry = replace(entry, fields=_changed(domain, entry, wanted))
    # All changes count together: a key ring may be taken away while the port that used it is disabled. A document
    # that is older than this rule can still be changed otherwise.
    if without := [each for each in _without_key_ring(entry.fields) if each not in _without_key_ring(before)]:
        raise Refused(
            _("SSL cannot be enabled without a key ring."),
            _("Fill in 'SSL key file name' first, or disable the SSL port of {without}.", without=without[0]),
        )
    return entry.fields


def _without_key_ring(fields: dict[str, Any]) -> list[str]:
    """Return the protocols whose SSL port is enabled though the document names no key ring."""
    if fields["ssl_key_file"]:
        return []
    return [protocol for protocol, ports in fields["ports"].items() if ports["ssl_port_status"] == ENABLED]


def problem(domain: Domain, entry: DirectoryEntry, changes: Sequence[ServerChange]) -> str:
    """Return which rule the changes would break, as a sentence, or an empty string."""
    try:
        changed(domain, entry, changes)
    except Error as error:
        return error.whole()
    return ""


def installed_key_rings(domain: Domain, entry: DirectoryEntry) -> list[str]:
    """Return the file names of the key rings in a server's data directory."""
    folder = domain.directory.server(names.common_name(entry.name))
    return sorted(path.name for path in folder.glob("*") if path.suffix.lower() == ".kyr" and path.is_file())


def _changed(domain: Domain, entry: DirectoryEntry, wanted: ServerChange) -> dict[str, Any]:
    fields = {**entry.fields, "ports": {**entry.fields["ports"]}}
    if wanted.protocol not in fields["ports"]:
        raise Refused(
            _("{protocol} is not a protocol of the Internet Ports.", protocol=repr(wanted.protocol)),
            _("Choose {ports}.", ports=", ".join(_PORTS)),
        )
    ports = fields["ports"][wanted.protocol] = {**fields["ports"][wanted.protocol]}
    if wanted.ssl_key_file is not None:
        fields["ssl_key_file"] = _checked_key_file(domain, entry, wanted.ssl_key_file)
    if wanted.host_name is not None:
        fields["host_name"] = general_names.host(wanted.host_name)
    if wanted.run_unrestricted is not None:
        fields["run_unrestricted"] = [_known_person(domain, name) for name in wanted.run_unrestricted]
    choices = {
        "ssl_port_status": wanted.ssl_port_status,
        "tcp_port_status": wanted.tcp_port_status,
        "tcp_port": wanted.http_port,
        "ssl_port": wanted.ssl_port,
    }
    ports.update({key: value for key, value in choices.items() if value is not None})
    check_ports(ports["tcp_port"], ports["ssl_port"])
    _check_statuses(wanted)
    for column, options in (("tcp", wanted.tcp_authentication), ("ssl", wanted.ssl_authentication)):
        checked = _checked_options(wanted.protocol, column, options or {})
        ports[f"{column}_authentication"] = {**ports[f"{column}_authentication"], **checked}
    if wanted.relay is not None:
        fields["relay"] = asdict(_checked_relay(wanted.relay)) if wanted.relay.host.strip() else None
    return fields


def _check_statuses(wanted: ServerChange) -> None:
    if wanted.ssl_port_status not in (None, ENABLED, DISABLED):
        raise Refused(
            _("SSL port status cannot be {status}.", status=wanted.ssl_port_status),
            _("Choose {enabled} or {disabled}.", enabled=ENABLED, disabled=DISABLED),
        )
    if wanted.tcp_port_status not in (None, ENABLED, DISABLED, REDIRECT):
        raise Refused(
            _("TCP/IP port status cannot be {status}.", status=wanted.tcp_port_status),
            _("Choose {enabled}, {disabled} or {redirect}.", enabled=ENABLED, disabled=DISABLED, redirect=REDIRECT),
        )


def _checked_options(protocol: str, column: str, options: dict[str, bool]) -> dict[str, bool]:
    """Check authentication options (fact sheet 11.1). What would promise a protection that is not there is refused."""
    if unknown := set(options) - {"name_and_password", "anonymous", "client_certificate"}:
        raise Refused(_("There is no authentication option {field}.", field=min(unknown)))
    if options.get("client_certificate") and (column == "tcp" or protocol in _WITHOUT_CLIENT_CERTIFICATES):
        raise Refused(_("{protocol} has no client certificate authentication on this port.", protocol=protocol))
    if protocol == WEB and (options.get("anonymous") is False or any(options.get(key) for key in _SIGN_IN)):
        raise Refused(
            _("The HTTP task of this version serves its pages to everybody and signs nobody in."),
            _("Leave Anonymous at Yes, or disable the port."),
        )
    return options


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _checked_relay(relay: Relay) -> Relay:
    host = relay.host.strip()
    kind = "ip" if _is_address(host) else "dns"  # a relay may well be called localhost
    host = general_names.parse(f"{kind}:{host}").value
    if host.startswith("*"):
        raise Refused(_("{host} is a wildcard, not the name of one relay.", host=host))
    if not 1 <= relay.port <= _MAXIMUM_PORT:
        raise Refused(_("{port} is not a port number.", port=relay.port), _("SMTP relays use 25 or 587."))
    return Relay(host, relay.port, relay.starttls, general_names.email(relay.sender.strip()))


def _checked_key_file(domain: Domain, entry: DirectoryEntry, name: str) -> str:
    if "/" in name or "\\" in name:
        # The technote's note to step 28.
        raise Refused(
            _("Do not include the full path to the key ring file, only the file name."), _("Write keyfile.kyr.")
        )
    if name and not name.lower().endswith(".kyr"):
        raise Refused(_("{name} is not the name of a key ring file.", name=name), _("Key ring files end in .kyr."))
    folder = domain.directory.server(names.common_name(entry.name))
    if name and not (folder / name).is_file():
        raise NotFound(
            _(
                "The data directory of {server} has no key ring {file}.",
                server=names.abbreviated(entry.name),
                file=name,
            ),
            _("Copy it there first: Install on Server, or 'dominoadmin keyring install --file {name}'.", name=name),
        )
    return name


def _known_person(domain: Domain, text: str) -> str:
    with domain.store.snapshot() as db:
        return person_entry(db, names.in_organization(text, directory.fact(db, "organization"))).name
