"""What concerns the audit log: whether it continues what was seen, and waits for a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural
from dominoadmin.services.audit import checkpoints
from dominoadmin.services.audit.anchoring import Seen
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.status import concerns
from dominoadmin.services.status.concerns import Concern, Level, Matter


def log(seen: Seen) -> Iterator[Concern]:
    """Yield what a look at the audit log has found."""
    if seen.problem:
        hint = _("Choose Tools - Verify Audit Log, or run 'dominoadmin audit verify'.")
        yield Concern(matter=Matter.TRUST, level=Level.TROUBLE, text=seen.problem, remedy=hint)
    elif seen.unavailable:
        hint = _("Compare it with a printed anchor: 'dominoadmin audit verify --anchor'.")
        text = _("Whether the audit log was cut off cannot be known: there is no keychain.")
        yield Concern(matter=Matter.TRUST, level=Level.ADVICE, text=text, remedy=hint)


def checkpoint(domain: Domain, actor: Actor) -> Iterator[Concern]:
    """Yield that entries have waited for a checkpoint for too long, or that the last one does not hold."""
    try:
        number = checkpoints.overdue(domain, actor.verifier())
    except (Tampered, Damaged) as error:
        yield concerns.of_error(Matter.CHECKPOINTS, error)
        return
    if number:
        text = marked_plural(
            "{count} entry of the audit log has been waiting for a checkpoint for more than a day.",
            "{count} entries of the audit log have been waiting for a checkpoint for more than a day.",
            number,
        )
        hint = _("Start the server and load the CA task: it verifies and signs them.")
        yield Concern(matter=Matter.CHECKPOINTS, level=Level.ATTENTION, text=text, remedy=hint)
