"""The table of a certifier's settings, which forms, commands and comparisons use.

`viewmodels.certifiers.settings` has their labels and texts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from dominoadmin.errors import Refused, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki import extensions, keys
from dominoadmin.pki.profiles import MAXIMUM_DAYS, MAXIMUM_NAMES, NAME_KINDS, CertificateSettings
from dominoadmin.pki.publication import LONGEST_DELTA_HOURS, Publication
from dominoadmin.services.states import Protection

Value = bool | int | str | tuple[str, ...]
Said = TypeVar("Said")

MAXIMUM_YEARS: Final = 50
SHORTEST_CRL_DAYS: Final = 2  # the next one must come before it ends, and no more than one a day is issued
HASHES: Final = ("", "sha256", "sha384", "sha512")  # empty: the default for the key
_MOST_IN_A_PARTITION: Final = 10_000_000  # limits of a spin box; the rule itself has no upper bound


class Kind(StrEnum):
    """The type of a setting's value and its editor."""

    YES_NO = "yes or no"
    DAYS = "days"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "one of its choices"
    CHOICES = "several of its choices"
    DOMAINS = "domains"
    ADDRESSES = "addresses"
    PERSON = "person"
    PEOPLE = "people"
    DIGEST = "digest"


class Group(StrEnum):
    """A group of settings."""

    STATE = "state"
    ROLES = "roles"
    CERTIFICATES = "certificates"
    SIGNATURES = "signatures"
    LISTS = "lists"


class Checked(Protocol):
    """An object with the settings that have rules: a configuration, or a requested one."""

    @property
    def settings(self) -> CertificateSettings:
        """The rules for the certificates that are issued."""

    @property
    def publication(self) -> Publication:
        """The publication of its lists."""

    @property
    def hash_name(self) -> str:
        """The hash of its signatures."""

    @property
    def crl_days(self) -> int:
        """The validity of a list in days."""

    @property
    def crl_interval_days(self) -> int:
        """The interval between lists in days."""


_COUNTABLE_DAYS: Final = 1_000_000  # a date has at most four digits for its year


def _check_hash(said: Checked, algorithm: str) -> None:
    if said.hash_name not in HASHES:
        raise Refused(
            _("{hash_name} is not a supported hash.", hash_name=said.hash_name),
            _("Use sha256, sha384, or sha512."),
        )
    if said.hash_name and algorithm.startswith("ml-dsa"):
        raise Refused(_("ML-DSA has its own hash."), _("Do not specify a hash."))


def _check_duration(said: Checked) -> None:
    if said.crl_days > MAXIMUM_DAYS:
        raise Refused(_("CRL duration can be at most {limit} days.", limit=MAXIMUM_DAYS))
    if said.crl_days < SHORTEST_CRL_DAYS:
        raise Refused(_("CRL duration must be at least two days: the next CRL is issued a day or more before its end."))


def _check_interval(said: Checked) -> None:
    if said.crl_interval_days < 1 or said.crl_interval_days >= max(said.crl_days, SHORTEST_CRL_DAYS):
        raise Refused(_("Time between CRLs must be shorter than the CRL duration, and at least one day."))


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting of a configuration.

    `path` leads to it from the configuration, in Python and in JSON. `option` is its name on the command line.
    `least` and `most` are the limits in a form. `checks` has its rule, which may involve other settings.
    """

    key: str
    kind: Kind
    group: Group
    path: tuple[str, ...]
    option: str = ""
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0

    @property
    def dest(self) -> str:
        """The name under which the command line keeps the option's value."""
        return self.option.removeprefix("--").replace("-", "_")

    @property
    def is_several(self) -> bool:
        """Return whether its value is a list of texts."""
        return self.kind in _SEVERAL

    def fits(self, value: object) -> bool:
        """Return whether a value has the right type, and the program can work by it.

        A number of days or hours can be added to a date, the next list is not due at once, and a path has no NUL.
        """
        if self.is_several:
            return isinstance(value, tuple) and all(isinstance(each, str) for each in value)
        if type(value) is not _TYPES.get(self.kind, str):  # exactly: True is no number
            return False
        if self.group is Group.LISTS and isinstance(value, int):
            return self.least <= value <= max(self.most, _COUNTABLE_DAYS)
        return "\0" not in value if isinstance(value, str) else self.kind != Kind.DAYS or _is_countable(value)

    def of(self, said: object) -> Value:
        """Return the value in a configuration, or in any object with the same fields."""
        found: Any = said
        for part in self.path:
            found = getattr(found, part)
        value: Value = found
        return value

    def put(self, said: Said, value: Value) -> Said:
        """Return a copy with another value."""
        put: Said = _put(said, self.path, value)
        return put


def _is_countable(days: object) -> bool:
    return isinstance(days, int) and abs(days) <= _COUNTABLE_DAYS


_SEVERAL: Final = (Kind.CHOICES, Kind.DOMAINS, Kind.ADDRESSES, Kind.PEOPLE)
_TYPES: Final = {Kind.YES_NO: bool, Kind.DAYS: int, Kind.NUMBER: int}


def _put(said: Any, path: Sequence[str], value: Any) -> Any:  # noqa: ANN401 - any value on the path
    part, *rest = path
    return replace(said, **{part: _put(getattr(said, part), rest, value) if rest else value})


def _state(key: str, kind: Kind, choices: tuple[str, ...] = ()) -> Setting:
    return Setting(key=key, kind=kind, group=Group.STATE, path=(key,), choices=choices)


def _people(key: str, option: str) -> Setting:
    return Setting(key=key, kind=Kind.PEOPLE, group=Group.ROLES, path=(key,), option=option)


def _issued(key: str, kind: Kind, path: str, option: str = "", **more: Any) -> Setting:  # noqa: ANN401 - as Setting
    where = ("settings", *path.split("."))
    return Setting(key=key, kind=kind, group=Group.CERTIFICATES, path=where, option=option, **more)


def _issued_days(key: str, option: str) -> Setting:
    return _issued(key, Kind.DAYS, key, option, least=1, most=MAXIMUM_DAYS)


def _list_days(key: str, option: str) -> Setting:
    return Setting(key=key, kind=Kind.DAYS, group=Group.LISTS, path=(key,), option=option, least=1, most=MAXIMUM_DAYS)


def _published(key: str, kind: Kind, option: str, most: int = 0) -> Setting:
    where = ("publication", key)
    return Setting(key=key, kind=kind, group=Group.LISTS, path=where, option=option, most=most)


# In the order of the dialog's tabs. Settings without an option cannot be set on the command line.
SETTINGS: Final = (
    _state("enabled", Kind.YES_NO),
    _state("protection", Kind.CHOICE, tuple(map(str, Protection))),
    _state("locking_id", Kind.PERSON),
    _state("seal", Kind.DIGEST),
    _people("caas", "--caa"),
    _people("ras", "--ra"),
    _issued_days("minimum_days", "--min-days"),
    _issued_days("default_days", "--default-days"),
    _issued_days("maximum_days", "--max-days"),
    _issued("key_usage", Kind.CHOICES, "key_usage", "--key-usage", choices=extensions.LEAF_KEY_USAGES),
    _issued(
        "extended_key_usage", Kind.CHOICES, "extended_key_usage", "--extended-key-usage",
        choices=extensions.EXTENDED_KEY_USAGES,
    ),
    _issued("key_algorithms", Kind.CHOICES, "key_algorithms", choices=keys.ALGORITHMS),
    _issued("san_kinds", Kind.CHOICES, "names.kinds", "--san-kind", choices=NAME_KINDS),
    _issued("san_domains", Kind.DOMAINS, "names.dns_suffixes", "--san-domain"),
    _issued("wildcards", Kind.YES_NO, "names.wildcards", "--wildcards"),
    _issued("san_maximum", Kind.NUMBER, "names.maximum", least=1, most=MAXIMUM_NAMES),
    Setting(
        key="hash_name", kind=Kind.CHOICE, group=Group.SIGNATURES, path=("hash_name",), option="--hash",
        choices=HASHES,
    ),
    _list_days("crl_days", "--crl-days"),
    _list_days("crl_interval_days", "--crl-interval-days"),
    _published("base_urls", Kind.ADDRESSES, "--base-url"),
    _published("partition_size", Kind.NUMBER, "--crl-partition", _MOST_IN_A_PARTITION),
    _published("delta_hours", Kind.NUMBER, "--delta-hours", LONGEST_DELTA_HOURS),
    _published("folder", Kind.TEXT, "--crl-folder"),
    _published("command", Kind.TEXT, "--crl-command"),
)  # fmt: skip
BY_KEY: Final = {setting.key: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Difference:
    """One difference between two configurations: the setting's key and its values."""

    field: str
    before: Value
    after: Value


def of_groups(*groups: Group) -> tuple[Setting, ...]:
    """Return the settings of some groups, in their order."""
    return tuple(setting for setting in SETTINGS if setting.group in groups)


def differences(before: object, after: object) -> tuple[Difference, ...]:
    """Return the differences between two configurations."""
    pairs = ((setting.key, setting.of(before), setting.of(after)) for setting in SETTINGS)
    return tuple(Difference(key, old, new) for key, old, new in pairs if old != new)


def check(said: Checked, key_algorithm: str, groups: Collection[Group] = tuple(Group)) -> None:
    """Check the settings of some groups, or of all; each rule once.

    Raises:
        Refused: a setting breaks its rule.

    """
    for key, each in checks(said, key_algorithm, groups).items():
        with about(key):
            each()


def checks(said: Checked, key_algorithm: str, groups: Collection[Group]) -> dict[str, Callable[[], None]]:
    """Return the parts of `check`, each with the key of its setting: of two that contradict, the lower one."""
    found: dict[str, Callable[[], None]] = {}
    if Group.CERTIFICATES in groups:
        found |= said.settings.checks()
    if Group.SIGNATURES in groups:
        found["hash_name"] = partial(_check_hash, said, key_algorithm)
    if Group.LISTS in groups:
        found["crl_days"] = partial(_check_duration, said)
        found["crl_interval_days"] = partial(_check_interval, said)
        found |= said.publication.checks()
    return found


def check_years(years: int) -> None:
    """Raise `Refused` unless a certifier's certificate may be valid for so many years."""
    if not 1 <= years <= MAXIMUM_YEARS:
        raise Refused(
            _(
                "The certifier's certificate can be valid for 1 to {limit} years, not {years}.",
                limit=MAXIMUM_YEARS,
                years=years,
            )
        )


def misfits(said: object) -> Iterator[str]:
    """Yield the keys of settings whose values have the wrong type, which occurs only in damaged documents."""
    return (setting.key for setting in SETTINGS if not setting.fits(setting.of(said)))
