"""A certifier begins a new key, or its key gets one more certificate: acts of a CAA.

The name, the configuration and the Issued Certificate List stay the same. The key before is retired at once: it issues
nothing, and signs CRLs and OCSP responders until all it has issued has expired.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice, pairwise
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, documents, issuance, keys
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.issuance import Issuer, Validity
from dominoadmin.pki.keys import PrivateKey
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring, key_vault, modifying, protecting, registering, settings
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyOpening
from dominoadmin.services.certifiers.protecting import ProtectionOrder
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import Cycle, IssuingKey, Signed, Single
from dominoadmin.services.states import CertificateRole
from dominoadmin.store import generations, issued
from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import GenerationCertificate, GenerationRecord
from dominoadmin.store.ledger import Object

_ATTEMPTS: Final = 3
"""The CA process has the same journal: at its start, it takes what is not finished for what a crash has left."""
_PAGE: Final = 1000
"""Entries of an Issued Certificate List that are compared at once."""


@dataclass(frozen=True)
class GenerationOrder:
    """A new key of a certifier. `protection`: of which certifier, by which version of its configuration, and how.

    `hash_name`: empty for the default of the kind of key.
    """

    protection: ProtectionOrder
    key_algorithm: str = "ec-p256"
    hash_name: str = ""
    years: int = 10
    opening: KeyOpening | None = field(default=None, repr=False)
    """What opens the key before: it certifies the new one by a link certificate. None: there is no link."""


def begin(domain: Domain, caa: Identity, order: GenerationOrder) -> Certifier:
    """Begin a new key of a certifier: from now on, it issues with this one only. Return the certifier.

    Raises:
        NotAllowed: the person is no CAA of the certifier.
        Refused, NotFound, Tampered: a field breaks its rule, or somebody has saved meanwhile.
        Locked, WrongPassword: the key before cannot be opened for the link.

    """
    actor, now = Actor.of(caa), domain.now()
    keys.check_algorithm(order.key_algorithm)
    settings.check_years(order.years)
    protecting.check_order(order.protection)
    with domain.store.snapshot() as db:
        before = _checked(db, actor, order, now)
    if before.issuer.certificate.not_valid_after_utc <= now:
        order = replace(order, opening=None)
    sign_link = key_vault.opened(before, order.opening) if order.opening else None
    key = keys.generate(order.key_algorithm)
    begun: list[Certifier] = []

    def keep(db: Connection, signed: Sequence[Signed[Single]], _failures: object) -> None:
        begun.extend(_enter(db, caa, order, (key, each.der), now) for each in signed)

    sign = partial(keys.sign_checked, key, hash_name=order.hash_name)
    validity = registering.validity_of(order.years, now)
    name = before.issuer.name
    build = partial(issuance.self_signed, name, key.public_key(), order.hash_name, validity=validity)
    Cycle[Single](domain, IssuingKey(before.identifier, sign), keep).run_one(Single(None, build), attempts=_ATTEMPTS)
    if sign_link is None:
        return begun[-1]
    return _link(domain, caa, begun[-1], before, sign_link)


def _checked(db: Connection, actor: Actor, order: GenerationOrder, now: datetime) -> Certifier:
    certifier = modifying.current(db, actor, order.protection.certifier_id, now)
    modifying.check_caa(actor, certifier.record.name, certifier.configuration.caas)
    modifying.check_version(certifier, order.protection.version)
    certifier.check_founded()  # by its first key
    settings.check(replace(certifier.configuration, hash_name=order.hash_name), order.key_algorithm)
    return certifier


def _enter(
    db: Connection, caa: Identity, order: GenerationOrder, made: tuple[PrivateKey, bytes], now: datetime
) -> Certifier:
    """Store a key and its certificate, the configuration that names it, and the entry about it in one transaction."""
    actor, wanted, (key, der) = Actor.of(caa), order.protection, made
    certifier = _checked(db, actor, order, now)
    record, before = certifier.record, certifier.generation
    holder = protecting.holder(db, actor, certifier, wanted, now)
    end, part = _end_and_part(db, actor, certifier)
    sealed = key_vault.seal_key(key, record.name, certifier.registered_by, holder, wanted.activation_password)
    generation = GenerationRecord(
        certifier_id=record.id,
        number=before.number + 1,
        protection=wanted.protection,
        locking_id=wanted.locking_id.name if wanted.locking_id else "",
        key_algorithm=order.key_algorithm,
        certificate=der,
        sealed_key=sealed,
        created_at=now,
        before_until=max(end or now, _end_of_link(before, der) if order.opening else now),
        before_part=part,
    )
    generations.add(db, generation)
    said = replace(
        certifier.configuration,
        key_fingerprint=keys.fingerprint(key.public_key()),
        certificate_sha256=documents.digest(der),
        protection=generation.protection,
        locking_id=generation.locking_id,
        seal=documents.digest(sealed),
        hash_name=order.hash_name,
    )
    certifier = replace(certifier, record=replace(record, generations=(*record.generations, generation)))
    entered = modifying.add_version(db, caa, certifier, said, now)
    configuring.check_subject(entered.record, entered.configuration)
    detail = {
        "generation": generation.number,
        "version": entered.configuration.version,
        "fingerprint": documents.digest(der),
        "protection": generation.protection,
    }
    audit_log.enter(db, now, actor, [Event(AuditAction.GENERATION_BEGUN, record.name, detail)])
    return entered


def _end_and_part(db: Connection, actor: Actor, certifier: Certifier) -> tuple[datetime | None, int]:
    """Return when the last certificate ends, None if there is none, and the newest partition: they will be signed.

    Raises:
        Tampered: an entry in the Issued Certificate List was altered, added or removed.

    """
    number = certifier.record.id
    serials = iter(issued.used(db, number, certifier.identifier))
    # All of them: an altered or removed one need not be among the last ones.
    while page := [Object("issued", f"{number} {serial}") for serial in islice(serials, _PAGE)]:
        committed.check_same(db, actor.verifier(), page)
    last = {issued.last(db, number), issued.last_part(db, number)[2]} - {""}
    found = [each for serial in last for each in issued.find(db, serial, number)]
    return max((each.not_after for each in found), default=None), max((each.part for each in found), default=0)


def _end_of_link(before: GenerationRecord, der: bytes) -> datetime:
    """Return the end of the link certificate from one key to the next: until then, its list is needed."""
    both = x509.load_der_x509_certificate(before.certificate), x509.load_der_x509_certificate(der)
    return min(each.not_valid_after_utc for each in both)


def _link(domain: Domain, caa: Identity, certifier: Certifier, before: Certifier, sign: key_vault.Sign) -> Certifier:
    """Certify the new key by the one before, for those who trust only that one."""
    old, new = before.issuer.certificate, certifier.issuer.certificate
    validity = Validity(
        max(new.not_valid_before_utc, old.not_valid_before_utc), min(new.not_valid_after_utc, old.not_valid_after_utc)
    )
    # Not that of the responder, which knows what the Issued Certificate List has.
    addresses = replace(before.issuer.addresses, responders=())
    build = partial(
        issuance.link,
        certifier.issuer.public_key,
        Issuer(old, before.issuer.hash_name, addresses),
        validity=validity,
    )
    linked: list[Certifier] = []

    def keep(db: Connection, signed: Sequence[Signed[Single]], _failures: object) -> None:
        above = before.chain(domain.now())
        linked.extend(
            _add(db, domain, caa, certifier.record.id, role=CertificateRole.LINK, path=(each.der, *above))
            for each in signed
        )

    Cycle[Single](domain, IssuingKey(before.identifier, sign), keep).run_one(Single(old, build), attempts=_ATTEMPTS)
    return linked[-1]


def certify(
    domain: Domain, caa: Identity, certifier_id: int, role: CertificateRole, path: Sequence[bytes]
) -> Certifier:
    """Add a certificate of the active key, issued elsewhere, with those above it, DER. Return the certifier.

    Raises:
        NotAllowed: the person is no CAA of the certifier.
        Refused: the certificate is not one of this key, or the path does not lead to its last certificate.

    """
    with domain.store.transaction() as db:
        return _add(db, domain, caa, certifier_id, role=role, path=path)


def _add(
    db: Connection, domain: Domain, caa: Identity, certifier_id: int, *, role: CertificateRole, path: Sequence[bytes]
) -> Certifier:
    actor, now = Actor.of(caa), domain.now()
    certifier = modifying.current(db, actor, certifier_id, now)
    modifying.check_caa(actor, certifier.record.name, certifier.configuration.caas)
    _check_path(certifier, path, now)
    generation = certifier.generation
    added = GenerationCertificate(
        certifier_id=certifier_id,
        generation=generation.number,
        number=len(generation.others) + 1,
        role=role,
        certificate=path[0],
        path=[base64.b64encode(each).decode() for each in path[1:]],
        created_at=now,
    )
    generations.add_certificate(db, added)
    detail = {"generation": generation.number, "role": role, "sha256": documents.digest(path[0])}
    audit_log.enter(db, now, actor, [Event(AuditAction.GENERATION_CERTIFIED, certifier.record.name, detail)])
    others = replace(generation, others=(*generation.others, added))
    record = replace(certifier.record, generations=(*certifier.record.generations[:-1], others))
    return replace(certifier, record=record)


def _check_path(certifier: Certifier, path: Sequence[bytes], now: datetime) -> None:
    own, *above = found = [x509.load_der_x509_certificate(each) for each in path]
    same_key = own.public_key() == certifier.issuer.certificate.public_key()
    if not same_key or own.subject != certifier.issuer.certificate.subject:
        raise Refused(_("The certificate is not one of the certifier's key and name."))
    if not all(map(certification_paths.is_certification_authority, found)):
        raise Refused(_("A certificate of the path does not allow its key to issue certificates."))
    if not above or not all(certification_paths.is_issued_by(one, other) for one, other in pairwise(found)):
        raise Refused(_("The certificates do not form a path."), _("Specify them in order, the root last."))
    for each in found:
        if problem := certification_paths.validity_problem(each, now):
            raise Refused(problem)
