"""The choices for registering a certifier: servers, and ID files that can lock it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dominoadmin.errors import Damaged, Error
from dominoadmin.paths import DataDirectory
from dominoadmin.pki import names
from dominoadmin.pki.identities import PERSON, SERVER, Identity, PublicIdentity
from dominoadmin.services.certifiers import registering
from dominoadmin.services.directory import server_entries
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.store import certifiers, directory
from dominoadmin.store.records import CertifierRecord


@dataclass(frozen=True)
class LockingId:
    """An ID file and its owner."""

    path: Path
    identity: PublicIdentity

    @property
    def label(self) -> str:
        """`Ann Admin/MyCompany (ann-admin.id)`."""
        return f"{names.abbreviated(self.identity.name)} ({self.path.name})"


@dataclass(frozen=True, kw_only=True)
class CertifierChoices:
    """The choices. Names are canonical; `server` is the domain's first one, `creator` becomes CAA and RA."""

    creator: str
    server: str
    servers: tuple[str, ...]
    locking_ids: tuple[LockingId, ...]
    certifiers: tuple[CertifierRecord, ...]
    directory: DataDirectory
    may_run_programs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each server whose document can be read, the people in "Run unrestricted methods and operations"."""
    organization: str = ""
    """The domain's organization, canonical; with `state`, what is proposed for the name of a certifier."""
    state: str = ""
    base_url: str = ""
    """The base URL at which the HTTP task of the domain's server publishes CRLs."""


def choices(domain: Domain, creator: Identity) -> CertifierChoices:
    """Look up the creator's choices.

    Raises:
        Refused: the creator is not a person.

    """
    registering.check_creator(creator)
    base_url = registering.default_base_url(domain)
    may_run_programs = {}
    with domain.store.snapshot() as db:
        for entry in directory.entries(db, SERVER):
            with suppress(Damaged):
                may_run_programs[entry.name] = server_entries.parse(entry).run_unrestricted
        return CertifierChoices(
            creator=creator.name,
            server=directory.fact(db, "server"),
            servers=tuple(entry.name for entry in directory.entries(db, "server")),
            locking_ids=locking_ids(domain),
            certifiers=tuple(certifiers.all_of(db)),
            directory=domain.directory,
            may_run_programs=may_run_programs,
            organization=directory.fact(db, "organization"),
            state=directory.fact(db, directory.STATE),
            base_url=base_url,
        )


def locking_id(domain: Domain, path: Path) -> LockingId:
    """Return the owner of an ID file.

    Raises:
        NotFound, Error, Damaged, Refused: as `identifying.describe_id` does.

    """
    return LockingId(path, identifying.describe_id(domain, path))


def locking_ids(domain: Domain) -> tuple[LockingId, ...]:
    """Return the readable ID files of persons in the data directory."""
    return tuple(each for each in _id_files(domain) if each.identity.kind == PERSON)


def server_ids(domain: Domain) -> tuple[Path, ...]:
    """Return the server's ID file; then those that it had before and that are in the data directory."""
    present = identifying.server_id(domain)
    found = [each.path for each in _id_files(domain) if each.identity.kind == SERVER]
    return (present, *(path for path in reversed(found) if path != present))


def _id_files(domain: Domain) -> Iterator[LockingId]:
    found = (_readable(domain, path) for path in sorted(domain.directory.root.glob("*.id")))
    return (each for each in found if each is not None)


def _readable(domain: Domain, path: Path) -> LockingId | None:
    try:
        return locking_id(domain, path)
    except Error:  # another organization's, or not an ID: not a choice
        return None
