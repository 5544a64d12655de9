"""Revoked certificates as a CRL lists them, one DER entry each (RFC 5280, 5.1.2.6 and 5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import asn1
from dominoadmin.pki.issuance import BACKDATE


class Reason(StrEnum):
    """Why a certificate was revoked (RFC 5280, 5.3.1). removeFromCRL occurs only in delta CRLs and cannot be chosen."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    HOLD = "certificateHold"
    REMOVE = "removeFromCRL"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"
    AA_COMPROMISE = "aACompromise"


_FLAGS: Final[dict[str, x509.ReasonFlags]] = {
    Reason.UNSPECIFIED: x509.ReasonFlags.unspecified,
    Reason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    Reason.CA_COMPROMISE: x509.ReasonFlags.ca_compromise,
    Reason.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
    Reason.SUPERSEDED: x509.ReasonFlags.superseded,
    Reason.CESSATION_OF_OPERATION: x509.ReasonFlags.cessation_of_operation,
    Reason.HOLD: x509.ReasonFlags.certificate_hold,
    Reason.REMOVE: x509.ReasonFlags.remove_from_crl,
    Reason.PRIVILEGE_WITHDRAWN: x509.ReasonFlags.privilege_withdrawn,
    Reason.AA_COMPROMISE: x509.ReasonFlags.aa_compromise,
}
REASONS: Final = tuple(reason for reason in Reason if reason not in (Reason.REMOVE, Reason.AA_COMPROMISE))
"""The reasons that can be chosen; there are no attribute authorities here."""


@dataclass(frozen=True)
class Revocation:
    """The revocation of one certificate. `invalidity_at`: since when its key must not be trusted, if known."""

    serial_hex: str
    reason: str
    revoked_at: datetime
    invalidity_at: datetime | None = None

    def entry(self, reason: str = "") -> bytes:
        """Return the DER of the CRL entry; `reason` replaces the revocation's own."""
        serial = asn1.integer(int(self.serial_hex, 16))
        said = _extensions(reason or self.reason, self.invalidity_at)
        return asn1.tlv(asn1.SEQUENCE, serial, asn1.time(self.revoked_at), said)


def flag(reason: str) -> x509.ReasonFlags:
    """Return a reason as cryptography names it.

    Raises:
        Refused: RFC 5280 has no such reason.

    """
    try:
        return _FLAGS[reason]
    except KeyError:
        raise Refused(
            _("{reason} is not a reason for revocation.", reason=reason),
            _("Use one of these: {kinds}.", kinds=", ".join(REASONS)),
        ) from None


def _extensions(reason: str, invalidity_at: datetime | None) -> bytes:
    found = []
    if reason != Reason.UNSPECIFIED:  # RFC 5280, 5.3.1: left out rather than stated
        found.append(asn1.extension(x509.CRLReason(flag(reason)), critical=False))
    if invalidity_at:
        found.append(asn1.extension(x509.InvalidityDate(invalidity_at), critical=False))
    return asn1.tlv(asn1.SEQUENCE, *found) if found else b""


def dated(now: datetime, invalidity_at: datetime | None = None) -> datetime:
    """Return the date of a revocation that is carried out at `now`.

    Lists and answers are dated back, and no certificate on them may be revoked later. It is not revoked before its key
    became invalid, however.
    """
    date = now - BACKDATE
    return max(date, min(invalidity_at, now)) if invalidity_at else date
