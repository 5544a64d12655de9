"""What the status bar says ends before the states at its right, and is whole in the tool tip."""

from tests.gui.test_every_view import make_window, sample_domain, sample_template  # noqa: F401 - fixtures

LONG = "The certificate has been revoked. " * 8


def test_a_long_sentence_is_shortened_and_whole_in_the_tool_tip(make_window) -> None:  # noqa: F811
    window = make_window((800, 600))
    bar = window.statusBar()
    window.say(LONG)
    shown = bar.shown_message()
    assert shown.endswith("…")
    assert bar.fontMetrics().horizontalAdvance(shown) < window.state_bar.x()
    assert (bar.currentMessage(), bar.toolTip()) == (LONG.strip(), LONG.strip())
    assert not bar.grab().isNull()
    bar.clearMessage()
    assert not bar.toolTip()


def test_a_short_sentence_is_shown_as_it_is(make_window) -> None:  # noqa: F811
    window = make_window((800, 600))
    window.say("Saved.")
    assert window.statusBar().shown_message() == "Saved."
