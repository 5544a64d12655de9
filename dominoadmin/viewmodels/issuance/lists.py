"""Issued Certificate Lists for views: any order, any search, at any size."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dominoadmin.i18n import text as _
from dominoadmin.pki import describe
from dominoadmin.pki.quoting import escaped
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.domain import Domain
from dominoadmin.store import certifiers, issued_lists
from dominoadmin.store.issued_lists import CertificateState, Chosen, Line
from dominoadmin.store.records import instant
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.words import certifier_label, key_label, kind_label, minute, reason_label, requester_label

__all__ = [
    "SPANS",
    "CertificateState",
    "Chosen",
    "FilterChoices",
    "IssuedRow",
    "IssuedSource",
    "certifier_label",
    "choices",
    "requester_label",
    "within",
]


SPANS: Final = (7, 30, 90)
"""The days of the filter by the end: certificates that expire within so many days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRow:
    """An entry in words. `badge` and `sentence` show its state; `short` is for a narrow cell."""

    id: int
    certifier_id: int
    serial_hex: str
    certifier: str
    subject: str
    names: str
    kind: str
    serial: str
    start: str
    end: str
    issued: str
    requester: str
    key: str
    state: str
    badge: str
    sentence: str
    short: str
    fingerprint: str


class IssuedSource:
    """The source of a windowed view: the chosen entries of one certifier, or of all.

    `orders` are the store's, one for each column of the view.
    """

    def __init__(self, domain: Domain, chosen: Chosen, orders: Sequence[int], first: int, *, descending: bool) -> None:
        self.chosen = chosen
        self._domain, self._orders = domain, tuple(orders)
        self._first = (first, descending)
        self._certifiers: dict[int, str] = {}

    def arrange(self, column: int, search: str, *, descending: bool, limit: int = -1) -> array[int]:
        """Return the numbers of the rows in the order of a column; -1 is the view's own order."""
        order, way = self._first if column < 0 else (self._orders[column], descending)
        chosen = replace(self.chosen, search=search)
        with self._domain.store.snapshot() as db:
            return issued_lists.ids(db, chosen, order, instant(self._domain.now()), descending=way, limit=limit)

    def rows(self, wanted: Sequence[int]) -> list[IssuedRow | None]:
        """Return rows by their numbers."""
        with self._domain.store.snapshot() as db:
            found = issued_lists.page(db, wanted)
            if any(line.certifier_id not in self._certifiers for line in found.values()):
                self._certifiers = {record.id: certifier_label(record.name) for record in certifiers.all_of(db)}
        now = self._domain.now()
        return [self._row(found[number], now) if number in found else None for number in wanted]

    def _row(self, line: Line, now: datetime) -> IssuedRow:
        state, badge, sentence, short = _state(line, now)
        return IssuedRow(
            id=line.id, certifier_id=line.certifier_id, serial_hex=line.serial_hex,
            certifier=self._certifiers.get(line.certifier_id, ""),
            subject=escaped(line.subject),
            names=escaped(line.names),
            kind=kind_label(line.kind),
            serial=describe.serial(line.serial_hex),
            start=f"{line.not_before.astimezone():%Y-%m-%d}",
            end=f"{line.not_after.astimezone():%Y-%m-%d}",
            issued=minute(line.issued_at),
            requester=requester_label(line.requester),
            key=key_label(line.key_algorithm) if line.key_algorithm else "",
            state=state, badge=badge, sentence=sentence, short=short, fingerprint=line.fingerprint,
        )  # fmt: skip


def within(chosen: Chosen, days: int, now: datetime) -> Chosen:
    """Return the choice of valid certificates that expire within a number of days; 0 removes the limit."""
    return replace(chosen, ends_before=now + timedelta(days=days) if days else None)


@dataclass(frozen=True)
class FilterChoices:
    """The filter choices of a list: certifiers (number and name), requesters, kinds of keys."""

    certifiers: tuple[tuple[int, str], ...]
    requesters: tuple[str, ...]
    key_algorithms: tuple[str, ...]


def choices(domain: Domain, certifier_id: int) -> FilterChoices:
    """Return the filter choices."""
    with domain.store.snapshot() as db:
        known = tuple((record.id, certifier_label(record.name)) for record in certifiers.all_of(db))
        requesters = issued_lists.requesters(db, certifier_id)
        return FilterChoices(known, tuple(requesters), tuple(issued_lists.key_algorithms(db, certifier_id)))


def short_state(line: Line, now: datetime) -> str:
    """Return the state of a certificate in a word or two."""
    return _state(line, now)[3]


def _state(line: Line, now: datetime) -> tuple[str, str, str, str]:
    """Return the state, its badge, a sentence, and a word or two."""
    if line.reason and line.revoked_at:
        date = f"{line.revoked_at.astimezone():%Y-%m-%d}"
        if line.reason == Reason.HOLD:
            return CertificateState.HELD, Badge.WAIT, _("On hold since {date}").format(date=date), _("On hold")
        text = _("Revoked on {date}: {reason}").format(date=date, reason=reason_label(line.reason))
        return CertificateState.REVOKED, Badge.BAD, text, _("Revoked")
    badge, sentence = viewing.period_state(line.not_before, line.not_after, now)
    if now > line.not_after:
        return CertificateState.EXPIRED, badge, sentence, _("Expired")
    if now < line.not_before:
        return CertificateState.VALID, badge, sentence, _("Not valid yet")
    is_soon = badge == Badge.WAIT
    short = _("Ends {time}").format(time=viewing.relative(line.not_after, now)) if is_soon else _("Valid")
    return CertificateState.VALID, badge, sentence, short
