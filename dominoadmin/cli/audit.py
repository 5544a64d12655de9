"""`dominoadmin audit …`: who did what."""

from __future__ import annotations

import argparse
import json

from dominoadmin.cli.framework import Noun, Reply, Session, Verb, table
from dominoadmin.pki import names
from dominoadmin.services import auditing
from dominoadmin.store.records import AuditRecord, Fields


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "audit", "the audit log")
    parser = noun.verb(Verb("list", list_all, "list entries", "audit list --last 20"))
    parser.add_argument("--last", type=_count, default=0, metavar="N", help="only the newest")
    noun.verb(Verb("verify", verify, "check the whole log against its signed head", "audit verify"))


def list_all(session: Session) -> Reply:
    """List entries."""
    entries = auditing.entries(session.domain)
    entries = entries[-session.options.last :] if session.options.last > 0 else entries
    rows: list[dict[str, object]] = [entry.__dict__ for entry in entries]
    shown: list[dict[str, object]] = [
        {**entry.__dict__, "actor": _who(entry), "detail": _shown(entry.detail)} for entry in entries
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


def _who(entry: AuditRecord) -> str:
    return f"{names.abbreviated(entry.actor)}{'' if entry.signed_in else ' (not signed in)'}"


def _shown(detail: Fields) -> str:
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in detail.items()}
    return ", ".join(f"{key}: {text}" for key, text in texts.items())


def verify(session: Session) -> Reply:
    """Verify the log."""
    verdict = auditing.verify(session.domain, session.actor)
    text = (
        f"The audit log is whole: {verdict.entries} entries, signed up to entry {verdict.signed} by"
        f" {names.abbreviated(verdict.signer)}."
    )
    if left := verdict.entries - verdict.signed:
        text += f" The last {left} are chained and not signed yet: nobody had opened an ID for them."
    return Reply(verdict.__dict__, text)
