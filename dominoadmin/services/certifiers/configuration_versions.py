"""The versions of a certifier's configuration: reads and compares them, and restores the last good one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring, modifying, settings
from dominoadmin.services.certifiers.configuring import Certifier, Configuration, SignedVersion
from dominoadmin.services.certifiers.settings import Difference
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import certifiers
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version. `problem` says why it is invalid; then there is no configuration, signer or time."""

    number: int
    signer: str
    signed_at: datetime | None
    in_force: bool
    problem: str
    configuration: Configuration | None


@dataclass(frozen=True)
class VersionComparison:
    """The differences between two versions."""

    older: Version
    newer: Version
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Standing:
    """The state of a certifier's configuration. `last_good` 0: there is no version to restore.

    `caas`, those of the last good version, may restore it.
    """

    problem: str
    last_good: int
    versions: int
    caas: tuple[str, ...]


@dataclass(frozen=True)
class Restored:
    """A restored certifier: its new `version` has the settings of version `good`."""

    certifier_id: int
    name: str
    version: int
    good: int
    set_aside: int


@dataclass(frozen=True)
class _History:
    record: CertifierRecord
    good: tuple[SignedVersion, ...]
    bad: tuple[int, ...]
    problem: str


def versions(domain: Domain, actor: Actor, certifier_id: int) -> list[Version]:
    """Return all versions, the newest first; invalid ones with the reason.

    Raises:
        NotFound: there is no such certifier.

    """
    with domain.store.snapshot() as db:
        history = _history(db, actor, certifier_id, domain.now())
    newest = len(history.good) if not history.problem else 0
    good = [
        Version(
            number=each.number,
            signer=each.signer,
            signed_at=each.signed_at,
            in_force=each.number == newest,
            problem="",
            configuration=each.configuration,
        )
        for each in history.good
    ]
    bad = [
        Version(number=number, signer="", signed_at=None, in_force=False, problem=history.problem, configuration=None)
        for number in history.bad
    ]
    return sorted((*good, *bad), key=lambda version: -version.number)


def version(domain: Domain, actor: Actor, certifier_id: int, number: int) -> Version:
    """Return one version.

    Raises:
        NotFound: there is no such version.

    """
    found = {each.number: each for each in versions(domain, actor, certifier_id)}
    if number not in found:
        raise NotFound(
            _("This configuration has no version {number}.", number=number),
            _("Available: {numbers}.", numbers=", ".join(map(str, sorted(found)))),
        )
    return found[number]


def compare(domain: Domain, actor: Actor, certifier_id: int, older: int, newer: int) -> VersionComparison:
    """Return the differences between two versions.

    Raises:
        NotFound, Tampered: there is no such version, or it is invalid.

    """
    before, after = (version(domain, actor, certifier_id, number) for number in (older, newer))
    if before.configuration is None or after.configuration is None:
        raise Tampered(before.problem or after.problem)
    return VersionComparison(before, after, settings.differences(before.configuration, after.configuration))


def changes(found: Sequence[Version], one: Version) -> tuple[Difference, ...]:
    """Return the differences between a version and the one before it; none if one of them is invalid."""
    before = next((each for each in found if each.number == one.number - 1), None)
    if before is None or before.configuration is None or one.configuration is None:
        return ()
    return settings.differences(before.configuration, one.configuration)


def standing(domain: Domain, actor: Actor, certifier_id: int) -> Standing:
    """Return whether a certifier's configuration is valid, and who may restore it.

    Raises:
        NotFound: there is no such certifier.

    """
    with domain.store.snapshot() as db:
        return standing_in(db, actor, certifier_id, domain.now())


def standing_in(db: Connection, actor: Actor, certifier_id: int, now: datetime) -> Standing:
    """Return the same for a certifier in a snapshot.

    Raises:
        NotFound: there is no such certifier.

    """
    history = _history(db, actor, certifier_id, now)
    last = history.good[-1] if history.good else None
    caas = last.configuration.caas if last else ()
    return Standing(history.problem, last.number if last else 0, len(history.good) + len(history.bad), caas)


def restore(domain: Domain, caa: Identity, certifier_id: int) -> Restored:
    """Restore the last good version of a tampered configuration, as a new version signed by a CAA of that version.

    Invalid versions are kept as evidence.

    Raises:
        Refused: the configuration is valid, or no version in the store can be relied on.
        NotAllowed: the person is not a CAA in the last good version.

    """
    actor, now = Actor.of(caa), domain.now()
    with domain.store.transaction() as db:
        history = _history(db, actor, certifier_id, now)
        good = _good(history)
        modifying.check_caa(actor, good.configuration.certifier, good.configuration.caas)
        certifiers.set_aside(db, certifier_id, history.bad, history.problem, now)
        certifier = _put_back(db, history, good)
        seal = good.configuration.seal
        if seal and seal != documents.digest(history.record.active.sealed_key):
            raise Refused(
                _(
                    "The sealed key of {name} was replaced: an old password may open it.",
                    name=good.configuration.certifier,
                ),
                _("Restore the store from a backup."),
            )
        restored = modifying.add_version(db, caa, certifier, good.configuration, now)
        configuring.check_subject(certifier.record, restored.configuration)
        number = restored.configuration.version
        detail = {
            "problem": history.problem, "good_version": good.number, "set_aside": list(history.bad), "version": number,
        }  # fmt: skip
        audit_log.enter(db, now, actor, [Event(AuditAction.CERTIFIER_RESTORED, certifier.record.name, detail)])
    return Restored(certifier_id, certifier.record.name, number, good.number, len(history.bad))


def _good(history: _History) -> SignedVersion:
    if not history.problem:
        raise Refused(_("The configuration is intact. There is nothing to restore."))
    if not history.good:
        raise Refused(
            _("No version of the configuration can be trusted: {problem}", problem=history.problem),
            _("Restore the store from a backup."),
        )
    return history.good[-1]


def _put_back(db: Connection, history: _History, good: SignedVersion) -> Certifier:
    """Make the certifier's row agree with its configuration again, as far as the configuration determines it."""
    record, said = history.record, good.configuration
    if said.certificate_sha256 != documents.digest(record.active.certificate):
        raise Refused(
            _("The certificate of {name} was replaced.", name=said.certifier),
            _("Restore the store from a backup."),
        )
    if any(other.id != record.id and other.name == said.certifier for other in certifiers.all_of(db)):
        raise Refused(_("Another certifier already has the name {name}.", name=said.certifier))
    record = replace(record, name=said.certifier, server=said.server)
    record = certifiers.with_active(record, protection=said.protection, locking_id=said.locking_id)
    certifiers.change(db, record)
    return Certifier(record, history.good)


def _history(db: Connection, actor: Actor, certifier_id: int, now: datetime) -> _History:
    record = certifiers.find(db, certifier_id)
    if record is None:
        raise NotFound(_("This certifier no longer exists."))
    rows = certifiers.configuration_rows(db, certifier_id)
    good: list[SignedVersion] = []
    problem = ""
    try:
        good.extend(configuring.signed_versions(record, tuple(_in_row(rows)), actor.verifier(), now))
    except Tampered as error:
        problem = str(error)
    bad = tuple(sorted(set(rows) - {each.number for each in good}))
    if bad and not problem:
        problem = _("Versions {numbers} do not follow any other version.", numbers=", ".join(map(str, bad)))
    return _History(record, tuple(good), bad, problem or _record_problem(record, good))


def _in_row(rows: dict[int, bytes]) -> Iterator[bytes]:
    number = 1
    while number in rows:
        yield rows[number]
        number += 1


def _record_problem(record: CertifierRecord, good: list[SignedVersion]) -> str:
    if not good:
        return _("{name} has no configuration.", name=record.name)
    try:
        configuring.check_subject(record, good[-1].configuration)
    except Tampered as error:
        return str(error)
    return ""
