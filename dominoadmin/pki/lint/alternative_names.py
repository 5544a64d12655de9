"""The subjectAltName: presence, criticality and the syntax of each name (RFC 5280, 4.2.1.6)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from dominoadmin.i18n import marked as _
from dominoadmin.pki.lint.facts import Facts, Rule
from dominoadmin.pki.lint.names import common_names

LONGEST_HOST: Final = 253
LONGEST_LOCAL_PART: Final = 64
LONGEST_SHOWN: Final = 80

_LABEL: Final = re.compile(r"(?![^-]{2}--|-)(?:[A-Za-z0-9-]{1,63})(?<!-)")
_A_LABEL: Final = re.compile(r"xn--[a-z0-9-]{1,59}", re.IGNORECASE)
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_NETWORK: Final = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOKS_LIKE_HOST: Final = re.compile(r"[^\s@/]+\.[^\s@/.]+")


def servers_have_names(facts: Facts) -> Iterator[str]:
    """RFC 9525, 2: a TLS server is identified by its subjectAltName alone; browsers ignore the common name."""
    if facts.own.is_server and facts.own.extension(x509.SubjectAlternativeName) is None:
        yield _("The certificate is for a server, but has no subjectAltName.")


def names_are_listed(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.6: if the extension is present, it contains at least one entry."""
    names = facts.own.value(x509.SubjectAlternativeName)
    if names is not None and not list(names):
        yield _("The subjectAltName is empty.")


def names_are_critical_for_an_empty_subject_only(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.6: critical where the subject is empty, else it should not be."""
    names = facts.own.extension(x509.SubjectAlternativeName)
    if names and names.critical != facts.own.has_empty_subject:
        yield _("The subjectAltName is critical although there is a subject, or not critical although there is none.")


def host_names_are_well_formed(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.6: preferred name syntax of RFC 1034, 3.5; a wildcard is the left-most label."""
    for name in _names(facts):
        if isinstance(name, x509.DNSName) and not is_host(name.value.removeprefix("*.")):
            yield _("The subjectAltName has {value}, which is not a host name.", value=_shown(name.value))


def addresses_are_single(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.6: four octets for IPv4, sixteen for IPv6; a network belongs in nameConstraints."""
    for name in _names(facts):
        if isinstance(name, x509.IPAddress) and isinstance(name.value, _NETWORK):
            yield _("The subjectAltName has the network {value}, not an address.", value=name.value)


def mail_addresses_are_well_formed(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.6: a Mailbox of RFC 2821, 4.1.2, without a display name or angle brackets."""
    for name in _names(facts):
        if isinstance(name, x509.RFC822Name) and not is_mailbox(name.value):
            yield _("The subjectAltName has {value}, which is not an e-mail address.", value=_shown(name.value))


def uris_are_well_formed(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.6: an absolute URI (RFC 3986); the host, if any, is a domain name or an address."""
    for name in _names(facts):
        if isinstance(name, x509.UniformResourceIdentifier) and not is_uri(name.value):
            yield _("The subjectAltName has {value}, which is not an absolute URI.", value=_shown(name.value))


def common_name_of_a_server_is_listed(facts: Facts) -> Iterator[str]:
    """CA/Browser Forum Baseline Requirements, 7.1.4.3: the common name repeats a subjectAltName."""
    if facts.own.is_server:
        listed = {_as_text(name) for name in _names(facts)}
        for name in common_names(facts):
            if _LOOKS_LIKE_HOST.fullmatch(name) and name.lower() not in listed:
                yield _("The common name {name} is not among the subjectAltNames.", name=_shown(name))


def is_host(name: str) -> bool:
    """Return whether this is a host name in the preferred syntax, with A-labels for non-ASCII names."""
    labels = name.split(".")
    well_formed = len(name) <= LONGEST_HOST and all(map(_is_label, labels))
    return well_formed and not labels[-1].isdigit()


def is_mailbox(address: str) -> bool:
    """Return whether this is `local@host`, the local part unquoted."""
    local, _, host = address.rpartition("@")
    return len(local) <= LONGEST_LOCAL_PART and bool(_LOCAL_PART.fullmatch(local)) and is_host(host)


def is_uri(text: str) -> bool:
    """Return whether this is an absolute URI whose host, if it has one, can be compared."""
    try:
        parts = urlsplit(text)
    except ValueError:  # half an IPv6 address
        return False
    host = parts.hostname or ""
    return bool(_URI.fullmatch(text)) and (not parts.netloc or is_host(host) or _is_address(host))


def _is_label(label: str) -> bool:
    if _LABEL.fullmatch(label):
        return True
    if not _A_LABEL.fullmatch(label):
        return False
    import idna  # 10 ms, for the few names that need it

    try:
        idna.ulabel(label)
    except idna.IDNAError:
        return False
    return True


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _shown(text: str) -> str:
    """Quote a name that may be hostile: no control characters, no endless sentence."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")


def _as_text(name: x509.GeneralName) -> str:
    return str(name.value).lower()


def _names(facts: Facts) -> Iterator[x509.GeneralName]:
    names = facts.own.value(x509.SubjectAlternativeName)
    return iter(names if names is not None else ())


RULES: Final[tuple[Rule, ...]] = (
    servers_have_names,
    names_are_listed,
    names_are_critical_for_an_empty_subject_only,
    host_names_are_well_formed,
    addresses_are_single,
    mail_addresses_are_well_formed,
    uris_are_well_formed,
    common_name_of_a_server_is_listed,
)
