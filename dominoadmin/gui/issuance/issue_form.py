"""The fields of "New Certificate", each with its problem below it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.forms.copy_line import CopyLine
from dominoadmin.gui.frame.forms.country import CountryLine
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.password_line import PasswordLine
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.issuance import issue_draft as fields
from dominoadmin.viewmodels.issuance.issue_draft import IssueDraft

Editor = TypeVar("Editor", bound=QWidget)
_CHOSEN_KEY: Final = "new certificate"
_HOSTS_SHOWN, _REQUEST_SHOWN = 3, 6


def password_line(form: Form, password: str) -> CopyLine:
    """Add the generated password of a key ring, which can be copied."""
    line = CopyLine(_("Cop&y"), form, password, PasswordLine(form))
    line.add_to(form, _("Key Ring &Password"))
    return line


def prefer(workspace: Workspace, draft: IssueDraft) -> None:
    """Choose the kind of key and the days that were chosen for this certifier the last time."""
    found = workspace.memory.get(f"{_CHOSEN_KEY}/{draft.database}", [])
    if len(found) == len(("key", "days")) and isinstance(found[0], str) and isinstance(found[1], int):
        draft.prefer(found[0], found[1])


def remember(workspace: Workspace, draft: IssueDraft) -> None:
    """Keep what was chosen for the next time; the certifier's own default stays its default."""
    days = 0 if draft.days == draft.limit.usual else draft.days
    workspace.memory.set(f"{_CHOSEN_KEY}/{draft.database}", [draft.key_algorithm, days])


class IssueForm(Form):
    """The certifier, and either the hosts of a new key ring or a request."""

    def __init__(self, workspace: Workspace, draft: IssueDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace, self._draft = workspace, draft
        self._parts: dict[str, list[QWidget]] = {}
        self._is_choosing = False
        self.certifier = self.choice(_("&Certifier"), draft.certifiers, draft.database)
        self.source = self.radios(_("For"), _sources(), draft.source)
        self._new_key()
        self._own_request()
        limit = draft.limit
        self.days = self.number(_("Valid fo&r"), draft.days, limit.least, limit.most, _(" days"))
        self.require(self.hosts, self.state, self.country, self.request)
        self.name(hosts=self.hosts, file=self.file, state=self.state, country=self.country, request=self.request)
        self.certifier.currentIndexChanged.connect(self._choose)
        self._arrange()

    def save(self) -> None:
        """Put the fields into the draft."""
        draft = self._draft
        draft.source = self.source.value()
        draft.hosts, draft.csr_text = self.hosts.toPlainText(), self.request.toPlainText()
        if not self._is_choosing:
            draft.key_algorithm, draft.days = self.key.currentData() or "", self.days.value()
        draft.file, draft.state, draft.country = self.file.text(), self.state.text(), self.country.text()
        self._arrange()

    def _new_key(self) -> None:
        first = self.rows.rowCount()
        hint = _("One per line: host names or IP addresses. The first host name is the common name.")
        self.hosts = self.lines(_("&Host names"), "", _HOSTS_SHOWN, hint=hint)
        self.key = self.choice(_("Key &type"), self._draft.key_kinds, self._draft.key_algorithm)
        hint = _("A new file in the data directory. Keep the extension .kyr.")
        self.file = self.line(_("&Key Ring File Name"), hint=hint)
        self.password = password_line(self, self._draft.password)
        self.add_quiet(
            _("A generated password, which the stash file keeps for the server. Copy it to open the key ring yourself.")
        )
        self._parts[fields.NEW_KEY] = self.row_widgets(first)
        first = self.rows.rowCount()
        hint = _("Spelled out: Massachusetts, not MA.")
        self.state = self.line(_("State or Pro&vince"), hint=hint)
        self._parts[fields.STATE] = self.row_widgets(first)
        first = self.rows.rowCount()
        code = CountryLine(self, _("Coun&try Code"), "", _("Two letters, or a part of the country's name."))
        self.country = code
        self._parts[fields.COUNTRY] = self.row_widgets(first)

    def _own_request(self) -> None:
        first = self.rows.rowCount()
        self.request = self.lines(_("&Request:"), "", _REQUEST_SHOWN)
        choose = QPushButton(_("Choose &File…"), self)
        choose.setAutoDefault(False)
        choose.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        choose.clicked.connect(self._choose_file)
        self.rows.addRow("", choose)
        self._parts[fields.OWN_REQUEST] = self.row_widgets(first)

    def _arrange(self) -> None:
        """Show the rows that are needed, and the file name that follows the first host."""
        draft = self._draft
        shown = {
            fields.NEW_KEY: draft.makes_key,
            fields.STATE: draft.asks_state,
            fields.COUNTRY: draft.asks_country,
            fields.OWN_REQUEST: not draft.makes_key,
        }
        for part, rows in self._parts.items():
            for row in rows:
                self.rows.setRowVisible(row, shown[part])
        self.file.setPlaceholderText(draft.proposed_file)

    def _choose(self) -> None:
        try:
            self._draft.choose(self._workspace.session.actor, self.certifier.currentData())
        except Error as error:
            errors.show(self, error)
        prefer(self._workspace, self._draft)
        self._offer()
        self.changed()

    def _offer(self) -> None:
        """Offer what the chosen certifier certifies."""
        draft, limit = self._draft, self._draft.limit
        self._is_choosing = True
        self.key.clear()
        for value, label in draft.key_kinds:
            self.key.addItem(label, value)
        self.key.setCurrentIndex(max(0, self.key.findData(draft.key_algorithm)))
        self.days.setRange(limit.least, limit.most)
        self.days.setValue(draft.days)
        self._is_choosing = False

    def _choose_file(self) -> None:
        messages.choose_request(self, _("New Certificate"), self._chosen)

    def _chosen(self, path: Path) -> None:
        self._draft.set_file(path)
        self.request.setPlainText(self._draft.csr_text)


def _sources() -> list[tuple[str, str]]:
    return [
        (fields.NEW_KEY, _("A &new key, in a new key ring")),
        (fields.OWN_REQUEST, _("A r&equest that I have (PKCS #10)")),
    ]
