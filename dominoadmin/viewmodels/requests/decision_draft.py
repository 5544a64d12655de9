"""The drafts of a registration authority's decision: edited fields of a request ("Edit Request"), a reason."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.pki import cross_certificates, extensions, general_names, keys, names
from dominoadmin.pki.cross_certificates import DIRECTORY, CrossCertification
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CROSS, CertificateSettings, Particulars
from dominoadmin.services.requests import approving, inspecting
from dominoadmin.services.requests.inspecting import Inspection, Proposal
from dominoadmin.store.records import Fields
from dominoadmin.viewmodels import mends
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, offered, says

DECLINED: Final = "declined_usages"
_EDITORS: Final = {"book": "in_directory"}
"""The fields of a request that an editor has another name for."""
SUBJECT_KEYS: Final = ("common_name", "organizational_unit", "organization", "locality", "state", "country")


@dataclass(kw_only=True)
class EndEntityEdit:
    """The fields of a server's or a person's request, as an RA edits them. `names` has one name per line.

    `declined`: requested usages that the certificate will go without.
    """

    inspection: Inspection
    now: datetime
    subject: dict[str, str]
    names: str
    days: int
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]
    declined: tuple[str, ...] = ()

    @classmethod
    def of(cls, inspection: Inspection, now: datetime) -> EndEntityEdit:
        """Return a draft that changes nothing."""
        fields = inspection.fields
        subject = fields.get("subject", {})
        return cls(
            inspection=inspection,
            now=now,
            subject={key: str(subject.get(key, "")) for key in SUBJECT_KEYS},
            names="\n".join(fields.get("names", [])),
            days=int(fields.get("days", 0)),
            key_usage=tuple(fields.get("key_usage", ())),
            extended_key_usage=tuple(fields.get("extended_key_usage", ())),
            declined=tuple(fields.get(DECLINED, ())),
        )

    @property
    def key_usage_choices(self) -> tuple[str, ...]:
        """Return the key usages that the certifier allows for this kind of key, and those of the request."""
        allowed = self.inspection.certifier.configuration.settings.key_usage
        key = self.inspection.key
        usable = extensions.usable(allowed, keys.algorithm_of(key)) if key else allowed
        return tuple(dict.fromkeys((*usable, *self.inspection.fields.get("key_usage", ()))))

    @property
    def extended_key_usage_choices(self) -> tuple[str, ...]:
        """Return the usages that the certifier's settings allow, and those of the request."""
        allowed = self.inspection.certifier.configuration.settings.extended_key_usage
        return tuple(dict.fromkeys((*allowed, *self.inspection.fields.get("extended_key_usage", ()))))

    @property
    def declined_choices(self) -> tuple[str, ...]:
        """Return the requested usages that the certificate would not have, declined or not."""
        fields = self.inspection.fields
        wanted = (*self.inspection.usages.key_usage, *self.inspection.usages.extended_key_usage)
        granted = (*fields.get("key_usage", ()), *fields.get("extended_key_usage", ()))
        return tuple(usage for usage in dict.fromkeys((*wanted, *fields.get(DECLINED, ()))) if usage not in granted)

    @property
    def days_range(self) -> tuple[int, int]:
        """The least and the most days that the certifier's settings allow."""
        settings = self.inspection.certifier.configuration.settings
        return settings.minimum_days, settings.maximum_days

    def changes(self) -> tuple[Fields, dict[str, str]]:
        """Return the arguments of `approving.edit`: the changed fields, and the changed attributes of the name."""
        typed: Fields = {
            "names": general_names.in_lines(self.names),
            "days": self.days,
            "key_usage": [each for each in self.key_usage_choices if each in self.key_usage],
            "extended_key_usage": [each for each in self.extended_key_usage_choices if each in self.extended_key_usage],
        }
        known = {DECLINED: [], **self.inspection.fields}
        typed[DECLINED] = [each for each in self.declined_choices if each in self.declined]
        before = known.get("subject", {})
        subject = {key: value.strip() for key, value in self.subject.items() if value.strip() != before.get(key, "")}
        return _changed(typed, known), subject

    def proposal(self) -> Proposal:
        """Return what would be issued after these changes, and each rule checked."""
        return _proposal(self)

    def problem(self) -> str:
        """Return the first rule that the request would break, or an empty string."""
        return translated(self.proposal().problem)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return all that is wrong, each at its field; what is about none of them has no field."""
        key = self.inspection.key
        typed = found(FieldCheck("names", self._check_names, lambda: mends.general_names(self.names)))
        mended = {"country": mends.country(self.subject["country"]), "days": self._mended_days()}
        broken = self._particulars().problems(self._settings, keys.algorithm_of(key)) if key else {}
        ruled = (
            offered(DraftProblem(translated(said), field), mended.get(field, "")) for field, said in broken.items()
        )
        return _each_once((*typed, *ruled), self.proposal())

    @property
    def _settings(self) -> CertificateSettings:
        return self.inspection.certifier.configuration.settings

    def _check_names(self) -> None:
        for each in general_names.in_lines(self.names):
            general_names.parse(each)

    def _particulars(self) -> Particulars:
        """Return what would be certified, without the names that cannot be read."""
        readable = []
        for each in general_names.in_lines(self.names):
            with contextlib.suppress(Refused):
                readable.append(general_names.parse(each))
        key = self.inspection.key
        asked = Particulars(
            kind=self.inspection.shown.request.kind,
            subject=DistinguishedName(**{field: value.strip() for field, value in self.subject.items()}),
            names=tuple(dict.fromkeys(readable)),
            days=self.days,
            key_usage=self.key_usage,
            extended_key_usage=self.extended_key_usage,
        )
        return asked.for_key(keys.algorithm_of(key)) if key else asked

    def _mended_days(self) -> str:
        least, most = self.days_range
        return str(max(least, min(self.days, most)))


@dataclass(kw_only=True)
class CrossEdit:
    """The fields of a request for a cross-certificate, as an RA edits them. `permitted_dns`: one domain per line."""

    inspection: Inspection
    now: datetime
    days: int
    path_length: int
    permitted_dns: str
    in_directory: bool

    @classmethod
    def of(cls, inspection: Inspection, now: datetime) -> CrossEdit:
        """Return a draft that changes nothing."""
        fields = inspection.fields
        domains = "\n".join(fields.get("permitted_dns", []))
        in_directory = fields.get("book") == DIRECTORY
        return cls(
            inspection=inspection,
            now=now,
            days=int(fields.get("days", 0)),
            path_length=int(fields.get("path_length", 0)),
            permitted_dns=domains,
            in_directory=in_directory,
        )

    @property
    def personal_book(self) -> str:
        """The owner of the Personal Address Book: the person in the request, else the applicant."""
        asked = str(self.inspection.shown.request.fields.get("book", DIRECTORY))
        if asked != DIRECTORY:
            return asked
        applicant = self.inspection.shown.request.applicant
        with contextlib.suppress(Refused):
            return names.canonical(applicant)
        return ""

    def changes(self) -> tuple[Fields, dict[str, str]]:
        """Return the argument of `approving.edit`."""
        typed: Fields = {
            "days": self.days,
            "path_length": self.path_length,
            "permitted_dns": general_names.in_lines(self.permitted_dns),
            "book": DIRECTORY if self.in_directory else self.personal_book,
        }
        return _changed(typed, self.inspection.fields), {}

    def proposal(self) -> Proposal:
        """Return what would be issued after these changes, and each rule checked."""
        return _proposal(self)

    def problem(self) -> str:
        """Return the first rule that the request would break, or an empty string."""
        return translated(self.proposal().problem)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return all that is wrong, each at its field; what is about none of them has no field."""
        changes, proposal = self.changes()[0], self.proposal()
        typed = found(*(FieldCheck(_EDITORS.get(key, key), partial(self._check_one, key, changes)) for key in changes))
        limits = proposal.subject.limit_problems() if isinstance(proposal.subject, CrossCertification) else {}
        return _each_once(
            (*typed, *(DraftProblem(translated(said), field) for field, said in limits.items())), proposal
        )

    def _check_one(self, key: str, changes: Fields) -> None:
        """Check one changed field, whatever the others are."""
        cross_certificates.particulars_from({**self.inspection.fields, key: changes[key]})


RequestEdit = EndEntityEdit | CrossEdit


def edit_of(inspection: Inspection, now: datetime) -> RequestEdit:
    """Return the draft of "Edit Request".

    Raises:
        Refused: the fields are not as the program writes them.

    """
    kind = CrossEdit if inspection.shown.request.kind == CROSS else EndEntityEdit
    try:
        return kind.of(inspection, now)
    except (TypeError, ValueError, AttributeError):
        raise Refused(marked("The request's fields cannot be read."), marked("Reject the request.")) from None


def _proposal(edit: RequestEdit) -> Proposal:
    changes, subject = edit.changes()
    known = edit.inspection
    return inspecting.propose(known.shown, known.certifier, edit.now, changes, subject, findings=known.findings)


def _each_once(told: Iterable[DraftProblem], proposal: Proposal) -> tuple[DraftProblem, ...]:
    """Return the problems of fields, the first of each, and the broken rules that these do not name yet."""
    found: dict[str, DraftProblem] = {}
    for each in told:
        found.setdefault(each.field, each)
    for check in proposal.checks:
        said = translated(check.problem)
        if said and not any(each.sentence.startswith(said) for each in found.values()):
            found.setdefault(check.field, DraftProblem(said, check.field))
    return tuple(found.values())


def _changed(typed: Fields, known: Fields) -> Fields:
    """Return the differences; the order of usages is ignored."""
    return {key: value for key, value in typed.items() if key in known and _sorted(value) != _sorted(known[key])}


def _sorted(value: object) -> object:
    return sorted(value) if isinstance(value, list) else value


@dataclass
class RejectionDraft(Judged):
    """The dialog "Reject Request"."""

    reason: str = ""

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return why the reason is not allowed."""
        return found(says("reason", lambda: approving.reason_problem(self.reason)))
