"""The impact of revoking certificates, shown before the signature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from dominoadmin.errors import Damaged, Error
from dominoadmin.i18n import joined
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural as _n
from dominoadmin.pki import names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.profiles import CROSS
from dominoadmin.pki.quoting import escaped
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import server_entries
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records.issued_entries import entry_of
from dominoadmin.store import certifiers, crls, directory, issued, revocations
from dominoadmin.store import key_rings as files
from dominoadmin.store.database import Connection
from dominoadmin.store.issued_lists import CertificateState
from dominoadmin.store.records import IssuedRecord, RevocationRecord

_MOST: Final = 1000
"""The most other certificates for the same keys that are named."""


@dataclass(frozen=True, kw_only=True)
class RevocableCertificate:
    """A certificate that may be revoked."""

    certifier_id: int
    certifier: str
    serial_hex: str
    subject: str
    kind: str
    state: CertificateState
    key_fingerprint: str
    not_after: datetime
    is_found_online: bool
    """Whether it names the address of its CRL or OCSP responder."""


@dataclass(frozen=True)
class RingUse:
    """A key ring with one of the keys. `server` has a copy; `is_served`: its server document names it."""

    file: str
    server: str
    is_served: bool


@dataclass(frozen=True, kw_only=True)
class Impact:
    """The impact of a revocation. `targets` can be revoked; `left_out` are already revoked."""

    targets: tuple[RevocableCertificate, ...]
    left_out: tuple[RevocableCertificate, ...]
    key_rings: tuple[RingUse, ...]
    authorities: tuple[str, ...]
    """Other authorities that the certifier currently cross-certifies: their certificates will no longer be trusted."""
    same_key: tuple[RevocableCertificate, ...]
    """Other certificates for the same keys, of any certifier, not revoked."""
    may_sign: bool
    """Whether the person is RA or CAA of the certifier."""
    is_listed_at_once: bool | None
    """Whether the certifier is active; None if unknown, as when the server is another process."""
    next_update: datetime | None
    """The latest time at which relying parties with the newest CRL fetch the next one."""

    def sentences(self) -> list[str]:
        """Return the sentences to read before the revocation, the most severe first."""
        return [*self._uses(), *self._validation()]

    def _uses(self) -> Iterator[str]:
        for use in self.key_rings:
            if use.is_served:
                yield _(
                    "{server} shows it now (key ring {file}). Browsers that check for revocation will reject the page.",
                    server=names.abbreviated(use.server),
                    file=use.file,
                )
            else:
                yield _("The key ring {file} contains its key.", file=use.file)
        for name in self.authorities:
            yield _("Certificates that {name} has issued are no longer trusted through this certifier.", name=name)
        if number := len(self.same_key):
            yield _n(
                "{n} other certificate for the same key stays valid, unless it is revoked too.",
                "{n} other certificates for the same key stay valid, unless they are revoked too.",
                number,
                n=number,
            )

    def _validation(self) -> Iterator[str]:
        if self.is_listed_at_once is None:
            text = _("Once the CA process has carried it out, OCSP reports it. A new CRL is issued immediately.")
            yield joined(text, _("The certifier must be active for that."))
        elif self.is_listed_at_once:
            yield _(
                "OCSP reports the revocation once the CA process has carried it out. A new CRL is issued immediately."
            )
        else:
            yield _("The certifier is not active: no CRL will show the revocation until it is activated.")
        if self.next_update:
            yield _(
                "Clients that cached the current CRL may trust the certificate until {time}.",
                time=f"{self.next_update.astimezone():%Y-%m-%d %H:%M}",
            )
        silent = sum(not each.is_found_online for each in self.targets)
        if silent:
            yield _n(
                "{n} certificate contains no CRL or OCSP address. Distribute the CRL yourself, or clients will not "
                "learn of the revocation.",
                "{n} certificates contain no CRL or OCSP address. Distribute the CRL yourself, or clients will not "
                "learn of the revocation.",
                silent,
                n=silent,
            )


def impact(
    domain: Domain,
    actor: Actor,
    certifier_id: int,
    serials: Sequence[str],
    *,
    active: set[str] | None,
    given: Mapping[str, bytes] = MappingProxyType({}),
) -> Impact:
    """Return the impact of revoking certificates of a certifier.

    `active`: the names of the certifiers with open keys, or None if unknown. `given`: as in
    `RevocationOrder`.

    Raises:
        NotFound, Refused: as `issued_entries.entry_of`.
        Tampered: the certifier's configuration does not hold.

    """
    now = domain.now()
    with domain.store.snapshot() as db:
        certifier = configuring.verified(db, certifiers.get(db, certifier_id), actor.verifier(), now)
        found = [entry_of(db, certifier, serial, given) for serial in dict.fromkeys(serials)]
        all_targets = [_target(db, certifier.record.name, entry, now) for entry in found]
        targets = tuple(each for each in all_targets if each.state != CertificateState.REVOKED)
        newest = crls.newest(db, certifier_id, generation=certifier.generation.number)
        return Impact(
            targets=targets,
            left_out=tuple(each for each in all_targets if each.state == CertificateState.REVOKED),
            key_rings=tuple(rings(domain, db, {each.key_fingerprint for each in targets})),
            authorities=tuple(escaped(each.subject) for each in targets if each.kind == CROSS),
            same_key=same_key(db, targets, now),
            may_sign=_may_sign(certifier, actor),
            is_listed_at_once=None if active is None else certifier.record.name in active,
            next_update=newest.next_update if newest else None,
        )


def same_key(
    db: Connection, targets: Sequence[RevocableCertificate], now: datetime
) -> tuple[RevocableCertificate, ...]:
    """Return the other certificates for the keys of these, of any certifier, that are valid or on hold."""
    chosen = {(each.certifier_id, each.serial_hex) for each in targets}
    found: list[RevocableCertificate] = []
    known = certifiers.names(db)
    for key in dict.fromkeys(each.key_fingerprint for each in targets):
        for entry in issued.of_key(db, key):
            if (entry.certifier_id, entry.serial_hex) not in chosen and len(found) < _MOST:
                found.append(_target(db, known[entry.certifier_id], entry, now))
    return tuple(each for each in found if each.state in (CertificateState.VALID, CertificateState.HELD))


def _target(db: Connection, certifier: str, entry: IssuedRecord, now: datetime) -> RevocableCertificate:
    known = revocations.find(db, entry.certifier_id, entry.serial_hex)
    return RevocableCertificate(
        certifier_id=entry.certifier_id,
        certifier=certifier,
        serial_hex=entry.serial_hex,
        subject=entry.subject,
        kind=entry.kind,
        state=state_of(entry, known, now),
        key_fingerprint=entry.key_fingerprint,
        not_after=entry.not_after,
        is_found_online=_is_found_online(entry.der),
    )


def state_of(entry: IssuedRecord, known: RevocationRecord | None, now: datetime) -> CertificateState:
    """Return the state of a certificate."""
    if known is not None and known.released_at is None:
        return CertificateState.HELD if known.reason == Reason.HOLD else CertificateState.REVOKED
    return CertificateState.EXPIRED if entry.not_after < now else CertificateState.VALID


def _is_found_online(der: bytes) -> bool:
    try:
        found = x509.load_der_x509_certificate(der).extensions
    except PARSING_FAILURES:
        return False
    return any(_leads_to_state(each.value) for each in found)


def _leads_to_state(value: x509.ExtensionType) -> bool:
    if isinstance(value, x509.AuthorityInformationAccess):  # it may name only the issuer's certificate
        return any(each.access_method == AuthorityInformationAccessOID.OCSP for each in value)
    return isinstance(value, x509.CRLDistributionPoints)


def _may_sign(certifier: Certifier, actor: Actor) -> bool:
    return actor.name in (*certifier.configuration.ras, *certifier.configuration.caas)


def rings(domain: Domain, db: Connection, wanted: set[str]) -> Iterator[RingUse]:
    """Yield the key rings with one of these keys: the stash identifies the key without a password."""
    name, served = directory.fact(db, "server"), _served(db)
    own = domain.directory.server(names.common_name(name))
    for folder, server in ((own, name), (domain.directory.root, "")):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix.lower() == ".kyr" and _key_of(path) in wanted:
                yield RingUse(path.name, server, bool(server) and path.name == served)


def _served(db: Connection) -> str:
    try:
        return server_entries.of_domain(db).ssl_key_file
    except Damaged:  # must not prevent a revocation
        return ""


def _key_of(path: Path) -> str:
    try:
        return files.read_stash(path).key
    except Error:
        return ""
