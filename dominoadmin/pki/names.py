"""Names: X.509 distinguished names of certifiers and requests, and Domino's hierarchical names of people and servers.

Domino writes `CN=Ann Admin/O=MyCompany` (canonical) and `Ann Admin/MyCompany` (abbreviated).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from dominoadmin.errors import Refused, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki.quoting import BLANK, escaped, has_invisible, quoted

# RFC 5280, appendix A.1, upper bounds. X.520 counts characters; cryptography and we count bytes of UTF-8.
_ATTRIBUTES: Final = {
    "common_name": ("CN", NameOID.COMMON_NAME, 64, _("Common Name")),
    "organizational_unit": ("OU", NameOID.ORGANIZATIONAL_UNIT_NAME, 64, _("Organizational Unit")),
    "organization": ("O", NameOID.ORGANIZATION_NAME, 64, _("Organization Name")),
    "locality": ("L", NameOID.LOCALITY_NAME, 128, _("City or Locality")),
    "state": ("ST", NameOID.STATE_OR_PROVINCE_NAME, 128, _("State or Province")),
    "country": ("C", NameOID.COUNTRY_NAME, 2, _("Country Code")),
}
_FIELD_OF: Final = {oid: field for field, (_, oid, _, _) in _ATTRIBUTES.items()}
_KEYS: Final = ("CN", "OU", "O", "C")
_COUNTRY_LETTERS: Final = 2
_KEY: Final = re.compile(r"(?:(?<=^)|(?<=(?<!\\)/))[A-Za-z0-9.]+=")


@dataclass(frozen=True, kw_only=True)
class DistinguishedName:
    """The six attributes of the dialog "Create Certifier Name"; an empty string is an absent attribute."""

    common_name: str = ""
    organizational_unit: str = ""
    organization: str = ""
    locality: str = ""
    state: str = ""
    country: str = ""

    def __str__(self) -> str:
        """Return `CN=MyCompany CA/O=MyCompany/C=US`, as Domino shows it."""
        return "/".join(f"{_ATTRIBUTES[field][0]}={_escaped(value)}" for field, value in self._present())

    def problem(self) -> str:
        """Return why this is not a valid name, as one sentence, or an empty string."""
        return next(iter(self.problems().values()), "")

    def problems(self) -> dict[str, str]:
        """Return the attributes that are not valid, each with one sentence that says why."""
        found = {field: _problem(field, value) for field, value in self._present()}
        return {field: problem for field, problem in found.items() if problem}

    def certifier_problem(self) -> str:
        """Return why this is not a valid name of a certifier: a common name is required (technote, step 3)."""
        return next(iter(self.certifier_problems().values()), "")

    def certifier_problems(self) -> dict[str, str]:
        """Return the attributes that are not valid in the name of a certifier, as `problems`."""
        missing = {} if self.common_name.strip() else {"common_name": _("Common Name is required.")}
        return {**missing, **{field: said for field, said in self.problems().items() if field not in missing}}

    def check(self) -> None:
        """Raise `Refused` with the sentence of `problem`, if there is one."""
        for field, problem in self.problems().items():
            with about(field):
                raise Refused(problem)

    def x509(self) -> x509.Name:
        """Return the RFC 5280 name, most significant attribute first."""
        return _x509(self)

    def _present(self) -> list[tuple[str, str]]:
        return [(field, value) for field in _ATTRIBUTES if (value := getattr(self, field))]


@lru_cache(maxsize=2048)  # the names of a batch are compared first, and written later
def _x509(name: DistinguishedName) -> x509.Name:
    present = reversed(name._present())  # noqa: SLF001 - its own class
    return x509.Name([x509.NameAttribute(_ATTRIBUTES[field][1], value) for field, value in present])


def from_x509(name: x509.Name) -> DistinguishedName:
    """Read an X.509 name.

    Raises:
        Refused: an attribute is not one of the six, occurs twice, or is not text.

    """
    values: dict[str, str] = {}
    for attribute in name:
        field = _FIELD_OF.get(attribute.oid)
        if field is None:
            shown = attribute.oid.dotted_string
            raise Refused(
                _("The name has an attribute that is not supported ({shown}).", shown=shown),
                _("Use only CN, OU, O, L, ST, and C."),
            )
        if field in values:
            raise Refused(
                _("The name has more than one {attribute} attribute.", attribute=_ATTRIBUTES[field][0]),
                _("Use each attribute once."),
            )
        if not isinstance(attribute.value, str):
            raise Refused(_("The {attribute} of the name is not text.", attribute=_ATTRIBUTES[field][3]))
        # The upper case of a letter outside ASCII may be two letters: 'ß' would become the country SS.
        capital = field == "country" and attribute.value.isascii()
        values[field] = attribute.value.upper() if capital else attribute.value
    return DistinguishedName(**values)


def same(one: x509.Name, other: x509.Name) -> bool:
    """Return whether two names are one by RFC 5280, 7.1: the same attributes, as `folded` has them, in one order."""
    # The names of a certifier and its subject mostly differ soon; the rest is not looked at.
    return len(one.rdns) == len(other.rdns) and all(
        _comparable(mine) == _comparable(theirs) for mine, theirs in zip(one.rdns, other.rdns, strict=True)
    )


def folded(text: str) -> str:
    """Return an attribute's value as names are compared: case, spaces and invisible characters do not count.

    The steps are those of RFC 4518, 2: map, fold the case, normalize (NFKC), and join at single spaces.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    visible = "".join(each for each in text if unicodedata.category(each) != "Cf" and each not in BLANK)
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold()).split())


def _comparable(rdn: x509.RelativeDistinguishedName) -> frozenset[tuple[str, str | bytes]]:
    return frozenset(
        (each.oid.dotted_string, folded(each.value) if isinstance(each.value, str) else each.value) for each in rdn
    )


def shown(name: x509.Name) -> str:
    """Return any X.509 name as Domino shows names, `CN=MyCompany CA/O=MyCompany`, invisible characters as escapes."""
    return "/".join(f"{each.rfc4514_attribute_name}={_escaped(_text(each.value))}" for each in reversed(list(name)))


def _text(value: str | bytes) -> str:
    return escaped(value) if isinstance(value, str) else value.hex()


def _problem(field: str, value: str) -> str:
    _, _, bound, label = _ATTRIBUTES[field]
    return _country_problem(value) if field == "country" else text_problem(value, label, bound)


def text_problem(value: str, label: str, bound: int) -> str:
    """Return why `value` is not allowed in a name, or an empty string."""
    if not value.strip():
        return _("{label} is required.", label=label)
    size = len(value.encode("utf-8", "replace"))
    if size > bound:
        return _(
            "{label} is too long: it has {size} bytes in UTF-8; at most {limit} are allowed.",
            label=label,
            size=size,
            limit=bound,
        )
    if has_invisible(value):
        return _("{label} contains an invisible or control character.", label=label)
    if value != value.strip():
        return _("{label} must not begin or end with a space.", label=label)
    return ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("/", "\\/")


def canonical(name: str) -> str:
    """Return the canonical form of a person's, server's or organization's name: `CN=Ann Admin/O=MyCompany`.

    Both forms are accepted. An abbreviated name reads CN, OU…, O, and C if its last part has two letters and is not the
    second part.

    Raises:
        Refused: the name has no organization, or has characters that Domino does not allow (ERR_BSAFE_ILL_IDCHAR).

    """
    return "/".join(f"{key}={value}" for key, value in _components(name))


def abbreviated(name: str) -> str:
    """Return the abbreviated form, `Ann Admin/MyCompany`. What is no name, as in an altered row, is shown as it is."""
    try:
        return "/".join(value for _, value in _components(name))
    except Refused:
        return escaped(name)


def in_words(name: str) -> str:
    """Return a distinguished name by its values, the common name first: `www.example.com/MyCompany/US`.

    A name without a common name is returned as it is: its first value would look like one.
    """
    return _KEY.sub("", name) if name.startswith("CN=") else name


def common_name(name: str) -> str:
    """Return the first part of a person's or server's name: `Ann Admin`."""
    return _components(name)[0][1]


def certifier_common_name(name: str) -> str:
    """Return an Internet certifier's common name; what is no name, as in an altered row, is returned as it is."""
    return name.partition("/")[0].removeprefix("CN=")


def person_x509(name: str) -> x509.Name:
    """Return the X.509 name of a person, server or organization, most significant attribute first."""
    oids = {short: oid for short, oid, _, _ in _ATTRIBUTES.values()}
    return x509.Name([x509.NameAttribute(oids[key], value) for key, value in reversed(_components(name))])


def person_from_x509(name: x509.Name) -> str:
    """Return the canonical Domino name of an ID certificate's subject."""
    shorts = {oid: short for short, oid, _, _ in _ATTRIBUTES.values()}
    return "/".join(f"{shorts[attribute.oid]}={attribute.value!s}" for attribute in reversed(list(name)))


def in_organization(name: str, organization: str) -> str:
    """Return the canonical name; the organization is added to a name without a slash (`O=MyCompany`)."""
    if "/" not in name and "=" not in name:
        name = f"CN={name.strip()}/{organization}"
    return canonical(name)


def _components(name: str) -> list[tuple[str, str]]:
    parts = name.strip().split("/")
    pairs = [_keyed(part) for part in parts] if "=" in parts[0] else _abbreviated_pairs(parts)
    _check_components(pairs)
    return pairs


def _keyed(part: str) -> tuple[str, str]:
    key, _, value = part.partition("=")
    return _normal(key.strip().upper(), value.strip())


def _normal(key: str, value: str) -> tuple[str, str]:
    """Return a component with its country in capitals; ASCII only, as `upper` turns 'ß' into two letters."""
    return key, value.upper() if key == "C" and value.isascii() else value


def _abbreviated_pairs(parts: list[str]) -> list[tuple[str, str]]:
    values = [part.strip() for part in parts]
    has_country = len(values) > len(("CN", "O")) and len(values[-1]) == _COUNTRY_LETTERS
    tail = [_normal("C", values.pop())] if has_country else []
    last = len(values) - 1
    keys = ["CN", *("OU" for _ in values[1:last]), *(["O"] if last else [])]
    return [*zip(keys, values, strict=True), *tail]


def _check_components(pairs: list[tuple[str, str]]) -> None:
    shown = "/".join(value for _, value in pairs)[:80]
    keys = [key for key, _ in pairs]
    if "O" not in keys or keys != sorted(keys, key=lambda key: _KEYS.index(key) if key in _KEYS else -1):
        raise Refused(
            _("{shown} is not a full name.", shown=repr(shown)),
            _("Enter it as 'Ann Admin/MyCompany' or 'CN=Ann Admin/O=MyCompany'."),
        )
    if any(keys.count(key) > 1 for key in ("CN", "O", "C")) or not set(keys) <= set(_KEYS):
        raise Refused(
            _("{shown} is not a full name.", shown=repr(shown)),
            _("Use one CN, any number of OUs, one O, and at most one C."),
        )
    for key, value in pairs:
        _check_component(key, value)


def _check_component(key: str, value: str) -> None:
    label = {
        "CN": _("The common name"),
        "OU": _("The organizational unit"),
        "O": _("The organization"),
        "C": _("The country"),
    }[key]
    if problem := text_problem(value, label, 64):
        raise Refused(problem)
    if key == "C" and (problem := _country_problem(value)):
        raise Refused(problem)
    if not all(character.isalnum() or character in "&'-. _" for character in value):
        # Domino's words (ERR_BSAFE_ILL_IDCHAR).
        raise Refused(
            _(
                "The only allowed characters for a person, server, or certifier name are letters, numbers, ampersand, "
                "apostrophe, hyphen, period, space, and underscore."
            )
        )


def _country_problem(text: str) -> str:
    if len(text) == _COUNTRY_LETTERS and text.isascii() and text.isalpha() and text.isupper():
        return ""
    return _("Country Code must be two letters, such as US; {text} is not.", text=quoted(text))
