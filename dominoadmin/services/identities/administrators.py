"""Administrators: who may change the Domino Directory and databases. The organization's certifier names them."""

from __future__ import annotations

from dominoadmin.errors import NotAllowed, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import CERTIFIER, Identity
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain, person_entry
from dominoadmin.store import role_facts


def administrators(domain: Domain) -> tuple[str, ...]:
    """Return the administrators' canonical names."""
    with domain.store.snapshot() as db:
        return role_facts.administrators(db)


def name_administrator(domain: Domain, certifier: Identity, person: str) -> str:
    """Name an administrator; return the canonical name.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        NotFound: there is no such person.
        Refused: that person is an administrator already.

    """
    return _change(domain, certifier, person, removes=False)


def remove_administrator(domain: Domain, certifier: Identity, person: str) -> str:
    """Name an administrator no longer; return the canonical name.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        Refused: that person is no administrator, or the last one.

    """
    return _change(domain, certifier, person, removes=True)


def _change(domain: Domain, certifier: Identity, person: str, *, removes: bool) -> str:
    if certifier.kind != CERTIFIER:
        raise NotAllowed(
            _("Only the organization's certifier ID names administrators."), _("Open cert.id, and enter its password.")
        )
    name = domain.name(person)
    short = names.abbreviated(name)
    with domain.store.transaction() as db:
        known = role_facts.administrators(db)
        if removes and name not in known:
            raise Refused(_("{name} is not an administrator.", name=short))
        if removes and len(known) == 1:
            raise Refused(_("The last administrator cannot be removed."), _("Name another one first."))
        if not removes and name in known:
            raise Refused(_("{name} is an administrator already.", name=short))
        if not removes:
            name = person_entry(db, name).name
        role_facts.set_administrators(db, [each for each in known if each != name] if removes else [*known, name])
        action = AuditAction.ADMINISTRATOR_REMOVED if removes else AuditAction.ADMINISTRATOR_NAMED
        audit_log.enter(db, domain.now(), Actor.of(certifier), [Event(action, name, {})])
    return name
