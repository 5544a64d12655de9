"""The forms for the fields of a request that an RA may change ("Edit Request")."""

from __future__ import annotations

from typing import Final

from dominoadmin.gui.frame.forms.country import CountryLine
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.requests.usages import UsageBoxes
from dominoadmin.i18n import text as _
from dominoadmin.pki.cross_certificates import MAXIMUM_PATH_LENGTH
from dominoadmin.pki.profiles import MAXIMUM_DAYS
from dominoadmin.viewmodels.requests.decision_draft import CrossEdit, EndEntityEdit, RequestEdit
from dominoadmin.viewmodels.requests.texts import book_label

_DIRECTORY, _PERSONAL = "directory", "personal"
_ROWS: Final = 4


def form_for(edit: RequestEdit) -> EndEntityForm | CrossForm:
    """Return the form for the kind of the request."""
    return CrossForm(edit) if isinstance(edit, CrossEdit) else EndEntityForm(edit)


class EndEntityForm(Form):
    """A server's or a person's request: name, alternative names, days, usages."""

    def __init__(self, edit: EndEntityEdit) -> None:
        super().__init__()
        self._edit = edit
        subject = edit.subject
        self._subject = {
            "common_name": self.line(_("C&ommon Name"), subject["common_name"]),
            "organization": self.line(_("Or&ganization Name"), subject["organization"]),
            "organizational_unit": self.line(_("Organizational &Unit"), subject["organizational_unit"]),
            "locality": self.line(_("City or &Locality"), subject["locality"]),
            "state": self.line(_("State or &Province"), subject["state"]),
            "country": CountryLine(
                self, _("Countr&y Code"), subject["country"], _("Two letters, or a part of the country's name.")
            ),
        }
        hint = _("One per line: dns:www.example.com, ip:10.0.0.1, email:name@example.com or uri:https://example.com")
        self._names = self.lines(_("Subject alternate na&mes"), edit.names, _ROWS, hint=hint)
        least, most = edit.days_range
        # A number outside the certifier's settings is shown and refused with a message, not silently changed.
        self._days = self.number(_("Valid fo&r"), edit.days, min(0, edit.days), MAXIMUM_DAYS, _(" days"))
        self.paragraph(
            _("The certifier issues certificates that are valid for {least} to {most} days.").format(
                least=least, most=most
            )
        )
        self._key_usage = UsageBoxes(edit.key_usage_choices, edit.key_usage, self)
        self._extended = UsageBoxes(edit.extended_key_usage_choices, edit.extended_key_usage, self)
        self._add_usages(_("Key usage"), self._key_usage)
        self._add_usages(_("Extended key usage"), self._extended)
        self.name(
            **self._subject, names=self._names, days=self._days, key_usage=self._key_usage,
            extended_key_usage=self._extended,
        )  # fmt: skip
        self._declined: UsageBoxes | None = None
        if edit.declined_choices:
            self._declined = UsageBoxes(edit.declined_choices, edit.declined, self)
            self._add_usages(_("Declined usages"), self._declined)
            self.name(declined=self._declined)
            self.paragraph(_("The request asks for these usages. Check those that the certificate will go without."))

    def save(self) -> None:
        self._edit.subject = {key: editor.text() for key, editor in self._subject.items()}
        self._edit.names = self._names.toPlainText()
        self._edit.days = self._days.value()
        self._edit.key_usage = self._key_usage.value()
        self._edit.extended_key_usage = self._extended.value()
        if self._declined is not None:
            self._edit.declined = self._declined.value()

    def focus_first(self) -> None:
        """Set the focus on the first field."""
        self._subject["common_name"].setFocus()

    def _add_usages(self, label: str, boxes: UsageBoxes) -> None:
        self.row(label, boxes)
        boxes.chosen.connect(self.changed)


class CrossForm(Form):
    """A request for a cross-certificate: duration, constraints, address book."""

    def __init__(self, edit: CrossEdit) -> None:
        super().__init__()
        self._edit = edit
        self._days = self.number(_("Valid fo&r at most"), edit.days, min(0, edit.days), MAXIMUM_DAYS, _(" days"))
        self._length = self.number(_("Path &length"), edit.path_length, 0, max(MAXIMUM_PATH_LENGTH, edit.path_length))
        self.paragraph(_("Number of subordinate CAs allowed below the trusted one."))
        hint = _(
            "One per line. Leave empty to allow any host. With domains, no certificate for an IP address is trusted."
        )
        self._domains = self.lines(_("Permitted &DNS domains"), edit.permitted_dns, _ROWS, hint=hint)
        books = [(_DIRECTORY, book_label(_DIRECTORY))]
        if edit.personal_book:
            books.append((_PERSONAL, book_label(edit.personal_book)))
        self._book = self.radios(_("Address book"), books, _DIRECTORY if edit.in_directory else _PERSONAL)
        self.name(days=self._days, path_length=self._length, permitted_dns=self._domains, in_directory=self._book)

    def save(self) -> None:
        self._edit.days = self._days.value()
        self._edit.path_length = self._length.value()
        self._edit.permitted_dns = self._domains.toPlainText()
        self._edit.in_directory = self._book.value() == _DIRECTORY

    def focus_first(self) -> None:
        """Set the focus on the first field."""
        self._days.setFocus()
