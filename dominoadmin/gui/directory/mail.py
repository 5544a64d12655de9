"""The signed-in person's mail file: confirmations of the Certificate Requests databases (technote, step 23)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from dominoadmin.gui.frame.tables.view import Action, Column, DatabaseTab, Row, View
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.directory import mailing
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.states import RelayState
from dominoadmin.store.records import MailRecord
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.directory.memos import date_text, delivery_text, subject_text

_BADGES: Final[dict[str, Badge]] = {
    RelayState.LOCAL: Badge.NONE,
    RelayState.QUEUED: Badge.WAIT,
    RelayState.SENT: Badge.OK,
    RelayState.FAILED: Badge.BAD,
}


def open_mail(workspace: Workspace) -> None:
    """Open the mail file, or raise its tab."""
    workspace.show_tab("mail", partial(MailFile, workspace))


class MailFile(DatabaseTab):
    """The inbox. It follows a switch to another person's ID."""

    def __init__(self, workspace: Workspace) -> None:
        person = names.common_name(workspace.session.actor.name)
        columns = (
            Column(_("Date"), date_text, 150, sort=_time),
            Column(_("Subject"), subject_text, 420),
            Column(_("Delivery"), delivery_text, 240, badge=_badge),
        )
        empty = _("There is no mail yet. Confirmations arrive when a decided request is pulled.")
        views = (
            View(
                path=_("Inbox"),
                columns=columns,
                prepare=partial(workspace.session.bound, _memos),
                key=_number,
                empty=empty,
            ),
        )
        actions = (Action(_("&Open"), self._open_first, _needs_one),)
        super().__init__(workspace, _("{person} - Mail").format(person=person), views, actions)
        workspace.session.changed.connect(self._other_person)

    def open_row(self, view: View, row: Row) -> None:
        from dominoadmin.gui.directory import memo

        del view
        memo.open_memo(self.workspace, row)

    def _open_first(self, rows: list[Row]) -> None:
        self.open_row(self.current.view, rows[0])

    def _other_person(self) -> None:
        person = names.common_name(self.workspace.session.actor.name)
        self.setWindowTitle(_("{person} - Mail").format(person=person))
        self.refresh()


def _memos(domain: Domain, actor: Actor) -> Sequence[MailRecord]:
    return mailing.mail_file(domain, actor.name)[::-1]


def _badge(memo: MailRecord) -> str:
    return _BADGES.get(memo.relay_state, Badge.NONE)


def _time(memo: MailRecord) -> float:
    return memo.created_at.timestamp()


def _number(memo: MailRecord) -> int:
    return memo.id


def _needs_one(rows: list[Row]) -> str:
    return "" if len(rows) == 1 else _("Select one memo first.")
