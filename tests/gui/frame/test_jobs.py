"""Jobs: results arrive in the GUI thread, one at a time, and jobs outlive their starters."""

import gc
import threading
import time

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread
from PySide6.QtWidgets import QLabel, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import jobs
from dominoadmin.gui.frame.jobs import Job


class Receiver(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[object] = []
        self.threads: list[object] = []

    def take(self, value: object) -> None:
        self.got.append(value)
        self.threads.append(QThread.currentThread())


def test_the_work_runs_elsewhere_and_the_result_arrives_in_the_gui_thread(qtbot) -> None:
    receiver, job = Receiver(), Job(lambda _: threading.get_ident())
    job.done.connect(receiver.take)
    with qtbot.waitSignal(job.finished):
        job.start()
    assert receiver.got != [threading.get_ident()]
    assert receiver.threads == [QCoreApplication.instance().thread()]


def test_an_error_is_handed_over(qtbot) -> None:
    receiver = Receiver()

    def work(_progress):
        raise Error("No.")

    job = Job(work)
    job.failed.connect(receiver.take)
    with qtbot.waitSignal(job.finished):
        job.start()
    assert str(receiver.got[0]) == "No."
    assert receiver.threads == [QCoreApplication.instance().thread()]


def test_cancel_stops_at_the_next_step(qtbot) -> None:
    gate = threading.Event()

    def work(progress):
        gate.wait(2)
        progress.step("next")

    job = Job(work)
    job.start()
    with qtbot.waitSignal(job.cancelled):
        job.cancel()
        gate.set()


def test_a_page_closed_while_its_job_runs_is_harmless(qtbot) -> None:
    page, receiver = QWidget(), Receiver()
    label = QLabel(page)

    def work(progress):
        time.sleep(0.1)
        progress.step("after close")
        return 1

    job = Job(work)
    job.stepped.connect(label.setText)
    job.done.connect(receiver.take)
    job.start()
    page.close()
    page.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del page, label, job
    gc.collect()
    qtbot.waitUntil(lambda: receiver.got == [1])
    qtbot.waitUntil(lambda: not jobs.busy())


def test_jobs_run_in_order_one_at_a_time(qtbot) -> None:
    log: list[tuple[str, int]] = []

    def work_of(number):
        def work(_progress):
            log.append(("in", number))
            time.sleep(0.01)
            log.append(("out", number))

        return work

    jobs = [Job(work_of(number)) for number in range(5)]
    with qtbot.waitSignal(jobs[-1].finished):
        for job in jobs:
            job.start()
    assert log == [(kind, number) for number in range(5) for kind in ("in", "out")]


def test_work_that_waits_does_not_hold_up_the_rest(qtbot) -> None:
    gate = threading.Event()
    waiting = Job(lambda _: gate.wait(10), waits=True)
    waiting.start()
    quick = Job(lambda _: 1)
    with qtbot.waitSignal(quick.finished, timeout=2000):
        quick.start()
    with qtbot.waitSignal(waiting.finished):
        gate.set()


@pytest.mark.parametrize("kind", [SystemError, ZeroDivisionError])
def test_a_bug_is_handed_over_too(qtbot, kind) -> None:
    receiver = Receiver()

    def work(_progress):
        raise kind("x")

    job = Job(work)
    job.failed.connect(receiver.take)
    with qtbot.waitSignal(job.finished):
        job.start()
    assert isinstance(receiver.got[0], kind)


def test_what_the_work_holds_is_destroyed_in_the_gui_thread(qtbot) -> None:
    """A worker with the last reference would destroy widgets, and crash."""
    threads: list[QThread] = []

    def start() -> None:
        label = QLabel()
        label.destroyed.connect(lambda: threads.append(QThread.currentThread()))
        job = Job(lambda _progress, held=label: held.text())
        job.start()

    for _ in range(300):
        start()
        QCoreApplication.processEvents()
    qtbot.waitUntil(lambda: len(threads) == 300, timeout=20_000)
    assert set(threads) == {QCoreApplication.instance().thread()}
