"""`dominoadmin store …`: the store as a whole."""

from __future__ import annotations

import argparse

from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb
from dominoadmin.i18n import counted
from dominoadmin.services.audit import taking_over


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "store", "the store as a whole")
    example = "store take-over --certifier-password-file cert.txt"
    text = "take over the store of an earlier version, with the organization's certifier ID"
    parser = noun.verb(Verb("take-over", take_over, text, example))
    parser.add_argument("--certifier-id", metavar="FILE", help="default: cert.id")
    parser.add_argument(
        "--certifier-password-file", metavar="FILE", help="its password; default: the one of --id-password-file"
    )


def take_over(session: Invocation) -> Reply:
    """Take over the store of an earlier version."""
    done = taking_over.take_over(session.domain, session.open_certifier(), session.progress())
    taken = f"{counted(done.entries, 'entry', 'entries')} of the audit log, {counted(done.objects, 'object')}"
    lines = [f"The store has been taken over: {taken}."]
    if done.problems:
        lines += ["The earlier log did not prove everything; this is taken over on your word:", *done.problems]
    return Reply(done.__dict__ | {"problems": list(done.problems)}, "\n".join(lines))
