"""basicConstraints, keyUsage, extKeyUsage, nameConstraints, and rules for all extensions (RFC 5280, 4.2).

cryptography's parser rejects some breaches, so they need no rule and are reported as "cannot be read back": a path
length without cA, an empty extKeyUsage or nameConstraints, encipherOnly without keyAgreement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from dominoadmin.i18n import marked as _
from dominoadmin.pki.lint.facts import Facts, ReadCertificate, Rule
from dominoadmin.pki.lint.keys import KEY_KINDS

_AGREES: Final = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
_MAIL: Final = ExtendedKeyUsageOID.EMAIL_PROTECTION
_SIGNS: Final = (
    ExtendedKeyUsageOID.CODE_SIGNING,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
)


def critical_extensions_are_known(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2: systems that do not recognize a critical extension must reject the certificate."""
    for extension in facts.own.extensions.values():
        if extension.critical and isinstance(extension.value, x509.UnrecognizedExtension):
            yield _("The extension {oid} is critical, and unknown to this program.", oid=extension.oid.dotted_string)


def ca_has_critical_basic_constraints(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.9: basicConstraints are critical in every CA certificate."""
    constraints = facts.own.extension(x509.BasicConstraints)
    if constraints and constraints.value.ca and not constraints.critical:
        yield _("The basicConstraints of a CA certificate are not critical.")


def certificate_signer_is_a_ca(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.3 and 4.2.1.9: without cA, a certificate has neither keyCertSign nor cRLSign."""
    usage = facts.own.value(x509.KeyUsage)
    if usage and not facts.own.is_ca and (usage.key_cert_sign or usage.crl_sign):
        yield _("The certificate is not a CA certificate, but its keyUsage has keyCertSign or cRLSign.")


def ca_may_sign_certificates(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.9: cA needs keyCertSign; and our CAs sign their CRLs themselves (5, 6.3.3 (f))."""
    usage = facts.own.value(x509.KeyUsage)
    if usage and facts.own.is_ca and not (usage.key_cert_sign and usage.crl_sign):
        yield _("The keyUsage of a CA certificate lacks keyCertSign or cRLSign.")


def path_length_needs_key_cert_sign(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.9: pathLenConstraint only with cA and keyCertSign."""
    constraints, usage = facts.own.value(x509.BasicConstraints), facts.own.value(x509.KeyUsage)
    if constraints and constraints.path_length is not None and not (usage and usage.key_cert_sign):
        yield _("The basicConstraints have a path length, but the keyUsage has no keyCertSign.")


def issuer_is_a_ca(facts: Facts) -> Iterator[str]:
    """RFC 5280, 6.1.4 (k) and (n): every issuer on a path has cA and, with a keyUsage, keyCertSign."""
    usage = facts.issuer.value(x509.KeyUsage)
    if not facts.issuer.is_ca or (usage and not usage.key_cert_sign):
        yield _("The issuer's certificate does not allow it to issue certificates.")


def issuers_path_length_is_kept(facts: Facts) -> Iterator[str]:
    """RFC 5280, 6.1.4 (l): a path length of 0 allows no further CA, self-issued ones aside."""
    constraints = facts.issuer.value(x509.BasicConstraints)
    forbidden = constraints is not None and constraints.path_length == 0
    if forbidden and facts.own.is_ca and not facts.is_self_issued:
        yield _("The issuer's path length is 0, so it may issue no CA certificate.")


def key_usage_is_present(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.3: keyUsage is required in CA certificates; ours all have it."""
    if facts.own.extension(x509.KeyUsage) is None:
        yield _("The certificate has no keyUsage.")


def key_usage_is_critical(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.3: when present, keyUsage should be critical."""
    usage = facts.own.extension(x509.KeyUsage)
    if usage and not usage.critical:
        yield _("The keyUsage is not critical.")


def key_usage_is_not_empty(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.3: when keyUsage is present, at least one bit is set."""
    usage = facts.own.value(x509.KeyUsage)
    if usage and not (_signs(usage) or _wraps(usage) or usage.key_cert_sign or usage.crl_sign):
        yield _("The keyUsage allows nothing.")


def only_rsa_keys_encipher(facts: Facts) -> Iterator[str]:
    """RFC 8813, 3 and RFC 9881, 5: neither keyEncipherment nor dataEncipherment with ECDSA or ML-DSA keys."""
    usage = facts.own.value(x509.KeyUsage)
    if usage and _kind(facts.own) != "rsa" and (usage.key_encipherment or usage.data_encipherment):
        yield _("The keyUsage allows encipherment, which only RSA keys support.")


def only_ec_keys_agree(facts: Facts) -> Iterator[str]:
    """RFC 3279, 2.3.1 and RFC 9881, 5: no keyAgreement with RSA or ML-DSA keys."""
    usage = facts.own.value(x509.KeyUsage)
    if usage and usage.key_agreement and _kind(facts.own) != "ec":
        yield _("The keyUsage has keyAgreement, which the key does not support.")


def purposes_are_not_repeated(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.12: one identifier for each purpose."""
    purposes = facts.own.value(x509.ExtendedKeyUsage)
    if purposes is not None and len(set(purposes)) < len(purposes):
        yield _("The extKeyUsage lists a purpose twice.")


def purposes_are_not_any(facts: Facts) -> Iterator[str]:
    """CA/Browser Forum Baseline Requirements, 7.1.2: no anyExtendedKeyUsage; it lifts every limit."""
    purposes = facts.own.value(x509.ExtendedKeyUsage)
    if purposes is not None and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes:
        yield _("The extKeyUsage has anyExtendedKeyUsage.")


def purposes_are_not_critical(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.12 leaves it open; RFC 3161, 2.3 requires critical where time stamping is the only purpose."""
    purposes = facts.own.extension(x509.ExtendedKeyUsage)
    if purposes and purposes.critical and list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        yield _("The extKeyUsage is critical.")


def purposes_and_key_usage_agree(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.12: a certificate is used only where keyUsage and extKeyUsage both allow it."""
    purposes, usage = facts.own.value(x509.ExtendedKeyUsage), facts.own.value(x509.KeyUsage)
    if purposes is None or usage is None or facts.own.is_ca:
        return
    signs, wraps = _signs(usage), _wraps(usage)
    possible = dict.fromkeys(_SIGNS, signs) | dict.fromkeys(_AGREES, signs or wraps) | {_MAIL: signs or wraps}
    for purpose in purposes:
        if not possible.get(purpose, True):
            yield _("The keyUsage allows no usage for the purpose {oid}.", oid=purpose.dotted_string)


def name_constraints_are_critical(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.10: nameConstraints are critical."""
    constraints = facts.own.extension(x509.NameConstraints)
    if constraints and not constraints.critical:
        yield _("The nameConstraints are not critical.")


def only_cas_constrain_names(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.2.1.10: nameConstraints are for CA certificates only."""
    if facts.own.extension(x509.NameConstraints) and not facts.own.is_ca:
        yield _("The certificate is not a CA certificate, but it has nameConstraints.")


def _kind(reading: ReadCertificate) -> str:
    return KEY_KINDS.get(reading.fields.key_algorithm, "")


def _signs(usage: x509.KeyUsage) -> bool:
    return usage.digital_signature or usage.content_commitment


def _wraps(usage: x509.KeyUsage) -> bool:
    return usage.key_encipherment or usage.data_encipherment or usage.key_agreement


RULES: Final[tuple[Rule, ...]] = (
    critical_extensions_are_known,
    ca_has_critical_basic_constraints,
    certificate_signer_is_a_ca,
    ca_may_sign_certificates,
    path_length_needs_key_cert_sign,
    issuer_is_a_ca,
    issuers_path_length_is_kept,
    key_usage_is_present,
    key_usage_is_critical,
    key_usage_is_not_empty,
    only_rsa_keys_encipher,
    only_ec_keys_agree,
    purposes_are_not_repeated,
    purposes_are_not_any,
    purposes_are_not_critical,
    purposes_and_key_usage_agree,
    name_constraints_are_critical,
    only_cas_constrain_names,
)
