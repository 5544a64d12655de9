"""Output of `dominoadmin request show`: the request, the contents to certify, each rule, each edit."""

from __future__ import annotations

import contextlib
from typing import Any

from dominoadmin.cli.framework import details, indented
from dominoadmin.i18n import counted
from dominoadmin.pki import names
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CROSS
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.inspecting import Glance, Inspection
from dominoadmin.services.requests.next_steps import for_command_line
from dominoadmin.services.states import RequestState
from dominoadmin.store.records import EditRecord, Fields, instant

_HEADINGS = {RequestState.ISSUED: "Was issued:", RequestState.REJECTED: "Was not issued:"}
_LABELS = {
    "subject": "Subject",
    "names": "Subject alternate names",
    "days": "Valid for",
    "key_usage": "Key usage",
    "extended_key_usage": "Extended key usage",
    "declined_usages": "Declined usages",
}


def inspection(shown: Inspection) -> str:
    """Return all that an RA should see before deciding."""
    row = submitting.summary(shown.shown)
    lines = [details(_head(row, shown)), _HEADINGS.get(row["state"], "Will be issued:")]
    lines.append(indented(details(_fields(shown.fields))))
    if different := _differences(*_unwritten(shown)):
        lines += ["Differs from what was requested:", indented(details(different))]
    if row["state"] not in (RequestState.ISSUED, RequestState.REJECTED):
        lines.append("Rules:")
        lines += [f"  {'NO' if check.problem else 'ok'}  {check.problem or check.rule}" for check in shown.checks]
    lines += [_edit(edit) for edit in shown.edits]
    return "\n".join([*lines, *map(escaped, shown.shown.request.remarks)])


def glance(shown: Glance) -> str:
    """Return what is signed about a request, with each field that differs from the request's own bytes."""
    row = submitting.summary(shown.shown)
    different = _differences(shown.asked, shown.fields)
    fields = {label: different.get(label, value) for label, value in _fields(shown.fields).items()}
    return "\n".join(
        [
            escaped(f"Request {row['id']} ({row['kind']}), {row['certifier']}:"),
            indented(details({**fields, "Digest": shown.digest})),
        ]
    )


def changes(before: Glance, after: Glance) -> list[str]:
    """Return what of a request is not what it was."""
    fields = [*_differences(before.fields, after.fields)]
    return fields if before.shown.request.csr == after.shown.request.csr else ["the request itself", *fields]


def _asked_for(shown: Inspection) -> str:
    """Return the name that the request's own bytes have."""
    if shown.shown.request.kind == CROSS:
        return shown.shown.request.subject
    return str(_value("subject", shown.asked.get("subject"))) or ", ".join(shown.asked.get("names", ()))


def _head(row: dict[str, Any], shown: Inspection) -> dict[str, object]:
    always: dict[str, object] = {
        "Request": f"{row['id']} ({row['kind']})",
        "State": row["state"],
        "Asked for": _asked_for(shown),
        "Certifier": row["certifier"],
        "Database": row["database"],
        "Applicant": row["applicant"],
        "Requested": row["requested_at"],
    }
    later = {
        "Key ring": row["key_ring"],
        "Reason": row["reason"],
        "Serial number": row["serial"],
        "Request ID (pickup ID)": row["pickup_id"],
        "Pulled": row["pulled_at"],
        "Digest": "" if row["state"] in _HEADINGS else shown.digest,
        "Next": for_command_line(shown.shown.turn, row["id"]),
    }
    return always | {label: value for label, value in later.items() if value}


def _fields(fields: Fields) -> dict[str, object]:
    """Return the contents of the certificate, in the words of the dialogs; the kind is shown above."""
    shown = [*(key for key in _LABELS if key in fields), *(key for key in fields if key not in {*_LABELS, "kind"})]
    return {_LABELS.get(key, key.replace("_", " ").capitalize()): _value(key, fields[key]) for key in shown}


def _value(key: str, value: Any) -> object:  # noqa: ANN401 - a field of any kind
    if value is None:
        return "(none)"
    if key == "subject" and isinstance(value, dict):
        with contextlib.suppress(TypeError, AttributeError):  # not as the program writes it
            return str(DistinguishedName(**value))
    return counted(value, "day") if key == "days" else value


def _edit(edit: EditRecord) -> str:
    pairs = _differences(edit.before, edit.after)
    return f"Edited by {names.abbreviated(edit.editor)} at {instant(edit.edited_at)}:\n{indented(details(pairs))}"


def _unwritten(shown: Inspection) -> tuple[Fields, Fields]:
    """Return what was requested and what will be issued, where the history of edits does not show it."""
    edited = {key for each in shown.edits for key in each.after if each.after[key] != each.before.get(key)}
    keys = [key for key in shown.asked if key not in edited]
    return {key: shown.asked[key] for key in keys}, {key: shown.fields.get(key) for key in keys}


def _differences(before: Fields, after: Fields) -> dict[str, object]:
    """Return each field that differs, as `before -> after`; the order of a list is no difference."""
    changed = [key for key in {**after, **before} if _sorted(after.get(key)) != _sorted(before.get(key))]
    old = _fields({key: before.get(key) for key in changed})
    new = _fields({key: after.get(key) for key in changed})
    return {label: f"{_text(old[label])} -> {_text(new[label])}" for label in new}


def _sorted(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
