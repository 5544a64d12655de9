"""`dominoadmin request …`: certificate requests, from submission to decision."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, Final

from dominoadmin.cli import request_texts
from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, table, whole_list
from dominoadmin.errors import Error
from dominoadmin.i18n import counted
from dominoadmin.paths import read_limited, typed
from dominoadmin.pki.request_files import LARGEST
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.directory import leasing, server_documents
from dominoadmin.services.domain import Domain
from dominoadmin.services.processes import adminp
from dominoadmin.services.requests import approving, inspecting, submitting
from dominoadmin.services.requests.approving import Outcome
from dominoadmin.services.requests.submitting import RequestView, Submission
from dominoadmin.services.states import AdminRequestState, RequestState

STATES: Final = tuple(map(str, RequestState))

_ALL = "--all"


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the noun."""
    noun = Noun(nouns, "request", "certificate requests")
    example = "request submit --database certreq.nsf --csr server.csr"
    parser = noun.verb(Verb("submit", submit, "submit a request to the Administration Process", example))
    parser.add_argument("--csr", metavar="FILE", help="a PKCS #10 request created by another program, PEM or DER")
    parser.add_argument("--database", metavar="FILE")
    parser.add_argument("--kind", choices=("server", "client"), default="server")
    parser.add_argument("--applicant", default="", metavar="WHO", help="a person's name or an e-mail address")
    _choice(parser)
    for verb, run, text in (
        ("pull", pull, "pull decided requests into Issued/Rejected Certificates"),
        ("approve", approve, "approve requests with the signature of a registration authority"),
    ):
        _choice(noun.verb(Verb(verb, run, text, f"request {verb} --all")))
    parser = noun.verb(Verb("reject", reject, "reject requests", 'request reject 7 --reason "Unknown host"'))
    _choice(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help="the applicant will see it")
    parser = noun.verb(Verb("list", list_all, "list requests", "request list --json"))
    parser.add_argument("--database", default="", metavar="FILE")
    parser.add_argument("--state", metavar="STATE", help="only requests in this state")
    parser = noun.verb(Verb("show", show, "show a request with its preflight", "request show 7"))
    parser.add_argument("request", type=int, metavar="ID")
    example = "request edit 7 --days 90 --san dns:www.example.com"
    parser = noun.verb(Verb("edit", edit, "change a request before it is decided", example))
    parser.add_argument("request", type=int, metavar="ID")
    parser.add_argument("--days", type=int, metavar="N")
    parser.add_argument("--san", action="append", metavar="KIND:NAME", help="replaces all subject alternate names")
    parser.add_argument("--key-usage", action="append", metavar="USAGE")
    parser.add_argument("--extended-key-usage", action="append", metavar="USAGE")
    text = "a usage that the request asks for and the certificate will not have; replaces all declined usages"
    parser.add_argument("--decline-usage", action="append", metavar="USAGE", help=text)
    for option in ("--common-name", "--organizational-unit", "--organization", "--locality", "--state", "--country"):
        parser.add_argument(option, metavar="TEXT")


def _choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("requests", type=int, nargs="*", metavar="ID")
    parser.add_argument(_ALL, action="store_true", dest="all", help="all requests that can be")


def _chosen(session: Invocation, fits: Callable[[RequestView], bool]) -> list[int]:
    o = session.options
    if o.all and o.requests:
        raise Error("Specify requests or use --all, not both.")
    if o.all:
        database = getattr(o, "database", None) or ""
        return [shown.request.id for shown in submitting.views(session.domain, database) if fits(shown)]
    if not o.requests:
        raise Error("No request is specified.", "Specify one or more request IDs, or --all.")
    return list(dict.fromkeys(o.requests))


def submit(session: Invocation) -> Reply:
    """Submit requests, or one from outside."""
    o = session.options
    if o.csr is None:
        ids = _chosen(session, lambda shown: shown.state == RequestState.PENDING)
        done = submitting.submit(session.domain, session.actor, ids)
        return Reply({"submitted": done}, adminp.submitted_message(len(done)))
    if o.requests or o.all:
        raise Error(
            "--csr submits a new request; it cannot be combined with request IDs or --all.", "Omit one of them."
        )
    if not o.database:
        raise Error("The Certificate Requests database is not specified.", "Use --database certreq.nsf.")
    data = read_limited(typed(o.csr), "The request file", LARGEST)
    submission = Submission(data, o.kind, o.applicant)
    shown = submitting.take_in(session.domain, session.actor, o.database, submission)
    submitting.submit(session.domain, session.actor, [shown.request.id])
    row = _summary(session, shown.request.id)
    next_step = f"A registration authority must approve it: dominoadmin request approve {shown.request.id}"
    message = f"Request {shown.request.id}: {adminp.submitted_message(1)}"
    text = "\n".join([message, *shown.request.remarks, next_step])
    return Reply(row | {"remarks": shown.request.remarks}, text)


def pull(session: Invocation) -> Reply:
    """Pull requests."""
    ids = _chosen(session, _waits_in_a_database)
    done = submitting.pull(session.domain, session.actor, ids)
    prompts = cross_certifying.prompt(session.domain, session.actor, done)
    lines = [adminp.pulled_message(len(done))]
    lines += [f"{p.certifier} is not cross-certified yet. To trust it, enter: {p.command}" for p in prompts]
    return Reply({"pulled": done, "cross_certify": [prompt.certifier for prompt in prompts]}, "\n".join(lines))


def approve(session: Invocation) -> Reply:
    """Approve requests."""
    ids = _chosen(session, _waits_for_ra)
    outcomes = approving.approve(session.domain, session.identity, ids, session.progress())
    return _outcomes(outcomes, "approved", f"{_issuing(session.domain)} Then: dominoadmin request pull --all")


def _issuing(domain: Domain) -> str:
    if leasing.holder(domain, server_documents.domain_server(domain)):
        return "The CA process issues the certificates as soon as the certifier is active (see: tell ca stat)."
    return "The certificates are issued once the server runs (dominoadmin server) and the certifier is active."


def reject(session: Invocation) -> Reply:
    """Reject requests."""
    ids = _chosen(session, _waits_for_ra)
    outcomes = approving.reject(session.domain, session.identity, ids, session.options.reason)
    return _outcomes(
        outcomes, "rejected", "Move rejected requests to Issued/Rejected Certificates: dominoadmin request pull --all"
    )


def _waits_in_a_database(shown: RequestView) -> bool:
    """Return whether a request can be pulled into its database; requests to the CA process itself have none."""
    decided = shown.state in (RequestState.ISSUED, RequestState.REJECTED) and not shown.request.pulled_at
    return decided and bool(shown.request.database)


def _waits_for_ra(shown: RequestView) -> bool:
    return bool(shown.document and shown.document.state == AdminRequestState.NEW)


def _outcomes(outcomes: list[Outcome], done: str, next_step: str) -> Reply:
    failed = [outcome for outcome in outcomes if outcome.problem]
    if failed and len(outcomes) == 1:
        raise Error(failed[0].problem, failed[0].hint)
    good = [outcome.request_id for outcome in outcomes if not outcome.problem]
    text = f"{counted(len(good), 'request')} {done}."
    data = {done: good, "refused": [{"id": f.request_id, "reason": f.problem} for f in failed]}
    refused = tuple(Error(f"Request {f.request_id} was not changed: {f.problem}", f.hint) for f in failed)
    return Reply(data, f"{text}\n{next_step}" if good else text, refused=refused)


@whole_list
def list_all(session: Invocation) -> Reply:
    """List requests."""
    wanted = (session.options.state or "").casefold()
    if wanted and wanted not in map(str.casefold, STATES):
        raise Error(f"{session.options.state!r} is not a state of requests.", f"The states are: {', '.join(STATES)}.")
    rows = [submitting.summary(shown) for shown in submitting.views(session.domain, session.options.database)]
    rows = [row for row in rows if not wanted or str(row["state"]).casefold() == wanted]
    columns = {
        "id": "ID",
        "state": "State",
        "subject": "Subject",
        "database": "Database",
        "requested_at": "Requested",
        "pulled_at": "Pulled",
    }
    return Reply(rows, table(rows, columns))


def show(session: Invocation) -> Reply:
    """Show a request: issued and requested contents, and each checked rule."""
    request_id = session.options.request
    inspection = inspecting.inspect(session.domain, session.actor, request_id)
    row = submitting.summary(inspection.shown) | {
        "asked": inspection.asked,
        "fields": inspection.fields,
        "remarks": inspection.shown.request.remarks,
        "preflight": [{"rule": check.rule, "problem": check.problem or None} for check in inspection.checks],
        "edits": [
            {"editor": e.editor, "edited_at": e.edited_at, "before": e.before, "after": e.after}
            for e in inspection.edits
        ],
    }
    return Reply(row, request_texts.inspection(inspection))


def edit(session: Invocation) -> Reply:
    """Edit a request."""
    o = session.options
    changes: dict[str, Any] = {
        key: value
        for key, value in {
            "days": o.days,
            "names": o.san,
            "key_usage": o.key_usage,
            "extended_key_usage": o.extended_key_usage,
            "declined_usages": o.decline_usage,
        }.items()
        if value is not None
    }
    subject_keys = ("common_name", "organizational_unit", "organization", "locality", "state", "country")
    subject = {key: getattr(o, key) for key in subject_keys if getattr(o, key) is not None}
    if not changes and not subject:
        raise Error("There is nothing to change.", "Specify a field, for example --days 90.")
    approving.edit(session.domain, session.identity, o.request, changes, subject)
    return Reply(_summary(session, o.request), f"Request {o.request} is changed.")


def _summary(session: Invocation, request_id: int) -> dict[str, Any]:
    return submitting.summary(submitting.shown(session.domain, request_id))
