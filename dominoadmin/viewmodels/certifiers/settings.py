"""A certifier's settings in words: labels for documents and forms, and texts for values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.pki import keys, names
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.certifiers.settings import BY_KEY, SETTINGS, Difference, Kind, Setting, Value
from dominoadmin.viewmodels.words import key_label, protection_label, usage_label

_SHOWN_DIGITS: Final = 16  # of a digest: enough to distinguish two


@dataclass(frozen=True)
class Wording:
    """The labels of a setting. `empty`: the meaning of an empty value, or 0.

    `typed` is the label in a form, `hint` the sentence below it.
    """

    label: str
    empty: str = ""
    typed: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Field:
    """One setting of a configuration, in words."""

    field: str
    label: str
    text: str


@dataclass(frozen=True)
class SettingChange:
    """One difference between two configurations, in words."""

    field: str
    label: str
    before: str
    after: str


def wordings() -> dict[str, Wording]:
    """Return the labels of each setting in the current language."""
    return {**_state(), **_certificates(), **_names(), **_lists()}


def fields(configuration: object, settings: Iterable[Setting] = SETTINGS, between: str = ", ") -> tuple[Field, ...]:
    """Return all or some settings of a configuration. `between` separates people."""
    words = wordings()
    return tuple(
        Field(each.key, words[each.key].label, text(each, each.of(configuration), between)) for each in settings
    )


def changes(found: Sequence[Difference]) -> tuple[SettingChange, ...]:
    """Return differences in words."""
    words = wordings()
    return tuple(
        SettingChange(each.field, words[each.field].label, text(setting, each.before), text(setting, each.after))
        for each in found
        for setting in (BY_KEY[each.field],)
    )


def entered(key: str, value: object) -> tuple[str, str]:
    """Return a setting's label and value from an entry of the audit log, which may hold anything."""
    setting = BY_KEY.get(key)
    found = tuple(value) if isinstance(value, list) else value
    if setting is None or not setting.fits(found):
        return key, json.dumps(value, ensure_ascii=False)
    known: Value = found  # type: ignore[assignment]  # `fits` has looked
    return wordings()[key].label, text(setting, known)


def text(setting: Setting, value: Value, between: str = ", ") -> str:
    """Return a value of a setting in words."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if not value:
        return wordings()[setting.key].empty
    if isinstance(value, tuple):
        return (between if setting.kind == Kind.PEOPLE else ", ").join(_one(setting, each) for each in value)
    if isinstance(value, int):
        return days(value) if setting.kind == Kind.DAYS else str(value)
    return _one(setting, value)


def choice_label(setting: Setting, choice: str) -> str:
    """Return the label of one of a setting's choices."""
    labels = {
        "protection": protection_label,
        "key_usage": usage_label,
        "extended_key_usage": usage_label,
        "key_algorithms": _algorithm,
        "san_kinds": kind_label,
        "hash_name": hash_label,
    }
    return labels[setting.key](choice) if choice else wordings()[setting.key].empty


def days(count: int) -> str:
    """Return a number of days in words."""
    return plural("{n} day", "{n} days", count).format(n=count)


def kind_label(kind: str) -> str:
    """Return the label of a kind of subject alternative name."""
    labels = {
        "dns": _("Host names"),
        "ip": _("IP addresses"),
        "email": _("E-mail addresses"),
        "uri": _("Web addresses (URI)"),
    }
    return labels.get(kind, kind)


def hash_label(name: str) -> str:
    """Return the label of a hash, `SHA-256`."""
    return name.upper().replace("SHA", "SHA-")


def _one(setting: Setting, value: str) -> str:
    if setting.kind in (Kind.CHOICE, Kind.CHOICES):
        return choice_label(setting, value)
    if setting.kind in (Kind.PERSON, Kind.PEOPLE):
        return _person(value)
    return value[:_SHOWN_DIGITS] if setting.kind == Kind.DIGEST else value


def _person(name: str) -> str:
    try:
        return names.abbreviated(name)
    except Refused:  # in an altered entry of the audit log
        return escaped(name)


def _algorithm(name: str) -> str:
    return key_label(name) if name in keys.ALGORITHMS else name


def _state() -> dict[str, Wording]:
    return {
        "enabled": Wording(_("Enabled")),
        "protection": Wording(_("Encrypt Certifier ID with")),
        "locking_id": Wording(_("Locking ID"), _("None")),
        "seal": Wording(_("Sealed key"), _("As originally sealed")),
        "caas": Wording(_("CA administrators"), _("None")),
        "ras": Wording(_("RAs"), _("None")),
    }


def _certificates() -> dict[str, Wording]:
    return {
        "minimum_days": Wording(_("Minimum duration"), typed=_("Mi&nimum duration (days):")),
        "default_days": Wording(_("Default duration"), typed=_("&Default duration (days):")),
        "maximum_days": Wording(_("Maximum duration"), typed=_("Ma&ximum duration (days):")),
        "key_usage": Wording(_("Key usage"), _("None"), _("Key usage")),
        "extended_key_usage": Wording(_("Extended key usage"), _("None"), _("Extended key usage")),
        "key_algorithms": Wording(_("Keys"), _("None"), _("Allowed key types")),
        "hash_name": Wording(_("Hash"), _("Default for the key"), _("&Hash:")),
    }


def _names() -> dict[str, Wording]:
    below = _(
        "Allow only names in these domains, IP addresses and networks, one per line, such as example.com or "
        "192.0.2.0/24. Leave empty to allow any."
    )
    return {
        "san_kinds": Wording(_("Alternate names"), _("None"), _("Subject alternate names")),
        "san_domains": Wording(_("Only in these domains"), _("Any domain"), _("Do&mains:"), below),
        "wildcards": Wording(_("Wildcards"), typed=_("&Wildcard names, such as *.example.com")),
        "san_maximum": Wording(_("Maximum names per certificate"), typed=_("Maximum names &per certificate:")),
    }


def _lists() -> dict[str, Wording]:
    where = _(
        "Addresses of CRLs and OCSP, written into each certificate. One per line. Leave empty to distribute CRLs "
        "yourself."
    )
    files = _("Folder on the CA server; each new CRL is also written there, e.g. for your own web server.")
    program = _("Program on the CA server, run with the path of each new CRL.")
    share = _("Ce&rtificates per CRL partition:")
    return {
        "crl_days": Wording(_("CRL duration"), typed=_("CRL &duration (days):")),
        "crl_interval_days": Wording(_("Time between CRLs"), typed=_("&Time between CRLs (days):")),
        "base_urls": Wording(_("Base URLs"), _("None"), _("Base &URL:"), where),
        "partition_size": Wording(_("Certificates per CRL partition"), _("All"), share),
        "delta_hours": Wording(_("Hours between delta CRLs"), _("None"), _("Delta CRLs ever&y (hours):")),
        "folder": Wording(_("Folder for CRLs"), _("None"), _("F&older:"), files),
        "command": Wording(_("Program run for each new CRL"), _("None"), _("Co&mmand for each CRL:"), program),
    }
