"""The guide's button acts: what it skips, and what it asks if something is missing. The whole way is in tests/e2e."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog, QMessageBox

from dominoadmin.services.key_rings import generated
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.viewmodels.target import Target
from tests import builders
from tests.builders import CA_NAME, DATABASE
from tests.conftest import ADMIN_PASSWORD, SERVER_PASSWORD
from tests.services.key_rings.conftest import form
from tests.viewmodels.guide import test_chapters as walk

FILE = "keyfile.kyr"


def run(window, command: str, **target) -> None:
    window.run(command, Target(guided=True, **target))


def generated_ring(office) -> str:
    password = generated.new_password()
    key_rings.create(office.domain, office.actor(), form(file=FILE, password=password, is_generated=True))
    return password


def issued(office) -> int:
    """A generated key ring whose request was pulled."""
    builders.ready(office)
    access = key_rings.KeyRingAccess(FILE, generated_ring(office))
    root = key_rings.trusted_root_of(office.domain, office.actor(), DATABASE)
    number = key_rings.certify(office.domain, office.actor(), access, DATABASE, root).request.id
    walk.issue(office, number)
    walk.submitting.pull(office.domain, office.actor(), [number])
    return number


def no_box(window) -> bool:
    return not [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def says(window, qtbot, text: str) -> None:
    qtbot.waitUntil(lambda: text in window.statusBar().currentMessage(), timeout=20_000)


def test_a_certifier_is_registered_with_the_names_of_the_domain(window, hand, qtbot):
    run(window, "register-certifier")
    dialog = hand.dialog("Register a New Internet Certifier")
    hand.says(dialog, "CN=MyCompany CA/O=MyCompany/C=US")
    hand.click(dialog, "OK")
    says(window, qtbot, "has been registered. If the store is lost, the certifier is lost: back up the data folder.")
    assert no_box(window)


def test_a_second_certifier_is_named_by_the_person(window, office, hand, qtbot):
    run(window, "register-certifier")
    hand.click(hand.dialog("Register a New Internet Certifier"), "OK")
    says(window, qtbot, "has been registered.")
    run(window, "register-certifier")
    dialog = hand.dialog("Register a New Internet Certifier")
    hand.refused(dialog, "The certifier needs a name. Click Create Certifier Name.")
    dialog.discard()


def test_the_database_is_created_with_one_confirmation(window, office, hand, qtbot):
    builders.certifier(office)
    run(window, "new-database", certifier_name=CA_NAME)
    form_ = hand.dialog("Database Configuration")
    hand.click(form_, "Create Database")
    says(window, qtbot, f"The database {DATABASE} has been created.")


def test_a_key_ring_with_a_generated_password_asks_no_more(window, office, hand, qtbot):
    builders.ready(office)
    run(window, "create-key-ring", database=DATABASE)
    dialog = hand.dialog("Create Key Ring")
    assert not dialog._form.password.isVisible()
    hand.fill(dialog, "State or Province", "Massachusetts")
    hand.fill(dialog, "Organization Name", "MyCompany")
    hand.fill(dialog, "Country Code", "US")
    hand.click(dialog, "Create Key Ring")
    says(window, qtbot, f"{FILE} trusts the certifier, and request 1 has been added to {DATABASE}.")
    assert no_box(window)
    assert generated.password_of(office.domain, office.actor(), office.server, FILE)


def test_submit_and_pull_select_the_row_and_act(window, office, qtbot):
    builders.ready(office)
    number = builders.received(office)
    run(window, "submit-request", database=DATABASE, request_id=number)
    says(window, qtbot, "Successfully submitted 1 request(s) to the Administration Process")
    builders.approve(office.domain, office.ann, [number])
    builders.load_ca(office)
    run(window, "pull-request", database=DATABASE, request_id=number)
    says(window, qtbot, "Successfully pulled 1 request(s) from the Administration Process")
    assert no_box(window)
    assert QDialog not in {type(each) for each in window.findChildren(QDialog) if each.isVisible()}  # no cross-certificate


def test_the_servers_id_opens_the_key_ring_for_the_pickup(window, office, hand, qtbot):
    number = issued(office)
    run(window, "pickup-key-ring", pickup_id=builders.view(office, number).pickup_id, database=DATABASE)
    hand.click(hand.dialog("Merge Signed Certificate Confirmation"), "OK")
    says(window, qtbot, f"{FILE} has received its certificate.")
    assert no_box(window)
    run(window, "install-key-ring", key_ring=FILE)
    says(window, qtbot, f"{FILE} and its stash file have been installed on Server1")


def test_without_the_servers_id_its_password_is_asked_for_and_the_prompt_says_which(window, office, hand):
    number = issued(office)
    window._server_identity = None
    run(window, "pickup-key-ring", pickup_id=builders.view(office, number).pickup_id, database=DATABASE)
    prompt = hand.dialog("Open the Server's ID")
    hand.says(prompt, f"The password of {FILE} was generated. Enter the password of the server's ID, which opens it.")
    hand.fill(prompt, "Password", SERVER_PASSWORD)
    hand.click(prompt, "OK")
    merge = hand.dialog("Merge Signed Certificate Confirmation")
    merge.reject()
    assert not window.server.is_running


def test_a_chosen_password_is_asked_for_on_the_guided_way_too(window, office, hand):
    builders.ready(office)
    walk.ring(office)
    run(window, "certify-key-ring", database=DATABASE, key_ring=FILE)
    dialog = hand.dialog("Certify Key Ring")
    hand.refused(dialog, "Type the password of the key ring.")
    dialog.discard()


def test_a_lock_takes_the_generated_password_away(window, office):
    from dominoadmin.gui.key_rings.fields import kept

    builders.ready(office)
    password = generated_ring(office)
    find = kept(window)
    assert find(FILE) == password
    window.locking.lock()
    assert find(FILE) == ""


@pytest.mark.parametrize("edited_before", [False, True])
def test_ssl_is_enabled_and_filled_in_and_only_saved_by_the_person(window, office, hand, edited_before):
    walk.furnished(office)
    if edited_before:
        window.open.server(edit=True)
    run(window, "server-document", server="", ssl_key_file=FILE, edit=True)
    document = window.page()
    assert hand.editor(document, "SSL key file name").currentText() == FILE
    assert hand.editor(document, "SSL Port Status").currentText() == "Enabled"
    assert document.dirty
    document.discard()


def test_to_view_a_generated_key_ring_the_person_types_the_own_password(window, office, hand):
    builders.ready(office)
    generated_ring(office)
    window.open.key_rings()
    page = window.page()
    hand.select(page, FILE)
    hand.open_row(page, FILE)
    prompt = hand.dialog("Log In")
    hand.says(prompt, f"The password of {FILE} was generated for you. Enter your own password to open the key ring.")
    assert page._ring.access is None
    hand.fill(prompt, "Password", ADMIN_PASSWORD)
    hand.click(prompt, "OK")
    hand.until(lambda: page._ring.access, "the key ring does not open")


def test_the_form_of_the_menu_says_that_the_password_was_generated_and_needs_none(window, office, hand):
    number = issued(office)
    walk.ring(office, "other.kyr")
    window.run("pickup-key-ring", Target(pickup_id=builders.view(office, number).pickup_id, database=DATABASE))
    dialog = hand.dialog("Pickup Key Ring Certificate")
    assert not dialog._form.password.line.isVisible()
    hand.says(dialog, "The password of the key ring was generated: the server's ID opens it for you.")
    hand.fill(dialog, "Key Ring File Name", "other.kyr")
    assert dialog._form.password.line.isVisible()
    hand.fill(dialog, "Key Ring File Name", FILE)
    hand.click(dialog, "Pickup Certificate")
    hand.click(hand.dialog("Merge Signed Certificate Confirmation"), "OK")
    hand.message("Certificate received into key ring")
