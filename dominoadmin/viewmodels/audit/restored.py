"""What accepting a restored store has led to, in sentences."""

from __future__ import annotations

from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.services.restoring.accepting import Accepted, AcceptedCertifier


def lines(done: Accepted) -> list[str]:
    """Return the sentences, certifier by certifier."""
    return [line for each in done.certifiers for line in _of(each)]


def _of(each: AcceptedCertifier) -> list[str]:
    numbers = _("{name}: CRL number {last} in the store, {seen} seen; the next one is {next}.")
    said = [numbers.format(name=each.name, last=each.last, seen=each.seen, next=each.next)]
    if count := len(each.revoked_again):
        text = plural(
            "{n} certificate is revoked again when the server runs.",
            "{n} certificates are revoked again when the server runs.",
            count,
        )
        said += [text.format(n=count), *each.revoked_again]
    if each.unknown:
        said += [_("Certificates that the store does not have:"), *each.unknown]
    return said
