"""The subject's distinguished name (RFC 5280, 4.1.2.4, 4.1.2.6 and the upper bounds of appendix A.1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from cryptography import x509

from dominoadmin.i18n import marked as _
from dominoadmin.pki.lint.facts import Attribute, Facts, ReadCertificate, Rule
from dominoadmin.pki.names import folded
from dominoadmin.pki.quoting import BLANK

UTF8_STRING: Final = 0x0C
PRINTABLE_STRING: Final = 0x13
IA5_STRING: Final = 0x16

COMMON_NAME: Final = b"\x55\x04\x03"
COUNTRY: Final = b"\x55\x04\x06"
LOCALITY: Final = b"\x55\x04\x07"
STATE: Final = b"\x55\x04\x08"
ORGANIZATION: Final = b"\x55\x04\x0a"
ORGANIZATIONAL_UNIT: Final = b"\x55\x04\x0b"
EMAIL_ADDRESS: Final = bytes.fromhex("2a864886f70d010901")
DOMAIN_COMPONENT: Final = bytes.fromhex("0992268993f22c640119")

LABELS: Final = {
    COMMON_NAME: _("common name"),
    COUNTRY: _("country"),
    LOCALITY: _("locality"),
    STATE: _("state"),
    ORGANIZATION: _("organization"),
    ORGANIZATIONAL_UNIT: _("organizational unit"),
    EMAIL_ADDRESS: _("e-mail address"),
    DOMAIN_COMPONENT: _("domain component"),
}
UPPER_BOUNDS: Final = {
    COMMON_NAME: 64,
    LOCALITY: 128,
    STATE: 128,
    ORGANIZATION: 64,
    ORGANIZATIONAL_UNIT: 64,
    EMAIL_ADDRESS: 255,
    b"\x55\x04\x05": 64,  # serialNumber
    b"\x55\x04\x0c": 64,  # title
    b"\x55\x04\x41": 128,  # pseudonym
}
_ONCE: Final = frozenset({COMMON_NAME, COUNTRY, LOCALITY, STATE, ORGANIZATION})
_STRING_TYPES: Final = frozenset({UTF8_STRING, PRINTABLE_STRING})
_IA5_BY_DEFINITION: Final = frozenset({EMAIL_ADDRESS, DOMAIN_COMPONENT})
_COUNTRY: Final = re.compile(rb"[A-Z]{2}")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def subject_is_named(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.6: an empty subject is for leaf certificates whose names are in a critical subjectAltName."""
    if facts.own.has_empty_subject:
        names = facts.own.extension(x509.SubjectAlternativeName)
        if facts.own.is_ca or names is None or not names.critical:
            yield _("The subject is empty, and no critical subjectAltName replaces it.")


def values_are_utf8_or_printable(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.4 and 4.1.2.6: PrintableString or UTF8String, IA5String where defined so."""
    for attribute in facts.own.fields.attributes:
        ia5 = attribute.tag == IA5_STRING and attribute.oid in _IA5_BY_DEFINITION
        if attribute.tag not in _STRING_TYPES and not ia5:
            yield _(
                "The subject's {attribute} is neither a UTF8String nor a PrintableString.", attribute=_label(attribute)
            )


def values_are_not_empty(facts: Facts) -> Iterator[str]:
    """RFC 5280, appendix A.1: DirectoryString (SIZE (1..MAX))."""
    for attribute in facts.own.fields.attributes:
        if not attribute.value:
            yield _("The subject's {attribute} is empty.", attribute=_label(attribute))


def values_can_be_seen(facts: Facts) -> Iterator[str]:
    """RFC 4518, 2.4 and UTR #36, 2.5: control and format marks let one name look like another."""
    for attribute in facts.own.fields.attributes:
        text = _text(attribute)
        is_hidden = not text.isprintable() and any(unicodedata.category(mark) in _INVISIBLE for mark in text)
        if is_hidden or not BLANK.isdisjoint(text):
            yield _("The subject's {attribute} contains a control or invisible character.", attribute=_label(attribute))


def values_keep_the_upper_bounds(facts: Facts) -> Iterator[str]:
    """RFC 5280, appendix A.1: ub-common-name and the other bounds, counted in characters."""
    for attribute in facts.own.fields.attributes:
        bound = UPPER_BOUNDS.get(attribute.oid)
        if bound and len(_text(attribute)) > bound:
            yield _(
                "The subject's {attribute} is longer than {limit} characters.", attribute=_label(attribute), limit=bound
            )


def country_is_two_letters(facts: Facts) -> Iterator[str]:
    """RFC 5280, appendix A.1: X520countryName is a PrintableString of two; ISO 3166: upper-case letters."""
    for attribute in facts.own.fields.attributes:
        well_formed = attribute.tag == PRINTABLE_STRING and _COUNTRY.fullmatch(attribute.value)
        if attribute.oid == COUNTRY and not well_formed:
            yield _("The subject's country is not two upper-case letters in a PrintableString.")


def attributes_are_not_repeated(facts: Facts) -> Iterator[str]:
    """CA/Browser Forum Baseline Requirements, 7.1.4.2: one instance of each attribute but OU and DC."""
    seen: set[bytes] = set()
    for attribute in facts.own.fields.attributes:
        if attribute.oid in seen and attribute.oid in _ONCE:
            yield _("The subject has more than one {attribute}.", attribute=_label(attribute))
        seen.add(attribute.oid)


def leaf_is_not_named_as_its_issuer(facts: Facts) -> Iterator[str]:
    """RFC 5280, 3.2: only a CA certifies itself. By section 7.1, case and spaces make no other name."""
    if facts.own.is_ca or facts.is_self_signed or facts.own.has_empty_subject:
        return
    if _comparable(facts.own) == _comparable(facts.issuer):
        yield _("The subject is the issuer's own name, but the certificate is not a CA certificate.")


def common_names(facts: Facts) -> list[str]:
    """Return the subject's common names as text."""
    return [_text(attribute) for attribute in facts.own.fields.attributes if attribute.oid == COMMON_NAME]


def _comparable(reading: ReadCertificate) -> list[tuple[bytes, str]]:
    return [(attribute.oid, folded(_text(attribute))) for attribute in reading.fields.attributes]


def _label(attribute: Attribute) -> str:
    return LABELS.get(attribute.oid, _("name attribute"))


def _text(attribute: Attribute) -> str:
    return attribute.value.decode("utf-8" if attribute.tag == UTF8_STRING else "latin-1")


RULES: Final[tuple[Rule, ...]] = (
    subject_is_named,
    values_are_utf8_or_printable,
    values_are_not_empty,
    values_can_be_seen,
    values_keep_the_upper_bounds,
    country_is_two_letters,
    attributes_are_not_repeated,
    leaf_is_not_named_as_its_issuer,
)
