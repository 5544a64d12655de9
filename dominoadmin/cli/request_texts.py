"""Output of `dominoadmin request show`: the request, the contents to certify, each rule, each edit."""

from __future__ import annotations

from typing import Any

from dominoadmin.cli.framework import details, indented
from dominoadmin.i18n import counted
from dominoadmin.pki import names
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.approving import Inspection
from dominoadmin.services.requests.next_steps import for_command_line
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import RequestState
from dominoadmin.store.records import EditRecord, Fields, instant

_HEADINGS = {RequestState.ISSUED: "Was issued:", RequestState.REJECTED: "Was not issued:"}
_LABELS = {
    "subject": "Subject",
    "names": "Subject alternate names",
    "days": "Valid for",
    "key_usage": "Key usage",
    "extended_key_usage": "Extended key usage",
}


def inspection(shown: Inspection) -> str:
    """Return all that an RA should see before deciding."""
    row = submitting.summary(shown.shown)
    lines = [details(_head(row, shown.shown)), _HEADINGS.get(row["state"], "Will be issued:")]
    lines.append(indented(details(_fields(shown.fields))))
    if row["state"] not in (RequestState.ISSUED, RequestState.REJECTED):
        lines.append("Rules:")
        lines += [f"  {'NO' if check.problem else 'ok'}  {check.problem or check.rule}" for check in shown.checks]
    lines += [_edit(edit) for edit in shown.edits]
    return "\n".join([*lines, *shown.shown.request.remarks])


def _head(row: dict[str, Any], shown: RequestView) -> dict[str, object]:
    always: dict[str, object] = {
        "Request": f"{row['id']} ({row['kind']})",
        "State": row["state"],
        "Asked for": shown.request.subject,
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
        "Next": for_command_line(shown.turn, row["id"]),
    }
    return always | {label: value for label, value in later.items() if value}


def _fields(fields: Fields) -> dict[str, object]:
    """Return the contents of the certificate, in the words of the dialogs; the kind is shown above."""
    shown = [*(key for key in _LABELS if key in fields), *(key for key in fields if key not in {*_LABELS, "kind"})]
    return {_LABELS.get(key, key.replace("_", " ").capitalize()): _value(key, fields[key]) for key in shown}


def _value(key: str, value: Any) -> object:  # noqa: ANN401 - a field of any kind
    if key == "subject" and isinstance(value, dict):
        return str(DistinguishedName(**value))
    return counted(value, "day") if key == "days" else value


def _edit(edit: EditRecord) -> str:
    changed = [key for key in edit.after if edit.after[key] != edit.before.get(key)]
    before = _fields({key: edit.before.get(key) for key in changed})
    after = _fields({key: edit.after[key] for key in changed})
    pairs = {label: f"{_text(before[label])} -> {_text(after[label])}" for label in after}
    return f"Edited by {names.abbreviated(edit.editor)} at {instant(edit.edited_at)}:\n{indented(details(pairs))}"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
