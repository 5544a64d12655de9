"""Output of `dominoadmin keyring …`: Domino's dialogs as text, and the same as JSON."""

from __future__ import annotations

from typing import Any

from dominoadmin.cli.framework import details
from dominoadmin.pki import describe, keys, names
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import Created, KeyRingView, RootConfirmation, SignedConfirmation
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.submitting import RequestView


def certified_data(root: RootConfirmation, shown: RequestView) -> dict[str, Any]:
    """Return the merged root and the request."""
    trusted = {"label": root.label, **describe.certificate(root.certificate)}
    return {"trusted_root": trusted, "request": request_data(shown)}


def request_data(shown: RequestView) -> dict[str, Any]:
    """Return a request like `request show`."""
    return submitting.summary(shown) | {"remarks": shown.request.remarks}


def created_data(made: Created) -> dict[str, Any]:
    """Return the created key ring; nothing is merged or requested yet."""
    return {
        "file": made.path,
        "stash": made.stash,
        "subject": made.subject,
        "names": made.names,
        "key": made.key,
        "server": made.server,
        "remarks": made.remarks,
        "trusted_root": None,
        "request": None,
    }


def merged_data(merged: SignedConfirmation) -> dict[str, Any]:
    """Return the signed certificate and its path."""
    return {
        "request": merged.request_id,
        "certifier": merged.certifier,
        "certificate": describe.certificate(merged.certificate),
        "path": [describe.certificate(each)["subject"] for each in merged.path],
    }


def created(made: Created) -> str:
    """Return the dialog "Key Ring Created"."""
    pairs = {
        "Key ring file": made.path,
        "Stash file": made.stash,
        "Distinguished name": made.subject,
        "Subject alternate names": made.names,
        "Key": keys.describe_algorithm(made.key),
        "Stash file sealed to": names.abbreviated(made.server),
    }
    return "\n".join([key_rings.CREATED, _indented(details(pairs)), *made.remarks])


def merge_root(file: str, root: RootConfirmation) -> str:
    """Return the dialog "Merge Trusted Root Certificate Confirmation"."""
    pairs = {
        "Key ring file": file,
        "Certificate label": root.label,
        **_certificate_pairs(describe.certificate(root.certificate)),
    }
    return f"Merge Trusted Root Certificate Confirmation\n{_indented(details(pairs))}"


def merge_signed(merged: SignedConfirmation) -> str:
    """Return the dialog "Merge Signed Certificate Confirmation"."""
    pairs = {"Key ring file": merged.file, **_certificate_pairs(describe.certificate(merged.certificate))}
    return f"Merge Signed Certificate Confirmation\n{_indented(details(pairs))}"


def certified(shown: RequestView, *, automatic: bool) -> str:
    """Return the two following messages, and the next step."""
    number = shown.request.id
    request = f"Request {number} is {shown.state}. Submit it: dominoadmin request submit {number}"
    if automatic:
        request = (
            f"Request {number} is {shown.state}. The Administration Process submits it automatically.\n"
            f"A registration authority then approves it: dominoadmin request approve {number}"
        )
    return f"{key_rings.ROOT_RECEIVED}\n{key_rings.SUBMITTED}\n{request}"


def _certificate_pairs(shown: dict[str, Any]) -> dict[str, object]:
    pairs: dict[str, object] = {
        "Subject": shown["subject"],
        "Issuer": shown["issuer"],
        "Valid": f"{shown['not_before']} to {shown['not_after']}",
        "Key": keys.describe_algorithm(shown["key"]),
        "Fingerprint (SHA-256)": describe.grouped(shown["sha256"]),
    }
    return pairs | ({"Subject alternate names": shown["names"]} if shown["names"] else {})


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def view_data(shown: KeyRingView) -> dict[str, Any]:
    """Return the contents for `keyring show`, with stable keys."""
    roots = [{"label": root.label, **describe.certificate(root.certificate)} for root in shown.trusted_roots]
    return {
        "file": shown.path,
        "state": shown.state,
        "subject": shown.subject,
        "names": shown.names,
        "key": shown.key,
        "key_sha256": shown.key_fingerprint,
        "server": shown.server or None,
        "stash_problem": shown.stash_problem or None,
        "certificate": describe.certificate(shown.certificate) if shown.certificate else None,
        "intermediates": [describe.certificate(each) for each in shown.intermediates],
        "trusted_roots": roots,
        "requests": [request_data(each) for each in shown.requests],
    }


def view(shown: KeyRingView) -> str:
    """Return the text for `keyring show`."""
    pairs = {
        "Key ring": shown.path,
        "State": shown.state,
        "Subject": shown.subject,
        "Subject alternate names": shown.names,
        "Key": keys.describe_algorithm(shown.key),
        "Stash file sealed to": names.abbreviated(shown.server) if shown.server else shown.stash_problem,
        "Requests": [f"{each.request.id} ({each.state})" for each in shown.requests] or None,
    }
    lines = [details(pairs)]
    if shown.certificate:
        lines += ["Certificate:", _indented(details(_certificate_pairs(describe.certificate(shown.certificate))))]
    for each in shown.intermediates:
        lines += ["Intermediate:", _indented(details(_certificate_pairs(describe.certificate(each))))]
    for root in shown.trusted_roots:
        lines += [
            f"Trusted root {root.label}:",
            _indented(details(_certificate_pairs(describe.certificate(root.certificate)))),
        ]
    return "\n".join(lines)
