"""Decisions of registration authorities: signed documents about one request, verified before they are carried out.

Each is a document of its own: an approval, a rejection, a withdrawal or an edit. It names the request, its running
number, the decision before it, the version of the certifier's configuration by which the signer is an RA, and the
digest of exactly what the signer was shown. The newest one that the audit log commits is the one that counts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents
from dominoadmin.pki.documents import SignedDocument, Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import committed
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.certifiers.configuring import Certifier, Configuration
from dominoadmin.services.states import Decision
from dominoadmin.store import audit, decisions, reading, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.decisions import DecisionRecord
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AdminRequestRecord, EditRecord, Fields, RequestRecord, instant

KIND: Final = "decision"
ROWS: Final = "decisions"


@dataclass(frozen=True)
class History:
    """What RAs did about a request: its edits and its signed decisions, the oldest first.

    `altered`: the rows of the request that are not as the audit log commits them.
    """

    edits: tuple[EditRecord, ...] = ()
    decisions: tuple[DecisionRecord, ...] = ()
    altered: tuple[Object, ...] = ()

    @property
    def problem(self) -> str:
        """Return why nothing may be done by the rows of the request, or an empty string."""
        return str(committed.altered(self.altered[0])) if self.altered else ""

    @property
    def newest(self) -> int:
        """The number of the newest decision; 0 if there is none, or if an earlier version signed the only one."""
        return self.decisions[-1].number if self.decisions else 0

    def check(self, kind: str = "") -> None:
        """Check that the rows of the request, or those of one kind, are as the audit log commits them.

        Raises:
            Tampered: one was altered, added or removed.

        """
        for each in self.altered:
            if kind in ("", each.kind):
                raise committed.altered(each)


def histories(
    db: Connection, verifier: Verifier, request_ids: Sequence[int], *, edits: bool = True
) -> dict[int, History]:
    """Return what RAs did about requests, compared with the audit log: with as many queries for one as for many.

    Raises:
        Tampered: the log or the state as a whole is not what was signed last.

    """
    if not request_ids:
        return {}  # an idle CA process asks again and again
    found = {each: History() for each in request_ids}
    with reading.leaving_out():  # where the log commits a decision that cannot be read, none is found
        for decision in decisions.of(db, request_ids):
            found[decision.request_id] = _with(found[decision.request_id], decision)
    rows: dict[Object, int] = {}
    for each, history in found.items():
        rows |= dict.fromkeys(_rows(each, history), each)
    if edits:
        # One that cannot be read is not as the log commits it: that is told of its request, and of no other.
        with reading.leaving_out():
            for edit in requests.edits(db, request_ids):
                found[edit.request_id] = _with(found[edit.request_id], edit)
        rows |= {Object("request_edits", str(row)): each for row, each in requests.edit_numbers(db, request_ids)}
    altered: dict[int, list[Object]] = defaultdict(list)
    for which in sorted(committed.find_differing(db, verifier, rows)):
        altered[rows[which]].append(which)
    return found | {each: replace(found[each], altered=tuple(which)) for each, which in altered.items()}


def _with(history: History, new: DecisionRecord | EditRecord) -> History:
    if isinstance(new, EditRecord):
        return replace(history, edits=(*history.edits, new))
    return replace(history, decisions=(*history.decisions, new))


def _rows(request_id: int, history: History) -> Iterator[Object]:
    """Yield the rows of a request without its edits, and those of the next decision, which must not exist."""
    yield Object("requests", str(request_id))
    yield Object("admin_requests", str(request_id))
    # An earlier version's decision, number 1, has no row. Somebody may add one with any number: if the numbers do not
    # follow each other, one of the first ones is free, which is enough to miss what was removed.
    last = max(1, min(history.newest, len(history.decisions) + 1))
    numbers = dict.fromkeys([*range(1, last + 2), *(each.number for each in history.decisions)])
    yield from (Object(ROWS, f"{request_id} {number}") for number in numbers)


def shown(request: RequestRecord, fields: Fields, certifier: Certifier) -> bytes:
    """Return what an RA is shown of a request: its own bytes, and what will be issued by whom."""
    return documents.canonical(
        {
            "request": request.id,
            "kind": request.kind,
            "request_sha256": documents.digest(request.csr),
            "certifier": certifier.record.name,
            "certifier_key": certifier.identifier,
            "fields": fields,
        }
    )


def digest(request: RequestRecord, fields: Fields, certifier: Certifier) -> str:
    """Return the digest of what an RA is shown, in hex."""
    return documents.digest(shown(request, fields, certifier))


def signed_edits(
    db: Connection, request: RequestRecord, certifier: Certifier, history: History
) -> tuple[EditRecord, ...]:
    """Return the edits of a request that its RAs have signed, or that were taken over from an earlier version.

    Who registers a certifier of his own is an RA, too, and adds edits of others' requests.
    """
    said = [_said(each.document) for each in history.decisions]
    signed = [(each.get("shown"), each.get("becomes")) for each in said if each.get("decision") == Decision.EDIT]

    def is_signed(edit: EditRecord) -> bool:
        made = digest(request, edit.before, certifier), digest(request, edit.after, certifier)
        return made in signed or any(
            json.loads(each.octets)["action"] == AuditAction.STORE_TAKEN_OVER
            for each in audit.committing(db, "request_edits", f'{edit.id}"')
        )

    return tuple(filter(is_signed, history.edits))


def _said(document: bytes) -> dict[str, Any]:
    """Return what a decision says; nothing if it cannot be read, as any RA can sign nonsense."""
    try:
        found = json.loads(documents.parse(document).content)
    except (ValueError, RecursionError, Tampered):
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """The content of a decision. `version`: of the certifier's configuration. Digests are in hex.

    `previous`: the digest of the decision before. `shown`: that of what the signer was shown; `becomes`: that of what
    an edit makes of it.
    """

    decision: str
    request: int
    number: int
    previous: str
    version: int
    shown: str
    signed_at: str
    reason: str = ""
    becomes: str = ""


@dataclass(frozen=True)
class Case:
    """A request that is decided: its rows, its certifier, and what RAs did about it."""

    request: RequestRecord
    document: AdminRequestRecord
    certifier: Certifier
    history: History

    @cached_property
    def digest(self) -> str:
        """The digest of what an RA is shown."""
        return digest(self.request, self.document.fields, self.certifier)

    @property
    def signed(self) -> list[bytes]:
        """The decisions, the oldest first; the first one may be of an earlier version."""
        earlier = [self.document.decision] if self.document.decision is not None else []
        return [*earlier, *(each.document for each in self.history.decisions)]

    @cached_property
    def newest(self) -> SignedDocument:
        """The newest decision.

        Raises:
            Tampered: it cannot be read.

        """
        return documents.parse(self.signed[-1])

    def next(self, decision: Decision, now: datetime, *, reason: str = "", becomes: str = "") -> Statement:
        """Return what is signed next."""
        version = self.certifier.configuration.version
        known = self._known(self.signed, decision, reason)
        return Statement(**known, version=version, signed_at=instant(now), becomes=becomes)

    def _known(self, before: Sequence[bytes], decision: str, reason: str) -> dict[str, Any]:
        """Return what a decision must say; its time, and the version of the configuration, are the signer's word."""
        return {
            "decision": decision,
            "request": self.request.id,
            "number": len(before) + 1,
            "previous": documents.digest(before[-1]) if before else "",
            "shown": self.digest,
            "reason": reason,
        }

    def signer(self, decision: Decision, verifier: Verifier, now: datetime) -> str:
        """Return the canonical name of the RA whose decision about the request, the newest one, this is.

        Raises:
            Tampered: it is unsigned, about something else, or not signed by an RA of the certifier; or a row of the
                request is not as the audit log commits it.

        """
        self.history.check()
        signed = self.signed
        if not signed:
            raise Tampered(
                _(
                    "Request {id} has the state {state}, but no signature confirms it.",
                    id=self.request.id,
                    state=self.document.state,
                )
            )
        signer, content = verifier.verify(self.newest, KIND, now)
        if content != self._expected(content, signed[:-1], decision):
            raise Tampered(
                _(
                    "The signature of {signer} for request {id} belongs to something else.",
                    signer=signer,
                    id=self.request.id,
                )
            )
        if not all(signer in each.ras for each in self._deciding(content)):
            raise Tampered(
                _(
                    "{signer} signed the decision, but is not a registration authority (RA) of the certifier.",
                    signer=signer,
                )
            )
        return signer

    def _expected(self, content: dict[str, Any], before: Sequence[bytes], decision: Decision) -> dict[str, Any]:
        """Return what an approval or a rejection must say."""
        if not self.history.decisions:
            return _earlier(self, decision)
        named = {name: content.get(name) for name in ("version", "signed_at")}
        return {**self._known(before, decision, self.document.reason), **named, "becomes": ""}

    def _deciding(self, content: dict[str, Any]) -> Iterable[Configuration]:
        """Yield the configurations by which the signer has to be an RA: the newest, and the one that he named."""
        newest = self.certifier.configuration
        named = content.get("version", newest.version)
        found = [each.configuration for each in self.certifier.versions if each.number == named]
        if not found:
            raise Tampered(
                _("A decision about request {id} names an unknown configuration.", id=self.request.id),
            )
        return newest, *found


def sign(ra: Identity, statement: Statement) -> DecisionRecord:
    """Return a decision, signed by the RA."""
    signed = documents.sign(KIND, statement.__dict__, ra)
    return DecisionRecord(request_id=statement.request, number=statement.number, document=signed.serialize())


def _earlier(case: Case, decision: str) -> dict[str, Any]:
    """Return what a decision of an earlier version says, which had neither number nor predecessor."""
    return {
        "decision": decision,
        "reason": case.document.reason,
        "request": case.request.id,
        "kind": case.request.kind,
        "request_sha256": documents.digest(case.request.csr),
        "certifier": case.certifier.record.name,
        "certifier_key": case.certifier.identifier,
        "fields": case.document.fields,
    }
