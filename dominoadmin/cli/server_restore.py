"""`dominoadmin server accept-restore`: what the organization's certifier decides about a store that was put back."""

from __future__ import annotations

import argparse

from dominoadmin.cli.framework import Invocation, Reply, Verb, add_command
from dominoadmin.i18n import counted
from dominoadmin.paths import read_limited, typed
from dominoadmin.services.restoring import accepting
from dominoadmin.services.restoring.accepting import AcceptedCertifier, Seen

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
    seen = Seen(tuple(o.crl_number), files)
    done = accepting.accept(session.domain, session.open_certifier(), seen, session.progress())
    lines = [f"The store has been accepted as it is at entry {done.entry} of the audit log; epoch {done.epoch} begins."]
    for each in done.certifiers:
        lines += _lines(each)
    lines.append("Certificates that were issued after the backup are not in the store. If you have one, hand it in.")
    return Reply(done, "\n".join(lines))


def _lines(each: AcceptedCertifier) -> list[str]:
    lines = [f"{each.name}: CRL number {each.last} in the store, {each.seen} seen; the next one is {each.next}."]
    if each.revoked_again:
        many = counted(len(each.revoked_again), "certificate is", "certificates are")
        lines += [f"  {many} revoked again by the CA process:", *(f"    {one}" for one in each.revoked_again)]
    if each.unknown:
        lines += ["  Certificates that the store does not have:", *(f"    {one}" for one in each.unknown)]
    return lines
