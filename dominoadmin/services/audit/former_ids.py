"""IDs that are no longer current: a name has one current certificate; older ones are superseded, or it was revoked.

The entry of the log that commits this is what counts, never a time that somebody claims: what is entered later with
such an ID is refused, and what it has signed before stays valid. The state knows the ID by the fingerprint of its key,
so that removing the row does not help.
"""

from __future__ import annotations

from typing import Final

from dominoadmin.errors import NotAllowed, Tampered
from dominoadmin.i18n import Text
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, identities, names
from dominoadmin.store import former_ids
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.database import Connection
from dominoadmin.store.former_ids import FormerId
from dominoadmin.store.ledger import Object

KIND: Final = "former_ids"
_DOCUMENTS: Final = {
    "configurations": "document", "decisions": "document", "revocation_requests": "document",
    "admin_requests": "decision",
}  # fmt: skip
"""The columns with a document that a person has signed, by kind; a decision of an earlier version is in Admin4."""


def object_with(fingerprint: str) -> Object:
    """Return what the log calls the end of an ID, by the fingerprint of its key."""
    return Object(KIND, fingerprint)


def problem(former: FormerId) -> Text:
    """Return why an ID cannot be used."""
    values = {"name": names.abbreviated(former.name), "date": f"{former.at.astimezone():%Y-%m-%d}"}
    if former.is_superseded:
        return _("This ID of {name} has been superseded by a newer one since {date}.", **values)
    return _("The ID of {name} has been revoked since {date} ({reason}).", **values, reason=former.reason)


def hint(former: FormerId) -> Text:
    """Return what to do about it."""
    if former.is_superseded:
        return _("Use the newer ID file.")
    return _("With cert.id, 'dominoadmin person renew' makes a new ID for this person.")


def refusal(db: Connection, fingerprint: str) -> NotAllowed:
    """Return the refusal of an act with an ID that is no longer current."""
    if former := former_ids.find(db, fingerprint):
        return NotAllowed(problem(former), hint(former))
    return NotAllowed(_("It is signed with an ID that has been revoked or superseded."))


def signer_of(db: Connection, commit: Commit) -> str:
    """Return the fingerprint of the ID that has signed a new document; empty if it cannot be known."""
    if commit.object.kind not in _DOCUMENTS or commit.before:
        return ""
    try:
        found = former_ids.document(db, commit.object, _DOCUMENTS[commit.object.kind], commit.after)
        return identities.fingerprint(documents.parse(found or b"").chain[0])
    except (Tampered, IndexError, ValueError):
        return ""
