"""Subject alternative names (RFC 5280, 4.2.1.6): host names, IP addresses, e-mail addresses and URIs.

As text they are `dns:host`, `ip:10.0.0.1`, `email:a@b` and `uri:https://…`. The same rules hold for typed names
and for names in requests from outside.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna
from cryptography import x509 as pyca

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.quoting import has_invisible, quoted

_HINT: Final = _("Enter dns:HOST, ip:ADDRESS, email:ADDRESS, or uri:URI.")
_WILDCARD_HINT: Final = _("Enter it as dns:*.example.com.")
_IP_HINT: Final = _("Enter one address, such as 10.0.0.1 or 2001:db8::1.")
# RFC 1034, 3.1: 255 octets on the wire are 253 characters as text.
_LONGEST_HOST: Final = 253
_LONGEST_LABEL: Final = 63
# RFC 5321, 4.5.3.1, and its erratum 1690.
_LONGEST_LOCAL_PART: Final = 64
_LONGEST_EMAIL: Final = 254
_LONGEST_URI: Final = 2048
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
# RFC 5322, 3.2.3: dot-atom. Quoted local parts are legal and break much software.
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# RFC 3986, 2: reserved, unreserved and percent-encoded characters.
_URI: Final = re.compile(r"([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True)
class GeneralName:
    """One subject alternative name: kind (`dns`, `ip`, `email`, `uri`) and normal form. Made by `parse`."""

    kind: str
    value: str

    def __str__(self) -> str:
        """Return `dns:host`, which `parse` reads back."""
        return f"{self.kind}:{self.value}"


def parse(text: str) -> GeneralName:
    """Read a name such as `dns:www.example.com`.

    Raises:
        Refused: the kind is missing or unknown, or the value breaks the rules of its kind.

    """
    kind, colon, value = text.strip().partition(":")
    rule = _RULES.get(kind.strip().lower())
    if not colon or rule is None:
        raise Refused(_("{text} does not start with a known name type.", text=quoted(text)), _HINT)
    return GeneralName(kind.strip().lower(), rule(value.strip()))


def in_lines(text: str) -> list[str]:
    """Return typed names, one per line or separated by commas. A URI may have commas: it has its line for itself."""
    lines = (line.split(",", 0 if _begins_with_uri(line) else -1) for line in text.splitlines())
    return [name.strip() for line in lines for name in line if name.strip()]


def host(text: str) -> str:
    """Return a server's common name, a fully qualified host name, in A-labels and lower case.

    Raises:
        Refused: it is not one; a wildcard belongs in the subject alternative names.

    """
    if text.strip().startswith("*"):
        raise Refused(
            _("{text} is a wildcard, not the name of one host.", text=quoted(text)),
            _("Enter wildcards as subject alternate names."),
        )
    name = _host(text.strip())
    if "." not in name:
        raise Refused(
            _("{text} is not a fully qualified host name.", text=quoted(text)), _("Enter it as www.example.com.")
        )
    return name


def from_x509(name: pyca.GeneralName) -> GeneralName:
    """Read a name from a request or a certificate by the rules of `parse`.

    Raises:
        Refused: it is of another kind (otherName, directoryName, registeredID), or breaks a rule.

    """
    match name:
        case pyca.DNSName():
            return GeneralName("dns", _dns(name.value))
        case pyca.RFC822Name():
            return GeneralName("email", email(name.value))
        case pyca.UniformResourceIdentifier():
            return GeneralName("uri", _uri(name.value))
        case pyca.IPAddress():
            return GeneralName("ip", _ip(str(name.value)))
        case _:
            raise Refused(_("Subject alternate names of type {kind} are not supported.", kind=_kind(name)), _HINT)


def x509(names: Iterable[GeneralName]) -> pyca.SubjectAlternativeName:
    """Return the names as an X.509 extension value."""
    return pyca.SubjectAlternativeName([_X509[name.kind](name.value) for name in names])


def email(text: str) -> str:
    """Return an e-mail address (RFC 5321 Mailbox, ASCII) with its domain in A-labels and lower case.

    Raises:
        Refused: it is not one.

    """
    _check_visible(text, _("e-mail address"))
    local_part, at, domain = text.rpartition("@")
    if not at or len(local_part) > _LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local_part):
        raise Refused(
            _("{text} is not an e-mail address.", text=quoted(text)), _("Enter it in ASCII, as in name@example.com.")
        )
    address = f"{local_part}@{_host(domain)}"
    if len(address) > _LONGEST_EMAIL:
        raise Refused(
            _("The e-mail address {text} is longer than {limit} characters.", text=quoted(text), limit=_LONGEST_EMAIL)
        )
    return address


def _begins_with_uri(line: str) -> bool:
    return line.partition(":")[0].strip().lower() == "uri"


def _dns(text: str) -> str:
    if not text.startswith("*"):
        return _host(text)
    # RFC 6125, 6.4.3: only a whole left-most label. A wildcard directly below a top-level domain would cover all of it.
    if not text.startswith("*."):
        raise Refused(_("The wildcard in {text} must be the whole leftmost label.", text=quoted(text)), _WILDCARD_HINT)
    name = "*." + _host(text.removeprefix("*."))
    if "." not in name.removeprefix("*."):
        raise Refused(_("The wildcard {text} covers a whole top-level domain.", text=quoted(text)), _WILDCARD_HINT)
    if len(name) > _LONGEST_HOST:
        raise Refused(
            _("The host name {text} is longer than {limit} characters.", text=quoted(text), limit=_LONGEST_HOST)
        )
    return name


def _host(text: str) -> str:
    _check_host_text(text)
    name = text.lower() if text.isascii() and "xn--" not in text.lower() else _a_labels(text)
    labels = name.split(".")
    for label in labels:
        _check_label(label, text)
    if labels[-1].isdigit():
        raise Refused(
            _("The host name {text} ends in a number, like an IP address.", text=quoted(text)),
            _("Enter it as ip:10.0.0.1."),
        )
    return name


def _check_host_text(text: str) -> None:
    _check_visible(text, _("host name"))
    if not text:
        raise Refused(_("A host name is required."))
    if len(text) > _LONGEST_HOST:
        raise Refused(
            _("The host name {text} is longer than {limit} characters.", text=quoted(text), limit=_LONGEST_HOST)
        )
    if "*" in text:
        raise Refused(_("The wildcard in {text} must be the whole leftmost label.", text=quoted(text)), _WILDCARD_HINT)
    if "_" in text:
        raise Refused(
            _("The host name {text} contains an underscore, which is not allowed in host names.", text=quoted(text))
        )
    if text.endswith((".", "。")):
        raise Refused(_("The host name {text} ends with a dot.", text=quoted(text)), _("Remove the last dot."))


def _a_labels(text: str) -> str:
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise Refused(_("{text} is not a valid internationalized host name (IDNA 2008).", text=quoted(text))) from None


def _check_label(label: str, text: str) -> None:
    if not label:
        raise Refused(_("The host name {text} has an empty part between two dots.", text=quoted(text)))
    if len(label) > _LONGEST_LABEL:
        raise Refused(
            _(
                "A part of the host name {text} is longer than {limit} characters.",
                text=quoted(text),
                limit=_LONGEST_LABEL,
            )
        )
    if not _LABEL.fullmatch(label):
        raise Refused(
            _("{text} is not a host name.", text=quoted(text)),
            _("Use letters, digits, and dots; use hyphens only inside a part."),
        )
    # RFC 5890, 2.3.1: two hyphens in the third and fourth place are reserved; only xn-- has a meaning.
    if label[2:4] == "--" and not label.startswith("xn--"):
        raise Refused(_("The host name {text} has a reserved part: {label}.", text=quoted(text), label=quoted(label)))


def _ip(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise Refused(_("{text} is not an IP address.", text=quoted(text)), _IP_HINT) from None
    if isinstance(address, ipaddress.IPv6Address) and (address.scope_id or address.ipv4_mapped):
        raise Refused(
            _("{text} contains a zone or an embedded IPv4 address.", text=quoted(text)),
            _("Remove the zone, or enter the IPv4 address itself."),
        )
    return str(address)


def _uri(text: str) -> str:
    _check_visible(text, "URI")
    if len(text) > _LONGEST_URI:
        raise Refused(_("The URI {text} is longer than {limit} characters.", text=quoted(text), limit=_LONGEST_URI))
    parts, port = _split(text)
    if not parts.scheme or not parts.hostname:
        raise Refused(
            _("{text} is not an absolute URI with a host.", text=quoted(text)),
            _("Enter it as https://example.com/path."),
        )
    if "@" in parts.netloc:
        raise Refused(
            _("The URI {text} contains a user name or a password.", text=quoted(text)),
            _("Enter only the part after the @."),
        )
    netloc = _uri_host(parts.hostname) + ("" if port is None else f":{port}")
    return parts._replace(scheme=parts.scheme.lower(), netloc=netloc).geturl()


def _split(text: str) -> tuple[SplitResult, int | None]:
    if not _URI.fullmatch(text):
        raise Refused(
            _("{text} is not a URI.", text=quoted(text)),
            _("Use ASCII only; percent-encode all other characters (RFC 3986)."),
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Refused(_("{text} is not a URI: its host or port is malformed.", text=quoted(text))) from None
    return parts, port


def _uri_host(name: str) -> str:
    if ":" in name:
        return f"[{_ip(name)}]"
    return _ip(name) if name.replace(".", "").isdigit() else _host(name)


def _check_visible(text: str, label: str) -> None:
    if has_invisible(text) or any(character.isspace() for character in text):
        raise Refused(
            _(
                "The {label} {text} contains a space, or an invisible or control character.",
                label=label,
                text=quoted(text),
            )
        )


def _kind(name: pyca.GeneralName) -> str:
    match name:
        case pyca.OtherName():
            return f"otherName ({name.type_id.dotted_string})"
        case pyca.DirectoryName():
            return "directoryName"
        case pyca.RegisteredID():
            return "registeredID"
        case _:
            return type(name).__name__


_RULES: Final[dict[str, Callable[[str], str]]] = {"dns": _dns, "ip": _ip, "email": email, "uri": _uri}
_X509: Final[dict[str, Callable[[str], pyca.GeneralName]]] = {
    "dns": pyca.DNSName,
    "ip": lambda value: pyca.IPAddress(ipaddress.ip_address(value)),
    "email": pyca.RFC822Name,
    "uri": pyca.UniformResourceIdentifier,
}
