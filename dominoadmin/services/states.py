"""The words that the store keeps for how far something is, or what it is: every room compares these, none a string.

The values are stored, signed and printed (JSON, the command line): they never change. How people read them in their
language is said in `viewmodels`.
"""

from __future__ import annotations

from enum import StrEnum


class Protection(StrEnum):
    """What a certifier's key is protected by (fact sheet 2.2.2)."""

    SERVER_ID = "server-id"
    PASSWORD = "server-id-and-password"  # noqa: S105 - a kind of protection
    LOCKING_ID = "locking-id"


class CertifierState(StrEnum):
    """Why a certifier issues nothing although nothing is wrong with it, in the words of `tell ca stat`."""

    DISABLED = "disabled"
    LOCKED = "locked"
    PASSWORD_REQUIRED = "password required"  # noqa: S105 - a state
    DEACTIVATED = "deactivated"


class AdminRequestState(StrEnum):
    """How far a request is in Admin4 (fact sheet, 8.1)."""

    NEW = "New"
    APPROVED = "Approved"
    ISSUED = "Issued"
    REJECTED = "Rejected"
    ERROR = "Error"


class RequestState(StrEnum):
    """How far a request is, as its database shows it: in Admin4's words once that has gone beyond New."""

    PENDING = "Pending Submission"
    SUBMITTED = "Submitted to Administration Process"
    APPROVED = AdminRequestState.APPROVED.value
    ISSUED = AdminRequestState.ISSUED.value
    REJECTED = AdminRequestState.REJECTED.value
    ERROR = AdminRequestState.ERROR.value


class Decision(StrEnum):
    """What a registration authority signs about a request."""

    APPROVE = "approve"
    REJECT = "reject"


class RevocationAction(StrEnum):
    """What is to become of certificates."""

    REVOKE = "revoke"
    RELEASE = "release"


class RevocationRequestState(StrEnum):
    """How far a revocation request is in Admin4."""

    NEW = "New"
    DONE = "Done"
    ERROR = "Error"


class SerialState(StrEnum):
    """How far a serial number is in the journal of issuance."""

    RESERVED = "reserved"
    INTENDED = "intended"
    ISSUED = "issued"
    VOID = "void"


class CrlKind(StrEnum):
    """Whether a CRL was made when it was due, or in between."""

    REGULAR = "regular"
    NON_REGULAR = "non-regular"


class RelayState(StrEnum):
    """How far a memo is on its way to the relay; a local one has none to take."""

    LOCAL = "local"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class KeyRingState(StrEnum):
    """How far a key ring is (fact sheet, appendix C); READY is known of a list only, which no password opens."""

    UNSIGNED = "created (unsigned)"
    ROOT_MERGED = "root merged"
    REQUESTED = "request submitted"
    READY = "certificate issued, to be picked up"
    CERTIFIED = "certificate merged"
    EXPIRED = "expired"
