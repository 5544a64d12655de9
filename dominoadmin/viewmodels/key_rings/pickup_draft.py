"""The draft of "Pickup Key Ring Certificate" (technote, steps 24-25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dominoadmin.errors import NotFound
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Domain
from dominoadmin.services.key_rings.access import KeyRingAccess
from dominoadmin.services.requests import submitting
from dominoadmin.services.states import KeyRingState
from dominoadmin.viewmodels.key_rings.draft import Kept, access_checks, nothing_kept
from dominoadmin.viewmodels.key_rings.listing import ListedRing
from dominoadmin.viewmodels.problems import DraftProblem, Judged, found, says


@dataclass
class PickupDraft(Judged):
    """The form. The Request ID may be pasted from mail, with spaces and line ends, which the service accepts."""

    file: str = ""
    password: str = field(default="", repr=False)
    pickup_id: str = ""
    kept: Kept = nothing_kept

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        return found(*access_checks(self.file, self.access().password), says("pickup_id", self._id_problem))

    def _id_problem(self) -> str:
        return "" if self.pickup_id.strip() else _("Paste the Request ID from the memo or from the issued request.")

    def access(self) -> KeyRingAccess:
        """Return the file and password that open the key ring."""
        file = self.file.strip()
        return KeyRingAccess(file, self.password or self.kept(file))


def key_ring_of(domain: Domain, pickup_id: str) -> str:
    """Return the file name of the key ring that requested a certificate, or an empty string if unknown."""
    if not pickup_id.strip():
        return ""
    try:
        with domain.store.snapshot() as db:
            return submitting.by_pickup_id(db, pickup_id).request.key_ring
    except NotFound:
        return ""


def waiting(domain: Domain, rings: Sequence[ListedRing], database: str = "") -> str:
    """Return the file name of a key ring whose certificate can be picked up, in one database or any, or ''."""
    for ring in rings:
        if ring.state == KeyRingState.READY and (not database or _database_of(domain, ring.pickup_id) == database):
            return ring.file
    return ""


def _database_of(domain: Domain, pickup_id: str) -> str:
    with domain.store.snapshot() as db:
        return submitting.by_pickup_id(db, pickup_id).request.database or ""
