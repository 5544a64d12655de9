"""`dominoadmin mail …`: the mail files."""

from __future__ import annotations

import argparse

from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, details, table, whole_list
from dominoadmin.errors import NotFound
from dominoadmin.services.directory import mailing


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "mail", "mail files")
    parser = noun.verb(Verb("list", list_all, "list memos", "mail list --json"))
    parser.add_argument("--recipient", default="", metavar="WHO")
    parser = noun.verb(Verb("show", show, "show a memo", "mail show 1"))
    parser.add_argument("memo", type=int, metavar="ID")


@whole_list
def list_all(session: Invocation) -> Reply:
    """List memos."""
    rows: list[dict[str, object]] = [
        {key: value for key, value in memo.__dict__.items() if key != "body"}
        for memo in mailing.memos(session.domain, session.options.recipient)
    ]
    columns = {"id": "ID", "created_at": "Date", "recipient": "To", "subject": "Subject", "relay_state": "Delivery"}
    return Reply(rows, table(rows, columns))


def show(session: Invocation) -> Reply:
    """Show a memo."""
    wanted = session.options.memo
    memo = next((memo for memo in mailing.memos(session.domain) if memo.id == wanted), None)
    if memo is None:
        raise NotFound(f"Memo {wanted} was not found.", "List them with 'dominoadmin mail list'.")
    head = details({"To": memo.recipient, "Date": memo.created_at, "Subject": memo.subject})
    return Reply(memo.__dict__, f"{head}\n\n{memo.body}")
