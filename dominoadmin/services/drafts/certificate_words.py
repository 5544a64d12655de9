"""What the fields of a certificate mean, in words that a dialog shows (fact sheet 2.4)."""

from __future__ import annotations

from dominoadmin.i18n import text as _


def usage(name: str) -> str:
    """Return the label of a key usage or an extended key usage."""
    return {
        "digitalSignature": _("Digital signature"),
        "nonRepudiation": _("Non-repudiation"),
        "keyEncipherment": _("Key encipherment"),
        "dataEncipherment": _("Data encipherment"),
        "keyAgreement": _("Key agreement"),
        "keyCertSign": _("Certificate signing"),
        "cRLSign": _("CRL signing"),
        "serverAuth": _("TLS web server authentication"),
        "clientAuth": _("TLS web client authentication"),
        "codeSigning": _("Code signing"),
        "emailProtection": _("E-mail protection"),
        "timeStamping": _("Time stamping"),
        "OCSPSigning": _("OCSP signing"),
    }.get(name, name)


def name_kind(kind: str) -> str:
    """Return the label of a kind of subject alternative name."""
    return {
        "dns": _("Host names"),
        "ip": _("IP addresses"),
        "email": _("E-mail addresses"),
        "uri": _("Web addresses (URI)"),
    }.get(kind, kind)


def hash_function(name: str) -> str:
    """Return the label of a hash, `SHA-256`."""
    return name.upper().replace("SHA", "SHA-")
