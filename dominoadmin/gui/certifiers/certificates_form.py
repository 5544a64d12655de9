"""The tab "Certificates" of "Register a New Internet Certifier": the certificates that it issues (fact sheet 2.2.4)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.certifiers.setting_rows import SettingRows
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.certifiers.tabs import Certificates


class CertifierCertificates(Form):
    """Durations, usages, keys and names."""

    def __init__(self, draft: Certificates, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = SettingRows(self)
        self.heading(_("Certificate duration"))
        self._settings.add(draft, "default_days", "minimum_days", "maximum_days")
        self._settings.add(draft, "key_usage", "extended_key_usage", "key_algorithms")
        self._settings.add(draft, "san_kinds", "san_domains", "wildcards", "san_maximum")

    def save(self) -> None:
        self._settings.save()
