"""Compares a certifier's lists with those that are published: none is replaced by an older one, or by another one.

Where they are published, a backup of the store does not put them back.
"""

from __future__ import annotations

import errno
import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason
from dominoadmin.pki import crl_reading
from dominoadmin.pki.crl_reading import SignedCrl
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.publication import slug
from dominoadmin.services.audit import committed
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Domain
from dominoadmin.services.doubts import Outdated
from dominoadmin.services.revocation import lists, state
from dominoadmin.store import revocation_seals

_LARGEST = 1 << 30
"""Octets: a list of twenty million revocations is smaller."""
HINT = _(
    "If a backup was restored on purpose, accept it with the organization's certifier ID: 'dominoadmin server "
    "accept-restore'. Until then, nothing is issued or revoked for this certifier; what is published stays."
)


def folder_of(domain: Domain, certifier: Certifier) -> Path | None:
    """Return the folder of a certifier's lists; None if they are only served over HTTP."""
    publication = certifier.configuration.publication
    if publication.folder:
        return Path(publication.folder)
    return domain.directory.root / "crl" if publication.command else None


def check(domain: Domain, certifier: Certifier, verifier: Verifier) -> None:
    """Check that the store has each list that this certifier has published.

    Raises:
        Outdated: there is one that was not issued from this store, although it was signed with the certifier's key.
        Tampered: there is one, and what decides about it is not as the audit log commits it.
        Error: a file cannot be read.

    """
    for path, found in unknown(domain, certifier, verifier):
        with domain.store.snapshot() as db:
            last = state.made(db, certifier.record, verifier).number
            floor = lists.floor(db, verifier, certifier.record.id)
        if found.number <= floor:  # accepted
            continue
        values = {"number": found.number, "name": certifier.record.name, "path": path}
        if found.number > last:
            raise Outdated(
                _(
                    "CRL number {number} of {name} is published ({path}), and is newer than the store, which has number"
                    " {last}: the store was put back to an older state.",
                    **values,
                    last=last,
                ),
                HINT,
            )
        raise Outdated(
            _(
                "The published CRL number {number} of {name} ({path}) is not the one in the store: another copy of the"
                " store has issued it.",
                **values,
            ),
            HINT,
        )


def unknown(domain: Domain, certifier: Certifier, verifier: Verifier) -> Iterator[tuple[Path, SignedCrl]]:
    """Yield the published lists that the certifier has signed, and that were not issued from this store.

    One whose row was removed is in the audit log: it shows no older state, but that the next one has to be issued.

    Raises:
        Error: a file cannot be read.

    """
    folder = folder_of(domain, certifier)
    if folder is None:
        return
    for each in certifier.generations:
        yield from _unknown(domain, each, verifier, folder)


def _unknown(
    domain: Domain, certifier: Certifier, verifier: Verifier, folder: Path
) -> Iterator[tuple[Path, SignedCrl]]:
    for path in _files(folder, f"{slug(certifier.key_fingerprint)}*.crl"):
        try:
            if not _may_be_a_list(path):
                continue
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            with domain.store.snapshot() as db:
                is_known = lists.has(db, verifier, certifier.record.id, digest)
            # Only then is it in memory as a whole. What the certifier has not signed is damaged, and is written again.
            found = None if is_known else crl_reading.read(path.read_bytes(), certifier.issuer.certificate)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise Error(
                _("{path} cannot be read: {reason}.", path=path, reason=reason(error)),
                _("Make it readable: it is compared with the store before it is replaced."),
            ) from None
        if found and not _is_entered(domain, certifier, verifier, (found.number, digest)):
            yield path, found


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # then there is none
            return []
        raise Error(
            _("The folder {folder} cannot be read: {reason}.", folder=folder, reason=reason(error)),
            _("Check who can read the folder."),
        ) from None


def _may_be_a_list(path: Path) -> bool:
    """Return whether a file may be one of ours: a pipe or a device may have no end, and no list is that large."""
    status = path.stat()
    return stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST


def _is_entered(domain: Domain, certifier: Certifier, verifier: Verifier, which: tuple[int, str]) -> bool:
    """Return whether the audit log has that the certifier's server has issued a list, by its number and SHA-256."""
    (number, sha256), record = which, certifier.record
    with domain.store.snapshot() as db:
        for entry in revocation_seals.entries_about(db, AuditAction.CRL_ISSUED, record.name):
            if not committed.is_by(db, verifier, entry, record.server):
                continue
            said = revocation_seals.list_number(entry)
            if said is None or said < number:  # the newest come first
                return False
            if entry.detail.get("sha256") == sha256:
                return True
    return False
