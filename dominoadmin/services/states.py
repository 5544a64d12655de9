"""The states and kinds in the store, as enums, so that no room compares strings.

The values are stored, signed and printed (JSON, the command line): they never change. Their labels in other
languages are in `viewmodels`.
"""

from __future__ import annotations

from enum import StrEnum


class Protection(StrEnum):
    """The protection of a certifier's key (fact sheet 2.2.2)."""

    SERVER_ID = "server-id"
    PASSWORD = "server-id-and-password"  # noqa: S105 - a kind of protection
    LOCKING_ID = "locking-id"


class CertificateRole(StrEnum):
    """By whom one more certificate of a certifier's key was issued."""

    LINK = "link"  # by the key before it (RFC 4210, 4.4)
    OUTSIDE = "outside authority"
    PARENT = "parent"


class CertifierState(StrEnum):
    """Why a valid certifier issues nothing, in the words of `tell ca stat`."""

    DISABLED = "disabled"
    LOCKED = "locked"
    PASSWORD_REQUIRED = "password required"  # noqa: S105 - a state
    DEACTIVATED = "deactivated"


class AdminRequestState(StrEnum):
    """The state of a request in Admin4 (fact sheet, 8.1)."""

    NEW = "New"
    APPROVED = "Approved"
    ISSUED = "Issued"
    REJECTED = "Rejected"
    ERROR = "Error"


class RequestState(StrEnum):
    """The state of a request in its database: that of Admin4 once that is beyond New."""

    PENDING = "Pending Submission"
    SUBMITTED = "Submitted to Administration Process"
    APPROVED = AdminRequestState.APPROVED.value
    ISSUED = AdminRequestState.ISSUED.value
    REJECTED = AdminRequestState.REJECTED.value
    ERROR = AdminRequestState.ERROR.value


class Decision(StrEnum):
    """A registration authority's signed decision about a request."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EDIT = "edit"


class RevocationAction(StrEnum):
    """An action on certificates."""

    REVOKE = "revoke"
    RELEASE = "release"


class RevocationRequestState(StrEnum):
    """The state of a revocation request in Admin4."""

    NEW = "New"
    DONE = "Done"
    ERROR = "Error"


class SerialState(StrEnum):
    """The state of a serial number in the issuance journal."""

    RESERVED = "reserved"
    INTENDED = "intended"
    ISSUED = "issued"
    VOID = "void"


class CrlKind(StrEnum):
    """The kind of a CRL: made when due (regular), or in between."""

    REGULAR = "regular"
    NON_REGULAR = "non-regular"


class RelayState(StrEnum):
    """The state of a memo's delivery to the relay; local ones need none."""

    LOCAL = "local"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class KeyRingState(StrEnum):
    """The state of a key ring (fact sheet, appendix C); READY is for lists only, which have no password."""

    UNSIGNED = "created (unsigned)"
    ROOT_MERGED = "root merged"
    REQUESTED = "request submitted"
    READY = "certificate issued, to be picked up"
    CERTIFIED = "certificate merged"
    EXPIRED = "expired"
