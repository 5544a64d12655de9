"""Revoke Certificate: the impact, then Revocation Reason, then the signed request (fact sheet 9.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QDateTime, QSize
from PySide6.QtWidgets import (
    QCheckBox,
    QHeaderView,
    QLabel,
)

from dominoadmin.gui.frame import errors, foreign_text, messages, theme
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form, Sentence
from dominoadmin.gui.frame.forms.steady import SteadyDateTimeEdit
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.tables.short_table import ShortTable
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.revocation import impact as revocation_impact
from dominoadmin.services.revocation import requesting
from dominoadmin.services.revocation.impact import Impact, RevocableCertificate
from dominoadmin.services.revocation.requesting import SignedRequests
from dominoadmin.store.issued_lists import CertificateState
from dominoadmin.viewmodels import words
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.problems import DraftProblem, whole
from dominoadmin.viewmodels.revocation.draft import RevocationDraft

_ROWS_SHOWN: Final = 6
_CHARACTERS: Final = 90


def start(workspace: Workspace, certifier_id: int, serials: Sequence[str]) -> RevokeCertificate:
    """Show the impact of revoking certificates of one certifier, then ask for the reason."""
    dialog = RevokeCertificate(workspace, certifier_id, serials)
    dialog.open()
    return dialog


def release(workspace: Workspace, certifier_id: int, serials: Sequence[str]) -> None:
    """Ask before releasing certificates from their hold."""
    text = plural(
        "Release the hold on this certificate? It will be trusted again with the next CRL.",
        "Release the hold on {n} certificates? They will be trusted again with the next CRL.",
        len(serials),
    ).format(n=len(serials))
    act = partial(_release, workspace, certifier_id, tuple(serials))
    messages.confirm(workspace.widget(), _("Release Hold"), text, _("&Release"), act)


def _release(workspace: Workspace, certifier_id: int, serials: tuple[str, ...]) -> None:
    session = workspace.session
    job = Job(partial(_released, session.domain, session.identity, certifier_id, serials))
    job.done.connect(partial(_said, workspace))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def _released(
    domain: Domain, person: Identity, certifier_id: int, serials: tuple[str, ...], _progress: Progress
) -> SignedRequests:
    return requesting.release(domain, person, certifier_id, serials)


class RevokeCertificate(DraftDialog[None, SignedRequests]):
    """The dialog "Revoke Certificate": the certificates, their use, and the effect on CRL and OCSP."""

    def __init__(self, workspace: Workspace, certifier_id: int, serials: Sequence[str]) -> None:
        count = len(serials)
        title = _("Revoke Certificates") if count > 1 else _("Revoke Certificate")
        super().__init__(workspace, title, None)
        self._certifier_id, self._serials = certifier_id, tuple(serials)
        self.impact: Impact | None = None
        self.table = _Targets(self)
        self._effects = Sentence("", self)
        self._effects.setAccessibleName(_("Impact"))
        heading = QLabel(_("Impact"), self)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        for widget in (self.table, heading, self._effects):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.set_commit(_("Choose the &Reason…"))
        self._look()

    def problems(self) -> Sequence[DraftProblem]:
        if self.impact is None:
            return whole(_("Checking the impact…"))
        if not self.impact.targets:
            return whole(_("All of these certificates are already revoked."))
        if not self.impact.may_sign:
            text = _("{name} is neither a Registration Authority nor a CA administrator of this certifier.")
            return whole(text.format(name=names.abbreviated(self.workspace.session.actor.name)))
        return ()

    def commit(self) -> None:
        """Continue to the reason; this dialog closes after that one."""
        if not self.is_right() or self.impact is None:
            return
        reason = RevocationReason(self.workspace, self.impact, self)
        reason.committed.connect(self._answered)
        reason.open()

    def _answered(self, asked: SignedRequests) -> None:
        self.committed.emit(asked)
        self.accept()

    def _look(self) -> None:
        session = self.workspace.session
        active = {name for _number, name, state in self.workspace.server.certifier_states() if state == "Yes"}
        job = Job(partial(_impact, session.domain, session.actor, self._certifier_id, self._serials, active=active))
        job.done.connect(self._looked)
        job.failed.connect(self._not_looked)
        self._looking = job
        job.start()

    def _looked(self, found: Impact) -> None:
        self.impact = found
        self.table.show_targets((*found.targets, *found.left_out))
        self._effects.setText("\n".join(f"• {translated(each)}" for each in found.sentences()))
        self.check()
        self.make_room()
        if self.commit_button.isEnabled():
            self.commit_button.setFocus()

    def _not_looked(self, error: Exception) -> None:
        errors.show(self.workspace.widget(), error)
        self.discard()


class RevocationReason(DraftDialog[RevocationDraft, SignedRequests]):
    """The dialog "Revocation Reason"."""

    def __init__(self, workspace: Workspace, impact: Impact, parent: RevokeCertificate | None = None) -> None:
        draft = RevocationDraft(impact, workspace.session.domain.now())
        super().__init__(workspace, _("Revocation Reason"), draft, parent)
        self._form = _ReasonForm(draft)
        self.add_form(self._form)
        self._count = len(impact.targets)
        self.set_commit(plural("Re&voke", "Re&voke {n} Certificates", self._count).format(n=self._count))

    def work(self) -> Work[SignedRequests]:
        """Return the work: sign the requests."""
        session = self.workspace.session
        return partial(_carry_out, self.draft, session.domain, session.identity)

    def succeeded(self, result: SignedRequests) -> None:
        """Show the next step, then close."""
        super().succeeded(result)
        _said(self.workspace, result)


class _ReasonForm(Form):
    def __init__(self, draft: RevocationDraft) -> None:
        super().__init__()
        self._draft = draft
        items = [(value, label) for value, label, _meaning in words.reasons()]
        self._meanings = {value: meaning for value, _label, meaning in words.reasons()}
        self._reason = self.radios(_("Reason"), items, draft.reason)
        self._meaning = self.paragraph("")
        for value, button in self._reason.buttons.items():
            button.setToolTip(foreign_text.plain(self._meanings[value]))
        self._is_known = self.check(_("The key may be compromised &since:"))
        self._since = SteadyDateTimeEdit(self)
        self._since.setCalendarPopup(True)
        self._since.setDisplayFormat("yyyy-MM-dd HH:mm")
        self._since.setDateTime(QDateTime.fromSecsSinceEpoch(int(draft.now.timestamp())))
        self._since.dateTimeChanged.connect(self.changed)
        hint = _(
            "For auditors: signatures made after this date may be forged. Clear the box if you do not know the date."
        )
        self.row(_("Invalidity &date"), self._since, hint=hint)
        self._since.lineEdit().setAccessibleName(self._since.accessibleName())
        self.name(reason=self._reason, invalidity_at=self._since)
        self._others = self._other_box()
        self._show()

    def _other_box(self) -> QCheckBox:
        number = len(self._draft.impact.same_key)
        text = plural(
            "Also revoke the &other certificate for the same key", "Also revoke the {n} &other certificates", number
        )
        box = self.check(text.format(n=number))
        box.setToolTip(foreign_text.plain("\n".join(_line(each) for each in self._draft.impact.same_key[:20])))
        return box

    def save(self) -> None:
        self._draft.reason = self._reason.value()
        since = datetime.fromtimestamp(self._since.dateTime().toSecsSinceEpoch(), UTC)
        self._draft.invalidity_at = since if self._is_known.isChecked() else None
        self._draft.with_same_key = self._others.isChecked()
        self._show()

    def _show(self) -> None:
        self._meaning.setText(self._meanings[self._reason.value()])
        self._since.setEnabled(self._is_known.isChecked())
        self._others.setVisible(self._draft.asks_for_others)


class _Targets(ShortTable):
    """The chosen certificates, with the state of each."""

    def __init__(self, parent: RevokeCertificate) -> None:
        titles = (_("Subject"), _("Serial number"), _("State"))
        super().__init__(titles, _("Selected certificates"), parent, dense=True)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def show_targets(self, targets: Sequence[RevocableCertificate]) -> None:
        """Show the certificates."""
        states = [_state(each) for each in targets]
        rows = zip(targets, states, strict=True)
        self.fill([(escaped(each.subject), each.serial_hex, state) for each, (_badge, state) in rows])
        for row, (badge, _text) in enumerate(states):
            if (item := self.item(row, 2)) and (icon := theme.badge(badge)):
                item.setIcon(icon)
        self.fit_serial(1)
        self.resizeColumnToContents(2)

    def sizeHint(self) -> QSize:
        rows = min(max(self.rowCount(), 2), _ROWS_SHOWN)
        return QSize(self.fontMetrics().averageCharWidth() * _CHARACTERS, self.height_of(rows) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())


def _state(each: RevocableCertificate) -> tuple[Badge, str]:
    states = {
        CertificateState.HELD: (Badge.WAIT, _("On hold")),
        CertificateState.EXPIRED: (Badge.BAD, _("Expired")),
        CertificateState.REVOKED: (Badge.BAD, _("Already revoked: skipped")),
    }
    return states.get(each.state, (Badge.OK, _("Valid")))


def _line(each: RevocableCertificate) -> str:
    return f"{escaped(each.subject)} ({each.serial_hex}, {each.certifier})"


def _impact(
    domain: Domain, actor: Actor, certifier_id: int, serials: Sequence[str], _progress: Progress, *, active: set[str]
) -> Impact:
    return revocation_impact.impact(domain, actor, certifier_id, serials, active=active)


def _carry_out(draft: RevocationDraft, domain: Domain, person: Identity, progress: Progress) -> SignedRequests:
    return requesting.request_each(domain, person, draft.orders(), progress)


def _said(workspace: Workspace, asked: SignedRequests) -> None:
    """Show what happens next."""
    text = plural(
        "The request for {n} certificate was signed.",
        "The request for {n} certificates was signed.",
        asked.certificates,
    ).format(n=asked.certificates)
    if workspace.server.is_running or workspace.server.elsewhere:
        then = _("The CA process carries it out and issues a new CRL as soon as the certifier is active.")
    else:
        then = _("Start the server, so that its CA process carries out the request.")
    messages.inform(
        workspace.widget(), _("Revoke Certificate"), text, details="\n".join((then, *map(translated, asked.problems)))
    )
