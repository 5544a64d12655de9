"""The Quick Guide's panel: the next step, its reason, and its command."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from dominoadmin.gui.console import closing
from dominoadmin.gui.console.server_views import CHECKED, view_of
from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.memory import CLOSING_KEEPS, CLOSING_KEY
from dominoadmin.gui.guide.rows import ChapterBox, StepRow
from dominoadmin.viewmodels.guide import offers
from dominoadmin.viewmodels.guide.steps import StepState
from dominoadmin.viewmodels.target import NOTHING, Target
from tests import builders
from tests.viewmodels.guide import test_chapters as walk

SHOTS = "/tmp/shots"


@pytest.fixture
def guide(window, qtbot):
    made = window.guide
    window.side.setCurrentWidget(window.guide)
    made.wanted.disconnect(window.run)  # what it opens has its own tests
    qtbot.waitUntil(lambda: made.chapters != [])
    return made


def picture(hand, guide, path) -> None:
    QTest.qWait(50)
    hand.picture(guide, path)


def heading(guide) -> str:
    return guide._heading.text()


def follows(guide, qtbot, title: str) -> None:
    guide._workspace.events.look()
    qtbot.waitUntil(lambda: guide.next is not None and guide.next.title == title, timeout=10_000)


def rows(guide) -> dict[str, StepRow]:
    return {row.accessibleName(): row for row in guide.findChildren(StepRow)}


def test_the_guide_begins_with_the_certifier(guide, window, hand, qtbot):
    assert heading(guide) == "Next: Register a new Internet certifier"
    hand.says(guide, "There is no Internet certifier yet.")
    picture(hand, guide, f"{SHOTS}/guide-first.png")
    with qtbot.waitSignal(guide.wanted) as asked:
        hand.click(guide, "Register the Certifier…")
    assert asked.args == ["register-certifier", Target(guided=True)]


def test_each_state_has_a_shape_and_a_word(guide, hand):
    said = {row.accessibleDescription().split(":")[0] for row in rows(guide).values()}
    assert said == {"Done", "To do", "Optional", "Blocked"}
    assert len(rows(guide)) == 29
    assert {step.state for chapter in guide.chapters for step in chapter.steps} == {StepState.DONE, StepState.TO_DO, StepState.NOT_YET}


def test_the_guide_follows_the_store_and_the_server(guide, window, office, hand, qtbot):
    builders.certifier(office)
    follows(guide, qtbot, "Start the server and load the CA task")
    with qtbot.waitSignal(guide.wanted) as asked:
        hand.click(guide, "Start the Server")
    assert asked.args[0] == "start-server"
    window.start_server()
    follows(guide, qtbot, "Create the Certificate Requests database")
    picture(hand, guide, f"{SHOTS}/guide-third.png")
    builders.database(office)
    follows(guide, qtbot, "Create the key ring")
    window.server.execute("tell ca quit")
    follows(guide, qtbot, "Load the CA task")
    with qtbot.waitSignal(guide.wanted) as asked:
        hand.click(guide, "Enter “load ca”")
    assert asked.args == ["console:load ca", NOTHING]


def test_chapters_fold_and_unfold(guide, office, hand, qtbot):
    boxes = guide.findChildren(ChapterBox)
    assert [box.heading.isChecked() for box in boxes] == [True] + [False] * 9
    assert boxes[0].heading.text().endswith("(1/2)")
    QTest.mouseClick(boxes[3].heading, Qt.MouseButton.LeftButton)
    assert rows(guide)["Step 14-16: Create the key ring"].isVisible()
    builders.certifier(office)
    follows(guide, qtbot, "Start the server and load the CA task")
    assert boxes[0].heading.text().endswith("(done)")
    assert [box.heading.isChecked() for box in boxes] == [False, True, False, True] + [False] * 6


def test_the_keyboard_is_enough(guide, qtbot, window):
    row = rows(guide)["Step 2-7: Register a new Internet certifier"]
    row.setFocus()
    hand_over = guide.findChildren(ChapterBox)[0].heading
    assert hand_over.focusPolicy() & Qt.FocusPolicy.TabFocus
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        with qtbot.waitSignal(guide.wanted) as asked:
            QTest.keyClick(row, key)
        assert asked.args == ["register-certifier", NOTHING]  # the technote's dialogs
    box = guide.findChildren(ChapterBox)[1]
    QTest.keyClick(box.heading, Qt.Key.Key_Space)
    assert box.heading.isChecked()


def test_a_step_that_cannot_be_done_yet_says_why(guide, window, qtbot):
    row = rows(guide)["Step 14-16: Create the key ring"]
    with qtbot.assertNotEmitted(guide.wanted):
        row.click()
    assert window.statusBar().currentMessage() == "Create the Certificate Requests database first."


def test_nothing_to_do_right_now_is_not_the_end_of_the_walk(guide):
    waiting = [replace(chapter, steps=tuple(replace(s, state=StepState.NOT_YET) for s in chapter.steps)) for chapter in guide.chapters]
    guide._show(waiting)
    assert guide.next is None
    assert heading(guide) == "Nothing to do right now"


def test_a_long_word_makes_the_guide_no_wider(guide, qtbot):
    word = "https://server1.example.com/certreq.nsf/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    said = [replace(c, steps=tuple(replace(s, because=f"The Request ID is {word}.") for s in c.steps)) for c in guide.chapters]
    guide._show(said)
    guide.resize(260, 700)
    qtbot.waitUntil(lambda: not guide._area.horizontalScrollBar().isVisible())
    assert guide.minimumSizeHint().width() <= 260
    assert any(word in row.accessibleDescription() for row in rows(guide).values())  # a screen reader says it as it is


def test_a_locked_window_is_told_to_log_in(guide, window, qtbot):
    window.session.lock()
    qtbot.waitUntil(lambda: guide.next.command == "log-in")
    assert "log in as Ann Admin/MyCompany/US" in guide._reason.text()


def test_the_end_of_the_walk(guide, window, office, hand, qtbot, monkeypatch):
    walk.furnished(office)
    walk.change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    window.start_server()
    follows(guide, qtbot, "Confirm that SSL works with the live check")
    picture(hand, guide, f"{SHOTS}/guide-last.png")
    assert view_of(window).ssl_port > 0
    window.memory.set(CHECKED, walk.fingerprint(office))
    guide.refresh()
    guide.refresh()
    qtbot.waitUntil(lambda: guide.next is None)
    assert heading(guide) == "All required steps are done"
    hand.says(guide, "The server is secured with SSL.")
    assert not guide.button.isVisible()
    theme.apply(theme.DARK)
    for box in guide.findChildren(ChapterBox)[7:]:
        box.heading.setChecked(True)
    picture(hand, guide, f"{SHOTS}/guide-done-dark.png")
    theme.apply(theme.LIGHT)
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    rows(guide)["Step 33: Open the database in the browser and check for a closed padlock"].click()
    assert opened[0].toString() == f"https://server1.example.com:{view_of(window).ssl_port}/certreq.nsf"


def test_waiting_for_the_ca_task_is_said(guide, office, hand, qtbot):
    number = walk.certify_after_ready(office)
    builders.sql(office, "UPDATE certifiers SET published_at = created_at")
    from dominoadmin.services.requests import submitting

    submitting.submit(office.domain, office.actor(), [number])
    builders.approve(office.domain, office.ann, [number])
    guide._workspace.events.look()
    row = rows(guide)["Step 20-21: Verify and approve the request"]
    qtbot.waitUntil(lambda: "is approved. The CA task will issue the certificate." in row.accessibleDescription())
    with qtbot.waitSignal(guide.wanted) as asked:
        row.click()
    assert asked.args[0] == "console:tell ca stat"


def test_a_store_that_cannot_be_read_is_said_in_the_panel(guide, office, hand, qtbot):
    guide._workspace.events._timer.stop()
    builders.sql(office, "UPDATE directory SET fields = '{' WHERE kind = 'server'")
    guide.refresh()
    qtbot.waitUntil(lambda: heading(guide) == "The guide cannot read the store")
    assert "was altered" in guide._reason.text()


def test_coming_back_to_the_window_looks_again(guide, office, qtbot):
    builders.ready(office)
    walk.ring(office)
    follows(guide, qtbot, "Start the server and load the CA task")
    (office.root / "keyfile.sth").unlink()
    from PySide6.QtCore import QEvent

    row = rows(guide)["Step 14-16: Create the key ring"]
    guide.activateWindow()
    qtbot.waitUntil(guide.isActiveWindow)
    guide.changeEvent(QEvent(QEvent.Type.ActivationChange))
    qtbot.waitUntil(lambda: "does not exist" in row.accessibleDescription())


def test_a_list_that_runs_out_comes_before_the_walk_and_stands_in_the_status_bar(office, guide, window, hand, qtbot) -> None:
    builders.certifier(office)
    builders.load_ca(office)
    guide.refresh()
    qtbot.waitUntil(lambda: "Next" in heading(guide))
    (button,) = [each for each in window.findChildren(QToolButton) if each.accessibleName() == "Needs Attention"]
    assert not button.isVisible()
    office.clock.advance(days=28)
    guide.refresh()
    hand.until(button.isVisible, "nothing warns")
    assert ". Start the server and activate the certifier: it issues the next CRL." in button.toolTip()
    assert heading(guide) == "Next: Revocation lists are current"
    picture(hand, window, f"{SHOTS}/needs-attention.png")
    guide.wanted.connect(window.run)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    hand.select(window, "CN=MyCompany CA/O=MyCompany")
    builders.load_ca(office)
    guide.refresh()
    hand.until(lambda: not button.isVisible(), "the warning stays")


def test_acts_that_wait_for_a_checkpoint_for_a_day_are_the_next_step(guide, window, hand, office, qtbot):
    builders.ready(office)
    office.clock.advance(hours=25)
    follows(guide, qtbot, "The audit log has a current checkpoint")
    hand.says(guide, "been waiting for a checkpoint for more than a day. Start the server: it verifies and signs them.")
    (attention,) = [each for each in window.state_bar.findChildren(QToolButton) if each.accessibleName() == "Needs Attention"]
    assert attention.toolTip().endswith("Start the server: it verifies and signs them.")
    with qtbot.waitSignal(guide.wanted) as asked:
        hand.click(guide, "Open")
    assert asked.args == ["start-server", NOTHING]
    window.start_server()
    hand.until(lambda: guide.next.title != "The audit log has a current checkpoint", "what was signed still waits")


def test_the_certifier_is_chosen_if_there_are_several(guide, office, hand, qtbot):
    builders.certifier(office)
    follows(guide, qtbot, "Start the server and load the CA task")
    assert not guide.certifier.isVisible()
    builders.certifier(office, "Second CA")
    guide._workspace.events.look()
    qtbot.waitUntil(guide.certifier.isVisible, timeout=10_000)
    box = guide.certifier
    assert [box.itemText(number) for number in range(box.count())] == ["All certifiers", "Second CA", "MyCompany CA"]
    hand.choose(guide, "Certifier that the guide follows", "MyCompany CA")
    qtbot.waitUntil(lambda: "MyCompany CA" in rows(guide)["Step 2-7: Register a new Internet certifier"].accessibleDescription())
    assert box.currentText() == "MyCompany CA"
    hand.choose(guide, "Certifier that the guide follows", "All certifiers")
    qtbot.waitUntil(lambda: "Second CA" in rows(guide)["Step 2-7: Register a new Internet certifier"].accessibleDescription())


def test_the_end_offers_only_what_has_a_function(guide, window, office, hand, qtbot, monkeypatch):
    monkeypatch.setattr(closing.QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    walk.furnished(office)
    walk.change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    window.start_server()
    follows(guide, qtbot, "Confirm that SSL works with the live check")
    window.memory.set(CHECKED, walk.fingerprint(office))
    guide.refresh()
    qtbot.waitUntil(lambda: guide.next is None)
    qtbot.waitUntil(lambda: [offer.command for offer in guide._offered] == ["browser-help", "keep-running"])  # Rob is there
    hand.says(guide, "Save the certifier's root certificate, and install it on each computer.")
    picture(hand, guide, f"{SHOTS}/guide-offers.png")
    guide.wanted.connect(window.run)
    hand.click(guide, "Keep the Server Running")
    assert window.memory.get(CLOSING_KEY) == CLOSING_KEEPS
    assert "Preferences can change that." in window.statusBar().currentMessage()
    qtbot.waitUntil(lambda: [offer.command for offer in guide._offered] == ["browser-help"])


def test_a_second_administrator_is_offered_to_one_who_is_alone(office):
    alone = offers.offers(office.domain, may_keep_running=False)
    assert [offer.command for offer in alone] == ["browser-help"]
    builders.sql(office, "DELETE FROM directory WHERE name LIKE '%Rob%'")
    alone = offers.offers(office.domain, may_keep_running=False)
    assert [offer.command for offer in alone] == ["browser-help", "register-person"]


def test_the_offer_opens_the_registration_of_a_person(window, hand):
    window.run("register-person")
    hand.dialog("Register Person").discard()
