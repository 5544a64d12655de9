"""Preferences - Security: the keychain in use, whether it works, and its passwords, which can be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from dominoadmin.errors import Error, KeychainUnavailable, WrongPassword
from dominoadmin.gui.frame import errors, messages, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog, scrolled
from dominoadmin.gui.frame.forms.field_problems import FieldProblems
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.password_line import correct
from dominoadmin.gui.frame.jobs import Job, R, Work
from dominoadmin.gui.frame.wizard import wrapped
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki import names
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import remembered_passwords
from dominoadmin.services.identities.remembered_passwords import KeychainState, Secret
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.problems import DraftProblem

_MARGIN: Final = 80


@dataclass(frozen=True)
class _Look:
    """The keychain's answer."""

    state: KeychainState
    remembered: Sequence[Secret]
    others: Sequence[Secret]


class RememberedPasswords(Form):
    """Each call of the keychain is a job that may wait for its prompt; a refusal is shown as one sentence."""

    def __init__(self, domain: Domain, parent: QWidget) -> None:
        super().__init__(parent)
        self._domain, self._others = domain, tuple[Secret, ...]()
        self._name = self.shown(_("Keychain in use:"), "")
        self._state = self.shown(_("State:"), "")
        self._state.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._state.setMinimumWidth(self.fontMetrics().averageCharWidth() * 52)
        self._test = self._button(_("&Test"), self._try)
        self.rows.addRow("", _row(self, self._test))
        self.heading(_("Remembered passwords"))
        self._list = QListWidget(self)
        self._list.setAccessibleName(_("Remembered passwords"))
        self._list.setMinimumHeight(6 * self.fontMetrics().lineSpacing())
        self._list.itemSelectionChanged.connect(self._switch)
        self.rows.addRow(self._list)
        self._remember = self._button(_("&Remember…"), self._ask)
        self._forget = self._button(_("&Forget"), self._ask_to_forget)
        self.rows.addRow(_row(self, self._remember, self._forget))
        self._works = False
        self._look()

    def _button(self, text: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        button.clicked.connect(act)
        return button

    # reading

    def _look(self) -> None:
        self._start(partial(_look, self._domain), self._looked)

    def _looked(self, found: _Look) -> None:
        self._works, self._others = not found.state.problem, tuple(found.others)
        self._name.setText(found.state.name or _("none"))
        usable = _("It is unlocked and works.") if self._works else translated(found.state.problem)
        self._state.setText(usable)
        self._list.clear()
        if self._works and not found.remembered:
            QListWidgetItem(_("No password is remembered."), self._list).setFlags(Qt.ItemFlag.NoItemFlags)
        for secret in found.remembered:
            item = QListWidgetItem(secret.label, self._list)
            item.setData(Qt.ItemDataRole.UserRole, secret)
        self._switch()

    def _switch(self) -> None:
        waits = _("Waiting for the system keychain…")
        reason = "" if self._works else self._state.text() or waits
        _set(self._remember, reason or ("" if self._others else _("All passwords are already remembered.")))
        _set(self._forget, reason or ("" if self._list.selectedItems() else _("Select a password first.")))
        _set(self._test, waits if self._state.text() == waits else "")

    def _start(self, work: Work[R], then: Callable[[R], object]) -> None:
        self._works = False
        self._state.setText(_("Waiting for the system keychain…"))
        self._switch()
        job = Job(work, waits=True)
        job.done.connect(then)
        job.failed.connect(self._failed)
        job.start()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, KeychainUnavailable):
            self._state.setText(error.text())
            self._switch()
        else:
            errors.show(self, error)
            self._look()

    # the buttons

    def _try(self) -> None:
        self._start(partial(_test, self._domain), self._tested)

    def _tested(self, found: tuple[str, _Look]) -> None:
        problem, look = found
        self._looked(look)
        if problem:
            self._state.setText(translated(problem))
        else:
            self._state.setText(_("The keychain works: a test entry was written, read back, and deleted."))

    def _ask(self) -> None:
        dialog = RememberPassword(self, self._domain, self._others)
        dialog.kept.connect(self._look)
        dialog.open()

    def _ask_to_forget(self) -> None:
        secret: Secret = self._list.selectedItems()[0].data(Qt.ItemDataRole.UserRole)
        text = _("Forget the password of {name}? You will be prompted for it from now on.").format(name=secret.label)
        if secret.is_server:
            text = _(
                "Forget the password of {name}? If it was generated when the domain was set up, nobody knows it, and "
                "the server's ID can no longer be opened."
            ).format(name=secret.label)
        messages.confirm(self, _("Forget Password"), text, _("&Forget"), partial(self._forget_one, secret))

    def _forget_one(self, secret: Secret) -> None:
        self._start(partial(_forget, self._domain, secret), self._looked)


class RememberPassword(FittingDialog):
    """Asks for the password of one of the IDs or certifiers; an ID's password is tried before it is stored."""

    kept = Signal()

    def __init__(self, parent: QWidget, domain: Domain, secrets: Sequence[Secret]) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Remember Password"))
        self.set_context(names.abbreviated(domain.organization))
        self._domain = domain
        self._running = False
        self._form = Form(self)
        self._secret = self._form.choice(_("Password &of:"), [(secret, secret.label) for secret in secrets])
        self._password = self._form.password_line(_("&Password:"))
        room = widget_tree.room(self).width() - _MARGIN
        self._form.setMinimumWidth(min(self.fontMetrics().averageCharWidth() * 64, room))
        self._said = wrapped(self)
        self._said.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setDefault(True)
        buttons.accepted.connect(self._keep)
        buttons.rejected.connect(self.reject)
        layout = self.column()
        for widget in (scrolled(self._form), self._said, buttons):
            layout.addWidget(widget)
        self._form.name(password=self._password)
        self._field_problems = FieldProblems(self, self._show_problem)
        self._field_problems.watch(self._form)
        self._form.edited.connect(self._switch)
        self._switch()
        self._secret.setFocus()

    def _switch(self) -> None:
        secret: Secret = self._secret.currentData()
        ready = bool(self._password.text())
        _set(self._ok, "" if ready and not self._running else _("Type the password."))
        if secret.path is None:
            self._said.setText(_("The CA process will try the password the next time the certifier is activated."))
        else:
            self._said.setText("")

    def _show_problem(self) -> None:
        self._field_problems.tell(())

    def _keep(self) -> None:
        if not self._ok.isEnabled():
            return
        secret: Secret = self._secret.currentData()
        job = Job(partial(_keep, self._domain, secret, self._password.text()), waits=True)
        job.done.connect(self._done)
        job.failed.connect(self._failed)
        self._show_running(running=True)
        self._said.setText(_("Waiting for the system keychain…"))
        job.start()

    def _done(self, _result: object) -> None:
        self._password.clear()
        self.kept.emit()
        self.accept()

    def _failed(self, error: Exception) -> None:
        self._show_running(running=False)
        if isinstance(error, WrongPassword):
            wrong = _("This password does not open the ID file. Type it again.")
            self._field_problems.refuse(DraftProblem(wrong, "password"))
        elif isinstance(error, Error):
            self._said.setText(error.text())
        else:
            errors.show(self, error)
        correct(self._password)

    def _show_running(self, *, running: bool) -> None:
        self._running = running
        self._form.setEnabled(not running)
        self._switch()


def _row(parent: QWidget, *buttons: QPushButton) -> QWidget:
    row = QWidget(parent)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for button in buttons:
        layout.addWidget(button)
    layout.addStretch(1)
    return row


def _set(button: QPushButton, reason: str) -> None:
    """Switch a button off if there is a reason, and show it."""
    button.setEnabled(not reason)
    button.setToolTip(reason)


def _look(domain: Domain, _progress: Progress | None = None) -> _Look:
    state = remembered_passwords.state(domain)
    if state.problem:
        return _Look(state, (), ())
    remembered = remembered_passwords.remembered(domain)
    others = [secret for secret in remembered_passwords.secrets(domain) if secret not in remembered]
    return _Look(state, remembered, others)


def _test(domain: Domain, _progress: Progress) -> tuple[str, _Look]:
    return domain.keychain.problem(), _look(domain)


def _forget(domain: Domain, secret: Secret, _progress: Progress) -> _Look:
    remembered_passwords.forget(domain, secret)
    return _look(domain)


def _keep(domain: Domain, secret: Secret, password: str, _progress: Progress) -> None:
    remembered_passwords.check_and_remember(domain, secret, password)
