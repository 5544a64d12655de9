"""`dominoadmin server accept-restore`: what the organization's certifier decides about a store that was put back."""

from __future__ import annotations

import argparse

from dominoadmin.cli.framework import Invocation, Reply, Verb, add_command
from dominoadmin.i18n import counted
from dominoadmin.paths import read_limited, typed
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
    lines.append("Certificates that were issued after the backup are not in the store. If you have one, hand it in.")
    return Reply(done, "\n".join(lines))


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
