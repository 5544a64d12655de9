"""Runs inside a keychain session: logs in, remembers, opens Preferences, forgets; prints the results as JSON.

argv: the data directory, and the action: `remember`, `again`, `look`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QListWidget

from dominoadmin import application
from dominoadmin.gui.collector import Collector
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.gui.identities.remembered_passwords import RememberedPasswords
from dominoadmin.gui.setup.wizard import SetupWizard
from tests.gui.hand import Hand, texts

WAITING = "Waiting for the system keychain…"


def log_in(hand: Hand, domain, password: str) -> dict[str, object]:
    """Log in, with a password if the keychain does not give it."""
    names: list[str] = []
    dialog = LogIn(None, domain)
    dialog.opened.connect(lambda identity: names.append(identity.name))
    dialog.open()
    hand.until(lambda: names or WAITING not in texts(dialog), "the keychain is waited for", 60)
    asked = not names and not dialog._opening
    offered = asked and dialog.findChild(QCheckBox).isVisible()
    if asked:
        if offered:
            hand.tick(dialog, "Remember password")
        hand.fill(dialog, "Password", password)
        hand.click(dialog, "OK")
    hand.until(lambda: names, "nobody is logged in", 60)
    return {"name": names[0], "asked": asked, "offered": offered}


def look(hand: Hand, domain, *, forget: bool) -> dict[str, object]:
    """Open Preferences - Security, test the keychain, and forget the listed passwords."""
    window = QDialog()
    form = RememberedPasswords(domain, window)
    window.show()
    hand.until(lambda: WAITING not in texts(form), "the keychain is waited for", 60)
    rows = form.findChild(QListWidget)
    seen = {
        "name": form._name.text(),
        "state": form._state.text(),
        "listed": [rows.item(n).text() for n in range(rows.count())],
    }
    if forget:
        hand.click(form, "Test")
        hand.until(lambda: WAITING not in texts(form), "the keychain is waited for", 60)
        seen["tested"] = form._state.text()
        rows.item(0).setSelected(True)
        hand.click(form, "Forget")
        hand.message("You will be prompted for it from now on.", "Forget")
        hand.until(lambda: WAITING not in texts(form) and rows.count() == 1, "it is not forgotten", 60)
        seen["left"] = rows.item(0).text()
    window.close()
    return seen


def offer(hand: Hand, root: Path) -> str:
    """Return the setup wizard's text about the keychain."""
    wizard = SetupWizard(None, root)
    page = wizard.page(3)
    page.initializePage()
    hand.until(lambda: page.draft.keychain is not None, "the keychain is waited for", 60)
    wizard.discard()
    return page._state.text()


def main() -> None:
    root, what = Path(sys.argv[1]), sys.argv[2]
    app = QApplication([])
    Collector(app)
    hand, domain = Hand(), application.open_domain(root)
    seen: dict[str, object] = {"log in": log_in(hand, domain, sys.argv[3])}
    seen["preferences"] = look(hand, domain, forget=what == "again")
    seen["wizard"] = offer(hand, root / "other")
    domain.store.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
