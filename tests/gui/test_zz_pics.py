import os
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from dominoadmin.gui import theme
from dominoadmin.gui.dialogs import register_certifier
from tests.gui.test_register_certifier import name, select
def test_pictures(window, hand):
    tag=os.environ["TAG"]
    if tag=="dark": theme.apply("dark")
    if os.environ.get("BIG"):
        f=QApplication.font(); f.setPointSizeF(f.pointSizeF()*2); QApplication.setFont(f)
    register_certifier.start(window)
    choice = hand.dialog("Register Internet Certifier")
    hand.picture(choice, f"/tmp/shots/rc-choice-{tag}.png")
    hand.click(choice, "OK")
    dialog = hand.dialog("Register a New Internet Certifier")
    hand.picture(dialog, f"/tmp/shots/rc-basics0-{tag}.png")
    hand.click(dialog, "Create Certifier Name")
    naming = hand.dialog("Create Certifier Name")
    QTest.qWait(50)
    hand.fill(naming, "Common name", "MyCompany CA")
    QTest.qWait(100)
    hand.picture(naming, f"/tmp/shots/rc-name-{tag}.png")
    hand.fill(naming, "Organization", "MyCompany")
    hand.click(naming, "OK")
    hand.click(dialog, "Add")
    people=hand.dialog("Add Administrators")
    hand.picture(people, f"/tmp/shots/rc-people-{tag}.png")
    select(people,"Rob Ra/MyCompany/US"); hand.click(people,"OK")
    hand.tick(dialog, "Require password to activate certifier")
    hand.fill(dialog, "Password", "horse battery 9")
    hand.says(dialog, "of 16")
    hand.tick(dialog, "Encrypt ID with Locking ID")
    QTest.qWait(1500)
    hand.picture(dialog, f"/tmp/shots/rc-basics2-{tag}.png")
    for tab in ("Certificates", "Misc", "Preview"):
        if tab=="Misc":
            pass
        try: hand.tab(dialog, tab)
        except AssertionError: continue
        if tab=="Misc":
            hand.choose(dialog,"Key","ML-DSA-65"); hand.fill(dialog,"Password","horse battery 9"); hand.fill(dialog,"Password again","horse battery 9")
        QTest.qWait(300)
        hand.picture(dialog, f"/tmp/shots/rc-{tab}-{tag}.png")
    hand.tab(dialog,"Basics"); hand.tick(dialog, "Encrypt ID with Server ID"); hand.tick(dialog, "Require password to activate certifier", on=False)
    hand.tab(dialog,"Misc")
    hand.click(dialog,"OK")
    hand.picture(dialog, f"/tmp/shots/rc-running-{tag}.png")
    from PySide6.QtWidgets import QMessageBox
    box=hand.until(lambda: next((w for w in QApplication.topLevelWidgets() if isinstance(w,QMessageBox) and w.isVisible()),None),"box")
    QTest.qWait(100)
    hand.picture(box, f"/tmp/shots/rc-success-{tag}.png")
    hand.message("Success…")
    if os.environ.get("BIG"): f.setPointSizeF(f.pointSizeF()/2); QApplication.setFont(f)
