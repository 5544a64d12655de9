"""Certificate extensions in words (RFC 5280, 4.2), for viewers. Text from a certificate is data, never markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.bindings._rust import ObjectIdentifier
from cryptography.x509.certificate_transparency import SignedCertificateTimestamp

from dominoadmin.i18n import listed
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural as _n
from dominoadmin.pki import names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import escaped

MOST_CHILDREN: Final = 200
"""A hostile certificate may hold a hundred thousand names; nobody reads them, and they must not block a window."""
_PAIRS: Final = 16


@dataclass(frozen=True)
class Node:
    """A label and its value. `fixed`: hex, for a fixed-width font. `copied`: worth a copy button."""

    label: str
    value: str = ""
    children: tuple[Node, ...] = ()
    fixed: bool = False
    copied: bool = False

    @property
    def text(self) -> str:
        """The value, or all values below it, for copying."""
        if not self.children:
            return self.value
        below = (f"{child.label}: {child.text}" if child.label else child.text for child in self.children)
        return "\n".join(filter(None, (self.value, *below)))


def hexadecimal(data: bytes) -> str:
    """Return bytes as pairs of hex digits, sixteen to a line."""
    lines = (data[start : start + _PAIRS].hex(" ") for start in range(0, len(data), _PAIRS))
    return "\n".join(lines).upper()


def oid_name(oid: ObjectIdentifier) -> str:
    """Return an object identifier with its name, if it has one."""
    known = getattr(oid, "_name", "Unknown OID")
    return oid.dotted_string if known == "Unknown OID" else f"{known} ({oid.dotted_string})"


def extension(found: x509.Extension[x509.ExtensionType]) -> Node:
    """Return one extension in words; an unknown one undecoded."""
    try:
        value, children = _described(found.value)
    except PARSING_FAILURES:
        value, children = _("Cannot be read."), ()
    return Node(title(found.oid, critical=found.critical), value, limited(children))


def unread(oid: ObjectIdentifier, data: bytes, *, critical: bool) -> Node:
    """Return an unreadable extension undecoded."""
    return Node(title(oid, critical=critical), _("Cannot be read."), (_raw(data),))


def title(oid: ObjectIdentifier, *, critical: bool) -> str:
    """Return an extension's name, and whether it is critical."""
    label = _titles().get(oid.dotted_string) or _("Extension {oid}", oid=oid.dotted_string)
    return _("{extension} (critical)", extension=label) if critical else label


def limited(children: Iterable[Node]) -> tuple[Node, ...]:
    """Return the first nodes, and the number of those left out."""
    every = tuple(children)
    if len(every) <= MOST_CHILDREN:
        return every
    more = _("… and {count} more", count=len(every) - MOST_CHILDREN)
    return (*every[:MOST_CHILDREN], Node("", more))


def general_name(value: x509.GeneralName) -> Node:
    """Return an alternative name of any kind."""
    if isinstance(value, x509.DirectoryName):
        return Node(_("Directory name"), names.shown(value.value))
    if isinstance(value, x509.RegisteredID):
        return Node(_("Registered ID"), oid_name(value.value))
    if isinstance(value, x509.OtherName):
        label = _("Other name {oid}", oid=value.type_id.dotted_string)
        return Node(label, hexadecimal(value.value), fixed=True)
    labels = {
        x509.DNSName: _("Host name"),
        x509.RFC822Name: _("E-mail address"),
        x509.UniformResourceIdentifier: _("URI"),
        x509.IPAddress: _("IP address"),
    }
    return Node(labels.get(type(value)) or _("Other name"), escaped(str(value.value)))


def key_usages(usage: x509.KeyUsage) -> list[str]:
    """Return the usages a certificate allows, in words."""
    allowed = {
        _("Digital signature"): usage.digital_signature,
        _("Non-repudiation"): usage.content_commitment,
        _("Key encipherment"): usage.key_encipherment,
        _("Data encipherment"): usage.data_encipherment,
        _("Key agreement"): usage.key_agreement,
        _("Certificate signing"): usage.key_cert_sign,
        _("CRL signing"): usage.crl_sign,
        # cryptography raises when these are read without key agreement, where they have no meaning.
        _("Encipher only"): usage.key_agreement and usage.encipher_only,
        _("Decipher only"): usage.key_agreement and usage.decipher_only,
    }
    return [label for label, given in allowed.items() if given]


Described = tuple[str, Iterable[Node]]


def _described(value: x509.ExtensionType) -> Described:
    for kind, describe in _DESCRIBERS:
        if isinstance(value, kind):
            return describe(value)
    return _("This program does not recognize this extension."), (_raw(value.public_bytes()),)


def _raw(data: bytes) -> Node:
    return Node(_("Contents (DER)"), hexadecimal(data), (), fixed=True)


def _basic_constraints(value: x509.BasicConstraints) -> Described:
    if not value.ca:
        return _("The owner is not a certification authority and may not issue certificates."), ()
    if value.path_length is None:
        return _("The owner is a certification authority, with any number of CAs below it."), ()
    if value.path_length == 0:
        return _("The owner is a certification authority, with no other CA below it."), ()
    return (
        _(
            "The owner is a certification authority; maximum number of CAs below it: {count}.",
            count=value.path_length,
        ),
        (),
    )


def _key_usage(value: x509.KeyUsage) -> Described:
    return listed(key_usages(value)) or _("None"), ()


def purposes(value: Iterable[ObjectIdentifier]) -> list[str]:
    """Return extended key usages in words."""
    labels = {
        "1.3.6.1.5.5.7.3.1": _("TLS web server authentication"),
        "1.3.6.1.5.5.7.3.2": _("TLS web client authentication"),
        "1.3.6.1.5.5.7.3.3": _("Code signing"),
        "1.3.6.1.5.5.7.3.4": _("E-mail protection"),
        "1.3.6.1.5.5.7.3.8": _("Time stamping"),
        "1.3.6.1.5.5.7.3.9": _("OCSP signing"),
        "2.5.29.37.0": _("Any purpose"),
    }
    return [labels.get(oid.dotted_string) or oid_name(oid) for oid in value]


def _extended_key_usage(value: x509.ExtendedKeyUsage) -> Described:
    every = purposes(value)
    more = _("… and {count} more", count=len(every) - MOST_CHILDREN)
    return listed([*every[:MOST_CHILDREN], *([more] if len(every) > MOST_CHILDREN else [])]), ()


def _names(value: Iterable[x509.GeneralName]) -> Described:
    return "", [general_name(each) for each in value]


def _subject_key(value: x509.SubjectKeyIdentifier) -> Described:
    return "", [Node(_("Key identifier"), hexadecimal(value.digest), (), fixed=True)]


def _authority_key(value: x509.AuthorityKeyIdentifier) -> Described:
    found = []
    if value.key_identifier is not None:
        found.append(Node(_("Key identifier"), hexadecimal(value.key_identifier), (), fixed=True))
    found += [general_name(each) for each in value.authority_cert_issuer or ()]
    if value.authority_cert_serial_number is not None:
        serial = f"{value.authority_cert_serial_number:X}"
        found.append(Node(_("Serial number of the issuer's certificate"), serial, (), fixed=True))
    return "", found


def _distribution_points(value: Iterable[x509.DistributionPoint]) -> Described:
    return "", [_distribution_point(point) for point in value]


def _distribution_point(point: x509.DistributionPoint) -> Node:
    found = [general_name(each) for each in point.full_name or ()]
    if point.relative_name is not None:
        found.append(Node(_("Relative name"), names.shown(x509.Name([point.relative_name]))))
    found += [Node(_("CRL issuer"), general_name(each).value) for each in point.crl_issuer or ()]
    if point.reasons is not None:
        found.append(Node(_("Reasons"), ", ".join(sorted(reason.value for reason in point.reasons))))
    return Node(_("Distribution point"), "", limited(found))


def _access(value: Iterable[x509.AccessDescription]) -> Described:
    labels = {"1.3.6.1.5.5.7.48.1": _("OCSP responder"), "1.3.6.1.5.5.7.48.2": _("Certificate of the issuer")}
    found = []
    for each in value:
        label = labels.get(each.access_method.dotted_string) or oid_name(each.access_method)
        found.append(Node(label, general_name(each.access_location).value))
    return "", found


def _policies(value: Iterable[x509.PolicyInformation]) -> Described:
    return "", [_policy(each) for each in value]


def _policy(policy: x509.PolicyInformation) -> Node:
    any_policy = policy.policy_identifier.dotted_string == "2.5.29.32.0"
    shown = _("Any policy") if any_policy else oid_name(policy.policy_identifier)
    return Node(_("Policy"), shown, limited(_qualifier(each) for each in policy.policy_qualifiers or ()))


def _qualifier(qualifier: str | x509.UserNotice) -> Node:
    if isinstance(qualifier, str):
        return Node(_("Practice statement"), escaped(qualifier))
    return Node(_("Notice"), escaped(qualifier.explicit_text or ""))


def _name_constraints(value: x509.NameConstraints) -> Described:
    permitted = [general_name(each) for each in value.permitted_subtrees or ()]
    excluded = [general_name(each) for each in value.excluded_subtrees or ()]
    found = []
    if permitted:
        found.append(Node(_("Permitted names"), "", limited(permitted)))
    if excluded:
        found.append(Node(_("Excluded names"), "", limited(excluded)))
    return "", found


def _policy_constraints(value: x509.PolicyConstraints) -> Described:
    steps = {
        _("A policy is required after"): value.require_explicit_policy,
        _("Policies may not be mapped after"): value.inhibit_policy_mapping,
    }
    return "", [
        Node(label, _n("{count} certificate", "{count} certificates", count, count=count))
        for label, count in steps.items()
        if count is not None
    ]


def _inhibit_any_policy(value: x509.InhibitAnyPolicy) -> Described:
    text = _n(
        "'Any policy' is not accepted after {count} certificate.",
        "'Any policy' is not accepted after {count} certificates.",
        value.skip_certs,
    )
    return text, ()


def _tls_feature(value: x509.TLSFeature) -> Described:
    staple = any(feature is x509.TLSFeatureType.status_request for feature in value)
    text = _("The server must staple a fresh OCSP response (must-staple).") if staple else ""
    return text, [Node("", feature.name) for feature in value]


def _no_check(_value: x509.OCSPNoCheck) -> Described:
    return _("Clients do not need to check whether this OCSP responder's certificate was revoked."), ()


def _poison(_value: x509.PrecertPoison) -> Described:
    return _("This is a precertificate for certificate transparency logs, not a usable certificate."), ()


def _timestamps(value: Iterable[SignedCertificateTimestamp]) -> Described:
    return "", [
        Node(_("Logged at {time}", time=_instant(each.timestamp)), hexadecimal(each.log_id), (), fixed=True)
        for each in value
    ]


def _usage_period(value: x509.PrivateKeyUsagePeriod) -> Described:
    limits = {_("From"): value.not_before, _("Until"): value.not_after}
    return "", [Node(label, _instant(moment)) for label, moment in limits.items() if moment is not None]


def _template(value: x509.MSCertificateTemplate) -> Described:
    return oid_name(value.template_id), ()


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


_DESCRIBERS: Final[tuple[tuple[type[Any], Callable[[Any], Described]], ...]] = (
    (x509.BasicConstraints, _basic_constraints),
    (x509.KeyUsage, _key_usage),
    (x509.ExtendedKeyUsage, _extended_key_usage),
    (x509.SubjectAlternativeName, _names),
    (x509.IssuerAlternativeName, _names),
    (x509.SubjectKeyIdentifier, _subject_key),
    (x509.AuthorityKeyIdentifier, _authority_key),
    (x509.CRLDistributionPoints, _distribution_points),
    (x509.FreshestCRL, _distribution_points),
    (x509.AuthorityInformationAccess, _access),
    (x509.SubjectInformationAccess, _access),
    (x509.CertificatePolicies, _policies),
    (x509.NameConstraints, _name_constraints),
    (x509.PolicyConstraints, _policy_constraints),
    (x509.InhibitAnyPolicy, _inhibit_any_policy),
    (x509.TLSFeature, _tls_feature),
    (x509.OCSPNoCheck, _no_check),
    (x509.PrecertPoison, _poison),
    (x509.PrecertificateSignedCertificateTimestamps, _timestamps),
    (x509.PrivateKeyUsagePeriod, _usage_period),
    (x509.MSCertificateTemplate, _template),
)


def _titles() -> dict[str, str]:
    return {
        "2.5.29.14": _("Subject key identifier"),
        "2.5.29.15": _("Key usage"),
        "2.5.29.16": _("Private key usage period"),
        "2.5.29.17": _("Subject alternate names"),
        "2.5.29.18": _("Issuer alternate names"),
        "2.5.29.19": _("Basic constraints"),
        "2.5.29.30": _("Name constraints"),
        "2.5.29.31": _("CRL distribution points"),
        "2.5.29.32": _("Certificate policies"),
        "2.5.29.33": _("Policy mappings"),
        "2.5.29.35": _("Authority key identifier"),
        "2.5.29.36": _("Policy constraints"),
        "2.5.29.37": _("Extended key usage"),
        "2.5.29.46": _("Freshest CRL"),
        "2.5.29.54": _("Inhibit any policy"),
        "1.3.6.1.5.5.7.1.1": _("Authority information access"),
        "1.3.6.1.5.5.7.1.11": _("Subject information access"),
        "1.3.6.1.5.5.7.1.24": _("TLS feature"),
        "1.3.6.1.5.5.7.48.1.5": _("OCSP no-check"),
        "1.3.6.1.4.1.311.21.7": _("Microsoft certificate template"),
        "1.3.6.1.4.1.11129.2.4.2": _("Certificate transparency time stamps"),
        "1.3.6.1.4.1.11129.2.4.3": _("Precertificate poison"),
    }
