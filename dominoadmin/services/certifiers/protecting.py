"""Changes the protection of a certifier's key: reseals the key, and removes the old seal from the store and its log.

The key is opened with the ID it is sealed to, so this requires the server's ID or the locking ID.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from dominoadmin.errors import Damaged, Error, KeychainUnavailable, Refused, Tampered, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, identities, issuance
from dominoadmin.pki.identities import Identity, PublicIdentity
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring, key_vault, modifying
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyOpening
from dominoadmin.services.directory import entries
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities import remembered_passwords
from dominoadmin.services.identities.identifying import check_password
from dominoadmin.services.identities.remembered_passwords import Secret
from dominoadmin.services.states import Protection
from dominoadmin.store import certifiers, directory, own_files
from dominoadmin.store.database import Connection

__all__ = ["KeyOpening"]

_TO_WIPE: Final = "old_seals_to_wipe"
_PIECE: Final = 64


@dataclass(frozen=True)
class ProtectionOrder:
    """The new protection of a key. `version`: of the configuration the editor started from."""

    certifier_id: int
    version: int
    protection: str
    activation_password: str = field(default="", repr=False)
    locking_id: PublicIdentity | None = None


@dataclass(frozen=True, kw_only=True)
class Present:
    """The current protection of a key. `holder` is the name of the ID that opens it."""

    certifier_id: int
    name: str
    version: int
    protection: str
    locking_id: str
    holder: str


@dataclass(frozen=True, kw_only=True)
class Resealed:
    """A certifier with its key resealed. `wiped`: the old seal has been removed from the store's log."""

    certifier_id: int
    name: str
    version: int
    protection: str
    wiped: bool
    remarks: tuple[str, ...]
    next_step: str


def present(domain: Domain, actor: Actor, certifier_id: int) -> Present:
    """Return the protection of a certifier's key.

    Raises:
        NotFound, Tampered: there is no such certifier, or its configuration does not hold.

    """
    with domain.store.snapshot() as db:
        found = modifying.current(db, actor, certifier_id, domain.now())
    return present_of(found)


def present_of(certifier: Certifier) -> Present:
    """Return the protection of a verified certifier's key."""
    record, active = certifier.record, certifier.record.active
    holder = active.locking_id if active.protection == Protection.LOCKING_ID else record.server
    return Present(
        certifier_id=record.id,
        name=record.name,
        version=certifier.configuration.version,
        protection=active.protection,
        locking_id=active.locking_id,
        holder=holder,
    )


def check(domain: Domain, actor: Actor, order: ProtectionOrder, known: Certifier | None = None) -> None:
    """Check everything that can be checked without the key; nothing is changed. `known`: as `configuring.verified`.

    Raises:
        NotAllowed: the actor is no CAA of the certifier.
        Refused, NotFound, Tampered: a field breaks its rule, or somebody has saved meanwhile.

    """
    with domain.store.snapshot() as db:
        _checked(db, actor, order, domain.now(), known)


def change(domain: Domain, caa: Identity, order: ProtectionOrder, opening: KeyOpening) -> Resealed:
    """Reseal a certifier's key, as a new version of the configuration, signed by a CAA, specifies.

    Raises:
        NotAllowed, Refused, NotFound, Tampered: as `check` does.
        Locked: the key is not sealed to the ID in `opening`, or the activation password is missing.
        WrongPassword: the current activation password is wrong.

    """
    actor, now = Actor.of(caa), domain.now()
    with domain.store.snapshot() as db:
        certifier, sealed_to = _checked(db, actor, order, now)
    # Two runs of scrypt: not while the store is locked.
    sealed = key_vault.resealed(certifier, opening, sealed_to, order.activation_password)
    old = certifier.record.active.sealed_key
    with domain.store.transaction() as db:
        version = _enter(db, caa, order, (certifier, sealed), now)
    remarks = [*_forget_passwords(domain, actor, order.certifier_id), *_copies(domain, old)]
    wiped = wipe(domain)
    if not wiped:
        remarks.append(
            _(
                "The old seal is still in the store's log, because another process is reading the store, or it cannot "
                "be written. The CA process removes it as soon as that is possible."
            )
        )
    name = certifier.record.name
    return Resealed(
        certifier_id=order.certifier_id,
        name=name,
        version=version,
        protection=order.protection,
        wiped=wiped,
        remarks=tuple(remarks),
        next_step=_next(order.protection),
    )


def wipe(domain: Domain) -> bool:
    """Remove old seals from the store's log, if there are any; return whether none are left.

    If a reader uses the log, or the store cannot be written now, the next call does it: the CA process calls this at
    every pass. The new seal is stored already, so that an error would be wrong about it.
    """
    with contextlib.suppress(Error):
        with domain.store.snapshot() as db:
            pending = directory.fact(db, _TO_WIPE)
        if not pending:
            return True
        if not domain.store.wipe():
            return False
        with domain.store.transaction() as db:
            if directory.fact(db, _TO_WIPE) == pending:
                directory.set_fact(db, _TO_WIPE, "")
        return True
    return False


def _checked(
    db: Connection, actor: Actor, order: ProtectionOrder, now: datetime, known: Certifier | None = None
) -> tuple[Certifier, x509.Certificate]:
    certifier = modifying.current(db, actor, order.certifier_id, now, known)
    modifying.check_caa(actor, certifier.record.name, certifier.configuration.caas)
    modifying.check_version(certifier, order.version)
    _check_order(certifier, order)
    return certifier, holder(db, actor, certifier, order, now)


def _check_order(certifier: Certifier, order: ProtectionOrder) -> None:
    check_order(order)
    active = certifier.record.active
    wanted = order.locking_id.name if order.locking_id else ""
    if order.protection != Protection.PASSWORD and (active.protection, active.locking_id) == (order.protection, wanted):
        with about("protection"):
            raise Refused(_("Nothing was changed."), _("The certifier's key is already protected that way."))


def check_order(order: ProtectionOrder) -> None:
    """Check whether a protection is complete.

    Raises:
        Refused: a field breaks its rule.

    """
    if order.protection not in tuple(Protection):
        raise Refused(
            _("{protection} is not a way to encrypt the certifier ID.", protection=order.protection),
            _("Use one of these: {ways}.", ways=", ".join(Protection)),
        )
    if order.protection == Protection.PASSWORD:
        with about("password"):
            check_password(order.activation_password, _("activating the certifier"))
    elif order.activation_password:
        raise Refused(_("An activation password can be used only with 'Require password to activate certifier'."))
    if (order.protection == Protection.LOCKING_ID) != (order.locking_id is not None):
        if order.locking_id:
            raise Refused(_("A locking ID can be used only with 'Encrypt ID with Locking ID'."))
        with about("locking_id"):
            raise Refused(_("Choose the person whose ID locks the certifier."), _("Specify that person's ID file."))
    if order.locking_id and order.locking_id.kind != identities.PERSON:
        raise Refused(_("Choose the person whose ID locks the certifier."), _("Specify that person's ID file."))


def holder(
    db: Connection, actor: Actor, certifier: Certifier, order: ProtectionOrder, now: datetime
) -> x509.Certificate:
    """Return the certificate of the ID to seal the key to, verified up to the organization's certifier."""
    if order.locking_id:
        name, chain = order.locking_id.name, order.locking_id.chain
    else:
        entry = entries.server(db, actor.verifier(), certifier.record.server)
        name, chain = entry.name, tuple(map(x509.load_der_x509_certificate, directory.chain_of(entry)))
    der = tuple(map(issuance.der, chain))
    found, _key = identities.verify_chain(der, actor.anchor, now)
    committed.check_current(db, actor.verifier(), der[0])
    if found != name:
        raise Tampered(_("The certificate of {name} belongs to {owner}.", name=name, owner=found))
    return chain[0]


def _enter(
    db: Connection, caa: Identity, order: ProtectionOrder, resealed: tuple[Certifier, bytes], now: datetime
) -> int:
    """Store the new seal, the configuration that names it, and the audit log's entry in one transaction."""
    actor, (known, sealed) = Actor.of(caa), resealed
    certifier, _holder_now = _checked(db, actor, order, now, known)
    record, before = certifier.record, certifier.configuration
    locking_id = order.locking_id.name if order.locking_id else ""
    changed = certifiers.with_active(record, protection=order.protection, locking_id=locking_id, sealed_key=sealed)
    wanted = replace(before, protection=order.protection, locking_id=locking_id, seal=documents.digest(sealed))
    certifiers.change(db, changed)
    entered = modifying.add_version(db, caa, certifier, wanted, now).configuration
    configuring.check_subject(changed, entered)
    version = entered.version
    directory.set_fact(db, _TO_WIPE, documents.digest(record.active.sealed_key))
    detail = {
        "version": version,
        "before": {"protection": record.active.protection, "locking_id": record.active.locking_id},
        "after": {"protection": order.protection, "locking_id": locking_id},
    }
    audit_log.enter(db, now, actor, [Event(AuditAction.CERTIFIER_PROTECTION_CHANGED, record.name, detail)])
    return version


def _forget_passwords(domain: Domain, actor: Actor, certifier_id: int) -> Iterator[str]:
    """Remove passwords that no longer open anything from the keychain; yield a warning if it does not respond.

    The old activation password, and that of an ID that the server had, if no other key is sealed to it.
    """
    secret = Secret("", None, certifier_id)
    try:
        if remembered_passwords.is_remembered(domain, secret):
            remembered_passwords.forget(domain, secret)
        remembered_passwords.forget_needless_servers(domain, actor.verifier())
    except KeychainUnavailable:
        yield _("The keychain is not responding. An old password may still be stored there.")


def _copies(domain: Domain, old: bytes) -> Iterator[str]:
    """Yield a warning for each copy of the store from before a schema change that contains the old seal."""
    store = domain.store.path
    for path in sorted(store.parent.glob(f"{store.stem}-schema-*{store.suffix}")):
        with contextlib.suppress(OSError, Damaged):
            if _stands_in(path, old):
                yield _("The old seal is still in {file}. Delete that copy when you no longer need it.", file=path.name)


def _stands_in(path: Path, seal: bytes) -> bool:
    """Return whether a file contains a piece of the seal, which SQLite may have split anywhere."""
    with own_files.opened(path) as file:
        data = file.read()
    return any(seal[start : start + _PIECE] in data for start in range(0, len(seal) - _PIECE, _PIECE))


def _next(protection: str) -> str:
    steps: dict[str, str] = {
        Protection.SERVER_ID: _("A running CA process uses the newly sealed key automatically."),
        Protection.PASSWORD: _("Activate the certifier: tell ca activate <certifier number> <password>"),
        Protection.LOCKING_ID: _("Unlock the certifier: tell ca unlock <idfile> <password>"),
    }
    return steps[protection]
