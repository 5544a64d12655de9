"""`dominoadmin store …`: the store as a whole."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, table
from dominoadmin.i18n import counted
from dominoadmin.paths import typed
from dominoadmin.services.audit import repairing, taking_over
from dominoadmin.services.audit.checking import Discrepancy
from dominoadmin.services.identities import opening_to_repair
from dominoadmin.services.processes import deep_checks, rebuilding


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "store", "the store as a whole")
    text = "compare the file, the audit log and every row with what was signed; exit code 1 if something is wrong"
    parser = noun.verb(Verb("check", check, text, "store check --deep"))
    deep = "also verify every signature: documents, certificates, CRLs"
    parser.add_argument("--deep", action="store_true", help=deep)
    repair = "take missing and altered rows from this store of a backup, and set surplus rows aside; signed"
    one_of = parser.add_mutually_exclusive_group()
    one_of.add_argument("--repair", metavar="BACKUP", help=repair)
    rebuild = "create again what follows from other tables: indexes, hashes of the audit log, digests of the state"
    one_of.add_argument("--rebuild", action="store_true", help=rebuild)
    example = "store take-over --certifier-password-file cert.txt"
    text = "take over the store of an earlier version, with the organization's certifier ID"
    parser = noun.verb(Verb("take-over", take_over, text, example))
    parser.add_argument("--certifier-id", metavar="FILE", help="default: cert.id")
    parser.add_argument(
        "--certifier-password-file", metavar="FILE", help="its password; default: the one of --id-password-file"
    )


def check(session: Invocation) -> Reply:
    """Check the store, and repair it; the exit code is 1 if something is left that is wrong."""
    o = session.options
    session.opens, session.describes = opening_to_repair.open_id, opening_to_repair.describe_id
    done: Sequence[Discrepancy] = ()
    if o.rebuild:
        done = rebuilding.rebuild(session.domain, session.reader, session.progress())  # no ID may open before it
    if o.repair is None:
        left = deep_checks.check(session.domain, session.reader, session.progress(), deep=o.deep)
    else:
        repaired = repairing.repair(session.domain, session.identity, typed(o.repair), session.progress())
        done, left = repaired.done, [*repaired.left]
        if o.deep:
            known = {(each.table, each.key) for each in left}
            found = deep_checks.check(session.domain, session.actor, session.progress(), deep=True)
            left += [each for each in found if (each.table, each.key) not in known]
    rows: list[dict[str, object]] = [finding.__dict__ for finding in (*done, *left)]
    columns = {"table": "Table", "key": "Key", "finding": "Finding", "remedy": "Remedy"}
    clean = "The store is as it was signed: nothing was altered, added or removed."
    lines = [*([table(rows, columns)] if rows else []), *([] if left else [clean])]
    return Reply(rows, "\n".join(lines), code=1 if left else 0)


def take_over(session: Invocation) -> Reply:
    """Take over the store of an earlier version."""
    done = taking_over.take_over(session.domain, session.open_certifier(), session.progress())
    taken = f"{counted(done.entries, 'entry', 'entries')} of the audit log, {counted(done.objects, 'object')}"
    lines = [f"The store has been taken over: {taken}."]
    if done.problems:
        lines += ["The earlier log did not prove everything; this is taken over on your word:", *done.problems]
    return Reply(done.__dict__ | {"problems": list(done.problems)}, "\n".join(lines))
