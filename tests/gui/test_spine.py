"""The parts that every dialog stands on."""

def test_the_window_opens(window, hand):
    hand.picture(window, "/tmp/shots/window.png")
