"""`dominoadmin server accept-restore` and others: what the organization's certifier decides about store and server."""

from __future__ import annotations

import argparse

from dominoadmin.cli.framework import Invocation, Reply, Verb, add_command
from dominoadmin.i18n import counted
from dominoadmin.paths import read_limited, typed
from dominoadmin.pki import names
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.identities import identifying, renewing
from dominoadmin.services.restoring import accepting
from dominoadmin.services.restoring.accepting import AcceptedCertifier, SeenElsewhere

_LARGEST = 1 << 30


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs."""
    example = "server accept-restore --certifier-id cert.id --seen published.crl"
    text = "accept a store that was put back to an older state, with the organization's certifier ID"
    parser = add_command(verbs, Verb("accept-restore", accept, text, example), "server accept-restore")
    _add_certifier(parser)
    parser.add_argument(
        "--crl-number", action="append", default=[], type=_number, metavar="N", help="a CRL number seen anywhere"
    )
    parser.add_argument(
        "--seen", action="append", default=[], metavar="FILE", help="a CRL or certificate that the store may have lost"
    )

    example = (
        "server renew --password-file new.txt --server-password-file server.txt --certifier-password-file cert.txt"
    )
    text = "make a new ID for the server; the old one is superseded, or revoked if it has leaked"
    parser = add_command(verbs, Verb("renew", renew, text, example), "server renew")
    parser.add_argument(
        "--reason",
        default=Reason.SUPERSEDED,
        metavar="REASON",
        help=f"{', '.join(renewing.REASONS)}; default: %(default)s",
    )
    parser.add_argument("--password-file", metavar="FILE", help="for the new ID; - is standard input; default: ask")
    parser.add_argument(
        "--server-password-file", metavar="FILE", help="of the present ID; default: the keychain, else a prompt"
    )
    _add_certifier(parser)
    for name, run, text in (
        ("moved", moved, "the store was moved here: the server that ran it before is not started again"),
        ("copied", copied, "the store was copied here: it gets numbers of its own, and the other one goes on"),
    ):
        example = f"server {name} --certifier-id cert.id"
        _add_certifier(add_command(verbs, Verb(name, run, text, example), f"server {name}"))


def _add_certifier(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--certifier-id", metavar="FILE", help="default: cert.id")
    parser.add_argument(
        "--certifier-password-file", metavar="FILE", help="its password; default: the one of --id-password-file"
    )


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a number")
    return int(text)


def accept(session: Invocation) -> Reply:
    """Accept the store as it is."""
    o = session.options
    files = tuple((name, read_limited(typed(name), "The file", _LARGEST)) for name in o.seen)
    seen = SeenElsewhere(tuple(o.crl_number), files)
    done = accepting.accept(session.domain, session.open_certifier(), seen, session.progress())
    lines = [f"The store has been accepted as it is at entry {done.entry} of the audit log; epoch {done.epoch} begins."]
    for each in done.certifiers:
        lines += _lines(each)
    lines += [
        "Certificates that were issued after the backup are not in the store. If you have one, hand it in.",
        "IDs and roles are as they were then. An ID that was revoked since is valid again: use person revoke.",
        "A person who was removed since has the role again: use certifier modify, and person administrator.",
    ]
    return Reply(done, "\n".join(lines))


def renew(session: Invocation) -> Reply:
    """Make a new ID for the server."""
    o = session.options
    old = identifying.server_id(session.domain).name
    certifier, server = session.open_certifier(), session.open_server()
    password = session.password(
        o.password_file, "Password for the new ID of the server: ", confirm=True, option="--password-file"
    )
    done = renewing.renew_server(session.domain, certifier, server, password, o.reason)
    lines = [f"{names.abbreviated(done.name)} has a new ID; the old one can no longer be used. ID file: {done.path}"]
    lines += [
        f"The key of {each} is sealed to the old ID. Use certifier protect with --present-server-id {old}."
        for each in done.locked
    ]
    if done.locked:
        lines.append("Anyone who has the old ID, its password and a copy of the store has these keys: replace them.")
    return Reply({"name": done.name, "id_file": done.path, "locked": done.locked}, "\n".join(lines))


def moved(session: Invocation) -> Reply:
    """Let this installation run the store."""
    accepting.moved(session.domain, session.open_certifier(), session.progress())
    text = "The store belongs to this installation now. Do not start the server that ran it before."
    return Reply({"moved": True}, text)


def copied(session: Invocation) -> Reply:
    """Let this installation run its copy."""
    done = accepting.copied(session.domain, session.open_certifier(), session.progress())
    lines = [f"This copy is an installation of its own now; epoch {done.epoch} of its audit log begins."]
    lines += [line for each in done.certifiers for line in _lines(each)]
    lines.append("Let it publish somewhere else: its lists know nothing of what the other one revokes.")
    return Reply(done, "\n".join(lines))


def _lines(each: AcceptedCertifier) -> list[str]:
    lines = [f"{each.name}: CRL number {each.last} in the store, {each.seen} seen; the next one is {each.next}."]
    if each.revoked_again:
        many = counted(len(each.revoked_again), "certificate is", "certificates are")
        lines += [f"  {many} revoked again by the CA process:", *(f"    {one}" for one in each.revoked_again)]
    if each.unknown:
        lines += ["  Certificates that the store does not have:", *(f"    {one}" for one in each.unknown)]
    return lines
