"""How a certifier becomes active in the running server: the console's line, and what a button and an advice say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.certifiers import locking_files
from dominoadmin.services.domain import Domain
from dominoadmin.services.states import CertifierState, Protection
from dominoadmin.store.records import CertifierRecord
from dominoadmin.viewmodels.guide.steps import CONSOLE, ServerView

ACTIVE: Final = "Yes"
_WAITING: Final = frozenset(
    f"No ({state})"
    for state in (CertifierState.LOCKED, CertifierState.PASSWORD_REQUIRED, CertifierState.DEACTIVATED)
)
"""In the words of `tell ca stat`: the states that a person ends by a line at the console."""


@dataclass(frozen=True)
class Activation:
    """The act: a button's text and its command, and the sentence that advises it."""

    label: str
    command: str
    advice: str


def command(number: int | str, protection: str, locking_file: str) -> str:
    """Return the console's line for the certifier of this number; one that ends in a space needs a password."""
    if protection == Protection.LOCKING_ID:
        return f"{CONSOLE}tell ca unlock {locking_files.written(locking_file)} "
    return f"{CONSOLE}tell ca activate {number}{' ' if protection == Protection.PASSWORD else ''}"


def needed(domain: Domain, records: Iterable[CertifierRecord], running: ServerView) -> dict[int, Activation]:
    """Return how the certifiers that wait in the server for somebody become active, by their numbers in the store.

    Raises:
        Error: the store cannot be read.

    """
    numbers = {name: number for number, name, state in running.certifiers if state in _WAITING}
    idle = [each for each in records if each.name in numbers]
    return {each.id: _activation(domain, each, numbers[each.name]) for each in idle}


def _activation(domain: Domain, record: CertifierRecord, number: int) -> Activation:
    name, protection = names.certifier_common_name(record.name), record.active.protection
    if protection == Protection.LOCKING_ID:
        file = locking_files.file_of(domain, record.active.locking_id)
        advice = _("Unlock {name} with the ID that locks it, {id}.")
        return Activation(
            _("Unlock…"),
            command(number, protection, file),
            advice.format(name=name, id=names.abbreviated(record.active.locking_id)),
        )
    if protection == Protection.PASSWORD:
        text = _("{name} waits for its password: activate it.").format(name=name)
        return Activation(_("Activate…"), command(number, protection, ""), text)
    return Activation(_("Activate"), command(number, protection, ""), _("Activate {name}.").format(name=name))
