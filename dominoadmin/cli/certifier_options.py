"""The options of `certifier register` and `certifier modify`, from the table of a certifier's settings."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from dominoadmin.pki import name_limits
from dominoadmin.services.certifiers.settings import Group, Kind, Setting, Value, of_groups

Said = TypeVar("Said")

NONE: Final = "none"  # empties an option that can be repeated
USUAL: Final = "usual"  # `modify` needs a word for the empty choice, which leaves the setting as it is
_PER_LIST: Final = {
    "partition_size": (
        "certificates per CRL partition; 0: no "
        "partitions"
    ), "delta_hours": "time between delta CRLs; 0: none",
}  # fmt: skip
REGISTERING: Final = {
    **_PER_LIST,
    "key_usage": "allowed usages; default: all",
    "san_domains": "allow only names in this domain, or this IP address or network",
    "base_urls": "base URL of its CRLs; default: http://<host of the server>/pki; 'none': offline use",
    "folder": "folder where each new CRL is written",
    "command": "program that is run with the path of each new CRL",
}
MODIFYING: Final = {
    **_PER_LIST,
    "key_usage": "each one that is allowed",
    "san_domains": "allow only names in this domain, or this IP address or network; 'none': any",
    "base_urls": "base URL of the CRLs; 'none': offline use",
    "folder": "folder where each new CRL is written; empty: none",
    "command": "program that is run with the path of each new CRL; empty: none",
}
_METAVARS: Final = {"san_domains": "DOMAIN", "base_urls": "URL", "folder": "FOLDER", "command": "PROGRAM"}
_NEVER_EMPTY: Final = ("key_usage",)  # RFC 5280, 4.2.1.3: the extension has at least one bit


def add_for_new(group: argparse._ArgumentGroup, *groups: Group) -> None:
    """Add the options for a new certifier; omitted ones have their defaults."""
    for setting in of_groups(*groups):
        if setting.kind == Kind.YES_NO:
            _add_off(group, setting)
        elif setting.option:
            _add(group, setting, setting.choices, REGISTERING)


def add_for_change(group: argparse._ArgumentGroup, *groups: Group) -> None:
    """Add the options for a change; omitted ones stay unchanged."""
    for setting in of_groups(*groups):
        if setting.kind == Kind.YES_NO:
            group.add_argument(setting.option, action=argparse.BooleanOptionalAction)
        elif setting.kind == Kind.CHOICE:
            _add(group, setting, (USUAL, *setting.choices), MODIFYING)
        elif setting.option:
            none = () if setting.key in _NEVER_EMPTY else (NONE,)
            _add(group, setting, (*setting.choices, *none), MODIFYING)


def given(options: argparse.Namespace, said: Said, groups: Iterable[Group] = tuple(Group)) -> Said:
    """Return `said` with the settings in the options, except those about people."""
    for setting in of_groups(*groups):
        if setting.kind != Kind.PEOPLE and (value := getattr(options, setting.dest, None)) is not None:
            said = setting.put(said, _value(setting, value))
    return said


def _add_off(group: argparse._ArgumentGroup, setting: Setting) -> None:
    option = setting.option.replace("--", "--no-", 1)
    group.add_argument(option, dest=setting.dest, action="store_false", default=None)


def _add(group: argparse._ArgumentGroup, setting: Setting, choices: tuple[str, ...], helps: Mapping[str, str]) -> None:
    more: dict[str, Any] = {"help": helps.get(setting.key)}
    if setting.kind in (Kind.DAYS, Kind.NUMBER):
        more |= {"type": int, "metavar": "N"}
    elif setting.choices:
        more["choices"] = tuple(choice for choice in choices if choice)
    else:
        more["metavar"] = _METAVARS[setting.key]
    if setting.is_several:
        more["action"] = "append"
    group.add_argument(setting.option, **more)


def _value(setting: Setting, typed: Any) -> Value:  # noqa: ANN401 - as argparse returns it
    if setting.is_several:
        texts = tuple(str(text) for text in typed)
        if texts == (NONE,):
            return ()
        return tuple(map(name_limits.entered, texts)) if setting.kind == Kind.DOMAINS else texts
    value: Value = "" if setting.kind == Kind.CHOICE and typed == USUAL else typed
    return value
