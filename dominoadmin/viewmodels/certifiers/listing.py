"""Configuration ▸ Certifiers: each with its next CRL, end, roles, and the validity of its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dominoadmin.errors import Damaged, Refused, Tampered
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, names
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Configuration
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.revocation import lists
from dominoadmin.store import certifiers, crls
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.revocation import crls as crl_listing
from dominoadmin.viewmodels.words import key_label, minute, protection_label


@dataclass(frozen=True, kw_only=True)
class ListedCertifier:
    """A certifier in words. `problem`: why its configuration is invalid; `is_enabled`: as in its configuration."""

    number: int
    name: str
    problem: str
    is_enabled: bool
    not_after: datetime
    expires: str
    expires_badge: str
    crl: str
    crl_badge: str
    roles: str
    caas: str
    ras: str
    key: str
    protection: str
    icl: str


def listed(domain: Domain, actor: Actor) -> list[ListedCertifier]:
    """Return the Internet certifiers in the order of their registration."""
    now = domain.now()
    with domain.store.snapshot() as db:
        return [_listed(db, actor, record, now) for record in certifiers.all_of(db)]


def _listed(db: Connection, actor: Actor, record: CertifierRecord, now: datetime) -> ListedCertifier:
    configuration, problem = _configuration(db, actor, record, now)
    try:
        end = describe.load(record.active.certificate, marked("The certifier's certificate")).not_valid_after_utc
    except Refused as error:  # an unreadable one must not hide the others
        end, problem = now, problem or error.text()
    badge, _sentence = viewing.period_state(now, end, now)
    crl, crl_badge = _next_crl(db, record, now)
    return ListedCertifier(
        number=record.id,
        name=record.name,
        problem=problem,
        is_enabled=configuration.enabled if configuration else False,
        not_after=end,
        expires=f"{end.astimezone():%Y-%m-%d}",
        expires_badge=badge,
        crl=crl,
        crl_badge=crl_badge,
        roles=_roles(configuration, actor.name),
        caas=_people(configuration.caas if configuration else ()),
        ras=_people(configuration.ras if configuration else ()),
        key=key_label(record.active.key_algorithm),
        protection=protection_label(record.active.protection),
        icl=record.icl_file.replace("/", "\\"),
    )


def _configuration(
    db: Connection, actor: Actor, record: CertifierRecord, now: datetime
) -> tuple[Configuration | None, str]:
    try:
        return configuring.verified(db, record, actor.verifier(), now).configuration, ""
    except (Tampered, Damaged) as error:
        return None, error.text()


def _next_crl(db: Connection, record: CertifierRecord, now: datetime) -> tuple[str, str]:
    newest = crls.newest(db, record.id, generation=record.active.number)
    if newest is None:
        return _("None yet"), ""
    waiting = lists.waiting_for_next(db, record.id, newest.number)
    badge, sentence = crl_listing.state(newest, now, waiting)
    text = _("{time} (number {number})").format(time=minute(newest.next_update), number=newest.number)
    return f"{text}: {sentence}" if waiting and badge == Badge.WAIT else text, badge


def _roles(configuration: Configuration | None, name: str) -> str:
    if configuration is None:
        return ""
    held = [role for role, people in (("CAA", configuration.caas), ("RA", configuration.ras)) if name in people]
    return ", ".join(held) or _("None")


def _people(found: tuple[str, ...]) -> str:
    return ", ".join(map(names.abbreviated, found))
