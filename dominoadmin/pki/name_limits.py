"""The domains and IP addresses within which a certifier keeps the names in its certificates.

A limit is a domain (`example.com`, with all names below it), an IP address (`192.0.2.7`) or a network
(`192.0.2.0/24`, `2001:db8::/32`).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.quoting import quoted

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HINT: Final = _("Enter a domain as example.com, an IP address as 192.0.2.7, or a network as 192.0.2.0/24.")
_PORT: Final = re.compile(r":\d*$")
_LOOKS_LIKE_HOST: Final = re.compile(r"[^\s@/]+\.[^\s@/.]+")
_LOOKS_LIKE_ADDRESS: Final = re.compile(r"[\d.]+(/.*)?|[^.]*:.*|.*/.*")


def normal(text: str) -> str:
    """Return a limit in its normal form: lower case, A-labels, compressed addresses.

    Raises:
        Refused: it is neither a domain, nor an IP address, nor an IP network.

    """
    if _LOOKS_LIKE_ADDRESS.fullmatch(text):
        return _normal_network(text)
    if text.startswith("*"):
        raise Refused(_("{suffix} is not a valid domain name.", suffix=quoted(text)), _HINT)
    return general_names.parse(f"dns:{text}").value


def check(text: str) -> None:
    """Check a limit of a configuration.

    Raises:
        Refused: it is invalid, or not in its normal form.

    """
    usual = normal(text)
    if usual == text:
        return
    if _LOOKS_LIKE_ADDRESS.fullmatch(text):
        raise Refused(_("{text} must be written as {usual}.", text=quoted(text), usual=usual), _HINT)
    raise Refused(_("{suffix} is not a valid domain name.", suffix=quoted(text)), _HINT)


def entered(text: str) -> str:
    """Return the normal form of a typed limit; what is invalid is returned in lower case, for `check` to refuse."""
    try:
        return normal(text.lower())
    except Refused:
        return text.lower()


def permit(limits: Iterable[str], name: GeneralName) -> bool:
    """Return whether a name is within one of the limits."""
    return _within(limits, _host_of(name))


def permit_common_name(limits: Iterable[str], common_name: str) -> bool:
    """Return whether a common name is within one of the limits, or does not look like a host or an address.

    Old software compares the common name with the host (RFC 6125, 6.4.4); so it must not escape the limits.
    """
    host = _host_in(common_name)
    return not host or _within(limits, host)


def _normal_network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise Refused(_("{text} is not an IP address or network.", text=quoted(text)), _HINT) from None
    # Names for such addresses are refused, so a limit could only mislead.
    if isinstance(network, ipaddress.IPv6Network) and ("%" in text or network[0].ipv4_mapped):
        raise Refused(
            _("{text} contains a zone or an embedded IPv4 address.", text=quoted(text)),
            _("Remove the zone, or enter the IPv4 address itself."),
        )
    return str(network if network.num_addresses > 1 else network[0])


def _within(limits: Iterable[str], host: str) -> bool:
    address = _address(host)
    for limit in limits:
        network = _network(limit)
        if network is None:
            inside = address is None and (host == limit or host.endswith(f".{limit}"))
        else:
            inside = address is not None and address in network
        if inside:
            return True
    return False


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _host_of(name: GeneralName) -> str:
    """Return the host or the address in a name in its normal form."""
    match name.kind:
        case "email":
            return name.value.rpartition("@")[2]
        case "uri":
            return urlsplit(name.value).hostname or ""
        case _:
            return name.value.removeprefix("*.")


def _host_in(common_name: str) -> str:
    """Return the host or the address that a common name names, or an empty string.

    A common name is any text: a host that has no normal form is compared as it is.
    """
    text = unicodedata.normalize("NFKC", common_name).replace("\u3002", ".").strip().lower()
    text = text.partition("://")[2].partition("/")[0] or text
    text = text.rpartition("@")[2].strip("[]")
    if _address(text) is None:
        text = _PORT.sub("", text).strip("[]").removeprefix("*.").rstrip(".")
    if _address(text) is not None:
        return text
    if not _LOOKS_LIKE_HOST.fullmatch(text):
        return ""
    try:
        return general_names.parse(f"dns:{text}").value
    except Refused:
        return text
