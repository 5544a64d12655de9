"""Checkpoints beside the published lists: where relying parties look, a backup of the store does not put them back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.paths import write_public
from dominoadmin.pki import names
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.publication import slug
from dominoadmin.services.audit import checkpoints, sightings
from dominoadmin.services.audit.sightings import Sighting
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.revocation import published_lists
from dominoadmin.store import certifiers, own_files, reading
from dominoadmin.store import checkpoints as stored
from dominoadmin.store.records import instant

_ENDING: Final = ".checkpoint.txt"


def write(domain: Domain, certifier: Certifier, verifier: Verifier) -> None:
    """Write the server's checkpoint into the folder of a certifier's lists; nothing if there is no checkpoint yet.

    Raises:
        Outdated, Tampered, Damaged: the log does not continue the one that is there.
        Error: the file cannot be written.

    """
    with domain.store.snapshot() as db:
        document = dict(stored.all_of(db)).get(certifier.record.server)
    if (path := _path(domain, certifier)) and document:
        seen = checkpoints.read(document, verifier, certifier.record.server)
        published = check(domain, certifier, verifier)
        if published and published[1].place > seen.place:  # somebody has put an older one into the store
            return
        text = (
            f"Checkpoint of the audit log by {names.abbreviated(certifier.record.server)}\n"
            f"Entry   {seen.size}\nEpoch   {seen.epoch}\nTime    {instant(seen.at)}\nHash    {seen.log}\n\n"
        )
        write_public(path, [text.encode(), document, b"\n"])


def check(domain: Domain, certifier: Certifier, verifier: Verifier) -> tuple[Path, Sighting] | None:
    """Compare the log with the checkpoint beside a certifier's lists, and return that; None if there is none.

    A file that is damaged, or that another server has signed, is none: it is written again.

    Raises:
        Outdated, Tampered, Damaged: the log does not continue it.

    """
    path = _path(domain, certifier)
    if path is None or not path.is_file():
        return None
    try:
        *_lines, document = own_files.read(path, _("The checkpoint")).strip().splitlines() or [b""]
        seen = checkpoints.read(document, verifier, certifier.record.server)
    except (Error, ValueError):
        return None
    with domain.store.snapshot() as db:
        sightings.compare(db, verifier, seen, str(path))
    return path, seen


def check_all(domain: Domain, actor: Actor) -> Iterator[tuple[Path, Sighting]]:
    """Compare the log with the checkpoints beside the lists of all certifiers; yield those that it continues.

    Raises:
        Outdated, Tampered, Damaged: it does not continue one.

    """
    with domain.store.snapshot() as db, reading.leaving_out():
        records = certifiers.all_of(db)
    for record in records:
        try:
            with domain.store.snapshot() as db:
                known = configuring.verified(db, record, actor.verifier(), domain.now())
        except (Tampered, Damaged):  # told where the certifier is shown: nobody can say where it publishes
            continue
        if found := check(domain, known, actor.verifier()):
            yield found


def _path(domain: Domain, certifier: Certifier) -> Path | None:
    folder = published_lists.folder_of(domain, certifier)
    return folder / f"{slug(certifier.key_fingerprint)}{_ENDING}" if folder else None
