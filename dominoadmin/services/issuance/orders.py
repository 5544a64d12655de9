"""The order of a certificate for a request: written once, for the check before the approval and for the issue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache, partial

from cryptography import x509

from dominoadmin.pki import lint, serial_numbers
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
    """Return why the issuance cycle would refuse the certificate now, or an empty string. Nothing is kept.

    Who decides asks for the same certificate again that he was shown: it begins with the hour, as no rule of the lint
    needs more, and what the lint says about these bytes is remembered.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    outcome = attempt(single(subject, issuer, hour), serial_numbers.PLACEHOLDER, _remembered)
    return outcome.problem if isinstance(outcome, Failure) else ""


@lru_cache(maxsize=2048)  # as many as `certifiable` remembers; a certificate's hash and equality are those of its bytes
def _remembered(certificate: x509.Certificate, issuer: x509.Certificate | None) -> tuple[str, ...]:
    return tuple(lint.problems(certificate, issuer))
