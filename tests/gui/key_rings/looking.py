"""Pictures and status messages of windows."""

import os

from dominoadmin.gui.frame import theme


def pictures(hand, widget, name):
    """Save pictures of a window, if requested (SHOTS=folder, SCHEME=dark)."""
    if folder := os.environ.get("SHOTS"):
        hand.picture(widget, f"{folder}/{name}-{os.environ.get('SCHEME', theme.LIGHT)}.png")


def status(hand, window, text):
    """Wait until the status bar shows a message."""
    hand.until(lambda: text in window.statusBar().currentMessage(), f"the status bar does not say {text!r}")
