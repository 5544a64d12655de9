"""Labels that several rooms use: kinds of certificates, reasons of revocations, certifiers, applicants."""

from __future__ import annotations

from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.profiles import CLIENT, CROSS, SERVER
from dominoadmin.pki.quoting import escaped
from dominoadmin.pki.revocation import CA_COMPROMISE, HOLD, KEY_COMPROMISE, UNSPECIFIED

NO_CA_CERTIFIERS: Final = marked("No CA enabled certifiers could be found in the directory.")


def kind_label(kind: str) -> str:
    """Return what kind of certificate a request is for."""
    labels = {
        SERVER: _("Server certificate"),
        CLIENT: _("Client certificate"),
        CROSS: _("Cross-certificate"),
        "ocsp": _("OCSP responder"),
    }
    return labels.get(kind, escaped(kind))


def reasons() -> tuple[tuple[str, str, str], ...]:
    """Return the reasons with their labels and what they mean (RFC 5280, 5.3.1)."""
    return (
        (UNSPECIFIED, _("Unspecified"), _("Nothing is said about why.")),
        (
            KEY_COMPROMISE,
            _("Key compromise"),
            _("Somebody else has the private key, or may have it. The key is never certified again."),
        ),
        (
            CA_COMPROMISE,
            _("CA compromise"),
            _("The same, for the key of an authority that this certifier vouches for."),
        ),
        ("affiliationChanged", _("Affiliation changed"), _("The owner has another name or left the organization.")),
        ("superseded", _("Superseded"), _("Another certificate has taken its place.")),
        ("cessationOfOperation", _("Cessation of operation"), _("The server or person does not need it any more.")),
        (HOLD, _("Certificate hold"), _("For the time being. This alone can be undone: Release Hold.")),
        ("privilegeWithdrawn", _("Privilege withdrawn"), _("What the certificate allowed is no longer allowed.")),
    )


def reason_label(reason: str) -> str:
    """Return a reason as people read it."""
    return next((label for value, label, _meaning in reasons() if value == reason), reason)


def certifier_label(name: str) -> str:
    """Return a certifier's common name."""
    return name.partition("/")[0].removeprefix("CN=")


def requester_label(requester: str) -> str:
    """Return who has asked for a certificate as people read it: a person, or what a web form was told."""
    try:
        return escaped(names.abbreviated(requester))
    except Refused:
        return escaped(requester)
