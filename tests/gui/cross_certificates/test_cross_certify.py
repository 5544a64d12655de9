"""Cross Certify: the prompt while pulling (technote, step 22), Issue Cross Certificate, Choose a Certifier."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QDateEdit, QFileDialog, QLabel
from shiboken6 import isValid

from dominoadmin.gui.cross_certificates import cross_certify
from dominoadmin.gui.cross_certificates.choose_certifier import ChooseCertifier, ChooseServer
from dominoadmin.gui.cross_certificates.cross_certify import IssueCrossCertificate
from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.forms.password_prompt import PasswordPrompt
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.records import address_books
from dominoadmin.services.requests import submitting
from tests import builders, specimens
from tests.conftest import ADMIN_PASSWORD

SERVER = "Server1/MyCompany/US"


@pytest.fixture
def pulled(office) -> int:
    """A request that was issued and pulled: its Internet CA is not trusted yet."""
    builders.ready(office)
    number = builders.approved(office)
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [number])
    return number


@pytest.fixture
def issue(office, window, hand):
    """Open Issue Cross Certificate for another authority."""
    builders.ready(office)

    def opened(certifier: str = "") -> IssueCrossCertificate:
        cross_certify.start(window, certifier)
        dialog = hand.dialog("Issue Cross Certificate", IssueCrossCertificate)
        if not certifier:
            file = office.root / "other.pem"
            file.write_bytes(specimens.pem(specimens.root()))
            dialog.take_file(file)
        return dialog

    return opened


class Answered:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def entries(office) -> list[tuple[str, str, str]]:
    found = address_books.entries(office.domain, office.actor())
    return [(entry.record.book, entry.record.issuer, entry.problem) for entry in found]


def enter_password(hand, password: str = ADMIN_PASSWORD) -> PasswordPrompt:
    dialog = hand.dialog("Certifier ID Password", PasswordPrompt)
    hand.fill(dialog, "Enter the password of the certifier ID cert.id", password)
    hand.click(dialog, "OK")
    return dialog


def test_the_default_settings_trust_the_new_ca_in_the_personal_address_book(office, window, hand, pulled) -> None:
    answered = Answered()
    cross_certify.prompt(window, [pulled], answered)
    dialog = hand.dialog("Issue Cross Certificate", IssueCrossCertificate)
    hand.says(dialog, "MyCompany CA/MyCompany is in a different domain than the Domino server.")
    for text in ("/MyCompany/US", "Local (Personal Address Book)", "MyCompany CA/MyCompany"):
        assert hand.says(dialog, text)
    assert not [label for label in dialog.findChildren(QLabel) if "alternate name" in label.text()]
    hand.picture(dialog, "/tmp/shots/cross-prompt.png")
    hand.click(dialog, "Cross Certify")
    hand.picture(hand.dialog("Certifier ID Password", PasswordPrompt), "/tmp/shots/cross-password.png")
    enter_password(hand)
    said = hand.message("MyCompany CA/MyCompany successfully cross certified")
    assert "Personal Address Book of Ann Admin/MyCompany/US" in said
    hand.until(lambda: answered.count == 1, "the pull does not go on")
    assert entries(office) == [(office.ann.name, "O=MyCompany/C=US", "")]
    cross_certify.prompt(window, [pulled], answered)
    hand.until(lambda: answered.count == 2, "what is trusted is asked again")


def test_the_prompt_can_be_cancelled_and_the_pull_goes_on(office, window, hand, pulled) -> None:
    answered = Answered()
    cross_certify.prompt(window, [pulled], answered)
    dialog = hand.dialog("Issue Cross Certificate", IssueCrossCertificate)
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.until(lambda: answered.count == 1, "the pull does not go on")
    assert entries(office) == []


def test_nothing_to_ask_goes_on_at_once_and_an_error_is_told(window, hand) -> None:
    answered = Answered()
    cross_certify.prompt(window, [], answered)
    hand.until(lambda: answered.count == 1, "it does not go on")
    cross_certify.prompt(window, [77], answered)
    hand.until(lambda: "Request 77 was not found." in hand.visible(), "the error is not told")
    assert answered.count == 1  # what comes next would cover the refusal
    hand.message("Request 77 was not found.")
    hand.until(lambda: answered.count == 2, "it does not go on")


def test_the_directory_is_chosen_with_the_certifier_as_in_step_22(office, window, hand, pulled) -> None:
    answered = Answered()
    cross_certify.prompt(window, [pulled], answered)
    dialog = hand.dialog("Issue Cross Certificate", IssueCrossCertificate)
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
    hand.click(chooser, "Server")
    server = hand.dialog("Choose a Server", ChooseServer)
    hand.choose(server, "Server", SERVER)
    hand.picture(server, "/tmp/shots/choose-server.png")
    hand.click(server, "OK")
    hand.says(chooser, SERVER)
    hand.tick(chooser, "Supply certifier ID and password")
    hand.picture(chooser, "/tmp/shots/choose-certifier.png")
    hand.click(chooser, "OK")
    enter_password(hand)
    hand.closed(chooser)
    hand.says(dialog, f"{SERVER} (Domino Directory)")
    hand.click(dialog, "Cross Certify")  # no second password
    said = hand.message("successfully cross certified")
    assert "Domino Directory" in said
    hand.until(lambda: answered.count == 1, "the pull does not go on")
    assert entries(office) == [("directory", "O=MyCompany/C=US", "")]


def test_the_ca_process_gets_a_request(office, window, hand, issue) -> None:
    dialog = issue()
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
    hand.tick(chooser, "Use the CA Process")
    assert not chooser._form.file_button.isEnabled()
    hand.choose(chooser, "CA configured certifier", "MyCompany CA/MyCompany")
    hand.picture(chooser, "/tmp/shots/choose-ca.png")
    hand.click(chooser, "OK")
    hand.closed(chooser)
    hand.click(dialog, "Server")
    server = hand.dialog("Choose a Server", ChooseServer)
    hand.choose(server, "Server", SERVER)
    hand.click(server, "OK")
    hand.fill(dialog, "Path length", "1")
    hand.fill(dialog, "Permitted DNS domains", "b.example c.example")
    hand.click(dialog, "Cross Certify")
    said = hand.message("A certificate request has been submitted.")
    assert "request 1 in Administration Requests" in said
    hand.closed(dialog)
    fields = builders.view(office, 1).document.fields
    assert (fields["book"], fields["path_length"], fields["permitted_dns"]) == (
        "directory",
        1,
        ["b.example", "c.example"],
    )


def test_a_wrong_password_is_told_and_nothing_is_lost(office, window, hand, issue) -> None:
    dialog = issue()
    hand.fill(dialog, "Permitted DNS domains", "b.example")
    hand.click(dialog, "Cross Certify")
    first = enter_password(hand, "not the password")
    hand.until(lambda: not isValid(first), "the first prompt stays")
    hand.says(hand.dialog("Certifier ID Password", PasswordPrompt), "This password does not open the ID file.")
    assert dialog.isVisible()
    assert dialog.draft.permitted_dns == "b.example"
    enter_password(hand)
    hand.message("Specimen root ec-p256/Specimen/US successfully cross certified")
    hand.closed(dialog)
    assert len(entries(office)) == 1


def test_the_password_prompt_can_be_cancelled(office, window, hand, issue) -> None:
    dialog = issue()
    hand.click(dialog, "Cross Certify")
    hand.click(hand.dialog("Certifier ID Password", PasswordPrompt), "Cancel")
    assert dialog.isVisible()
    assert entries(office) == []
    dialog.discard()


def test_what_is_trusted_already_is_said_before_any_password(office, window, hand, issue) -> None:
    subject = builders.record(office).active.certificate
    request = cross_certifying.CrossRequest(subject)
    cross_certifying.issue_with_id(office.domain, office.certifier, office.actor(), request)
    dialog = issue(builders.CA)
    hand.says(dialog, "MyCompany CA/MyCompany")
    trusted = "The requested Cross Certificate will not be issued because the subject is already trusted."
    hand.refused(dialog, trusted)
    hand.picture(dialog, "/tmp/shots/cross-trusted.png")
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)


def test_the_subject_is_chosen_from_a_list_or_a_file(office, window, hand, tmp_path: Path) -> None:
    builders.certifier(office)
    answered = Answered()
    cross_certify.start(window, then=answered)
    dialog = hand.dialog("Issue Cross Certificate", IssueCrossCertificate)
    hand.refused(dialog, "Choose the certificate of the authority to trust.")
    entry = dialog._form.subject_button.menu().actions()[0]
    assert entry.text() == builders.CA_NAME
    entry.trigger()
    hand.says(dialog, "MyCompany CA/MyCompany")
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(specimens.pem(specimens.leaf()))
    dialog.take_file(leaf)
    hand.message("key usage restrictions in the input certificate")
    assert dialog.draft.subject_name == "MyCompany CA/MyCompany"
    hand.picture(dialog, "/tmp/shots/cross-issue.png")
    dialog.discard()
    hand.until(lambda: answered.count == 1, "nobody is told")


@pytest.mark.parametrize(
    ("label", "text", "problem"),
    [("Permitted DNS domains", "no_domain.example", "contains an underscore"), ("Path length", "6", "")],
)
def test_limits_have_rules(hand, issue, label: str, text: str, problem: str) -> None:
    dialog = issue()
    hand.fill(dialog, label, text)
    if problem:
        hand.refused(dialog, problem)
    else:
        assert dialog.draft.path_length == 5  # the box does not accept more
    dialog.discard()


def test_the_expiration_date_cannot_have_passed_nor_be_later_than_the_authoritys_own(office, hand, issue) -> None:
    dialog = issue()
    (editor,) = dialog.findChildren(QDateEdit)
    own_end = specimens.root().not_valid_after_utc.date()
    editor.setDate(QDate(own_end.year + 5, 1, 1))
    hand.says(dialog, f"Expires on {own_end}: a cross-certificate cannot outlive either authority's own certificate.")
    yesterday = office.clock().date() - timedelta(days=1)
    editor.setDate(QDate(yesterday.year, yesterday.month, yesterday.day))
    hand.says(dialog, f"The expiration date must be {yesterday + timedelta(days=2)} or later.")
    hand.picture(dialog, "/tmp/shots/cross-date.png")
    dialog.discard()


def test_without_a_certifier_id_or_a_ca_it_says_so(office, window, hand) -> None:
    (office.root / "cert.id").rename(office.root / "safe.id")
    cross_certify.start(window)
    dialog = hand.dialog("Issue Cross Certificate", IssueCrossCertificate)
    file = office.root / "other.pem"
    file.write_bytes(specimens.pem(specimens.root()))
    dialog.take_file(file)
    hand.refused(dialog, "No certifier specified")
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
    hand.refused(chooser, "No certifier specified")
    assert not chooser._form.how.buttons[True].isEnabled()
    hand.says(chooser, "No CA enabled certifiers could be found in the directory.")
    other = next(path for path in office.root.glob("*.id") if path.name not in ("safe.id", "cert.id"))
    chooser.take_file(other)
    hand.says(chooser, "The ID file is not a Certifier ID file and cannot be used to issue certificates")
    chooser.take_file(office.root / "safe.id")
    hand.click(chooser, "OK")
    password = hand.dialog("Certifier ID Password", PasswordPrompt)
    hand.fill(password, "Enter the password of the certifier ID safe.id", ADMIN_PASSWORD)
    hand.key(password, Qt.Key.Key_Return)
    hand.closed(chooser)
    assert dialog.draft.identity.name == "O=MyCompany/C=US"
    assert dialog.commit_button.isEnabled()
    dialog.discard()


def test_an_unknown_certifier_is_told_and_no_dialog_opens(window, hand) -> None:
    cross_certify.start(window, "Nobody CA")
    hand.message("No CA enabled certifiers could be found in the directory.")


def test_the_tools_pane_opens_it(office, window, hand) -> None:
    hand.menu(window, "Configuration > Certification > Cross Certify")
    dialog = hand.dialog("Issue Cross Certificate", IssueCrossCertificate)
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)


def test_choosing_a_server_can_be_cancelled(office, window, hand, issue) -> None:
    dialog = issue()
    hand.click(dialog, "Server")
    server = hand.dialog("Choose a Server", ChooseServer)
    hand.choose(server, "Server", SERVER)
    hand.key(server, Qt.Key.Key_Escape)
    hand.closed(server)
    assert dialog.draft.server == ""
    dialog.discard()


def test_it_is_dark_too(office, window, hand, qtbot, issue) -> None:
    theme.apply(theme.DARK)
    qtbot.wait(200)
    dialog = issue()
    hand.picture(dialog, "/tmp/shots/cross-dark.png")
    hand.click(dialog, "Certifier")
    hand.picture(hand.dialog("Choose a Certifier", ChooseCertifier), "/tmp/shots/choose-dark.png")
    theme.apply(theme.LIGHT)


def test_a_remembered_password_is_not_asked_for(office, window, hand, issue, monkeypatch) -> None:
    kept = {}
    monkeypatch.setattr(type(office.domain.keychain), "get", lambda _self, purpose: kept.get(purpose))
    kept["id-cert.id"] = "an old password"
    dialog = issue()
    hand.click(dialog, "Cross Certify")
    hand.click(hand.dialog("Certifier ID Password", PasswordPrompt), "Cancel")  # it does not open: ask
    kept["id-cert.id"] = ADMIN_PASSWORD
    hand.click(dialog, "Cross Certify")
    hand.message("Specimen root ec-p256/Specimen/US successfully cross certified")
    hand.closed(dialog)
    assert len(entries(office)) == 1


def test_the_id_file_is_still_there_after_the_ca_process_was_tried(office, window, hand, issue) -> None:
    dialog = issue()
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
    hand.tick(chooser, "Use the CA Process")
    hand.click(chooser, "OK")
    hand.closed(chooser)
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
    hand.tick(chooser, "Supply certifier ID and password")
    hand.says(chooser, "cert.id")
    assert chooser.commit_button.isEnabled()
    chooser.discard()
    dialog.discard()


def test_the_ca_process_is_off_where_only_the_subject_itself_would_be_offered(office, hand, issue) -> None:
    dialog = issue(builders.CA)
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
    radio = chooser._form.how.buttons[True]
    reason = "No other certifier with a CA process is enabled: MyCompany CA/MyCompany cannot certify itself."
    assert not radio.isEnabled()
    assert radio.toolTip() == reason
    hand.says(chooser, reason)
    assert chooser._form.list.count() == 0
    hand.picture(chooser, "/tmp/shots/choose-off.png")
    chooser.discard()
    dialog.discard()


def test_what_was_chosen_once_is_filled_in_again(office, window, hand, issue) -> None:
    dialog = issue()
    for _ in range(2):
        hand.click(dialog, "Certifier")
        chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
        hand.tick(chooser, "Use the CA Process")
        hand.click(chooser, "OK")
        hand.closed(chooser)
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
    assert chooser.draft.uses_ca_process
    assert chooser.draft.certifier == builders.CA_NAME
    hand.key(chooser, Qt.Key.Key_Escape)
    dialog.discard()


def test_the_files_are_chosen_in_file_dialogs(office, window, hand, issue) -> None:
    dialog = issue()
    dialog._choose_file()
    files = hand.dialog("Subject name", QFileDialog)
    files.fileSelected.emit(str(office.root / "other.pem"))
    files.reject()
    assert dialog.draft.subject_name == "Specimen root ec-p256/Specimen/US"
    hand.click(dialog, "Certifier")
    chooser = hand.dialog("Choose a Certifier", ChooseCertifier)
    hand.click(chooser, "Certifier ID")
    files = hand.dialog("Certifier ID", QFileDialog)
    files.fileSelected.emit(str(office.root / "server.id"))
    files.reject()
    hand.says(chooser, "The ID file is not a Certifier ID file and cannot be used to issue certificates")
    chooser.discard()
    dialog.discard()


def test_closing_while_it_works_asks_and_stopping_issues_nothing(office, window, hand, issue) -> None:
    dialog = issue()
    dialog.draft.identity = office.certifier
    work, go_on = dialog.work(), threading.Event()

    def slow(progress):
        go_on.wait(20)
        progress.step("Go on")
        return work(progress)

    dialog.work = lambda: slow
    dialog.commit()
    assert dialog.is_running
    dialog.commit()  # a second click does nothing
    dialog.close()
    hand.message("The operation is still running. Stop it?", "Stop")
    go_on.set()
    hand.until(lambda: not dialog.is_running, "it does not stop")
    assert entries(office) == []
    assert dialog.draft.subject_name == "Specimen root ec-p256/Specimen/US"
    dialog.discard()


def test_the_store_that_refuses_at_the_end_is_told(office, window, hand, issue) -> None:
    first = issue()
    first.draft.identity = office.certifier
    request, actor = first.draft.request(), office.actor()
    cross_certifying.issue_with_id(office.domain, office.certifier, actor, request)
    work = first.work()
    first.draft.problems = tuple
    first.work = lambda: work
    first.commit()
    hand.message("will not be issued because the subject is already trusted")
    assert first.isVisible()
    first.discard()
