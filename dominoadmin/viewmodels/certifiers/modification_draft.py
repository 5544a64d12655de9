"""The dialog "Modify Certifier": a registered certifier's configuration while it is edited (fact sheet 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dominoadmin.errors import Error
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.modifying import ChangePreview, SettingsDraft
from dominoadmin.services.certifiers.settings import BY_KEY, Group
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.viewmodels.certifiers.setting_checks import setting_checks
from dominoadmin.viewmodels.certifiers.tabs import Administrator, Certificates, Published
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says, whole


@dataclass
class Times:
    """The interval and validity of lists, in days; the hash of signatures."""

    crl_days: int
    crl_interval_days: int
    hash_name: str


@dataclass(kw_only=True)
class CertifierChange(Judged):
    """The changes so far. Nobody in the list is fixed, but the last CA administrator cannot be removed."""

    domain: Domain
    actor: Actor
    certifier: Certifier
    """The certifier as verified when the dialog was opened, so that typing does not verify it again."""
    present: SettingsDraft
    administrators: list[Administrator]
    certificates: Certificates
    times: Times
    published: Published
    may_sign: bool

    @property
    def name(self) -> str:
        """The certifier's name."""
        return self.certifier.record.name

    @property
    def fixed(self) -> str:
        """The person whose roles cannot be changed: none."""
        return ""

    def candidates(self, persons: Sequence[str]) -> list[str]:
        """Return those of the persons who are not yet in the list "Administrators"."""
        listed = {each.name for each in self.administrators}
        return [name for name in persons if name not in listed]

    def draft(self) -> SettingsDraft:
        """Return the configuration to be signed."""
        return replace(
            self.present,
            caas=self._holders("caa", self.present.caas),
            ras=self._holders("ra", self.present.ras),
            settings=self.certificates.settings(),
            hash_name=self.times.hash_name,
            crl_days=self.times.crl_days,
            crl_interval_days=self.times.crl_interval_days,
            publication=self.published.publication(),
        )

    def preview(self) -> ChangePreview:
        """Return the changes and warnings about them; none if the draft is invalid."""
        try:
            return self._check()
        except Error:
            return ChangePreview((), ())

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return why the draft cannot be saved and what to do, in the order of the form."""
        draft, algorithm = self.draft(), self.certifier.record.active.key_algorithm
        previews: list[ChangePreview] = []
        people = found(
            says("administrators", self._role_problem), FieldCheck("", lambda: previews.append(self._check()))
        )
        # The service checks the settings last, and says which is the first to be wrong: here all are told.
        wrong = (
            *(each for each in people if each.field not in BY_KEY),
            *found(*setting_checks(draft, self.present, algorithm, *Group)),
        )
        return wrong if wrong or previews[0].changes else whole(_("No changes yet."))

    def _role_problem(self) -> str:
        for each in self.administrators:
            if not each.caa and not each.ra:
                text = _("{name} has neither role. Select CAA or RA, or remove the name from the list.")
                return text.format(name=names.abbreviated(each.name))
        return ""

    def _check(self) -> ChangePreview:
        return modifying.check(self.domain, self.actor, self.draft(), self.certifier)

    def _holders(self, role: str, before: tuple[str, ...]) -> tuple[str, ...]:
        """Return the people with a role, previous holders first and in their order."""
        held = [each.name for each in self.administrators if getattr(each, role)]
        return tuple(sorted(held, key=lambda name: before.index(name) if name in before else len(before)))


def begin(domain: Domain, actor: Actor, certifier_id: int) -> CertifierChange:
    """Return the current configuration for editing.

    Raises:
        NotFound, Tampered: there is no such certifier, or its configuration does not hold.

    """
    with domain.store.snapshot() as db:
        certifier = modifying.current(db, actor, certifier_id, domain.now())
    present = modifying.draft_of(certifier)
    people = dict.fromkeys((*present.caas, *present.ras))
    return CertifierChange(
        domain=domain,
        actor=actor,
        certifier=certifier,
        present=present,
        administrators=[Administrator(name, name in present.caas, name in present.ras) for name in people],
        certificates=Certificates.of(present),
        times=Times(present.crl_days, present.crl_interval_days, present.hash_name),
        published=Published.of(present),
        may_sign=actor.name in present.caas,
    )
