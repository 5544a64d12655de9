"""What a person says about certificates that are to be revoked: the reason, since when, and which others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.impact import Impact, RevocableCertificate
from dominoadmin.services.revocation.revoking import MAXIMUM, RevocationOrder
from dominoadmin.services.states import RevocationAction
from dominoadmin.store.issued_lists import CertificateState

COMPROMISED: Final = (Reason.KEY_COMPROMISE, Reason.CA_COMPROMISE)


@dataclass
class RevocationDraft:
    """The dialog "Revocation Reason"."""

    impact: Impact
    now: datetime
    reason: str = Reason.UNSPECIFIED
    invalidity_at: datetime | None = None
    with_same_key: bool = False

    def problem(self) -> str:
        """Return what is wrong, as a sentence, or an empty string."""
        try:
            for _certifier, order in self.orders():
                order.check(self.now)
        except Refused as error:
            return error.text()
        if self.reason == Reason.HOLD and any(each.state == CertificateState.HELD for each in self.impact.targets):
            return _("One of these certificates is already on hold. Choose another reason.")
        return ""

    @property
    def asks_for_others(self) -> bool:
        """Say whether the other certificates for the same keys are offered: the reason is about the key."""
        return self.reason in COMPROMISED and bool(self.impact.same_key)

    def orders(self) -> list[tuple[int, RevocationOrder]]:
        """Return what is to be signed, for each certifier, no more than one request can hold."""
        others = self.impact.same_key if self.asks_for_others and self.with_same_key else ()
        chosen: dict[int, list[RevocableCertificate]] = {}
        for each in (*self.impact.targets, *others):
            chosen.setdefault(each.certifier_id, []).append(each)
        return [(key, self._order(part)) for key, targets in chosen.items() for part in _parts(targets)]

    def _order(self, targets: list[RevocableCertificate]) -> RevocationOrder:
        return RevocationOrder(
            tuple(each.serial_hex for each in targets), reason=self.reason, invalidity_at=self.invalidity_at
        )


@dataclass(frozen=True)
class SignedRequests:
    """What became of the signing: the numbers of the requests in Admin4, and what could not be asked for."""

    requests: tuple[int, ...]
    certificates: int
    problems: tuple[str, ...]


def carry_out(draft: RevocationDraft, domain: Domain, person: Identity, progress: Progress) -> SignedRequests:
    """Sign the requests. The certificates that were chosen come first; others are refused for themselves.

    Raises:
        NotAllowed, NotFound, Refused: as `revoking.request`, for the certificates that were chosen.

    """
    made, count, problems = [], 0, []
    for number, (certifier_id, order) in enumerate(draft.orders()):
        progress.step(_("Signing the request…"))
        try:
            made.append(revoking.request(domain, person, certifier_id, order))
        except Error as error:
            if number == 0:
                raise
            problems.append(error.text())
        else:
            count += len(order.serials)
    return SignedRequests(tuple(made), count, tuple(problems))


def release(domain: Domain, person: Identity, certifier_id: int, serials: tuple[str, ...]) -> int:
    """Sign the release of certificates that are on hold; return the number of the request in Admin4.

    Raises:
        NotAllowed, NotFound, Refused: as `revoking.request`.

    """
    return revoking.request(domain, person, certifier_id, RevocationOrder(serials, RevocationAction.RELEASE))


def _parts(targets: list[RevocableCertificate]) -> Iterator[list[RevocableCertificate]]:
    for start in range(0, len(targets), MAXIMUM):
        yield targets[start : start + MAXIMUM]
