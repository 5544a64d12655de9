"""Lets the key of a certifier of an earlier version sign who founded it, once it is open."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring, founding_statements
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import StillOurs
from dominoadmin.store import certifiers


def confirm_founder(
    domain: Domain, server: Actor, vault: KeyVault, certifier: Certifier, still_ours: StillOurs
) -> Certifier:
    """Add the founding statement of a certifier whose key is open, if it has none; return the certifier with it.

    The seal of the key has named the founder until now; opening it has compared him with the first configuration.

    Raises:
        Tampered: the certifier is not as it was committed.

    """
    now = domain.now()
    with domain.store.transaction() as db:
        still_ours(db)
        record = certifiers.get(db, certifier.record.id)
        known = configuring.verified(db, record, server.verifier(), now)
        if not known.is_founded:
            hash_name = known.configuration.hash_name
            statement = founding_statements.of(record, known.registered_by, known.versions[0].document, hash_name)
            founding_statements.add(db, record.id, statement, partial(vault.sign, known))
            detail = {"founder": known.registered_by}
            audit_log.enter(db, now, server, [Event(AuditAction.FOUNDER_CONFIRMED, record.name, detail)])
    return replace(known, is_founded=True)
