"""The particulars that will be issued for a new request, by PKCS #10 or for a key ring, before an RA edits it."""

from __future__ import annotations

from dataclasses import dataclass

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CertificateSettings, Particulars
from dominoadmin.pki.requests import CertificationRequest
from dominoadmin.services.requests.databases import DatabaseConfiguration


@dataclass(frozen=True)
class AskedFor:
    """The contents of a request. The key need not exist yet: its kind is enough."""

    kind: str
    subject: DistinguishedName
    names: tuple[GeneralName, ...]
    key_algorithm: str


def asked_by(csr: CertificationRequest, kind: str) -> AskedFor:
    """Return the contents of a PKCS #10 request."""
    return AskedFor(kind, csr.subject, csr.general_names, csr.key_algorithm)


def issuable(asked: AskedFor, configuration: DatabaseConfiguration, settings: CertificateSettings) -> Particulars:
    """Return the particulars to issue in a database with this configuration, by a certifier with these settings.

    Raises:
        Refused: they would break a rule of the certifier.

    """
    custom = configuration.customization(asked.kind)
    days = custom.days or settings.default_days
    wanted = Particulars(
        kind=asked.kind,
        subject=asked.subject,
        names=asked.names,
        days=days,
        key_usage=custom.key_usage,
        extended_key_usage=custom.extended_key_usage,
    )
    found = wanted.for_key(asked.key_algorithm)
    if problem := found.problem(settings, asked.key_algorithm):
        raise Refused(problem, _("Create a new request that follows the certifier's rules."))
    return found
