"""Server documents: Ports - Internet Ports, and the security fields that the CA process checks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, asdict, dataclass, replace
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

from dominoadmin.errors import Error, NotFound, Refused, Tampered, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names, names
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory import entries, server_entries
from dominoadmin.services.directory.server_entries import (
    DISABLED,
    ENABLED,
    PROTOCOLS,
    REDIRECT,
    SSL_STATUSES,
    TCP_STATUSES,
    WEB,
    Relay,
    ServerEntry,
)
from dominoadmin.services.domain import Actor, Domain, person_entry
from dominoadmin.store import directory
from dominoadmin.store.database import Connection

NO_TASK: Final = _("This version has no task for this protocol; the fields are kept for later.")
_MAXIMUM_PORT: Final = 65535
_KEY_FILE: Final = "ssl_key_file"
_SSL_PORT: Final = "ssl_port"
Step = Callable[[ServerEntry], ServerEntry]
"""One part of a change: returns the document with it, or raises."""
_WITHOUT_CLIENT_CERTIFICATES: Final = ("Mail (SMTP Inbound)", "DIIOP")
_SIGN_IN: Final = ("name_and_password", "client_certificate")


def check_ports(http_port: int, ssl_port: int) -> None:
    """Check a pair of port numbers.

    Raises:
        Refused: one is out of range, or they are the same. 0 lets the system choose and is for tests and trials.

    """
    for field, port in (("http_port", http_port), (_SSL_PORT, ssl_port)):
        if not 0 <= port <= _MAXIMUM_PORT:
            with about(field):
                raise Refused(
                    _("{port} is not a port number.", port=port),
                    _("Use a number from 1 to {limit}.", limit=_MAXIMUM_PORT),
                )
    if http_port == ssl_port != 0:
        raise Refused(_("The TCP/IP port number and the SSL port number must differ."))


@dataclass(frozen=True)
class ServerChange:
    """Changes of a server document; None leaves a field unchanged. A relay without a host means no relay."""

    protocol: str = WEB
    _rest: KW_ONLY
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


def show(domain: Domain, server: str = "") -> ServerEntry:
    """Return a server document; the domain's first server if none is named.

    Raises:
        NotFound, Damaged: there is no such server, or its document cannot be read.

    """
    with domain.store.snapshot() as db:
        if not server:
            return server_entries.of_domain(db)
        return server_entries.get(db, names.in_organization(server, directory.fact(db, "organization")))


def checked(domain: Domain, actor: Actor, server: str = "") -> ServerEntry:
    """Return a server document that something is done by.

    Raises:
        NotFound, Damaged: as `show` does.
        Tampered: it was altered or added behind the program.

    """
    with domain.store.snapshot() as db:
        text = server or directory.fact(db, "server")
        name = names.in_organization(text, directory.fact(db, "organization"))
        return server_entries.checked(db, actor.verifier(), name)


def alteration(domain: Domain, actor: Actor, server: str) -> Tampered | None:
    """Return the refusal of a Server document that was altered, or None. What needs the document is refused too.

    Raises:
        NotFound: there is no such server.
        Tampered: it was not altered, but a fact about the domain.

    """
    with domain.store.snapshot() as db:
        try:
            entries.server(db, actor.verifier(), server)
        except Tampered as error:
            committed.check_domain(db, actor.verifier())
            return error
    return None


def domain_server(domain: Domain) -> str:
    """Return the canonical name of the server that was set up with the domain."""
    with domain.store.snapshot() as db:
        return directory.fact(db, "server")


def change(domain: Domain, actor: Actor, server: str, *wanted: ServerChange) -> ServerEntry:
    """Change a server document, as Edit Server and Save & Close do; return the new document.

    Several changes, one per protocol, are made together or not at all.

    Raises:
        NotFound: there is no such server, or no key ring of that name on it.
        Refused: a field breaks its rule.
        Tampered: the document was altered: the signature must not make that genuine.

    """
    with domain.store.transaction() as db:  # from here on nobody else can change it
        entry = checked(domain, actor, server)
        _check_people(db, actor, entry, wanted)
        directory.set_fields(db, entry.name, changed(domain, entry, wanted).content())
        details = [{key: value for key, value in asdict(each).items() if value is not None} for each in wanted]
        events = [Event(AuditAction.SERVER_DOCUMENT_CHANGED, entry.name, detail) for detail in details]
        audit_log.enter(db, domain.now(), actor, events)
    return show(domain, entry.name)


def changed(domain: Domain, entry: ServerEntry, changes: Sequence[ServerChange]) -> ServerEntry:
    """Return the changed document, without writing it.

    Raises:
        NotFound, Refused: as `change` does.

    """
    made, errors = _made(domain, entry, changes)
    if errors:
        raise errors[0]
    return made


def errors_of(domain: Domain, entry: ServerEntry, changes: Sequence[ServerChange]) -> tuple[Error, ...]:
    """Return all that is wrong with changes, not only the first that `changed` raises."""
    return _made(domain, entry, changes)[1]


def _made(domain: Domain, entry: ServerEntry, changes: Sequence[ServerChange]) -> tuple[ServerEntry, tuple[Error, ...]]:
    """Return the document with those changes that are right, and what is wrong with the others."""
    before, errors = entry, list[Error]()
    for field, step in _steps(domain, changes):
        try:
            with about(field):
                entry = step(entry)
        except Error as error:
            errors.append(error)
    if not any(each.field == _KEY_FILE for each in errors) and (missing := _key_ring_problem(before, entry)):
        errors.append(missing)
    return entry, tuple(errors)


def _key_ring_problem(before: ServerEntry, entry: ServerEntry) -> Refused | None:
    """Return the refusal of an SSL port that is newly without a key ring, after all changes: their order is free.

    A document that is older than this rule can still be changed otherwise.
    """
    without = [each for each in _without_key_ring(entry) if each not in _without_key_ring(before)]
    if not without:
        return None
    refusal = Refused(
        _("SSL cannot be enabled without a key ring."),
        _("Enter 'SSL key file name' first, or disable the SSL port of {without}.", without=without[0]),
    )
    refusal.field = _KEY_FILE
    return refusal


def _check_people(db: Connection, actor: Actor, entry: ServerEntry, changes: Sequence[ServerChange]) -> None:
    """Check the Person documents of those who are new in "Run unrestricted"."""
    texts = [text for each in changes for text in each.run_unrestricted or ()]
    found = {names.in_organization(text, directory.fact(db, "organization")) for text in texts}
    for name in sorted(found - set(entry.run_unrestricted)):
        entries.person(db, actor.verifier(), name)


def _without_key_ring(entry: ServerEntry) -> list[str]:
    """Return the protocols whose SSL port is enabled although the document names no key ring."""
    if entry.ssl_key_file:
        return []
    return [protocol for protocol, ports in entry.ports.items() if ports.ssl_port_status == ENABLED]


def installed_key_rings(domain: Domain, entry: ServerEntry) -> list[str]:
    """Return the file names of the key rings in a server's data directory."""
    folder = domain.directory.server(names.common_name(entry.name))
    return sorted(path.name for path in folder.glob("*") if path.suffix.lower() == ".kyr" and path.is_file())


def _steps(domain: Domain, changes: Sequence[ServerChange]) -> Iterator[tuple[str, Step]]:
    """Yield the steps of changes, each with the field that it is about."""
    for wanted in changes:
        if wanted.protocol not in PROTOCOLS:
            yield "", partial(_refuse_protocol, wanted.protocol)
            continue
        if wanted.host_name is not None:
            yield "host_name", partial(_with_host, wanted.host_name)
        if wanted.relay is not None:
            yield "relay_host", partial(_with_relay, wanted.relay)
            if wanted.relay.host.strip():
                yield "relay_port", partial(_check_relay_port, wanted.relay.port)
                yield "relay_sender", partial(_with_sender, wanted.relay.sender)
        if wanted.run_unrestricted is not None:
            yield "run_unrestricted", partial(_with_people, domain, wanted.run_unrestricted)
        if wanted.ssl_key_file is not None:
            yield _KEY_FILE, partial(_with_key_file, domain, wanted.ssl_key_file)
        yield f"{wanted.protocol} {_SSL_PORT}", partial(_with_ports, wanted)
        yield f"{wanted.protocol} tcp_options", partial(_with_tcp_options, wanted)
        yield f"{wanted.protocol} ssl_options", partial(_with_ssl_options, wanted)


def _refuse_protocol(protocol: str, _entry: ServerEntry) -> ServerEntry:
    raise Refused(
        _("{protocol} is not an Internet Ports protocol.", protocol=repr(protocol)),
        _("Choose {protocols}.", protocols=", ".join(PROTOCOLS)),
    )


def _with_host(host: str, entry: ServerEntry) -> ServerEntry:
    return replace(entry, host_name=general_names.host(host))


def _with_relay(relay: Relay, entry: ServerEntry) -> ServerEntry:
    host = relay.host.strip()
    if not host:
        return replace(entry, relay=None)
    kind = "ip" if _is_address(host) else "dns"  # localhost is a valid relay
    host = general_names.parse(f"{kind}:{host}").value
    if host.startswith("*"):
        raise Refused(_("{host} is a wildcard, not the name of one relay.", host=host))
    return replace(entry, relay=replace(relay, host=host))


def _check_relay_port(port: int, entry: ServerEntry) -> ServerEntry:
    if not 1 <= port <= _MAXIMUM_PORT:
        raise Refused(_("{port} is not a port number.", port=port), _("SMTP relays use 25 or 587."))
    return entry


def _with_sender(sender: str, entry: ServerEntry) -> ServerEntry:
    address = general_names.email(sender.strip())
    return replace(entry, relay=replace(entry.relay, sender=address)) if entry.relay else entry


def _with_people(domain: Domain, people: Sequence[str], entry: ServerEntry) -> ServerEntry:
    return replace(entry, run_unrestricted=tuple(_known_person(domain, entry, name) for name in people))


def _with_key_file(domain: Domain, name: str, entry: ServerEntry) -> ServerEntry:
    return replace(entry, ssl_key_file=_checked_key_file(domain, entry, name))


def _with_ports(wanted: ServerChange, entry: ServerEntry) -> ServerEntry:
    ports = entry.ports[wanted.protocol]
    tcp_port = ports.tcp_port if wanted.http_port is None else wanted.http_port
    ssl_port = ports.ssl_port if wanted.ssl_port is None else wanted.ssl_port
    try:
        check_ports(tcp_port, ssl_port)
    except Error as error:
        error.field = f"{wanted.protocol} {error.field or _SSL_PORT}"
        raise
    _check_statuses(wanted)
    return _with(
        entry,
        wanted.protocol,
        tcp_port=tcp_port,
        tcp_port_status=wanted.tcp_port_status or ports.tcp_port_status,
        ssl_port=ssl_port,
        ssl_port_status=wanted.ssl_port_status or ports.ssl_port_status,
    )


def _with_tcp_options(wanted: ServerChange, entry: ServerEntry) -> ServerEntry:
    options = _checked_options(wanted.protocol, "tcp", wanted.tcp_authentication or {})
    known = entry.ports[wanted.protocol].tcp_authentication
    return _with(entry, wanted.protocol, tcp_authentication={**known, **options})


def _with_ssl_options(wanted: ServerChange, entry: ServerEntry) -> ServerEntry:
    options = _checked_options(wanted.protocol, "ssl", wanted.ssl_authentication or {})
    known = entry.ports[wanted.protocol].ssl_authentication
    return _with(entry, wanted.protocol, ssl_authentication={**known, **options})


def _with(entry: ServerEntry, protocol: str, **changes: Any) -> ServerEntry:  # noqa: ANN401 - as ProtocolPorts
    return replace(entry, ports={**entry.ports, protocol: replace(entry.ports[protocol], **changes)})


def _check_statuses(wanted: ServerChange) -> None:
    if wanted.ssl_port_status not in (None, *SSL_STATUSES):
        raise Refused(
            _("SSL port status cannot be {status}.", status=wanted.ssl_port_status),
            _("Choose {enabled} or {disabled}.", enabled=ENABLED, disabled=DISABLED),
        )
    if wanted.tcp_port_status not in (None, *TCP_STATUSES):
        raise Refused(
            _("TCP/IP port status cannot be {status}.", status=wanted.tcp_port_status),
            _("Choose {enabled}, {disabled}, or {redirect}.", enabled=ENABLED, disabled=DISABLED, redirect=REDIRECT),
        )


def _checked_options(protocol: str, column: str, options: dict[str, bool]) -> dict[str, bool]:
    """Check authentication options (fact sheet 11.1). Options that promise missing protection are refused."""
    if unknown := set(options) - {"name_and_password", "anonymous", "client_certificate"}:
        raise Refused(_("{field} is not an authentication option.", field=min(unknown)))
    if options.get("client_certificate") and (column == "tcp" or protocol in _WITHOUT_CLIENT_CERTIFICATES):
        raise Refused(
            _("{protocol} does not support client certificate authentication on this port.", protocol=protocol)
        )
    if protocol == WEB and (options.get("anonymous") is False or any(options.get(key) for key in _SIGN_IN)):
        raise Refused(
            _("In this version, the HTTP task serves its pages to everyone and does not authenticate users."),
            _("Leave Anonymous set to Yes, or disable the port."),
        )
    return options


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _checked_key_file(domain: Domain, entry: ServerEntry, name: str) -> str:
    if "/" in name or "\\" in name:
        # The technote's note to step 28.
        raise Refused(
            _("Do not include the full path to the key ring file, only the file name."),
            _("Enter a name such as keyfile.kyr."),
        )
    if name and not name.lower().endswith(".kyr"):
        raise Refused(_("{name} is not a valid key ring file name.", name=name), _("Key ring file names end in .kyr."))
    folder = domain.directory.server(names.common_name(entry.name))
    if name and not os.path.isfile(folder / name):  # noqa: PTH113 - never raises
        raise NotFound(
            _(
                "The data directory of {server} has no key ring {file}.",
                server=names.abbreviated(entry.name),
                file=name,
            ),
            _("Copy it there first: Install on Server, or 'dominoadmin keyring install --file {name}'.", name=name),
        )
    return name


def _known_person(domain: Domain, entry: ServerEntry, text: str) -> str:
    name = domain.name(text)
    if name in entry.run_unrestricted:
        return name
    with domain.store.snapshot() as db:
        return person_entry(db, name).name
