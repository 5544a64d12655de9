"""Certificate settings of a certifier, and the particulars of one certificate (RFC 3647: certificate profile)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import extensions, keys, name_limits
from dominoadmin.pki.extensions import Usages
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.general_names import parse as parse_general_name
from dominoadmin.pki.names import DistinguishedName

Value = TypeVar("Value")
MAXIMUM_DAYS: Final = 36525
MAXIMUM_NAMES: Final = 100
SERVER, CLIENT, CROSS = "server", "client", "cross"
NAME_KINDS: Final = ("dns", "ip", "email", "uri")
DEFAULT_USAGES: Final = {
    SERVER: (("digitalSignature", "keyEncipherment"), ("serverAuth",)),
    CLIENT: (("digitalSignature", "keyEncipherment"), ("clientAuth", "emailProtection")),
}


@dataclass(frozen=True)
class NamePolicy:
    """The names that a certifier allows. `dns_suffixes`: domains, IP addresses and networks; empty means any name.

    They limit every kind of subject alternative name, and a common name that looks like a host name.
    """

    kinds: tuple[str, ...] = NAME_KINDS
    dns_suffixes: tuple[str, ...] = ()
    wildcards: bool = True
    maximum: int = MAXIMUM_NAMES

    def problem(self, names: tuple[GeneralName, ...], common_name: str = "") -> str:
        """Return the rule that the names break, or an empty string."""
        if len(names) > self.maximum:
            return _(
                "The certifier allows at most {maximum} subject alternate names; there are {count}.",
                maximum=self.maximum,
                count=len(names),
            )
        problem = next((problem for name in names if (problem := self._problem_of(name))), "")
        return problem or self._common_name_problem(common_name)

    def _problem_of(self, name: GeneralName) -> str:
        if name.kind not in self.kinds:
            return _(
                "The certifier does not allow subject alternate names of type {kind} ({name}).",
                kind=name.kind,
                name=name,
            )
        if name.kind == "dns" and name.value.startswith("*.") and not self.wildcards:
            return _("The certifier does not allow wildcard names ({name}).", name=name)
        if self.dns_suffixes and not name_limits.permit(self.dns_suffixes, name):
            return _(
                "{value} is outside the domains and IP addresses that the certifier allows: {domains}.",
                value=name.value if name.kind == "dns" else name,
                domains=", ".join(self.dns_suffixes),
            )
        return ""

    def _common_name_problem(self, common_name: str) -> str:
        if not self.dns_suffixes or name_limits.permit_common_name(self.dns_suffixes, common_name):
            return ""
        return _(
            "The common name {value} is outside the domains and IP addresses that the certifier allows: {domains}.",
            value=common_name,
            domains=", ".join(self.dns_suffixes),
        )


@dataclass(frozen=True, kw_only=True)
class CertificateSettings:
    """The tab "Certificates" of a certifier: the limits of its certificates."""

    minimum_days: int = 1
    default_days: int = 200
    maximum_days: int = 825
    key_usage: tuple[str, ...] = extensions.LEAF_KEY_USAGES
    extended_key_usage: tuple[str, ...] = ("serverAuth", "clientAuth", "emailProtection")
    key_algorithms: tuple[str, ...] = keys.ALGORITHMS
    names: NamePolicy = field(default_factory=NamePolicy)

    def check(self) -> None:
        """Check the settings against each other.

        Raises:
            Refused: they contradict each other; the message says which.

        """
        for check in self.checks().values():
            check()

    def checks(self) -> dict[str, Callable[[], None]]:
        """Return the parts of `check`, each with its setting: of two that contradict, the lower one."""
        return {
            "key_usage": self._check_key_usage,
            "extended_key_usage": partial(extensions.check_usages, (), self.extended_key_usage),
            "minimum_days": self._check_minimum,
            "default_days": self._check_default,
            "maximum_days": self._check_maximum,
            "key_algorithms": self._check_keys,
            "san_kinds": self._check_kinds,
            "san_domains": self._check_domains,
        }

    def _check_key_usage(self) -> None:
        extensions.check_usages(self.key_usage, ())
        if not self.key_usage:  # RFC 5280, 4.2.1.3: the extension has at least one bit
            raise Refused(_("A certifier needs at least one key usage for the certificates it issues."))

    def _check_minimum(self) -> None:
        if self.minimum_days < 1:
            raise Refused(_("Minimum duration must be at least one day."))
        if self.minimum_days > self.default_days:
            raise Refused(_("Minimum duration must not exceed the default duration ({days}).", days=self.default_days))
        if self.minimum_days > self.maximum_days:
            raise Refused(_("Minimum duration must not exceed the maximum duration ({days}).", days=self.maximum_days))

    def _check_default(self) -> None:
        if self.default_days > self.maximum_days:
            raise Refused(_("Default duration must not exceed the maximum duration ({days}).", days=self.maximum_days))

    def _check_maximum(self) -> None:
        if self.maximum_days > MAXIMUM_DAYS:
            raise Refused(_("Maximum duration can be at most {limit} days.", limit=MAXIMUM_DAYS))

    def _check_keys(self) -> None:
        if not self.key_algorithms:
            raise Refused(_("A certifier must allow at least one key type."))
        for algorithm in self.key_algorithms:
            keys.check_algorithm(algorithm)

    def _check_kinds(self) -> None:
        if unknown := set(self.names.kinds) - set(NAME_KINDS):
            hint = _("Use {choices}.", choices=", ".join(NAME_KINDS))
            raise Refused(_("{field} is not a type of subject alternate name.", field=unknown.pop()), hint)

    def _check_domains(self) -> None:
        for limit in self.names.dns_suffixes:
            name_limits.check(limit)

    def content(self) -> dict[str, Any]:
        """Return the settings as JSON content."""
        return asdict(self)


def settings_from(content: dict[str, Any]) -> CertificateSettings:
    """Read settings from JSON content."""
    names = content["names"]
    return CertificateSettings(
        minimum_days=content["minimum_days"],
        default_days=content["default_days"],
        maximum_days=content["maximum_days"],
        key_usage=tuple(content["key_usage"]),
        extended_key_usage=tuple(content["extended_key_usage"]),
        key_algorithms=tuple(content["key_algorithms"]),
        names=NamePolicy(tuple(names["kinds"]), tuple(names["dns_suffixes"]), names["wildcards"], names["maximum"]),
    )


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """The particulars of one end-entity certificate: the fields of the request document that an RA may edit.

    `declined_usages`: what the request asks for, and an RA has decided not to grant.
    """

    kind: str
    subject: DistinguishedName
    names: tuple[GeneralName, ...]
    days: int
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]
    declined_usages: tuple[str, ...] = ()

    def for_key(self, key_algorithm: str) -> Particulars:
        """Return the particulars for a key of this kind, without the usages that such a key cannot have."""
        return replace(self, key_usage=extensions.usable(self.key_usage, key_algorithm))

    def problem(self, settings: CertificateSettings, key_algorithm: str) -> str:
        """Return the first rule of the certifier's configuration that the certificate would break, or ''."""
        return next(iter(self.problems(settings, key_algorithm).values()), "")

    def problems(self, settings: CertificateSettings, key_algorithm: str) -> dict[str, str]:
        """Return the rules of the configuration that the certificate would break, by the field that each is about."""
        found = {
            **self.subject.problems(),
            "days": self._days_problem(settings),
            "key": self._key_problem(settings, key_algorithm),
            "key_usage": _usage_problem(self.key_usage, settings) if self.key_usage else _no_usage(key_algorithm),
            "extended_key_usage": _usage_problem(self.extended_key_usage, settings),
            "names": self._names_problem() or settings.names.problem(self.names),
        }
        found.setdefault("common_name", settings.names.problem((), self.subject.common_name))
        return {field: said for field, said in found.items() if said}

    def _days_problem(self, settings: CertificateSettings) -> str:
        if settings.minimum_days <= self.days <= settings.maximum_days:
            return ""
        usual = f"{settings.minimum_days} to {settings.maximum_days}"
        return _(
            "The certifier issues certificates that are valid for {usual} days, not {days}.",
            usual=usual,
            days=self.days,
        )

    def _key_problem(self, settings: CertificateSettings, key_algorithm: str) -> str:
        if key_algorithm in settings.key_algorithms:
            return ""
        return _(
            "The certifier does not certify keys of type {key_algorithm}.",
            key_algorithm=keys.describe_algorithm(key_algorithm),
        )

    def unanswered(self, asked: Usages, key_algorithm: str) -> tuple[str, ...]:
        """Return the usages asked for that the certificate would not have, and that nobody has declined.

        What is impossible for a key of this kind is no question: no certificate for the key can have it.
        """
        wanted = (*extensions.usable(asked.key_usage, key_algorithm), *asked.extended_key_usage)
        answered = {*self.key_usage, *self.extended_key_usage, *self.declined_usages}
        return tuple(usage for usage in wanted if usage not in answered)

    def _names_problem(self) -> str:
        if self.kind == SERVER and not any(name.kind in ("dns", "ip") for name in self.names):
            return _("A server certificate needs a host name or an IP address as a subject alternate name.")
        if not str(self.subject) and not self.names:
            return _("The certificate would have neither a subject nor a subject alternate name.")
        return ""

    def content(self) -> dict[str, Any]:
        """Return the particulars as JSON content."""
        return {
            "kind": self.kind,
            "subject": {key: value for key, value in self.subject.__dict__.items() if value},
            "names": [str(name) for name in self.names],
            "days": self.days,
            "key_usage": list(self.key_usage),
            "extended_key_usage": list(self.extended_key_usage),
            **({"declined_usages": list(self.declined_usages)} if self.declined_usages else {}),
        }


def _no_usage(key_algorithm: str) -> str:  # RFC 5280, 4.2.1.3: the extension has at least one bit
    kind = keys.describe_algorithm(key_algorithm)
    return _("A key of type {kind} cannot have any of the key usages that the certificate would contain.", kind=kind)


def _usage_problem(usages: tuple[str, ...], settings: CertificateSettings) -> str:
    for usage in usages:
        if usage not in (*settings.key_usage, *settings.extended_key_usage):
            return _("The certifier's settings do not allow the usage {usage}.", usage=usage)
    return ""


def particulars_from(content: dict[str, Any]) -> Particulars:
    """Read particulars from JSON content, checking every name again.

    Raises:
        Refused: a name is not allowed, a usage is unknown, or a field is missing or of the wrong type.

    """
    try:
        extensions.check_usages(content["key_usage"], content["extended_key_usage"])
        return Particulars(
            kind=str(content["kind"]),
            subject=DistinguishedName(**{key: _typed(value, str) for key, value in content["subject"].items()}),
            names=tuple(parse_general_name(text) for text in content["names"]),
            days=_typed(content["days"], int),
            key_usage=tuple(content["key_usage"]),
            extended_key_usage=tuple(content["extended_key_usage"]),
            declined_usages=_declined(content),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refused(_("The request's fields cannot be read.")) from None


def _declined(content: dict[str, Any]) -> tuple[str, ...]:
    """Return the declined usages, without those that are granted."""
    granted = (*content["key_usage"], *content["extended_key_usage"])
    declined = extensions.in_order(_typed(content.get("declined_usages", []), list))
    extensions.check_usage_names(declined)
    return tuple(usage for usage in declined if usage not in granted)


def _typed(value: object, kind: type[Value]) -> Value:
    if not isinstance(value, kind):
        raise TypeError(value)
    return value
