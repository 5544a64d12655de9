"""What is typed in "Create Certifier Name" and on the tabs Basics, Certificates and Misc."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from dominoadmin.i18n import translated
from dominoadmin.pki import extensions, keys
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CertificateSettings, NamePolicy
from dominoadmin.pki.publication import Publication
from dominoadmin.services.certifiers import registering
from dominoadmin.services.states import LOCKING_ID, PASSWORD, SERVER_ID
from dominoadmin.viewmodels.certifiers.choices import LockingId

_USUAL: Final = CertificateSettings()


@dataclass
class NameDraft:
    """The sub-dialog "Create Certifier Name" (fact sheet 2.3)."""

    common_name: str = ""
    organizational_unit: str = ""
    organization: str = ""
    locality: str = ""
    state: str = ""
    country: str = ""

    def name(self) -> DistinguishedName:
        """Return the name, without blanks around its parts and with its country in capitals."""
        country = self.country.strip()
        return DistinguishedName(
            self.common_name.strip(),
            self.organizational_unit.strip(),
            self.organization.strip(),
            self.locality.strip(),
            self.state.strip(),
            country.upper() if country.isascii() else country,
        )

    def problem(self) -> str:
        """Return why this cannot be a certifier's name, or an empty string."""
        return translated(self.name().certifier_problem())

    def warning(self) -> str:
        """Return what is unwise about the name, though allowed."""
        return "" if self.problem() else translated(registering.name_warning(self.name()))


@dataclass
class Administrator:
    """A row of the list "Administrators": a person's canonical name and roles."""

    name: str
    caa: bool = False
    ra: bool = False


@dataclass
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
        """What "Encrypt Certifier ID with" comes to."""
        if self.locked:
            return LOCKING_ID
        return PASSWORD if self.require_password else SERVER_ID


@dataclass
class Certificates:
    """The tab "Certificates": what the certifier will issue at all."""

    default_days: int = _USUAL.default_days
    minimum_days: int = _USUAL.minimum_days
    maximum_days: int = _USUAL.maximum_days
    key_usage: tuple[str, ...] = _USUAL.key_usage
    extended_key_usage: tuple[str, ...] = _USUAL.extended_key_usage
    key_algorithms: tuple[str, ...] = _USUAL.key_algorithms
    kinds: tuple[str, ...] = _USUAL.names.kinds
    domains: str = ""
    wildcards: bool = _USUAL.names.wildcards
    maximum_names: int = _USUAL.names.maximum

    @classmethod
    def of(cls, settings: CertificateSettings) -> Certificates:
        """Return the settings as they are typed."""
        policy = settings.names
        return cls(
            settings.default_days, settings.minimum_days, settings.maximum_days, settings.key_usage,
            settings.extended_key_usage, settings.key_algorithms, policy.kinds, "\n".join(policy.dns_suffixes),
            policy.wildcards, policy.maximum,
        )  # fmt: skip

    def settings(self) -> CertificateSettings:
        """Return the settings. Domains may be separated by blanks, commas or new lines."""
        domains = tuple(dict.fromkeys(self.domains.lower().replace(",", " ").split()))
        policy = NamePolicy(self.kinds, domains, self.wildcards, self.maximum_names)
        return CertificateSettings(
            self.minimum_days, self.default_days, self.maximum_days, self.key_usage, self.extended_key_usage,
            self.key_algorithms, policy,
        )  # fmt: skip


@dataclass
class Misc:
    """The tab "Misc". An empty `backup_file` follows the certifier's name, an empty hash is the key's usual one."""

    backup: bool = False
    backup_file: str = ""
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    key_algorithm: str = "ec-p256"
    hash_name: str = ""
    years: int = 10
    crl_days: int = 30
    crl_interval_days: int = 7

    @property
    def brings_its_hash(self) -> bool:
        """Say whether the key's algorithm leaves no choice of a hash."""
        return self.key_algorithm.startswith("ml-dsa")


@dataclass
class Published:
    """Where CRLs are found. Base URLs stand one to a line; none: for offline use, nothing is named in certificates."""

    base_urls: str = ""
    partition_size: int = 0
    delta_hours: int = 0
    folder: str = ""
    command: str = ""

    @classmethod
    def of(cls, publication: Publication) -> Published:
        """Return the settings as they are typed."""
        return cls(
            "\n".join(publication.base_urls), publication.partition_size, publication.delta_hours, publication.folder,
            publication.command,
        )  # fmt: skip

    def publication(self) -> Publication:
        """Return the settings."""
        urls = tuple(dict.fromkeys(self.base_urls.split()))
        return Publication(urls, self.partition_size, self.delta_hours, self.folder.strip(), self.command.strip())


KEY_USAGES: Final = extensions.LEAF_KEY_USAGES
EXTENDED_KEY_USAGES: Final = extensions.EXTENDED_KEY_USAGES
KEY_ALGORITHMS: Final = keys.ALGORITHMS
NAME_KINDS: Final = _USUAL.names.kinds
HASHES: Final = ("", "sha256", "sha384", "sha512")
