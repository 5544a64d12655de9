"""`dominoadmin crl …`: certificate revocation lists."""

from __future__ import annotations

import argparse
from typing import Any

from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, check_new, compared, details, table, whole_list
from dominoadmin.paths import typed, write_public
from dominoadmin.pki import describe
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.revocation import lists, publishing
from dominoadmin.services.states import CrlKind
from dominoadmin.store.records import CrlRecord

_KINDS = ("", *map(str, CrlKind))
_ENDINGS = (".crl", ".der", ".pem")


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "crl", "certificate revocation lists")
    parser = noun.verb(Verb("list", list_all, "list the CRLs that were issued", 'crl list --certifier "MyCompany CA"'))
    parser.add_argument("--certifier", default="", metavar="NAME")
    example = 'crl show "MyCompany CA" --out mycompany.crl'
    parser = noun.verb(Verb("show", show, "show the newest CRL of a certifier", example))
    parser.add_argument("certifier", metavar="CERTIFIER")
    parser.add_argument("--kind", default="", choices=_KINDS[1:], help="default: the newest")
    parser.add_argument("--out", metavar="FILE", help="file to write it to: DER, or PEM if the name ends in .pem")


@whole_list
def list_all(session: Invocation) -> Reply:
    """List CRLs."""
    found = publishing.lists(session.domain, session.actor, session.options.certifier)
    rows = [_row(session, crl, record.name) for record, crl in found]
    columns = {
        "number": "No.", "certifier": "Certifier", "kind": "Kind", "part": "Part", "base_number": "Delta of",
        "this_update": "This update", "next_update": "Next update", "entries": "Entries",
        "waiting": "Waiting",
    }  # fmt: skip
    return Reply(rows, table(rows, columns))


@compared
def show(session: Invocation) -> Reply:
    """Show a CRL."""
    o = session.options
    (record,) = configuring.records(session.domain, o.certifier)
    crl = publishing.find_list(session.domain, session.actor, record.id, o.kind)
    if o.out is not None:
        pieces = lists.octets(session.domain, crl)
        path = typed(o.out)
        if path.suffix not in _ENDINGS:  # replaces only an older list
            check_new(path)
        write_public(path, [describe.crl_pem(b"".join(pieces)).encode()] if path.suffix == ".pem" else pieces)
    row = _row(session, crl, record.name)
    pairs = {
        "Certifier": record.name,
        "CRL number": f"{crl.number} ({crl.kind})",
        "This update": crl.this_update,
        "Next update": crl.next_update,
        "Revoked certificates": str(crl.entries),
        "Not on a CRL yet": str(row["waiting"] or ""),
        "Size": f"{crl.size} octets",
        "SHA-256": describe.grouped(crl.sha256),
        "In the Domino Directory": crl.pushed_at,
    }
    text = details(pairs)
    return Reply(row, f"{text}\nWritten to {o.out}." if o.out is not None else text)


def _row(session: Invocation, crl: CrlRecord, certifier: str) -> dict[str, Any]:
    """Return a list; `waiting`: the revocations that wait for the next one, beside the newest complete list."""
    row = {"certifier": certifier, **crl.__dict__, "waiting": publishing.waiting(session.domain, crl)}
    return {key: value for key, value in row.items() if key not in ("id", "certifier_id")}
