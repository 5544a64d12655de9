"""An Issued Certificate List (fact sheet 9). Its views read light columns only: ten thousand entries stay quick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui import errors
from dominoadmin.gui.viewers import certificate as viewer
from dominoadmin.gui.views.base import Action, Column, DatabaseTab, Row, View
from dominoadmin.gui.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe
from dominoadmin.pki.quoting import escaped
from dominoadmin.services import browsing, looking_up, viewing
from dominoadmin.services.domain import Domain
from dominoadmin.services.drafts.request_words import kind_label
from dominoadmin.services.looking_up import CertifierView, VersionRow
from dominoadmin.store.records import IssuedLine


def open_list(workspace: Workspace, certifier_id: int) -> QWidget | None:
    """Open the Issued Certificate List of a certifier."""
    try:
        certifier = looking_up.certifier(workspace.session.domain, workspace.session.actor, certifier_id)
    except Error as error:
        errors.show(workspace.widget(), error)
        return None
    return workspace.show_tab(f"icl:{certifier_id}", partial(IssuedTab, workspace, certifier))


class IssuedTab(DatabaseTab):
    """The views of one list. A certificate is read when it is opened."""

    def __init__(self, workspace: Workspace, certifier: CertifierView) -> None:
        self._certifier = certifier
        self._configuration = _("CA Configuration")
        domain, number = workspace.session.domain, certifier.id
        nothing = _("No certificate has been issued yet. The CA process issues what an RA has approved.")
        views = tuple(
            View(path, columns, _Lines(domain, number, order), _serial_of, nothing)
            for path, columns, order in _orders(_State(domain))
        )
        configurations = View(
            self._configuration, _version_columns(), _Versions(workspace, number), _number, certifier.problem
        )
        lists = tuple(view.path for view in views)
        actions = (
            Action(_("&Open Certificate"), self._open_first, _needs_one, lists),
            Action(_("&Certifier Document"), self._open_certifier, _always),
        )
        title = _("ICL for {name}").format(name=certifier.name)
        super().__init__(workspace, title, (*views, configurations), actions)

    def open_row(self, view: View, row: Row) -> None:
        """Open a certificate in the viewer, or the configuration in its document."""
        if view.path == self._configuration:
            self._open_certifier([])
            return
        try:
            chain = browsing.issued_chain(self.workspace.session.domain, row.certifier_id, row.serial_hex)
        except Error as error:
            errors.show(self, error)
            return
        viewer.show(self.workspace, chain)

    def _open_first(self, rows: list[Row]) -> None:
        self.open_row(self.current.view, rows[0])

    def _open_certifier(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.documents import certifier

        certifier.open_certifier(self.workspace, self._certifier.id)


@dataclass(frozen=True)
class _Lines:
    domain: Domain
    certifier_id: int
    order: Callable[[IssuedLine], Any]

    def __call__(self) -> Sequence[IssuedLine]:
        return sorted(browsing.issued_lines(self.domain, self.certifier_id), key=self.order)


@dataclass(frozen=True)
class _Versions:
    workspace: Workspace
    certifier_id: int

    def __call__(self) -> Sequence[VersionRow]:
        session = self.workspace.session
        return looking_up.configuration_versions(session.domain, session.actor, self.certifier_id)


@dataclass(frozen=True)
class _State:
    """Says how long a certificate is still valid; asked only for the rows on the screen."""

    domain: Domain

    def text(self, row: IssuedLine) -> str:
        return viewing.period_state(row.not_before, row.not_after, self.domain.now())[1]

    def badge(self, row: IssuedLine) -> str:
        return viewing.period_state(row.not_before, row.not_after, self.domain.now())[0]


def _orders(state: _State) -> tuple[tuple[str, tuple[Column, ...], Callable[[IssuedLine], Any]], ...]:
    subject = Column(_("Subject"), _subject, 240)
    serial = Column(_("Serial number"), _serial, 260, _serial_of)
    end = Column(_("Expiration date"), _end, 110, _end_of)
    start = Column(_("Effective date"), _start, 110, _start_of)
    kind = Column(_("Type"), _kind, 110)
    says = Column(_("State"), state.text, 190, _end_of, state.badge)
    return (
        (_("Issued Certificates/By Subject Name"), (subject, says, end, kind, start, serial), _by_subject),
        (_("Issued Certificates/By Serial Number"), (serial, subject, says, end, kind), _serial_of),
        (_("Issued Certificates/By Expiration Date"), (end, says, subject, kind, serial), _end_of),
    )


def _version_columns() -> tuple[Column, ...]:
    return (
        Column(_("Document"), _version, 260, _number),
        Column(_("Signed by"), _signer, 260),
        Column(_("In force"), _in_force, 120),
    )


def _needs_one(rows: list[Row]) -> str:
    return "" if len(rows) == 1 else _("Select one certificate first.")


def _always(_rows: list[Row]) -> str:
    return ""


def _subject(row: IssuedLine) -> str:
    return escaped(row.subject)


def _by_subject(row: IssuedLine) -> str:
    return row.subject.casefold()


def _serial_of(row: IssuedLine) -> str:
    return row.serial_hex


def _serial(row: IssuedLine) -> str:
    return describe.grouped(row.serial_hex.rjust(len(row.serial_hex) + len(row.serial_hex) % 2, "0"))


def _kind(row: IssuedLine) -> str:
    return kind_label(row.kind)


def _start(row: IssuedLine) -> str:
    return f"{row.not_before.astimezone():%Y-%m-%d}"


def _start_of(row: IssuedLine) -> Any:  # noqa: ANN401 - what sorts
    return row.not_before


def _end(row: IssuedLine) -> str:
    return f"{row.not_after.astimezone():%Y-%m-%d}"


def _end_of(row: IssuedLine) -> Any:  # noqa: ANN401 - what sorts
    return row.not_after


def _version(row: VersionRow) -> str:
    return _("CA Configuration, version {number}").format(number=row.number)


def _number(row: VersionRow) -> int:
    return row.number


def _signer(row: VersionRow) -> str:
    return row.signer


def _in_force(row: VersionRow) -> str:
    return _("Yes") if row.in_force else _("No")
