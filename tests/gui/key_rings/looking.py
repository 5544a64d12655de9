"""Looks at windows."""

from dominoadmin.gui import theme


def pictures(hand, widget, name):
    """Look at a window in both colour schemes."""
    for scheme in (theme.LIGHT, theme.DARK):
        theme.apply(scheme)
        hand.picture(widget, f"/tmp/shots/{name}-{scheme}.png")
    theme.apply(theme.LIGHT)


def status(hand, window, text):
    """Wait until the status bar says something."""
    hand.until(lambda: text in window.statusBar().currentMessage(), f"the status bar does not say {text!r}")
