"""Asks for the revocation of certificates, and keeps what was asked for from getting lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dominoadmin.errors import Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from dominoadmin.store import revocation_requests
from dominoadmin.store.database import Connection


@dataclass(frozen=True)
class SignedRequests:
    """The result of signing: the numbers of the requests in Admin4, and why others could not be signed."""

    requests: tuple[int, ...]
    certificates: int
    problems: tuple[str, ...] = ()


def request_each(
    domain: Domain, person: Identity, orders: Iterable[tuple[int, RevocationOrder]], progress: Progress
) -> SignedRequests:
    """Sign an order for each certifier. The first is the chosen one; a refusal of another does not affect the rest.

    Raises:
        NotAllowed, NotFound, Refused: as `revoking.request`, for the first order.

    """
    made, count, problems = [], 0, []
    for number, (certifier_id, order) in enumerate(orders):
        progress.step(_("Signing the request…"))
        try:
            made.append(revoking.request(domain, person, certifier_id, order))
        except Error as error:
            if number == 0:
                raise
            problems.append(str(error))
        else:
            count += len(order.serials)
    return SignedRequests(tuple(made), count, tuple(problems))


def release(domain: Domain, person: Identity, certifier_id: int, serials: tuple[str, ...]) -> SignedRequests:
    """Sign the release of certificates that are on hold.

    Raises:
        NotAllowed, NotFound, Refused: as `revoking.request`.

    """
    number = revoking.request(domain, person, certifier_id, RevocationOrder(serials, RevocationAction.RELEASE))
    return SignedRequests((number,), len(serials))


def listed(domain: Domain, certifier: str = "") -> list[dict[str, Any]]:
    """Return the revocation requests of one certifier, or of all, with stable keys, newest first."""
    with domain.store.snapshot() as db:
        chosen = configuring.find(db, certifier).id if certifier else 0
        found = revocation_requests.all_of(db, chosen)
    return [{key: value for key, value in each.__dict__.items() if key != "document"} for each in reversed(found)]


class OpenRequests:
    """The revocation requests that the log commits and nobody has carried out yet.

    One whose row says *Done* without an entry, or was removed, would never be carried out, and nobody would be told.
    """

    def __init__(self) -> None:
        self._open: set[int] = set()
        self._last = 0

    def problems(self, db: Connection, verifier: Verifier) -> list[Tampered]:
        """Return a refusal for each that is not as it was signed. Those that were carried out are looked at once."""
        new = committed.numbered(db, verifier, "revocation_requests", self._last)
        wanted = sorted({*self._open, *new, *revocation_requests.undone(db)})  # also one that nobody has signed
        self._last = max([self._last, *new])
        altered = committed.altered_rows(db, verifier, "revocation_requests", wanted)
        done = revocation_requests.finished(db, wanted)
        self._open = {each for each in wanted if each in altered or each not in done}
        return [*altered.values()]
