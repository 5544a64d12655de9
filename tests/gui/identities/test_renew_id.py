"""Revoke ID and Renew ID in the Person document, with the certifier ID."""

from __future__ import annotations

from dominoadmin.gui.directory import person_document
from dominoadmin.gui.directory import view as directory_view
from dominoadmin.gui.identities import renew_id
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.services.identities import identifying, renewing
from dominoadmin.viewmodels.directory import views as directory_views
from tests import builders
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD
from tests.gui.hand import plain

NEW_PASSWORD = "a new password 4"


def press(document, label: str) -> None:
    (action,) = [each for text, each in document.actions_by_text.items() if plain(text) == label]
    assert action.isEnabled()
    action.trigger()


def open_certifier_id(hand, password: str = ADMIN_PASSWORD) -> None:
    dialog = hand.dialog("Log In")
    hand.fill(dialog, "Password", password)
    hand.click(dialog, "OK")


def test_a_stolen_id_is_revoked_in_the_person_document(window, hand, office) -> None:
    document = person_document.open_person(window, office.rob.name)
    press(document, "Revoke ID")
    dialog = hand.dialog("Revoke ID")
    hand.click(dialog, "Revoke")
    open_certifier_id(hand)
    hand.message("The ID of Rob Ra/MyCompany/US has been revoked.")
    assert [row["reason"] for row in sql(office, "SELECT reason FROM former_ids")] == ["keyCompromise"]
    hand.until(lambda: document.shown.is_revoked, "the document is not read again")
    day = f"{office.clock().astimezone():%Y-%m-%d}"
    assert ("State of the ID", f"Revoked since {day} (Key compromise)") in [(row.label, row.value) for row in document.shown.sections[0].rows]
    (action,) = [each for text, each in document.actions_by_text.items() if plain(text) == "Revoke ID"]
    assert not action.isEnabled()
    assert "The ID has been revoked already." in action.toolTip()


def test_a_revoked_id_does_not_log_in(window, hand, office) -> None:
    renewing.revoke(office.domain, office.certifier, "Rob Ra")
    dialog = LogIn(window, office.domain, path=office.root / "rob-ra.id")
    dialog.open()
    hand.fill(dialog, "Password", ROB_PASSWORD)
    hand.click(dialog, "OK")
    hand.says(dialog, "The ID of Rob Ra/MyCompany/US has been revoked since")
    dialog.reject()


def test_an_id_is_renewed(window, hand, office) -> None:
    document = person_document.open_person(window, office.rob.name)
    press(document, "Renew ID")
    dialog = hand.dialog("Renew ID")
    assert dialog.problem()
    hand.fill(dialog, "Password", NEW_PASSWORD)
    hand.refused(dialog, "The passwords do not match.")
    hand.fill(dialog, "Confirm Password", NEW_PASSWORD)
    hand.click(dialog, "Renew")
    open_certifier_id(hand)
    hand.message("Rob Ra/MyCompany/US has a new ID.")
    assert identifying.open_id(office.domain, office.root / "rob-ra-2.id", NEW_PASSWORD).name == office.rob.name


def test_only_the_certifier_id_is_taken(window, hand, office, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.gui.identities.certifier_id.CERT_ID", "ann-admin.id")
    document = person_document.open_person(window, office.rob.name)
    press(document, "Revoke ID")
    dialog = hand.dialog("Revoke ID")
    hand.click(dialog, "Revoke")
    open_certifier_id(hand)
    hand.message("Only the organization's certifier ID revokes and renews IDs.")
    assert not sql(office, "SELECT * FROM former_ids")
    dialog.reject()


def test_the_list_of_people_shows_it(window, hand, office) -> None:
    renewing.revoke(office.domain, office.certifier, "Rob Ra")
    tab = directory_view.open_directory(window, directory_view.PEOPLE)
    hand.until(lambda: tab.current.table.model().rowCount() == 2, "no people")
    hand.picture(window, "/tmp/shots/people_revoked.png")
    day = f"{office.clock().astimezone():%Y-%m-%d}"
    assert [(each.state, each.sentence) for each in directory_views.people(office.domain, office.actor())] == [
        ("ok", "Valid; expires in 10 years."), ("bad", f"Revoked since {day} (Unspecified)"),
    ]  # fmt: skip


def test_what_will_stop_working_is_said_before(window, hand, office) -> None:
    holder = identifying.describe_id(office.domain, office.root / "ann-admin.id")
    builders.ready(office, protection="locking-id", locking_id=holder)
    renew_id.revoke(window, office.ann.name)
    dialog = hand.dialog("Revoke ID")
    for said in (
        "Nobody can log in, sign or open anything with this ID any more",
        "Requests that were approved with it and are not issued yet have to be decided again.",
        "Only this ID opens the key of MyCompany CA.",
        "Ann Admin/MyCompany/US is the only administrator",
    ):
        hand.says(dialog, said)
    dialog.discard()
    renew_id.renew(window, office.ann.name)
    dialog = hand.dialog("Renew ID")
    hand.says(dialog, "CN=MyCompany CA/O=MyCompany is locked with this ID")
    dialog.discard()
