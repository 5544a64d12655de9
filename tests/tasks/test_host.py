"""Tasks are loaded, run in turn, and stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dominoadmin.errors import Error, NotFound
from dominoadmin.tasks.host import TaskHost, stamped
from tests.conftest import NOW


class Worker:
    """A task that records its calls."""

    title, prefix, again = "Worker", "Worker Process", "tell worker look"

    def __init__(self, log: list[str], problem: str = "") -> None:
        self.log, self.problem = log, problem

    def start(self) -> Iterator[str]:
        self.log.append("start")
        if self.problem == "start":
            raise Error("It cannot start.")
        yield "ready"

    def status(self) -> list[str]:
        return ["first part", "second part"]

    def tell(self, command: str) -> Iterator[str]:
        yield f"heard {command}"
        yield "  indented"

    def run_due(self) -> Iterator[str]:
        if self.problem == "run":
            raise Error("It cannot run.")
        if self.problem == "bug":
            raise ZeroDivisionError
        yield "worked"

    def stop(self) -> None:
        self.log.append("stop")


def host(**problems: str) -> tuple[TaskHost, list[str]]:
    log: list[str] = []
    names = ("one", "two")
    return TaskHost({name: lambda name=name: Worker(log, problems.get(name, "")) for name in names}, lambda: NOW), log


def texts(lines) -> list[str]:
    return [line.partition("M  ")[2] or line for line in lines]


def test_a_task_starts_works_answers_and_stops() -> None:
    tasks, log = host()
    assert texts(tasks.load("one")) == ["Worker Process: Worker started", "Worker Process: ready"]
    assert texts(tasks.run_due()) == ["Worker Process: worked"]
    assert texts(tasks.tell("one", "Secret Word")) == ["Worker Process: heard Secret Word", "  indented"]
    assert texts(tasks.quit("one")) == ["Worker Process: Worker shutdown complete"]
    assert log == ["start", "stop"]
    assert list(tasks.run_due()) == []


def test_the_table_has_dominos_columns() -> None:
    tasks, _ = host()
    list(tasks.load("one"))
    assert list(tasks.show_tasks()) == [
        "", "       Task          Description", " Worker Process      first part", " Worker Process      second part",
    ]  # fmt: skip


def test_a_task_that_cannot_start_is_not_loaded() -> None:
    tasks, _ = host(one="start")
    with pytest.raises(Error, match="It cannot start"):
        list(tasks.load("one"))
    assert tasks.running() == []


def test_a_task_that_fails_does_not_stop_the_next() -> None:
    tasks, log = host(one="run")
    list(tasks.load("one"))
    list(tasks.load("two"))
    assert texts(tasks.run_due()) == ["Worker Process: It cannot run.", "Worker Process: worked"]
    assert len(list(tasks.quit_all())) == 2
    assert log == ["start", "start", "stop", "stop"]


def test_a_bug_of_one_task_is_told_once_until_it_is_over_and_does_not_stop_the_next(caplog) -> None:
    tasks, _ = host(one="bug")
    list(tasks.load("one"))
    list(tasks.load("two"))
    worked, failed = "Worker Process: worked", "Worker Process: An unexpected error occurred; see the log for details."
    assert texts(tasks.run_due()) == [failed, worked]
    assert texts(tasks.run_due()) == [worked]
    assert [(record.message, record.exc_info[0]) for record in caplog.records] == [("Worker failed", ZeroDivisionError)]
    tasks.task("one").problem = ""
    assert texts(tasks.run_due()) == [worked, worked]
    tasks.task("one").problem = "bug"
    assert texts(tasks.run_due()) == [failed, worked]


def test_what_is_not_there_is_named() -> None:
    tasks, _ = host()
    with pytest.raises(NotFound, match="mail is not a server task") as refusal:
        list(tasks.load("mail"))
    assert refusal.value.hint == "Available: one, two."
    for act in (tasks.quit("one"), tasks.tell("one", "x")):
        with pytest.raises(NotFound, match="The task one is not loaded"):
            list(act)


def test_a_task_that_runs_is_not_started_twice_and_says_so() -> None:
    tasks, log = host()
    list(tasks.load("one"))
    assert texts(tasks.load("one")) == [
        "Worker Process: The Worker is already running.", "  To make it look for changes now, enter: tell worker look",
    ]  # fmt: skip
    assert log == ["start"]


def test_a_deferred_task_starts_with_the_first_command_for_it() -> None:
    tasks, log = host()
    tasks.defer("one", "Worker")
    assert list(tasks.show_tasks())[2:] == [" Worker              Starts with the first command for it"]
    assert log == []
    assert texts(tasks.tell("one", "x"))[-2:] == ["Worker Process: heard x", "  indented"]
    assert log == ["start"]
    list(tasks.quit("one"))
    with pytest.raises(NotFound, match="The task one is not loaded"):
        list(tasks.tell("one", "x"))


def test_all_tasks_are_restarted_in_their_order() -> None:
    tasks, log = host()
    list(tasks.load("two"))
    list(tasks.load("one"))
    list(tasks.restart_all())
    assert log == ["start", "start", "stop", "stop", "start", "start"]
    assert [name for name, _ in tasks.running()] == ["two", "one"]


def test_a_stamp_is_local_time_and_two_blanks() -> None:
    assert stamped(NOW, "text") == f"{NOW.astimezone():%m/%d/%Y %I:%M:%S %p}  text"
