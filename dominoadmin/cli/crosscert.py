"""`dominoadmin crosscert …`: cross-certificates in the Domino Directory and in Personal Address Books."""

from __future__ import annotations

import argparse
import ssl
from typing import Any, Final

from dominoadmin.cli.certificate import certificate_details
from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, compared, details, table, whole_list, write_new
from dominoadmin.errors import Refused
from dominoadmin.paths import read_limited, typed
from dominoadmin.pki import describe
from dominoadmin.pki.cross_certificates import DEFAULT_DAYS, DIRECTORY, LARGEST, MAXIMUM_PATH_LENGTH
from dominoadmin.pki.identities import CERTIFIER, Identity
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CA_PREFIX, NO_CERTIFIER, CrossRequest
from dominoadmin.services.cross_certificates.issuing import NO_CERTIFIER_ID
from dominoadmin.services.identities.identifying import CERT_ID
from dominoadmin.services.records import address_books
from dominoadmin.services.records.address_books import BOOKS, Entry
from dominoadmin.services.requests import submitting
from dominoadmin.store import id_files

_USE: Final = (
    "Give it to relying parties as an intermediate certificate; they trust the organization's certifier "
    "('dominoadmin id show --id cert.id --json'). Do not include the other authority's own root: OpenSSL "
    "would stop there."
)


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "crosscert", "cross-certify other authorities")
    example = "crosscert issue --subject other-ca.pem --certifier cert.id --into personal --permitted-dns example.com"
    parser = noun.verb(Verb("issue", issue, "issue a cross-certificate for another authority", example))
    parser.add_argument("--subject", required=True, metavar="FILE|ca:NAME", help="the other authority's certificate")
    parser.add_argument(
        "--certifier", dest="certifier_id", default="", metavar="FILE|ca:NAME", help="a certifier ID, or the CA process"
    )
    parser.add_argument(
        "--certifier-password-file", metavar="FILE", help="its password; default: the one of --id-password-file"
    )
    parser.add_argument("--into", required=True, choices=BOOKS, help="Personal Address Book or Domino Directory")
    parser.add_argument(
        "--path-length",
        type=int,
        default=0,
        metavar="N",
        help=f"subordinate CAs allowed below it, 0 to {MAXIMUM_PATH_LENGTH}",
    )
    parser.add_argument(
        "--permitted-dns",
        action="append",
        default=[],
        metavar="DOMAIN",
        help="allow only hosts in this domain, and no IP addresses",
    )
    parser.add_argument("--days", type=int, default=DEFAULT_DAYS, metavar="N", help="at most; default: %(default)s")
    parser = noun.verb(Verb("list", list_all, "list the cross-certificates", "crosscert list --json"))
    parser.add_argument("--book", default="", choices=BOOKS, help="only those in one address book")
    example = "crosscert show 1 --out bundle.pem"
    parser = noun.verb(Verb("show", show, "show a cross-certificate, or write it for relying parties", example))
    parser.add_argument("number", type=int, metavar="ID")
    parser.add_argument("--out", metavar="FILE", help="write the cross-certificates of its path as PEM")


def issue(session: Invocation) -> Reply:
    """Issue with a certifier ID, or submit a request to the CA process."""
    o = session.options
    certifier = o.certifier_id.strip()
    if not certifier:
        raise Refused(
            NO_CERTIFIER, f"Specify the organization's certifier ID, {CERT_ID}, or ca:NAME for the CA process."
        )
    request = CrossRequest(_subject(session), o.into, o.days, o.path_length, tuple(o.permitted_dns))
    if certifier.startswith(CA_PREFIX):
        return _submit(session, certifier, request)
    opened = _certifier(session, certifier)
    entry = cross_certifying.issue_with_id(session.domain, opened, session.actor, request, session.progress())
    name = cross_certifying.shown_name(entry.certificate.subject)
    lines = [cross_certifying.CERTIFIED.format(name=name), _details(entry)]
    return Reply(_row(entry), "\n".join(lines))


def _submit(session: Invocation, certifier: str, request: CrossRequest) -> Reply:
    shown = cross_certifying.submit_to_ca(session.domain, session.actor, certifier, request)
    number = shown.request.id
    next_step = f"A registration authority must approve it with 'dominoadmin request approve {number}'."
    text = f"{cross_certifying.SUBMITTED}\nRequest {number} to {shown.certifier}. {next_step}"
    return Reply(submitting.summary(shown) | {"next_step": next_step}, text)


def _subject(session: Invocation) -> bytes:
    subject = session.options.subject
    if subject.startswith(CA_PREFIX):
        return cross_certifying.certificate_of(session.domain, session.actor, subject)
    return read_limited(typed(subject), "The certificate file", LARGEST)


def _certifier(session: Invocation, file: str) -> Identity:
    """Open the certifier ID; refuse other kinds of IDs before asking for the password."""
    if id_files.describe(session.file(file)).kind != CERTIFIER:
        raise Refused(NO_CERTIFIER_ID, f"Choose the organization's certifier ID, {CERT_ID}.")
    return session.open_certifier()


@whole_list
def list_all(session: Invocation) -> Reply:
    """List cross-certificates."""
    entries = address_books.entries(session.domain, session.actor, session.options.book)
    rows = [_row(entry) for entry in entries]
    columns = {"id": "ID", "subject": "Subject", "issuer": "Issuer", "book": "Book", "not_after": "Expires"}
    if any(entry.problem for entry in entries):
        columns["problem"] = "Problem"
    return Reply(rows, table(rows, columns))


@compared
def show(session: Invocation) -> Reply:
    """Show a cross-certificate, or write its bundle for relying parties."""
    o = session.options
    if o.out is not None:
        bundle = address_books.bundle(session.domain, session.actor, o.number)
        write_new(typed(o.out), bundle.pem.encode())
    entry = address_books.get(session.domain, session.actor, o.number)
    lines = [_details(entry)]
    if o.out is not None:
        lines += [f"Written to {o.out}.", _USE]
    return Reply(_row(entry), "\n".join(lines))


def _row(entry: Entry) -> dict[str, Any]:
    record = entry.record
    return {
        "id": record.id,
        "subject": escaped(record.subject),
        "issuer": escaped(record.issuer),
        "serial": record.serial_hex,
        "book": record.book,
        "not_after": record.not_after,
        "created_at": record.created_at,
        "sha256": describe.fingerprint(record.der),
        "pem": ssl.DER_cert_to_PEM_cert(record.der),  # an altered one is shown unchanged
        "problem": entry.problem or None,
    }


def _details(entry: Entry) -> str:
    record = entry.record
    book = "Domino Directory" if record.book == DIRECTORY else f"Personal Address Book of {escaped(record.book)}"
    text = details({"Cross-certificate": record.id, "Book": book})
    if entry.problem:
        text += f"\n{entry.problem}"
    if entry.tampered:
        return text
    return f"{text}\n{certificate_details(describe.certificate(entry.certificate))}"
