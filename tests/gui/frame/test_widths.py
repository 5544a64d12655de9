"""All columns of a view are seen in one window, as far as they can be read."""

import pytest

from dominoadmin.gui.frame.tables.widths import Wish, shared


@pytest.mark.parametrize(
    ("wishes", "room", "widths"),
    [
        ([Wish(300, 200, 100), Wish(80, 100, 80)], 400, [300, 80]),  # enough for all
        ([Wish(300, 200, 100), Wish(80, 100, 80)], 330, [250, 80]),  # a long text gets what is left
        ([Wish(300, 200, 100), Wish(300, 100, 50), Wish(80, 100, 80)], 305, [150, 75, 80]),  # and gives first
        ([Wish(300, 200, 100), Wish(80, 100, 80)], 50, [100, 80]),  # no narrower than can be read
        ([], 100, []),
    ],
)
def test_the_room_is_shared(wishes, room, widths) -> None:
    assert shared(wishes, room) == widths
