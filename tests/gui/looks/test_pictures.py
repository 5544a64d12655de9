"""Windows look as they did: each is compared with its picture in `pictures`, so that a change of looks is agreed to.

`make pictures` takes them again; look at what has changed before you commit it. Keys, serial numbers and fingerprints
differ in each sample domain: the pictures are compared in squares of several pixels, where a few other digits weigh
little, and a margin, a color, an icon or a line that has moved weighs much.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import PySide6
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontInfo, QImage
from PySide6.QtWidgets import QApplication, QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.services.setup.sample_domain import make_sample
from tests.gui.dialog_openers import OPENERS as DIALOGS
from tests.gui.dialog_openers import Stage, settled
from tests.gui.test_every_dialog import Look, close, staged, tops
from tests.gui.test_every_view import OPENERS as DOCUMENTS
from tests.gui.test_every_view import PLACES

PICTURES = Path(__file__).parent / "pictures"
LOCK = Path(__file__).parents[3] / "packaging" / "requirements.lock"
AGAIN = bool(os.environ.get("PICTURES"))
NOW = datetime(2026, 6, 18, 9, 30, tzinfo=UTC)
WINDOW = (1100, 720)
SQUARE = 8  # pixels
DIFFERENT = 20  # of 255: how much the mean color of a square may differ
SHARE = 0.02  # of the squares that may differ more
LARGEST = 5_000_000  # bytes of all pictures

VIEWS = ("home", "configuration", "database:certreq.nsf", "admin4", "icl:1", "directory", "key-rings", "certifier", "request:new", "audit-log")
SHOWN = (
    "register internet certifier", "issue now", "new request", "create key ring", "create key ring, wrong", "approve one", "register person",
    "modify certifier, changed", "check store", "preferences", "log in", "first start", "set up", "error",
)  # fmt: skip
FEW = ("home", "certifier", "issue now", "approve one")
LOOKS = {
    "light": ("en", 1, theme.LIGHT, VIEWS + SHOWN),
    "dark": ("en", 1, theme.DARK, VIEWS + SHOWN),
    "german": ("de", 1, theme.LIGHT, FEW),
    "large": ("en", 2, theme.LIGHT, FEW),
}  # fmt: skip


def is_as_locked() -> bool:
    """Return whether Qt and the font are those that the pictures were taken with."""
    locked = re.search(r"^pyside6-essentials==([\d.]+)", LOCK.read_text(), re.MULTILINE)[1]
    return PySide6.__version__ == locked and QFontInfo(QApplication.font()).family() == "DejaVu Sans"


class Ticking:
    """A clock that begins at the same moment each time, and goes a second with each look."""

    def __init__(self) -> None:
        self._now = NOW

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now


@pytest.fixture(scope="module")
def clock():
    return Ticking()


@pytest.fixture(scope="module")
def sample_template(tmp_path_factory, clock):
    return make_sample(tmp_path_factory.mktemp("sample") / "data", clock=clock)


@pytest.fixture
def stage(sample_template, clock, tmp_path, qtbot, request):
    """The window on a copy of the sample domain, in a look."""
    language, factor, scheme, _names = LOOKS[request.param]
    with staged(sample_template, tmp_path, qtbot, Look(language, factor, scheme, WINDOW, clock)) as made:
        yield made


def shown(stage: Stage, name: str) -> QWidget:
    """Open a place or document in the window, or a dialog before it; return what the picture is of."""
    if name in DIALOGS:
        before = tops()
        DIALOGS[name](stage)
        settled()
        (dialog,) = [widget for widget in tops() if widget not in before]
        return dialog
    if name in (*PLACES, "key-rings"):
        stage.window.run(name)
    else:
        DOCUMENTS[name](stage.window)
    return stage.window


def put_away(stage: Stage) -> None:
    close(stage)
    while stage.window.tabs.count() > 1:
        stage.window.tabs.close_document(stage.window.tabs.widget(1))
    settled()


def picture(widget: QWidget) -> QImage:
    for _time in range(3):
        settled()
    if (at := widget.focusWidget()) is not None:
        at.clearFocus()  # its cursor blinks
    return widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def different(before: QImage, after: QImage) -> float:
    """Return the share of the squares whose mean colors differ; 1 if the sizes do."""
    if abs(before.width() - after.width()) > SQUARE or abs(before.height() - after.height()) > SQUARE:
        return 1.0
    size = QSize(before.width() // SQUARE, before.height() // SQUARE)
    one, other = (
        each.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
        for each in (before, after)
    )
    count = 0
    for y in range(size.height()):
        for x in range(size.width()):
            a, b = one.pixel(x, y), other.pixel(x, y)
            count += any(abs((a >> shift & 255) - (b >> shift & 255)) > DIFFERENT for shift in (0, 8, 16))
    return count / (size.width() * size.height())


@pytest.mark.parametrize("stage", LOOKS, indirect=True)
def test_windows_look_as_in_their_pictures(stage, request, tmp_path) -> None:
    look = request.node.callspec.params["stage"]
    if AGAIN:
        PICTURES.mkdir(exist_ok=True)
    elif not is_as_locked():
        pytest.skip("Another release of Qt, or another font, draws otherwise.")
    found = []
    for name in LOOKS[look][3]:
        taken = picture(shown(stage, name))
        file = PICTURES / f"{look}-{''.join(each if each.isalnum() else '-' for each in name)}.webp"
        if AGAIN:
            assert taken.save(str(file), "webp", 80)
        else:
            share = different(QImage(str(file)).convertToFormat(QImage.Format.Format_RGB32), taken)
            if share > SHARE:
                taken.save(str(tmp_path / file.name), "webp", 80)
                found.append(f"{file.name}: {100 * share:.1f} % is different, see {tmp_path / file.name}")
        put_away(stage)
    assert not found, "\n".join([*found, "If this is meant, take the pictures again with 'make pictures'."])


def test_the_pictures_are_those_of_the_list_and_not_too_large() -> None:
    names = {f"{look}-{''.join(each if each.isalnum() else '-' for each in name)}.webp" for look in LOOKS for name in LOOKS[look][3]}
    assert {path.name for path in PICTURES.glob("*.webp")} == names
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) <= LARGEST


@pytest.mark.parametrize("change", ["a color", "a margin"])
def test_another_look_is_seen(qapp, change) -> None:
    """The comparison must be able to fail."""
    before = QImage(str(PICTURES / "light-home.webp")).convertToFormat(QImage.Format.Format_RGB32)
    if change == "a color":
        after = QImage(str(PICTURES / "dark-home.webp")).convertToFormat(QImage.Format.Format_RGB32)
    else:
        after = before.copy(0, 6, before.width(), before.height())
    assert different(before, after) > SHARE
