"""How a certifier's configuration is shown: a labelled text for each thing it says, and what two versions differ in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dominoadmin import i18n
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural as _n
from dominoadmin.pki import keys, names
from dominoadmin.services import labels
from dominoadmin.services.certifiers.configuring import Configuration
from dominoadmin.services.labels import listed, usage_label

_SHOWN_DIGITS: Final = 16


@dataclass(frozen=True)
class Field:
    """One thing a configuration says."""

    field: str
    label: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One thing that two versions of a configuration say differently."""

    field: str
    label: str
    before: str
    after: str


def fields(configuration: Configuration) -> tuple[Field, ...]:
    """Return all that a configuration says, in the order of the dialog's tabs."""
    return (*basics(configuration), *certificates(configuration), *lists(configuration))


def differences(before: Configuration, after: Configuration) -> tuple[Difference, ...]:
    """Return what two configurations differ in."""
    pairs = zip(fields(before), fields(after), strict=True)
    return tuple(Difference(old.field, old.label, old.text, new.text) for old, new in pairs if old.text != new.text)


def usages(found: tuple[str, ...]) -> str:
    """Return key usages as they are shown."""
    return i18n.listed(map(usage_label, found))


def kinds(found: tuple[str, ...]) -> str:
    """Return kinds of alternate names as they are shown."""
    labels = {
        "dns": _("Host names"),
        "ip": _("IP addresses"),
        "email": _("E-mail addresses"),
        "uri": _("Web addresses (URI)"),
    }
    return i18n.listed(labels.get(kind, kind) for kind in found)


def days(count: int) -> str:
    """Return a number of days."""
    return _n("{n} day", "{n} days", count, n=count)


def basics(configuration: Configuration) -> tuple[Field, ...]:
    """Return what the tab Basics of a configuration says."""
    locking_id = configuration.locking_id
    return (
        Field("enabled", _("Enabled"), _yes(said=configuration.enabled)),
        Field("protection", _("Encrypt Certifier ID with"), labels.protection_label(configuration.protection)),
        Field("locking_id", _("Locking ID"), names.abbreviated(locking_id) if locking_id else _("None")),
        Field("seal", _("Sealed key"), configuration.seal[:_SHOWN_DIGITS] or _("As it was sealed first")),
        Field("caas", _("CA administrators"), listed(configuration.caas, ", ")),
        Field("ras", _("RAs"), listed(configuration.ras, ", ") or _("None")),
    )


def certificates(configuration: Configuration) -> tuple[Field, ...]:
    """Return what the tab Certificates of a configuration says."""
    settings = configuration.settings
    algorithms = ", ".join(map(keys.describe_algorithm, settings.key_algorithms))
    return (
        Field("minimum_days", _("Minimum duration"), days(settings.minimum_days)),
        Field("default_days", _("Default duration"), days(settings.default_days)),
        Field("maximum_days", _("Maximum duration"), days(settings.maximum_days)),
        Field("key_usage", _("Key usage"), usages(settings.key_usage) or _("None")),
        Field("extended_key_usage", _("Extended key usage"), usages(settings.extended_key_usage) or _("None")),
        Field("key_algorithms", _("Keys"), algorithms),
        Field("san_kinds", _("Alternate names"), kinds(settings.names.kinds) or _("None")),
        Field("san_domains", _("Only in these domains"), ", ".join(settings.names.dns_suffixes) or _("Any domain")),
        Field("wildcards", _("Wildcards"), _yes(said=settings.names.wildcards)),
        Field("san_maximum", _("Most alternate names"), str(settings.names.maximum)),
        Field("hash_name", _("Hash"), configuration.hash_name.upper() or _("The key's usual one")),
    )


def lists(configuration: Configuration) -> tuple[Field, ...]:
    """Return what the CRL settings of a configuration say."""
    publication = configuration.publication
    hours = publication.delta_hours
    return (
        Field("crl_days", _("CRL duration"), days(configuration.crl_days)),
        Field("crl_interval_days", _("Time between CRLs"), days(configuration.crl_interval_days)),
        Field("base_urls", _("Base URLs"), ", ".join(publication.base_urls) or _("None")),
        Field("partition_size", _("Certificates that share a CRL"), str(publication.partition_size or _("All"))),
        Field("delta_hours", _("Hours between delta CRLs"), str(hours) if hours else _("No delta CRLs")),
        Field("folder", _("Folder for CRLs"), publication.folder or _("None")),
        Field("command", _("Program run with each CRL"), publication.command or _("None")),
    )


def _yes(*, said: bool) -> str:
    return _("Yes") if said else _("No")
