"""Leaves the empty start by one of its choices, in its own process, so that a crash does not end the tests.

Arguments: the data folder of the start, the choice, and the folder that it opens.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMainWindow, QWidget

from dominoadmin.gui.application import Client
from dominoadmin.gui.frame import jobs
from tests.conftest import ADMIN_PASSWORD
from tests.gui.hand import Hand


def open_folder(hand: Hand, folder: str) -> None:
    """Choose the folder in the file dialog itself, by its own button."""
    chooser = hand.dialog("Open a Data Folder", QFileDialog)
    editor = next(editor for editor in chooser.findChildren(QLineEdit) if editor.objectName() == "fileNameEdit")
    editor.setText(folder)
    hand.click(chooser, "Choose")
    hand.dialog("Log In")


def look_around(hand: Hand, _folder: str) -> None:
    """Accept the sample data."""
    hand.click(hand.dialog("Sample Data"), "Open the Administrator")
    hand.dialog("MyCompany/US - Domino Administrator", QWidget)


def set_up(hand: Hand, _folder: str) -> None:
    """Complete the wizard."""
    wizard = hand.dialog("Set Up a New Domain")
    hand.fill(wizard, "Organization Name", "MyCompany")
    hand.click(wizard, "Next >")
    hand.fill(wizard, "Host name", "server1.example.com")
    hand.click(wizard, "Next >")
    hand.fill(wizard, "Your name", "Ann Admin")
    hand.fill(wizard, "Password", ADMIN_PASSWORD)
    hand.fill(wizard, "Confirm Password", ADMIN_PASSWORD)
    hand.click(wizard, "Next >")
    hand.click(wizard, "Next >")
    hand.tick(wizard, "Copy the ID files to another folder", on=False)
    hand.click(wizard, "Next >")
    hand.click(wizard, "Set Up")
    hand.click(wizard, "Open the Administrator")
    hand.dialog("MyCompany - Domino Administrator", QWidget)


WAYS = {
    "Open an existing data folder": open_folder,
    "Look around with sample data": look_around,
    "Set up a new domain": set_up,
}


def main() -> None:
    """Leave the empty start; print a line once the next window has been on the screen."""
    root, choice, folder = sys.argv[1:]
    app = QApplication(["dominoadmin"])
    client = Client(app, Path(root))
    client.start()
    hand = Hand()
    hand.click(hand.dialog("Domino Administrator", QWidget), choice)
    WAYS[choice](hand, folder)
    for _round in range(50):
        app.processEvents()
    print("there", flush=True)
    if isinstance(client.window, QMainWindow):
        client.window.server.stop()
        client.window.events.stop()
    jobs.wait_for_all(10)


if __name__ == "__main__":
    main()
