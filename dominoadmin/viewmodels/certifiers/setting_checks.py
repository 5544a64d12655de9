"""The checks of a certifier's settings for a form, each with the value that mends its field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from dominoadmin.i18n import text as _
from dominoadmin.pki.profiles import MAXIMUM_DAYS
from dominoadmin.services.certifiers.settings import BY_KEY, SHORTEST_CRL_DAYS, Checked, Group, checks
from dominoadmin.viewmodels.problems import FieldCheck, says

Edited = TypeVar("Edited", bound=Checked)
_SHARE: Final = 4  # of the time a CRL is valid, the next one comes: 7 of 30 days by default


@dataclass(frozen=True)
class _Pair:
    """Two settings in days, of which one must not exceed the other, or reach it if they are `apart`."""

    lower: str
    upper: str
    apart: int = 0

    def is_broken(self, said: Checked) -> bool:
        return _days(said, self.lower) + self.apart > _days(said, self.upper)

    def is_by_upper(self, said: Checked, before: Checked) -> bool:
        """Return whether only the upper one was changed: then the problem is there, and not at its neighbor."""
        is_as_before = _days(said, self.lower) == _days(before, self.lower)
        return self.is_broken(said) and is_as_before and not self.is_broken(before)


_PAIRS: Final = (
    _Pair("minimum_days", "default_days"),
    _Pair("default_days", "maximum_days"),
    _Pair("minimum_days", "maximum_days"),
    _Pair("crl_interval_days", "crl_days", apart=1),
)


def setting_checks(said: Edited, before: Checked, key_algorithm: str, *groups: Group) -> Iterator[FieldCheck]:
    """Yield the checks of some groups of settings. `before`: as they were when the form was opened."""
    judged = said
    for pair in _PAIRS:
        key = BY_KEY[pair.upper]
        if key.group in groups and pair.is_by_upper(said, before):
            judged = key.put(judged, key.of(before))  # the others are judged by what it was
            sentence = _too_low(pair).format(days=_days(said, pair.lower))
            yield says(pair.upper, partial(str, sentence), partial(str, key.of(before)))
    mends = _mends(judged)
    for name, check in checks(judged, key_algorithm, groups).items():
        yield FieldCheck(name, check, mends.get(name, str))


def _days(said: Checked, key: str) -> int:
    value = BY_KEY[key].of(said)
    assert isinstance(value, int)
    return value


def _mends(said: Checked) -> dict[str, Callable[[], str]]:
    days = said.settings
    most = min(days.maximum_days, MAXIMUM_DAYS)
    return {
        "minimum_days": lambda: str(max(1, min(days.minimum_days, days.default_days, most))),
        "default_days": lambda: str(most),
        "maximum_days": lambda: str(MAXIMUM_DAYS),
        "crl_days": lambda: str(min(MAXIMUM_DAYS, max(SHORTEST_CRL_DAYS, said.crl_interval_days + 1))),
        "crl_interval_days": lambda: str(max(1, min(said.crl_days, MAXIMUM_DAYS) // _SHARE)),
    }


def _too_low(pair: _Pair) -> str:
    """Return the sentence about the upper one of a pair."""
    return {
        ("minimum_days", "default_days"): _("Default duration must be at least the minimum duration ({days})."),
        ("default_days", "maximum_days"): _("Maximum duration must be at least the default duration ({days})."),
        ("minimum_days", "maximum_days"): _("Maximum duration must be at least the minimum duration ({days})."),
        ("crl_interval_days", "crl_days"): _("CRL duration must be longer than the time between CRLs ({days})."),
    }[pair.lower, pair.upper]
