"""Guards against two faults of PySide6 that kill the process."""

import gc
import sys
import threading

import PySide6
import pytest
from PySide6.QtCore import QCoreApplication, QThread
from PySide6.QtWidgets import QDialog, QLabel

from dominoadmin.gui.application import unsound
from dominoadmin.gui.collector import Collector


def test_references_to_none_are_not_lost(qapp) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one with each call, and aborts after some 13 000."""
    QCoreApplication.processEvents()
    before = sys.getrefcount(None)
    for _ in range(500):
        QCoreApplication.processEvents()
    assert sys.getrefcount(None) > before - 100


@pytest.mark.parametrize(
    ("python", "qt", "refused"),
    [((3, 11), (6, 12), True), ((3, 11), (6, 11), False), ((3, 12), (6, 12), False), ((3, 13), (6, 12), False)],
)
def test_the_client_refuses_the_combination_that_aborts(python, qt, refused) -> None:
    assert bool(unsound(python, qt)) is refused


def test_this_pyside6_is_sound_here() -> None:
    assert not unsound(sys.version_info[:2], tuple(map(int, PySide6.__version__.split(".")[:2])))


def test_python_never_collects_by_itself(qapp) -> None:
    collector = Collector()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()


def test_dialogs_in_cycles_are_destroyed_in_the_gui_thread(qtbot) -> None:
    """With Python's own collection on, a worker that allocates destroys them there, and Qt crashes."""
    collector = Collector()
    threads: list[QThread] = []

    class Cyclic(QDialog):
        def __init__(self) -> None:
            super().__init__()
            self.itself = self
            self.label = QLabel("x", self)
            self.destroyed.connect(lambda: threads.append(QThread.currentThread()))

    def allocate() -> None:
        for _ in range(200_000):
            _ = [[]]

    for _ in range(50):
        Cyclic().show()
        worker = threading.Thread(target=allocate)
        worker.start()
        worker.join()
        QCoreApplication.processEvents()
    for _ in range(5):
        gc.collect()
    collector.stop()
    assert threads
    assert set(threads) == {QCoreApplication.instance().thread()}


def test_garbage_is_collected_by_the_timer(qtbot) -> None:
    collector = Collector()
    garbage = [[] for _ in range(5000)]
    for each in garbage:
        each.append(each)
    count = gc.get_count()[0]
    del garbage, each
    assert count > gc.get_threshold()[0]
    assert collector.collect_due() >= 4000
    collector.stop()


def test_the_oldest_generation_is_looked_through_only_when_it_has_grown(qtbot, monkeypatch) -> None:
    collector = Collector()
    gc.collect()
    looked: list[int] = []
    gc.callbacks.append(lambda phase, info: looked.append(info["generation"]) if phase == "start" else None)
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 99))
    collector.collect_due()
    kept: list[object] = []
    collector.collect_due()
    assert looked == [2]
    kept = [[] for _ in range(len(gc.get_objects()) // 2)]
    gc.collect(1)
    collector.collect_due()
    assert looked == [2, 1, 2]
    gc.callbacks.pop()
    collector.stop()
    assert kept


def test_what_has_settled_is_looked_through_no_more(qtbot) -> None:
    collector = Collector()
    collector.settle()
    try:
        assert len(gc.get_objects()) < 1000
    finally:
        gc.unfreeze()
        collector.stop()
