"""`dominoadmin store …`: the store as a whole."""

from __future__ import annotations

import argparse

from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, table
from dominoadmin.i18n import counted
from dominoadmin.services.audit import checking, taking_over


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "store", "the store as a whole")
    text = "compare the file, the audit log and every row with what was signed; exit code 1 if something is wrong"
    noun.verb(Verb("check", check, text, "store check"))
    example = "store take-over --certifier-password-file cert.txt"
    text = "take over the store of an earlier version, with the organization's certifier ID"
    parser = noun.verb(Verb("take-over", take_over, text, example))
    parser.add_argument("--certifier-id", metavar="FILE", help="default: cert.id")
    parser.add_argument(
        "--certifier-password-file", metavar="FILE", help="its password; default: the one of --id-password-file"
    )


def check(session: Invocation) -> Reply:
    """Check the store; the exit code is 1 if something was found."""
    found = checking.check(session.domain, session.actor, session.progress())
    rows: list[dict[str, object]] = [finding.__dict__ for finding in found]
    columns = {"table": "Table", "key": "Key", "finding": "Finding", "remedy": "Remedy"}
    text = table(rows, columns) if found else "The store is as it was signed: nothing was altered, added or removed."
    return Reply(rows, text, code=1 if found else 0)


def take_over(session: Invocation) -> Reply:
    """Take over the store of an earlier version."""
    done = taking_over.take_over(session.domain, session.open_certifier(), session.progress())
    taken = f"{counted(done.entries, 'entry', 'entries')} of the audit log, {counted(done.objects, 'object')}"
    lines = [f"The store has been taken over: {taken}."]
    if done.problems:
        lines += ["The earlier log did not prove everything; this is taken over on your word:", *done.problems]
    return Reply(done.__dict__ | {"problems": list(done.problems)}, "\n".join(lines))
