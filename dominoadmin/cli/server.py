"""`dominoadmin server` and `dominoadmin console`: runs a server; `server show|set`: its document."""

from __future__ import annotations

import argparse
from typing import Final

from dominoadmin.cli import console, server_restore
from dominoadmin.cli.framework import Invocation, Reply, Verb, add_command, compared, details, table
from dominoadmin.errors import Refused
from dominoadmin.pki import names
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import NO_TASK, ServerChange
from dominoadmin.services.directory.server_entries import (
    DISABLED,
    ENABLED,
    PROTOCOLS,
    REDIRECT,
    WEB,
    ProtocolPorts,
    Relay,
    ServerEntry,
)

_AUTHENTICATION: Final = {
    "tcp": ("name_and_password", "anonymous"),
    "ssl": ("name_and_password", "anonymous", "client_certificate"),
}
_STATUS: Final = {"enabled": ENABLED, "disabled": DISABLED, "redirect": REDIRECT}


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    example = 'console --server-password-file server.txt -c "tell ca refresh" -c "tell ca stat"'
    parser = add_command(
        nouns,
        Verb(
            "console",
            console.run_console,
            "the server console; with -c or from a pipe, http starts when spoken to",
            example,
        ),
        "console",
    )
    parser.add_argument("--server-password-file", metavar="FILE", help="default: the keychain, else a prompt")
    parser.add_argument(
        "-c", dest="commands", action="append", default=[], metavar="COMMAND", help="command to run; can be repeated"
    )
    text = (
        "run the server with the tasks adminp, http and (with certifiers) ca until 'quit' or SIGTERM; or its document"
    )
    server = add_command(
        nouns, Verb("server", console.run_server, text, "server --server-password-file server.txt"), "server"
    )
    server.add_argument("--server-password-file", metavar="FILE", help="default: the keychain, else a prompt")
    verbs = server.add_subparsers(metavar="VERB", required=False)
    parser = add_command(verbs, Verb("show", show, "show the server document", "server show --json"), "server show")
    parser.add_argument("--server", default="", metavar="NAME")
    example = "server set --ssl-key-file keyfile.kyr --ssl-port-status enabled"
    server_restore.add(verbs)
    parser = add_command(verbs, Verb("set", change, "change the server document", example), "server set")
    parser.add_argument("--server", default="", metavar="NAME")
    parser.add_argument("--ssl-key-file", metavar="FILE", help="SSL key file name, without path")
    parser.add_argument("--ssl-port-status", choices=("enabled", "disabled"))
    parser.add_argument("--http-port-status", choices=tuple(_STATUS))
    parser.add_argument("--http-port", type=int, metavar="N")
    parser.add_argument("--ssl-port", type=int, metavar="N")
    parser.add_argument("--host", metavar="FQDN")
    parser.add_argument("--run-unrestricted", action="append", metavar="NAME", help="replaces the list; '' empties it")
    ports = parser.add_argument_group("Internet Ports")
    ports.add_argument("--protocol", default=WEB, choices=PROTOCOLS, help="ports that the options above apply to")
    for column, options in _AUTHENTICATION.items():
        for option in options:
            ports.add_argument(f"--{column}-{option.replace('_', '-')}", action=argparse.BooleanOptionalAction)
    relay = parser.add_argument_group("mail")
    relay.add_argument("--relay", metavar="HOST:PORT", help="the SMTP relay; empty: none")
    relay.add_argument("--relay-sender", metavar="ADDRESS")
    relay.add_argument("--relay-without-tls", action="store_true", help="do not use STARTTLS")


@compared
def show(session: Invocation) -> Reply:
    """Show the document."""
    return _reply(server_documents.show(session.domain, session.options.server))


def change(session: Invocation) -> Reply:
    """Change the document."""
    o = session.options
    wanted = ServerChange(
        ssl_key_file=o.ssl_key_file,
        ssl_port_status=_STATUS[o.ssl_port_status] if o.ssl_port_status else None,
        tcp_port_status=_STATUS[o.http_port_status] if o.http_port_status else None,
        http_port=o.http_port,
        ssl_port=o.ssl_port,
        run_unrestricted=None if o.run_unrestricted is None else tuple(filter(str.strip, o.run_unrestricted)),
        host_name=o.host,
        relay=_relay(o),
        protocol=o.protocol,
        tcp_authentication=_authentication(o, "tcp"),
        ssl_authentication=_authentication(o, "ssl"),
    )
    if wanted == ServerChange(protocol=o.protocol):
        raise Refused("There is nothing to change.", "Specify a field, for example --ssl-port-status enabled.")
    return _reply(server_documents.change(session.domain, session.signer, o.server, wanted))


def _authentication(o: argparse.Namespace, column: str) -> dict[str, bool] | None:
    given = {option: getattr(o, f"{column}_{option}") for option in _AUTHENTICATION[column]}
    return {option: value for option, value in given.items() if value is not None} or None


def _relay(o: argparse.Namespace) -> Relay | None:
    if o.relay is None:
        if o.relay_sender is not None or o.relay_without_tls:
            raise Refused(
                "--relay-sender and --relay-without-tls can be used only with --relay.", "Also specify the relay."
            )
        return None
    host, _, port = o.relay.rpartition(":")
    if o.relay and not (host and port.isdecimal()):
        raise Refused(f"{o.relay!r} is not a relay.", "Enter it as mail.example.com:587.")
    return Relay(host, int(port) if port else 0, not o.relay_without_tls, o.relay_sender or "")


def _reply(entry: ServerEntry) -> Reply:
    pairs = {
        "Server": names.abbreviated(entry.name),
        "Host name": entry.host_name,
        "SSL key file name": entry.ssl_key_file or None,
        "Run unrestricted methods and operations": [names.abbreviated(name) for name in entry.run_unrestricted],
        "Mail relay": _relay_text(entry.relay),
    }
    rows = [_port_row(protocol, ports) for protocol, ports in sorted(entry.ports.items(), key=lambda p: p[0] != WEB)]
    columns = {"protocol": "Internet Ports", "tcp": "TCP/IP port", "ssl": "SSL port", "sign_in": "Authentication (SSL)"}
    text = f"{details(pairs)}\n\n{table(rows, columns)}\n\nAll except Web: {NO_TASK}"
    return Reply({"name": entry.name, **entry.content()}, text)


def _port_row(protocol: str, ports: ProtocolPorts) -> dict[str, object]:
    allowed = [option.replace("_", " ") for option, value in ports.ssl_authentication.items() if value]
    return {
        "protocol": protocol,
        "tcp": f"{ports.tcp_port} {ports.tcp_port_status}",
        "ssl": f"{ports.ssl_port} {ports.ssl_port_status}",
        "sign_in": ", ".join(allowed),
    }


def _relay_text(relay: Relay | None) -> str | None:
    return f"{relay.host}:{relay.port}, {'with' if relay.starttls else 'without'} STARTTLS" if relay else None
