"""An Issued Certificate List (fact sheet 9). Its views read light columns only: ten thousand entries stay quick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui import errors
from dominoadmin.gui.viewers import certificate as viewer
from dominoadmin.gui.views.base import Action, Column, DatabaseTab, Row, View
from dominoadmin.gui.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe
from dominoadmin.pki.quoting import escaped
from dominoadmin.services import browsing, certifier_documents, viewing
from dominoadmin.services.certifier_documents import CertifierView, VersionRow
from dominoadmin.services.domain import Domain
from dominoadmin.services.drafts.request_words import kind_label
from dominoadmin.store.records import IssuedLine

_SERIAL: Final = attrgetter("line.serial_hex")


def open_list(workspace: Workspace, certifier_id: int) -> QWidget | None:
    """Open the Issued Certificate List of a certifier."""
    try:
        certifier = certifier_documents.certifier(workspace.session.domain, workspace.session.actor, certifier_id)
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
            View(path, columns, _Lines(domain, number, order), _SERIAL, nothing) for path, columns, order in _orders()
        )
        configurations = View(
            self._configuration, _version_columns(), _Versions(workspace, number), _number, certifier.problem
        )
        lists = tuple(view.path for view in views)
        actions = (
            Action(_("&Open Certificate"), self._open_first, _needs_one, lists),
            Action(_("Certifier Doc&ument"), self._open_certifier, _always),
        )
        title = _("ICL for {name}")
        short = title.format(name=certifier.name.partition("/")[0].removeprefix("CN="))
        super().__init__(workspace, short, (*views, configurations), actions)
        self.full_title = title.format(name=certifier.name)

    def open_row(self, view: View, row: Row) -> None:
        """Open a certificate in the viewer, or the configuration in its document."""
        if view.path == self._configuration:
            self._open_certifier([])
            return
        try:
            chain = browsing.issued_chain(self.workspace.session.domain, row.line.certifier_id, row.line.serial_hex)
        except Error as error:
            errors.show(self, error)
            return
        viewer.show(self.workspace, chain)

    def _open_first(self, rows: list[Row]) -> None:
        self.open_row(self.current.view, rows[0])

    def _open_certifier(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.documents import certifier

        certifier.open_certifier(self.workspace, self._certifier.id)


@dataclass(frozen=True, slots=True)
class IssuedRow:
    """An entry with its texts ready: they are made in the job, so that searching ten thousand rows is quick."""

    line: IssuedLine
    subject: str
    kind: str
    serial: str
    start: str
    end: str
    state: str
    sentence: str


@dataclass(frozen=True)
class _Lines:
    domain: Domain
    certifier_id: int
    order: Callable[[IssuedLine], Any]

    def __call__(self) -> Sequence[IssuedRow]:
        lines, now = browsing.issued_lines(self.domain, self.certifier_id), self.domain.now()
        return [_row(line, now) for line in sorted(lines, key=self.order)]


def _row(line: IssuedLine, now: datetime) -> IssuedRow:
    state, sentence = viewing.period_state(line.not_before, line.not_after, now)
    return IssuedRow(
        line,
        escaped(line.subject),
        kind_label(line.kind),
        describe.grouped(line.serial_hex.rjust(len(line.serial_hex) + len(line.serial_hex) % 2, "0")),
        f"{line.not_before.astimezone():%Y-%m-%d}",
        f"{line.not_after.astimezone():%Y-%m-%d}",
        state,
        sentence,
    )


@dataclass(frozen=True)
class _Versions:
    workspace: Workspace
    certifier_id: int

    def __call__(self) -> Sequence[VersionRow]:
        session = self.workspace.session
        return certifier_documents.configuration_versions(session.domain, session.actor, self.certifier_id)


def _orders() -> tuple[tuple[str, tuple[Column, ...], Callable[[IssuedLine], Any]], ...]:
    subject = Column(_("Subject"), attrgetter("subject"), 240)
    serial = Column(_("Serial number"), attrgetter("serial"), 260, _SERIAL)
    end = Column(_("Expiration date"), attrgetter("end"), 110, attrgetter("line.not_after"))
    start = Column(_("Effective date"), attrgetter("start"), 110, attrgetter("line.not_before"))
    kind = Column(_("Type"), attrgetter("kind"), 110)
    says = Column(_("State"), attrgetter("sentence"), 190, attrgetter("line.not_after"), attrgetter("state"))
    return (
        (_("Issued Certificates\\By Subject Name"), (subject, says, end, kind, start, serial), _by_subject),
        (_("Issued Certificates\\By Serial Number"), (serial, subject, says, end, kind), attrgetter("serial_hex")),
        (_("Issued Certificates\\By Expiration Date"), (end, says, subject, kind, serial), attrgetter("not_after")),
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


def _by_subject(row: IssuedLine) -> str:
    return row.subject.casefold()


def _version(row: VersionRow) -> str:
    return _("CA Configuration, version {number}").format(number=row.number)


def _number(row: VersionRow) -> int:
    return row.number


def _signer(row: VersionRow) -> str:
    return row.signer


def _in_force(row: VersionRow) -> str:
    return _("Yes") if row.in_force else _("No")
