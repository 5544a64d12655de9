"""The versions of a certifier's configuration: reading and comparing them, and going back to the last good one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.i18n import text as _
from dominoadmin.pki import documents
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuration_texts, configuring, modifying
from dominoadmin.services.certifiers.configuration_texts import Difference
from dominoadmin.services.certifiers.configuring import Certifier, Configuration, SignedVersion
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import certifiers
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord

__all__ = ["Comparison", "Difference", "Restored", "Standing", "Version"]


@dataclass(frozen=True)
class Version:
    """One version. `problem` says why it does not count; then there is no configuration, nor a signer, nor a time."""

    number: int
    signer: str
    signed_at: datetime | None
    in_force: bool
    problem: str
    configuration: Configuration | None


@dataclass(frozen=True)
class Comparison:
    """What two versions differ in."""

    older: Version
    newer: Version
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Standing:
    """Whether a certifier's configuration holds. `last_good` 0: there is nothing to go back to.

    `caas` may put it back: those of the last good version.
    """

    problem: str
    last_good: int
    versions: int
    caas: tuple[str, ...]


@dataclass(frozen=True)
class Restored:
    """A certifier that works again: its new `version` says what version `good` said."""

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
    """Return all versions, the newest first; those that do not hold say why.

    Raises:
        NotFound: there is no such certifier.

    """
    with domain.store.snapshot() as db:
        history = _history(db, actor, certifier_id, domain.now())
    newest = len(history.good) if not history.problem else 0
    good = [
        Version(each.number, each.signer, each.signed_at, each.number == newest, "", each.configuration)
        for each in history.good
    ]
    bad = [Version(number, "", None, False, history.problem, None) for number in history.bad]
    return sorted((*good, *bad), key=lambda version: -version.number)


def version(domain: Domain, actor: Actor, certifier_id: int, number: int) -> Version:
    """Return one version.

    Raises:
        NotFound: there is no such version.

    """
    found = {each.number: each for each in versions(domain, actor, certifier_id)}
    if number not in found:
        raise NotFound(
            _("There is no version {number} of this configuration.").format(number=number),
            _("There are: {numbers}.").format(numbers=", ".join(map(str, sorted(found)))),
        )
    return found[number]


def fields(configuration: Configuration) -> tuple[tuple[str, str], ...]:
    """Return all that a version says: labels and texts."""
    return tuple((each.label, each.text) for each in configuration_texts.fields(configuration))


def compare(domain: Domain, actor: Actor, certifier_id: int, older: int, newer: int) -> Comparison:
    """Return what two versions differ in.

    Raises:
        NotFound, Tampered: there is no such version, or it does not hold.

    """
    before, after = (version(domain, actor, certifier_id, number) for number in (older, newer))
    if before.configuration is None or after.configuration is None:
        raise Tampered(before.problem or after.problem)
    return Comparison(before, after, configuration_texts.differences(before.configuration, after.configuration))


def changes(found: Sequence[Version], one: Version) -> tuple[Difference, ...]:
    """Return what a version differs in from the one before it; nothing if one of them does not hold."""
    before = next((each for each in found if each.number == one.number - 1), None)
    if before is None or before.configuration is None or one.configuration is None:
        return ()
    return configuration_texts.differences(before.configuration, one.configuration)


def standing(domain: Domain, actor: Actor, certifier_id: int) -> Standing:
    """Say whether a certifier's configuration holds, and who may put it back.

    Raises:
        NotFound: there is no such certifier.

    """
    with domain.store.snapshot() as db:
        return standing_in(db, actor, certifier_id, domain.now())


def standing_in(db: Connection, actor: Actor, certifier_id: int, now: datetime) -> Standing:
    """Say the same of a certifier in a snapshot.

    Raises:
        NotFound: there is no such certifier.

    """
    history = _history(db, actor, certifier_id, now)
    last = history.good[-1] if history.good else None
    caas = last.configuration.caas if last else ()
    return Standing(history.problem, last.number if last else 0, len(history.good) + len(history.bad), caas)


def restore(domain: Domain, caa: Identity, certifier_id: int) -> Restored:
    """Put a certifier that was tampered with back to its last good version, by a new one that a CAA of it signs.

    What does not hold is kept as evidence.

    Raises:
        Refused: the configuration holds, or nothing in the store can be relied on.
        NotAllowed: the person is no CAA by the last good version.

    """
    actor, now = Actor.of(caa), domain.now()
    with domain.store.transaction() as db:
        history = _history(db, actor, certifier_id, now)
        good = _good(history)
        modifying.check_caa(actor, good.configuration.certifier, good.configuration.caas)
        certifiers.set_aside(db, certifier_id, history.bad, history.problem, now)
        certifier = _put_back(db, history, good)
        seal = good.configuration.seal
        if seal and seal != documents.digest(history.record.sealed_key):
            raise Refused(
                _("The sealed key of {name} was exchanged: an old password may open it.").format(
                    name=good.configuration.certifier
                ),
                _("Restore the store from a backup."),
            )
        restored = modifying.add_version(db, caa, certifier, good.configuration, now)
        configuring.check_subject(certifier.record, restored.configuration)
        number = restored.configuration.version
        detail = {
            "problem": history.problem, "good_version": good.number, "set_aside": list(history.bad), "version": number,
        }  # fmt: skip
        audit_log.enter(db, now, actor, [Event("certifier restored", certifier.record.name, detail)])
    return Restored(certifier_id, certifier.record.name, number, good.number, len(history.bad))


def _good(history: _History) -> SignedVersion:
    if not history.problem:
        raise Refused(_("The configuration holds: there is nothing to put back."))
    if not history.good:
        raise Refused(
            _("No version of the configuration can be relied on: {problem}").format(problem=history.problem),
            _("Restore the store from a backup."),
        )
    return history.good[-1]


def _put_back(db: Connection, history: _History, good: SignedVersion) -> Certifier:
    """Make the row of the certifier agree with its configuration again, as far as that says what stood there."""
    record, said = history.record, good.configuration
    if said.certificate_sha256 != documents.digest(record.certificate):
        raise Refused(
            _("The certificate of {name} was exchanged.").format(name=said.certifier),
            _("Restore the store from a backup."),
        )
    if any(other.id != record.id and other.name == said.certifier for other in certifiers.all_of(db)):
        raise Refused(_("Another certifier goes by the name {name}.").format(name=said.certifier))
    record = replace(
        record, name=said.certifier, server=said.server, protection=said.protection, locking_id=said.locking_id
    )
    certifiers.change(db, record)
    return Certifier(record, history.good)


def _history(db: Connection, actor: Actor, certifier_id: int, now: datetime) -> _History:
    record = certifiers.find(db, certifier_id)
    if record is None:
        raise NotFound(_("There is no such certifier any more."))
    rows = certifiers.configuration_rows(db, certifier_id)
    good: list[SignedVersion] = []
    problem = ""
    try:
        good.extend(configuring.signed_versions(record, tuple(_in_row(rows)), actor.verifier(), now))
    except Tampered as error:
        problem = str(error)
    bad = tuple(sorted(set(rows) - {each.number for each in good}))
    if bad and not problem:
        problem = _("Versions {numbers} follow no other.").format(numbers=", ".join(map(str, bad)))
    return _History(record, tuple(good), bad, problem or _record_problem(record, good))


def _in_row(rows: dict[int, bytes]) -> Iterator[bytes]:
    number = 1
    while number in rows:
        yield rows[number]
        number += 1


def _record_problem(record: CertifierRecord, good: list[SignedVersion]) -> str:
    if not good:
        return _("{name} has no configuration.").format(name=record.name)
    try:
        configuring.check_subject(record, good[-1].configuration)
    except Tampered as error:
        return str(error)
    return ""
