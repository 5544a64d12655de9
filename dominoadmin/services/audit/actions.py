"""The actions in the audit log: the text of each, and the kind of object that its entries name.

The texts are hashed and signed: they never change. An older log, or one of a newer version, may hold others, which are
listed unchanged. Their labels in other languages are in `viewmodels/audit/words.py`.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from typing import Self


class Thing(Enum):
    """The kind of object that an entry names."""

    ORGANIZATION = auto()  # by its name
    CERTIFIER = auto()  # by its name, an Internet certifier's or the organization's
    SERVER = auto()  # by its name
    PERSON = auto()  # by its name
    DATABASE = auto()  # by its file
    REQUEST = auto()  # by its number
    CERTIFICATE = auto()  # by its serial number
    CROSS_CERTIFICATE = auto()  # by its serial number
    REVOCATION_REQUEST = auto()  # by its number
    CRL = auto()  # by the name of its certifier
    KEY_RING = auto()  # by its file
    AUDIT_LOG = auto()  # by the number of an entry
    ROW = auto()  # of the store, by its table and its key


class AuditAction(StrEnum):
    """An action, with the kind of its object."""

    about: Thing

    def __new__(cls, text: str, about: Thing) -> Self:
        """Create a member whose value is only the text."""
        member = str.__new__(cls, text)
        member._value_ = text
        member.about = about
        return member

    DOMAIN_SET_UP = "domain set up", Thing.ORGANIZATION
    CERTIFIER_REGISTERED = "certifier registered", Thing.CERTIFIER
    CERTIFIER_MODIFIED = "certifier modified", Thing.CERTIFIER
    CERTIFIER_ENABLED = "certifier enabled", Thing.CERTIFIER
    CERTIFIER_DISABLED = "certifier disabled", Thing.CERTIFIER
    CERTIFIER_PROTECTION_CHANGED = "certifier protection changed", Thing.CERTIFIER
    CERTIFIER_RESTORED = "certifier restored", Thing.CERTIFIER
    GENERATION_BEGUN = "generation begun", Thing.CERTIFIER
    GENERATION_CERTIFIED = "generation certified", Thing.CERTIFIER
    CERTIFIER_ACTIVATED = "certifier activated", Thing.CERTIFIER
    CERTIFIER_DEACTIVATED = "certifier deactivated", Thing.CERTIFIER
    CERTIFIER_LOCKED = "certifier locked", Thing.CERTIFIER
    FOUNDER_CONFIRMED = "founder confirmed", Thing.CERTIFIER
    CERTIFIER_REFUSED = "certifier refused", Thing.CERTIFIER
    POLICY_PUBLISHED = "policy published", Thing.CERTIFIER
    SERIALS_VOIDED = "serials voided", Thing.CERTIFIER
    SERVER_REGISTERED = "server registered", Thing.SERVER
    SERVER_RENEWED = "server renewed", Thing.SERVER
    SERVER_DOCUMENT_CHANGED = "server document changed", Thing.SERVER
    PERSON_REGISTERED = "person registered", Thing.PERSON
    ID_REVOKED = "ID revoked", Thing.PERSON
    ID_RENEWED = "ID renewed", Thing.PERSON
    ID_PASSWORD_CHANGED = "ID password changed", Thing.PERSON
    ADMINISTRATOR_NAMED = "administrator named", Thing.PERSON
    ADMINISTRATOR_REMOVED = "administrator removed", Thing.PERSON
    DATABASE_CREATED = "database created", Thing.DATABASE
    DATABASE_CONFIGURED = "database configured", Thing.DATABASE
    REQUEST_RECEIVED = "request received", Thing.REQUEST
    REQUEST_SUBMITTED = "request submitted", Thing.REQUEST
    REQUEST_EDITED = "request edited", Thing.REQUEST
    REQUEST_APPROVED = "request approved", Thing.REQUEST
    REQUEST_REJECTED = "request rejected", Thing.REQUEST
    REQUEST_APPROVAL_WITHDRAWN = "request approval withdrawn", Thing.REQUEST
    REQUEST_REFUSED = "request refused", Thing.REQUEST
    REQUEST_PULLED = "request pulled", Thing.REQUEST
    CROSS_CERTIFICATION_REQUESTED = "cross-certification requested", Thing.REQUEST
    CERTIFICATE_ISSUED = "certificate issued", Thing.CERTIFICATE
    CERTIFICATE_REVOKED = "certificate revoked", Thing.CERTIFICATE
    CERTIFICATE_RELEASED = "certificate released", Thing.CERTIFICATE
    OCSP_RESPONDER_CERTIFIED = "OCSP responder certified", Thing.CERTIFICATE
    CROSS_CERTIFICATE_ISSUED = "cross-certificate issued", Thing.CROSS_CERTIFICATE
    REVOCATION_REQUESTED = "revocation requested", Thing.REVOCATION_REQUEST
    REVOCATION_REFUSED = "revocation refused", Thing.REVOCATION_REQUEST
    CRL_ISSUED = "CRL issued", Thing.CRL
    CRL_PUSHED = "CRL pushed", Thing.CRL
    CRL_REFUSED = "CRL refused", Thing.CRL
    KEY_RING_CREATED = "key ring created", Thing.KEY_RING
    KEY_RING_CERTIFICATE_MERGED = "key ring certificate merged", Thing.KEY_RING
    KEY_RING_PASSWORD_CHANGED = "key ring password changed", Thing.KEY_RING
    KEY_RING_DELETED = "key ring deleted", Thing.KEY_RING
    KEY_RING_EXPORTED = "key ring exported", Thing.KEY_RING
    KEY_RING_EXPORT_FAILED = "key ring export failed", Thing.KEY_RING
    KEY_RING_INSTALLED = "key ring installed", Thing.KEY_RING
    TRUSTED_ROOT_MERGED = "trusted root merged", Thing.KEY_RING
    TRUSTED_ROOT_LABELLED = "trusted root labelled", Thing.KEY_RING
    TRUSTED_ROOT_REMOVED = "trusted root removed", Thing.KEY_RING
    STORE_TAKEN_OVER = "store taken over", Thing.ORGANIZATION
    ROW_REPAIRED = "row repaired", Thing.ROW
    ROW_SET_ASIDE = "row set aside", Thing.ROW
    ENTRY_REFUSED = "entry refused", Thing.AUDIT_LOG
    AUDIT_LOG_ACCEPTED = "audit log accepted", Thing.AUDIT_LOG
    INSTALLATION_ADOPTED = "installation adopted", Thing.SERVER
    STORE_MOVED = "store moved", Thing.ORGANIZATION
    STORE_COPIED = "store copied", Thing.ORGANIZATION
    RESTORE_ACCEPTED = "restore accepted", Thing.ORGANIZATION

    @classmethod
    def known(cls, text: str) -> AuditAction | None:
        """Return the action with this text, or None if this version does not have it."""
        return next((action for action in cls if action == text), None)


def thing_of(text: str) -> Thing | None:
    """Return the kind of object for the text of an action, or None if this version does not have it."""
    action = AuditAction.known(text)
    return action.about if action else None
