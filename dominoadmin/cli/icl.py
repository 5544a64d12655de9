"""`dominoadmin icl …`: the Issued Certificate Lists."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from dominoadmin.cli.certificate import certificate_details
from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, compared, table, whole_list, write_new
from dominoadmin.errors import Refused
from dominoadmin.paths import read_limited, typed
from dominoadmin.pki import describe, issuance, revocation
from dominoadmin.pki.quoting import escaped
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.domain import Actor
from dominoadmin.services.records import certificate_files, issued_entries
from dominoadmin.services.records.certificate_files import CertificateFormat
from dominoadmin.services.revocation import impact as revocation_impact
from dominoadmin.services.revocation import requesting, revoking
from dominoadmin.services.revocation.impact import Impact, RevocableCertificate
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from dominoadmin.viewmodels.issuance import merged as browsing
from dominoadmin.viewmodels.revocation.draft import COMPROMISED


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "icl", "Issued Certificate Lists")
    parser = noun.verb(Verb("list", list_all, "list issued certificates", 'icl list --certifier "MyCompany CA"'))
    parser.add_argument("--certifier", default="", metavar="NAME")
    parser = noun.verb(Verb("show", show, "show an issued certificate", "icl show 5f3a…c1 --out server.pem"))
    parser.add_argument("serial", metavar="SERIAL", help="in hex")
    parser.add_argument("--certifier", default="", metavar="NAME")
    parser.add_argument("--out", metavar="FILE", help="file to write it to")
    parser.add_argument(
        "--format",
        default=CertificateFormat.PEM,
        choices=[*map(str, CertificateFormat)],
        help="what is in the file: pem or der, the certificate alone; chain or pkcs7, with those above it",
    )
    revoke_example = "icl revoke 5f3a…c1 --reason keyCompromise --invalid-since 2026-11-01"
    parser = noun.verb(Verb("revoke", revoke, "revoke certificates, as RA or CA administrator", revoke_example))
    parser.add_argument("serials", nargs="*", metavar="SERIAL", help="in hex")
    parser.add_argument(
        "--certificate",
        action="append",
        default=[],
        metavar="FILE",
        help="a certificate file, PEM or DER; also revokes what the list does not have; repeat it",
    )
    parser.add_argument("--certifier", default="", metavar="NAME")
    parser.add_argument("--reason", default=str(Reason.UNSPECIFIED), choices=[*map(str, revocation.REASONS)])
    parser.add_argument(
        "--invalid-since", metavar="DATE", help="date from which the key can no longer be trusted: YYYY-MM-DD"
    )
    parser.add_argument("--impact", action="store_true", help="show the impact without revoking")
    parser.set_defaults(error=parser.error)
    parser = noun.verb(Verb("release", release, "release a certificate on hold", "icl release 5f3a…c1"))
    parser.add_argument("serials", nargs="+", metavar="SERIAL", help="in hex")
    parser.add_argument("--certifier", default="", metavar="NAME")
    parser = noun.verb(Verb("requests", list_requests, "list the revocation requests in Admin4", "icl requests --json"))
    parser.add_argument("--certifier", default="", metavar="NAME")


@whole_list
def list_all(session: Invocation) -> Reply:
    """List certificates."""
    rows = browsing.issued_certificates(session.domain, session.options.certifier)
    columns = {"serial": "Serial number", "subject": "Subject", "certifier": "Certifier", "not_after": "Expires"}
    return Reply(rows, table(rows, columns))


@compared
def show(session: Invocation) -> Reply:
    """Show a certificate."""
    o = session.options
    entry = browsing.find_issued(session.domain, o.serial, o.certifier, session.actor)
    if o.out is not None:
        form = CertificateFormat(o.format)
        write_new(typed(o.out), certificate_files.of_entry(session.domain, session.actor, entry, form))
    data = browsing.certificate_text(entry.der) | {"request": entry.request_id, "issued_at": entry.issued_at}
    text = certificate_details(data)
    return Reply(data, f"{text}\nWritten to {o.out}." if o.out is not None else text)


def revoke(session: Invocation) -> Reply:
    """Revoke certificates."""
    o = session.options
    since = _day(o.invalid_since) if o.invalid_since else None
    given = _given(session)
    chosen = _chosen(session, given)
    found = [_impact(session, number, serials, given) for number, serials in chosen.items()]
    said = [sentence for each in found for sentence in each.sentences()]
    others = [target for each in found for target in each.same_key]
    data = {"impact": said, "same_key": [_named(each) for each in others]}
    if o.impact:
        return Reply(data, "\n".join(said))
    reply = _requested(session, chosen, given, RevocationOrder((), reason=o.reason, invalidity_at=since))
    lines = [reply.text, *said, *(_same_key(others, o.reason) if o.reason in COMPROMISED else ())]
    assert isinstance(reply.data, dict)
    return Reply({**reply.data, **data}, "\n".join(lines))


def _impact(session: Invocation, certifier_id: int, serials: list[str], given: dict[str, bytes]) -> Impact:
    return revocation_impact.impact(session.domain, session.actor, certifier_id, serials, active=None, given=given)


def _named(target: RevocableCertificate) -> dict[str, str]:
    return {"certifier": target.certifier, "serial": target.serial_hex, "subject": target.subject}


def _same_key(others: list[RevocableCertificate], reason: str) -> Iterator[str]:
    """Return the other certificates with a compromised key, and a command for each certifier to revoke them."""
    by_certifier: dict[str, list[str]] = {}
    for each in others:
        yield f"The same key: {each.serial_hex} {escaped(each.subject)} ({each.certifier})"
        by_certifier.setdefault(each.certifier, []).append(each.serial_hex)
    for certifier, serials in by_certifier.items():
        shown = " ".join(serials)
        yield f"Revoke: dominoadmin icl revoke {shown} --certifier {shlex.quote(certifier)} --reason {reason}"


def release(session: Invocation) -> Reply:
    """Release certificates on hold."""
    return _requested(session, _chosen(session, {}), {}, RevocationOrder((), RevocationAction.RELEASE))


def _requested(
    session: Invocation, chosen: dict[int, list[str]], given: dict[str, bytes], order: RevocationOrder
) -> Reply:
    """Sign one request for each certifier, or none if one of them is refused; the CA process carries them out."""
    person, action = session.identity, order.action
    orders = {
        number: replace(
            order, serials=tuple(serials), given={serial: given[serial] for serial in serials if serial in given}
        )
        for number, serials in chosen.items()
    }
    for certifier_id, each in orders.items():
        revoking.check(session.domain, Actor.of(person), certifier_id, each)
    numbers = [revoking.request(session.domain, person, number, each) for number, each in orders.items()]
    shown = ", ".join(map(str, numbers))
    done = "Revocation" if action == RevocationAction.REVOKE else "Release"
    text = f"{done} submitted to the Administration Process (request {shown}). The CA process will carry it out."
    serials = [serial for each in chosen.values() for serial in each]
    return Reply({"requests": numbers, "action": action, "serials": serials}, text)


def _given(session: Invocation) -> dict[str, bytes]:
    """Return the certificates in the files that were named, by their serial numbers."""
    files = [typed(file) for file in session.options.certificate]
    found = [issuance.der(describe.load_single(read_limited(file, "The certificate"), str(file))) for file in files]
    return {issued_entries.serial_of(der): der for der in found}


def _chosen(session: Invocation, given: dict[str, bytes]) -> dict[int, list[str]]:
    """Return the named serial numbers for each certifier, and those of certificates in files."""
    o = session.options
    if not o.serials and not given:  # a usage error, as it was before files could be named
        o.error("the following arguments are required: SERIAL, or --certificate FILE")
    chosen: dict[int, list[str]] = {}
    for text in o.serials:
        entry = browsing.find_issued(session.domain, text, o.certifier)
        chosen.setdefault(entry.certifier_id, []).append(entry.serial_hex)
    for serial, der in given.items():
        number = issued_entries.issuer_of(session.domain, session.actor, der)
        if serial not in chosen.setdefault(number, []):
            chosen[number].append(serial)
    return chosen


@whole_list
def list_requests(session: Invocation) -> Reply:
    """List revocation requests."""
    rows = requesting.listed(session.domain, session.options.certifier)
    columns = {
        "id": "No.", "action": "Action", "reason": "Reason", "serials": "Serial numbers", "state": "State",
        "requested_by": "Requested by", "problem": "Problem",
    }  # fmt: skip
    shown = [{**row, "serials": ", ".join(row["serials"])} for row in rows]
    return Reply(rows, table(shown, columns))


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(f"{text!r} is not a date.", "Enter it as 2026-11-23.") from None
