"""The parts of the form "Database Configuration"."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QFormLayout, QPushButton, QSizePolicy, QWidget

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.requests.usages import UsageBoxes
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.extensions import EXTENDED_KEY_USAGES, LEAF_KEY_USAGES
from dominoadmin.pki.profiles import MAXIMUM_DAYS, SERVER
from dominoadmin.services.requests.databases import Customization, Processing
from dominoadmin.viewmodels.requests.database_draft import ConfigurationDraft

_WIDEST_LABEL = 240


def align_labels(forms: Sequence[Form]) -> None:
    """Align the labels of forms one below the other."""
    places = [(form, row) for form in forms for row in range(form.rows.rowCount())]
    items = [form.rows.itemAt(row, QFormLayout.ItemRole.LabelRole) for form, row in places]
    labels = [widget for item in items if item and (widget := item.widget())]
    width = max(label.sizeHint().width() for label in labels)
    if width > _WIDEST_LABEL:  # with large fonts the rows need this room
        return
    for label in labels:
        label.setMinimumWidth(width)


class AdministrationForm(Form):
    """The section "Database Administration": the certifier, and the kinds of requests."""

    def __init__(self, draft: ConfigurationDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self._server: QComboBox | None = None
        self._certifier: QComboBox | None = None
        self.heading(_("Database Administration"))
        self.shown(_("Database:"), draft.file)
        self.paragraph(_("Supported CA: the certifier that issues the certificates requested here."))
        self._add_certifier()
        self._supports = self.radios(
            _("Supported certificate types:"),
            [
                ("client", _("Clie&nt Certificates Only")),
                ("server", _("Ser&ver Certificates Only")),
                ("both", _("&Both Client and Server Certificates")),
            ],
            draft.supports,
        )
        # The technote's note to step 12.
        self.paragraph(
            _('"Client Certificates Only" should not be chosen if you wish to create a Server Key Ring for SSL.')
        )

    def save(self) -> None:
        draft = self._draft
        draft.supports = self._supports.value()
        if self._server is None or self._certifier is None:
            return
        if draft.server != self._server.currentData():
            draft.server = self._server.currentData()
            self._fill_certifiers(self._certifier)
        draft.certifier = self._certifier.currentData() or ""

    def _add_certifier(self) -> None:
        draft = self._draft
        if draft.new is None:
            self.shown(_("Server:"), names.abbreviated(draft.server))
            self.shown(_("Certifier:"), draft.certifier)
            return
        servers = [(entry.name, names.abbreviated(entry.name)) for entry in draft.around.servers]
        self._server = self.choice(
            _("Se&rver:"),
            servers,
            draft.server,
            hint=_("Usually the administration server, which runs the CA process."),
        )
        self._certifier = self.choice(_("&Certifier:"), [])
        self.name(server=self._server, certifier=self._certifier)
        self._fill_certifiers(self._certifier)

    def _fill_certifiers(self, box: QComboBox) -> None:
        box.blockSignals(True)
        box.clear()
        for authority in self._draft.authorities():
            box.addItem(authority.record.name, authority.record.name)
        box.setCurrentIndex(max(0, box.findData(self._draft.certifier)))
        box.blockSignals(False)


class CustomizationForm(Form):
    """The default fields of requests of one kind."""

    def __init__(self, draft: ConfigurationDraft, kind: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft, self._kind = draft, kind
        custom = draft.customization(kind)
        is_server = kind == SERVER
        self.heading(_("Customize Server Requests") if is_server else _("Customize Client Requests"))
        self._days = self.number(_("Validity period (days):"), custom.days, 0, MAXIMUM_DAYS)
        self._days.setAccessibleName(
            _("Validity of server requests") if is_server else _("Validity of client requests")
        )
        self._usages = UsageBoxes(LEAF_KEY_USAGES, custom.key_usage, self)
        self._extended = UsageBoxes(EXTENDED_KEY_USAGES, custom.extended_key_usage, self)
        self.row(_("Key usages:"), self._usages)
        self.row(_("Extended key usages:"), self._extended)
        self.name(
            **{
                f"{kind}_days": self._days,
                f"{kind}_usages": self._usages,
                f"{kind}_extended_usages": self._extended,
            }
        )
        self._usages.chosen.connect(self.changed)
        self._extended.chosen.connect(self.changed)

    def save(self) -> None:
        custom = Customization(self._days.value(), self._usages.value(), self._extended.value())
        self._draft.customize(self._kind, custom)

    def follow(self) -> None:
        """Show the choices that the certifier allows."""
        settings = self._draft.settings()
        usual = plural("certifier default ({n} day)", "certifier default ({n} days)", settings.default_days).format(
            n=settings.default_days
        )
        self._days.setSpecialValueText(usual)
        self._days.setToolTip(
            _("The certifier issues certificates that are valid for {least} to {most} days.").format(
                least=settings.minimum_days, most=settings.maximum_days
            )
        )
        self._usages.allow(settings.key_usage)
        self._extended.allow(settings.extended_key_usage)


class ProcessingForm(Form):
    """The processing method, and the notifications."""

    server_wanted = Signal()

    def __init__(self, draft: ConfigurationDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        servers = [(entry.name, names.abbreviated(entry.name)) for entry in draft.around.servers]
        self.heading(_("Processing"))
        self._processing = self.radios(
            _("Processing Method:"),
            [(Processing.MANUAL, _("&Manual")), (Processing.AUTOMATIC, _("&Automatic"))],
            draft.processing,
        )
        self.paragraph(
            _(
                "Manual: you submit and pull each request yourself. Automatic: the server does this, which means less "
                "user intervention."
            )
        )
        self._rule = self.paragraph("")
        self._document = QPushButton(_("&Open the Server Document…"), self)
        self._document.setAutoDefault(False)
        self._document.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._document.clicked.connect(self._want_server)
        self.rows.addRow("", self._document)
        self._transfer = self.choice(
            _("Automatic &Transfer Server:"),
            [("", _("(the server of this database)")), *servers],
            draft.transfer_server,
            hint=_("Optional. Used with Automatic only."),
        )
        self._mail = self.check(_("Ma&il confirmation to the applicant"), draft.mail_confirmation)

    def save(self) -> None:
        self._draft.processing = self._processing.value()
        self._draft.transfer_server = self._transfer.currentData()
        self._draft.mail_confirmation = self._mail.isChecked()

    def follow(self) -> None:
        """Show whether the agents of an Automatic database may run."""
        may_run, sentence = self._draft.agents()
        self._rule.setText(sentence)
        self._rule.setForegroundRole(QPalette.ColorRole.PlaceholderText if may_run else QPalette.ColorRole.WindowText)
        self.rows.setRowVisible(self._rule, bool(sentence))
        self.rows.setRowVisible(self._document, not may_run)
        automatic = self._draft.processing == Processing.AUTOMATIC
        self._transfer.setEnabled(automatic)
        self._transfer.setToolTip("" if automatic else _("Used with the processing method Automatic only."))

    def _want_server(self) -> None:
        self.server_wanted.emit()
