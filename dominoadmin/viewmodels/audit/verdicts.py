"""The result of verifying the audit log, in words: who has signed it, and everything that it was compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.audit import anchoring, checkpoints
from dominoadmin.services.audit.anchoring import Anchor, Seen
from dominoadmin.services.audit.sightings import Sighting
from dominoadmin.services.audit.verifying import LogVerdict
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.revocation import published_checkpoints
from dominoadmin.viewmodels.words import minute


@dataclass(frozen=True, kw_only=True)
class VerifiedLog:
    """An intact log. `published`: the checkpoints beside CRLs that it continues; `is_late`: its own one is old."""

    verdict: LogVerdict
    seen: Seen
    published: tuple[tuple[Path, Sighting], ...]
    is_late: bool
    anchor: Anchor


def verified(domain: Domain, actor: Actor, progress: Progress) -> VerifiedLog:
    """Verify the log, and compare it with everything outside the store. May wait for the keychain.

    Raises:
        Tampered, Outdated, Damaged: it is not intact, or does not continue what was seen.
        Cancelled: the user asked to stop.

    """
    verdict, seen = anchoring.verify(domain, actor, progress)
    return VerifiedLog(
        verdict=verdict,
        seen=seen,
        published=tuple(published_checkpoints.check_all(domain, actor)),
        is_late=bool(checkpoints.overdue(domain, actor.verifier())),
        anchor=anchoring.current(domain),
    )


def headline(found: VerifiedLog) -> str:
    """Return the result as one sentence."""
    count = found.verdict.entries
    return plural("The audit log is intact: {n} entry.", "The audit log is intact: {n} entries.", count).format(n=count)


def lines(domain: Domain, found: VerifiedLog) -> Iterator[str]:
    """Yield who has signed the log, what it was compared with, and where its newest entry is recorded."""
    verdict, seen = found.verdict, found.seen
    signed = _("Entries up to {number} are signed by {signer}.")
    yield signed.format(number=verdict.signed, signer=names.abbreviated(verdict.signer))
    yield from _checkpoint(found)
    if seen.before:
        text = _("It continues the log that this account saw at entry {number}.")
        yield text.format(number=seen.before.number)
    if seen.account:
        text = _("It continues the log that this account's file ({path}) saw at entry {number}.")
        yield text.format(path=domain.account.path, number=seen.account.size)
    for path, each in found.published:
        text = _("It continues the log of the published checkpoint {path} at entry {number}.")
        yield text.format(path=path, number=each.size)
    if not (seen.before or seen.account or found.published):
        yield _("It was compared with nothing outside the store. A printed anchor can be compared below.")
    if seen.unavailable:
        text = _("The newest entry is not recorded everywhere: {problem}")
        yield text.format(problem=translated(seen.unavailable))
    else:
        yield _("The newest entry is recorded in the keychain.")


def _checkpoint(found: VerifiedLog) -> Iterator[str]:
    if found.seen.checkpoint is None:
        return
    server, newest = found.seen.checkpoint
    text = _("{server} has signed it as a checkpoint up to entry {number}, {time}.")
    yield text.format(server=names.abbreviated(server), number=newest.size, time=minute(newest.at))
    if left := found.verdict.entries - newest.size:
        text = plural(
            "{n} entry waits for the next checkpoint.", "{n} entries wait for the next checkpoint.", left
        ).format(n=left)
        late = _("The server has not run for more than a day. Start it.") if found.is_late else ""
        yield " ".join(filter(None, (text, late)))
