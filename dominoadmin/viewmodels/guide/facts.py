"""The facts for the Quick Guide: the certifier, database, key ring and request that its steps are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.pki import keys, names
from dominoadmin.pki.cross_certificates import DIRECTORY
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.profiles import SERVER
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.certifiers import configuring, locking_files
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import leasing, server_entries
from dominoadmin.services.directory.server_entries import ServerEntry
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.databases import SUPPORTS, DatabaseConfiguration
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import RequestState
from dominoadmin.store import certifiers, crls, figures, guide_facts, issued, own_files, requests
from dominoadmin.store import key_rings as files
from dominoadmin.store.database import Connection
from dominoadmin.store.leases import LeaseRecord
from dominoadmin.store.records import CertifierRecord, DatabaseRecord, IssuedRecord

_MOST_RINGS: Final = 40
"""Older key rings are ignored: the steps are about the newest."""
_RING: Final = "The key ring"


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A key ring file and its progress. `key` is its key's SHA-256, empty if its stash is unreadable."""

    file: str
    key: str
    stash_problem: str
    request: RequestView | None
    certificate: IssuedRecord | None
    is_merged: bool
    is_copied: bool
    """Whether its copy on the server is identical."""

    def is_finished(self, now: datetime) -> bool:
        """Return whether the server has it, with a valid certificate."""
        return self.is_merged and self.is_copied and self.certificate is not None and self.certificate.not_after > now


@dataclass(frozen=True, kw_only=True)
class GuideFacts:
    """All facts for the steps, except the running server."""

    now: datetime
    actor: Actor
    server: ServerEntry
    run_by: LeaseRecord | None
    """The process that runs the server, if any."""
    record: CertifierRecord | None
    certifier: Certifier | None
    certifier_problem: str
    locking_file: str
    database: DatabaseRecord | None
    configuration: DatabaseConfiguration | None
    ring: Ring | None
    cross_certified_until: datetime | None
    is_needed: bool = True
    """Whether the certifier has to be active now: it has no CRL yet, or something was approved for it."""
    secured: GuideFacts | None = None
    """About the certifier whose key ring the server has, if all are followed and this one has no key ring."""

    @property
    def of_key_ring(self) -> GuideFacts:
        """The facts for the steps about the server's key ring: only one certifier needs one."""
        return self.secured or self

    @property
    def server_name(self) -> str:
        """The server's abbreviated name."""
        return names.abbreviated(self.server.name)

    @property
    def certifier_name(self) -> str:
        """The certifier's common name."""
        return names.certifier_common_name(self.record.name) if self.record else ""


def certifier_names(domain: Domain) -> list[tuple[int, str]]:
    """Return the certifiers that the guide can follow, the newest first: number in the store, common name."""
    with domain.store.snapshot() as db:
        server = server_entries.of_domain(db).name
        known = [record for record in reversed(certifiers.all_of(db)) if record.server == server]
        return [(record.id, names.certifier_common_name(record.name)) for record in known]


def gather(domain: Domain, actor: Actor, certifier_id: int = 0, put_aside: frozenset[str] = frozenset()) -> GuideFacts:
    """Read the facts: about one certifier, or about the newest that is not finished.

    One in `put_aside`, by its whole name, does not hold up the others. Only the signatures of the configurations that
    may matter are verified.

    Raises:
        Error: the store cannot be read.

    """
    with domain.store.snapshot() as db:
        return _Gathering(domain, actor, db).facts(certifier_id, put_aside)


class _Gathering:
    def __init__(self, domain: Domain, actor: Actor, db: Connection) -> None:
        self._domain, self._actor, self._db, self._now = domain, actor, db, domain.now()
        self._server = server_entries.of_domain(db)
        self._databases = {database.certifier_id: database for database in requests.databases(db)}
        self._newest = guide_facts.newest_requests(db)
        self._merged = guide_facts.merged(db, AuditAction.KEY_RING_CERTIFICATE_MERGED)
        self._asked = {file for file, _ in self._newest}
        self._folders = (domain.directory.root, domain.directory.server(names.common_name(self._server.name)))

    def facts(self, certifier_id: int, put_aside: frozenset[str]) -> GuideFacts:
        record, ring = self._leading(certifier_id, put_aside)
        found = self._about(record, ring)
        if certifier_id or ring is not None:
            return found
        known = [each for each in reversed(certifiers.all_of(self._db)) if each.server == self._server.name]
        walks = ((each, self._leading_ring(each)) for each in known if self._may_certify_servers(each))
        secured = next(((each, own) for each, own in walks if own and own.is_finished(self._now)), None)
        return replace(found, secured=self._about(*secured)) if secured else found

    def _about(self, record: CertifierRecord | None, ring: Ring | None) -> GuideFacts:
        certifier, problem = self._verified(record) if record else (None, "")
        database = self._databases.get(record.id) if record else None
        return GuideFacts(
            now=self._now,
            actor=self._actor,
            server=self._server,
            run_by=leasing.holder(self._domain, self._server.name),
            record=record,
            certifier=certifier,
            certifier_problem=problem,
            locking_file=locking_files.file_of(self._domain, record.active.locking_id)
            if record and record.active.locking_id
            else "",
            database=database,
            configuration=_configuration(database) if database else None,
            ring=ring,
            cross_certified_until=self._cross_certified_until(certifier) if certifier else None,
            is_needed=record is None or self._is_needed(record),
        )

    def _is_needed(self, record: CertifierRecord) -> bool:
        if crls.newest(self._db, record.id, generation=record.active.number) is None:
            return True
        return figures.approved(self._db, record.id, self._now) > 0

    def _leading(self, certifier_id: int, put_aside: frozenset[str]) -> tuple[CertifierRecord | None, Ring | None]:
        """Return the newest unfinished certifier, or else the newest, with its key ring.

        One that somebody has put aside, or disabled, comes only if there is no other unfinished one.
        """
        known = [record for record in reversed(certifiers.all_of(self._db)) if record.server == self._server.name]
        if chosen := [record for record in known if record.id == certifier_id]:
            return chosen[0], self._leading_ring(chosen[0])
        usable = [record for record in known if self._may_certify_servers(record)] or known[:1]
        walks_of = ((record, self._leading_ring(record)) for record in usable)
        newest: tuple[CertifierRecord | None, Ring | None] = (None, None)
        waiting: tuple[CertifierRecord | None, Ring | None] = (None, None)
        for record, ring in walks_of:
            if ring is None or not ring.is_finished(self._now):
                if len(usable) == 1 or not (record.name in put_aside or self._is_disabled(record)):
                    return record, ring
                waiting = waiting if waiting[0] else (record, ring)
            newest = newest if newest[0] else (record, ring)
        return waiting if waiting[0] else newest

    def _is_disabled(self, record: CertifierRecord) -> bool:
        certifier, _problem = self._verified(record)
        return certifier is not None and not certifier.configuration.enabled

    def _may_certify_servers(self, record: CertifierRecord) -> bool:
        database = self._databases.get(record.id)
        configuration = _configuration(database) if database else None
        for_clients = configuration is not None and SERVER not in SUPPORTS[configuration.supports]
        return not for_clients and self._end_of(record) > self._now

    def _end_of(self, record: CertifierRecord) -> datetime:
        try:
            return x509.load_der_x509_certificate(record.active.certificate).not_valid_after_utc
        except PARSING_FAILURES:
            return self._now  # it is altered

    def _verified(self, record: CertifierRecord) -> tuple[Certifier | None, str]:
        try:
            return configuring.verified(self._db, record, self._actor.verifier(), self._now), ""
        except (Tampered, Damaged) as error:
            return None, error.text()

    def _leading_ring(self, record: CertifierRecord) -> Ring | None:
        """Return the newest unfinished key ring of a certifier, or else the newest.

        One for other hosts, such as those of Issue Now, comes only if there is none for the server's own.
        """
        newest, other = None, None
        for ring in self._rings(record):
            if not self._is_for_server(ring):
                other = other or ring
            elif not ring.is_finished(self._now):
                return ring
            else:
                newest = newest or ring
        return newest or other

    def _is_for_server(self, ring: Ring) -> bool:
        """Return whether a key ring's request names the server's host; without a request, nobody knows."""
        if ring.request is None:
            return True
        host = self._server.host_name.lower()
        named = {str(each).lower() for each in ring.request.request.fields.get("names", [])}
        return bool(named & {f"dns:{host}", f"dns:*.{host.partition('.')[2]}"})

    def _rings(self, record: CertifierRecord) -> Iterator[Ring]:
        for file in self._ring_files():
            if (file, record.id) in self._newest or file not in self._asked:
                yield from self._ring(file, record)

    def _ring_files(self) -> list[str]:
        """Return the names of the key rings in the data directory and on the server, the newest first."""
        found: dict[str, float] = {}
        for folder in self._folders:
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.suffix.lower() == ".kyr":
                    found.setdefault(path.name, _made_at(path))
        return sorted(found, key=lambda file: found[file], reverse=True)[:_MOST_RINGS]

    def _ring(self, file: str, record: CertifierRecord) -> Iterator[Ring]:
        """Yield the key ring, unless it is for another server."""
        here, there = (folder / file for folder in self._folders)
        key, problem = "", ""
        try:
            stash = files.read_stash(here if here.is_file() else there)
            key = stash.key
            if stash.server != self._server.name:
                return
        except Error as error:
            problem = error.text()
        request = self._request_of(file, record, key)
        entry = (
            issued.of_request(self._db, request.request.id)
            if request and request.state == RequestState.ISSUED
            else None
        )
        is_merged = request is not None and (key, request.request.id) in self._merged
        yield Ring(
            file=file,
            key=key,
            stash_problem=problem,
            request=request,
            certificate=entry,
            is_merged=is_merged,
            is_copied=_is_copied(here, there),
        )

    def _request_of(self, file: str, record: CertifierRecord, key: str) -> RequestView | None:
        """Return the newest request if it was made with this key, not with another ring that had the same name."""
        number = self._newest.get((file, record.id))
        if number is None:
            return None
        shown = submitting.view(self._db, number)
        try:
            asked = x509.load_der_x509_csr(shown.request.csr).public_key()
        except PARSING_FAILURES:
            return None
        return shown if not key or (isinstance(asked, keys.PublicKey) and keys.fingerprint(asked) == key) else None

    def _cross_certified_until(self, certifier: Certifier) -> datetime | None:
        books = (self._actor.name, DIRECTORY)
        return guide_facts.cross_certified_until(self._db, certifier.key_fingerprint, books)


def _configuration(database: DatabaseRecord) -> DatabaseConfiguration | None:
    try:
        return databases.configuration_of(database)
    except Tampered:
        return None


def _made_at(path: Path) -> float:
    # Rewritten only with the password, unlike the key ring itself, which is rewritten at every step.
    stash = files.stash_path(path)
    return (stash if stash.is_file() else path).stat().st_mtime


def _is_copied(here: Path, there: Path) -> bool:
    if not there.is_file() or not files.stash_path(there).is_file():
        return False
    if not here.is_file():
        return True  # moved there instead of copied
    try:
        return all(
            own_files.read(one, _RING) == own_files.read(other, _RING)
            for one, other in ((here, there), (files.stash_path(here), files.stash_path(there)))
        )
    except Error:
        return False
