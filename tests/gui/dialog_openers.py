"""Opens every dialog, wizard, message and first window on the sample domain, each like the program does."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from dominoadmin.errors import Refused
from dominoadmin.gui.audit import check_store, moved
from dominoadmin.gui.audit import verify as verify_audit_log
from dominoadmin.gui.audit.entry import AuditEntry
from dominoadmin.gui.audit.restored import AcceptRestored
from dominoadmin.gui.certifiers import (
    change_protection,
    restore_configuration,
)
from dominoadmin.gui.certifiers import (
    modify as modify_certifier,
)
from dominoadmin.gui.certifiers import (
    register as register_certifier,
)
from dominoadmin.gui.certifiers.name import CertifierName
from dominoadmin.gui.console.closing import Closing
from dominoadmin.gui.console.password import ConsolePassword
from dominoadmin.gui.cross_certificates import cross_certify
from dominoadmin.gui.cross_certificates.choose_certifier import ChooseCertifier, ChooseServer
from dominoadmin.gui.frame import errors, jobs, messages
from dominoadmin.gui.identities import (
    administrators,
    change_password,
    preferences,
    register_person,
    renew_id,
    renew_server_id,
)
from dominoadmin.gui.identities.choose_people import ChoosePeople
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.gui.identities.remembered_passwords import RememberPassword
from dominoadmin.gui.issuance import export as export_certificates
from dominoadmin.gui.issuance import issue_now
from dominoadmin.gui.issuance import view as issued
from dominoadmin.gui.issuance.filters import IssuedFilters
from dominoadmin.gui.key_rings import (
    certify as certify_key_ring,
)
from dominoadmin.gui.key_rings import (
    create as create_key_ring,
)
from dominoadmin.gui.key_rings import (
    install as install_key_ring,
)
from dominoadmin.gui.key_rings import (
    pickup as pickup_key_ring,
)
from dominoadmin.gui.key_rings import (
    trusted_roots,
)
from dominoadmin.gui.key_rings.export import ExportKeyRing
from dominoadmin.gui.key_rings.password import ChangePassword, OpenKeyRingDialog
from dominoadmin.gui.main_window import MainWindow
from dominoadmin.gui.requests import (
    about_database,
    database_configuration,
    new_database,
    new_request,
)
from dominoadmin.gui.requests import (
    approve as approve_requests,
)
from dominoadmin.gui.requests import (
    reject as reject_request,
)
from dominoadmin.gui.revocation import crl_actions
from dominoadmin.gui.revocation import revoke as revoke_certificate
from dominoadmin.gui.setup.first_start import FirstStart, SampleReady
from dominoadmin.gui.setup.wizard import SetupWizard
from dominoadmin.gui.web import browser_help, live_check
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.directory import server_documents
from dominoadmin.services.identities import remembered_passwords
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.creating import Created
from dominoadmin.services.key_rings.management import Installation, KeyRingAccess
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.approving import Outcome
from dominoadmin.services.restoring import installations
from dominoadmin.services.setup.sample_domain import CA, DATABASE, KEY_RING, Sample
from dominoadmin.services.states import AdminRequestState, Protection
from dominoadmin.store import audit, crls, revocations
from dominoadmin.viewmodels.certifiers import (
    choices as certifier_choices,
)
from dominoadmin.viewmodels.certifiers import (
    modification_draft as certifier_change,
)
from dominoadmin.viewmodels.certifiers import (
    protection_draft as protection_change,
)
from dominoadmin.viewmodels.certifiers.registration_draft import CertifierDraft
from dominoadmin.viewmodels.certifiers.tabs import NameDraft
from dominoadmin.viewmodels.cross_certificates.chosen_certifier import ChosenCertifier
from dominoadmin.viewmodels.cross_certificates.draft import CrossCertificateDraft
from dominoadmin.viewmodels.requests import database_draft as database
from dominoadmin.viewmodels.requests.database_draft import ConfigurationDraft, NewDatabaseDraft
from dominoadmin.viewmodels.revocation import crls as crl_listing

LONG = "A server's very long name that nobody would type"


@dataclass
class Stage:
    """The window, the sample domain, and the objects created there."""

    window: MainWindow
    sample: Sample
    folder: Path
    kept: list[QWidget] = field(default_factory=list)
    """Windows without a parent exist only while they are referenced."""

    @property
    def domain(self) -> Any:
        return self.window.session.domain

    @property
    def actor(self) -> Any:
        return self.window.session.actor

    @property
    def access(self) -> KeyRingAccess:
        return KeyRingAccess(KEY_RING, self.sample.password)

    def views(self, count: int) -> list[submitting.RequestView]:
        return [each for each in submitting.views(self.domain) if each.document and each.document.state == AdminRequestState.NEW][:count]

    def around(self) -> database.DatabaseSurroundings:
        return database.look_around(self.domain, self.actor)

    def new_database(self) -> NewDatabaseDraft:
        draft = NewDatabaseDraft.suggested(self.around(), server_documents.domain_server(self.domain), CA)
        draft.file = draft.file or "fresh.nsf"
        draft.title = draft.title or "Fresh Requests"
        return draft


def settled() -> None:
    """Wait until no job is running."""
    end = time.monotonic() + 20
    while True:
        QApplication.processEvents()
        if not jobs.busy():
            break
        assert time.monotonic() < end, "a job does not end"
        time.sleep(0.005)
    QApplication.processEvents()


Opener = Callable[[Stage], QWidget | None]


def _opened(dialog: Any) -> QWidget:
    dialog.open()
    return dialog


def _register(stage: Stage) -> QWidget:
    choices = certifier_choices.choices(stage.domain, stage.window.session.identity)
    return _opened(register_certifier.RegisterNewCertifier(stage.window, CertifierDraft(choices=choices)))


def _wrong(dialog: Any, **typed: str) -> QWidget:
    """Fill in fields by their names, and press OK: the problems are below them."""
    for name, text in typed.items():
        dialog.field_problems._fields[name].put(text)
    dialog.commit_button.click()
    return dialog


def _register_wrong(stage: Stage) -> QWidget:
    return _wrong(_register(stage), crl_interval_days="30", base_urls="ftp://example.com", san_domains="no_domain")


def _create_wrong(stage: Stage) -> QWidget:
    create_key_ring.start(stage.window)
    shown = (each for each in QApplication.topLevelWidgets() if isinstance(each, create_key_ring.CreateKeyRing) and each.isVisible())
    return _wrong(next(shown), file="keyfile", password="short", common_name="https://www.example.com/", state="MA", country="USA")


def _people(stage: Stage) -> QWidget:
    people = ["CN=Rob Ra/O=MyCompany", f"CN={LONG}/O=MyCompany"]
    return _opened(ChoosePeople(stage.window, stage.window, _("Add Administrators"), lambda: people))


def _configuration(stage: Stage) -> QWidget:
    return _opened(database_configuration.ConfigurationDialog(stage.window, ConfigurationDraft.for_new(stage.new_database())))


def _prompt(stage: Stage) -> QWidget:
    draft = CrossCertificateDraft.start(stage.domain, stage.actor)
    draft.set_subject_certifier(CA)
    return _opened(cross_certify.IssueCrossCertificate(stage.window, draft, is_prompt=True))


def _created(stage: Stage) -> QWidget:
    directory = stage.domain.directory
    made = Created(
        **_values(
            Created,
            file="keyfile2.kyr", path=directory.file("keyfile2.kyr"), stash=directory.file("keyfile2.sth"), key="ec-p256",
            subject="CN=server1.example.com/O=MyCompany/ST=Massachusetts/C=US", names=("dns:server1.example.com", "ip:10.0.0.1"),
            server="CN=Server1/O=MyCompany", remarks=(),
        )
    )  # fmt: skip
    return _opened(create_key_ring.KeyRingCreated(stage.window, made, stage.access, DATABASE))


def _values(kind: Any, **known: Any) -> dict[str, Any]:
    return {name: known[name] for name in kind.__dataclass_fields__}


def _root_confirmation(stage: Stage) -> None:
    root = key_rings.trusted_root_of(stage.domain, stage.actor, DATABASE)
    certify_key_ring.Certification(stage.window, stage.access, DATABASE).confirm(root)


def _edit_label(stage: Stage) -> QWidget:
    return _opened(trusted_roots.EditLabel(stage.window, stage.access, CA))


def _installed(stage: Stage) -> QWidget:
    done = key_rings.install(stage.domain, stage.actor, Installation(KEY_RING))
    return _opened(install_key_ring.KeyRingInstalled(stage.window, done))


def _decided(stage: Stage) -> QWidget:
    dialog = approve_requests.start(stage.window, stage.views(2))
    settled()
    problem = marked("The certifier does not allow wildcard names ({name}).", name="*.example.com")
    dialog.succeeded([Outcome(dialog.ids[0]), Outcome(dialog.ids[1], problem, marked("Edit the request, or reject it."))])
    return dialog


def _edited(stage: Stage) -> QWidget:
    return _opened(ChooseCertifier(stage.window, ChosenCertifier(domain=stage.domain, actor=stage.actor), stage.window))


def _remember(stage: Stage) -> QWidget:
    return _opened(RememberPassword(stage.window, stage.domain, remembered_passwords.secrets(stage.domain)))


def _first_start(stage: Stage) -> QWidget:
    # Not a folder of the test: its path is longer with each process, and the picture shows it.
    window = FirstStart(Path("/srv/dominoadmin/data"), lambda *_: None)
    window.show()
    stage.kept.append(window)
    return window


def _setup(stage: Stage) -> QWidget:
    wizard = SetupWizard(stage.window, stage.folder / "new")
    draft = wizard.draft
    draft.organization, draft.host, draft.administrator = "MyCompany", "server1.example.com", "Ann Admin"
    draft.password = draft.password_again = stage.sample.password
    draft.backup = False
    wizard.open()
    return wizard


def _log_in(stage: Stage) -> QWidget:
    return _opened(LogIn(stage.window, stage.domain))


def _unlock(stage: Stage) -> QWidget:
    reason = _("The window is locked. Enter your password to continue.")
    return _opened(LogIn(stage.window, stage.domain, path=stage.sample.administrator_id, reason=reason))


def _ask(stage: Stage) -> None:
    label = _("Enter the password of the certifier ID {file}:").format(file="cert.id")
    messages.ask_password(stage.window, _("Certifier ID Password"), label, print)


def _confirm(stage: Stage) -> QWidget:
    return messages.confirm(stage.window, _("Preferences"), _("Discard your changes?"), _("&Discard"), print)


def _inform(stage: Stage) -> QWidget:
    return messages.inform(stage.window, _("Export Key Ring"), _("The key ring has been exported."), details="/tmp/keyfile.pem")


def _error(stage: Stage) -> QWidget | None:
    return errors.show(stage.window, Refused(marked("Request {request_id} was not found.", request_id=7), marked("Try again in a moment.")))


def _issued(stage: Stage) -> tuple[int, list[str]]:
    with stage.domain.store.snapshot() as db:
        rows = db.execute("SELECT certifier_id, serial_hex FROM issued WHERE certifier_id = 1 LIMIT 2").fetchall()
    return 1, [row["serial_hex"] for row in rows]


def _revoke(stage: Stage) -> QWidget:
    dialog = revoke_certificate.start(stage.window, *_issued(stage))
    settled()
    return dialog


def _export_one(stage: Stage) -> QWidget:
    number, (serial, *_more) = _issued(stage)
    return export_certificates.start(stage.window, [(number, serial)], "CN=www.example.com/O=MyCompany")


def _export_several(stage: Stage) -> QWidget:
    number, serials = _issued(stage)
    return export_certificates.start(stage.window, [(number, each) for each in (*serials, *serials)], "")


def _crl(stage: Stage) -> QWidget:
    with stage.domain.store.snapshot() as db:
        newest = crls.newest(db, 1, generation=1)
    assert newest is not None
    shown = crl_listing.view(stage.domain, stage.actor, newest.id)
    assert len(shown.entries) > 1
    return _opened(crl_actions.CrlWindow(stage.window, shown))


def _release(stage: Stage) -> QWidget:
    with stage.domain.store.snapshot() as db:
        held = [each for each in revocations.all_of(db, 1) if each.reason == Reason.HOLD and not each.released_at]
    return revoke_certificate.release(stage.window, 1, [each.serial_hex for each in held])


def _modified(stage: Stage) -> QWidget:
    change = certifier_change.begin(stage.domain, stage.actor, 1)
    change.times.hash_name, change.times.crl_days, change.times.crl_interval_days = "sha512", 20, 10
    change.administrators[0].ra = not change.administrators[0].ra
    return _opened(modify_certifier.ModifyCertifier(stage.window, change))


def _read_only(stage: Stage) -> QWidget:
    change = certifier_change.begin(stage.domain, stage.actor, 1)
    change.may_sign = False
    return _opened(modify_certifier.ModifyCertifier(stage.window, change))


def _protection(stage: Stage, certifier_id: int, protection: str) -> QWidget:
    draft = protection_change.begin(stage.domain, stage.actor, certifier_id)
    draft.protection = protection
    return _opened(change_protection.ChangeProtection(stage.window, draft))


def _audit_entry(stage: Stage, action: str) -> QWidget:
    with stage.domain.store.snapshot() as db:
        number = db.execute("SELECT max(number) FROM audit WHERE action LIKE ?", (action,)).fetchone()[0]
        entry = audit.at(db, number)
    assert entry is not None
    return _opened(AuditEntry(stage.window, entry))


@contextmanager
def _tampered(stage: Stage) -> Iterator[None]:
    """Tamper with a certifier in the store, and undo it afterwards."""
    newest = "certifier_id = 1 ORDER BY version DESC LIMIT 1"
    with closing(sqlite3.connect(stage.domain.directory.store)) as db:
        version, document = db.execute(f"SELECT version, document FROM configurations WHERE {newest}").fetchone()

        def put(what: bytes) -> None:
            db.execute("UPDATE configurations SET document = ? WHERE certifier_id = 1 AND version = ?", (what, version))
            db.commit()

        put(b"{}")
        yield
        put(document)


def _put_back(stage: Stage) -> None:
    draft = modifying.begin(stage.domain, stage.actor, 1)
    modifying.save(stage.domain, stage.window.session.identity, replace(draft, crl_days=draft.crl_days + 1))
    with _tampered(stage):
        restore_configuration.start(stage.window, 1)
        settled()


def _save_view(stage: Stage) -> None:
    tab = issued.open_list(stage.window, 1)
    settled()
    next(iter(tab.findChildren(IssuedFilters)))._ask_name()


OPENERS: dict[str, Opener] = {
    "register internet certifier": lambda s: register_certifier.start(s.window),
    "register a new certifier": _register,
    "register a new certifier, wrong": _register_wrong,
    "certifier name": lambda s: _opened(CertifierName(s.window, NameDraft(common_name="MyCompany CA", organization="MyCompany", state="MA"))),
    "choose people": _people,
    "issue cross certificate": lambda s: cross_certify.start(s.window),
    "cross prompt": _prompt,
    "choose a certifier": _edited,
    "choose a server": lambda s: _opened(ChooseServer(s.window, "", s.window)),
    "issue now": lambda s: issue_now.start(s.window),
    "new database": lambda s: new_database.start(s.window),
    "about the database": lambda s: _opened(about_database.AboutDatabase(s.window, s.new_database())),
    "new configuration": _configuration,
    "configuration": lambda s: database_configuration.configure(s.window, DATABASE),
    "new request": lambda s: new_request.start(s.window, DATABASE),
    "create key ring": lambda s: create_key_ring.start(s.window),
    "create key ring, wrong": _create_wrong,
    "create key ring, guided": lambda s: create_key_ring.start(s.window, guided=True),
    "key ring created": _created,
    "certify key ring": lambda s: certify_key_ring.start(s.window),
    "trusted root": _root_confirmation,
    "pick up": lambda s: pickup_key_ring.start(s.window),
    "open key ring": lambda s: _opened(OpenKeyRingDialog(s.window, KEY_RING)),
    "change password": lambda s: _opened(ChangePassword(s.window, s.access)),
    "export": lambda s: _opened(ExportKeyRing(s.window, s.access, s.folder)),
    "edit label": _edit_label,
    "install": lambda s: install_key_ring.start(s.window),
    "installed": _installed,
    "browser help": lambda s: browser_help.start(s.window),
    "live check": lambda s: live_check.start(s.window),
    "check store": lambda s: check_store.start(s.window),
    "accept restored store": lambda s: AcceptRestored(s.window, s.window.session.domain, "The store was put back.").open(),
    "moved or copied store": lambda s: moved.start(s.window, installations.elsewhere(s.domain)),
    "verify audit log": lambda s: verify_audit_log.start(s.window),
    "approve one": lambda s: approve_requests.start(s.window, s.views(1)),
    "approve two": lambda s: approve_requests.start(s.window, s.views(2)),
    "approved": _decided,
    "reject one": lambda s: reject_request.start(s.window, s.views(1)),
    "reject two": lambda s: reject_request.start(s.window, s.views(2)),
    "export certificate": _export_one,
    "export certificates": _export_several,
    "revoke certificates": _revoke,
    "release hold": _release,
    "certificate revocation list": _crl,
    "issue a list without a server": lambda s: crl_actions.issue(s.window, CA),
    "choose a certifier to modify": lambda s: modify_certifier.start(s.window),
    "modify certifier": lambda s: modify_certifier.start(s.window, 1),
    "modify certifier, changed": _modified,
    "modify certifier, read only": _read_only,
    "disable certifier": lambda s: modify_certifier.switch(s.window, 1, enabled=False),
    "enable certifier": lambda s: modify_certifier.switch(s.window, 1, enabled=True),
    "change protection": lambda s: change_protection.start(s.window, 1),
    "change protection, password": lambda s: _protection(s, 2, Protection.PASSWORD),
    "change protection, locking ID": lambda s: _protection(s, 2, Protection.LOCKING_ID),
    "put back": _put_back,
    "audit entry": lambda s: _audit_entry(s, "%"),
    "audit entry of a certificate": lambda s: _audit_entry(s, "%certif%"),
    "save a view": _save_view,
    "register person": lambda s: register_person.start(s.window),
    "revoke ID": lambda s: renew_id.revoke(s.window, s.window.session.identity.name),
    "renew ID": lambda s: renew_id.renew(s.window, s.window.session.identity.name),
    "administrators": lambda s: administrators.start(s.window),
    "renew server ID": lambda s: renew_server_id.start(s.window, s.window.session.domain.name("Server1")),
    "change ID password": lambda s: change_password.start(s.window),
    "forgotten password": lambda s: change_password.tell_forgotten(
        s.window, s.window.session.domain, s.window.session.path
    ),
    "question before closing": lambda s: Closing(s.window)._ask(
        [(_("&Keep Running"), print), (_("&Stop and Close"), print)]
    ),
    "preferences": lambda s: preferences.start(s.window),
    "remember password": _remember,
    "console password": lambda s: _opened(ConsolePassword(s.window, "Password for MyCompany Partners CA:", print)),
    "log in": _log_in,
    "unlock": _unlock,
    "first start": _first_start,
    "sample ready": lambda s: _opened(SampleReady(s.window, s.sample)),
    "set up": _setup,
    "question for a password": _ask,
    "question": _confirm,
    "message": _inform,
    "error": _error,
}
