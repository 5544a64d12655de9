"""The dialog "Change Protection": what opens a certifier's key now, and after the change."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dominoadmin.errors import Refused, WrongPassword, about
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers import locking_files, modifying, protecting
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.protecting import KeyOpening, Present, ProtectionOrder, Resealed
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.states import Protection
from dominoadmin.viewmodels.certifiers import choices as certifier_choices
from dominoadmin.viewmodels.certifiers.choices import LockingId
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says


@dataclass(kw_only=True)
class ProtectionDraft(Judged):
    """The choices so far. `file` is the ID that opens the key now, one of `files`: those that the server has had."""

    domain: Domain
    actor: Actor
    certifier: Certifier
    """The certifier as verified when the dialog was opened."""
    present: Present
    files: tuple[Path, ...]
    file: Path
    locking_ids: tuple[LockingId, ...]
    protection: str
    holder_password: str = field(default="", repr=False)
    old_activation: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    locking_id: LockingId | None = None

    @property
    def may_be_remembered(self) -> bool:
        """Return whether the keychain may have the password of the ID: a person's is always requested."""
        return self.present.protection != Protection.LOCKING_ID

    def own_words(self) -> list[str]:
        """Return the words that an attacker would try first in a password for this certifier."""
        return [*self.present.name.replace("=", "/").split("/"), names.abbreviated(self.actor.name)]

    def order(self) -> ProtectionOrder:
        """Return the new protection of the key."""
        chosen = self.locking_id.identity if self.locking_id and self.protection == Protection.LOCKING_ID else None
        password = self.password if self.protection == Protection.PASSWORD else ""
        return ProtectionOrder(self.present.certifier_id, self.present.version, self.protection, password, chosen)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return what is missing or wrong and what to do, in the order of the form."""
        return found(
            says("holder_password", self._holder_problem),
            says("old_activation", self._old_problem),
            FieldCheck("", lambda: protecting.check(self.domain, self.actor, self.order(), self.certifier)),
            says("again", self._again_problem),
        )

    def _holder_problem(self) -> str:
        if self.holder_password or self.may_be_remembered:
            return ""
        return _("Type the password of {file}, the ID that currently opens the key.").format(file=self.file.name)

    def _old_problem(self) -> str:
        is_missing = self.present.protection == Protection.PASSWORD and not self.old_activation
        return _("Type the current activation password.") if is_missing else ""

    def _again_problem(self) -> str:
        if self.protection == Protection.PASSWORD and self.password != self.again:
            return _("The passwords do not match. Type the same password in both fields.")
        return ""


def begin(domain: Domain, actor: Actor, certifier_id: int) -> ProtectionDraft:
    """Return the current protection for editing.

    Raises:
        NotFound, Tampered: there is no such certifier, or its configuration does not hold.

    """
    with domain.store.snapshot() as db:
        certifier = modifying.current(db, actor, certifier_id, domain.now())
    present = protecting.present_of(certifier)
    files = certifier_choices.server_ids(domain)
    if present.protection == Protection.LOCKING_ID:
        files = (domain.directory.file(locking_files.file_of(domain, present.locking_id)),)
    found = certifier_choices.locking_ids(domain)
    return ProtectionDraft(
        domain=domain,
        actor=actor,
        certifier=certifier,
        present=present,
        files=files,
        file=files[0],
        locking_ids=found,
        protection=present.protection,
    )


def carry_out(draft: ProtectionDraft, domain: Domain, caa: Identity) -> Resealed:
    """Open the key and reseal it.

    Raises:
        Refused: the keychain does not have the ID's password.
        NotAllowed, Refused, NotFound, Tampered, Locked, WrongPassword: as `resealing.change`.

    """
    password = draft.holder_password or identifying.remembered_password(domain, draft.file)
    if not password:
        raise Refused(
            marked("The password of {file} is not in the keychain.", file=draft.file.name), marked("Type the password.")
        )
    with about("holder_password"):
        holder = identifying.open_holder(domain, draft.file, password)
    try:
        return protecting.change(domain, caa, draft.order(), KeyOpening(holder, draft.old_activation))
    except WrongPassword as error:
        error.field = error.field or "old_activation"
        raise
