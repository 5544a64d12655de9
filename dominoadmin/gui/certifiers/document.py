"""The Certifier document: the certifier, its configuration and versions, Edit Certifier (fact sheet 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.documents import reading
from dominoadmin.gui.frame.documents.late_tabs import LateTabs
from dominoadmin.gui.frame.documents.reading import Read, ReadDocument
from dominoadmin.gui.frame.documents.sections import sections_form, stacked
from dominoadmin.gui.frame.forms.remarks import Remarks
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki import names
from dominoadmin.viewmodels.certificates.viewing import Section
from dominoadmin.viewmodels.certifiers import document as certifier_documents
from dominoadmin.viewmodels.certifiers.document import CertifierView


def open_certifier(workspace: Workspace, certifier_id: int) -> QWidget | None:
    """Open a certifier's document."""
    read = partial(certifier_documents.certifier, certifier_id=certifier_id)
    return reading.open_tab(workspace, f"certifier:{certifier_id}", read, CertifierDocument)


class CertifierDocument(ReadDocument[CertifierView]):
    """One Certifier document."""

    def __init__(self, workspace: Workspace, shown: CertifierView, read: Read[CertifierView]) -> None:
        super().__init__(workspace, _("Certifier: {name}").format(name=names.in_words(shown.name)), shown, read)
        self._edit_text, self._restore_text = _("&Edit Certifier…"), _("Restore &Last Good Version…")
        self.add_action(self._edit_text, self._edit)
        self.add_action(_("Show Certifica&te…"), self._view)
        self.add_action(self._restore_text, self._restore)
        self.add_action(_("&Issued Certificate List"), self._open_list)
        self._problem = Remarks(self)
        self.body.addWidget(self._problem)
        self._tabs: LateTabs | None = None
        self.build()

    def build(self) -> None:
        """Show the tabs, the same one in front, and what can be done now."""
        place = self._tabs.currentIndex() if self._tabs is not None else 0
        widget_tree.remove(self._tabs)
        shown = self.shown
        tampered = bool(shown.problem)
        self.set_off(self._edit_text, _("Restore the last good version first.") if tampered else "")
        self.set_off(self._restore_text, self._why_not_restored())
        distrust = [_("Do not trust this configuration."), translated(shown.problem)]
        self._problem.tell(distrust if tampered else [])
        self._tabs = LateTabs(self)
        self._tabs.add(_("&Basics"), partial(self._page, shown.basics))
        self._tabs.add(_("CA Confi&guration"), partial(self._page, shown.configuration))
        self._tabs.add(_("Versio&ns"), self._versions)
        self._tabs.setCurrentIndex(place)
        self.body.addWidget(self._tabs, 1)

    def _why_not_restored(self) -> str:
        shown = self.shown
        if not shown.problem:
            return _("The configuration has not changed since it was signed.")
        if not shown.restorers:
            return _("No version of this configuration is valid. Restore the store from a backup.")
        if self.workspace.session.actor.name in shown.restorers:
            return ""
        known = ", ".join(map(names.abbreviated, shown.restorers))
        return _("Only a CA administrator of the last good version can restore it: {names}.").format(names=known)

    def _page(self, sections: Sequence[Section]) -> QWidget:
        page = stacked(sections_form(sections))
        area = scrolled(page)
        page.setAutoFillBackground(False)  # the tab's own background is visible
        return area

    def _versions(self) -> QWidget:
        from dominoadmin.gui.certifiers.versions import Versions

        return Versions(self.workspace, self.shown.id, self)

    def _edit(self) -> None:
        from dominoadmin.gui.certifiers import modify as modify_certifier

        modify_certifier.start(self.workspace, self.shown.id)

    def _restore(self) -> None:
        from dominoadmin.gui.certifiers import restore_configuration

        restore_configuration.start(self.workspace, self.shown.id)

    def _view(self) -> None:
        viewer.show(self.workspace, [self.shown.certificate])

    def _open_list(self) -> None:
        self.workspace.open.issued_list(self.shown.id)
