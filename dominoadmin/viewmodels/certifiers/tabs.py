"""The drafts of "Create Certifier Name" and of the tabs Basics, Certificates and Misc."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from dominoadmin.i18n import translated
from dominoadmin.pki import name_limits
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.pki.publication import Publication
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.certifiers.modifying import SettingsDraft
from dominoadmin.services.certifiers.settings import Group, Kind, Value, of_groups
from dominoadmin.services.states import Protection
from dominoadmin.viewmodels import countries, mends
from dominoadmin.viewmodels.certifiers.choices import LockingId
from dominoadmin.viewmodels.problems import DraftProblem, Judged, offered

_USUAL: Final = CertificateSettings()
_LINES: Final = (Kind.DOMAINS, Kind.ADDRESSES)


@dataclass(kw_only=True)
class NameDraft(Judged):
    """The sub-dialog "Create Certifier Name" (fact sheet 2.3)."""

    common_name: str = ""
    organizational_unit: str = ""
    organization: str = ""
    locality: str = ""
    state: str = ""
    country: str = ""

    def name(self) -> DistinguishedName:
        """Return the name, without spaces around its parts and with its country in capitals."""
        country = self.country.strip()
        return DistinguishedName(
            common_name=self.common_name.strip(),
            organizational_unit=self.organizational_unit.strip(),
            organization=self.organization.strip(),
            locality=self.locality.strip(),
            state=self.state.strip(),
            country=country.upper() if country.isascii() else country,
        )

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return why this is not a valid name of a certifier."""
        mended = mends.country(self.country)
        said = [DraftProblem(translated(said), field) for field, said in self.name().certifier_problems().items()]
        return tuple(
            offered(each, mended, countries.shown(mended)) if each.field == "country" else each for each in said
        )

    def warning(self) -> str:
        """Return a warning if the name is allowed but unwise."""
        return "" if self.problem() else translated(registering.name_warning(self.name()))


@dataclass
class Administrator:
    """A row of the list "Administrators": a person's canonical name and roles."""

    name: str
    caa: bool = False
    ra: bool = False


@dataclass(kw_only=True)
class Basics:
    """The tab "Basics". An empty `icl_file` follows the certifier's name."""

    server: str = ""
    icl_file: str = ""
    locked: bool = False
    locking_id: LockingId | None = None
    require_password: bool = False
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    administrators: list[Administrator] = field(default_factory=list)

    @property
    def protection(self) -> str:
        """The choice of "Encrypt Certifier ID with"."""
        if self.locked:
            return Protection.LOCKING_ID
        return Protection.PASSWORD if self.require_password else Protection.SERVER_ID


@dataclass(kw_only=True)
class Certificates:
    """The tab "Certificates": the limits of the certificates that the certifier will issue."""

    default_days: int = _USUAL.default_days
    minimum_days: int = _USUAL.minimum_days
    maximum_days: int = _USUAL.maximum_days
    key_usage: tuple[str, ...] = _USUAL.key_usage
    extended_key_usage: tuple[str, ...] = _USUAL.extended_key_usage
    key_algorithms: tuple[str, ...] = _USUAL.key_algorithms
    san_kinds: tuple[str, ...] = _USUAL.names.kinds
    san_domains: str = ""
    wildcards: bool = _USUAL.names.wildcards
    san_maximum: int = _USUAL.names.maximum

    @classmethod
    def of(cls, said: SettingsDraft) -> Certificates:
        """Return the settings as typed text."""
        return cls(**_typed(said, Group.CERTIFICATES))

    def settings(self) -> CertificateSettings:
        """Return the settings. Domains and IP addresses may be separated by spaces, commas or new lines."""
        return _read(self, _Parts(), Group.CERTIFICATES).settings


@dataclass(kw_only=True)
class Misc:
    """The tab "Misc". An empty `backup_file` follows the certifier's name; an empty hash is the key's default."""

    backup: bool = False
    backup_file: str = ""
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    key_algorithm: str = CertifierRequest.key_algorithm
    hash_name: str = CertifierRequest.hash_name
    years: int = CertifierRequest.years
    crl_days: int = CertifierRequest.crl_days
    crl_interval_days: int = CertifierRequest.crl_interval_days

    @property
    def brings_its_hash(self) -> bool:
        """Return whether the key's algorithm determines the hash."""
        return self.key_algorithm.startswith("ml-dsa")


@dataclass
class Published:
    """The publication of CRLs. Base URLs, one per line; none: certificates name no addresses, for offline use."""

    base_urls: str = ""
    partition_size: int = 0
    delta_hours: int = 0
    folder: str = ""
    command: str = ""

    @classmethod
    def of(cls, said: SettingsDraft) -> Published:
        """Return the settings as typed text."""
        return cls(**{key: value for key, value in _typed(said, Group.LISTS).items() if key in vars(cls())})

    def publication(self) -> Publication:
        """Return the settings."""
        return _read(self, _Parts(), Group.LISTS).publication


@dataclass(frozen=True)
class _Parts:
    """The parts that hold the settings of the tabs."""

    settings: CertificateSettings = _USUAL
    publication: Publication = field(default_factory=Publication)


def _typed(said: SettingsDraft, group: Group) -> dict[str, Any]:
    """Return settings as typed text: addresses and domains are lines of one text."""
    values = {setting.key: (setting.kind, setting.of(said)) for setting in of_groups(group)}
    return {
        key: "\n".join(value) if kind in _LINES and isinstance(value, tuple) else value
        for key, (kind, value) in values.items()
    }


def _read(draft: object, parts: _Parts, group: Group) -> _Parts:
    for setting in of_groups(group):
        if setting.path[0] in vars(parts):
            parts = setting.put(parts, _value(setting.kind, getattr(draft, setting.key)))
    return parts


def _value(kind: Kind, typed: Value) -> Value:
    if not isinstance(typed, str):
        return typed
    if kind == Kind.DOMAINS:
        return tuple(dict.fromkeys(map(name_limits.entered, typed.replace(",", " ").split())))
    return tuple(dict.fromkeys(typed.split())) if kind in _LINES else typed.strip()
