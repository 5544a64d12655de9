"""Certificates in words: for viewers, lists and confirmations. Text from a certificate is data, never markup."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys, names
from dominoadmin.pki.extensions import usage_names
from dominoadmin.pki.general_names import from_x509
from dominoadmin.pki.quoting import escaped

_PEM_LINE: Final = 64


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 of a certificate as lower-case hex."""
    return hashlib.sha256(der).hexdigest()


def grouped(digits: str) -> str:
    """Return hex digits in upper case, in pairs with colons: the one notation of fingerprints and serial numbers."""
    return ":".join(digits[start : start + 2] for start in range(0, len(digits), 2)).upper()


def serial(digits: str) -> str:
    """Return a serial number, hex digits without leading zeros, as people read it: whole octets with colons."""
    return grouped(digits.rjust(len(digits) + len(digits) % 2, "0"))


def iso(moment: datetime) -> str:
    """Return a time as ISO 8601 UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pem(der: bytes) -> str:
    """Return a certificate as PEM text."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


def armored(der: bytes, label: str = "CERTIFICATE") -> str:
    """Return DER as PEM text (RFC 7468) without reading it."""
    text = base64.b64encode(der).decode()
    lines = (text[at : at + _PEM_LINE] for at in range(0, len(text), _PEM_LINE))
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def crl_pem(data: bytes) -> str:
    """Return a certificate revocation list as PEM text."""
    return x509.load_der_x509_crl(data).public_bytes(Encoding.PEM).decode()


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate in DER."""
    return certificate.public_bytes(Encoding.DER)


def load(data: bytes, what: str) -> x509.Certificate:
    """Read a certificate from a file, PEM or DER.

    Raises:
        Refused: it is not one.

    """
    try:
        if b"-----BEGIN CERTIFICATE-----" in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError:
        raise Refused(_("{what} is not a certificate.", what=what), _("Choose a file in PEM or DER.")) from None


def load_single(data: bytes, what: str) -> x509.Certificate:
    """Read the certificate that a file is about, PEM or DER; its path may follow.

    Raises:
        Refused: it is not one, or there are several of one issuer: the others would be left out.

    """
    first = load(data, what)
    try:
        others = x509.load_pem_x509_certificates(data)[1:] if data.count(b"-----BEGIN ") > 1 else []
    except ValueError:
        raise Refused(_("{what} is not a certificate.", what=what), _("Choose a file in PEM or DER.")) from None
    if any(each.issuer == first.issuer != each.subject and each != first for each in others):
        raise Refused(
            _("{what} contains several certificates of one issuer.", what=what),
            _("Choose a file with one certificate, alone or with its path."),
        )
    return first


def certificate(found: x509.Certificate) -> dict[str, Any]:
    """Return the contents of a certificate, with stable keys; texts from outside are escaped."""
    der = found.public_bytes(Encoding.DER)
    return {
        "subject": names.shown(found.subject),
        "issuer": names.shown(found.issuer),
        "serial": f"{found.serial_number:x}",
        "not_before": iso(found.not_valid_before_utc),
        "not_after": iso(found.not_valid_after_utc),
        "key": _key(found),
        "names": _names(found),
        "is_ca": _is_ca(found),
        **usage_names(found),
        "sha256": fingerprint(der),
        "pem": found.public_bytes(Encoding.PEM).decode(),
    }


def _key(found: x509.Certificate) -> str:
    try:
        return keys.algorithm_of(found.public_key())
    except (Refused, ValueError):
        return "unknown"


def _names(found: x509.Certificate) -> list[str]:
    try:
        values = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [_name(value) for value in values]


def _name(value: x509.GeneralName) -> str:
    try:
        return str(from_x509(value))
    except Refused:
        return f"{type(value).__name__}: {escaped(str(value.value))}"


def _is_ca(found: x509.Certificate) -> bool:
    try:
        return found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False
