"""The person who clicks is the one who signs, whoever has logged in when the job runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from PySide6.QtWidgets import QApplication

from dominoadmin.gui.certifiers import change_protection, restore_configuration
from dominoadmin.gui.certifiers import modify as modify_certifier
from dominoadmin.gui.certifiers import register as register_certifier
from dominoadmin.gui.cross_certificates import cross_certify
from dominoadmin.gui.directory import server_document
from dominoadmin.gui.frame.forms.password_prompt import PasswordPrompt
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.key_rings import create as create_key_ring
from dominoadmin.gui.requests import approve as approve_requests
from dominoadmin.gui.requests import certificate_requests, new_request
from dominoadmin.gui.requests import document as request
from dominoadmin.gui.requests import reject as reject_requests
from dominoadmin.gui.revocation import revoke as revoke_certificate
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.identities import administrators
from dominoadmin.services.requests import submitting
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from tests import builders, specimens
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD, SERVER_PASSWORD
from tests.gui.dialog_openers import settled
from tests.gui.key_rings.test_creating import fill

ANN, ROB = "CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US"


@dataclass
class Stage:
    """The window, the office and the hand. Rob may do everything that Ann may: nothing but the ID decides."""

    office: object
    window: object
    hand: object


Click = Callable[[], object]


def shown(stage: Stage) -> list:
    return [submitting.shown(stage.office.domain, 1)]


def document(stage: Stage) -> request.RequestDocument:
    opened = request.open_request(stage.window, 1)
    stage.hand.until(lambda: opened.inspection, "the request is not read")
    stage.hand.click(opened, "Edit Request")
    stage.hand.fill(opened, "Valid for", "60")
    return opened


def approve_document(stage: Stage) -> Click:
    return document(stage).approve


def save_document(stage: Stage) -> Click:
    return document(stage).save


def approve(stage: Stage) -> Click:
    dialog = approve_requests.start(stage.window, shown(stage))
    stage.hand.until(dialog.commit_button.isEnabled, "the rules are not checked")
    return dialog.commit_button.click


def reject(stage: Stage) -> Click:
    dialog = reject_requests.start(stage.window, shown(stage))
    stage.hand.fill(dialog, "Reason", "No.")
    return dialog.commit_button.click


def register(stage: Stage) -> Click:
    register_certifier.start(stage.window)
    stage.hand.click(stage.hand.dialog("Register Internet Certifier"), "OK")
    dialog = stage.hand.dialog("Register a New Internet Certifier")
    stage.hand.tab(dialog, "Misc")
    stage.hand.tick(dialog, "Create a local copy of the certifier ID", on=False)
    stage.hand.tab(dialog, "Basics")
    stage.hand.click(dialog, "Create Certifier Name")
    naming = stage.hand.dialog("Create Certifier Name")
    stage.hand.fill(naming, "Common Name", "Second CA")
    stage.hand.fill(naming, "Organization Name", "MyCompany")
    stage.hand.click(naming, "OK")
    return dialog.commit_button.click


def modify(stage: Stage) -> Click:
    modify_certifier.start(stage.window, 1)
    dialog = stage.hand.dialog("Modify Certifier")
    stage.hand.tab(dialog, "Certificates")
    stage.hand.fill(dialog, "Maximum duration (days):", "300")
    return dialog.commit_button.click


def disable(stage: Stage) -> Click:
    modify_certifier.switch(stage.window, 1, enabled=False)
    return stage.hand.button(stage.hand.dialog("Modify Certifier"), "Disable").click


def protect(stage: Stage) -> Click:
    change_protection.start(stage.window, 1)
    dialog = stage.hand.dialog("Change Protection")
    stage.hand.tick(dialog, "Encrypt ID with Server ID and Require password to activate certifier")
    stage.hand.fill(dialog, "Password of server.id:", SERVER_PASSWORD)
    stage.hand.fill(dialog, "Password:", "Tall trees 4 the valley")
    stage.hand.fill(dialog, "Confirm Password:", "Tall trees 4 the valley")
    return dialog.commit_button.click


def restore(stage: Stage) -> Click:
    office = stage.office
    modifying.save(office.domain, office.ann, replace(modifying.begin(office.domain, office.actor(), 1), crl_days=20))
    builders.sql(office, "UPDATE configurations SET document = CAST('{}' AS blob) WHERE version = 2")
    restore_configuration.start(stage.window, 1)
    return stage.hand.button(stage.hand.dialog("Restore Last Good Version"), "Sign Again").click


def issued(stage: Stage) -> list[str]:
    builders.approved(stage.office, "two.example.com")
    builders.load_ca(stage.office)
    return [row["serial_hex"] for row in builders.sql(stage.office, "SELECT serial_hex FROM issued")]


def revoke(stage: Stage) -> Click:
    dialog = revoke_certificate.start(stage.window, 1, issued(stage))
    stage.hand.until(lambda: dialog.impact, "the impact is not shown")
    return dialog.commit_button.click


def release(stage: Stage) -> Click:
    office, serials = stage.office, issued(stage)
    revoking.request(office.domain, office.ann, 1, RevocationOrder(tuple(serials), reason=Reason.HOLD))
    builders.load_ca(office)
    revoke_certificate.release(stage.window, 1, serials)
    return stage.hand.button(stage.hand.dialog("Release Hold"), "Release").click


def cross(stage: Stage) -> Click:
    cross_certify.start(stage.window)
    dialog = stage.hand.dialog("Issue Cross Certificate")
    file = stage.office.root / "other.pem"
    file.write_bytes(specimens.pem(specimens.root()))
    dialog.take_file(file)

    def click() -> None:
        dialog.commit_button.click()
        type_password(stage.hand)

    return click


def type_password(hand) -> None:
    prompt = hand.dialog("Certifier ID Password", PasswordPrompt)
    hand.fill(prompt, "Enter the password of the certifier ID cert.id", ADMIN_PASSWORD)
    hand.click(prompt, "OK")


def create_ring(stage: Stage) -> Click:
    create_key_ring.start(stage.window)
    dialog = stage.hand.dialog("Create Key Ring")
    fill(stage.hand, dialog)
    return dialog.commit_button.click


def save_server(stage: Stage) -> Click:
    opened = server_document.open_server(stage.window, stage.office.server.name, edit=True)
    stage.hand.fill(opened, "Fully qualified Internet host name", "other.example.com")
    return opened.save


def pull(stage: Stage) -> Click:
    issued(stage)
    certificate_requests.open_database(stage.window, builders.DATABASE)
    opened = stage.window.page()
    stage.hand.select(opened, "two.example.com")
    return lambda: stage.hand.click(opened, "Pull Selected Request(s)")


def paste(stage: Stage) -> Click:
    new_request.start(stage.window, builders.DATABASE)
    dialog = stage.hand.dialog("New Request")
    stage.hand.fill(dialog, "Request", builders.csr("three.example.com").decode())
    return dialog.commit_button.click


ACTS = [
    approve_document, save_document, approve, reject, register, modify, disable, protect, restore, revoke, release, cross,
    create_ring, save_server, pull, paste,
]  # fmt: skip


@pytest.fixture
def stage(office, window, hand) -> Stage:
    builders.ready(office, caas=(ROB,), ras=(ROB,))
    builders.submitted(office)
    return Stage(office, window, hand)


@contextmanager
def held() -> Iterator[None]:
    """Hold up the jobs that are started meanwhile."""
    gate = threading.Event()
    blocker = Job(lambda _progress: gate.wait(30))
    blocker.start()
    try:
        yield
    finally:
        gate.set()


def change_person(stage: Stage) -> None:
    stage.window.session.lock()
    stage.window.session.log_in(stage.office.rob, None)


def actors(office, after: int) -> set[str]:
    """Who has acted, says the audit log."""
    return {row["actor"] for row in builders.sql(office, "SELECT actor FROM audit WHERE number > ?", after)}


def last(office) -> int:
    return builders.sql(office, "SELECT max(number) AS last FROM audit")[0]["last"]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_the_one_who_has_clicked_signs_or_nobody(stage, act: Callable[[Stage], Click]) -> None:
    click = act(stage)
    settled()
    before = last(stage.office)
    with held():
        click()
        QApplication.processEvents()  # answers to questions are delivered afterwards
        change_person(stage)
    settled()
    if act is cross:
        stage.hand.message("Another person has logged in. The certifier ID was closed, and nothing was signed.")
    assert actors(stage.office, before) == (set() if act is cross else {ANN})


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_dialog_that_another_has_opened_signs_for_the_one_who_clicks(stage, act: Callable[[Stage], Click]) -> None:
    administrators.name_administrator(stage.office.domain, stage.office.certifier, ROB)  # who may save a Server document
    click = act(stage)
    settled()
    before = last(stage.office)
    change_person(stage)
    click()
    settled()
    assert actors(stage.office, before) == {ROB}


def test_a_certifier_id_that_one_has_opened_is_not_open_for_another(stage, hand) -> None:
    cross(stage)
    dialog = hand.dialog("Issue Cross Certificate")
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier")
    hand.click(chooser, "OK")
    type_password(hand)
    hand.closed(chooser)
    assert dialog.draft.identity is not None
    change_person(stage)
    assert dialog.draft.identity is None
    hand.click(dialog, "Cross Certify")
    type_password(hand)
    assert "Personal Address Book of Rob Ra/MyCompany/US" in hand.message("successfully cross certified")


def test_the_person_is_no_matter_of_a_job(stage) -> None:
    """What reads the session in a job would read the person of another moment: it fails, always."""
    problems = []
    for read in (lambda _progress: stage.window.session.identity, lambda _progress: stage.window.session.actor):
        job = Job(read)
        job.failed.connect(problems.append)
        job.start()
        settled()
    assert [str(problem) for problem in problems] == [
        "A job reads the session; it gets who acts as a value, from the click."
    ] * 2


def test_one_clicks_another_logs_in_by_mouse_and_the_first_has_signed(stage, hand) -> None:
    opened, before = document(stage), last(stage.office)
    with held():
        hand.click(opened, "Approve Request")
        stage.window.locking.switch_id()
        dialog = hand.dialog("Log In")
        hand.choose(dialog, "ID file", "Rob Ra")
        hand.fill(dialog, "Password", ROB_PASSWORD)
        hand.click(dialog, "OK")
        hand.until(lambda: stage.window.session.actor.name == ROB, "Rob is not logged in")
        assert actors(stage.office, before) == set()
    settled()
    assert actors(stage.office, before) == {ANN}
    assert builders.view(stage.office, 1).document.state == "Approved"
