"""The revocation requests in Admin4, in words: the view, and the document with its verified signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dominoadmin.errors import Error, NotFound
from dominoadmin.i18n import marked, plural, recalled
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.extension_texts import Node
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.revocation import revoking
from dominoadmin.services.states import RevocationAction, RevocationRequestState
from dominoadmin.store import certifiers, issued, revocation_requests
from dominoadmin.store.database import Connection
from dominoadmin.store.records import RevocationRequestRecord
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certificates.viewing import Section
from dominoadmin.viewmodels.words import certifier_label, reason_label


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationRow:
    """A revocation request in words. `badge` is the shape beside its state."""

    id: int
    state: str
    badge: str
    action: str
    reason: str
    count: int
    certifier: str
    requested_by: str
    requested_at: datetime
    problem: str


@dataclass(frozen=True)
class Named:
    """A certificate that a request names. `subject` is empty if the certifier has issued no such certificate."""

    serial_hex: str
    subject: str


@dataclass(frozen=True)
class RevocationRequestView:
    """A revocation request's document."""

    row: RevocationRow
    certifier_id: int
    sections: tuple[Section, ...]
    certificates: tuple[Named, ...]


def rows(domain: Domain) -> list[RevocationRow]:
    """Return the revocation requests of all certifiers, the newest first."""
    with domain.store.snapshot() as db:
        known = certifiers.names(db)
        return [_row(each, known[each.certifier_id]) for each in reversed(revocation_requests.all_of(db))]


def view(domain: Domain, actor: Actor, request_id: int) -> RevocationRequestView:
    """Return a revocation request's document.

    Raises:
        NotFound: there is no such request.

    """
    with domain.store.snapshot() as db:
        wanted = revocation_requests.find(db, request_id)
        if wanted is None:
            raise NotFound(marked("Revocation request {number} was not found.", number=request_id))
        row = _row(wanted, certifiers.get(db, wanted.certifier_id).name)
        sections = (
            Section(_("Revocation request {number}").format(number=request_id), tuple(_asked(wanted, row))),
            Section(_("Requested by"), tuple(_signed(db, domain, actor, wanted))),
            Section(_("Result"), tuple(_became(wanted, row))),
        )
        named = tuple(_named(db, wanted.certifier_id, serial) for serial in wanted.serials)
        return RevocationRequestView(row, wanted.certifier_id, sections, named)


def _row(wanted: RevocationRequestRecord, certifier: str) -> RevocationRow:
    states: dict[str, tuple[Badge, str]] = {
        RevocationRequestState.NEW: (Badge.WAIT, _("New")),
        RevocationRequestState.DONE: (Badge.OK, _("Done")),
        RevocationRequestState.ERROR: (Badge.BAD, _("Error")),
    }
    badge, state = states.get(wanted.state, (Badge.BAD, escaped(wanted.state)))
    is_release = wanted.action == RevocationAction.RELEASE
    return RevocationRow(
        id=wanted.id,
        state=state,
        badge=badge,
        action=_("Release Hold") if is_release else _("Revoke Certificate"),
        reason="" if is_release else reason_label(wanted.reason),
        count=len(wanted.serials),
        certifier=escaped(certifier_label(certifier)),
        requested_by=escaped(names.abbreviated(wanted.requested_by)),
        requested_at=wanted.created_at,
        problem=escaped(recalled(wanted.problem)),
    )


def _asked(wanted: RevocationRequestRecord, row: RevocationRow) -> Iterator[Node]:
    yield Node(_("Action"), row.action)
    yield Node(_("Certifier"), row.certifier)
    if row.reason:
        yield Node(_("Revocation Reason"), row.reason)
        text = viewing.local(wanted.invalidity_at) if wanted.invalidity_at else _("Not specified")
        yield Node(_("Invalid since"), text)
    text = plural("{n} certificate", "{n} certificates", row.count)
    yield Node(_("Certificates"), text.format(n=row.count))


def _signed(db: Connection, domain: Domain, actor: Actor, wanted: RevocationRequestRecord) -> Iterator[Node]:
    """Return the verified signer: the name in the row is not signed."""
    now = domain.now()
    yield Node(_("Requested"), viewing.local(wanted.created_at))
    try:
        certifier = configuring.verified(db, certifiers.get(db, wanted.certifier_id), actor.verifier(), now)
        signer, _order, _before = revoking.signed(certifier, actor.verifier(), wanted, now)
    except Error as error:
        yield Node(_("Requested by"), _("Cannot be verified: {problem}").format(problem=escaped(error.text())))
    else:
        text = _("{name}; the signature is valid").format(name=escaped(names.abbreviated(signer)))
        yield Node(_("Requested by"), text)


def _became(wanted: RevocationRequestRecord, row: RevocationRow) -> Iterator[Node]:
    yield Node(_("State"), row.state)
    if wanted.state == RevocationRequestState.NEW:
        yield Node(_("Next"), _("The CA process will carry it out as soon as the certifier is active."))
    else:
        yield Node(_("Carried out"), viewing.local(wanted.changed_at))
    if row.problem:
        yield Node(_("Problem"), row.problem)


def _named(db: Connection, certifier_id: int, serial_hex: str) -> Named:
    found = issued.find(db, serial_hex, certifier_id)
    return Named(serial_hex, escaped(found[0].subject) if found else "")
