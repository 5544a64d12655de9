"""`dominoadmin audit …`: who did what."""

from __future__ import annotations

import argparse

from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, check_new, compared, table, whole_list, write_new
from dominoadmin.i18n import counted
from dominoadmin.paths import typed
from dominoadmin.pki import names
from dominoadmin.resources import resource
from dominoadmin.services.audit import anchoring, checkpoints
from dominoadmin.services.audit.anchoring import Anchor, Seen
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import proving
from dominoadmin.services.revocation import published_checkpoints
from dominoadmin.viewmodels.audit import entries as audit_browsing
from dominoadmin.viewmodels.audit.entries import Filter
from dominoadmin.viewmodels.issuance import merged as browsing
from dominoadmin.viewmodels.words import minute


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "audit", "the audit log")
    parser = noun.verb(Verb("list", list_all, "list entries", "audit list --last 20"))
    parser.add_argument("--last", type=_count, default=0, metavar="N", help="only the newest")
    _add_filters(parser)
    example = "audit export --out audit.csv --since 2026-11-01"
    parser = noun.verb(Verb("export", export, "write entries into a file", example))
    parser.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--format", choices=audit_browsing.FORMATS, help="default: jsonl for *.jsonl, else csv")
    _add_filters(parser)
    example = 'audit verify --anchor "42 1f0c…"'
    parser = noun.verb(Verb("verify", verify, "check the whole log against its signed head", example))
    parser.add_argument("--anchor", metavar='"NUMBER HASH"', help="also compare it with a printed anchor")
    text = "write the proof that a certificate had a valid approval, for an outsider with verify_proof.py"
    parser = noun.verb(Verb("prove", prove, text, "audit prove 5f3a…c1 --out proof.json"))
    parser.add_argument("serial", metavar="SERIAL", help="in hex")
    parser.add_argument("--certifier", default="", metavar="NAME")
    parser.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    anchor_text = "the printed anchor that the outsider has; default: the current end of the log"
    parser.add_argument("--anchor", metavar='"NUMBER HASH"', help=anchor_text)
    parser = noun.verb(Verb("anchor", anchor, "print the current anchor of the log, to keep on paper", "audit anchor"))
    accept = "accept a log that was truncated or replaced because a backup was restored on purpose"
    parser.add_argument("--accept", action="store_true", help=accept)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--who", default="", metavar="TEXT", help="part of the name of the person who acted")
    parser.add_argument("--action", default="", metavar="TEXT", help="part of the action")
    parser.add_argument("--object", default="", metavar="TEXT", help="part of the object")
    parser.add_argument("--text", default="", metavar="WORDS", help="words that occur anywhere in the entry")
    parser.add_argument("--since", metavar="DATE", help="from this day or time (UTC): YYYY-MM-DD")
    parser.add_argument("--until", metavar="DATE", help="through this day or time (UTC)")


def _filter(session: Invocation) -> Filter:
    o = session.options
    since = audit_browsing.day(o.since) if o.since else None
    until = audit_browsing.day(o.until, end=True) if o.until else None
    return Filter(actor=o.who, action=o.action, object=o.object, text=o.text, since=since, until=until)


@whole_list
def list_all(session: Invocation) -> Reply:
    """List entries."""
    entries = audit_browsing.found(session.domain, _filter(session), session.options.last)
    rows: list[dict[str, object]] = [audit_browsing.shown(entry) for entry in entries]
    shown: list[dict[str, object]] = [
        {**entry.__dict__, "actor": audit_browsing.who(entry), "detail": audit_browsing.details(entry.detail)}
        for entry in entries
    ]
    columns = {
        "number": "No.",
        "at": "Time",
        "actor": "Who",
        "action": "Action",
        "object": "Object",
        "detail": "Details",
    }
    return Reply(rows, table(shown, columns))


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


@whole_list
def export(session: Invocation) -> Reply:
    """Write entries to a file."""
    path, form = typed(session.options.out), session.options.format
    check_new(path)
    numbers = audit_browsing.numbers(session.domain, _filter(session))
    if form:
        count = audit_browsing.export_as(session.domain, numbers, path, form, session.progress())
    else:
        count = audit_browsing.export(session.domain, numbers, path, session.progress())
    text = f"{counted(count, 'entry was', 'entries were')} written to {path}."
    return Reply({"entries": count, "file": str(path)}, text)


@compared
def verify(session: Invocation) -> Reply:
    """Verify the log."""
    typed = anchoring.read(session.options.anchor) if session.options.anchor is not None else None
    verdict, seen = anchoring.verify(session.domain, session.actor, session.progress())
    text = (
        f"The audit log is intact: {counted(verdict.entries, 'entry', 'entries')}, "
        f"signed through entry {verdict.signed} by {names.abbreviated(verdict.signer)}."
    )
    if left := verdict.entries - verdict.signed:
        text += f" {counted(left, 'entry is', 'entries are')} chained but not signed yet, because nobody was logged in."
    compared = []
    if typed:
        anchoring.check(session.domain, typed)
        compared.append({"with": "anchor", "number": typed.number})
        text += f" It matches the anchor at entry {typed.number}."
    if seen.before:
        compared.append({"with": "keychain", "number": seen.before.number})
        text += f" It continues the log that this account saw at entry {seen.before.number}."
    if seen.account:
        compared.append({"with": "account", "number": seen.account.size})
        text += f" It continues the log that the file {session.domain.account.path} saw at entry {seen.account.size}."
    for path, found in published_checkpoints.check_all(session.domain, session.actor):
        compared.append({"with": "published", "number": found.size})
        text += f" It continues the log of the published checkpoint {path} at entry {found.size}."
    if not compared:
        text += " It is intact in itself; it was compared with nothing outside the store."
    if seen.unavailable:
        text += f" Not everything was asked or recorded: {seen.unavailable}"
    elif seen.mirror:
        text += " Its current state has been stored in the keychain."
    return Reply(verdict.__dict__ | {"compared": compared}, f"{text}{_checkpoint(session, seen, verdict.entries)}")


def _checkpoint(session: Invocation, seen: Seen, entries: int) -> str:
    """Return what is to be said about the newest checkpoint."""
    if seen.checkpoint is None:
        return ""
    server, found = seen.checkpoint
    text = f" {names.abbreviated(server)} has signed it as a checkpoint through entry {found.size}, {minute(found.at)}."
    if left := entries - found.size:
        text += f" {counted(left, 'entry waits', 'entries wait')} for the next checkpoint"
        late = checkpoints.overdue(session.domain, session.actor.verifier())
        text += ": the server has not run for more than a day." if late else "."
    return text


def prove(session: Invocation) -> Reply:
    """Prove that a certificate had a valid approval."""
    o = session.options
    path = typed(o.out)
    check_new(path)
    entry = browsing.find_issued(session.domain, o.serial, o.certifier)
    known = anchoring.read(o.anchor) if o.anchor is not None else None
    proof = proving.prove(session.domain, session.actor, entry.certifier_id, entry.serial_hex, known)
    write_new(path, proof.octets)
    verifier, text = resource("verify_proof.py"), proof.anchor.text()
    lines = [
        f"The proof has been written to {path}. The printed anchor, the organization's certificate and this script",
        "verify it anywhere; nothing else has to be trusted:",
        f'python3 {verifier} {path} --anchor "{text}" --root cert.pem',
        "The certificate: dominoadmin id show --id cert.id --out cert.pem",
    ]
    return Reply({"file": str(path), "verifier": str(verifier), "anchor": text}, "\n".join(lines))


@compared
def anchor(session: Invocation) -> Reply:
    """Print the anchor of the log."""
    if session.options.accept:
        taken = anchoring.accept(session.domain, Actor.of(session.identity))
        return Reply(_fields(taken), f"The audit log has been accepted as it is.\n\n{_paper(taken)}")
    found = anchoring.current(session.domain)
    return Reply(_fields(found), _paper(found))


def _fields(found: Anchor) -> dict[str, object]:
    return {"number": found.number, "at": found.at, "hash": found.hash, "check": found.check, "text": found.text()}


def _paper(found: Anchor) -> str:
    return anchoring.paper(found)
