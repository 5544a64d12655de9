"""Labels that services and what shows them have in common: key usages, protections, people."""

from __future__ import annotations

from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.states import LOCKING_ID, PASSWORD, SERVER_ID


def usage_label(name: str) -> str:
    """Return the label of a key usage or an extended key usage (fact sheet, 2.4)."""
    labels = {
        "digitalSignature": _("Digital signature"),
        "nonRepudiation": _("Non-repudiation"),
        "keyEncipherment": _("Key encipherment"),
        "dataEncipherment": _("Data encipherment"),
        "keyAgreement": _("Key agreement"),
        "serverAuth": _("TLS web server authentication"),
        "clientAuth": _("TLS web client authentication"),
        "codeSigning": _("Code signing"),
        "emailProtection": _("E-mail protection"),
        "timeStamping": _("Time stamping"),
        "OCSPSigning": _("OCSP signing"),
    }
    return labels.get(name, escaped(name))


def protection_label(protection: str) -> str:
    """Return Domino's words for a protection (fact sheet 2.2.2)."""
    labels = {
        SERVER_ID: _("Encrypt ID with Server ID"),
        PASSWORD: _("Require password to activate certifier"),
        LOCKING_ID: _("Encrypt ID with Locking ID"),
    }
    return labels.get(protection, protection)


def listed(found: tuple[str, ...], between: str = "\n") -> str:
    """Return people's names as they are shown."""
    return between.join(names.abbreviated(name) for name in found)
