"""Administration Requests (Admin4.nsf): the decisions of registration authorities, and the state of requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from typing import Final

from dominoadmin.gui.frame.tables.view import APPROVE, LEVEL, Action, Column, DatabaseTab, Row, View
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.requests.certificate_requests import handed_out
from dominoadmin.i18n import recalled
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.profiles import CLIENT, SERVER
from dominoadmin.pki.profiles import CROSS as PROFILE_CROSS
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.domain import Domain
from dominoadmin.services.requests import approving
from dominoadmin.store.records import RevocationRequestRecord
from dominoadmin.viewmodels import words
from dominoadmin.viewmodels.requests import states
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.requests.lists import CROSS, FAILED, RECORDS, UNDECIDED, USUAL, Admin4Source
from dominoadmin.viewmodels.revocation import requests as revocation_requests
from dominoadmin.viewmodels.revocation.requests import RevocationRow

KEY: Final = "admin4"
_ID: Final = attrgetter("id")
_LOOKED_AT: Final = 128
"""The number of selected requests that are checked before an action; the dialog checks each."""


def open_requests(workspace: Workspace) -> AdministrationRequests:
    """Open the database, or raise its tab."""
    tab = workspace.show_tab(KEY, lambda: AdministrationRequests(workspace))
    assert isinstance(tab, AdministrationRequests)
    return tab


def open_pending(workspace: Workspace) -> None:
    """Open the requests that wait for a decision."""
    open_requests(workspace).show_view(_("Pending Administrator Approval"))


class AdministrationRequests(DatabaseTab):
    """The database's views; the decisions work on one request or on many."""

    def __init__(self, workspace: Workspace) -> None:
        domain = workspace.session.domain
        requested = _views(workspace)
        paths = tuple(view.path for view in requested)
        actions = (
            Action(_("&Open"), self._open_first, _needs_one),
            Action(_("&Approve Request"), self._approve, _needs_undecided, paths, APPROVE),
            Action(_("Re&ject Request…"), self._reject, _needs_undecided, paths),
            Action(_("&Withdraw Approval…"), self._withdraw, _needs_approved, paths),
        )
        views = (*requested[:2], _revocations(domain), *requested[2:])
        super().__init__(workspace, _("Administration Requests"), views, actions)

    def show_revocations(self) -> None:
        """Go to Revocation Requests."""
        self.show_view(_revocations(self.workspace.session.domain).path)

    def open_row(self, view: View, row: Row) -> None:
        from dominoadmin.gui.requests import document as request

        del view
        if isinstance(row, RevocationRow):
            self.workspace.open.revocation_request(row.id)
        else:
            request.open_request(self.workspace, row.request.id)

    def _open_first(self, rows: Sequence[Row]) -> None:
        self.open_row(self.current.view, rows[0])

    def _approve(self, rows: Sequence[Row]) -> None:
        from dominoadmin.gui.requests import approve as approve_requests

        approve_requests.start(self.workspace, [*rows])

    def _withdraw(self, rows: Sequence[Row]) -> None:
        from dominoadmin.gui.requests import approve as approve_requests

        approve_requests.start_withdrawal(self.workspace, [*rows])

    def _reject(self, rows: Sequence[Row]) -> None:
        from dominoadmin.gui.requests import reject as reject_request

        reject_request.start(self.workspace, [*rows])


def _views(workspace: Workspace) -> tuple[View, ...]:
    columns = _columns()
    nothing = _(
        "There are no requests yet. Choose Submit Selected Requests in a Certificate Requests database to bring them "
        "here."
    )
    no_cross = _(
        "There are no cross-certificate requests. To create one, choose Tools - Certification - Cross Certify."
    )
    none_waits = _("No requests are waiting for a decision.")
    no_errors = _("The CA process has not refused any requests.")
    authority = _("Certification Authority Requests")
    kinds = {kind: words.kind_label(kind) for kind in (SERVER, CLIENT, PROFILE_CROSS)}
    source = partial(Admin4Source, workspace.session.domain, labels=states.admin_labels(), kinds=kinds)
    view = partial(View, key=_number, records=RECORDS, handed_out=partial(handed_out, workspace))
    usual = f"{authority}{LEVEL}{_('Certificate Requests')}"
    crossing = f"{authority}{LEVEL}{_('Cross Certificate Requests')}"
    return (
        view(path=usual, columns=columns, empty=nothing, source=source(USUAL)),
        view(path=crossing, columns=columns, empty=no_cross, source=source(CROSS)),
        view(
            path=_("Pending Administrator Approval"),
            columns=columns,
            empty=none_waits,
            source=source(UNDECIDED),
        ),
        view(
            path=_("All Errors"),
            columns=(*columns, Column(_("Reason"), _reason, 400)),
            empty=no_errors,
            source=source(FAILED),
        ),
    )


def _revocations(domain: Domain) -> View:
    authority, title = _("Certification Authority Requests"), _("Revocation Requests")
    return View(
        path=f"{authority}{LEVEL}{title}",
        columns=(
            Column(_("State"), attrgetter("state"), 90, badge=attrgetter("badge")),
            Column(_("Request"), _id_text, 70, sort=_ID),
            Column(_("Action"), attrgetter("action"), 140),
            Column(_("Revocation Reason"), attrgetter("reason"), 150),
            Column(_("Certificates"), _count_text, 90, sort=attrgetter("count")),
            Column(_("Certifier"), attrgetter("certifier"), 160),
            Column(_("Requested by"), attrgetter("requested_by"), 180),
            Column(_("Requested"), _asked, 130, sort=attrgetter("requested_at")),
            Column(_("Problem"), attrgetter("problem"), 400),
        ),
        load=partial(revocation_requests.rows, domain),
        key=_ID,
        records={RevocationRequestRecord: _ID},
        empty=_(
            "There are no revocation requests. To create one, choose Revoke Certificate in an Issued Certificate List."
        ),
    )


def _id_text(row: Row) -> str:
    return str(row.id)


def _count_text(row: Row) -> str:
    return str(row.count)


def _asked(row: Row) -> str:
    return words.minute(row.requested_at)


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("State"), _state, 110, badge=_badge),
        Column(_("Request"), _number_text, 70, sort=_number),
        Column(_("Subject"), _subject, 260, short=_subject_in_words, least=26),
        Column(_("Subject alternate names"), _names, 200),
        Column(_("Certifier"), _certifier, 200, short=_certifier_in_words),
        Column(_("Applicant"), _applicant, 160),
        Column(_("Requested"), _requested, 130, sort=_requested_at),
        Column(_("Kind"), _kind, 130),
    )


def _needs_one(rows: Sequence[Row]) -> str:
    return "" if len(rows) == 1 else _("Select one request first.")


def _needs_undecided(rows: Sequence[Row]) -> str:
    return _needs(rows, approving.decided_problem)


def _needs_approved(rows: Sequence[Row]) -> str:
    return _needs(rows, approving.withdrawal_problem)


def _needs(rows: Sequence[Row], problem: Callable[[Row], str]) -> str:
    """Return why an action is possible with none of these requests, or an empty string."""
    if not len(rows) or isinstance(rows[0], RevocationRow):
        return _("Select one or more requests first.")
    problems = [problem(row) for row in rows[:_LOOKED_AT]]
    return problems[0] if all(problems) and len(rows) <= _LOOKED_AT else ""


def _admin_state(row: Row) -> str:
    return str(row.document.state)


def _state(row: Row) -> str:
    return states.label(_admin_state(row))


def _badge(row: Row) -> str:
    return states.badge(_admin_state(row))


def _number(row: Row) -> int:
    return int(row.request.id)


def _number_text(row: Row) -> str:
    return str(row.request.id)


def _subject(row: Row) -> str:
    return request_words.subject_of(row)


def _subject_in_words(row: Row) -> str:
    return names.in_words(_subject(row))


def _names(row: Row) -> str:
    found = row.fields.get("names", [])
    return ", ".join(escaped(str(name)) for name in found) if isinstance(found, list) else ""


def _certifier(row: Row) -> str:
    return str(row.certifier)


def _certifier_in_words(row: Row) -> str:
    return names.in_words(_certifier(row))


def _applicant(row: Row) -> str:
    return escaped(row.request.applicant)


def _requested(row: Row) -> str:
    return words.minute(row.request.requested_at)


def _requested_at(row: Row) -> object:
    return row.request.requested_at


def _kind(row: Row) -> str:
    return words.kind_label(row.request.kind)


def _reason(row: Row) -> str:
    return escaped(recalled(row.document.reason))
