"""The particulars that will be issued for a new request, by PKCS #10 or for a key ring, before an RA edits it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.extensions import Usages
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CertificateSettings, Particulars
from dominoadmin.pki.requests import CertificationRequest
from dominoadmin.services.requests.databases import Customization, DatabaseConfiguration


@dataclass(frozen=True)
class AskedFor:
    """The contents of a request. The key need not exist yet: its kind is enough. A key ring asks for no usages."""

    kind: str
    subject: DistinguishedName
    names: tuple[GeneralName, ...]
    key_algorithm: str
    _: KW_ONLY
    usages: Usages = field(default_factory=Usages)


def asked_by(csr: CertificationRequest, kind: str) -> AskedFor:
    """Return the contents of a PKCS #10 request."""
    return AskedFor(kind, csr.subject, csr.general_names, csr.key_algorithm, usages=csr.usages)


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
        extended_key_usage=_purposes(asked.usages, custom),
    )
    found = wanted.for_key(asked.key_algorithm)
    if problem := found.problem(settings, asked.key_algorithm):
        raise Refused(problem, _("Create a new request that follows the certifier's rules."))
    return found


def _purposes(asked: Usages, custom: Customization) -> tuple[str, ...]:
    """Return the extended key usages: those asked for if the database gives them anyway, else the database's.

    A certificate gets no purpose that nobody asked for; one that the database does not give is for an RA to grant.
    """
    wanted = asked.extended_key_usage
    return wanted if wanted and set(wanted) <= set(custom.extended_key_usage) else custom.extended_key_usage
