"""`dominoadmin request approve|reject|withdraw|edit`: the signed decisions of a registration authority.

Each signs the digest of what it has displayed, or of what --digest names: if the request has changed since, nothing is
signed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from dominoadmin.cli import request_texts
from dominoadmin.cli.framework import Invocation, Noun, Reply, Verb, asks, compared, confirmed
from dominoadmin.errors import Cancelled, Error
from dominoadmin.i18n import counted
from dominoadmin.services.directory import leasing, server_documents
from dominoadmin.services.domain import Domain
from dominoadmin.services.requests import approving, inspecting, submitting
from dominoadmin.services.requests.approving import Outcome, Shown
from dominoadmin.services.requests.inspecting import Glance
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import AdminRequestState

_ALL: Final = "--all"
_PULL: Final = "Move rejected requests to Issued/Rejected Certificates: dominoadmin request pull --all"


def add(noun: Noun) -> None:
    """Add the verbs."""
    text = "approve requests with the signature of a registration authority"
    parser = noun.verb(Verb("approve", approve, text, "request approve --all"))
    choice(parser)
    _binding(parser)
    parser = noun.verb(Verb("reject", reject, "reject requests", 'request reject 7 --reason "Unknown host"'))
    choice(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help="the applicant will see it")
    _binding(parser)
    text = "withdraw approvals of requests that have not been issued; they wait for a decision again"
    choice(noun.verb(Verb("withdraw", withdraw, text, "request withdraw 7")))
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
    _digest(parser)


def _binding(parser: argparse.ArgumentParser) -> None:
    _digest(parser)
    parser.add_argument("--yes", action="store_true", help="do not prompt; without a terminal there is never a prompt")


def _digest(parser: argparse.ArgumentParser) -> None:
    text = "what 'request show' showed: if the request has changed since, nothing is signed"
    parser.add_argument("--digest", metavar="D", help=text)


def choice(parser: argparse.ArgumentParser) -> None:
    """Add the options for requests by their numbers, or all."""
    parser.add_argument("requests", type=int, nargs="*", metavar="ID")
    parser.add_argument(_ALL, action="store_true", dest="all", help="all requests that can be")


def chosen(session: Invocation, fits: Callable[[RequestView], bool]) -> list[int]:
    """Return the numbers of the requests that the options name."""
    o = session.options
    if o.all and o.requests:
        raise Error("Specify requests or use --all, not both.")
    if o.all:
        database = getattr(o, "database", None) or ""
        return [shown.request.id for shown in submitting.views(session.domain, database) if fits(shown)]
    if not o.requests:
        raise Error("No request is specified.", "Specify one or more request IDs, or --all.")
    return list(dict.fromkeys(o.requests))


@compared
def approve(session: Invocation) -> Reply:
    """Approve requests."""
    shown = _look(session, "approval")
    outcomes = approving.approve(session.domain, session.identity, shown.digests, session.progress())
    return _reply(
        session, shown, outcomes, "approved", f"{_issuing(session.domain)} Then: dominoadmin request pull --all"
    )


def _issuing(domain: Domain) -> str:
    if leasing.holder(domain, server_documents.domain_server(domain)):
        return "The CA process issues the certificates as soon as the certifier is active (see: tell ca stat)."
    return "The certificates are issued once the server runs (dominoadmin server) and the certifier is active."


@compared
def reject(session: Invocation) -> Reply:
    """Reject requests."""
    shown = _look(session, "rejection")
    outcomes = approving.reject(session.domain, session.identity, shown.digests, session.options.reason)
    return _reply(session, shown, outcomes, "rejected", _PULL)


@compared
def withdraw(session: Invocation) -> Reply:
    """Withdraw approvals."""
    ids = chosen(session, lambda shown: not approving.withdrawal_problem(shown))
    outcomes = approving.withdraw(session.domain, session.identity, ids)
    good = [each.request_id for each in outcomes if not each.problem]
    next_step = [f"Decide again: dominoadmin request show {good[0]}"] if good else []
    text = "\n".join([f"{counted(len(good), 'approval')} withdrawn.", *next_step])
    return _outcomes(outcomes, {"withdrawn": good}, text)


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
    (shown,) = inspecting.digests(session.domain, session.actor, [o.request]).values()
    approving.edit(session.domain, session.identity, o.request, changes, subject, shown=o.digest or shown)
    row = submitting.summary(submitting.shown(session.domain, o.request))
    return Reply(row, f"Request {o.request} is changed.")


@dataclass(frozen=True)
class _Displayed:
    """What was displayed of each request, and the digests to sign."""

    glances: dict[int, Glance]
    digests: Shown


def _look(session: Invocation, noun: str) -> _Displayed:
    """Display what will be signed, and ask; a digest on the command line says that it has been looked at."""
    o = session.options
    ids = chosen(session, _waits_for_ra)
    if o.digest is not None:
        if o.all or len(ids) > 1:
            raise Error("--digest is for one request.", "Specify its ID.")
        return _Displayed({}, {ids[0]: o.digest.lower()})
    shown = inspecting.glances(session.domain, session.actor, ids)
    text = "\n".join(map(request_texts.glance, shown.values()))
    which = f"this {noun}" if len(shown) == 1 else f"these {len(shown)} {noun}s"
    if shown and not confirmed(session, text, f"Sign {which}? [y/N] ", "n"):
        raise Cancelled
    return _Displayed(shown, {each: shown[each].digest if each in shown else "" for each in ids})


def _waits_for_ra(shown: RequestView) -> bool:
    return bool(shown.document and shown.document.state == AdminRequestState.NEW)


def _reply(session: Invocation, shown: _Displayed, outcomes: list[Outcome], done: str, next_step: str) -> Reply:
    """Reply with what was signed, unless the terminal already shows it, and the result."""
    explained = [_explained(session, shown, each) for each in outcomes]
    good = [each.request_id for each in explained if not each.problem]
    lines = [request_texts.glance(shown.glances[each]) for each in good if each in shown.glances]
    lines = [] if asks(session) else lines
    lines += [f"{counted(len(good), 'request')} {done}.", *([next_step] if good else [])]
    signed = [{"id": each, "digest": shown.digests[each]} for each in good]
    return _outcomes(explained, {done: good, "signed": signed}, "\n".join(lines))


def _outcomes(outcomes: list[Outcome], data: dict[str, Any], text: str) -> Reply:
    """Reply with the result of each; the only one that is refused is an error of the command."""
    failed = [outcome for outcome in outcomes if outcome.problem]
    if failed and len(outcomes) == 1:
        raise Error(failed[0].problem, failed[0].hint)
    data |= {"refused": [{"id": f.request_id, "reason": f.problem} for f in failed]}
    refused = tuple(Error(f"Request {f.request_id} was not changed: {f.problem}", f.hint) for f in failed)
    return Reply(data, text, refused=refused)


def _explained(session: Invocation, shown: _Displayed, outcome: Outcome) -> Outcome:
    """Name what has changed since it was displayed."""
    number = outcome.request_id
    if not outcome.is_changed:
        return outcome
    hint = f"Look at it again: dominoadmin request show {number}"
    now = inspecting.glances(session.domain, session.actor, [number])
    if number not in shown.glances or number not in now:
        return replace(outcome, hint=hint)
    fields = ", ".join(request_texts.changes(shown.glances[number], now[number]))
    problem = f"Request {number} has changed since it was shown ({fields}); nothing was signed."
    return replace(outcome, problem=problem, hint=hint)
