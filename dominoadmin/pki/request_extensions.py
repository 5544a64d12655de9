"""The extensions in a request: an allow-list, of which only the names and the usages are ever used.

A certificate's extensions come from the certifier's profile. A request is refused if it asks for
dangerous or critical ones; others become remarks for the RA. Usages that the certificate would not have
break a rule (`services.requests.rules`) until the RA grants or declines them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from dominoadmin.errors import Refused
from dominoadmin.i18n import listed
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names
from dominoadmin.pki.extensions import Usages, in_order, usages
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.keys import PublicKey

MOST_GENERAL_NAMES: Final = 100
_MOST_ENTRIES: Final = 50
_CHALLENGE_PASSWORD: Final = "1.2.840.113549.1.9.7"  # noqa: S105 an object identifier, PKCS #9
_EXTENSION_REQUESTS: Final = ("1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14")
# Windows adds the operating system, the program, the provider and the archival to every request it makes.
_WINDOWS_CHATTER: Final = (
    "1.3.6.1.4.1.311.13.2.1",
    "1.3.6.1.4.1.311.13.2.2",
    "1.3.6.1.4.1.311.13.2.3",
    "1.3.6.1.4.1.311.21.20",
)
_NAMES: Final = {
    ExtensionOID.CERTIFICATE_POLICIES.dotted_string: _("certificate policies"),
    ExtensionOID.NAME_CONSTRAINTS.dotted_string: _("name constraints"),
    ExtensionOID.TLS_FEATURE.dotted_string: _("TLS feature"),
    ExtensionOID.OCSP_NO_CHECK.dotted_string: _("OCSP no-check"),
    "1.2.840.113549.1.9.15": _("S/MIME capabilities"),
    "1.3.6.1.4.1.311.20.2": _("Microsoft certificate template"),
    "1.3.6.1.4.1.311.21.7": _("Microsoft certificate template"),
    "1.3.6.1.4.1.311.25.2": _("Microsoft security identifier"),
}
_USAGES: Final = {
    ExtendedKeyUsageOID.SERVER_AUTH: _("TLS server"),
    ExtendedKeyUsageOID.CLIENT_AUTH: _("TLS client"),
    ExtendedKeyUsageOID.CODE_SIGNING: _("code signing"),
    ExtendedKeyUsageOID.EMAIL_PROTECTION: _("e-mail protection"),
    ExtendedKeyUsageOID.TIME_STAMPING: _("time stamping"),
    ExtendedKeyUsageOID.OCSP_SIGNING: _("OCSP signing"),
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: _("any use"),
}
_BITS: Final = {
    "digital_signature": _("digital signature"),
    "content_commitment": _("non-repudiation"),
    "key_encipherment": _("key encipherment"),
    "data_encipherment": _("data encipherment"),
    "key_agreement": _("key agreement"),
    "key_cert_sign": _("certificate signing"),
    "crl_sign": _("CRL signing"),
}


def names(extensions: x509.Extensions) -> tuple[GeneralName, ...]:
    """Return the subject alternative names the request asks for, each once.

    Raises:
        Refused: there are too many, or one is not allowed.

    """
    try:
        asked = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return ()
    if len(asked) > MOST_GENERAL_NAMES:
        raise Refused(
            _(
                "The request asks for {count} subject alternate names; at most {limit} are allowed.",
                count=len(asked),
                limit=MOST_GENERAL_NAMES,
            ),
            _("Divide the names among several requests."),
        )
    return tuple(dict.fromkeys(general_names.from_x509(name) for name in asked))


def asked_usages(extensions: x509.Extensions) -> Usages:
    """Return the usages the request asks for, in the order of the standard, each once."""
    found = usages(extensions)
    return Usages(in_order(found.key_usage), in_order(found.extended_key_usage))


def remarks(extensions: x509.Extensions, key: PublicKey) -> list[str]:
    """Return a sentence for each requested extension that the certificate will not simply adopt.

    Raises:
        Refused: it asks to be a certification authority, or for a critical extension that is not on the list.

    """
    _check_number(len(extensions), _("extensions"))
    return [sentence for extension in extensions if (sentence := _remark(extension, key))]


def attribute_remarks(attributes: x509.Attributes) -> list[str]:
    """Return a sentence for each attribute other than the extension request (RFC 2986, 4.1).

    Raises:
        Refused: the extensions are requested twice; programs differ in which one they read.

    """
    oids = [attribute.oid.dotted_string for attribute in attributes]
    _check_number(len(oids), _("attributes"))
    if sum(oid in _EXTENSION_REQUESTS for oid in oids) > 1:
        raise Refused(
            _("The request lists its extensions twice."), _("Create a request with a single list of extensions.")
        )
    return [_attribute_remark(oid) for oid in dict.fromkeys(oids) if oid not in _EXTENSION_REQUESTS + _WINDOWS_CHATTER]


def _check_number(number: int, what: str) -> None:
    if number > _MOST_ENTRIES:
        raise Refused(
            _(
                "The request has {number} {what}; at most {limit} are allowed.",
                number=number,
                what=what,
                limit=_MOST_ENTRIES,
            )
        )


def _attribute_remark(oid: str) -> str:
    if oid == _CHALLENGE_PASSWORD:
        return _("The request contains a challenge password, which is ignored.")
    return _("The request contains the attribute {oid}, which is ignored.", oid=oid)


def _remark(extension: x509.Extension[x509.ExtensionType], key: PublicKey) -> str:
    match extension.value:
        case x509.SubjectAlternativeName():
            return ""
        case x509.BasicConstraints() as constraints:
            return _check_constraints(constraints)
        case x509.SubjectKeyIdentifier() as identifier:
            return _identifier_remark(identifier, key)
        case x509.KeyUsage() as usage:
            return _wish(_("key usage"), [label for bit, label in _BITS.items() if getattr(usage, bit)])
        case x509.ExtendedKeyUsage() as usages:
            return _wish(_("extended key usage"), [_USAGES.get(oid, oid.dotted_string) for oid in usages])
        case _:
            return _other_remark(extension)


def _check_constraints(constraints: x509.BasicConstraints) -> str:
    if constraints.ca:
        raise Refused(
            _("The request asks for a CA certificate."),
            _("Create it without basicConstraints CA:TRUE. To trust another authority, cross-certify it."),
        )
    return ""


def _identifier_remark(identifier: x509.SubjectKeyIdentifier, key: PublicKey) -> str:
    if identifier == x509.SubjectKeyIdentifier.from_public_key(key):
        return ""
    return _("The request asks for its own subject key identifier; the certificate gets the standard one for its key.")


def _wish(what: str, items: Iterable[str]) -> str:
    return _(
        "The request asks for {what} ({values}); the certifier's settings determine this.",
        what=what,
        values=listed(items),
    )


def _other_remark(extension: x509.Extension[x509.ExtensionType]) -> str:
    oid = extension.oid.dotted_string
    shown = _("{name} ({oid})", name=_NAMES[oid], oid=oid) if oid in _NAMES else oid
    if extension.critical:
        raise Refused(
            _("The request asks for the critical extension {shown}, which is not supported.", shown=shown),
            _("Create the request without it."),
        )
    return _("The request asks for the extension {shown}, which is not copied into the certificate.", shown=shown)
