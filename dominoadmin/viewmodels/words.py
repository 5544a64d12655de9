"""Labels that several rooms use: certificates, usages, reasons of revocations, certifiers, protections, people."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import keys, names
from dominoadmin.pki.profiles import CLIENT, CROSS, SERVER
from dominoadmin.pki.quoting import escaped
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.states import Protection

NO_CA_CERTIFIERS: Final = marked("No CA enabled certifiers could be found in the directory.")


def minute(moment: datetime) -> str:
    """Return a time of this program's own as lists show it, by this computer's clock."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def kind_label(kind: str) -> str:
    """Return the kind of certificate that a request is for."""
    labels = {
        SERVER: _("Server certificate"),
        CLIENT: _("Client certificate"),
        CROSS: _("Cross-certificate"),
        "ocsp": _("OCSP responder"),
    }
    return labels.get(kind, escaped(kind))


def key_label(algorithm: str) -> str:
    """Return the label of an algorithm of keys: `RSA 2048 bits`."""
    return translated(keys.describe_algorithm(algorithm))


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
        "keyCertSign": _("Certificate signing"),
        "cRLSign": _("CRL signing"),
        "encipherOnly": _("Encipher only"),
        "decipherOnly": _("Decipher only"),
        "2.5.29.37.0": _("Any purpose"),
    }
    return labels.get(name, escaped(name))


def protection_label(protection: str) -> str:
    """Return Domino's words for a protection (fact sheet 2.2.2)."""
    labels: dict[str, str] = {
        Protection.SERVER_ID: _("Encrypt ID with Server ID"),
        Protection.PASSWORD: _("Require password to activate certifier"),
        Protection.LOCKING_ID: _("Encrypt ID with Locking ID"),
    }
    return labels.get(protection, protection)


def protection_meaning(protection: str) -> str:
    """Return what a protection means for the work of each day."""
    meanings: dict[str, str] = {
        Protection.SERVER_ID: _("The server issues by itself after each start."),
        Protection.PASSWORD: _("Somebody types the password after each start of the server."),
        Protection.LOCKING_ID: _("Only this person can unlock it, after each start of the server."),
    }
    return meanings[protection]


def listed(found: tuple[str, ...], between: str = "\n") -> str:
    """Return people's names for display."""
    return between.join(names.abbreviated(name) for name in found)


def reasons() -> tuple[tuple[str, str, str], ...]:
    """Return the reasons with their labels and meanings (RFC 5280, 5.3.1)."""
    return (
        (Reason.UNSPECIFIED, _("Unspecified"), _("No reason is given.")),
        (
            Reason.KEY_COMPROMISE,
            _("Key compromise"),
            _("Someone else has the private key, or may have it. The key will never be certified again."),
        ),
        (
            Reason.CA_COMPROMISE,
            _("CA compromise"),
            _("Like Key compromise, but for the key of a certification authority that this certifier vouches for."),
        ),
        (
            Reason.AFFILIATION_CHANGED,
            _("Affiliation changed"),
            _("The owner changed names or left the organization."),
        ),
        (Reason.SUPERSEDED, _("Superseded"), _("Another certificate has replaced it.")),
        (
            Reason.CESSATION_OF_OPERATION,
            _("Cessation of operation"),
            _("The server or person no longer needs it."),
        ),
        (Reason.HOLD, _("Certificate hold"), _("Temporary. Only this reason can be undone, with Release Hold.")),
        (
            Reason.PRIVILEGE_WITHDRAWN,
            _("Privilege withdrawn"),
            _("The privileges that the certificate granted have been withdrawn."),
        ),
    )


def reason_label(reason: str) -> str:
    """Return the label of a reason."""
    return next((label for value, label, _meaning in reasons() if value == reason), reason)


def certifier_label(name: str) -> str:
    """Return a certifier's common name."""
    return names.certifier_common_name(name)


def requester_label(requester: str) -> str:
    """Return the requester of a certificate for display: a person, or the text from a web form."""
    try:
        return escaped(names.abbreviated(requester))
    except Refused:
        return escaped(requester)
