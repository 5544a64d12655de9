"""Administrators: who may change the Domino Directory and databases. The organization's certifier names them."""

from __future__ import annotations

from collections.abc import Collection

from dominoadmin.errors import NotAllowed, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import CERTIFIER, Identity
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain, person_entry
from dominoadmin.store import role_facts


def administrators(domain: Domain) -> tuple[str, ...]:
    """Return the administrators' canonical names."""
    with domain.store.snapshot() as db:
        return role_facts.administrators(db)


def checked(domain: Domain, actor: Actor) -> tuple[str, ...]:
    """Return the administrators' canonical names, as the organization's certifier has signed them.

    Raises:
        Tampered: they were altered behind the program.

    """
    with domain.store.snapshot() as db:
        committed.check_same(db, actor.verifier(), role_facts.FACTS)
        return role_facts.administrators(db)


def name_administrator(domain: Domain, certifier: Identity, person: str) -> str:
    """Name an administrator; return the canonical name.

    Raises:
        NotAllowed, NotFound, Refused, Tampered: as `change` does.

    """
    return change(domain, certifier, named=(person,))[-1]


def remove_administrator(domain: Domain, certifier: Identity, person: str) -> str:
    """Name an administrator no longer; return the canonical name.

    Raises:
        NotAllowed, Refused, Tampered: as `change` does.

    """
    change(domain, certifier, removed=(person,))
    return domain.name(person)


def change(
    domain: Domain, certifier: Identity, *, named: Collection[str] = (), removed: Collection[str] = ()
) -> tuple[str, ...]:
    """Name administrators, and others no longer, in one act; return all of them by their canonical names.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        NotFound: one who is named is not in the directory.
        Refused: one is an administrator already, or no administrator, or the last one.
        Tampered: the administrators until now, or the document of a person, were altered behind the program.

    """
    if certifier.kind != CERTIFIER:
        raise NotAllowed(
            _("Only the organization's certifier ID names administrators."), _("Open cert.id, and enter its password.")
        )
    with domain.store.transaction() as db:
        people = [person_entry(db, domain.name(each)).name for each in named]
        committed.check_domain(db, Actor.of(certifier).verifier(), *people)  # a signature makes all of them genuine
        known, events = list(role_facts.administrators(db)), []
        for name in people:
            if name in known:
                raise Refused(_("{name} is an administrator already.", name=names.abbreviated(name)))
            known.append(name)
            events.append(Event(AuditAction.ADMINISTRATOR_NAMED, name, {}))
        for name in map(domain.name, removed):
            if name not in known:
                raise Refused(_("{name} is not an administrator.", name=names.abbreviated(name)))
            if len(known) == 1:
                raise Refused(_("The last administrator cannot be removed."), _("Name another one first."))
            known.remove(name)
            events.append(Event(AuditAction.ADMINISTRATOR_REMOVED, name, {}))
        role_facts.set_administrators(db, known)
        audit_log.enter(db, domain.now(), Actor.of(certifier), events)
    return tuple(known)
