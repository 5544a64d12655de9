"""The draft of a revocation: the reason, since when, and other certificates to revoke."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dominoadmin.i18n import text as _
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.revocation.impact import Impact, RevocableCertificate
from dominoadmin.services.revocation.revoking import MAXIMUM, RevocationOrder
from dominoadmin.store.issued_lists import CertificateState
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says

COMPROMISED: Final = (Reason.KEY_COMPROMISE, Reason.CA_COMPROMISE)


@dataclass
class RevocationDraft(Judged):
    """The dialog "Revoke Certificate". `impact`: what it does, once that is known."""

    now: datetime
    impact: Impact | None = None
    reason: str = Reason.UNSPECIFIED
    invalidity_at: datetime | None = None
    with_same_key: bool = False

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems of the reason and of the date."""
        return found(FieldCheck("invalidity_at", self._check_orders), says("reason", self._held_problem))

    def _check_orders(self) -> None:
        for _certifier, order in self.orders():
            order.check(self.now)

    def _held_problem(self) -> str:
        if self.reason == Reason.HOLD and any(each.state == CertificateState.HELD for each in self._targets):
            return _("One of these certificates is already on hold. Choose another reason.")
        return ""

    @property
    def asks_for_others(self) -> bool:
        """Return whether other certificates for the same keys are offered, as the reason concerns the key."""
        return self.reason in COMPROMISED and bool(self.same_key)

    @property
    def same_key(self) -> Sequence[RevocableCertificate]:
        """The other certificates for the same keys."""
        return self.impact.same_key if self.impact else ()

    @property
    def _targets(self) -> Sequence[RevocableCertificate]:
        return self.impact.targets if self.impact else ()

    def orders(self) -> list[tuple[int, RevocationOrder]]:
        """Return the orders to sign, for each certifier, each within the limit of one request."""
        others = self.same_key if self.asks_for_others and self.with_same_key else ()
        chosen: dict[int, list[RevocableCertificate]] = {}
        for each in (*self._targets, *others):
            chosen.setdefault(each.certifier_id, []).append(each)
        return [(key, self._order(part)) for key, targets in chosen.items() for part in _parts(targets)]

    def _order(self, targets: list[RevocableCertificate]) -> RevocationOrder:
        return RevocationOrder(
            tuple(each.serial_hex for each in targets), reason=self.reason, invalidity_at=self.invalidity_at
        )


def _parts(targets: list[RevocableCertificate]) -> Iterator[list[RevocableCertificate]]:
    for start in range(0, len(targets), MAXIMUM):
        yield targets[start : start + MAXIMUM]
