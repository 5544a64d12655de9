"""Checkpoints: the CA process verifies what is new in the audit log, and signs that with the server's ID.

What comes before a checkpoint cannot be rewritten by a member of the organization. A consistent cut back to an older
checkpoint shows only where a newer one was seen: in the account's file, in the keychain, beside a published CRL.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography import x509

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, names
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import sightings, verifying
from dominoadmin.services.audit.judging import Judge, LoggedRoles
from dominoadmin.services.audit.log import NOTHING
from dominoadmin.services.audit.roles import Forbidden
from dominoadmin.services.audit.sightings import Sighting
from dominoadmin.services.audit.verifying import Chain
from dominoadmin.services.domain import Actor, Domain, is_over
from dominoadmin.services.issuance.cycle import StillOurs, unleased
from dominoadmin.store import audit, checkpoints, role_facts, state
from dominoadmin.store.audit import HeadRecord
from dominoadmin.store.database import Connection, scratch
from dominoadmin.store.records import Fields
from dominoadmin.store.running_numbers import RunningNumbers
from dominoadmin.store.stored_json import load

_REMEDY: Final = _("Run 'dominoadmin store check --rebuild': the server signs its checkpoint again.")
KIND: Final = "checkpoint"
_ROLES: Final = "roles"
LATE: Final = timedelta(hours=24)
"""Without a checkpoint for so long, acts are told to wait for one."""
_MANY: Final = 50_000
"""Entries whose objects are remembered at once, 20 MB; if more are new, the state is made again from the beginning."""


class Follower:
    """Verifies the entries since a sighting, a page at a time and in bounded memory: order, heads and commitments.

    Without a sighting it begins at the beginning; if there are too many, too, and makes the state again. Afterwards it
    verifies what is added. `judge`: who judges each entry, also those before the sighting.
    """

    def __init__(
        self, domain: Domain, verifier: Verifier, seen: Sighting | None = None, judge: Judge | None = None
    ) -> None:
        self._domain, self._verifier = domain, verifier
        self._stack = ExitStack()
        self.is_at_end = False
        self._verified: Sighting | None = None
        self._newest: HeadRecord | None = None
        with domain.store.snapshot() as db:
            size, epoch = audit_log.end(db, verifier)  # another epoch may have begun before the sighting
            known = sightings.head_at(db, verifier, seen.size) if seen and seen.epoch == epoch else NOTHING
            self._is_remembered = size - known.size < _MANY
            start = audit.frontier(db, known.size) if self._is_remembered and known.size else None
        if self._is_remembered:
            self._chain = Chain(verifier, start=start, head=known, judge=judge)
        else:
            self._chain = Chain(verifier, replay=self._stack.enter_context(scratch(state.TABLES)), judge=judge)

    @property
    def number(self) -> int:
        """The number of the last verified entry."""
        return self._chain.number

    @property
    def forbidden(self) -> list[Forbidden]:
        """The entries that were not allowed and are not refused yet, the first one first."""
        return self._chain.forbidden

    def step(self) -> Sighting | None:
        """Verify the next page. Return what has been verified once all is; None before.

        Raises:
            Tampered, Damaged: an entry, a head or the state is not as it was signed. This follower is of no use then.

        """
        self.is_at_end = False
        with self._domain.store.snapshot() as db:
            if self._chain.follow(db) >= verifying.PAGE:
                return None
            self._chain.check_end(db)
            self._chain.name_certifiers(db)
            if self._is_remembered:
                self._chain.check_changes(db)
        if not self.forbidden:  # what is known to be forbidden is refused first: the rest may be right after that
            self._chain.check_known()
        self._chain.go_on()
        self.close()
        self.is_at_end = self._is_remembered = True
        head, number, root = self._chain.head, self._chain.number, self._chain.root()
        self._verified = Sighting(head.epoch, number, root, head.state, self._domain.now())
        return self._verified

    def to_end(self) -> Sighting:
        """Verify all that is left, and return what has been verified.

        Raises:
            Tampered, Damaged: as `step` does.

        """
        verified = None
        while verified is None:
            verified = self.step()
        return verified

    def is_at(self, newest: HeadRecord | None) -> bool:
        """Return whether this is the head of all that was verified: another one of the same size is not."""
        head = self._chain.head
        if newest is None or newest.size != head.size:
            return False
        if newest != self._newest and audit_log.verified_head(newest, self._verifier)[1] == head:
            self._newest = newest
        return newest == self._newest

    def is_behind(self) -> bool:
        """Return whether somebody has signed more.

        Raises:
            Outdated, Tampered, Damaged: the log is shorter than what was verified, or another one.

        """
        with self._domain.store.snapshot() as db:
            newest = audit.head(db)
            if self.is_at(newest):
                return False
            if self._verified is None or (newest is not None and newest.size > self._chain.head.size):
                return True
            return not sightings.compare(db, self._verifier, self._verified, _("this server"))

    def roles(self) -> Fields:
        """Return who has which role after the last signed entry, as JSON content."""
        return self._chain.roles()

    def name_certifiers(self) -> None:
        """Judge the certifiers again whose rows were not as their entries say, if all is verified."""
        if self.is_at_end and self._chain.has_unnamed:
            with self._domain.store.snapshot() as db:
                self._chain.name_certifiers(db)

    def check_allowed(self) -> None:
        """Raise `Tampered` if an entry was not allowed and is not refused yet."""
        self.name_certifiers()
        self._chain.check_allowed()

    def close(self) -> None:
        """Forget the state that was made again."""
        self._stack.close()


def resumed(domain: Domain, server: Identity) -> Follower:
    """Return a follower that judges, too: from this server's own checkpoint, or from the beginning.

    Raises:
        Tampered, Damaged: the log does not continue the checkpoint.

    """
    verifier = Actor.of(server).verifier()
    with domain.store.snapshot() as db:
        seen, known = _judged(db, verifier, server) or (None, None)
    return Follower(
        domain, verifier, seen, Judge(verifier.organization, known, seen.size if seen else 0, reads_rows=True)
    )


def _judged(db: Connection, verifier: Verifier, server: Identity) -> tuple[Sighting, LoggedRoles] | None:
    """Return what this server has signed with its present ID, and the roles there; None if that is of no use."""
    found = checkpoints.find(db, server.name)
    if found is None or documents.parse(found[0]).chain != server.chain_der:
        return None
    seen = read(found[0], verifier, server.name)
    known = _roles(*found)
    where = _("the checkpoint of {name}", name=names.abbreviated(server.name))
    return (seen, known) if known and sightings.compare(db, verifier, seen, where) else None


def _roles(document: bytes, octets: bytes) -> LoggedRoles | None:
    """Return who had which role at a checkpoint; None if it has not signed these octets."""
    try:
        signed = load(documents.parse(document).content.decode())
        return LoggedRoles.read(load(octets.decode())) if signed.get(_ROLES) == sha256(octets).hexdigest() else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def numbers(db: Connection, verifier: Verifier) -> RunningNumbers:
    """Return the running numbers by the checkpoint of the domain's server; none if there is none, or it was altered.

    An altered checkpoint is reported where checkpoints are compared.
    """
    server = role_facts.server(db)
    found = checkpoints.find(db, server)
    return _numbers(*found, server, verifier.anchor) if found else RunningNumbers({})


@lru_cache(maxsize=4)
def _numbers(document: bytes, octets: bytes, server: str, anchor: bytes) -> RunningNumbers:
    try:
        read(document, Verifier(x509.load_der_x509_certificate(anchor)), server)
    except (Tampered, Damaged):
        return RunningNumbers({})
    known = _roles(document, octets)
    return known.numbers if known else RunningNumbers({})


def sign(domain: Domain, server: Identity, seen: Sighting, roles: Fields, still_ours: StillOurs = unleased) -> None:
    """Sign what was verified, and who had which role there, in the place of the server's checkpoint before.

    Raises:
        Error: the server's ID is not valid now.

    """
    now = domain.now()
    if not audit_log.is_valid(server, now):
        raise Error(
            _(
                "The ID of {name} is not valid on {now}, so it cannot sign a checkpoint.",
                name=names.abbreviated(server.name),
                now=f"{now:%Y-%m-%d}",
            ),
            _("Check the clock of this computer; if it is right, the server needs a new ID."),
        )
    octets = documents.canonical(roles)
    content = {**seen.content(), _ROLES: sha256(octets).hexdigest()}  # copies beside published lists name nobody
    document = documents.sign(KIND, content, server).serialize()
    with domain.store.transaction() as db:
        still_ours(db)
        checkpoints.keep(db, server.name, document, octets)


def newest(db: Connection, verifier: Verifier) -> tuple[str, Sighting] | None:
    """Return the newest checkpoint in the store, and the server that has signed it; one of anybody else is none.

    Raises:
        Tampered: one was altered, or somebody else has signed it than its row says: that may have been the server.

    """
    ours = role_facts.server(db)
    stored = [(server, read(document, verifier, server)) for server, document in checkpoints.all_of(db)]
    found = [(server, seen) for server, seen in stored if server == ours]
    return max(found, key=lambda each: each[1].place, default=None)


def overdue(domain: Domain, verifier: Verifier) -> int:
    """Return how many entries wait for a checkpoint though the newest one, or the log, is older than a day; or 0.

    Raises:
        Tampered, Damaged: a checkpoint was altered, or the first entry cannot be read.

    """
    with domain.store.snapshot() as db:
        found, size = newest(db, verifier), audit.size(db)
        first = None if found else audit.at(db, 1)
    since = found[1].at if found else first.at if first else domain.now()
    left = size - found[1].size if found else size
    return max(0, left) if is_over(since, LATE, domain.now()) else 0


def read(data: bytes, verifier: Verifier, server: str) -> Sighting:
    """Read a checkpoint that a server has signed.

    Raises:
        Tampered: it was altered, or somebody else has signed it.

    """
    try:
        document = documents.parse(data)
        content = load(document.content.decode())
        seen = sightings.sighting_from({key: value for key, value in content.items() if key != _ROLES})
    except (ValueError, AttributeError, RecursionError, Tampered):
        text = _("The checkpoint of {name} cannot be read.", name=names.abbreviated(server))
        raise Tampered(text, _REMEDY) from None
    signer, _content = verifier.verify(document, KIND, seen.at)
    if signer != server:
        text = _("The checkpoint of {name} is signed by {signer}.", name=names.abbreviated(server), signer=signer)
        raise Tampered(text, _REMEDY)
    return seen


def problems(db: Connection, verifier: Verifier) -> dict[str, Tampered]:
    """Return what is wrong with checkpoints in the store, by their servers: the CA process does nothing until then."""
    found = {}
    for server, document in checkpoints.all_of(db):
        try:
            read(document, verifier, server)
        except Tampered as error:
            found[server] = error
    return found


def compare(db: Connection, verifier: Verifier) -> tuple[str, Sighting] | None:
    """Compare the log with the newest checkpoint in the store, and return that; None if there is none.

    Raises:
        Tampered, Damaged: the log does not continue it, or it was altered.

    """
    found = newest(db, verifier)
    if found:
        sightings.compare(db, verifier, found[1], _("the checkpoint of {name}", name=names.abbreviated(found[0])))
    return found
