"""The Issued Certificate document: the certificate, its approval, its revocation, its use (9.1, 9.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dominoadmin.errors import Error, NotFound, Tampered
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.extension_texts import Node
from dominoadmin.pki.quoting import escaped
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.certifiers import configuring, own_certificates
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records import issued_entries
from dominoadmin.services.requests.decisions import Case, histories
from dominoadmin.services.revocation import impact as revocation_impact
from dominoadmin.services.revocation.impact import RingUse
from dominoadmin.services.states import Decision
from dominoadmin.store import certifiers, issued, requests, revocation_requests, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.issued_lists import CertificateState
from dominoadmin.store.records import IssuedRecord, RevocationRecord
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certificates.viewing import Section
from dominoadmin.viewmodels.directory.views import certificate_section
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.words import reason_label, requester_label


@dataclass(frozen=True, kw_only=True)
class IssuedView:
    """An Issued Certificate document. `state`: as `revocation_impact.Target`; `chain`: with those above, DER."""

    certifier_id: int
    serial_hex: str
    title: str
    request_id: int | None
    state: str
    sections: tuple[Section, ...]
    chain: tuple[bytes, ...]


def view(domain: Domain, actor: Actor, certifier_id: int, serial_hex: str) -> IssuedView:
    """Return an Issued Certificate document.

    Raises:
        NotFound: no such certificate was issued.
        Tampered: the entry is not the one that was signed.

    """
    now = domain.now()
    with domain.store.snapshot() as db:
        found = issued.find(db, serial_hex, certifier_id)
        if not found:
            raise NotFound(marked("This certificate is no longer in the Issued Certificate List."))
        (entry,) = found
        issued_entries.check(db, actor.verifier(), entry)
        record = certifiers.get(db, certifier_id)
        known = revocations.find(db, certifier_id, serial_hex)
        uses = revocation_impact.rings(domain, db, {entry.key_fingerprint})
        sections = (
            Section(_("Issued to"), (Node(_("Subject"), escaped(entry.subject)), _names(entry))),
            certificate_section((entry.der,), now),
            Section(_("Revocation Information"), tuple(_revocation(db, known))),
            Section(_("Request"), tuple(_request(db, actor, entry, now))),
            Section(_("Where it is used"), tuple(_uses(uses))),
        )
    title = escaped(entry.subject).partition("/")[0].removeprefix("CN=")
    state = revocation_impact.state_of(entry, known, now)
    chain = (entry.der, *own_certificates.above(record, entry.der, now))
    return IssuedView(
        certifier_id=certifier_id,
        serial_hex=serial_hex,
        title=title,
        request_id=entry.request_id,
        state=state,
        sections=sections,
        chain=chain,
    )


def _names(entry: IssuedRecord) -> Node:
    return Node(_("Subject alternate names"), "\n".join(map(escaped, entry.names.split(" "))) or _("None"))


def _revocation(db: Connection, known: RevocationRecord | None) -> Iterator[Node]:
    if known is None:
        yield Node(_("State"), _("Not revoked"))
        return
    if known.released_at:
        text = _("Not revoked: it was on hold, and released on {time}.")
        yield Node(_("State"), text.format(time=viewing.local(known.released_at)))
    else:
        yield Node(_("State"), _("On hold") if known.reason == Reason.HOLD else _("Revoked"))
    yield Node(_("Revocation Reason"), reason_label(known.reason))
    yield Node(_("Revocation date"), viewing.local(known.revoked_at))
    yield Node(_("Invalid since"), viewing.local(known.invalidity_at) if known.invalidity_at else _("Not specified"))
    yield Node(_("On CRLs from number"), str(known.since))
    asked = next(
        (each for each in revocation_requests.all_of(db, known.certifier_id) if each.id == known.request_id), None
    )
    if asked:
        text = _("{name}, {time} (request {number})")
        name = requester_label(asked.requested_by)
        yield Node(
            _("Requested by"), text.format(name=name, time=viewing.local(asked.created_at), number=known.request_id)
        )


def _request(db: Connection, actor: Actor, entry: IssuedRecord, now: datetime) -> Iterator[Node]:
    yield Node(_("Issued"), viewing.local(entry.issued_at))
    if entry.request_id is None:
        yield Node(_("Request"), _("None: the CA process certified its own OCSP responder."))
        return
    request = requests.find(db, entry.request_id)
    document = requests.find_admin_request(db, entry.request_id)
    yield Node(_("Request"), str(entry.request_id))
    if request is None:
        yield Node(_("Approved by"), _("Its request no longer exists."))
        return
    yield Node(_("Applicant"), escaped(request.applicant) or _("(none)"))
    yield Node(_("Requested"), viewing.local(request.requested_at))
    try:
        certifier = _certifier(db, actor, entry.certifier_id, now)
        if document is None:
            raise Tampered(marked("Its request in Administration Requests no longer exists."))
        history = histories(db, actor.verifier(), [request.id])[request.id]
        signer = Case(request, document, certifier, history).signer(Decision.APPROVE, actor.verifier(), now)
    except Error as error:
        yield Node(_("Approved by"), _("Cannot be verified: {problem}").format(problem=error.text()))
    else:
        yield Node(_("Approved by"), _("{name}; the signature is valid").format(name=names.abbreviated(signer)))
    yield from _changes(db, entry.request_id)


def _certifier(db: Connection, actor: Actor, certifier_id: int, now: datetime) -> Certifier:
    return configuring.verified(db, certifiers.get(db, certifier_id), actor.verifier(), now)


def _changes(db: Connection, request_id: int) -> Iterator[Node]:
    edits = requests.edits(db, [request_id])
    if not edits:
        yield Node(_("Changes"), _("None"))
    for edit in edits:
        rows = [each for each in request_words.comparisons(edit.before, edit.after) if each.differs]
        text = _("{label}: {before} → {after}")
        said = "\n".join(text.format(label=row.label, before=row.asked, after=row.issued) for row in rows)
        who = _("Changed by {name}, {time}")
        name = requester_label(edit.editor)
        yield Node(who.format(name=name, time=viewing.local(edit.edited_at)), said or _("None"))


def _uses(uses: Iterator[RingUse]) -> Iterator[Node]:
    found = False
    for use in uses:
        found = True
        if use.is_served:
            text = _("{server} shows it to browsers")
        else:
            text = _("copied to {server}") if use.server else _("in the data directory")
        server = names.abbreviated(use.server) if use.server else ""
        yield Node(_("Key ring {file}").format(file=escaped(use.file)), text.format(server=server))
    if not found:
        yield Node(_("Key rings"), _("No readable key ring here holds this key."))


def may_be_revoked(shown: IssuedView) -> bool:
    """Return whether its revocation can be requested."""
    return shown.state != CertificateState.REVOKED


def is_held(shown: IssuedView) -> bool:
    """Return whether it is on hold and can be released."""
    return shown.state == CertificateState.HELD
