"""`dominoadmin setup`: the first-time setup."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

from dominoadmin.cli import passwords
from dominoadmin.cli.framework import PROG, Invocation, Reply, Verb, add_command, details
from dominoadmin.errors import KeychainUnavailable
from dominoadmin.pki import names
from dominoadmin.services.domain import system_clock
from dominoadmin.services.setup import creating as service
from dominoadmin.services.setup.creating import SetupRequest, SetupResult
from dominoadmin.store.keychain import open_keychain


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    example = (
        "setup --organization MyCompany --server Server1 --host server1.example.com"
        ' --admin "Ann Admin" --admin-password-file secret.txt'
    )
    parser = add_command(nouns, Verb("setup", run, "set up a new domain in the data directory", example), "setup")
    parser.add_argument("--organization", required=True, metavar="NAME")
    parser.add_argument("--country", default="", metavar="CC", help="two letters")
    parser.add_argument(
        "--state", default="", metavar="STATE", help="spelled out; the window proposes it for names in certificates"
    )
    parser.add_argument("--server", required=True, metavar="NAME")
    parser.add_argument("--host", required=True, metavar="FQDN", help="the server's host name on the network")
    parser.add_argument("--admin", required=True, metavar="NAME", help="the first administrator")
    parser.add_argument("--admin-password-file", metavar="FILE", help="- is standard input; default: ask")
    parser.add_argument(
        "--certifier-password-file", metavar="FILE", help="for cert.id; default: the administrator's password"
    )
    parser.add_argument(
        "--server-password-file", metavar="FILE", help="for server.id; default: a random one, stored in the keychain"
    )
    parser.add_argument("--http-port", type=int, default=80, metavar="N", help="default: %(default)s")
    parser.add_argument("--ssl-port", type=int, default=443, metavar="N", help="default: %(default)s")


def _set_up(session: Invocation, request: SetupRequest) -> SetupResult:
    return service.set_up(
        session.root, request, lambda domain_id: open_keychain(domain_id, os.environ), system_clock, session.progress()
    )


def run(session: Invocation) -> Reply:
    """Set up a domain."""
    o = session.options
    service.check_folder(session.root)
    option = "--admin-password-file"
    prompt = "Password for the administrator's ID: "
    request = SetupRequest(
        organization=o.organization, country=o.country, state=o.state, server=o.server, host=o.host,
        administrator=o.admin,
        administrator_password=session.password(o.admin_password_file, prompt, confirm=True, option=option),
        certifier_password=session.password(o.certifier_password_file, "") if o.certifier_password_file else "",
        server_password=session.password(o.server_password_file, "") if o.server_password_file else "",
        http_port=o.http_port, ssl_port=o.ssl_port,
    )  # fmt: skip
    try:
        done = _set_up(session, request)
    except KeychainUnavailable as error:
        if not passwords.has_terminal():
            raise
        print(f"{PROG}: {error}", file=sys.stderr)
        chosen = session.password(None, "Choose a password for the server's ID: ", confirm=True)
        done = _set_up(session, replace(request, server_password=chosen))
    shown = {
        "Data directory": session.root,
        "Organization Name": names.abbreviated(done.organization),
        "Server": f"{names.abbreviated(done.server)}, ID file {done.server_id.name}",
        "Administrator": f"{names.abbreviated(done.administrator)}, ID file {done.administrator_id.name}",
        "Certifier ID": done.certifier_id.name,
        "Server ID's password": f"kept in {done.keychain}" if done.keychain else "the one you specified",
    }
    hint = (
        "Keep copies of the three ID files and their passwords in a safe place.\nNext: dominoadmin certifier register"
    )
    return Reply({**done.__dict__, "data": session.root}, f"The domain has been set up.\n{details(shown)}\n{hint}")
