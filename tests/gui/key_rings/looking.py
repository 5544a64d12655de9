"""Looks at windows."""

import os

from dominoadmin.gui.frame import theme


def pictures(hand, widget, name):
    """Save what a window looks like, if somebody wants to look (SHOTS=folder, SCHEME=dark)."""
    if folder := os.environ.get("SHOTS"):
        hand.picture(widget, f"{folder}/{name}-{os.environ.get('SCHEME', theme.LIGHT)}.png")


def status(hand, window, text):
    """Wait until the status bar says something."""
    hand.until(lambda: text in window.statusBar().currentMessage(), f"the status bar does not say {text!r}")
