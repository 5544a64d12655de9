"""Certification paths (RFC 5280, 6) from a server certificate to a trusted root."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtensionOID

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import quoted

Path = tuple[x509.Certificate, ...]
MAXIMUM_INTERMEDIATES: Final = 5
MAXIMUM_CANDIDATES: Final = 8
"""Keeps the search short when certificates all certify each other: at most 6 720 signatures."""


def build(leaf: x509.Certificate, candidates: Iterable[x509.Certificate], roots: Path, now: datetime | None) -> Path:
    """Return the path: the leaf, the intermediates it needs, and one of the roots.

    Checks each signature, each issuer's right to issue (basic constraints, path length, key usage) and, if `now` is
    given, the validity of each certificate.

    Raises:
        Refused: there is no such path; the message gives the reason.

    """
    others = tuple(dict.fromkeys(candidates))
    if len(others) > MAXIMUM_CANDIDATES:
        raise Refused(
            _("The certificate comes with more than {limit} additional certificates.", limit=MAXIMUM_CANDIDATES),
            _("Supply only the certificates of its certification path."),
        )
    search = _Search(others, roots, now)
    if problem := validity_problem(leaf, now):
        raise Refused(problem)
    if found := search.extended((leaf,)):
        return found
    if search.problems:
        raise Refused(search.problems[0])
    raise Refused(
        _(
            "The key ring has no trusted root that leads to the certificate's issuer, {issuer}.",
            issuer=shown(leaf.issuer),
        ),
        _("Merge the trusted root of that authority first, and supply its intermediate certificates."),
    )


def shown(name: x509.Name) -> str:
    """Return a name from outside as text for a message."""
    return quoted(names.shown(name))


def is_certification_authority(certificate: x509.Certificate) -> bool:
    """Return whether the certificate may certify others (RFC 5280, 4.2.1.9 and 4.2.1.3)."""
    return _path_length(certificate) >= 0


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether the names match and the signature verifies."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *PARSING_FAILURES):
        return False
    return True


def validity_problem(certificate: x509.Certificate, now: datetime | None) -> str:
    """Return why the certificate is not valid at `now`, as a sentence, or an empty string."""
    who, start, end = shown(certificate.subject), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now is not None and now > end:
        return _("The certificate of {who} expired on {end} UTC.", who=who, end=f"{end:%Y-%m-%d %H:%M}")
    if now is not None and now < start:
        return _("The certificate of {who} is not valid before {start} UTC.", who=who, start=f"{start:%Y-%m-%d %H:%M}")
    return ""


@dataclass(frozen=True)
class _Search:
    candidates: Path
    roots: Path
    now: datetime | None
    problems: list[str] = field(default_factory=list)

    def extended(self, path: Path) -> Path:
        """Return the path completed up to a root, or an empty one."""
        for root in self.roots:
            if self._may_follow(path, root):
                return (*path, root)
        if len(path) > MAXIMUM_INTERMEDIATES:
            return ()
        for candidate in self.candidates:
            if candidate not in path and self._may_follow(path, candidate):
                found = self.extended((*path, candidate))
                if found:
                    return found
        return ()

    def _may_follow(self, path: Path, issuer: x509.Certificate) -> bool:
        if not is_issued_by(path[-1], issuer):
            return False
        problem = validity_problem(issuer, self.now) or _authority_problem(issuer, intermediates=len(path) - 1)
        if problem:
            self.problems.append(problem)
        return not problem


_NO_AUTHORITY: Final = -1
_NO_LIMIT: Final = MAXIMUM_INTERMEDIATES


def _authority_problem(certificate: x509.Certificate, intermediates: int) -> str:
    length = _path_length(certificate)
    if length == _NO_AUTHORITY:
        return _(
            "The certificate of {subject} does not allow it to issue certificates.", subject=shown(certificate.subject)
        )
    if length < intermediates:
        return _("The path below {subject} is longer than its certificate allows.", subject=shown(certificate.subject))
    return ""


def _path_length(certificate: x509.Certificate) -> int:
    """Return how many intermediates may follow; -1 if the certificate is no authority's."""
    try:
        extensions = {extension.oid: extension.value for extension in certificate.extensions}
    except PARSING_FAILURES:
        return _NO_AUTHORITY
    constraints = extensions.get(ExtensionOID.BASIC_CONSTRAINTS)
    usage = extensions.get(ExtensionOID.KEY_USAGE)
    if not isinstance(constraints, x509.BasicConstraints) or not constraints.ca:
        return _NO_AUTHORITY
    if isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign:
        return _NO_AUTHORITY
    return _NO_LIMIT if constraints.path_length is None else constraints.path_length
