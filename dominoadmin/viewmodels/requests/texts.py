"""Certificate requests in words: requested and issued contents, history of changes, key."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import joined, plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, extensions, keys, names
from dominoadmin.pki.cross_certificates import DIRECTORY
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CROSS
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests import approving, inspecting
from dominoadmin.services.requests.approving import Outcome
from dominoadmin.services.requests.inspecting import Inspection
from dominoadmin.services.requests.rules import LABELS
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.store.records import Fields
from dominoadmin.viewmodels.words import key_label, kind_label, minute, usage_label


@dataclass(frozen=True)
class FieldComparison:
    """A field of a certificate: the requested and the issued value, in words."""

    label: str
    asked: str
    issued: str

    @property
    def differs(self) -> bool:
        """Return whether the certificate will not have the requested value."""
        return self.asked != self.issued


def comparisons(asked: Fields, issued: Fields) -> list[FieldComparison]:
    """Return all fields of a request, in the order of the certificate."""
    labels = _labels()
    known = [*(key for key in labels if key in asked or key in issued)]
    others = sorted({*asked, *issued} - {*labels, "kind"})
    return [
        FieldComparison(labels.get(key, escaped(key)), in_words(key, asked.get(key)), in_words(key, issued.get(key)))
        for key in (*known, *others)
    ]


def in_words(key: str, value: Any) -> str:  # noqa: ANN401 - a field of any kind, altered rows included
    """Return the value of a request's field in words."""
    try:
        shown = _WORDS[key](value) if key in _WORDS else _joined(value)
    except (TypeError, ValueError, AttributeError, Refused):
        shown = escaped(str(value))
    return shown or _("(none)")


def _labels() -> dict[str, str]:
    return {key: translated(label) for key, label in LABELS.items()}


def _joined(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    return "\n".join(escaped(str(each)) for each in value) if isinstance(value, list | tuple) else escaped(str(value))


def _subject(value: Any) -> str:  # noqa: ANN401
    return escaped(str(DistinguishedName(**value)))


def _days(value: Any) -> str:  # noqa: ANN401
    return plural("{n} day", "{n} days", int(value)).format(n=int(value))


def _usages(value: Any) -> str:  # noqa: ANN401
    return "\n".join(translated(usage_label(name)) for name in extensions.in_order(value))


def _declined(value: Any) -> str:  # noqa: ANN401
    return _usages(() if value is None else value)  # before the first edit


def _path_length(value: Any) -> str:  # noqa: ANN401
    count = int(value)
    if not count:
        return _("0: no subordinate CAs")
    return plural("{n} subordinate CA", "{n} subordinate CAs", count).format(n=count)


def _permitted(value: Any) -> str:  # noqa: ANN401
    return _joined(value) or _("any host")


def book_label(book: str) -> str:
    """Return the address book of a cross-certificate in words."""
    if book == DIRECTORY:
        return _("Domino Directory")
    return _("Personal Address Book of {owner}").format(owner=person_in_words(book))


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "subject": _subject,
    "days": _days,
    "key_usage": _usages,
    "extended_key_usage": _usages,
    "declined_usages": _declined,
    "path_length": _path_length,
    "permitted_dns": _permitted,
    "book": book_label,
}


@dataclass(frozen=True)
class RequestChange:
    """One edit in the history: who, when, and each field before and after."""

    editor: str
    edited_at: datetime
    fields: tuple[FieldComparison, ...]


def history(inspection: Inspection) -> list[RequestChange]:
    """Return the changes by RAs, oldest first."""
    return [
        RequestChange(
            person_in_words(each.editor),
            each.edited_at.astimezone(UTC),
            tuple(pair for pair in comparisons(each.before, each.after) if pair.differs),
        )
        for each in inspection.edits
    ]


def key_in_words(inspection: Inspection) -> tuple[str, str]:
    """Return the kind of the key to be certified and its SHA-256 fingerprint; both empty if unreadable."""
    if inspection.key is None:
        return "", ""
    return key_label(keys.algorithm_of(inspection.key)), keys.fingerprint(inspection.key)


def fingerprint_in_lines(fingerprint: str) -> str:
    """Return a SHA-256 in two lines of sixteen pairs, as one line would be wider than many windows."""
    grouped = describe.grouped(fingerprint)
    half = (len(grouped) + 1) // 2
    return f"{grouped[:half]}\n{grouped[half:]}"


def subject_of(shown: RequestView) -> str:
    """Return the name to be certified; for a cross-certificate the other authority's."""
    return escaped(shown.request.subject if shown.request.kind == CROSS else shown.subject)


def person_in_words(name: str) -> str:
    """Return a canonical name abbreviated; anything else unchanged."""
    with contextlib.suppress(Refused):
        return names.abbreviated(name)
    return escaped(name)


@dataclass(frozen=True)
class Preflight:
    """One of many requests before all are approved. `problem` is empty if it keeps every rule.

    `found` is what is shown of it, and signed; None if it cannot be read.
    """

    request_id: int
    problem: str
    sentence: str
    found: Inspection | None = None

    @property
    def fields(self) -> list[FieldComparison]:
        """Return each field that is requested or will be issued."""
        return comparisons(self.found.asked, self.found.fields) if self.found else []


def preflights(domain: Domain, actor: Actor, request_ids: Sequence[int]) -> list[Preflight]:
    """Check requests as approving would, each separately, and list the differences from the requested contents."""
    known: dict[int, Certifier] = {}
    return [_preflight(domain, actor, request_id, known) for request_id in request_ids]


def _preflight(domain: Domain, actor: Actor, request_id: int, known: dict[int, Certifier]) -> Preflight:
    try:
        found = inspecting.inspect(domain, actor, request_id, known)
        found.certifier.configuration.check_ra(actor.name)
    except Error as error:
        return Preflight(request_id, error.text(), error.text())
    problems = [approving.decided_problem(found.shown), *(check.problem for check in found.checks)]
    if problem := translated(next(filter(None, problems), "")):
        return Preflight(request_id, problem, problem, found)
    changed = [pair.label for pair in comparisons(found.asked, found.fields) if pair.differs]
    if changed:
        sentence = _("Follows all rules. Changed since it was requested: {fields}.")
        return Preflight(request_id, "", sentence.format(fields=", ".join(changed)), found)
    return Preflight(request_id, "", _("Follows all rules. Nothing was changed."), found)


def explained(domain: Domain, actor: Actor, outcome: Outcome, before: Inspection | None) -> Outcome:
    """Name what of a request has changed since it was shown, if it was not decided for that reason."""
    if not outcome.is_changed or before is None:
        return outcome
    with contextlib.suppress(Error):
        pairs = changes(before, inspecting.inspect(domain, actor, outcome.request_id))
        line = _("{field}: {before} → {after}")
        said = [line.format(field=each.label, before=each.asked, after=each.issued) for each in pairs]
        sentence = translated(joined(outcome.problem, outcome.hint))
        return replace(outcome, problem="\n".join([sentence, *said]), hint="")
    return outcome


def changes(before: Inspection, after: Inspection) -> list[FieldComparison]:
    """Return what of a request is not what was shown before: its fields, and its key."""
    known = [each for each in comparisons(before.fields, after.fields) if each.differs]
    key = FieldComparison(_("Public key"), *(" ".join(key_in_words(each)) for each in (before, after)))
    return [*known, *([key] if key.differs else [])]


def facts(inspection: Inspection) -> list[tuple[str, str]]:
    """Return the other facts about a request, as labels and texts."""
    shown = inspection.shown
    record, document = shown.request, shown.document
    requested = minute(record.requested_at)
    always = [
        (_("Subject name"), subject_of(shown)),
        (_("Kind"), kind_label(record.kind)),
        (_("Certifier"), shown.certifier),
        (_("Applicant"), escaped(record.applicant) or _("(not specified)")),
        (_("Requested"), requested),
    ]
    later = [
        (_("Certificate Requests database"), record.database or ""),
        (_("Key ring"), escaped(record.key_ring)),
        (_("Serial number"), describe.serial(document.serial_hex) if document and document.serial_hex else ""),
    ]
    return always + [(label, text) for label, text in later if text]
