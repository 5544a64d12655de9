"""The two confirmations before a trusted root or a signed certificate is merged (technote, steps 17 and 26)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QFormLayout, QWidget

from dominoadmin.gui.certificates.summary import CertificateSummary
from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import R, Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.key_rings.changes_draft import LabelDraft
from dominoadmin.viewmodels.problems import DraftProblem

_CAPTION: Final = QFormLayout.ItemRole.LabelRole


@dataclass(frozen=True)
class Confirmation:
    """The certificate to verify before it is merged. Only trusted roots have a label."""

    title: str
    file: str
    certificate: bytes
    advice: str
    label: str = ""


class MergeConfirmation(DraftDialog[LabelDraft, R]):
    """Shows a certificate; OK merges it. `merge` returns the work for a label."""

    def __init__(
        self,
        workspace: Workspace,
        shown: Confirmation,
        merge: Callable[[str], Work[R]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(workspace, shown.title, LabelDraft(shown.label), parent)
        self._merge, self._has_label = merge, bool(shown.label)
        self.add_form(_ConfirmationForm(shown, self.draft, self))

    def begin_at(self) -> QWidget:
        return self.commit_button

    def problems(self) -> Sequence[DraftProblem]:
        """Return the problem with the label, if there is one."""
        return self.draft.problems() if self._has_label else ()

    def work(self) -> Work[R]:
        """Return the work: merge."""
        return self._merge(self.draft.label.strip())


class _ConfirmationForm(Form):
    def __init__(self, shown: Confirmation, draft: LabelDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.paragraph(shown.advice)
        self.shown(_("Key ring file"), shown.file)
        if shown.label:
            self._label = self.line(_("Certificate &label"), shown.label)
            self.name(label=self._label)
        summary = CertificateSummary(self)
        summary.set_certificate(shown.certificate)
        self.rows.addRow(summary)
        align([self, *widget_tree.descendants(summary, Form)])

    def save(self) -> None:
        """Put the label into the draft."""
        self._draft.label = self._label.text()


def align(forms: Sequence[Form]) -> None:
    """Align the fields of several forms, one below the other."""
    captions = [form.rows.itemAt(row, _CAPTION) for form in forms for row in range(form.rows.rowCount())]
    labels = [label for item in captions if item and (label := item.widget())]
    widest = max((label.sizeHint().width() for label in labels), default=0)
    for label in labels:
        label.setMinimumWidth(widest)
