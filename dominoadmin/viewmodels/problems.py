"""Problems of a draft: what is wrong, with which field, and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated

Checked = Callable[[], object]


@dataclass(frozen=True)
class DraftProblem:
    """One problem, as a sentence that says what to do. Without a `field` it is about the draft as a whole.

    `mend` is a value with which the field is right; `offer` says so on a button.
    """

    sentence: str
    field: str = ""
    mend: str = ""
    offer: str = ""


@dataclass(frozen=True)
class FieldCheck:
    """Raises an error if a field is wrong. `mend` returns a value that is surely right, or an empty string.

    An error that names its own field is about that one.
    """

    field: str
    check: Checked
    mend: Callable[[], str] = str


def says(field: str, sentence: Callable[[], str], mend: Callable[[], str] = str) -> FieldCheck:
    """Return a check that says what is wrong with a field; an empty sentence says nothing."""

    def check() -> None:
        if said := sentence():
            raise Refused(said)

    return FieldCheck(field, check, mend)


class Judged:
    """A draft that knows its problems. Subclasses implement `problems`."""

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form, at most one for each field."""
        raise NotImplementedError

    def problem(self) -> str:
        """Return the first problem, or an empty string."""
        return first(self.problems())


def found(*checks: FieldCheck) -> tuple[DraftProblem, ...]:
    """Return the problems that checks find, in their order, the first for each field."""
    problems: dict[str, DraftProblem] = {}
    for each in checks:
        problem = _found(each)
        if problem.sentence:
            problems.setdefault(problem.field, problem)
    return tuple(problems.values())


def first(problems: Iterable[DraftProblem]) -> str:
    """Return the first problem's sentence, or an empty string."""
    return next((each.sentence for each in problems), "")


def whole(sentence: str) -> tuple[DraftProblem, ...]:
    """Return a problem of the draft as a whole; none if the sentence is empty."""
    return (DraftProblem(translated(sentence)),) if sentence else ()


def of_error(error: Error, field: str = "") -> DraftProblem:
    """Return an error with its hint as a problem; its own field comes before `field`."""
    return DraftProblem(translated(error.whole()), error.field or field)


def offered(problem: DraftProblem, value: str, shown: str = "") -> DraftProblem:
    """Return a problem with the value that mends it, `shown` to people in other words; '' mends nothing."""
    if not value:
        return problem
    return DraftProblem(problem.sentence, problem.field, value, _("Use {value}").format(value=shown or value))


def _found(check: FieldCheck) -> DraftProblem:
    try:
        check.check()
    except Error as error:
        problem = of_error(error, check.field)
        return offered(problem, check.mend()) if problem.field == check.field else problem
    return DraftProblem("")
