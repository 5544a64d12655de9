"""The tabs of the Server document: Basics, Security, Ports - Internet Ports. Read mode shows, edit mode edits."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.gui.frame.forms.values import add_beside
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.directory.server_entries import DISABLED, ENABLED, REDIRECT, SSL_STATUSES, TCP_STATUSES, WEB
from dominoadmin.viewmodels.directory.server_draft import OPTIONS, ServerDraft

_ROLE: Final = Qt.ItemDataRole.UserRole
_MAXIMUM_PORT: Final = 65535
_LIST_ROWS: Final = 5


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


class SecurityForm(Form):
    """The people who may run unrestricted methods and operations, which the CA process requires (technote, step 13)."""

    def __init__(self, draft: ServerDraft, *, editing: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.heading(_("Programmability Restrictions"))
        label = _("Run unrestricted methods and operations")
        if not editing:
            self.shown(label, "\n".join(map(names.abbreviated, draft.run_unrestricted)) or _("Nobody"))
            return
        self._list = QListWidget(self)
        self._list.setFixedHeight(self.fontMetrics().lineSpacing() * _LIST_ROWS + 12)
        self._list.itemSelectionChanged.connect(self._switch)
        self.row(label, self._list)
        self._people = SteadyComboBox(self)
        self._add = QPushButton(_("A&dd"), self)
        self._remove = QPushButton(_("Re&move"), self)
        self._add.clicked.connect(self._add_person)
        self._remove.clicked.connect(self._remove_person)
        add_beside(self, _("&Person"), _beside(self._people, self._add, self._remove), self._people)
        self.paragraph(_("A database processes its requests automatically only if its RA is on this list."))
        self._fill()

    def _fill(self) -> None:
        self._list.clear()
        for name in self._draft.run_unrestricted:
            item = QListWidgetItem(names.abbreviated(name), self._list)
            item.setData(_ROLE, name)
        self._people.clear()
        for name in self._draft.candidates():
            self._people.addItem(names.abbreviated(name), name)
        self._switch()

    def _switch(self) -> None:
        nobody = not self._people.count()
        self._add.setDisabled(nobody)
        self._add.setToolTip(_("Everyone in the Domino Directory is already on the list.") if nobody else "")
        nothing = not self._list.selectedItems()
        self._remove.setDisabled(nothing)
        self._remove.setToolTip(_("Select a name first.") if nothing else "")

    def _add_person(self) -> None:
        self._draft.run_unrestricted.append(self._people.currentData())
        self._fill()
        self.edited.emit()

    def _remove_person(self) -> None:
        for item in self._list.selectedItems():
            self._draft.run_unrestricted.remove(item.data(_ROLE))
        self._fill()
        self.edited.emit()


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
        self._edit_options("tcp", _("Authentication options, TCP/IP"))
        self._ssl_port = self.number(_("SSL port number"), ports.ssl_port, 0, _MAXIMUM_PORT)
        self._ssl_status = self.choice(_("SSL Port Status"), ssl, ports.ssl_port_status)
        self._edit_options("ssl", _("Authentication options, SSL"))

    def _edit_options(self, column: str, caption: str) -> None:
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


def _beside(*widgets: QWidget) -> QWidget:
    holder = QWidget(widgets[0].parentWidget())
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for number, widget in enumerate(widgets):
        row.addWidget(widget, 0 if number else 1)
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
