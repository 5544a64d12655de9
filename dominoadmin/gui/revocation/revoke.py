"""Revoke Certificate: the impact, Revocation Reason, the signed request (fact sheet 9.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QDateTime, QSize, Qt
from PySide6.QtWidgets import QHeaderView, QLabel, QVBoxLayout, QWidget

from dominoadmin.gui.frame import errors, foreign_text, messages, theme
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Form, Sentence
from dominoadmin.gui.frame.forms.steady import SteadyDateTimeEdit
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.painting.scroll_bar import keep_bar
from dominoadmin.gui.frame.tables.short_table import ShortTable
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, names
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
    """Show the impact of revoking certificates of one certifier, and ask for the reason."""
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


class RevokeCertificate(DraftDialog[RevocationDraft, SignedRequests]):
    """The dialog "Revoke Certificate": the certificates, the effect on CRL and OCSP, and "Revocation Reason"."""

    def __init__(self, workspace: Workspace, certifier_id: int, serials: Sequence[str]) -> None:
        title = _("Revoke Certificates") if len(serials) > 1 else _("Revoke Certificate")
        super().__init__(workspace, title, RevocationDraft(workspace.session.domain.now()))
        self._certifier_id, self._serials = certifier_id, tuple(serials)
        page = QWidget(self)
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        self.table = _Targets(page)
        self._effects = Sentence("", page)
        self._effects.setAccessibleName(_("Impact"))
        self.form = _ReasonForm(self.draft, page)
        for widget in (self.table, _heading(_("Impact"), page), self._effects, self.form):
            rows.addWidget(widget)
        rows.addStretch(1)
        self.watch_form(self.form)
        area = scrolled(page)
        keep_bar(area)
        self.body.addWidget(area, 1)
        self._name_act(len(serials))
        self._look()

    @property
    def impact(self) -> Impact | None:
        """What it does, once that is known."""
        return self.draft.impact

    def begin_at(self) -> QWidget:
        return self.form.reason.buttons[self.draft.reason]

    def problems(self) -> Sequence[DraftProblem]:
        if self.impact is None:
            return whole(_("Checking the impact…"))
        if not self.impact.targets:
            return whole(_("All of these certificates are already revoked."))
        if not self.impact.may_sign:
            text = _("{name} is neither a Registration Authority nor a CA administrator of this certifier.")
            return whole(text.format(name=names.abbreviated(self.workspace.session.actor.name)))
        return self.draft.problems()

    def work(self) -> Work[SignedRequests]:
        """Return the work: sign the requests."""
        session = self.workspace.session
        return partial(_carry_out, self.draft, session.domain, session.identity)

    def succeeded(self, result: SignedRequests) -> None:
        """Close, and say what comes next."""
        super().succeeded(result)
        _said(self.workspace, result)

    def _name_act(self, count: int) -> None:
        self.set_commit(plural("Re&voke Certificate", "Re&voke {n} Certificates", count).format(n=count))

    def _look(self) -> None:
        session = self.workspace.session
        active = {name for _number, name, state in self.workspace.server.certifier_states() if state == "Yes"}
        job = Job(partial(_impact, session.domain, session.actor, self._certifier_id, self._serials, active=active))
        job.done.connect(self._looked)
        job.failed.connect(self._not_looked)
        self._looking = job
        job.start()

    def _looked(self, found: Impact) -> None:
        self.draft.impact = found
        self.table.show_targets((*found.targets, *found.left_out))
        self._effects.setText("\n".join(f"• {translated(each)}" for each in found.sentences()))
        self.form.show_others()
        self._name_act(len(found.targets) or len(self._serials))
        self.check()
        self.make_room()

    def _not_looked(self, error: Exception) -> None:
        errors.show(self.workspace.widget(), error)
        self.discard()


def _heading(text: str, parent: QWidget) -> QLabel:
    heading = QLabel(text, parent)
    heading.setTextFormat(Qt.TextFormat.PlainText)
    font = heading.font()
    font.setBold(True)
    heading.setFont(font)
    return heading


class _ReasonForm(Form):
    def __init__(self, draft: RevocationDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.heading(_("Revocation Reason"))
        items = [(value, label) for value, label, _meaning in words.reasons()]
        self._meanings = {value: meaning for value, _label, meaning in words.reasons()}
        self.reason = self.radios("", items, draft.reason)
        self.reason.setAccessibleName(_("Revocation Reason"))
        self._meaning = self.paragraph("")
        for value, button in self.reason.buttons.items():
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
        self.name(reason=self.reason, invalidity_at=self._since)
        self._others = self.check("")
        self.show_others()

    def show_others(self) -> None:
        """Offer the other certificates for the same key."""
        found = self._draft.same_key
        text = plural(
            "Also revoke the &other certificate for the same key", "Also revoke the {n} &other certificates", len(found)
        )
        self._others.setText(text.format(n=len(found)))
        self._others.setToolTip(foreign_text.plain("\n".join(_line(each) for each in found[:20])))
        self._show()

    def save(self) -> None:
        self._draft.reason = self.reason.value()
        since = datetime.fromtimestamp(self._since.dateTime().toSecsSinceEpoch(), UTC)
        self._draft.invalidity_at = since if self._is_known.isChecked() else None
        self._draft.with_same_key = self._others.isChecked()
        self._show()

    def _show(self) -> None:
        self._meaning.setText(self._meanings[self.reason.value()])
        self._since.setEnabled(self._is_known.isChecked())
        self._others.setVisible(self._draft.asks_for_others)


class _Targets(ShortTable):
    """The chosen certificates, with the state of each."""

    def __init__(self, parent: QWidget) -> None:
        titles = (_("Subject"), _("Serial number"), _("State"))
        super().__init__(titles, _("Selected certificates"), parent, dense=True)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def show_targets(self, targets: Sequence[RevocableCertificate]) -> None:
        """Show the certificates."""
        states = [_state(each) for each in targets]
        rows = zip(targets, states, strict=True)
        self.fill(
            [
                (escaped(names.in_words(each.subject)), describe.serial(each.serial_hex), state)
                for each, (_badge, state) in rows
            ]
        )
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
    return f"{escaped(each.subject)} ({describe.serial(each.serial_hex)}, {each.certifier})"


def _impact(
    domain: Domain, actor: Actor, certifier_id: int, serials: Sequence[str], _progress: Progress, *, active: set[str]
) -> Impact:
    return revocation_impact.impact(domain, actor, certifier_id, serials, active=active)


def _carry_out(draft: RevocationDraft, domain: Domain, person: Identity, progress: Progress) -> SignedRequests:
    return requesting.request_each(domain, person, draft.orders(), progress)


def _said(workspace: Workspace, asked: SignedRequests) -> None:
    """Say what happens next; a box that has to be closed says only what the person has to do."""
    text = plural(
        "The request for {n} certificate was signed.",
        "The request for {n} certificates was signed.",
        asked.certificates,
    ).format(n=asked.certificates)
    has_server = workspace.server.is_running or workspace.server.elsewhere
    if has_server and not asked.problems:
        workspace.say(text)
        return
    if has_server:
        then = _("The CA process carries it out and issues a new CRL as soon as the certifier is active.")
    else:
        then = _("Start the server, so that its CA process carries out the request.")
    messages.inform(
        workspace.widget(), _("Revoke Certificate"), text, details="\n".join((then, *map(translated, asked.problems)))
    )
