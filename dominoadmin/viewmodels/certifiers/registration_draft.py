"""The draft of the dialog "Register a New Internet Certifier" (technote, steps 2-7; fact sheet 2.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.paths import safe_name
from dominoadmin.pki import names
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import commands, form, modifying, registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.certifiers.settings import BY_KEY, Group
from dominoadmin.services.states import Protection
from dominoadmin.viewmodels import mends
from dominoadmin.viewmodels.certifiers.choices import CertifierChoices
from dominoadmin.viewmodels.certifiers.setting_checks import setting_checks
from dominoadmin.viewmodels.certifiers.tabs import Administrator, Basics, Certificates, Misc, NameDraft, Published
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, first, found, says

BASICS, CERTIFICATES, MISC = STEPS = ("basics", "certificates", "misc")
_USUAL: Final = CertifierRequest(DistinguishedName(), Protection.SERVER_ID)
"""The defaults of the settings, to know which were changed."""
_ENOUGH_CAAS: Final = 2  # fact sheet 2.2.3: at least two CAAs per certifier


@dataclass(kw_only=True)
class CertifierDraft:
    """The input so far. The creator is CAA and RA, and remains both."""

    choices: CertifierChoices
    name: NameDraft = field(default_factory=NameDraft)
    basics: Basics = field(default_factory=Basics)
    certificates: Certificates = field(default_factory=Certificates)
    misc: Misc = field(default_factory=Misc)
    published: Published = field(default_factory=Published)

    @classmethod
    def proposed(cls, choices: CertifierChoices) -> CertifierDraft:
        """Return the draft with a name from the domain; without a free name, such as for the second, there is none."""
        draft = cls(choices=choices)
        draft.name = draft.proposed_name()
        if draft.problem(BASICS):
            draft.name = NameDraft()
        return draft

    def proposed_name(self) -> NameDraft:
        """Return a name from the domain: `CN=MyCompany CA/O=MyCompany/ST=Massachusetts/C=US`.

        If there is such a certifier already, it has no common name.
        """
        organization = names.common_name(self.choices.organization)
        country = self.choices.organization.rpartition("/C=")[2] if "/C=" in self.choices.organization else ""
        name = NameDraft(
            common_name=f"{organization} CA", organization=organization, state=self.choices.state, country=country
        )
        known = {names.folded(each.name) for each in self.choices.certifiers}
        return replace(name, common_name="") if names.folded(str(name.name())) in known else name

    def __post_init__(self) -> None:
        self.published.base_urls = self.published.base_urls or self.choices.base_url
        self.basics.server = self.basics.server or self.choices.server
        self.basics.administrators = self.basics.administrators or [Administrator(self.choices.creator, True, True)]

    @property
    def administrators(self) -> list[Administrator]:
        """The list "Administrators"."""
        return self.basics.administrators

    @property
    def fixed(self) -> str:
        """The person whose roles cannot be changed: the creator."""
        return self.choices.creator

    def problem(self, step: str = "") -> str:
        """Return the first problem on a tab, or on any, as a sentence that says what to do."""
        return first(self.problems(step))

    def problems(self, step: str = "") -> tuple[DraftProblem, ...]:
        """Return the problems of a tab, or of all, in the order of the form."""
        checks = {BASICS: self._basics, CERTIFICATES: self._certificates, MISC: self._misc}
        return found(*(check for each in ([step] if step else STEPS) for check in checks[each]()))

    def remarks(self, step: str) -> list[str]:
        """Return warnings about allowed but unwise input on a tab."""
        told = {BASICS: self._basics_remarks, MISC: self._misc_remarks}
        return [remark for remark in told.get(step, list)() if remark]

    def request(self) -> CertifierRequest:
        """Return the finished request."""
        basics, misc, protection = self.basics, self.misc, self.basics.protection
        locking = basics.locking_id.identity if basics.locking_id and protection == Protection.LOCKING_ID else None
        return CertifierRequest(
            self.name.name(), protection, server=basics.server, icl_file=self.icl_file(),
            activation_password=basics.password if protection == Protection.PASSWORD else "", locking_id=locking,
            caas=self._holders("caa"), ras=self._holders("ra"), key_algorithm=misc.key_algorithm,
            hash_name="" if misc.brings_its_hash else misc.hash_name, years=misc.years,
            settings=self.certificates.settings(), crl_days=misc.crl_days, crl_interval_days=misc.crl_interval_days,
            backup_file=self.backup_file(), backup_password=misc.password if misc.backup else "",
            publication=self.published.publication(),
        )  # fmt: skip

    def icl_file(self) -> str:
        r"""Return the ICL database's name: as typed, else the default, or the next free one."""
        if self.basics.icl_file.strip():
            return self.basics.icl_file.strip()
        return self._free_icl_file()

    def backup_name(self) -> str:
        """Return the shown name of the local copy of the certifier ID."""
        return self.misc.backup_file.strip() or f"{safe_name(self.name.common_name or 'certifier')}.bak"

    def backup_file(self) -> Path | None:
        """Return the path of the local copy; a bare file name is in the data directory."""
        return self.choices.directory.file(self.backup_name()) if self.misc.backup else None

    def own_words(self) -> list[str]:
        """Return what an attacker would try first in a password for this certifier."""
        return [*filter(None, vars(self.name).values()), names.abbreviated(self.choices.creator)]

    def candidates(self, persons: Sequence[str]) -> list[str]:
        """Return those of the persons who are not yet in the list "Administrators"."""
        listed = {each.name for each in self.basics.administrators}
        return [name for name in persons if name not in listed]

    def _holders(self, role: str) -> tuple[str, ...]:
        return tuple(each.name for each in self.basics.administrators if getattr(each, role))

    def _basics(self) -> Iterator[FieldCheck]:
        request, known = self.request(), self.choices.certifiers
        yield says("name", self._name_problem)
        yield FieldCheck("name", lambda: form.check_name_is_new(known, str(request.name)))
        if self.name != NameDraft() or self.basics.icl_file:
            typed = self.basics.icl_file
            yield FieldCheck(
                "icl_file", lambda: form.check_icl_file(request.icl_file), lambda: mends.file_name(typed, ".nsf")
            )
            yield FieldCheck(
                "icl_file", lambda: form.check_icl_file_is_new(known, request.icl_file), self._free_icl_file
            )
        yield FieldCheck("", lambda: form.check_protection(request))
        if request.protection == Protection.PASSWORD:
            yield FieldCheck("again", lambda: _check_again(self.basics.password, self.basics.again))
        yield FieldCheck("administrators", self._check_roles)

    def _certificates(self) -> Iterator[FieldCheck]:
        return setting_checks(self.request(), _USUAL, self.misc.key_algorithm, Group.CERTIFICATES)

    def _misc(self) -> Iterator[FieldCheck]:
        request, algorithm = self.request(), self.misc.key_algorithm
        yield from setting_checks(request, _USUAL, algorithm, Group.SIGNATURES, Group.LISTS)
        for key, check in form.misc_checks(request).items():
            if key not in BY_KEY:
                yield FieldCheck(key, check)
        if self.misc.backup:
            yield FieldCheck("backup_again", lambda: _check_again(self.misc.password, self.misc.again))

    def _name_problem(self) -> str:
        if self.name == NameDraft():
            return _("The certifier needs a name. Click Create Certifier Name.")
        return self.name.name().certifier_problem()

    def _check_roles(self) -> None:
        for each in self.basics.administrators:
            if not each.caa and not each.ra:
                raise Refused(
                    marked("{name} has neither role.", name=names.abbreviated(each.name)),
                    marked("Select CAA or RA, or remove the name from the list."),
                )

    def _free_icl_file(self) -> str:
        if self.name == NameDraft():
            return ""
        return form.free_icl_file(self.choices.certifiers, self.name.name())

    def _basics_remarks(self) -> list[str]:
        few = _("Add a second CA administrator (CAA), so that someone can stand in when the first is away.")
        return [self.name.warning(), few if len(self._holders("caa")) < _ENOUGH_CAAS else ""]

    def _misc_remarks(self) -> list[str]:
        strange = _("Browsers do not support ML-DSA yet; they will not accept this certifier's certificates.")
        warning = translated(registering.backup_warning(self.backup_file()))
        publication, allowed = self.published.publication(), self.choices.may_run_programs.get(self.basics.server)
        signers = [self.choices.creator]
        not_run = [] if allowed is None else commands.remarks(publication.command, allowed, signers)
        missing = modifying.publication_remarks(publication)
        return [warning, strange if self.misc.brings_its_hash else "", *missing, *not_run]


def _check_again(password: str, again: str) -> None:
    if password != again:
        raise Refused(marked("The passwords do not match."), marked("Type the same password again to confirm it."))
