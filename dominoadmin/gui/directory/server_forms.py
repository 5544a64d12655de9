"""The tabs of the Server document: Basics, Security, Ports - Internet Ports. Read mode shows, edit mode edits."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from dominoadmin.errors import Error
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities import administrators as administrators_dialog
from dominoadmin.gui.identities.people_list import PeopleList
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.directory.server_entries import DISABLED, ENABLED, REDIRECT, SSL_STATUSES, TCP_STATUSES, WEB
from dominoadmin.services.identities import administrators
from dominoadmin.viewmodels.directory.server_draft import OPTIONS, ServerDraft

_MAXIMUM_PORT: Final = 65535


class BasicsForm(Form):
    """The server's name, its host name, and its mail relay."""

    def __init__(self, draft: ServerDraft, *, editing: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.shown(_("Server name"), names.abbreviated(draft.entry.name))
        if editing:
            self._edit()
        else:
            self._show()

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.host_name = self._host.text()
        relay = self._draft.relay
        relay.host, relay.sender = self._relay.text().strip(), self._sender.text()
        relay.port, relay.starttls = self._port.value(), self._starttls.isChecked()

    def _show(self) -> None:
        draft, relay = self._draft, self._draft.relay
        self.shown(_("Fully qualified Internet host name"), draft.host_name)
        self.shown(_("Server's ID file"), draft.entry.id_file)
        self.heading(_("Mail"))
        label = _("Relay host for messages leaving the local Internet domain")
        if relay.host:
            self.shown(label, _("{host}, port {port}").format(host=relay.host, port=relay.port))
            self.shown(_("STARTTLS"), _yes_or_no(relay.starttls))
            self.shown(_("Sender's address"), relay.sender)
        else:
            self.shown(label, _("None: memos stay in this domain."))

    def _edit(self) -> None:
        draft, relay = self._draft, self._draft.relay
        self._host = self.line(_("Fully &qualified Internet host name"), draft.host_name)
        self.heading(_("Mail"))
        hint = _("Leave empty to keep memos in this domain.")
        self._relay = self.line(_("Rela&y host for messages leaving the local Internet domain"), relay.host, hint=hint)
        self._port = self.number(_("Relay &port"), relay.port, 1, _MAXIMUM_PORT)
        self._starttls = self.check(_("Send over an encrypted connection only (S&TARTTLS)"), relay.starttls)
        self._sender = self.line(_("Se&nder's address"), relay.sender)
        self.name(
            host_name=self._host, relay_host=self._relay, relay_port=self._port, relay_sender=self._sender
        )  # fmt: skip
        self.require(self._host)


class SecurityForm(Form):
    """The people who may run unrestricted methods and operations, which the CA process requires (technote, step 13)."""

    def __init__(
        self, workspace: Workspace, draft: ServerDraft, *, editing: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._draft = draft
        self.heading(_("Programmability Restrictions"))
        label = _("Run unrestricted methods and operations")
        if not editing:
            self.shown(label, "\n".join(map(names.abbreviated, draft.run_unrestricted)) or _("Nobody"))
            return
        people = PeopleList(workspace, draft.run_unrestricted, draft.candidates, self)
        people.edited.connect(self.changed)
        self.row(label, people)
        self.name(run_unrestricted=people)
        self.paragraph(_("A database processes its requests automatically only if its RA is on this list."))


class AdministratorsForm(Form):
    """The administrators, who are the same for all servers. They are changed in a dialog, with the certifier ID."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.heading(_("Administrators"))
        self._names = self.paragraph("")
        self._names.setAccessibleName(_("Administrators"))
        self._names.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._change = QPushButton(_("Chan&ge…"), self)
        self._change.setAccessibleName(_("Change administrators"))
        self._change.clicked.connect(self._open)
        self._change.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.paragraph(administrators_dialog.meaning())
        self.rows.addRow(self._change)
        self.refresh()
        workspace.events.store_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show who they are now, or why that is not known."""
        session, problem = self._workspace.session, ""
        try:
            text = "\n".join(map(names.abbreviated, administrators.checked(session.domain, session.actor)))
        except Error as error:
            text = problem = error.text()
        self._names.setText(text)
        self._change.setDisabled(bool(problem))
        self._change.setToolTip(problem)

    def _open(self) -> None:
        administrators_dialog.start(self._workspace)


class SslForm(Form):
    """The group "SSL settings" above the protocols."""

    def __init__(self, draft: ServerDraft, *, editing: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.heading(_("SSL settings"))
        if not editing:
            self.shown(_("SSL key file name"), draft.ssl_key_file or _("None"))
            return
        self._file = SteadyComboBox(self, editable=True)
        self._file.addItems(draft.key_rings())
        self._file.setCurrentText(draft.ssl_key_file)
        self._file.editTextChanged.connect(self.changed)
        hint = _("File name only, without a path. The list shows the key rings that are installed on this server.")
        self.row(_("SSL key file &name"), self._file, hint=hint)
        self.name(ssl_key_file=self._file)

    def save(self) -> None:
        """Put the field into the draft."""
        self._draft.ssl_key_file = self._file.currentText()


class ProtocolForm(Form):
    """Port numbers, statuses and authentication options of one protocol."""

    def __init__(self, draft: ServerDraft, protocol: str, *, editing: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ports, self._protocol = draft.ports[protocol], protocol
        self._options: dict[tuple[str, str], QCheckBox] = {}
        self.heading(_protocols()[protocol])
        if protocol != WEB:
            self.paragraph(_("This version has no task for this protocol; the fields are kept for later."))
        if editing:
            self._edit()
        else:
            self._show()

    def save(self) -> None:
        """Put the fields into the draft."""
        ports = self._ports
        ports.tcp_port, ports.tcp_port_status = self._tcp_port.value(), self._tcp_status.currentData()
        ports.ssl_port, ports.ssl_port_status = self._ssl_port.value(), self._ssl_status.currentData()
        for (column, option), box in self._options.items():
            ports.authentication(column)[option] = box.isChecked()

    def _show(self) -> None:
        ports, statuses = self._ports, _statuses()
        self.shown(_("TCP/IP port number"), str(ports.tcp_port))
        self.shown(_("TCP/IP port status"), statuses[ports.tcp_port_status])
        self._show_options("tcp")
        self.shown(_("SSL port number"), str(ports.ssl_port))
        self.shown(_("SSL Port Status"), statuses[ports.ssl_port_status])
        self._show_options("ssl")

    def _show_options(self, column: str) -> None:
        labels, given = _options(), self._ports.authentication(column)
        allowed = [labels[option] for option in OPTIONS[column] if given.get(option)]
        self.shown(_("Authentication options"), ", ".join(allowed) or _("None"))

    def _edit(self) -> None:
        ports, statuses = self._ports, _statuses()
        tcp = [(status, statuses[status]) for status in TCP_STATUSES]
        ssl = [(status, statuses[status]) for status in SSL_STATUSES]
        self._tcp_port = self.number(_("TCP/IP port number"), ports.tcp_port, 0, _MAXIMUM_PORT)
        self._tcp_status = self.choice(_("TCP/IP port status"), tcp, ports.tcp_port_status)
        tcp_options = self._edit_options("tcp", _("Authentication options, TCP/IP"))
        self._ssl_port = self.number(_("SSL port number"), ports.ssl_port, 0, _MAXIMUM_PORT)
        self._ssl_status = self.choice(_("SSL Port Status"), ssl, ports.ssl_port_status)
        ssl_options = self._edit_options("ssl", _("Authentication options, SSL"))
        named = {
            "http_port": self._tcp_port,
            "tcp_options": tcp_options,
            "ssl_port": self._ssl_port,
            "ssl_options": ssl_options,
        }
        self.name(**{f"{self._protocol} {key}": editor for key, editor in named.items()})

    def _edit_options(self, column: str, caption: str) -> QWidget:
        labels, given = _options(), self._ports.authentication(column)
        holder = QWidget(self)
        box_row = QHBoxLayout(holder)
        box_row.setContentsMargins(0, 0, 0, 0)
        for option in OPTIONS[column]:
            if option in given:
                box = QCheckBox(labels[option].replace("&", "&&"), holder)
                box.setAccessibleName(_("{option} ({options})").format(option=labels[option], options=caption))
                box.setChecked(given[option])
                box.toggled.connect(self.changed)
                box_row.addWidget(box)
                self._options[column, option] = box
        box_row.addStretch(1)
        self.row(caption, holder)
        return holder


def _statuses() -> dict[str, str]:
    return {ENABLED: _("Enabled"), DISABLED: _("Disabled"), REDIRECT: _("Redirect to SSL")}


def _options() -> dict[str, str]:
    return {
        "name_and_password": _("Name & password"),
        "anonymous": _("Anonymous"),
        "client_certificate": _("Client certificate"),
    }


def _protocols() -> dict[str, str]:
    return {
        "Web": _("Web (HTTP/HTTPS)"),
        "Directory": _("Directory (LDAP)"),
        "Mail (IMAP)": _("Mail (IMAP)"),
        "Mail (POP)": _("Mail (POP)"),
        "Mail (SMTP Inbound)": _("Mail (SMTP Inbound)"),
        "DIIOP": _("DIIOP"),
    }


def _yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")
