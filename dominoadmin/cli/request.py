"""`dominoadmin request …`: certificate requests, from submission to decision."""

from __future__ import annotations

import argparse
from typing import Any, Final

from dominoadmin.cli import request_decisions, request_texts
from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, compared, table, whole_list
from dominoadmin.cli.request_decisions import choice, chosen
from dominoadmin.errors import Error
from dominoadmin.paths import read_limited, typed
from dominoadmin.pki.request_files import LARGEST
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.processes import adminp
from dominoadmin.services.requests import inspecting, submitting
from dominoadmin.services.requests.submitting import RequestView, Submission
from dominoadmin.services.states import RequestState

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
    choice(parser)
    text = "pull decided requests into Issued/Rejected Certificates"
    choice(noun.verb(Verb("pull", pull, text, "request pull --all")))
    request_decisions.add(noun)
    parser = noun.verb(Verb("list", list_all, "list requests", "request list --json"))
    parser.add_argument("--database", default="", metavar="FILE")
    parser.add_argument("--state", metavar="STATE", help="only requests in this state")
    parser = noun.verb(Verb("show", show, "show a request with its preflight", "request show 7"))
    parser.add_argument("request", type=int, metavar="ID")


@compared
def submit(session: Invocation) -> Reply:
    """Submit requests, or one from outside."""
    o = session.options
    if o.csr is None:
        ids = chosen(session, lambda shown: shown.state == RequestState.PENDING)
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


@compared
def pull(session: Invocation) -> Reply:
    """Pull requests."""
    ids = chosen(session, _waits_in_a_database)
    done = submitting.pull(session.domain, session.actor, ids)
    prompts = cross_certifying.prompt(session.domain, session.actor, done)
    lines = [adminp.pulled_message(len(done))]
    lines += [f"{p.certifier} is not cross-certified yet. To trust it, enter: {p.command}" for p in prompts]
    return Reply({"pulled": done, "cross_certify": [prompt.certifier for prompt in prompts]}, "\n".join(lines))


def _waits_in_a_database(shown: RequestView) -> bool:
    """Return whether a request can be pulled into its database; requests to the CA process itself have none."""
    decided = shown.state in (RequestState.ISSUED, RequestState.REJECTED) and not shown.request.pulled_at
    return decided and bool(shown.request.database)


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


@compared
def show(session: Invocation) -> Reply:
    """Show a request: issued and requested contents, and each checked rule."""
    request_id = session.options.request
    inspection = inspecting.inspect(session.domain, session.actor, request_id)
    row = submitting.summary(inspection.shown) | {
        "digest": inspection.digest,
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


def _summary(session: Invocation, request_id: int) -> dict[str, Any]:
    return submitting.summary(submitting.shown(session.domain, request_id))
