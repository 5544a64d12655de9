"""The rules that a request must keep before it is approved, and again before its certificate is issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural as _n
from dominoadmin.pki.certifiable import Certifiable, certifiable_from
from dominoadmin.pki.cross_certificates import CrossCertification
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.store.records import Fields


@dataclass(frozen=True)
class Check:
    """One rule of the preflight: what was checked, and the problem, if any."""

    rule: str
    problem: str


def check(shown: RequestView, certifier: Certifier, now: datetime, *, vouched: bool = False) -> Certifiable:
    """Return the object to certify. `vouched`: the RA's signature over the request has been verified.

    Raises:
        Refused: the request breaks a rule; the message names the first one.

    """
    subject, problem = read(shown, shown.fields, vouched=vouched)
    return accepted(subject, checks(subject, problem, certifier, now))


def accepted(subject: Certifiable | None, results: list[Check]) -> Certifiable:
    """Return the object to certify.

    Raises:
        Refused: a rule is broken; the message names the first one.

    """
    for result in results:
        if result.problem:
            raise Refused(result.problem, _("Edit the request, or reject it."))
    assert subject is not None
    return subject


def read(shown: RequestView, fields: Fields, *, vouched: bool = False) -> tuple[Certifiable | None, str]:
    """Return the contents of a request, or why it cannot be read."""
    try:
        return certifiable_from(shown.request.kind, shown.request.csr, fields, vouched=vouched), ""
    except Refused as refusal:
        return None, str(refusal)


def checks(subject: Certifiable | None, problem: str, certifier: Certifier, now: datetime) -> list[Check]:
    """Return every rule, broken or not. `problem`: why the request cannot be read."""
    configuration = certifier.configuration
    return [
        Check(_("The request itself is well-formed, and its key is strong enough"), problem),
        Check(
            _("The certificate follows the certifier's settings"),
            subject.problem(configuration.settings, certifier.issuer) if subject else "",
        ),
        Check(
            _("The certifier outlives the certificate"), _validity_problem(subject, certifier, now) if subject else ""
        ),
        Check(_("The certifier is enabled"), "" if configuration.enabled else _("The certifier is disabled.")),
    ]


def _validity_problem(subject: Certifiable, certifier: Certifier, now: datetime) -> str:
    own = certifier.issuer.certificate
    end = own.not_valid_after_utc
    if now > end:
        return _("The certifier expired on {end}; it can no longer issue certificates.", end=f"{end:%Y-%m-%d}")
    if now < own.not_valid_before_utc:
        return _("The certifier's certificate is not valid yet; the clock of this computer may be wrong.")
    if isinstance(subject, CrossCertification):  # it is shortened to fit; but the other authority must be valid too
        return subject.validity_problem(now)
    if subject.days > (end - now) / timedelta(days=1):
        left = (end - now).days
        return _n(
            "The certificate would outlive its certifier, which expires on {end}: choose at most {count} day.",
            "The certificate would outlive its certifier, which expires on {end}: choose at most {count} days.",
            left,
            end=f"{end:%Y-%m-%d}",
        )
    return ""
