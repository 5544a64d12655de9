"""A preview of the certifier's certificate, before there is a key.

Every value is read from a certificate built like the real one, for a throw-away key, and then discarded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from cryptography import x509

from dominoadmin.errors import Error
from dominoadmin.i18n import joined, plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, extension_texts, issuance, keys, lint, names, serial_numbers
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certifiers.settings import hash_label, kind_label
from dominoadmin.viewmodels.words import key_label, usage_label


@dataclass(frozen=True)
class CertificatePreview:
    """Labelled lines about the certifier's own certificate and those it will issue, or why there are none."""

    certificate: tuple[tuple[str, str], ...] = ()
    issues: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def preview(request: CertifierRequest, now: datetime) -> CertificatePreview:
    """Describe the result of registering."""
    if problem := request.name.certifier_problem():
        return CertificatePreview(problem=translated(problem))
    key = _stand_in(request.key_algorithm)
    validity = registering.validity_of(request.years, now)
    try:
        draft = issuance.root(request.name, key, request.hash_name, serial_numbers.PLACEHOLDER, validity)
    except Error as error:
        return CertificatePreview(problem=error.text())
    problems = translated(joined(*lint.problems(draft.linted, None)))
    return CertificatePreview(_certificate(draft.linted, request), _issues(request.settings), problems)


def _certificate(found: x509.Certificate, request: CertifierRequest) -> tuple[tuple[str, str], ...]:
    period = plural("{start} to {end} ({n} year)", "{start} to {end} ({n} years)", request.years).format(
        start=_day(found.not_valid_before_utc), end=_day(found.not_valid_after_utc), n=request.years
    )
    lines = [
        (_("Subject"), names.shown(found.subject)),
        (_("Issuer"), _("Same as the subject: the certifier signs its own certificate")),
        (_("Validity"), period),
        (_("Key"), key_label(request.key_algorithm)),
        (_("Signature"), _signature(found, request.key_algorithm)),
        (_("Serial number"), _("20 random octets")),
    ]
    return (*lines, *(_extension(each) for each in found.extensions))


def _day(moment: datetime) -> str:
    return describe.iso(moment).partition("T")[0]


def _signature(found: x509.Certificate, algorithm: str) -> str:
    if found.signature_hash_algorithm is None:
        return key_label(algorithm)
    form = _("RSA with {hash}") if algorithm.startswith("rsa") else _("ECDSA with {hash}")
    return form.format(hash=hash_label(found.signature_hash_algorithm.name))


def _extension(found: x509.Extension[x509.ExtensionType]) -> tuple[str, str]:
    [told] = viewing.spoken([extension_texts.extension(found)])
    if isinstance(found.value, x509.SubjectKeyIdentifier):
        return told.label, _("SHA-1 of the public key; known once the key has been generated")
    return told.label, told.text


def _issues(settings: CertificateSettings) -> tuple[tuple[str, str], ...]:
    policy = settings.names
    domains = ", ".join(policy.dns_suffixes) or _("any")
    wildcards = _("allowed") if policy.wildcards else _("not allowed")
    return (
        (
            _("Duration"),
            _("{usual} days unless the request specifies otherwise ({least} to {most} days)").format(
                usual=settings.default_days, least=settings.minimum_days, most=settings.maximum_days
            ),
        ),
        (_("Key usage"), _list(settings.key_usage)),
        (_("Extended key usage"), _list(settings.extended_key_usage)),
        (_("Keys"), ", ".join(map(key_label, settings.key_algorithms)) or _("none")),
        (_("Alternate names"), ", ".join(map(kind_label, policy.kinds)) or _("none")),
        (_("Domains"), domains),
        (_("Wildcards"), wildcards),
    )


def _list(usages: tuple[str, ...] | list[str]) -> str:
    return ", ".join(translated(usage_label(each)) for each in usages) or _("none")


@cache
def _stand_in(algorithm: str) -> PublicKey:
    """Return a key that leads to the same fields and hash: generating an RSA key is too slow while typing."""
    return keys.generate("ec-p256" if algorithm.startswith("rsa") else algorithm).public_key()
