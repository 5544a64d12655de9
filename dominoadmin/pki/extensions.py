"""Key usages and extended key usages by their RFC 5280 names, and the extensions built from them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import quoted

# RFC 5280, 4.2.1.3: the names of the bits, and cryptography's names for them.
_KEY_USAGES: Final = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}
_EXTENDED: Final = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timeStamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
}
_ONLY_RSA: Final = ("keyEncipherment", "dataEncipherment")  # RFC 8813, 3 and RFC 9881, 5
_ONLY_EC: Final = ("keyAgreement",)  # RFC 3279, 2.3.1 and RFC 9881, 5
_REMEMBERED: Final = 64
"""Combinations of usages for which the extension is made once: the certificates of a batch mostly have the same."""
_OID: Final = re.compile(r"[0-2](\.\d{1,40}){1,30}", re.ASCII)
LEAF_KEY_USAGES: Final = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement")
EXTENDED_KEY_USAGES: Final = tuple(_EXTENDED)


@dataclass(frozen=True)
class Usages:
    """Key usages and extended key usages by their RFC 5280 names; those without a name here as dotted identifiers."""

    key_usage: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()


def key_usage(names: Iterable[str], key: PublicKey) -> x509.KeyUsage:
    """Return the extension, without the usages that are impossible for the key."""
    return _key_usage(usable(names, keys.algorithm_of(key)))


@lru_cache(maxsize=_REMEMBERED)
def _key_usage(wanted: tuple[str, ...]) -> x509.KeyUsage:
    return x509.KeyUsage(**{attribute: name in wanted for name, attribute in _KEY_USAGES.items()})


def usable(names: Iterable[str], key_algorithm: str) -> tuple[str, ...]:
    """Return the usages that are possible for a key of this kind: only RSA keys encipher, only EC keys agree."""
    enciphers, agrees = key_algorithm.startswith("rsa"), key_algorithm.startswith("ec-")
    impossible = (*(() if enciphers else _ONLY_RSA), *(() if agrees else _ONLY_EC))
    return tuple(name for name in names if name not in impossible)


def extended_key_usage(names: Iterable[str]) -> x509.ExtendedKeyUsage:
    """Return the extension."""
    return _extended_key_usage(tuple(names))


@lru_cache(maxsize=_REMEMBERED)
def _extended_key_usage(names: tuple[str, ...]) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([_EXTENDED[name] for name in names])


def check_usages(key_usages: Iterable[str], extended: Iterable[str]) -> None:
    """Check the names of usages for an end-entity certificate.

    Raises:
        Refused: a name is unknown or reserved for certifiers.

    """
    for name in key_usages:
        if name not in LEAF_KEY_USAGES:
            raise Refused(
                _("{name} is not a key usage for these certificates.", name=name),
                _("Use {choices}.", choices=", ".join(LEAF_KEY_USAGES)),
            )
    for name in extended:
        if name not in _EXTENDED:
            raise Refused(
                _("{name} is not a supported extended key usage.", name=name),
                _("Use {choices}.", choices=", ".join(EXTENDED_KEY_USAGES)),
            )


def check_usage_names(names: Iterable[str]) -> None:
    """Check the names of usages of any kind of certificate: RFC 5280 names, or dotted object identifiers.

    Raises:
        Refused: one is neither.

    """
    for name in names:
        if name not in _KEY_USAGES and name not in _EXTENDED and not _OID.fullmatch(name):
            raise Refused(
                _("{name} is not the name of a usage.", name=quoted(name)),
                _("Use {choices}, or an object identifier.", choices=", ".join((*LEAF_KEY_USAGES, *_EXTENDED))),
            )


def usage_names(certificate: x509.Certificate) -> dict[str, list[str]]:
    """Return the usages of a certificate by their RFC 5280 names (or dotted OIDs)."""
    try:
        found = usages(certificate.extensions)
    except PARSING_FAILURES:
        found = Usages()
    return {"key_usage": list(found.key_usage), "extended_key_usage": list(found.extended_key_usage)}


def usages(extensions: Iterable[x509.Extension[x509.ExtensionType]]) -> Usages:
    """Return the usages in the extensions of a certificate or a request."""
    found = Usages()
    by_oid = {oid: name for name, oid in _EXTENDED.items()}
    for extension in extensions:
        if isinstance(extension.value, x509.KeyUsage):
            # decipher_only and encipher_only cannot be read without key agreement (cryptography raises).
            bits = _KEY_USAGES if extension.value.key_agreement else dict(list(_KEY_USAGES.items())[:7])
            set_bits = tuple(name for name, attribute in bits.items() if getattr(extension.value, attribute))
            found = replace(found, key_usage=set_bits)
        if isinstance(extension.value, x509.ExtendedKeyUsage):
            named = tuple(by_oid.get(oid, oid.dotted_string) for oid in extension.value)
            found = replace(found, extended_key_usage=named)
    return found


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return usages in the order of the standard, each once; those without a name here come last."""
    order = [*_KEY_USAGES, *_EXTENDED]
    return tuple(sorted(dict.fromkeys(names), key=lambda name: order.index(name) if name in order else len(order)))
