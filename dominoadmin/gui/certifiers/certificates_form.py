"""The tab "Certificates" of "Register a New Internet Certifier": what the certifier issues (fact sheet 2.2.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QSpinBox, QWidget

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.ticks import Ticks
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki.keys import describe_algorithm
from dominoadmin.pki.profiles import MAXIMUM_DAYS, MAXIMUM_NAMES
from dominoadmin.services.labels import usage_label
from dominoadmin.viewmodels.certifiers import tabs
from dominoadmin.viewmodels.certifiers.preview import kind_label
from dominoadmin.viewmodels.certifiers.tabs import Certificates


class CertifierCertificates(Form):
    """Durations, usages, keys and names."""

    def __init__(self, draft: Certificates, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.heading(_("Certificate duration"))
        self._default = self._days(_("&Default duration (days):"), draft.default_days)
        self._minimum = self._days(_("Mi&nimum duration (days):"), draft.minimum_days)
        self._maximum = self._days(_("Ma&ximum duration (days):"), draft.maximum_days)
        self._key_usage = self._ticks(_("Key usage"), tabs.KEY_USAGES, draft.key_usage, usage_label)
        self._extended = self._ticks(
            _("Extended key usage"), tabs.EXTENDED_KEY_USAGES, draft.extended_key_usage, usage_label
        )
        self._algorithms = self._ticks(
            _("Keys that are certified"), tabs.KEY_ALGORITHMS, draft.key_algorithms, describe_algorithm
        )
        self._kinds = self._ticks(_("Subject alternate names"), tabs.NAME_KINDS, draft.kinds, kind_label)
        only = _("Host names only below these domains, one to a line; empty: any.")
        self._domains = self.lines(_("Do&mains:"), draft.domains, 3, hint=only)
        self._wildcards = self.check(_("&Wildcard names, such as *.example.com"), draft.wildcards)
        self._maximum_names = self.number(_("At m&ost per certificate:"), draft.maximum_names, 1, MAXIMUM_NAMES)

    def save(self) -> None:
        draft = self._draft
        draft.default_days, draft.minimum_days = self._default.value(), self._minimum.value()
        draft.maximum_days = self._maximum.value()
        draft.key_usage, draft.extended_key_usage = self._key_usage.values(), self._extended.values()
        draft.key_algorithms, draft.kinds = self._algorithms.values(), self._kinds.values()
        draft.domains, draft.wildcards = self._domains.toPlainText(), self._wildcards.isChecked()
        draft.maximum_names = self._maximum_names.value()

    def _days(self, label: str, value: int) -> QSpinBox:
        return self.number(label, value, 1, MAXIMUM_DAYS)

    def _ticks(self, title: str, values: Sequence[str], ticked: Sequence[str], worded: Callable[[str], str]) -> Ticks:
        self.heading(title)
        ticks = Ticks([(value, translated(worded(value))) for value in values], ticked, self)
        ticks.setAccessibleName(title)
        ticks.changed.connect(self.changed)
        self.rows.addRow(ticks)
        return ticks
