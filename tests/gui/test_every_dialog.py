"""Every dialog, wizard and message on real data: with accessible names, unique mnemonics, no cut texts, no leaks."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QTranslator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QTableWidget,
    QTabWidget,
    QWidget,
    QWizard,
)

from dominoadmin import application
from dominoadmin.gui.frame import theme
from dominoadmin.gui.main_window import MainWindow
from dominoadmin.services.domain import Clock, system_clock
from dominoadmin.services.setup.sample_domain import make_sample
from tests.conftest import NO_KEYCHAIN, copy_data
from tests.german import found_in
from tests.gui import wheel
from tests.gui.dialog_openers import OPENERS, Stage, settled
from tests.gui.hand import plain
from tests.gui.looking import objections, visible
from tests.gui.speaking import pseudo
from tests.gui.speaking.provoking import committed, provoked
from tests.gui.speaking.window_texts import texts

WIDTH, HEIGHT = 800, 600
FRAME = 30  # a window's title bar
EDITORS = (QLineEdit, QComboBox, QPlainTextEdit, QAbstractSpinBox, QRadioButton, QCheckBox)


@pytest.fixture(scope="module")
def sample_template(tmp_path_factory):
    return make_sample(tmp_path_factory.mktemp("sample") / "data")


@pytest.fixture
def stage(qapp, sample_template, tmp_path, qtbot, request) -> Iterator[Stage]:
    """The window on a copy of the sample domain; the parameter is the language and the scale."""
    with staged(sample_template, tmp_path, qtbot, Look(*getattr(request, "param", ("en", 1)))) as made:
        yield made


@dataclass(frozen=True)
class Look:
    """In which language, scale, colors and size the window is shown, and by which clock."""

    language: str
    factor: float
    scheme: str = theme.LIGHT
    size: tuple[int, int] = (WIDTH, HEIGHT)
    clock: Clock = system_clock


@contextmanager
def staged(sample_template, tmp_path, qtbot, look: Look) -> Iterator[Stage]:
    """The window on a copy of a sample domain."""
    qapp, root = QApplication.instance(), tmp_path / "data"
    copy_data(sample_template.root, root)
    root.chmod(0o700)
    domain = application.open_domain(root, NO_KEYCHAIN, look.clock)
    usual, larger, translator = qapp.font(), qapp.font(), QTranslator(qapp)
    larger.setPointSizeF(usual.pointSizeF() * look.factor)
    qapp.setFont(larger)
    pseudo.speak(look.language)
    if translator.load(f"qtbase_{look.language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        qapp.installTranslator(translator)
    theme.apply(look.scheme)
    own = domain.directory.file(sample_template.administrator_id.name)
    window = MainWindow(domain, sample_template.administrator, own, sample_template.server)
    window.show()
    window.resize(*look.size)
    qtbot.waitExposed(window)
    sample = replace(sample_template, root=root, administrator_id=own)
    settled()
    yield Stage(window, sample, tmp_path)
    theme.apply(theme.LIGHT)  # while the window is there: afterwards, with another font, Qt's style sheets crash
    window.server.stop()
    window.events.stop()
    settled()
    window.hide()
    window.deleteLater()
    domain.store.close()
    qapp.removeTranslator(translator)
    qapp.setFont(usual)
    pseudo.speak("en")


def tops() -> list[QWidget]:
    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]


def opened(stage: Stage, name: str) -> QWidget:
    """Open a dialog, wait for its data, and make it as small as the smallest screen."""
    before = tops()
    OPENERS[name](stage)
    settled()
    new = [widget for widget in tops() if widget not in before]
    assert len(new) == 1, f"{name}: {new}"
    dialog = new[0]
    dialog.resize(min(dialog.width(), WIDTH), min(dialog.height(), HEIGHT - FRAME))
    settled()
    return dialog


def close(stage: Stage) -> None:
    """Close everything but the window, without questions."""
    while dialogs := [widget for widget in tops() if widget is not stage.window]:
        for dialog in dialogs:
            if dialog.isVisible():
                getattr(dialog, "discard", dialog.close)()
        settled()
    stage.kept.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settled()


def pages(dialog: QWidget) -> Iterator[str]:
    """Go through the tabs, the pages of a wizard, the entries of a list of pages."""
    yield ""
    if isinstance(dialog, QWizard):
        while dialog.nextId() != -1 and not dialog.currentPage().isCommitPage():
            dialog.next()
            settled()
            yield f" ({dialog.currentPage().title()})"
        return
    tabs = next((tabs for tabs in dialog.findChildren(QTabWidget) if tabs.isVisible()), None)
    systems = getattr(dialog, "systems", None)
    for number in range(1, tabs.count() if tabs else 0):
        assert tabs is not None
        tabs.setCurrentIndex(number)
        settled()
        yield f" ({tabs.tabText(number)})"
    for number in range(1, systems.count() if isinstance(systems, QListWidget) else 0):
        systems.setCurrentRow(number)
        settled()
        yield f" ({systems.item(number).text()})"


def too_large(dialog: QWidget) -> list[str]:
    least = dialog.minimumSizeHint()
    fits = least.width() <= WIDTH and least.height() <= HEIGHT - FRAME
    return [] if fits else [f"larger than the screen: {least.width()} x {least.height()}"]


def sideways(dialog: QWidget) -> list[str]:
    areas = [each for each in visible(dialog, QScrollArea) if each.horizontalScrollBar().isVisible()]
    findings = [each for each in visible(dialog, QTableWidget) if each.horizontalScrollBar().isVisible() and each.wordWrap()]
    return [
        *(f"scrolls sideways: {each.widget().minimumSizeHint().width()} in {each.viewport().width()}" for each in areas),
        *(f"scrolls sideways although its lines wrap: {each.accessibleName()}" for each in findings),
    ]


STAGES = [("en", 1), ("de", 1), ("en", 2), ("de", 2), (pseudo.LONG, 1), (pseudo.RIGHT_TO_LEFT, 1)]


@pytest.mark.parametrize("stage", STAGES, ids=[f"{language} {100 * factor} %" for language, factor in STAGES], indirect=True)
def test_nobody_objects_to_a_dialog_on_a_small_screen(stage) -> None:
    found = {}
    for name in OPENERS:
        dialog = opened(stage, name)
        for page in pages(dialog):
            if wrong := [*objections(dialog), *too_large(dialog), *sideways(dialog)]:
                found[name + page] = wrong
        close(stage)
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


def test_the_keyboard_begins_where_something_is_asked_and_never_on_what_cannot_be_undone(stage) -> None:
    wrong = {}
    for name in OPENERS:
        dialog = opened(stage, name)
        at = dialog.focusWidget()
        editors = [each for kind in EDITORS for each in visible(dialog, kind) if each.isEnabled() and not getattr(each, "isReadOnly", bool)()]
        label = plain(at.text()) if isinstance(at, QPushButton) else ""
        if (editors and (at is None or label in {"Cancel", "Close"})) or label.startswith("Disable"):
            wrong[name] = label or "nowhere"
        if isinstance(at, QRadioButton) and not at.isChecked() and any(each.isChecked() for each in at.parentWidget().findChildren(QRadioButton)):
            wrong[name] = f"{at.text()}, which is not chosen"
        close(stage)
    assert wrong == {}


def test_the_mouse_wheel_scrolls_a_dialog_and_changes_nothing_in_it(stage) -> None:
    found, scrolling = {}, 0
    for name in OPENERS:
        dialog = opened(stage, name)
        for page in pages(dialog):
            dialog.resize(dialog.width(), 260)  # so low that the forms scroll
            settled()
            if wrong := wheel.changed(dialog):
                found[name + page] = wrong
            scrolling += wheel.scrolls(dialog)
        close(stage)
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)
    assert scrolling > 10


def test_a_dialog_that_was_closed_is_gone(stage) -> None:
    seen: dict[str, list[weakref.ref[QWidget]]] = {}
    for name in OPENERS:
        for _number in range(5):
            seen.setdefault(name, []).append(weakref.ref(opened(stage, name)))
            close(stage)
    gc.collect()
    assert {name: alive for name, refs in seen.items() if (alive := sum(ref() is not None for ref in refs))} == {}


def test_an_open_dialog_outlives_a_collection(stage) -> None:
    vanished = []
    for name in OPENERS:
        title = opened(stage, name).windowTitle()
        gc.collect()
        if title not in [widget.windowTitle() for widget in tops()]:
            vanished.append(name)
        close(stage)
    assert not vanished


NOT_OURS = {
    "Certificate Requests (6)": "the title of a template, as Domino has it",
    "Superseded": "an entry of the list that the opener makes up",
}


@pytest.mark.parametrize("stage", [("de", 1)], ids=["de"], indirect=True)
@pytest.mark.parametrize("name", OPENERS)
def test_a_dialog_speaks_german_whatever_is_done_to_it(stage, name) -> None:
    english: dict[str, set[str]] = {}

    def look(window: QWidget, where: str) -> None:
        if found := {text for text in texts(window) if found_in(text) and text not in NOT_OURS}:
            english.setdefault(where, set()).update(found)

    dialog = opened(stage, name)
    for page in pages(dialog):
        look(dialog, page)
        for act in provoked(dialog):
            look(dialog, f"{page} {act}")
    for window in committed(dialog):
        look(window, "OK")
    close(stage)
    assert not english
