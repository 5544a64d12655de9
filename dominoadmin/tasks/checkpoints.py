"""The CA process and the audit log: it is compared, verified, judged and signed before all else.

What goes backwards while the server runs is refused at once. An entry that was not allowed is refused by another entry.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Final

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import checkpoints, sightings, watching
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.checkpoints import Follower
from dominoadmin.services.audit.roles import Forbidden
from dominoadmin.services.audit.sightings import Sighting
from dominoadmin.services.domain import Actor, Domain, is_over
from dominoadmin.services.doubts import EVERYTHING, Outdated
from dominoadmin.services.issuance.cycle import StillOurs
from dominoadmin.services.restoring import installations
from dominoadmin.store import audit, installation
from dominoadmin.store.account_state import AccountUnavailable
from dominoadmin.store.audit import HeadRecord
from dominoadmin.store.records import Fields

_SUBJECT: Final = "log"


class Checkpoints:
    """Follows the log of one store for the CA process, and watches it for whoever uses the store in the same process.

    `problem`: what is to be told about it; `refused`: the entries that were refused in this turn.
    """

    def __init__(self, domain: Domain, server: Identity, still_ours: StillOurs) -> None:
        self._domain, self._server, self._still_ours = domain, server, still_ours
        self._verifier = Actor.of(server).verifier()
        self._seen: Sighting | None = None
        self._roles: Fields = {}
        self._signed_at: datetime | None = None
        self._follower: Follower | None = None
        self._lock = threading.RLock()
        """Around the follower. Nobody waits for the store while holding it: who writes there may be waiting for it."""
        self._turning = 0
        """The thread that does this turn, which refuses entries: it is not kept from that."""
        self._is_kept, self._unkept = False, ""
        self._doubted: Tampered | None = None
        self.problem, self.refused = "", list[Forbidden]()
        watching.begin(domain.store.path, self)

    def turn(self) -> bool:
        """Compare and verify what is new; return whether that is done. A long log takes several turns.

        A doubt about the store is noted, and is gone if the store has become right again.
        """
        self.problem, self.refused, self._turning = "", [], threading.get_ident()
        try:
            is_done = self._verify()
            if is_done and self._seen and not self._is_kept:
                self._check_installation(adopts=True)  # first: a copy signs nothing
                self._keep(self._seen)
            self.problem = self.problem or self._unkept
        except (Tampered, Damaged) as error:
            self.problem = str(error)
            self._doubt(error)
            return False
        finally:
            self._turning = 0
        self._doubted = None
        self._domain.doubts.note(EVERYTHING, _SUBJECT, None)
        return is_done

    def check(self, newest: HeadRecord | None, *, signs: bool) -> None:
        """Verify what was added since the last turn. What is doubted already is told by the doubt.

        `signs`: the server is about to sign more; it does not, until a turn has found the log to be right again.

        Raises:
            Tampered, Damaged: it does not hold, or has an entry that was not allowed and is not refused yet.

        """
        if threading.get_ident() == self._turning:
            return
        with self._lock:
            if signs and self._doubted:
                raise type(self._doubted)(str(self._doubted), self._doubted.hint)
            follower = self._follower
            if not follower or not follower.is_at_end or self._domain.doubts.about(EVERYTHING):
                return
            if not follower.is_at(newest):
                try:
                    if follower.is_behind():
                        follower.to_end()
                except (Tampered, Damaged) as error:
                    self._doubt(error)
                    raise
            follower.check_allowed()

    def stop(self) -> None:
        """Give up the verification."""
        with self._lock:
            if self._follower:
                self._follower.close()
            self._follower = None

    def _doubt(self, error: Tampered | Damaged) -> None:
        self.stop()
        self._doubted = doubt = error if isinstance(error, Tampered) else Tampered(str(error), error.hint)
        self._domain.doubts.note(EVERYTHING, _SUBJECT, doubt)

    def _verify(self) -> bool:
        self._compare()
        with self._domain.store.snapshot() as db:
            is_same = self._seen and self._follower and audit.octets(db, self._seen.size + 1) is None
        with self._lock:
            if is_same and self._follower:
                self._follower.name_certifiers()
                if not self._follower.forbidden:
                    return True
            if self._follower is None:
                self._follower = checkpoints.resumed(self._domain, self._server)
            follower = self._follower
            verified = follower.step()
        if verified is None:
            return False
        if forbidden := follower.forbidden:
            if not any(commit.object.kind == "installation" for each in forbidden for commit in each.commits):
                self._check_installation(adopts=False)  # a copy refuses nothing; the refusal tells who is the server
            verified = self._refuse(follower)
        self._seen, self._roles, self._is_kept = verified, follower.roles(), False
        return True

    def _refuse(self, follower: Follower) -> Sighting:
        """Refuse the entries that were not allowed, and return the end of the log after that."""
        if not audit_log.is_valid(self._server, self._domain.now()):
            follower.check_allowed()
        with self._domain.store.transaction() as db:
            self._still_ours(db)
            with self._lock:  # nobody else can add one now
                follower.to_end()
                self.refused = follower.forbidden
            audit_log.refuse(db, self._domain.now(), Actor.of(self._server), self.refused)
        with self._lock:
            verified = follower.to_end()
            follower.check_allowed()
        return verified

    def _check_installation(self, *, adopts: bool) -> None:
        try:
            if adopts:
                installations.check(self._domain, self._server, self._still_ours)
            else:
                installations.is_adopted(self._domain, self._server)
        except AccountUnavailable as error:
            with self._domain.store.snapshot() as db:
                if installation.find(db):
                    raise Outdated(str(error), error.hint) from None

    def _compare(self) -> None:
        """Compare the log with all that was seen of it."""
        try:
            sightings.compare_account(self._domain, self._verifier)
        except AccountUnavailable as error:
            self.problem = str(error)
        with self._domain.store.snapshot() as db:
            if self._seen and not sightings.compare(db, self._verifier, self._seen, _("this server")):
                self._seen = None  # another epoch has begun
                self.stop()
            checkpoints.compare(db, self._verifier)

    def _keep(self, verified: Sighting) -> None:
        self._unkept, self._is_kept = "", True
        try:
            checkpoints.sign(self._domain, self._server, verified, self._roles, self._still_ours)
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
