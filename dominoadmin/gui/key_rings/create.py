"""Create Key Ring (technote, steps 14-16): the form, then "Key Ring Created"; `certify_key_ring` continues."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtWidgets import QLineEdit, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.dialog import ChoiceDialog, DraftDialog
from dominoadmin.gui.frame.forms.country import CountryLine
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.gui.key_rings.certify import Certification
from dominoadmin.gui.key_rings.fields import Databases, database_items, keep_together
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import Created, KeyRingAccess, KeyRingRequest
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.key_rings import draft as key_ring
from dominoadmin.viewmodels.key_rings.draft import KeyRingDraft
from dominoadmin.viewmodels.words import key_label

_FROM_THE_CERTIFIER: Final = ("common_name", "organization", "locality", "state", "country")


def start(workspace: Workspace, database: str = "", *, guided: bool = False) -> None:
    """Open the form; if no database takes requests for servers, show what to do first.

    `guided`: its password is generated, and the trusted root and the request follow without further questions.
    """
    session = workspace.session
    try:
        found = key_ring.databases_for_servers(session.domain)
        chosen = key_ring.chosen_database(session.domain, found, database)
        draft = key_ring.key_ring_draft(session.domain, session.actor, chosen)
        draft.generate = guided
        CreateKeyRing(workspace, draft, found, guided=guided).open()
    except Error as error:
        errors.show(workspace.widget(), error)


class CreateKeyRing(DraftDialog[KeyRingDraft, Created]):
    """The form "Create Key Ring"."""

    def __init__(
        self, workspace: Workspace, draft: KeyRingDraft, databases: Databases, *, guided: bool = False
    ) -> None:
        super().__init__(workspace, _("Create Key Ring"), draft)
        self._guided = guided
        self._form = KeyRingForm(workspace, draft, databases, self)
        self.add_form(self._form)
        self.set_commit(_("C&reate Key Ring"))
        if guided:
            self.set_context(_("It will trust the certifier, and its request will be added to the database."))

    def begin_at(self) -> QWidget:
        self._form.file.selectAll()
        return self._form.file

    def work(self) -> Work[Created]:
        """Return the work: create the two files."""
        session = self.workspace.session
        return partial(_create, session.domain, session.actor, self.draft.request())

    def succeeded(self, result: Created) -> None:
        """Continue with "Key Ring Created"."""
        super().succeeded(result)
        if self._guided and not result.remarks:
            Certification(self.workspace, self.draft.access(), self.draft.database, guided=True).begin()
            return
        created = KeyRingCreated(self.workspace, result, self.draft.access(), self.draft.database)
        created.open()


def _create(domain: Domain, actor: Actor, request: KeyRingRequest, progress: Progress) -> Created:
    return key_rings.create(domain, actor, request, progress)


class KeyRingForm(Form):
    """The fields of "Create Key Ring", filled in from server document and certifier."""

    def __init__(self, workspace: Workspace, draft: KeyRingDraft, databases: Databases, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace, self._draft = workspace, draft
        self._proposed = {name: str(getattr(draft, name)) for name in _FROM_THE_CERTIFIER}
        self.database = self.choice(_("Certificate Requests &database"), database_items(databases), draft.database)
        self.file = self.line(
            _("&Key Ring File Name"), draft.file, hint=_("A new file in the data directory. Keep the extension .kyr.")
        )
        self.generate = self.check(
            _("&Generate a password that only the server's ID opens"),
            draft.generate,
            hint=_("Nobody has to know it: it is sealed to the server, and opens the key ring for you here."),
        )
        self.password = self.password_line(_("Key Ring &Password"))
        self.quality = PasswordQuality(self)
        self.row(_("Password quality"), self.quality)
        self.confirmation = self.password_line(_("Con&firm Password"))
        self.key = self.choice(_("Key &Size"), self._keys(), draft.key_algorithm)
        self.texts = self._name_rows(draft)
        self.names = self.lines(
            _("Subject &alternate names"),
            draft.names,
            2,
            hint=_("One per line, such as dns:www.example.com or ip:10.0.0.1; the common name is added automatically."),
        )
        self.name(
            database=self.database, file=self.file, password=self.password, confirmation=self.confirmation,
            key_algorithm=self.key, names=self.names, **self.texts,
        )  # fmt: skip
        needed = (self.texts[key] for key in ("common_name", "organization", "state", "country"))
        self.require(self.file, self.password, self.confirmation, *needed)
        keep_together(self)
        self.quality.watch(self.password, self._own_words)
        self.database.currentIndexChanged.connect(self._propose)
        self._show_password()

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.generate = self.generate.isChecked()
        self._show_password()
        self._draft.database = self.database.currentData() or ""
        self._draft.file = self.file.text()
        self._draft.password = self.password.text()
        self._draft.confirmation = self.confirmation.text()
        self._draft.key_algorithm = self.key.currentData() or ""
        self._draft.names = self.names.toPlainText()
        for name, editor in self.texts.items():
            setattr(self._draft, name, editor.text())

    def _name_rows(self, draft: KeyRingDraft) -> dict[str, QLineEdit]:
        host = _("The server's fully qualified host name, as browsers use it.")
        state = _("Spelled out: Massachusetts, not MA.")
        return {
            "common_name": self.line(_("Common &Name"), draft.common_name, hint=host),
            "organization": self.line(_("&Organization Name"), draft.organization),
            "organizational_unit": self.line(_("Organizational &Unit"), draft.organizational_unit),
            "locality": self.line(_("Ci&ty or Locality"), draft.locality),
            "state": self.line(_("State or Pro&vince"), draft.state, hint=state),
            "country": CountryLine(
                self, _("Countr&y Code"), draft.country, _("Two letters, or a part of the country's name.")
            ),
        }

    def _show_password(self) -> None:
        for widget in (self.password, self.quality, self.confirmation):
            self.rows.setRowVisible(widget, not self._draft.generate)

    def _own_words(self) -> list[str]:
        return [editor.text() for editor in self.texts.values()]

    def _keys(self) -> list[tuple[str, str]]:
        return [(algorithm, key_label(algorithm)) for algorithm in self._draft.allowed_keys]

    def _propose(self, *_index: object) -> None:
        """Fill in the values from another database, except in fields that the user has changed."""
        session = self._workspace.session
        try:
            known = key_ring.key_ring_draft(session.domain, session.actor, self.database.currentData())
        except Error as error:
            errors.show(self, error)
            return
        self._draft.allowed_keys = known.allowed_keys
        for name, before in self._proposed.items():
            if self.texts[name].text() == before:
                self._proposed[name] = str(getattr(known, name))
                self.texts[name].setText(self._proposed[name])
        chosen = self.key.currentData()
        self.key.clear()
        for algorithm, label in self._keys():
            self.key.addItem(label, algorithm)
        self.key.setCurrentIndex(max(0, self.key.findData(chosen)))


class KeyRingCreated(ChoiceDialog[None]):
    """The dialog "Key Ring Created": OK continues with the trusted root and the request, Cancel postpones them."""

    def __init__(self, workspace: Workspace, made: Created, access: KeyRingAccess, database: str) -> None:
        super().__init__(workspace, _("Key Ring Created"), None)
        self._made, self._access, self._database = made, access, database
        form = Form(self)
        form.paragraph(_("The key ring has been created. Verify its details:"))
        for label, value in self._rows():
            form.shown(label, value)
        for remark in made.remarks:
            form.paragraph(remark)
        form.paragraph(
            _(
                "Choose OK to add the certifier as a trusted root and to submit a certificate request for the server. "
                "If you choose Cancel, you can choose Certify Key Ring later."
            )
        )
        self.add_form(form)
        self.rejected.connect(self._put_off)

    def succeeded(self, result: None) -> None:
        """Continue with the trusted root."""
        super().succeeded(result)
        Certification(self.workspace, self._access, self._database).begin()

    def _rows(self) -> list[tuple[str, str]]:
        made = self._made
        return [
            (_("Key ring file"), str(made.path)),
            (_("Stash file"), str(made.stash)),
            (_("Distinguished name"), made.subject),
            (_("Subject alternate names"), "\n".join(made.names)),
            (_("Key"), key_label(made.key)),
            (_("Stash file sealed to"), names.abbreviated(made.server)),
        ]

    def _put_off(self) -> None:
        later = _("{file} is not certified yet. You can choose Certify Key Ring later.")
        self.workspace.say(later.format(file=self._made.file))
