"""Steps and chapters of the Quick Guide, and its view of the running server."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from enum import StrEnum
from typing import Final

from dominoadmin.services.states import CertifierState
from dominoadmin.viewmodels.target import NOTHING, Target

CONSOLE: Final = "console:"
"""The prefix of commands that are lines for the server console; one that ends in a space needs a password."""


class StepState(StrEnum):
    """The state of a step: done, to do now, or waiting for another step."""

    DONE = "done"
    TO_DO = "to do"
    NOT_YET = "not yet"


@dataclass(frozen=True, kw_only=True)
class ServerView:
    """The state of the running server for the guide and for Home.

    `is_starting`: it is not known yet whether it runs here.
    `tasks` are the loaded ones; `certifiers` is the output of `tell ca stat`: number, name, "Yes" or "No (why)".
    `ssl_port` is the TLS port of the HTTP task, 0 if there is none. `checked` is the SHA-256 of the certificate
    that passed the last live check. `audit` is the problem with the audit log.
    """

    is_running: bool = False
    is_starting: bool = False
    tasks: frozenset[str] = frozenset()
    certifiers: tuple[tuple[int, str, str], ...] = ()
    ssl_port: int = 0
    checked: str = ""
    audit: str = ""

    def put_aside(self) -> frozenset[str]:
        """Return the names of the certifiers that are locked or were deactivated: a person has done that, or has to."""
        states = {f"No ({state})" for state in (CertifierState.LOCKED, CertifierState.DEACTIVATED)}
        return frozenset(name for _number, name, state in self.certifiers if state in states)


@dataclass(frozen=True)
class Act:
    """What the guide's button does: its text, and its command if that is not the step's own."""

    text: str
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step. `numbers` are the technote's; `command` opens the place to do it, for `target`; `act` does it."""

    numbers: str
    title: str
    state: str
    because: str
    command: str = ""
    target: Target = NOTHING
    is_optional: bool = False
    act: Act | None = None
    is_decision: bool = False
    """Whether other people wait for a decision of the person who looks: it comes before the rest."""

    def acting(self) -> tuple[str, Target]:
        """Return the command and the target of the button that does the step, if it can; else those of its place."""
        if self.act is None:
            return self.command, self.target
        return self.act.command or self.command, replace(self.target, guided=True)


@dataclass(frozen=True)
class Chapter:
    """A chapter with its steps."""

    title: str
    steps: tuple[Step, ...]

    @property
    def is_done(self) -> bool:
        """Return whether no required step is left."""
        return all(step.state == StepState.DONE or step.is_optional for step in self.steps)


@dataclass(frozen=True)
class Heading:
    """The fixed part of a step."""

    numbers: str
    title: str
    command: str = ""
    target: Target = NOTHING
    _: KW_ONLY
    is_optional: bool = False
    act: Act | None = None
    is_decision: bool = False

    def done(self, because: str) -> Step:
        """Return the step as done."""
        return self._step(StepState.DONE, because)

    def to_do(self, because: str) -> Step:
        """Return the step as to do now."""
        return self._step(StepState.TO_DO, because)

    def not_yet(self, because: str) -> Step:
        """Return the step as not possible yet."""
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
            act=self.act,
            is_decision=self.is_decision,
        )
