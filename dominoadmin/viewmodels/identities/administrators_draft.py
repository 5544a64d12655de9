"""The draft of the dialog "Administrators": who may change the Domino Directory and databases."""

from __future__ import annotations

from dataclasses import dataclass, field

from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities import administrators, identifying
from dominoadmin.viewmodels.problems import DraftProblem, Judged, whole


@dataclass(kw_only=True)
class AdministratorsDraft(Judged):
    """The administrators until now, and those who are chosen, by their canonical names."""

    domain: Domain
    present: tuple[str, ...]
    chosen: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, domain: Domain, actor: Actor) -> AdministratorsDraft:
        """Return a draft without a change.

        Raises:
            Tampered: the administrators were altered behind the program.

        """
        present = administrators.checked(domain, actor)
        return cls(domain=domain, present=present, chosen=list(present))

    @property
    def named(self) -> tuple[str, ...]:
        """The people who become administrators."""
        return tuple(each for each in self.chosen if each not in self.present)

    @property
    def removed(self) -> tuple[str, ...]:
        """The people who are administrators no longer."""
        return tuple(each for each in self.present if each not in self.chosen)

    def candidates(self) -> list[str]:
        """Return the people who are not chosen."""
        return [each.name for each in identifying.people(self.domain) if each.name not in self.chosen]

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return why nothing can be changed yet and what to do."""
        if not self.chosen:
            return (DraftProblem(_("The last administrator cannot be removed. Add another person first."), "chosen"),)
        return () if self.named or self.removed else whole(_("Add or remove a person."))
