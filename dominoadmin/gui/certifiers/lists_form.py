"""The settings of a certifier's revocation lists: interval, validity, and publication (fact sheet 2.2.5)."""

from __future__ import annotations

from typing import Protocol

from dominoadmin.gui.certifiers.setting_rows import SettingRows
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.certifiers.tabs import Published


class TimesForm(Protocol):
    """A draft with the interval and validity of lists, in days."""

    crl_days: int
    crl_interval_days: int


class CertifierLists:
    """Times and addresses of the CRLs, as rows of a form."""

    def __init__(self, form: Form, times: TimesForm, published: Published) -> None:
        self._settings = SettingRows(form)
        form.heading(_("Certificate revocation lists (CRLs)"))
        self._settings.add(times, "crl_days", "crl_interval_days")
        self._settings.add(published, "base_urls", "delta_hours", "partition_size", "folder", "command")

    def save(self) -> None:
        """Put the widgets' values into the draft."""
        self._settings.save()
