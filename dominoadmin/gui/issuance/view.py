"""An Issued Certificate List (fact sheet 9): windowed views of issued and revoked certificates, CRLs, versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Final

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, widget_tree
from dominoadmin.gui.frame.tables.view import EXPORT, REVOKE, Action, Column, DatabaseTab, Row, View
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.issuance.filters import IssuedFilters
from dominoadmin.gui.revocation.crl_columns import CrlReading, crl_columns
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records import pem_files
from dominoadmin.services.records.pem_files import PemFile
from dominoadmin.store import issued_lists as orders
from dominoadmin.store.issued_lists import CertificateState, Line
from dominoadmin.store.records import CrlRecord
from dominoadmin.viewmodels.certifiers import document as certifier_documents
from dominoadmin.viewmodels.certifiers.document import CertifierView, VersionRow
from dominoadmin.viewmodels.issuance.lists import Chosen, IssuedSource

_ID: Final = attrgetter("id")
_FEW: Final = 1000  # the limit of one revocation request, and of one export


def open_list(workspace: Workspace, certifier_id: int = 0, days: int = 0) -> QWidget | None:
    """Open the Issued Certificate List of a certifier; 0: of all certifiers.

    `days`: show only the certificates that expire within so many days, until the filter is taken away; 0: as it was.
    """
    try:
        session = workspace.session
        certifier = certifier_documents.certifier(session.domain, session.actor, certifier_id) if certifier_id else None
    except Error as error:
        errors.show(workspace.widget(), error)
        return None
    tab = workspace.show_tab(f"icl:{certifier_id}", partial(IssuedTab, workspace, certifier))
    if days and isinstance(tab, IssuedTab):
        tab.show_ending(days)
    return tab


class IssuedTab(DatabaseTab):
    """The views of one list, or of all. Certificates are read when they are opened."""

    def __init__(self, workspace: Workspace, certifier: CertifierView | None) -> None:
        self._certifier = certifier
        number = certifier.id if certifier else 0
        issued = tuple(_issued_view(workspace, number, path, order, newest) for path, order, newest in _paths())
        revoked = _revoked_view(workspace, number)
        self._lists = View(
            path=_("Certificate Revocation Lists"),
            columns=crl_columns(with_certifier=not number),
            load=CrlReading(workspace.session.domain, number),
            key=_ID,
            records={CrlRecord: _ID},
            empty=_("There is no CRL yet. An active certifier issues its first CRL automatically."),
        )
        self._versions = View(
            path=_("CA Configuration"),
            columns=_version_columns(),
            prepare=partial(workspace.session.bound, _Versions(number)),
            key=_number,
            empty=certifier.problem if certifier else "",
        )
        views = (*issued, revoked, self._lists, *((self._versions,) if certifier else ()))
        of_certificates = tuple(view.path for view in (*issued, revoked))
        super().__init__(workspace, _title(certifier), views, self._made(of_certificates))

    @property
    def full_title(self) -> str:
        certifier = self._certifier
        return _("ICL for {name}").format(name=names.in_words(certifier.name)) if certifier else self.windowTitle()

    def show_ending(self, days: int) -> None:
        """Go to the certificates in the order of their ends, and show those that expire within so many days."""
        path = next(path for path, order, _newest in _paths() if order == orders.BY_END)
        self.show_view(path)
        for filters in widget_tree.descendants(self.current, IssuedFilters):  # a reference would outlive a closed tab
            filters.show_ending(days)

    def _made(self, certificates: tuple[str, ...]) -> tuple[Action, ...]:
        lists = (self._lists.path,)
        actions = [
            Action(_("&Open Certificate"), self._open_first, _needs_one, certificates),
            Action(_("&Revoke Certificate…"), self._revoke, _needs_valid, certificates, REVOKE),
            Action(_("Re&lease Hold…"), self._release, _needs_held, certificates),
            Action(_("E&xport Certificate…"), self._export, _needs_some, certificates, EXPORT),
            Action(_("Export CS&V…"), self.export, views=certificates),
            Action(_("Open &CRL"), self._open_first, _needs_one_list, lists),
            Action(_("Sa&ve CRL…"), self._save_list, _needs_one_list, lists),
        ]
        if self._certifier:
            actions += [
                Action(_("&Issue CRL Now"), self._issue, views=lists),
                Action(_("&Push CRL to the Directory"), self._push, views=lists),
                Action(_("Certifier Doc&ument"), self._open_certifier),
            ]
        return tuple(actions)

    def open_row(self, view: View, row: Row) -> None:
        """Open a certificate's document, a list, or the configuration in its document."""
        if view is self._versions:
            self._open_certifier([])
        elif view is self._lists:
            from dominoadmin.gui.revocation import crl_actions

            crl_actions.show(self.workspace, row.id)
        else:
            from dominoadmin.gui.issuance import document as issued_certificate

            issued_certificate.open_certificate(self.workspace, row.certifier_id, row.serial_hex)

    def _open_first(self, rows: list[Row]) -> None:
        self.open_row(self.current.view, rows[0])

    def _open_certifier(self, _rows: list[Row]) -> None:
        if self._certifier:
            self.workspace.open.certifier(self._certifier.id)

    def _revoke(self, rows: list[Row]) -> None:
        from dominoadmin.gui.revocation import revoke as revoke_certificate

        revoke_certificate.start(self.workspace, rows[0].certifier_id, [row.serial_hex for row in rows])

    def _release(self, rows: list[Row]) -> None:
        from dominoadmin.gui.revocation import revoke as revoke_certificate

        held = [row.serial_hex for row in rows if row.state == CertificateState.HELD]
        revoke_certificate.release(self.workspace, rows[0].certifier_id, held)

    def _export(self, rows: list[Row]) -> None:
        from dominoadmin.gui.issuance import export as export_certificates

        export_certificates.start(self.workspace, [(row.certifier_id, row.serial_hex) for row in rows], rows[0].subject)

    def _issue(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.revocation import crl_actions

        assert self._certifier is not None
        crl_actions.issue(self.workspace, self._certifier.name)

    def _push(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.revocation import crl_actions

        assert self._certifier is not None
        crl_actions.push(self.workspace, self._certifier.name)

    def _save_list(self, rows: list[Row]) -> None:
        from dominoadmin.gui.revocation import crl_actions

        crl_actions.export(self.workspace, rows[0].id, rows[0].certifier, rows[0].title)


@dataclass(frozen=True)
class _Versions:
    certifier_id: int

    def __call__(self, domain: Domain, actor: Actor) -> Sequence[VersionRow]:
        return certifier_documents.configuration_versions(domain, actor, self.certifier_id)


def _title(certifier: CertifierView | None) -> str:
    if certifier is None:
        return _("Issued Certificates")
    return _("ICL for {name}").format(name=names.certifier_common_name(certifier.name))


def _paths() -> tuple[tuple[str, int, bool], ...]:
    return (
        (_("Issued Certificates\\By Subject Name"), orders.BY_SUBJECT, False),
        (_("Issued Certificates\\By Serial Number"), orders.BY_SERIAL, False),
        (_("Issued Certificates\\By Issue Date"), orders.BY_ISSUE, True),
        (_("Issued Certificates\\By Expiration Date"), orders.BY_END, False),
    )


def _issued_view(workspace: Workspace, certifier_id: int, path: str, order: int, newest: bool) -> View:
    first = {orders.BY_SERIAL: _("Serial number"), orders.BY_ISSUE: _("Issued"), orders.BY_END: _("Expiration date")}
    columns = _columns(with_certifier=not certifier_id)
    columns.sort(key=lambda each: each[1].title != first.get(order, _("Subject")))
    source = _source(workspace, Chosen(certifier_id=certifier_id), columns, order, newest=newest)
    nothing = _(
        "No certificate has been issued yet. The CA process issues a certificate for each request that an RA has "
        "approved."
    )
    return _view(workspace, path, source, columns, nothing)


def _revoked_view(workspace: Workspace, certifier_id: int) -> View:
    columns = _columns(with_certifier=not certifier_id, has_reasons=True)
    chosen = Chosen(certifier_id=certifier_id, states=(CertificateState.REVOKED,))
    source = _source(workspace, chosen, columns, orders.BY_SUBJECT, newest=False)
    return _view(workspace, _("Revoked"), source, columns, _("No certificate has been revoked."))


def _view(
    workspace: Workspace, path: str, source: IssuedSource, columns: Sequence[tuple[int, Column]], empty: str
) -> View:
    """Return a view of certificates; those of one state offer no filter by states."""
    return View(
        path=path,
        columns=tuple(column for _order, column in columns),
        key=_ID,
        records={Line: _ID},
        empty=empty,
        source=source,
        above=partial(_filters, workspace, source, states=not source.chosen.states),
        handed_out=partial(_handed_out, workspace),
    )


def _handed_out(workspace: Workspace, rows: Sequence[Row]) -> Sequence[PemFile]:
    session = workspace.session
    return pem_files.certificates(session.domain, session.actor, [(row.certifier_id, row.serial_hex) for row in rows])


def _source(
    workspace: Workspace, chosen: Chosen, columns: Sequence[tuple[int, Column]], order: int, *, newest: bool
) -> IssuedSource:
    by_column = [each for each, _column in columns]
    return IssuedSource(workspace.session.domain, chosen, by_column, order, descending=newest)


def _filters(workspace: Workspace, source: IssuedSource, changed: Callable[[], None], *, states: bool) -> IssuedFilters:
    return IssuedFilters(workspace, source, changed, states=states)


def _columns(*, with_certifier: bool, has_reasons: bool = False) -> list[tuple[int, Column]]:
    badge, short = attrgetter("badge"), None if has_reasons else attrgetter("short")
    return [
        (orders.BY_SUBJECT, Column(_("Subject"), attrgetter("subject"), 240, short=_subject_in_words, least=26)),
        (orders.BY_STATE, Column(_("State"), attrgetter("sentence"), 110, badge=badge, short=short, least=22)),
        (orders.BY_END, Column(_("Expiration date"), attrgetter("end"), 110)),
        (orders.BY_KIND, Column(_("Type"), attrgetter("kind"), 110)),
        (orders.BY_REQUESTER, Column(_("Requested by"), attrgetter("requester"), 160)),
        (orders.BY_KEY, Column(_("Key type"), attrgetter("key"), 110)),
        (orders.BY_START, Column(_("Effective date"), attrgetter("start"), 110)),
        (orders.BY_ISSUE, Column(_("Issued"), attrgetter("issued"), 130)),
        (orders.BY_SERIAL, Column(_("Serial number"), attrgetter("serial"), 260)),
        *([(orders.BY_CERTIFIER, Column(_("Certifier"), attrgetter("certifier"), 160))] if with_certifier else []),
    ]


def _subject_in_words(row: Row) -> str:
    return names.in_words(row.subject)


def _version_columns() -> tuple[Column, ...]:
    return (
        Column(_("Document"), _version, 260, _number),
        Column(_("Signed by"), _signer, 260),
        Column(_("Current"), _in_force, 120),
    )


def _needs_one(rows: list[Row]) -> str:
    return "" if len(rows) == 1 else _("Select one certificate first.")


def _needs_some(rows: list[Row]) -> str:
    if not len(rows):
        return _("Select one or more certificates first.")
    return _("Select at most {n} certificates.").format(n=_FEW) if len(rows) > _FEW else ""


def _needs_one_list(rows: list[Row]) -> str:
    return "" if len(rows) == 1 else _("Select one CRL first.")


def _needs_valid(rows: list[Row]) -> str:
    if problem := _too_many(rows):
        return problem
    if not any(row.state in (CertificateState.VALID, CertificateState.EXPIRED, CertificateState.HELD) for row in rows):
        return _("The selected certificates are already revoked.")
    return ""


def _needs_held(rows: list[Row]) -> str:
    if problem := _too_many(rows):
        return problem
    return (
        ""
        if any(row.state == CertificateState.HELD for row in rows)
        else _("Only a certificate that is on hold can be released.")
    )


def _too_many(rows: list[Row]) -> str:
    if problem := _needs_some(rows):
        return problem
    if len({row.certifier_id for row in rows}) > 1:
        return _("Select certificates of one certifier only.")
    return ""


def _version(row: VersionRow) -> str:
    return _("CA Configuration, version {number}").format(number=row.number)


def _number(row: VersionRow) -> int:
    return row.number


def _signer(row: VersionRow) -> str:
    return row.signer


def _in_force(row: VersionRow) -> str:
    return _("Yes") if row.in_force else _("No")
