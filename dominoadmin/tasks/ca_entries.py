"""The certifiers of the CA process: what the task knows of each, and why one issues nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests.issuing import Result
from dominoadmin.services.states import CertifierState, Protection
from dominoadmin.store import certifiers
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord
from dominoadmin.tasks.said_once import Told


@dataclass(kw_only=True)
class CaEntry:
    """The task's state of a certifier; `problem` says why it does not work. `waits`: its key is yet to be opened."""

    record: CertifierRecord
    certifier: Certifier | None
    problem: str = ""
    deactivated: bool = False
    recovered: bool = field(default=False)
    waits: bool = True
    seen: tuple[object, ...] = ()


def read_again(domain: Domain, actor: Actor, entry: CaEntry) -> CaEntry:
    """Return what is stored of a certifier now: the same entry if nothing has changed."""
    try:
        with domain.store.snapshot() as db:
            record = certifiers.get(db, entry.record.id)
            seen = _seen(db, record)
    except Damaged as error:  # altered, or gone
        return CaEntry(record=entry.record, certifier=None, problem=str(error), seen=(str(error),))
    return entry if seen == entry.seen else verified(domain, actor, record)


def verified(domain: Domain, actor: Actor, record: CertifierRecord) -> CaEntry:
    """Return a certifier whose signatures were checked, or with the reason why it does not work."""
    seen: tuple[object, ...] = ()
    try:
        with domain.store.snapshot() as db:
            seen = _seen(db, record)
            certifier = configuring.verified(db, record, actor.verifier(), domain.now())
    except (Tampered, Damaged) as error:
        return CaEntry(record=record, certifier=None, problem=str(error), seen=seen)
    return CaEntry(record=record, certifier=certifier, seen=seen)


def altered_others(db: Connection, actor: Actor, ours: Iterable[CertifierRecord]) -> list[Tampered]:
    """Return a refusal for each certifier that was altered or removed, beside ours, which are compared before each use.

    One whose server or number was altered would be served by nobody, without a word.
    """
    known = {each.id for each in ours}
    others = [each for each in committed.numbered(db, actor.verifier(), "certifiers") if each not in known]
    return [*committed.altered_rows(db, actor.verifier(), "certifiers", others).values()]


def why_not(entry: CaEntry, vault: KeyVault, now: datetime) -> str:
    """Return why a certifier issues nothing, or an empty string."""
    if entry.certifier is None:
        return f"refused: {entry.problem}"
    end = entry.certifier.issuer.certificate.not_valid_after_utc
    if not entry.certifier.configuration.enabled:
        return CertifierState.DISABLED
    if now > end:
        return f"expired {end:%Y-%m-%d}"
    if vault.is_open(entry.record.active):
        return ""
    closed: dict[str, str] = {
        Protection.LOCKING_ID: CertifierState.LOCKED,
        Protection.PASSWORD: CertifierState.PASSWORD_REQUIRED,
    }
    return closed.get(entry.record.active.protection, entry.problem or CertifierState.DEACTIVATED)


def outcome(result: Result, entry: CaEntry, told: Told) -> Iterator[str]:
    """Yield a line for each request that was issued or refused; for one that is left as it is, once."""
    for request_id in result.issued:
        yield f"Certificate issued for request {request_id} by {entry.record.name}"
    for refusal in (each for each in result.refused if not each.is_left):
        yield f"Request {refusal.request_id} was rejected: {refusal.problem}"
    left = " ".join(each.problem for each in result.refused if each.is_left)
    yield from told.once(entry.record.id, "altered requests", entry.record.name, left)


def _seen(db: Connection, record: CertifierRecord) -> tuple[object, ...]:
    """Return the data that a certifier's work depends on; the first three determine how its key is opened."""
    how = record.active.sealed_key, record.active.protection, record.active.locking_id
    founding = certifiers.founding(db, record.id)
    return *how, record.name, record.server, record.generations, founding, *certifiers.configurations(db, record.id)
