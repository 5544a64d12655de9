"""The installation that runs a store: its number is in the store, and with the account that runs the server.

A copy in another folder, account or computer has the number in the store only. It waits until the organization's
certifier says that the store was moved there, or copied: two never sign as one.
"""

from __future__ import annotations

import secrets
from typing import Final

from dominoadmin.i18n import marked as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.doubts import Elsewhere
from dominoadmin.services.issuance.cycle import StillOurs, unleased
from dominoadmin.store import installation
from dominoadmin.store.account_state import NoAccountState
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import Fields

_KEY: Final = "installations"
_KEPT: Final = 3
"""The newest numbers of this place: the store may not have got the last one before a crash."""
_OCTETS: Final = 16
_HINT: Final = _(
    "If the other one no longer runs: 'dominoadmin server moved'. If it goes on: 'dominoadmin server copied'. Both "
    "need the organization's certifier ID."
)


def check(domain: Domain, server: Identity, still_ours: StillOurs = unleased) -> None:
    """Check that this installation runs the store; a store that none has run yet is adopted.

    Raises:
        Elsewhere, Tampered, AccountUnavailable: as `is_adopted` does.

    """
    if is_adopted(domain, server):
        return
    own = _numbers(domain.account.read())
    number = own[-1] if own else remember(domain)
    with domain.store.transaction() as db:
        still_ours(db)
        installation.keep(db, number, domain.now())
        event = Event(AuditAction.INSTALLATION_ADOPTED, server.name, {"installation": number})
        audit_log.enter(db, domain.now(), Actor.of(server), [event])


def is_adopted(domain: Domain, server: Identity) -> bool:
    """Return whether this installation runs the store; none has run it yet if not.

    Raises:
        Elsewhere: it is a copy, or was moved here.
        Tampered: the number in the store is not the one that was signed.
        AccountUnavailable: the account's file cannot be read or written: nobody can say which installation this is.

    """
    if isinstance(domain.account, NoAccountState):
        return True
    own = _numbers(domain.account.read())
    with domain.store.snapshot() as db:
        number, which = installation.find(db), [Object("installation", "1")]
        committed.check(db, Actor.of(server).verifier(), which if number else (), () if number else which)
    if number in own:
        return True
    if number or (not own and domain.account.is_known_elsewhere()):
        raise elsewhere(domain)
    return False


def elsewhere(domain: Domain) -> Elsewhere:
    """Return the doubt about a store that ran last at another place."""
    return Elsewhere(
        _(
            "This store is a copy, or was moved here: it ran last in another folder than {folder}, on another "
            "computer, or for another account.",
            folder=domain.directory.root,
        ),
        _HINT,
    )


def remember(domain: Domain, *, damaged: bool = False) -> str:
    """Give this installation another number, and return it. The account has it first: else the store were a copy.

    `damaged`: replace a file that is not whole.

    Raises:
        AccountUnavailable: the account's file cannot be written.
        Damaged: it is not whole.

    """
    number = secrets.token_hex(_OCTETS)

    def with_number(kept: Fields) -> Fields:
        return {**kept, _KEY: [*_numbers(kept), number][-_KEPT:]}

    domain.account.change(with_number, damaged=damaged)
    return number


def _numbers(kept: Fields) -> list[str]:
    numbers = kept.get(_KEY, [])
    return [str(each) for each in numbers] if isinstance(numbers, list) else []
