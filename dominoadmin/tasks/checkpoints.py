"""The CA process and the audit log: it is compared with what was seen of it, verified and signed, before all else.

What goes backwards while the server runs is refused at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import checkpoints, sightings
from dominoadmin.services.audit.checkpoints import Follower
from dominoadmin.services.audit.sightings import Sighting
from dominoadmin.services.domain import Actor, Domain, is_over
from dominoadmin.services.doubts import EVERYTHING, Outdated
from dominoadmin.services.issuance.cycle import StillOurs
from dominoadmin.services.restoring import installations
from dominoadmin.store import audit, installation
from dominoadmin.store.account_state import AccountUnavailable

_SUBJECT: Final = "log"


class Checkpoints:
    """Follows the log of one store for the CA process. `problem`: what is to be told about it."""

    def __init__(self, domain: Domain, server: Identity, still_ours: StillOurs) -> None:
        self._domain, self._server, self._still_ours = domain, server, still_ours
        self._verifier = Actor.of(server).verifier()
        self._seen: Sighting | None = None
        self._signed_at: datetime | None = None
        self._follower: Follower | None = None
        self._is_kept, self._unkept = False, ""
        self.problem = ""

    def turn(self) -> bool:
        """Compare and verify what is new; return whether that is done. A long log takes several turns.

        A doubt about the store is noted, and is gone if the store has become right again.
        """
        self.problem = ""
        try:
            is_done = self._verify()
            if is_done and self._seen and not self._is_kept:
                self._check_installation()  # first: a copy signs nothing
                self._keep(self._seen)
            self.problem = self.problem or self._unkept
        except (Tampered, Damaged) as error:
            self.stop()
            self.problem = str(error)
            doubt = error if isinstance(error, Tampered) else Tampered(str(error), error.hint)
            self._domain.doubts.note(EVERYTHING, _SUBJECT, doubt)
            return False
        self._domain.doubts.note(EVERYTHING, _SUBJECT, None)
        return is_done

    def stop(self) -> None:
        """Give up a verification that is under way."""
        if self._follower:
            self._follower.close()
        self._follower = None

    def _verify(self) -> bool:
        seen = self._compared()
        if self._follower is None:
            with self._domain.store.snapshot() as db:
                is_new = self._seen is None or audit.octets(db, self._seen.size + 1) is not None
            if not is_new:
                return True
            self._follower = Follower(self._domain, self._verifier, seen)
        verified = self._follower.step()
        if verified is None:
            return False
        self._follower, self._seen, self._is_kept = None, verified, False
        return True

    def _check_installation(self) -> None:
        try:
            installations.check(self._domain, self._server, self._still_ours)
        except AccountUnavailable as error:
            with self._domain.store.snapshot() as db:
                if installation.find(db):
                    raise Outdated(str(error), error.hint) from None

    def _compared(self) -> Sighting | None:
        """Compare the log with all that was seen of it; return the last of that."""
        known = None
        try:
            known = sightings.compare_account(self._domain, self._verifier)
        except AccountUnavailable as error:
            self.problem = str(error)
        with self._domain.store.snapshot() as db:
            if self._seen and not sightings.compare(db, self._verifier, self._seen, _("this server")):
                self._seen = None  # another epoch has begun
            checkpoints.compare(db, self._verifier)
        return max(filter(None, (known, self._seen)), key=lambda each: each.place, default=None)

    def _keep(self, verified: Sighting) -> None:
        self._unkept, self._is_kept = "", True
        try:
            checkpoints.sign(self._domain, self._server, verified, self._still_ours)
            self._signed_at = verified.at
        except (Tampered, Damaged):
            raise
        except Error as error:
            if self._signed_at is None or is_over(self._signed_at, checkpoints.LATE, self._domain.now()):
                self._unkept = str(error)
        try:
            sightings.note(self._domain, verified)
        except AccountUnavailable as error:
            self._unkept = str(error)
