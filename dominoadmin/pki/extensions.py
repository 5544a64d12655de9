"""Key usages and extended key usages by their RFC 5280 names, and the extensions built from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.parsing import PARSING_FAILURES

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
LEAF_KEY_USAGES: Final = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement")
EXTENDED_KEY_USAGES: Final = tuple(_EXTENDED)


def key_usage(names: Iterable[str], key: PublicKey) -> x509.KeyUsage:
    """Return the extension, without encipherment for keys that cannot encipher (all but RSA)."""
    wanted = usable(names, keys.algorithm_of(key))
    return x509.KeyUsage(**{attribute: name in wanted for name, attribute in _KEY_USAGES.items()})


def usable(names: Iterable[str], key_algorithm: str) -> tuple[str, ...]:
    """Return the usages that are possible for a key of this kind: only RSA keys encipher."""
    enciphers = key_algorithm.startswith("rsa")
    return tuple(name for name in names if enciphers or name not in ("keyEncipherment", "dataEncipherment"))


def extended_key_usage(names: Iterable[str]) -> x509.ExtendedKeyUsage:
    """Return the extension."""
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


def usage_names(certificate: x509.Certificate) -> dict[str, list[str]]:
    """Return the usages of a certificate by their RFC 5280 names (or dotted OIDs)."""
    found: dict[str, list[str]] = {"key_usage": [], "extended_key_usage": []}
    by_oid = {oid: name for name, oid in _EXTENDED.items()}
    try:
        extensions = certificate.extensions
    except PARSING_FAILURES:
        return found
    for extension in extensions:
        if isinstance(extension.value, x509.KeyUsage):
            # decipher_only and encipher_only cannot be read without key agreement (cryptography raises).
            bits = _KEY_USAGES if extension.value.key_agreement else dict(list(_KEY_USAGES.items())[:7])
            found["key_usage"] = [name for name, attribute in bits.items() if getattr(extension.value, attribute)]
        if isinstance(extension.value, x509.ExtendedKeyUsage):
            found["extended_key_usage"] = [by_oid.get(oid, oid.dotted_string) for oid in extension.value]
    return found
