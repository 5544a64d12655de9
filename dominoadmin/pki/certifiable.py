"""The subjects of a certificate request: a key with a name (PKCS #10), or another authority."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import cross_certificates, issuance, keys, names, profiles
from dominoadmin.pki.cross_certificates import CrossCertification
from dominoadmin.pki.extensions import Usages
from dominoadmin.pki.issuance import Draft, Issuer, Validity
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.profiles import CROSS, CertificateSettings, Particulars
from dominoadmin.pki.requests import intake, public_key_of


@dataclass(frozen=True)
class EndEntity:
    """A request that passed the gate, and the particulars of its certificate. `asked`: the usages it asks for."""

    public_key: PublicKey
    particulars: Particulars
    asked: Usages = field(default_factory=Usages)

    @property
    def subject(self) -> str:
        """The subject's name, or its first alternative name."""
        return str(self.particulars.subject) or str(self.particulars.names[0])

    @property
    def days(self) -> int:
        """The duration of the certificate."""
        return self.particulars.days

    def content(self) -> dict[str, Any]:
        """Return the particulars as JSON content."""
        return self.particulars.content()

    def problem(self, settings: CertificateSettings, issuer: Issuer) -> str:
        """Return the rule that the certificate would break, or an empty string."""
        if keys.spki(self.public_key) == issuer.key_info:
            return _("The request contains the certifier's own key.")
        if problem := self.particulars.problem(settings, keys.algorithm_of(self.public_key)):
            return problem
        if names.same(self.particulars.subject.x509(), issuer.certificate.subject):
            return _("The certificate would have the certifier's own name.")
        return ""

    def usage_problem(self) -> str:
        """Return which requested usages the certificate would silently lack, or an empty string."""
        missing = self.particulars.unanswered(self.asked, keys.algorithm_of(self.public_key))
        if not missing:
            return ""
        return _(
            "The request asks for usages that the certificate would not have ({usages}): grant or decline them.",
            usages=", ".join(missing),
        )

    def draft(self, issuer: Issuer, serial_number: int, validity: Validity) -> Draft:
        """Return the unsigned certificate."""
        return issuance.end_entity(self.particulars, self.public_key, issuer, serial_number, validity)


Certifiable = EndEntity | CrossCertification


def certifiable_from(kind: str, source: bytes, fields: dict[str, Any], *, vouched: bool = False) -> Certifiable:
    """Return what a request asks for, from its bytes and its fields.

    `vouched`: an RA's verified signature over exactly these bytes shows that they passed the gate, as raVerified in RFC
    4211 does for the proof of possession. Then only the key is read from them, and its strength checked again.

    Raises:
        Refused: the bytes do not pass the gate, or the fields cannot be read.

    """
    if kind == CROSS:
        certificate = cross_certificates.subject_certificate(source)
        return CrossCertification(certificate, cross_certificates.particulars_from(fields))
    request = None if vouched else _examined(source)
    key = request.public_key if request else public_key_of(source)
    particulars = profiles.particulars_from({**fields, "kind": kind}).for_key(keys.algorithm_of(key))
    return EndEntity(key, particulars, request.usages if request else Usages())


def key_of(kind: str, source: bytes) -> PublicKey:
    """Return the key that a request is for, from its bytes.

    Raises:
        Refused: the bytes do not pass the gate.

    """
    if kind == CROSS:
        key = cross_certificates.subject_certificate(source).public_key()
        assert isinstance(key, PublicKey)
        return key
    return _examined(source).public_key


def asked_by(kind: str, source: bytes) -> dict[str, Any]:
    """Return the fields of a certificate that a request's own bytes name; nothing if they do not pass the gate.

    Another authority's certificate names none of them: its subject and key are certified as they are.
    """
    if kind == CROSS:
        return {}
    try:
        request = _examined(source)
    except Refused:
        return {}
    return {
        "subject": {key: value for key, value in request.subject.__dict__.items() if value},
        "names": [str(name) for name in request.general_names],
        **{key: list(value) for key, value in request.usages.__dict__.items() if value},
    }


# A request is checked several times on its way; the gate is the slowest check, and its answer does not change.
_examined = lru_cache(maxsize=2048)(intake)
