"""`dominoadmin icl …`: the Issued Certificate Lists."""

from __future__ import annotations

import argparse
from pathlib import Path

from dominoadmin.cli.certificate import certificate_details
from dominoadmin.cli.framework import Noun, Reply, Session, Verb, table, write_new
from dominoadmin.pki import describe
from dominoadmin.services import browsing


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "icl", "Issued Certificate Lists")
    parser = noun.verb(Verb("list", list_all, "list issued certificates", 'icl list --certifier "MyCompany CA"'))
    parser.add_argument("--certifier", default="", metavar="NAME")
    parser = noun.verb(Verb("show", show, "show an issued certificate", "icl show 5f3a…c1 --out server.pem"))
    parser.add_argument("serial", metavar="SERIAL", help="in hex")
    parser.add_argument("--certifier", default="", metavar="NAME")
    parser.add_argument("--out", metavar="FILE", help="write it there, in PEM")


def list_all(session: Session) -> Reply:
    """List certificates."""
    rows = browsing.issued_certificates(session.domain, session.options.certifier)
    columns = {"serial": "Serial number", "subject": "Subject", "certifier": "Certifier", "not_after": "Expires"}
    return Reply(rows, table(rows, columns))


def show(session: Session) -> Reply:
    """Show a certificate."""
    o = session.options
    entry = browsing.find_issued(session.domain, o.serial, o.certifier)
    if o.out:
        write_new(Path(o.out), describe.pem(entry.der).encode())
    data = browsing.certificate_text(entry.der) | {"request": entry.request_id, "issued_at": entry.issued_at}
    text = certificate_details(data)
    return Reply(data, f"{text}\nWritten to {o.out}." if o.out else text)
