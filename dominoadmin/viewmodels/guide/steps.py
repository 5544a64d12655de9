"""What a step of the Quick Guide is, what is known of the running server, and what stands in a step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dominoadmin.viewmodels.target import NOTHING, Target

CONSOLE: Final = "console:"
"""A command that begins so is a line for the server console; if it ends in a blank, a password is to follow."""


class StepState(StrEnum):
    """Whether a step is done, can be done now, or waits for another one."""

    DONE = "done"
    TO_DO = "to do"
    NOT_YET = "not yet"


@dataclass(frozen=True, kw_only=True)
class ServerView:
    """The running server, as far as the guide looks at it.

    `tasks` are the loaded ones; `certifiers` is what `tell ca stat` says: number, name, "Yes" or "No (why)". `ssl_port`
    is the port that the HTTP task listens to with TLS, 0 if there is none. `checked` is the SHA-256 of the certificate
    that the last live check has found to be good. `audit` is what is wrong with the audit log.
    """

    is_running: bool = False
    tasks: frozenset[str] = frozenset()
    certifiers: tuple[tuple[int, str, str], ...] = ()
    ssl_port: int = 0
    checked: str = ""
    audit: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step. `numbers` are the technote's; `command` opens what does it; `target` is what it is about."""

    numbers: str
    title: str
    state: str
    because: str
    command: str = ""
    target: Target = NOTHING
    is_optional: bool = False


@dataclass(frozen=True)
class Chapter:
    """A chapter with its steps."""

    title: str
    steps: tuple[Step, ...]

    @property
    def is_done(self) -> bool:
        """Say whether nothing is left that must be done."""
        return all(step.state == StepState.DONE or step.is_optional for step in self.steps)


@dataclass(frozen=True)
class Heading:
    """What does not change of a step."""

    numbers: str
    title: str
    command: str = ""
    target: Target = NOTHING
    is_optional: bool = False

    def done(self, because: str) -> Step:
        """Return the step, done."""
        return self._step(StepState.DONE, because)

    def to_do(self, because: str) -> Step:
        """Return the step, to be done now."""
        return self._step(StepState.TO_DO, because)

    def not_yet(self, because: str) -> Step:
        """Return the step, which cannot be done yet."""
        return self._step(StepState.NOT_YET, because)

    def _step(self, state: str, because: str) -> Step:
        return Step(
            numbers=self.numbers,
            title=self.title,
            state=state,
            because=because,
            command=self.command,
            target=self.target,
            is_optional=self.is_optional,
        )
