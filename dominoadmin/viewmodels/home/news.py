"""What has happened in the last day, from the audit log: acts of the same kind that follow each other are one row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.audit.actions import Thing, thing_of
from dominoadmin.store import audit, issued
from dominoadmin.store.database import Connection
from dominoadmin.store.records import AuditRecord
from dominoadmin.viewmodels.audit import entries, words
from dominoadmin.viewmodels.home.rows import Button, HomeRow, HomeSection
from dominoadmin.viewmodels.home.waiting import common_name

_DAY: Final = timedelta(days=1)
_READ: Final = 100
_MOST: Final = 5


def section(db: Connection, now: datetime) -> HomeSection:
    """Return the card with the newest acts of the last day."""
    last = audit.size(db)
    chosen = audit.chosen(db, [*range(last, max(0, last - _READ), -1)])
    found = [each for each in chosen if each and each.at > now - _DAY]
    grouped = [[*group] for _key, group in groupby(found, key=lambda each: (each.action, each.actor))]
    rows = tuple(_row(db, group) for group in grouped[:_MOST])
    more = Button(_("Open Audit Log"), "audit-log")
    return HomeSection(
        title=_("Since yesterday"), rows=rows, nothing=_("Nothing has happened in the last day."), more=more
    )


def _row(db: Connection, group: Sequence[AuditRecord]) -> HomeRow:
    newest = group[0]
    label = words.label(newest.action)
    values = {"action": f"{label[:1].upper()}{label[1:]}", "object": _object(db, newest)}
    text = _("{action}: {object}").format(**values)
    if len(group) > 1:
        text = _("{action}: {object} and {n} more").format(**values, n=len(group) - 1)
    return HomeRow(text=text, remark=escaped(entries.who(newest)), when=f"{newest.at.astimezone():%H:%M}")


def _object(db: Connection, entry: AuditRecord) -> str:
    """Return the name that a person knows: of a request or a certificate the subject, not the number."""
    subject = entry.detail.get("subject")
    if not subject and thing_of(entry.action) == Thing.CERTIFICATE:
        subject = next((each.subject for each in issued.find(db, entry.object)), "")
    return escaped(common_name(str(subject or entry.object)))
