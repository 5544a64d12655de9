"""The order of a certificate for a request: written once, for the check before the approval and for the issue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from dominoadmin.pki import serial_numbers
from dominoadmin.pki.certifiable import Certifiable
from dominoadmin.pki.issuance import Draft, Issuer, Validity
from dominoadmin.services.issuance.cycle import Failure, Single, attempt


def single(subject: Certifiable, issuer: Issuer, now: datetime) -> Single:
    """Return the order of one certificate that is valid from now on."""
    return Single(issuer.certificate, partial(draft, subject, issuer, now))


def draft(subject: Certifiable, issuer: Issuer, now: datetime, serial_number: int) -> Draft:
    """Return the unsigned certificate. It begins a few minutes ago, but not before its issuer's certificate.

    Raises:
        Refused: the subject cannot be written as it is.
        ValueError: a value that the X.509 library cannot write.

    """
    validity = Validity.starting(now, timedelta(days=subject.days))
    start = max(validity.not_before, issuer.certificate.not_valid_before_utc)
    return subject.draft(issuer, serial_number, replace(validity, not_before=start))


def problem(subject: Certifiable, issuer: Issuer, now: datetime) -> str:
    """Return why the issuance cycle would refuse the certificate now, or an empty string. Nothing is kept."""
    outcome = attempt(single(subject, issuer, now), serial_numbers.PLACEHOLDER)
    return outcome.problem if isinstance(outcome, Failure) else ""
