"""A Certificate Requests database (technote, steps 14-26): its two views, its actions, its key ring commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from dominoadmin.errors import Error, Refused
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.tables.view import LEVEL, Action, Column, DatabaseTab, NavigatorCommand, Row, View
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.processes import adminp
from dominoadmin.services.progress import Progress
from dominoadmin.services.records import pem_files
from dominoadmin.services.records.pem_files import PemFile
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.store.records import DatabaseRecord
from dominoadmin.viewmodels.requests import lists as request_lists
from dominoadmin.viewmodels.requests import states
from dominoadmin.viewmodels.requests.database_draft import said
from dominoadmin.viewmodels.requests.lists import RECORDS, RequestSource
from dominoadmin.viewmodels.words import minute

_LOOKED_AT: Final = 128
"""The number of selected requests that are checked before an action; the action checks each."""


def open_database(workspace: Workspace, file: str) -> None:
    """Open a Certificate Requests database, or raise its tab."""
    try:
        record = databases.stored(workspace.session.domain, file)
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    workspace.show_tab(f"database:{record.file}", partial(CertificateRequests, workspace, record))


def submit_one(workspace: Workspace, file: str, number: int) -> None:
    """Open the database and submit one request; the status bar says the result."""
    if tab := _opened(workspace, file):
        tab.submit_one(number)


def pull_one(workspace: Workspace, file: str, number: int) -> None:
    """Open the database and pull one request; the status bar says the result.

    There is no prompt to cross-certify: that is a step of its own in the guide.
    """
    if tab := _opened(workspace, file):
        tab.pull_one(number)


def _opened(workspace: Workspace, file: str) -> CertificateRequests | None:
    open_database(workspace, file)
    page = workspace.page()
    return page if isinstance(page, CertificateRequests) else None


class CertificateRequests(DatabaseTab):
    """The open database."""

    def __init__(self, workspace: Workspace, record: DatabaseRecord) -> None:
        self._file = record.file
        self._pending, self._finished = _("Pending/Submitted Requests"), _("Issued/Rejected Certificates")
        self._job: Job | None = None
        super().__init__(
            workspace, record.title, self._views(workspace), self._actions_for(), self._commands(workspace)
        )

    def open_row(self, view: View, row: Row) -> None:
        from dominoadmin.gui.requests import certificate_pickup

        del view
        certificate_pickup.open_pickup(self.workspace, row.request.id)

    def _views(self, workspace: Workspace) -> tuple[View, View]:
        source = partial(RequestSource, workspace.session.domain, self._file, labels=states.labels())
        return (
            View(
                path=self._pending,
                columns=(*_columns(), Column(_("Requested"), _requested, 130), *_last()),
                key=_number,
                empty=_(
                    "No requests are waiting here. Create one with Create Key Ring, with New Request, or on the web "
                    "page."
                ),
                source=source(pulled=False),
                records=RECORDS,
                handed_out=partial(handed_out, workspace),
            ),
            View(
                path=self._finished,
                columns=(*_columns(), Column(_("Pulled"), _pulled, 130), *_last()),
                key=_number,
                empty=_("Nothing has been issued or rejected yet. Decided requests appear here after they are pulled."),
                source=source(pulled=True),
                records=RECORDS,
                handed_out=partial(handed_out, workspace),
            ),
        )

    def _actions_for(self) -> tuple[Action, ...]:
        here = (self._pending,)
        return (
            Action(_("&Submit Selected Requests"), self._submit, self._why_not_submit, here),
            Action(_("&Pull Selected Request(s)"), self._pull, self._why_not_pull, here),
            Action(_("&New Request…"), self._new_request, _never, here),
            Action(_("&Open"), self._open_first, _needs_one),
        )

    def _commands(self, workspace: Workspace) -> tuple[NavigatorCommand, ...]:
        rings, opener = _("Domino Key Ring Management"), _Opener(workspace, self._file)
        return (
            NavigatorCommand(f"{rings}{LEVEL}{_('Create Key Ring')}", opener.create_key_ring),
            NavigatorCommand(f"{rings}{LEVEL}{_('Certify Key Ring')}", opener.certify_key_ring),
            NavigatorCommand(f"{rings}{LEVEL}{_('Pickup Key Ring Certificate')}", opener.pick_up),
            NavigatorCommand(f"{rings}{LEVEL}{_('View & Edit Key Rings')}", opener.key_rings),
            NavigatorCommand(_("Database Configuration"), opener.configure),
        )

    def _why_not_submit(self, rows: Sequence[RequestView]) -> str:
        return self._why_not(rows, _check_pending)

    def _why_not_pull(self, rows: Sequence[RequestView]) -> str:
        return self._why_not(rows, submitting.check_pullable)

    def _why_not(self, rows: Sequence[RequestView], check: Callable[[RequestView], None]) -> str:
        if self._job is not None:
            return _("Wait until the current operation has finished.")
        if not len(rows):
            return _("Select one or more requests first.")
        try:
            for row in rows[:_LOOKED_AT]:
                check(row)
        except Refused as refusal:
            return said(refusal)
        return ""

    def _submit(self, _rows: Sequence[RequestView]) -> None:
        session, ids = self.workspace.session, self._numbers()
        self._start(
            partial(_submitting, partial(submitting.submit, session.domain, session.actor, ids)), self._submitted
        )

    def submit_one(self, number: int) -> None:
        """Select a request and submit it, unless another act is running."""
        if self._show(number):
            session = self.workspace.session
            act = partial(submitting.submit, session.domain, session.actor, [number])
            self._start(partial(_submitting, act), self._say_submitted)

    def pull_one(self, number: int) -> None:
        """Select a request and pull it, unless another act is running."""
        if self._show(number):
            session = self.workspace.session
            act = partial(submitting.pull, session.domain, session.actor, [number])
            self._start(partial(_pulling, act), self._say_pulled)

    def _show(self, number: int) -> bool:
        self.show_view(self._pending)
        self.current.select([number])
        return self._job is None

    def _say_submitted(self, ids: list[int]) -> None:
        self.workspace.say(adminp.submitted_message(len(ids)))

    def _say_pulled(self, ids: list[int]) -> None:
        self.workspace.say(adminp.pulled_message(len(ids)))

    def _submitted(self, ids: list[int]) -> None:
        messages.inform(self, self.windowTitle(), adminp.submitted_message(len(ids)))

    def _pull(self, _rows: Sequence[RequestView]) -> None:
        session, ids = self.workspace.session, self._numbers()
        self._start(partial(_pulling, partial(submitting.pull, session.domain, session.actor, ids)), self._were_pulled)

    def _were_pulled(self, ids: list[int]) -> None:
        from dominoadmin.gui.cross_certificates import cross_certify

        cross_certify.prompt(self.workspace, ids, partial(_say_pulled, self.workspace, self.windowTitle(), ids))

    def _numbers(self) -> list[int]:
        return [int(str(key)) for key in self.current.chosen_keys()]

    def _start(self, work: Work[list[int]], then: Callable[[list[int]], None]) -> None:
        self._job = Job(work)
        self._job.done.connect(then)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._ended)
        self._switch_buttons()
        self._job.start()

    def _failed(self, error: Exception) -> None:
        errors.show(self, error)

    def _ended(self) -> None:
        self._job = None
        self.workspace.events.look()
        self.refresh()

    def _new_request(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.requests import new_request

        new_request.start(self.workspace, self._file)

    def _open_first(self, rows: list[Row]) -> None:
        if rows[0] is not None:  # it is unreadable or missing
            self.open_row(self.current.view, rows[0])


def _say_pulled(workspace: Workspace, title: str, ids: Sequence[int]) -> None:
    """Show it in the window: the tab may have been closed while the prompt was open."""
    details = _("See the view Issued/Rejected Certificates.")
    if rejected := request_lists.rejected(workspace.session.domain, ids):
        refusal = plural(
            "{n} of them was rejected: its document says why.",
            "{n} of them were rejected: their documents say why.",
            rejected,
        )
        details = f"{refusal.format(n=rejected)} {details}"
    messages.inform(workspace.widget(), title, adminp.pulled_message(len(ids)), details=details)


@dataclass(frozen=True)
class _Opener:
    """Opens the dialogs of the navigator's commands."""

    workspace: Workspace
    file: str

    def create_key_ring(self) -> None:
        from dominoadmin.gui.key_rings import create as create_key_ring

        create_key_ring.start(self.workspace, self.file)

    def certify_key_ring(self) -> None:
        from dominoadmin.gui.key_rings import certify as certify_key_ring

        certify_key_ring.start(self.workspace, self.file)

    def pick_up(self) -> None:
        self.workspace.open.pickup_key_ring(database=self.file)

    def key_rings(self) -> None:
        self.workspace.open.key_rings()

    def configure(self) -> None:
        from dominoadmin.gui.requests import database_configuration

        database_configuration.configure(self.workspace, self.file)


def handed_out(workspace: Workspace, rows: Sequence[RequestView]) -> Sequence[PemFile]:
    """Return requests as files.

    Raises:
        Error: one is not as it was received.

    """
    session = workspace.session
    return pem_files.requests(session.domain, session.actor, [row.request.id for row in rows])


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("State"), _state, 245, badge=_badge),
        Column(_("Subject name"), _subject, 240, short=_subject_in_words, least=26),
        Column(_("Key Ring"), _key_ring, 100),
    )


def _last() -> tuple[Column, ...]:
    return Column(_("Applicant"), _applicant, 160), Column(_("Number"), _number_text, 70)


def _state(row: RequestView) -> str:
    return states.label(row.state)


def _badge(row: RequestView) -> str:
    return states.badge(row.state)


def _subject(row: RequestView) -> str:
    return row.subject


def _subject_in_words(row: RequestView) -> str:
    return names.in_words(row.subject)


def _key_ring(row: RequestView) -> str:
    return row.request.key_ring


def _applicant(row: RequestView) -> str:
    return row.request.applicant


def _requested(row: RequestView) -> str:
    return minute(row.request.requested_at)


def _pulled(row: RequestView) -> str:
    return minute(row.request.pulled_at) if row.request.pulled_at else ""


def _number(row: RequestView) -> int:
    return row.request.id


def _number_text(row: RequestView) -> str:
    return str(row.request.id)


def _check_pending(row: RequestView) -> None:
    submitting.check_pending(row.request)


def _never(_rows: list[Row]) -> str:
    return ""


def _needs_one(rows: list[Row]) -> str:
    return "" if len(rows) == 1 else _("Select one request first.")


def _submitting(act: Callable[[], list[int]], progress: Progress) -> list[int]:
    progress.step(_("Submitting requests…"))
    return act()


def _pulling(act: Callable[[], list[int]], progress: Progress) -> list[int]:
    progress.step(_("Pulling requests…"))
    return act()
