"""Shows a registration authority a request: what is asked for, what will be issued, each rule, each edit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.certifiable import Certifiable, EndEntity, asked_by
from dominoadmin.pki.extensions import Usages
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.profiles import CROSS
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records import issued_certificates
from dominoadmin.services.requests import decisions, rules
from dominoadmin.services.requests.rules import Check, StoreFindings
from dominoadmin.services.requests.submitting import RequestView, view
from dominoadmin.store import certifiers
from dominoadmin.store.records import EditRecord, Fields, RequestRecord

_NOTHING_FOUND: Final = StoreFindings()


@dataclass(frozen=True)
class Proposal:
    """A request with unsaved changes: what would be certified, and every rule, broken or not.

    `digest` is that of what an RA is shown, and signs; empty for fields that cannot be read.
    """

    fields: Fields
    checks: list[Check]
    subject: Certifiable | None
    digest: str

    @property
    def problem(self) -> str:
        """The first rule that is broken, or an empty string."""
        return next((each.problem for each in self.checks if each.problem), "")


def propose(
    shown: RequestView,
    certifier: Certifier,
    now: datetime,
    changes: Fields,
    subject: dict[str, str] | None = None,
    *,
    findings: StoreFindings = _NOTHING_FOUND,
) -> Proposal:
    """Return a request with these changes. `subject` changes single attributes of the name.

    `findings` are those of `Inspection.findings`: what the store has is not read again.

    Raises:
        Refused: a field is unknown.

    """
    fields = shown.fields
    given = {*changes, *(["subject"] if subject else [])}
    optional = set() if shown.request.kind == CROSS else {"declined_usages"}
    if unknown := given - set(fields) - optional | ({"kind"} & given):
        raise Refused(_("Requests have no editable field named {field}.", field=min(unknown)))
    fields = {**fields, **changes}
    if subject:
        merged = {**fields.get("subject", {}), **subject}
        fields["subject"] = {key: value for key, value in merged.items() if value}
    wanted, problem = rules.read(shown, fields)
    checks = rules.preflight(wanted, problem, certifier, now, findings)
    if wanted is None:
        return Proposal(fields, checks, None, "")
    found = wanted.content()
    return Proposal(found, checks, wanted, decisions.digest(shown.request, found, certifier))


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """A request before the decision: the requested and the issued contents, every rule, every edit.

    `digest` is that of what an RA is shown here, and signs. `usages` are those that the request names. `key` is the
    public key to be certified, or None if the request cannot be read. `findings` is what no edit changes.
    """

    shown: RequestView
    digest: str
    usages: Usages
    fields: Fields
    checks: list[Check]
    edits: list[EditRecord]
    certifier: Certifier
    key: PublicKey | None
    findings: StoreFindings

    @property
    def asked(self) -> Fields:
        """Return the requested contents, by the request's own bytes; what they do not name is the database's."""
        return _asked(self.shown.request)


def inspect(domain: Domain, actor: Actor, request_id: int, known: dict[int, Certifier] | None = None) -> Inspection:
    """Return all that an RA should see before deciding.

    `known` caches certifiers, by their numbers, that were verified for other requests in the same act.

    Raises:
        NotFound: there is no such request.
        Tampered: the certifier's configuration is invalid.

    """
    with domain.store.snapshot() as db:
        shown = view(db, request_id)
        record = certifiers.get(db, shown.request.certifier_id)
        before = known.get(record.id) if known else None
        certifier = configuring.verified(db, record, actor.verifier(), domain.now(), before)
        history = decisions.histories(db, actor.verifier(), [request_id])[request_id]
        subject, problem = rules.read(shown, shown.fields)
        together = rules.Together(db, actor.verifier(), [request_id])
        findings = rules.find(db, shown, certifier, domain.now(), history, together=together)
        edits = decisions.signed_edits(db, shown.request, certifier, history)
    if known is not None:
        known[record.id] = certifier
    return Inspection(
        shown=shown,
        digest=decisions.digest(shown.request, shown.fields, certifier),
        usages=subject.asked if isinstance(subject, EndEntity) else Usages(),
        fields=subject.content() if subject else shown.fields,
        checks=rules.preflight(subject, problem, certifier, domain.now(), findings),
        edits=[*edits],
        certifier=certifier,
        key=subject.public_key if subject else None,
        findings=findings,
    )


@dataclass(frozen=True)
class Glance:
    """What an RA is shown of a request that he signs: what was asked for, what will be issued, and the digest of it."""

    shown: RequestView
    asked: Fields
    digest: str

    @property
    def fields(self) -> Fields:
        """The fields of the certificate."""
        return self.shown.fields


def glances(domain: Domain, actor: Actor, request_ids: Iterable[int]) -> dict[int, Glance]:
    """Return what an RA is shown of requests that he decides together, without the rules.

    A request that cannot be read is left out: the decision says why.
    """
    found: dict[int, Glance] = {}
    known: dict[int, Certifier] = {}
    with domain.store.snapshot() as db:
        for each in request_ids:
            with contextlib.suppress(Error):
                shown = view(db, each, known)
                record = certifiers.get(db, shown.request.certifier_id)
                if record.id not in known:
                    known[record.id] = configuring.verified(db, record, actor.verifier(), domain.now())
                digest = decisions.digest(shown.request, shown.fields, known[record.id])
                found[each] = Glance(shown, _asked(shown.request), digest)
    return found


def digests_of(domain: Domain, actor: Actor, shown: Iterable[RequestView]) -> dict[int, str]:
    """Return the digests of requests as they are on the screen, whatever the store has by now."""
    wanted, found = [*shown], {}
    with domain.store.snapshot() as db:
        known = {
            number: configuring.verified(db, certifiers.get(db, number), actor.verifier(), domain.now())
            for number in dict.fromkeys(each.request.certifier_id for each in wanted)
        }
    for each in wanted:
        found[each.request.id] = decisions.digest(each.request, each.fields, known[each.request.certifier_id])
    return found


def digests(domain: Domain, actor: Actor, request_ids: Iterable[int]) -> dict[int, str]:
    """Return the digest of what an RA is shown of each request; an empty one if it cannot be read."""
    wanted = [*request_ids]
    found = glances(domain, actor, wanted)
    return {each: found[each].digest if each in found else "" for each in wanted}


def _asked(request: RequestRecord) -> Fields:
    """Return the requested contents, by the request's own bytes; what they do not name is the database's."""
    return {**request.fields, **asked_by(request.kind, request.csr)}


def certificate_chain(domain: Domain, actor: Actor, inspection: Inspection) -> list[bytes]:
    """Return the checked certificate of an issued request and the path above it, as DER.

    Raises:
        Tampered: the certificate in the ICL is not this request's, or a row about it is not as it was signed.

    """
    shown, certifier = inspection.shown, inspection.certifier
    with domain.store.snapshot() as db:
        entry = issued_certificates.handed_out(db, actor.verifier(), shown.request, shown.document, certifier)
    return [entry.der, *entry.issuer.chain(domain.now())]
