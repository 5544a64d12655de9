"""Register Internet Certifier, by hand."""

from __future__ import annotations

from dominoadmin.gui.dialogs import register_certifier

CHOICE = "Register Internet Certifier"
DIALOG = "Register a New Internet Certifier"


def opened(window, hand):
    register_certifier.start(window)
    hand.click(hand.dialog(CHOICE), "OK")
    return hand.dialog(DIALOG)


def test_pictures(window, hand):
    register_certifier.start(window)
    choice = hand.dialog(CHOICE)
    hand.picture(choice, "/tmp/shots/rc-choice.png")
    hand.click(choice, "OK")
    dialog = hand.dialog(DIALOG)
    hand.picture(dialog, "/tmp/shots/rc-basics0.png")
    hand.click(dialog, "Create Certifier Name")
    naming = hand.dialog("Create Certifier Name")
    hand.fill(naming, "Common name", "MyCompany CA")
    hand.picture(naming, "/tmp/shots/rc-name.png")
    hand.fill(naming, "Organization", "MyCompany")
    hand.click(naming, "OK")
    hand.tick(dialog, "Require password to activate certifier")
    hand.fill(dialog, "Password", "horse battery 9")
    hand.says(dialog, "of 16")
    from PySide6.QtTest import QTest
    QTest.qWait(3000)
    hand.picture(dialog, "/tmp/shots/rc-basics1.png")
    hand.tick(dialog, "Encrypt ID with Locking ID")
    hand.picture(dialog, "/tmp/shots/rc-basics2.png")
    for tab in ("Certificates", "Misc", "Preview"):
        hand.tab(dialog, tab)
        hand.picture(dialog, f"/tmp/shots/rc-{tab}.png")
    print(dialog.size(), dialog.sizeHint())
