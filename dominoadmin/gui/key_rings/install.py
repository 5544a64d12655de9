"""Install on Server (technote, step 27): shows what is copied where, copies it, and shows the next step."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.dialog import ChoiceDialog, DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.values import add_node
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.reading import ShownReading
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.key_rings.fields import file_row
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, names
from dominoadmin.pki.extension_texts import Node
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import Installation, Installed
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.key_rings import installation_draft as installation
from dominoadmin.viewmodels.key_rings import listing as key_ring_listing
from dominoadmin.viewmodels.key_rings.installation_draft import InstallationDraft
from dominoadmin.viewmodels.key_rings.listing import ListedRing


def start(workspace: Workspace, file: str = "", *, guided: bool = False) -> None:
    """Open the dialog; without a file, a certified key ring that is not installed yet is proposed.

    `guided`: copy at once, and show the result only if it has warnings.
    """
    domain = workspace.session.domain
    try:
        rings = key_ring_listing.listed(domain)
        servers = installation.servers(domain)
        chosen = file or installation.to_install(rings)
        draft = InstallationDraft(chosen, installation.server_of(rings, chosen) or servers[0])
        if guided and not draft.problem():
            ShownReading(workspace, partial(_installed, draft.request()), partial(_show, workspace))
        else:
            InstallKeyRing(workspace, draft, rings, servers).open()
    except Error as error:
        errors.show(workspace.widget(), error)


def _installed(request: Installation, domain: Domain, actor: Actor) -> Installed:
    return key_rings.install(domain, actor, request)


def _show(workspace: Workspace, done: Installed) -> None:
    if done.warnings:
        KeyRingInstalled(workspace, done).open()
    else:
        said = _("{file} and its stash file have been installed on {server}.")
        workspace.say(said.format(file=done.key_ring, server=names.abbreviated(done.server)))


class InstallKeyRing(DraftDialog[InstallationDraft, Installed]):
    """The dialog: the key ring and the server."""

    def __init__(
        self, workspace: Workspace, draft: InstallationDraft, rings: list[ListedRing], servers: list[str]
    ) -> None:
        super().__init__(workspace, _("Install on Server"), draft)
        self.add_form(_InstallForm(workspace.session.domain, draft, rings, servers, self))
        self.set_commit(_("&Install"))

    def work(self) -> Work[Installed]:
        """Return the work: copy and compare."""
        session = self.workspace.session
        return partial(_install, session.domain, session.actor, self.draft.request())

    def succeeded(self, result: Installed) -> None:
        """Show the result and the next step."""
        super().succeeded(result)
        KeyRingInstalled(self.workspace, result).open()


class _InstallForm(Form):
    def __init__(
        self, domain: Domain, draft: InstallationDraft, rings: list[ListedRing], servers: list[str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._domain, self._draft = domain, draft
        self.paragraph(_("Copies the key ring and its stash file, byte for byte, into the server's data directory."))
        self.file = file_row(self, _("&Key Ring File Name"), draft.file, rings)
        items = [(name, names.abbreviated(name)) for name in servers]
        self.server = self.choice(_("&Server"), items, draft.server)
        self.password = self.password_line(
            _("Key Ring &Password"),
            hint=_("Optional. With the password, the validity and the host names of the certificate are also checked."),
        )
        self.name(file=self.file, server=self.server, password=self.password)
        self.require(self.file)
        self.heading(_("Files to copy"))
        self.files, self.source, self.target = (
            self.shown(label, "") for label in (_("Files"), _("From folder"), _("To folder"))
        )
        self._show_copies()

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.file = self.file.currentText()
        self._draft.server = self.server.currentData()
        self._draft.password = self.password.text()
        self._show_copies()

    def _show_copies(self) -> None:
        copies = self._draft.copies(self._domain)
        self.files.setText(", ".join(source.name for source, _target in copies))
        self.source.setText(", ".join({str(source.parent): "" for source, _target in copies}))
        self.target.setText(", ".join({str(target.parent): "" for _source, target in copies}))


def _install(domain: Domain, actor: Actor, request: Installation, progress: Progress) -> Installed:
    progress.step(_("Copying and comparing"))
    return key_rings.install(domain, actor, request)


class KeyRingInstalled(ChoiceDialog[None]):
    """The copied files, with the SHA-256 of each copy, and the next step."""

    def __init__(self, workspace: Workspace, done: Installed) -> None:
        super().__init__(workspace, _("Key Ring Installed"), None)
        self._installed = done
        form = Form(self)
        server = names.abbreviated(done.server)
        form.paragraph(_("The key ring has been installed on {server}.").format(server=server))
        form.shown(_("Data directory"), str(done.folder))
        for file, digest in sorted(done.sha256.items()):
            label = _("SHA-256 of {file}").format(file=file)
            add_node(form, Node(label, describe.grouped(digest), fixed=True, copied=True))
        if done.warnings:
            form.heading(_("Please note"))
        for warning in done.warnings:
            form.paragraph(warning)
        form.heading(_("Next"))
        form.paragraph(self._next_step())
        self.add_form(form)
        self.set_commit(_("&Edit Server Document"))
        self.cancel_button.setText(_("C&lose"))

    def begin_at(self) -> QWidget:
        return self.commit_button

    def succeeded(self, result: None) -> None:
        """Open the Server document in edit mode."""
        super().succeeded(result)
        self.workspace.open.server(self._installed.server, edit=True)

    def _next_step(self) -> str:
        sentence = _(
            "In the Server document, under Ports - Internet Ports, enter {file} as the SSL key file name and set the "
            'SSL port status to Enabled. Then enter "tell http restart" on the server console.'
        )
        if installation.is_entered(self.workspace.session.domain, self._installed):
            sentence = _(
                'The Server document names {file} already, and the SSL port is enabled. Enter "tell http restart" on '
                "the server console: HTTP then uses the new files."
            )
        return sentence.format(file=self._installed.key_ring)
