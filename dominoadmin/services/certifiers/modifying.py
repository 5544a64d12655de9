"""Modify Certifier: a CAA saves a new signed version of a certifier's configuration (fact sheet 4.2)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from shutil import which
from typing import Final

from dominoadmin.errors import NotAllowed, NotFound, Refused, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, names
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import commands, configuring, settings
from dominoadmin.services.certifiers.configuring import Certifier, Configuration
from dominoadmin.services.certifiers.settings import Difference, Value
from dominoadmin.services.directory import entries
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import certifiers, directory
from dominoadmin.store.database import Connection
from dominoadmin.store.records import instant, moment

_ENOUGH_CAAS: Final = 2


@dataclass(frozen=True, kw_only=True)
class SettingsDraft:
    """The settings that a CAA may change. `version` is the one the editor started from."""

    certifier_id: int
    version: int
    caas: tuple[str, ...]
    ras: tuple[str, ...]
    settings: CertificateSettings
    hash_name: str
    crl_days: int
    crl_interval_days: int
    enabled: bool
    publication: Publication


@dataclass(frozen=True)
class ChangePreview:
    """The changes that saving would make, and warnings about allowed but unwise ones."""

    changes: tuple[Difference, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Saved:
    """A new version of a configuration."""

    certifier_id: int
    name: str
    version: int
    changes: tuple[Difference, ...]
    remarks: tuple[str, ...]


def begin(domain: Domain, actor: Actor, certifier_id: int) -> SettingsDraft:
    """Return the current configuration for editing.

    Raises:
        NotFound, Tampered: there is no such certifier, or its configuration does not hold.

    """
    with domain.store.snapshot() as db:
        return draft_of(current(db, actor, certifier_id, domain.now()))


def draft_of(certifier: Certifier) -> SettingsDraft:
    """Return the configuration of a verified certifier for editing."""
    present = certifier.configuration
    return SettingsDraft(
        certifier_id=certifier.record.id, version=present.version, caas=present.caas, ras=present.ras,
        settings=present.settings, hash_name=present.hash_name, crl_days=present.crl_days,
        crl_interval_days=present.crl_interval_days, enabled=present.enabled, publication=present.publication,
    )  # fmt: skip


def check(domain: Domain, actor: Actor, draft: SettingsDraft, known: Certifier | None = None) -> ChangePreview:
    """Return the changes that saving would make, without making them. `known`: as `configuring.verified`.

    Raises:
        NotAllowed: the actor is no CAA of the certifier.
        Refused, NotFound, Tampered: a field breaks its rule, or somebody has saved meanwhile.

    """
    now = domain.now()
    with domain.store.snapshot() as db:
        return _changed(db, actor, draft, current(db, actor, draft.certifier_id, now, known))[0]


def save(domain: Domain, caa: Identity, draft: SettingsDraft) -> Saved:
    """Save a new version of a certifier's configuration, signed by a CAA.

    Raises:
        NotAllowed, Refused, NotFound, Tampered: as `check` does; or nothing was changed.

    """
    actor, now = Actor.of(caa), domain.now()
    with domain.store.transaction() as db:
        return _save(db, caa, draft, current(db, actor, draft.certifier_id, now), now)


def set_enabled(domain: Domain, caa: Identity, certifier_id: int, *, enabled: bool) -> Saved:
    """Disable or enable a certifier. A disabled one issues no certificates, but still issues CRLs and answers OCSP.

    Raises:
        NotAllowed, Refused, NotFound, Tampered: as `save` does; or it is already in that state.

    """
    now = domain.now()
    with domain.store.transaction() as db:
        certifier = current(db, Actor.of(caa), certifier_id, now)
        draft = draft_of(certifier)
        if draft.enabled == enabled:
            raise Refused(
                _("The certifier is already enabled.") if enabled else _("The certifier is already disabled.")
            )
        return _save(db, caa, replace(draft, enabled=enabled), certifier, now)


def current(
    db: Connection, actor: Actor, certifier_id: int, now: datetime, known: Certifier | None = None
) -> Certifier:
    """Return a certifier, verified. `known`: as `configuring.verified`.

    Raises:
        NotFound, Tampered: there is none, or its configuration does not hold.

    """
    record = certifiers.find(db, certifier_id)
    if record is None:
        raise NotFound(_("This certifier no longer exists."))
    return configuring.verified(db, record, actor.verifier(), now, known)


def check_caa(actor: Actor, name: str, caas: Sequence[str]) -> None:
    """Raise `NotAllowed` unless the actor is one of a certifier's CAAs."""
    if actor.name not in caas:
        raise NotAllowed(
            _("You are not a CA administrator of the certifier."),
            _(
                "CA administrators of {certifier}: {names}.",
                certifier=name,
                names=", ".join(map(names.abbreviated, caas)),
            ),
        )


def check_version(certifier: Certifier, version: int) -> None:
    """Raise `Refused` if somebody has saved another version since an editor was opened."""
    newest = certifier.configuration.version
    if newest != version:
        raise Refused(
            _(
                "Someone saved version {newest} of this configuration after you opened version {version}.",
                newest=newest,
                version=version,
            ),
            _("Open it again and make your changes there."),
        )


def add_version(db: Connection, caa: Identity, certifier: Certifier, wanted: Configuration, now: datetime) -> Certifier:
    """Sign a configuration as the next version of a certifier's and add it; return the certifier with it.

    The time of signing is never before that of the previous version: after one that was signed while the clock was
    ahead, the next has the same time.
    """
    last = certifier.versions[-1]
    said = last.configuration.signed_at
    at = max(now, moment(said)) if said else now
    signed = replace(
        wanted, version=last.number + 1, signed_at=instant(at), previous=documents.digest(last.document)
    )  # fmt: skip
    document = signed.sign(caa).serialize()
    certifiers.add_configuration(db, certifier.record.id, signed.version, document)
    # A wrong ID or clock is detected now, not when the certifier is used.
    return certifier.followed_by(document, Actor.of(caa).verifier(), now)


def entered(changes: Sequence[Difference]) -> list[dict[str, Value]]:
    """Return changes for the audit log: values, not words.

    Words would be in the actor's language. Entries of earlier versions have `field` instead of `setting`, and texts
    instead of values.
    """
    return [{"setting": change.field, "before": change.before, "after": change.after} for change in changes]


def _save(db: Connection, caa: Identity, draft: SettingsDraft, certifier: Certifier, now: datetime) -> Saved:
    actor = Actor.of(caa)
    preview, wanted = _changed(db, actor, draft, certifier)
    if not preview.changes:
        raise Refused(_("Nothing was changed."), _("The certifier keeps its configuration."))
    action = _action(certifier.configuration, wanted, preview.changes)
    version = add_version(db, caa, certifier, wanted, now).configuration.version
    if {"caas", "ras"} & {change.field for change in preview.changes}:
        # Fact sheet 4.2: the Administration Process stores the policy information in the directory again.
        certifiers.set_published(db, draft.certifier_id, None)
    detail = {"version": version, "changes": entered(preview.changes)}
    audit_log.enter(db, now, actor, [Event(action, certifier.record.name, detail)])
    return Saved(draft.certifier_id, certifier.record.name, version, preview.changes, preview.remarks)


def _changed(
    db: Connection, actor: Actor, draft: SettingsDraft, certifier: Certifier
) -> tuple[ChangePreview, Configuration]:
    present = certifier.configuration
    check_caa(actor, certifier.record.name, present.caas)
    check_version(certifier, draft.version)
    wanted = replace(
        present, caas=_people(db, actor, draft.caas, present.caas), ras=_people(db, actor, draft.ras, present.ras),
        settings=draft.settings, hash_name=draft.hash_name, crl_days=draft.crl_days,
        crl_interval_days=draft.crl_interval_days, enabled=draft.enabled, publication=draft.publication,
    )  # fmt: skip
    _check(wanted, certifier.record.active.key_algorithm)
    changes = settings.differences(present, wanted)
    command, signers = wanted.publication.command, _signers_of_command(actor, certifier, wanted)
    not_run = commands.remarks_on(db, actor.verifier(), certifier.record.server, command, signers)
    return ChangePreview(changes, (*_remarks(actor, present, wanted), *not_run)), wanted


def _check(wanted: Configuration, key_algorithm: str) -> None:
    if not wanted.caas:
        with about("administrators"):
            raise Refused(_("The last CA administrator cannot be removed."), _("Add another one first."))
    settings.check(wanted, key_algorithm)


def _people(db: Connection, actor: Actor, wanted: tuple[str, ...], present: tuple[str, ...]) -> tuple[str, ...]:
    """Return canonical names without repetition; new people must have a Person document with an ID."""
    organization = directory.fact(db, "organization")
    found = []
    for text in wanted:
        name = names.in_organization(text, organization)
        if name not in present:
            entry = entries.person(db, actor.verifier(), name)
            name = entry.name
            if not entry.chain:
                raise Refused(_("{name} has no ID.", name=names.abbreviated(name)), _("Register that person first."))
        found.append(name)
    return tuple(dict.fromkeys(found))


def _remarks(actor: Actor, present: Configuration, wanted: Configuration) -> tuple[str, ...]:
    remarks = []
    if len(wanted.caas) < _ENOUGH_CAAS:
        remarks.append(_("With only one CA administrator, nobody can change the certifier if that ID is lost."))
    if not wanted.ras:
        remarks.append(_("Without an RA, nobody can approve requests."))
    if actor.name in present.caas and actor.name not in wanted.caas:
        remarks.append(_("You will no longer be a CA administrator of this certifier."))
    if set(present.publication.base_urls) - set(wanted.publication.base_urls):
        remarks.append(
            _("Certificates issued earlier still contain the old address. CRLs must remain available there, too.")
        )
    if present.enabled and not wanted.enabled:
        remarks.append(_("A disabled certifier issues no certificates, but continues to issue CRLs."))
    return (*remarks, *publication_remarks(wanted.publication))


def _signers_of_command(actor: Actor, certifier: Certifier, wanted: Configuration) -> list[str]:
    """Return who will have signed the command with the new version."""
    now, then = certifier.configuration.publication, wanted.publication
    is_same = (now.command, now.folder) == (then.command, then.folder)
    return [*dict.fromkeys((*(certifier.signers_of_command if is_same else ()), actor.name))]


def publication_remarks(publication: Publication) -> Iterator[str]:
    """Yield a warning if the folder or command of a publication is missing here; it may exist elsewhere, or later."""
    if publication.folder and not os.path.isdir(publication.folder):  # noqa: PTH112 - never raises
        yield _("Folder {folder} was not found on this computer.", folder=publication.folder)
    if publication.command and which(publication.command) is None:
        yield _("Program {command} was not found on this computer.", command=publication.command)


def _action(present: Configuration, wanted: Configuration, changes: tuple[Difference, ...]) -> AuditAction:
    if present.enabled != wanted.enabled and len(changes) == 1:
        return AuditAction.CERTIFIER_ENABLED if wanted.enabled else AuditAction.CERTIFIER_DISABLED
    return AuditAction.CERTIFIER_MODIFIED
