"""`dominoadmin find TEXT`: finds anything in the domain by its words."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, Final

from dominoadmin.cli.framework import Invocation, Reply, Verb, add_command, compared, table
from dominoadmin.pki import names
from dominoadmin.services.requests import submitting
from dominoadmin.services.search import finding
from dominoadmin.services.search.finding import Findings
from dominoadmin.store import reading
from dominoadmin.viewmodels.search import rows

_USUAL: Final = 20


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    text = "find certificates, requests, people, servers, certifiers, key rings and databases"
    parser = add_command(nouns, Verb("find", run, text, "find www.example.com"), "find")
    parser.add_argument(
        "text", nargs="+", metavar="TEXT", help="words: a host, a name, a serial number in hex or decimal, a Request ID"
    )
    parser.add_argument(
        "--limit", type=int, default=_USUAL, metavar="N", help="the most results of each kind (default: %(default)s)"
    )


@compared
def run(session: Invocation) -> Reply:
    """Find what contains all words."""
    with reading.leaving_out() as damaged:
        limit = max(session.options.limit, 1)
        found = finding.find(session.domain, " ".join(session.options.text), limit, session.progress())
    data = _data(found)
    lines = [table([*_lines(data)], {"kind": "Kind", "id": "ID", "name": "Name", "more": "Details"})]
    return Reply(data, "\n".join([*lines, *rows.unfinished(found)]), refused=tuple(damaged))


def _data(found: Findings) -> dict[str, Any]:
    return {
        "certificates": [
            {
                "serial": line.serial_hex,
                "subject": line.subject,
                "names": line.names.split(),
                "certifier": found.certifier_names.get(line.certifier_id, ""),
                "request": line.request_id,
                "issued_at": line.issued_at,
            }
            for line in found.certificates
        ],
        "requests": [submitting.summary(shown) for shown in found.requests],
        "people": [{"name": entry.name, "mail_address": entry.text("mail_address") or None} for entry in found.people],
        "servers": [{"name": entry.name, "host": entry.text("host_name") or None} for entry in found.servers],
        "certifiers": [{"id": record.id, "name": record.name, "icl": record.icl_file} for record in found.certifiers],
        "key_rings": [{"file": ring.file, "server": ring.server or None} for ring in found.key_rings],
        "databases": [
            {"file": record.file, "title": record.title, "certifier": found.certifier_names.get(record.certifier_id)}
            for record in found.databases
        ],
        "unfinished": sorted(found.unfinished),
    }


def _lines(data: dict[str, Any]) -> Iterator[dict[str, object]]:
    """Yield a line for each result, with what other commands take as its ID."""
    kinds = (
        ("certificates", "certificate", "serial", "subject", "certifier"),
        ("requests", "request", "id", "subject", "state"),
        ("people", "person", "", "name", "mail_address"),
        ("servers", "server", "", "name", "host"),
        ("certifiers", "certifier", "id", "name", "icl"),
        ("key_rings", "key ring", "", "file", "server"),
        ("databases", "database", "", "file", "title"),
    )
    for several, kind, number, name, more in kinds:
        for row in data[several]:
            shown = names.abbreviated(row[name]) if kind in {"person", "server"} else row[name]
            yield {"kind": kind, "id": row.get(number), "name": shown, "more": row[more]}
