"""View & Edit Key Rings: the key rings of the data directory, and the certificates of the open one."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.jobs import Job, R, Work
from dominoadmin.gui.frame.reading import ShownReading
from dominoadmin.gui.frame.tables.view import EXPORT, LEVEL, Action, DatabaseTab, NavigatorCommand, Row, View
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.key_rings import (
    certify as certify_key_ring,
)
from dominoadmin.gui.key_rings import (
    create as create_key_ring,
)
from dominoadmin.gui.key_rings import (
    install as install_key_ring,
)
from dominoadmin.gui.key_rings import (
    pickup as pickup_key_ring,
)
from dominoadmin.gui.key_rings import trusted_roots as roots
from dominoadmin.gui.key_rings import why_off
from dominoadmin.gui.key_rings.columns import certificate_columns, handed_out, ring_columns
from dominoadmin.gui.key_rings.export import ExportKeyRing
from dominoadmin.gui.key_rings.fields import kept, with_server_id
from dominoadmin.gui.key_rings.opened_ring import OpenedRing
from dominoadmin.gui.key_rings.password import ChangePassword, OpenKeyRingDialog
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import generated
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess, KeyRingView
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.key_rings import listing as key_ring_listing
from dominoadmin.viewmodels.key_rings.changes_draft import LabelDraft
from dominoadmin.viewmodels.key_rings.listing import ListedRing, RingCertificate

KEY: Final = "key-rings"


def open_key_rings(workspace: Workspace, file: str = "") -> None:
    """Open or raise the tab; `file`: search it for this key ring."""
    tab = workspace.show_tab(KEY, partial(_tab, workspace))
    if file and isinstance(tab, KeyRingsTab):
        tab.search_for(file)


def _tab(workspace: Workspace) -> QWidget:
    return KeyRingsTab(workspace)


class KeyRingsTab(DatabaseTab):
    """Keeps the password of the open key ring until another is opened, the tab is closed or the window locked."""

    def __init__(self, workspace: Workspace) -> None:
        self._ring = OpenedRing(workspace.session.domain)
        self._then: Callable[[], object] | None = None
        self._rings, self._certificates = _("Key Rings"), _("Certificates")
        views = _views(workspace.session.domain, self._ring, self._rings, self._certificates)
        actions = (*self._ring_actions(), *self._certificate_actions())
        super().__init__(workspace, _("View & Edit Key Rings"), views, actions, _commands(workspace))
        workspace.session.changed.connect(self._forget_if_locked)

    def open_row(self, view: View, row: Row) -> None:
        """Open the key ring, or show the certificate."""
        if view.path == self._rings:
            self._with_opened(row.file, self._show_certificates)
        elif row.certificate is not None:
            self._show_certificate([row])

    def search_for(self, file: str) -> None:
        """Show a key ring; Escape shows all of them again."""
        self.show_view(self._rings)
        self.current.start_search()
        self.current.search.setText(file)

    def refresh(self) -> None:
        """Read the current view again, and name the open key ring."""
        super().refresh()
        opened = self._ring.access
        title = _("Certificates in {file}").format(file=opened.file) if opened else self._certificates
        self.set_title(self._certificates, title)

    def _ring_actions(self) -> tuple[Action, ...]:
        here = (self._rings,)
        return (
            Action(_("Open"), self._open_ring, why_off.one_ring, here),
            Action(_("Certify…"), self._certify, why_off.one_ring, here),
            Action(_("Pickup…"), self._pickup, why_off.one_ring, here),
            Action(_("Install…"), self._install, why_off.one_ring, here),
            Action(_("Password…"), self._change_password, why_off.one_ring, here),
            Action(_("Export…"), self._export, why_off.certified_ring, here, EXPORT),
            Action(_("Delete"), self._delete, why_off.one_ring, here),
        )

    def _certificate_actions(self) -> tuple[Action, ...]:
        here = (self._certificates,)
        return (
            Action(_("Show"), self._show_certificate, why_off.shown, here),
            Action(_("Add Trusted Root…"), self._add_root, self._closed, here),
            Action(_("Designate…"), self._designate, why_off.designated, here),
            Action(_("Label…"), self._edit_label, why_off.one_root, here),
            Action(_("Delete"), self._remove_root, why_off.one_root, here),
            Action(_("Password…"), self._change_password, self._closed, here),
            Action(_("Export…"), self._export, self._closed, here),
            Action(_("Close"), self._close_ring, self._closed, here),
        )

    # the open key ring

    def _with_opened(self, file: str, then: Callable[[], object]) -> None:
        """Open the key ring, asking for its password if needed, then call `then`."""
        if self._ring.access and self._ring.access.file == file:
            then()
            return
        self._then = then
        session = self.workspace.session
        if generated.is_for(session.domain, session.actor, file):
            # An open key ring can be exported: an unlocked window alone is not enough.
            reason = _("The password of {file} was generated for you. Enter your own password to open the key ring.")
            opening = partial(with_server_id, self.workspace, file, partial(self._open_kept, file))
            self.workspace.locking.prove_person(reason.format(file=file), opening)
            return
        self._ask(file)

    def _open_kept(self, file: str) -> None:
        if password := kept(self.workspace)(file):
            ShownReading(self.workspace, partial(_opened, KeyRingAccess(file, password)), self._take)
        else:  # the server has another ID now
            self._ask(file)

    def _ask(self, file: str) -> None:
        dialog = OpenKeyRingDialog(self.workspace, file)
        dialog.committed.connect(self._take)
        dialog.open()

    def _take(self, opened: tuple[KeyRingAccess, KeyRingView]) -> None:
        self._ring.open(*opened)
        if self._then:
            self._then()

    def _show_certificates(self) -> None:
        if self._ring.access:
            self.workspace.say(_("{file} is open.").format(file=self._ring.access.file))
        if self.current.view.path == self._certificates:
            self.refresh()
        else:
            self.show_view(self._certificates)

    def _close_ring(self, _rows: list[Row]) -> None:
        self._ring.close()
        self.show_view(self._rings)

    def _forget_if_locked(self) -> None:
        if self.workspace.session.is_locked:
            self._ring.close()
            self.refresh()

    def _closed(self, _rows: list[Row]) -> str:
        return "" if self._ring.access else _("Open a key ring first: go to Key Rings, select one and press Enter.")

    def _file(self, rows: list[Row]) -> str:
        """Return the selected key ring, or the open one if its certificates are shown."""
        if self.current.view.path == self._rings:
            return str(rows[0].file)
        return self._ring.access.file if self._ring.access else ""

    # key rings

    def _open_ring(self, rows: list[ListedRing]) -> None:
        self._with_opened(rows[0].file, self._show_certificates)

    def _certify(self, rows: list[ListedRing]) -> None:
        certify_key_ring.start(self.workspace, file=rows[0].file)

    def _pickup(self, rows: list[ListedRing]) -> None:
        pickup_key_ring.start(self.workspace, rows[0].pickup_id, file=rows[0].file)

    def _install(self, rows: list[ListedRing]) -> None:
        install_key_ring.start(self.workspace, rows[0].file)

    def _change_password(self, rows: list[Row]) -> None:
        self._with_opened(self._file(rows), self._ask_new_password)

    def _ask_new_password(self) -> None:
        if self._ring.access and self._ring.view:
            view = self._ring.view
            dialog = ChangePassword(self.workspace, self._ring.access, [view.subject, *view.names], view.server)
            dialog.committed.connect(self._reopen)
            dialog.open()

    def _reopen(self, password: str) -> None:
        self._ring.reopen(password)
        self.refresh()

    def _export(self, rows: list[Row]) -> None:
        self._with_opened(self._file(rows), self._ask_export)

    def _ask_export(self) -> None:
        if self._ring.access:
            ExportKeyRing(self.workspace, self._ring.access, Path.home()).open()

    def _delete(self, rows: list[ListedRing]) -> None:
        text = _("Delete {file} and its stash file? The private key will be lost permanently. Installed copies remain.")
        messages.confirm(
            self,
            _("Delete Key Ring"),
            text.format(file=rows[0].file),
            _("&Delete"),
            partial(self._deleted, rows[0].file),
        )

    def _deleted(self, file: str) -> None:
        if self._ring.access and self._ring.access.file == file:
            self._ring.close()
        session = self.workspace.session
        self._do(partial(_delete, session.domain, session.actor, file))

    # certificates

    def _show_certificate(self, rows: list[RingCertificate]) -> None:
        if self._ring.view:
            chain = key_ring_listing.chain_of(self._ring.view, rows[0])
            viewer.show(self.workspace, [describe.der(each) for each in chain])

    def _add_root(self, _rows: list[Row]) -> None:
        pattern = _("Certificates (*.pem *.cer *.crt *.der);;All files (*)")
        messages.choose_file(self, _("Add Trusted Root"), Path.home(), pattern, self._root_chosen)

    def _root_chosen(self, path: Path) -> None:
        if self._ring.access is None:
            return
        try:
            dialog = roots.adding(self.workspace, self._ring.access, path)
        except Error as error:
            errors.show(self, error)
            return
        dialog.committed.connect(self._root_received)
        dialog.open()

    def _designate(self, rows: list[RingCertificate]) -> None:
        if self._ring.access:
            self._edit(roots.designating(self.workspace, self._ring.access, rows[0]), self._root_received)

    def _root_received(self, _message: str) -> None:
        self.refresh()
        text = _("Certificate received into key ring and designated as trusted root")
        messages.inform(self, _("Domino Key Ring Management"), text)

    def _edit_label(self, rows: list[RingCertificate]) -> None:
        if self._ring.access:
            self._edit(roots.EditLabel(self.workspace, self._ring.access, rows[0].label), self._changed)

    def _edit(self, dialog: DraftDialog[LabelDraft, R], then: Callable[[R], None]) -> None:
        dialog.committed.connect(then)
        dialog.open()

    def _changed(self, _result: object) -> None:
        self.refresh()

    def _remove_root(self, rows: list[RingCertificate]) -> None:
        text = _("Delete the certificate {label} from the key ring? It will no longer be a trusted root.")
        then = partial(self._removed, rows[0].label)
        messages.confirm(self, _("Delete Certificate"), text.format(label=rows[0].label), _("&Delete"), then)

    def _removed(self, label: str) -> None:
        if self._ring.access:
            session = self.workspace.session
            self._do(partial(_remove, session.domain, session.actor, self._ring.access, label))

    # jobs

    def _do(self, work: Work[object]) -> None:
        job = Job(work)
        job.done.connect(self._changed)
        job.failed.connect(self._failed)
        job.start()

    def _failed(self, error: Exception) -> None:
        errors.show(self, error)


def _opened(access: KeyRingAccess, domain: Domain, _actor: Actor) -> tuple[KeyRingAccess, KeyRingView]:
    return access, key_rings.show(domain, access)


def _views(domain: Domain, ring: OpenedRing, rings: str, certificates: str) -> tuple[View, ...]:
    none = _("There is no key ring yet. Choose Create Key Ring.")
    closed = _("No key ring is open. Go to Key Rings, select one, and press Enter.")
    return (
        View(
            path=rings,
            columns=ring_columns(),
            load=partial(key_ring_listing.listed, domain),
            key=_key_of_ring,
            empty=none,
        ),
        View(
            path=certificates,
            columns=certificate_columns(),
            load=ring.certificates,
            key=_key_of_certificate,
            empty=closed,
            handed_out=handed_out,
        ),
    )


def _commands(workspace: Workspace) -> tuple[NavigatorCommand, ...]:
    path = _("Domino Key Ring Management") + LEVEL
    return (
        NavigatorCommand(path + _("Create Key Ring"), partial(create_key_ring.start, workspace)),
        NavigatorCommand(path + _("Certify Key Ring"), partial(certify_key_ring.start, workspace)),
        NavigatorCommand(path + _("Pickup Key Ring Certificate"), partial(pickup_key_ring.start, workspace)),
    )


def _key_of_ring(row: ListedRing) -> Hashable:
    return row.file


def _key_of_certificate(row: RingCertificate) -> Hashable:
    return row.kind, describe.der(row.certificate) if row.certificate else b""


def _delete(domain: Domain, actor: Actor, file: str, _progress: Progress) -> list[Path]:
    return key_rings.delete(domain, actor, file)


def _remove(domain: Domain, actor: Actor, access: KeyRingAccess, label: str, _progress: Progress) -> None:
    key_rings.remove_trusted_root(domain, actor, access, label)
