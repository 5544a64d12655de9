"""Concerns: what needs a person, how much, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from dominoadmin.errors import Damaged, Error, Tampered


class Level(IntEnum):
    """How much a concern matters. Advice is shown and counts as fine: nothing fails if nobody follows it."""

    FINE = 0
    ADVICE = 1
    ATTENTION = 2
    UNKNOWN = 3
    TROUBLE = 4


class Matter(StrEnum):
    """What a concern is about. The values are printed as JSON: they never change."""

    TRUST = "trust"
    CONFIGURATIONS = "configurations"
    CHECKPOINTS = "checkpoints"
    SERVER = "server"
    SERVER_CERTIFICATE = "server certificate"
    IDS = "ids"
    CERTIFIERS = "certifiers"
    LISTS = "lists"
    REVOCATIONS = "revocations"
    APPROVALS = "approvals"
    SUBMISSIONS = "submissions"
    ISSUANCE = "issuance"
    CERTIFICATES = "certificates"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True, kw_only=True)
class Concern:
    """A sentence about a matter and what to do. `certifier_id`: 0 if it is not about one certifier.

    `days`: it is about the certificates that expire within so many days; otherwise 0.
    """

    matter: Matter
    level: Level
    text: str
    remedy: str = ""
    certifier_id: int = 0
    days: int = 0


def of_error(matter: Matter, error: Error, certifier_id: int = 0) -> Concern:
    """Return the concern that something cannot be read: altered rows are trouble, anything else is not known."""
    level = Level.TROUBLE if isinstance(error, Tampered | Damaged) else Level.UNKNOWN
    return Concern(matter=matter, level=level, text=str(error), remedy=error.hint, certifier_id=certifier_id)


def worst(concerns: Sequence[Concern]) -> Level:
    """Return the level of them all; known trouble counts more than what is not known."""
    return max((each.level for each in concerns), default=Level.FINE)
