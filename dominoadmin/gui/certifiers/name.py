"""The dialog "Create Certifier Name" (technote, step 3; fact sheet 2.3)."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.dialog import ChoiceDialog
from dominoadmin.gui.frame.forms.country import CountryLine
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.remarks import Remarks
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.certifiers.tabs import NameDraft

_LINES_TO_COME: Final = 2


class CertifierName(ChoiceDialog[NameDraft]):
    """The six parts of a name, of which only the first is required."""

    def __init__(self, workspace: Workspace, draft: NameDraft, parent: QWidget | None = None) -> None:
        super().__init__(workspace, _("Create Certifier Name"), draft, parent)
        form = _NameForm(draft, self)
        self.add_form(form)
        form.set_focus()

    def open(self) -> None:
        """Show the dialog with room for the name and the remark, which appear during typing."""
        super().open()
        more = self.height() + _LINES_TO_COME * self.fontMetrics().lineSpacing()
        self.resize(self.width(), min(more, widget_tree.room(self).height() - self.fontMetrics().height()))


class _NameForm(Form):
    def __init__(self, draft: NameDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        full, two = _("The full name, such as Massachusetts."), _("Two letters, or a part of the country's name.")
        self._editors = {
            "common_name": self.line(_("Common &Name:"), draft.common_name, hint=_("For example, MyCompany CA.")),
            "organizational_unit": self.line(_("Organizational &Unit:"), draft.organizational_unit),
            "organization": self.line(_("Or&ganization Name:"), draft.organization),
            "locality": self.line(_("City or &Locality:"), draft.locality),
            "state": self.line(_("&State or Province:"), draft.state, hint=full),
            "country": CountryLine(self, _("Count&ry Code:"), draft.country, two),
        }
        self.name(**self._editors)
        self.require(self._editors["common_name"])
        self._whole = self.shown(_("Certifier name:"), "")
        self._remarks = Remarks(self, lines=2)
        self.rows.addRow(self._remarks)
        self._tell()

    def set_focus(self) -> None:
        """Set the focus on the required part."""
        self._editors["common_name"].setFocus()

    def save(self) -> None:
        for field, editor in self._editors.items():
            setattr(self._draft, field, editor.text())
        self._tell()

    def _tell(self) -> None:
        warning = self._draft.warning()
        self._whole.setText(str(self._draft.name()) or _("(none yet)"))
        self._remarks.tell([warning] if warning else [])
