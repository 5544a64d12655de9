"""A certifier's revocation lists: how often, how long, and where they are found (fact sheet 2.2.5)."""

from __future__ import annotations

from typing import Final, Protocol

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.i18n import text as _
from dominoadmin.pki.profiles import MAXIMUM_DAYS
from dominoadmin.viewmodels.certifiers.tabs import Published

_MOST: Final = 10_000_000
_WEEK: Final = 168


class Times(Protocol):
    """What says how often lists are made, and how long each lasts, in days."""

    crl_days: int
    crl_interval_days: int


class CertifierLists:
    """Times and addresses of the CRLs, as rows of a form."""

    def __init__(self, form: Form, times: Times, published: Published) -> None:
        self._times, self._published = times, published
        form.heading(_("Certificate revocation lists (CRLs)"))
        self._days = form.number(_("CRL &duration (days):"), times.crl_days, 1, MAXIMUM_DAYS)
        self._interval = form.number(_("&Time between CRLs (days):"), times.crl_interval_days, 1, MAXIMUM_DAYS)
        where = _(
            "Certificates say that CRLs and OCSP are found there, one address to a line. Empty: they say nothing, "
            "and you hand the CRL out yourself."
        )
        self._urls = form.lines(_("Base &URL:"), published.base_urls, 2, hint=where)
        self._delta = form.number(_("Delta CRLs ever&y (hours):"), published.delta_hours, 0, _WEEK)
        self._delta.setSpecialValueText(_("None"))
        self._part = form.number(_("Ce&rtificates in one part of the CRL:"), published.partition_size, 0, _MOST)
        self._part.setSpecialValueText(_("All"))
        files = _("Each new list is written there too, for a web server of yours. A folder of the CA's server.")
        self._folder = form.line(_("F&older:"), published.folder, hint=files)
        program = _("A program of the CA's server that gets the name of each new file.")
        self._command = form.line(_("Co&mmand for each list:"), published.command, hint=program)

    def save(self) -> None:
        """Put the widgets' values into the draft."""
        self._times.crl_days, self._times.crl_interval_days = self._days.value(), self._interval.value()
        published = self._published
        published.base_urls = self._urls.toPlainText()
        published.delta_hours, published.partition_size = self._delta.value(), self._part.value()
        published.folder, published.command = self._folder.text(), self._command.text()
