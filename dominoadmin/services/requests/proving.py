"""Proves to outsiders that a certificate had a valid approval: `resources/verify_proof.py` checks the proof."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cryptography import x509

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, merkle
from dominoadmin.pki.documents import SignedDocument
from dominoadmin.services.audit import anchoring, committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.anchoring import Anchor, Typed
from dominoadmin.services.audit.log import Head
from dominoadmin.services.certifiers import configuring, founding_statements
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests import decisions
from dominoadmin.services.requests.decisions import Case
from dominoadmin.store import audit, certifiers, issued, requests, state
from dominoadmin.store.audit_entries import StoredEntry
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import IssuedRecord

FORMAT: Final = "dominoadmin proof 2"
_CONFIGURATIONS: Final = "configurations"


@dataclass(frozen=True)
class Proof:
    """A proof as a file, and the anchor of the audit log that it leads to."""

    octets: bytes
    anchor: Anchor


def prove(domain: Domain, actor: Actor, certifier_id: int, serial_hex: str, typed: Typed | None = None) -> Proof:
    """Return the proof that a certificate had a valid approval. Without a printed anchor it leads to the log's end.

    Raises:
        NotFound: the certifier has issued no such certificate.
        Refused: nobody approved it, or it was issued after the anchor.
        Tampered: a row or an entry is not as it was signed, or the log does not match the anchor.

    """
    if typed:
        anchoring.check(domain, typed)
    newest = anchoring.current(domain)
    size = typed.number if typed else newest.number
    with domain.store.snapshot() as db:
        record = certifiers.get(db, certifier_id)
        certifier = configuring.verified(db, record, actor.verifier(), domain.now())
        entry, case = _found(db, actor, certifier, serial_hex)
        decision = case.signed[-1]
        signed, head = _head(db, actor)
        root = audit.subtree(db, 0, size)
        if typed and root.hex() != typed.hash:
            raise Refused(
                _("Nothing can be proved with this anchor: an earlier version of this program printed it."),
                _("Print the current anchor, and use that one."),
            )
        content = {
            "format": FORMAT,
            "certificate": _text(entry.der),
            "issuer": _text(_issuer(certifier, entry)),
            "request": _text(case.request.csr),
            "decision": json.loads(decision),
            "shown": _text(decisions.shown(case.request, case.document.fields, certifier)),
            "certifier": str(record.id),
            "founding": _founding(db, certifier),
            "configurations": [json.loads(version.document) for version in certifier.versions],
            "entries": _entries(db, head.size, _steps(db, head, case, entry, size)),
            "head": json.loads(signed.serialize()),
            "consistency": _texts(_grown(db, size, head.size)),
            "state": {f"{each.kind} {each.key}": _shown(db, head, each) for each in _objects(case, entry)},
        }
    anchor = Anchor(size, root.hex(), newest.at)
    return Proof(f"{json.dumps(content, indent=1, sort_keys=True)}\n".encode(), anchor)


def _issuer(certifier: Certifier, entry: IssuedRecord) -> bytes:
    """Return the certificate of the key that has signed an entry of the ICL."""
    issuer = certifier.signed(x509.load_der_x509_certificate(entry.der))
    return (issuer or certifier).generation.certificate


def _found(db: Connection, actor: Actor, certifier: Certifier, serial_hex: str) -> tuple[IssuedRecord, Case]:
    """Return a certificate, its request, and the decisions about it, all as they were signed."""
    certifier_id = certifier.record.id
    found = issued.find(db, serial_hex, certifier_id)
    if not found:
        raise NotFound(_("No certificate with the serial number {serial} was issued here.", serial=serial_hex))
    number = found[0].request_id
    request, document = (
        (requests.find(db, number), requests.find_admin_request(db, number)) if number is not None else (None, None)
    )
    if number is None or request is None or document is None:
        raise Refused(_("This certificate was issued without a request: nobody had to approve it."))
    history = decisions.histories(db, actor.verifier(), [number])[number]
    history.check()
    committed.check(db, actor.verifier(), [Object("issued", f"{certifier_id} {serial_hex}")])
    return found[0], Case(request, document, certifier, history)


def _founding(db: Connection, certifier: Certifier) -> dict[str, str] | None:
    """Return what the certifier's key has signed about its founder; None if it was taken over and has not done so."""
    found = certifiers.founding(db, certifier.record.id)
    if found is None:
        return None
    content, signature = map(_text, found)
    first = certifier.record.generations[0]
    return {"content": content, "signature": signature, "certificate": _text(first.certificate)}


def _objects(case: Case, entry: IssuedRecord) -> Iterator[Object]:
    """Yield what the state must have, and the next decision and version, which it must not have."""
    certifier_id, decided = case.certifier.record.id, len(case.signed)
    for number in range(1, len(case.certifier.versions) + 2):
        yield Object(_CONFIGURATIONS, f"{certifier_id} {number}")
    if case.certifier.is_founded:
        yield Object(founding_statements.KIND, str(certifier_id))
    for number in range(decided if case.history.newest else decided + 1, decided + 2):  # an earlier one has no row
        yield Object(decisions.ROWS, f"{case.request.id} {number}")
    yield Object("issued", f"{certifier_id} {entry.serial_hex}")


def _steps(db: Connection, head: Head, case: Case, entry: IssuedRecord, size: int) -> Iterator[StoredEntry]:
    """Return the entries that commit the versions of the configuration, the approval and the certificate."""
    decision, (request, certifier_id) = case.signed[-1], (case.request.id, case.certifier.record.id)
    # Earlier versions entered the digest of what the decision says, not of the whole document.
    known = documents.digest(decision), documents.digest(documents.parse(decision).content)
    approvals = audit.about(db, AuditAction.REQUEST_APPROVED, str(request))
    decided = [each for each in approvals if any(digest in each.detail for digest in known)]
    issues = audit.about(db, AuditAction.CERTIFICATE_ISSUED, entry.serial_hex)
    for entries, which in (
        (decided, Object(decisions.ROWS, f"{request} {len(case.signed)}")),
        (issues, Object("issued", f"{certifier_id} {entry.serial_hex}")),
    ):
        those = [each for each in entries if _commits(db, head, each, which)]
        if not those:
            raise Tampered(_("The audit log has no entry about the approval, or none about the certificate."))
        if json.loads(those[-1].octets)["number"] > size:
            raise Refused(
                _("The certificate was issued after the anchor was printed."),
                _("Print the current anchor, and use it."),
            )
        yield those[-1]
    for each in audit.committing(db, _CONFIGURATIONS, f"{certifier_id} "):
        yield each._replace(salt=b"")  # nobody needs their details
    for each in audit.committing(db, founding_statements.KIND, f'{certifier_id}"'):
        yield each._replace(salt=b"")


def _commits(db: Connection, head: Head, entry: StoredEntry, which: Object) -> bool:
    """Return whether an entry has added an object as it is; an entry of an earlier version only says so.

    Anyone with an ID can enter the action alone; such an entry may have been refused.
    """
    content = json.loads(entry.octets)
    digest = state.find(db, [which.hash()], bytes.fromhex(head.state)).get(which.hash(), b"").hex()
    return "previous" in content or [*which, "", digest] in content["commits"]


def _entries(db: Connection, size: int, steps: Iterable[StoredEntry]) -> list[dict[str, Any]]:
    """Return entries of the log, each with the proof that it is in the tree of this size."""
    found: dict[int, dict[str, Any]] = {}
    for step in steps:
        number = json.loads(step.octets)["number"]
        path = merkle.inclusion(number - 1, size, partial(audit.subtree, db))
        found[number] = {"number": number, "octets": _text(step.octets), "path": _texts(path)}
        if step.salt:
            found[number] |= {"detail": step.detail, "salt": _text(step.salt)}
    return [found[number] for number in sorted(found)]


def _grown(db: Connection, one: int, other: int) -> list[bytes]:
    """Return the proof that the smaller of two trees is the beginning of the other."""
    return merkle.consistency(min(one, other), max(one, other), partial(audit.subtree, db))


def _head(db: Connection, actor: Actor) -> tuple[SignedDocument, Head]:
    record = audit.head(db)
    if record is None:
        raise Tampered(_("The audit log has no signed head."))
    _signer, head = audit_log.verified_head(record, actor.verifier())
    return SignedDocument(audit_log.HEAD, record.content, record.signature, record.chain), head


def _shown(db: Connection, head: Head, which: Object) -> dict[str, str]:
    """Return what shows the digest that the state has of an object, or that it has none."""
    try:
        shown = state.proof(db, which.hash(), bytes.fromhex(head.state))
    except state.Altered:
        raise audit_log.differs(head.size) from None
    return {name: _text(octets) for name, octets in shown.items()}


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _texts(hashes: Sequence[bytes]) -> list[str]:
    return [*map(_text, hashes)]
