"""Create Key Ring and Certify Key Ring in the window (technote, steps 14-18)."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from dominoadmin.gui.key_rings import certify as certify_key_ring
from dominoadmin.gui.key_rings import create as create_key_ring
from dominoadmin.gui.key_rings import create as module
from dominoadmin.services.domain import Actor
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.requests import databases
from dominoadmin.viewmodels.target import Target
from tests.gui.key_rings.looking import pictures, status
from tests.services.key_rings.conftest import DATABASE, PASSWORD, add_certifier, add_database


def fill(hand, dialog, **changes):
    fields = {
        "Key Ring File Name": "web.kyr", "Key Ring Password": PASSWORD, "Confirm Password": PASSWORD,
        "State or Province": "Massachusetts",
    }  # fmt: skip
    for label, text in {**fields, **changes}.items():
        hand.fill(dialog, label, text)


def opened(desk, hand):
    create_key_ring.start(desk)
    return hand.dialog("Create Key Ring")


def requests_of(stage, file):
    return [r[0] for r in stage.sql(f"SELECT state FROM requests WHERE key_ring = '{file}'")]


def test_the_whole_chain_from_the_form_to_the_submitted_request(desk, hand, stage):
    dialog = opened(desk, hand)
    assert hand.editor(dialog, "Common Name").text() == "server1.example.com"
    assert hand.editor(dialog, "Organization Name").text() == "MyCompany"
    assert hand.editor(dialog, "Country Code").text() == "US"
    assert hand.editor(dialog, "Key Ring File Name").text() == "keyfile2.kyr"  # keyfile.kyr is taken
    fill(hand, dialog, **{"Subject alternate names": "dns:www.example.com"})
    hand.choose(dialog, "Key Size", "ECDSA P-256")
    pictures(hand, dialog, "create-key-ring")
    hand.click(dialog, "Create Key Ring")
    created = hand.dialog("Key Ring Created")
    hand.says(created, str(stage.root / "web.kyr"))
    hand.says(created, "CN=server1.example.com/O=MyCompany/ST=Massachusetts/C=US")
    pictures(hand, created, "key-ring-created")
    hand.click(created, "OK")
    merge = hand.dialog("Merge Trusted Root Certificate Confirmation")
    assert hand.editor(merge, "Certificate label").text() == "MyCompany CA"
    pictures(hand, merge, "merge-trusted-root")
    hand.click(merge, "OK")
    hand.message("Certificate received into key ring and designated as trusted root")
    said = hand.message("Certificate Request Successfully Submitted for Key Ring")
    assert "It is in certreq.nsf as request" in said
    assert "and waits there as Pending Submission." in said
    assert "Submit Selected Requests" in said
    assert requests_of(stage, "web.kyr") == ["Pending Submission"]
    shown = stage.show("web.kyr")
    assert [root.label for root in shown.trusted_roots] == ["MyCompany CA"]
    assert shown.names == ("dns:server1.example.com", "dns:www.example.com")


def test_a_database_that_processes_automatically_says_what_happens_next(desk, hand, stage):
    automatic = databases.DatabaseConfiguration(processing="automatic")
    databases.configure(stage.domain, Actor.of(stage.ann), DATABASE, automatic)
    dialog = opened(desk, hand)
    fill(hand, dialog)
    hand.click(dialog, "Create Key Ring")
    hand.click(hand.dialog("Key Ring Created"), "OK")
    hand.click(hand.dialog("Merge Trusted Root Certificate Confirmation"), "OK")
    hand.message("designated as trusted root")
    said = hand.message("Certificate Request Successfully Submitted for Key Ring")
    assert "It is in certreq.nsf as request" in said
    assert "submits it automatically" in said
    assert "Submit Selected Requests" not in said


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("Key Ring File Name", "web.pem", "Keep the extension .kyr, as in keyfile.kyr."),
        ("Key Ring Password", "short", "must have 8 to 1024 characters"),
        ("Confirm Password", "another one", "The passwords do not match."),
        ("Common Name", "", "A hostname is required to configure SSL."),
        ("Organization Name", "", "Organization Name is required."),
        ("Organizational Unit", "x" * 70, "too long"),
        ("City or Locality", "x" * 140, "too long"),
        ("State or Province", "MA", "must be spelled out"),
        ("Country Code", "USA", "two letters"),
        ("Subject alternate names", "www.example.com", "does not start with a known name type."),
    ],
)
def test_each_field_says_what_is_wrong_with_it(desk, hand, label, text, said):
    dialog = opened(desk, hand)
    fill(hand, dialog, **{label: text})
    hand.refused(dialog, said)
    assert said in hand.editor(dialog, label).accessibleDescription()


def test_an_existing_file_is_refused_and_what_was_typed_stays(desk, hand, stage):
    dialog = opened(desk, hand)
    fill(hand, dialog, **{"Key Ring File Name": "new.kyr", "City or Locality": "Boston"})
    hand.click(dialog, "Create Key Ring")
    hand.says(dialog, "could not be created because an existing file already exists")
    assert hand.editor(dialog, "City or Locality").text() == "Boston"
    assert hand.editor(dialog, "Key Ring Password").text() == PASSWORD
    fill(hand, dialog)
    hand.click(dialog, "Create Key Ring")
    hand.dialog("Key Ring Created")


def test_the_request_can_be_put_off_and_made_later(desk, hand, stage):
    dialog = opened(desk, hand)
    fill(hand, dialog)
    hand.click(dialog, "Create Key Ring")
    hand.click(hand.dialog("Key Ring Created"), "Cancel")
    status(hand, desk, "You can choose Certify Key Ring later.")
    assert requests_of(stage, "web.kyr") == []
    certify_key_ring.start(desk)
    certify = hand.dialog("Certify Key Ring")
    hand.fill(certify, "Key Ring File Name", "web.kyr")
    hand.fill(certify, "Key Ring Password", "wrong password")
    hand.click(certify, "Certify Key Ring")
    hand.says(certify, "the password is wrong, or the file was altered")
    hand.fill(certify, "Key Ring Password", PASSWORD)
    pictures(hand, certify, "certify-key-ring")
    hand.click(certify, "Certify Key Ring")
    merge = hand.dialog("Merge Trusted Root Certificate Confirmation")
    hand.fill(merge, "Certificate label", "")
    hand.refused(merge, "The label is required.")
    hand.fill(merge, "Certificate label", "Our authority")
    hand.click(merge, "OK")
    hand.message("designated as trusted root")
    hand.message("Successfully Submitted")
    assert [root.label for root in stage.show("web.kyr").trusted_roots] == ["Our authority"]
    assert requests_of(stage, "web.kyr") == ["Pending Submission"]


def test_cancelling_the_confirmation_leaves_the_key_ring_as_it_is(desk, hand, stage):
    certify_key_ring.start(desk, file="new.kyr")
    certify = hand.dialog("Certify Key Ring")
    hand.fill(certify, "Key Ring Password", PASSWORD)
    hand.click(certify, "Certify Key Ring")
    hand.click(hand.dialog("Merge Trusted Root Certificate Confirmation"), "Cancel")
    status(hand, desk, "new.kyr is not certified yet")
    assert stage.show("new.kyr").trusted_roots == ()


def test_cancel_asks_before_what_was_typed_is_lost(desk, hand, stage):
    dialog = opened(desk, hand)
    hand.fill(dialog, "City or Locality", "Boston")
    hand.click(dialog, "Cancel")
    hand.message("Discard your changes?", "Cancel")
    assert hand.editor(dialog, "City or Locality").text() == "Boston"
    hand.click(dialog, "Cancel")
    hand.message("Discard your changes?", "Discard")
    hand.closed(dialog)


def test_an_untouched_form_closes_with_escape(desk, hand):
    dialog = opened(desk, hand)
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)


def test_keyboard_alone_fills_the_form_in_reading_order(desk, hand, stage):
    dialog = opened(desk, hand)
    order = []
    for _ in range(40):
        focus = QApplication.focusWidget()
        if focus.accessibleName() in order:
            break
        order.append(focus.accessibleName())
        if isinstance(focus, QLineEdit):
            typed = {"Key Ring File Name": "typed.kyr", "Key Ring Password": PASSWORD, "Confirm Password": PASSWORD,
                     "State or Province": "Massachusetts"}.get(focus.accessibleName())  # fmt: skip
            if typed:
                focus.selectAll()
                focus.insert(typed)
        hand.key(dialog, Qt.Key.Key_Tab)
    wanted = ["Key Ring File Name", "Key Ring Password", "Confirm Password", "Key Size", "Common Name", "Organization Name",
              "Organizational Unit", "City or Locality", "State or Province", "Country Code", "Subject alternate names"]
    assert [name for name in order if name in wanted] == wanted
    hand.editor(dialog, "Country Code").setFocus()
    hand.key(dialog, Qt.Key.Key_Return)
    created = hand.dialog("Key Ring Created")
    hand.key(created, Qt.Key.Key_Escape)
    hand.closed(created)
    assert (stage.root / "typed.kyr").is_file()


def test_closing_while_the_key_is_made_asks_and_stops(desk, hand, stage, monkeypatch):
    go_on = threading.Event()
    real = key_rings.create

    def slow(domain, actor, request, progress):
        progress.step("Generating the key")
        go_on.wait(10)
        return real(domain, actor, request, progress)

    monkeypatch.setattr(module.key_rings, "create", slow)
    dialog = opened(desk, hand)
    fill(hand, dialog)
    hand.click(dialog, "Create Key Ring")
    hand.says(dialog, "Generating the key")
    dialog.close()
    hand.message("The operation is still running. Stop it?", "Stop")
    go_on.set()
    hand.until(lambda: not dialog.is_running, "the work goes on")
    assert dialog.isVisible()
    assert hand.editor(dialog, "Key Ring Password").text() == PASSWORD
    assert not (stage.root / "web.kyr").exists()


def test_another_database_proposes_its_own_names_where_nothing_else_was_typed(desk, hand, stage):
    add_certifier(stage.domain, stage.ann, "Other CA")
    add_database(stage.domain, stage.ann, "Other CA", "other.nsf")
    dialog = opened(desk, hand)
    hand.fill(dialog, "Country Code", "DE")
    hand.choose(dialog, "Certificate Requests database", "other.nsf")
    assert hand.editor(dialog, "Organization Name").text() == "Other"
    assert hand.editor(dialog, "Country Code").text() == "DE"


def test_a_database_for_clients_is_refused_in_the_words_of_the_technote(desk, hand, stage):
    only = databases.DatabaseConfiguration(supports="client")
    databases.configure(stage.domain, Actor.of(stage.ann), DATABASE, only)
    create_key_ring.start(desk)
    hand.message("No Certificate Requests database accepts requests for servers.")
    add_certifier(stage.domain, stage.ann, "Other CA")
    add_database(stage.domain, stage.ann, "Other CA", "other.nsf")
    create_key_ring.start(desk, DATABASE)
    hand.message('"Client Certificates Only" should not be chosen')
    certify_key_ring.start(desk, DATABASE)
    hand.message('"Client Certificates Only" should not be chosen')


def test_a_database_whose_certifier_was_tampered_with_is_told_and_the_form_stays(desk, hand, stage):
    add_certifier(stage.domain, stage.ann, "Other CA")
    add_database(stage.domain, stage.ann, "Other CA", "other.nsf")
    dialog = opened(desk, hand)
    hand.fill(dialog, "City or Locality", "Boston")
    stage.sql("UPDATE certifiers SET certificate = X'00' WHERE name LIKE '%Other%'")
    hand.choose(dialog, "Certificate Requests database", "other.nsf")
    hand.message("Other CA")
    assert hand.editor(dialog, "City or Locality").text() == "Boston"


def test_a_certifier_that_has_expired_meanwhile_is_told_and_the_key_ring_stays(desk, hand, stage):
    dialog = opened(desk, hand)
    fill(hand, dialog)
    hand.click(dialog, "Create Key Ring")
    created = hand.dialog("Key Ring Created")
    stage.clock.advance(days=4000)
    hand.click(created, "OK")
    hand.message("clock of this computer")
    assert (stage.root / "web.kyr").is_file()


def test_the_key_ring_that_the_guide_names_is_filled_in(desk, hand):
    desk.run("certify-key-ring", Target(database=DATABASE, key_ring="waiting.kyr"))
    dialog = hand.dialog("Certify Key Ring")
    assert hand.editor(dialog, "Key Ring File Name").currentText() == "waiting.kyr"  # not new.kyr, which has no request
    dialog.discard()
