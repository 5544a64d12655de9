"""Makes tables again that follow from others, so that nobody needs a backup for them."""

from __future__ import annotations

from dominoadmin.i18n import marked as _
from dominoadmin.services.audit import checkpoints, repairing
from dominoadmin.services.audit.checking import Discrepancy
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.store import certifiers, reading
from dominoadmin.store import checkpoints as stored_checkpoints
from dominoadmin.store.sqlite import repairs


def rebuild(domain: Domain, actor: Actor, progress: Progress = QUIET) -> list[Discrepancy]:
    """Make derived tables again where they differ from what they follow from, and all indexes; return what was made.

    What cannot be made again stays as it is, and a check names it.

    Raises:
        Tampered, Damaged: the audit log is not as it was signed: nothing can be made of it.
        Cancelled: the user asked to stop; nothing was changed.

    """
    verifier = actor.verifier()
    with domain.store.transaction() as db:
        progress.step(_("Creating the indexes"))
        repairs.index_again(db)
        found = repairing.rebuild(db, verifier, progress)
        altered = checkpoints.problems(db, verifier)
        stored_checkpoints.remove(db, altered)
        found += [repairing.rebuilt("checkpoints", server) for server in altered]
        progress.step(_("Creating the digests of revocations"))
        with reading.leaving_out():
            known = certifiers.all_of(db)
        found += [
            repairing.rebuilt("revocation_pages", str(record.id))
            for record in known
            if revocation_state.rebuild(db, record, verifier)
        ]
    return found
