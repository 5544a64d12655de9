"""The basic fields: version, serial number, names of the parties, validity (RFC 5280, 4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cryptography import x509

from dominoadmin.i18n import marked as _
from dominoadmin.pki.lint.facts import Facts, Rule

LONGEST_SERIAL: Final = 20
"""In octets, including the sign bit (RFC 5280, 4.1.2.2)."""
SHORTEST_SERIAL: Final = 65
"""In bits: a random 159-bit number is shorter once in 2^94, a counter always."""

_EMPTY_NAME: Final = b"\x30\x00"
_GENERALIZED_TIME: Final = 0x18
_FIRST_GENERALIZED_YEAR: Final = 2050


def is_version_3(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.1: a certificate with extensions is version 3, and ours all have extensions."""
    if facts.own.certificate.version is not x509.Version.v3:
        yield _("The certificate is not version 3.")
    elif not facts.own.extensions:
        yield _("The certificate has no extensions.")


def serial_is_positive(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.2: the serial number is a positive integer."""
    if _serial(facts) <= 0:
        yield _("The serial number is not positive.")


def serial_is_short_enough(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.2: the serial number has at most 20 octets."""
    if len(facts.own.fields.serial) > LONGEST_SERIAL:
        yield _("The serial number is longer than {limit} octets.", limit=LONGEST_SERIAL)


def serial_is_random_enough(facts: Facts) -> Iterator[str]:
    """CA/Browser Forum Baseline Requirements, 7.1: the serial number holds at least 64 bits from a CSPRNG."""
    if _serial(facts).bit_length() < SHORTEST_SERIAL:
        yield _("The serial number is too short to hold 64 random bits.")


def signature_algorithms_agree(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.1.2: the algorithm beside the signature is the one inside the signed part."""
    if facts.own.fields.inner_algorithm != facts.own.fields.outer_algorithm:
        yield _("The signature algorithm inside the signed part differs from the outer one.")


def issuer_is_named(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.4: the issuer's name is not empty."""
    if facts.own.fields.issuer == _EMPTY_NAME:
        yield _("The issuer's name is empty.")


def issuer_is_the_issuers_subject(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.6: a CA's name is encoded in what it issues exactly as in its own certificate."""
    if facts.own.fields.issuer != facts.issuer.fields.subject:
        yield _("The issuer's name is not, octet for octet, the subject of the issuer's certificate.")


def validity_is_in_order(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.5: the validity is the time from notBefore through notAfter."""
    own = facts.own.certificate
    if own.not_valid_before_utc >= own.not_valid_after_utc:
        yield _("The certificate expires ({date}) before it becomes valid.", date=f"{own.not_valid_after_utc:%Y-%m-%d}")


def does_not_begin_before_its_issuer(facts: Facts) -> Iterator[str]:
    """RFC 5280, 6.1.3: every certificate of a path is valid at the time in question."""
    own, issuer = facts.own.certificate, facts.issuer.certificate
    if own.not_valid_before_utc < issuer.not_valid_before_utc:
        day = issuer.not_valid_before_utc.date()
        yield _("The certificate becomes valid before its issuer's certificate does ({day}).", day=day)


def does_not_outlive_its_issuer(facts: Facts) -> Iterator[str]:
    """RFC 5280, 6.1.3: every certificate of a path is valid at the time in question."""
    own, issuer = facts.own.certificate, facts.issuer.certificate
    if own.not_valid_after_utc > issuer.not_valid_after_utc:
        day = issuer.not_valid_after_utc.date()
        yield _("The certificate expires after its issuer's certificate does ({day}).", day=day)


def times_have_the_prescribed_form(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.

    UTCTime ends with 2049; the parser rejects fractions and zones other than Z.
    """
    for time in facts.own.fields.times:
        if time.tag == _GENERALIZED_TIME and int(time.content[:4]) < _FIRST_GENERALIZED_YEAR:
            yield _(
                "The time {time} is a GeneralizedTime; through 2049 it must be a UTCTime.",
                time=time.content.decode("ascii"),
            )


def has_no_unique_identifiers(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.8: CAs do not make certificates with unique identifiers."""
    if facts.own.fields.has_unique_identifiers:
        yield _("The certificate has an issuer or subject unique identifier.")


def _serial(facts: Facts) -> int:
    """Read the number itself: cryptography warns about a bad one, and will raise in a later version."""
    return int.from_bytes(facts.own.fields.serial, signed=True)


RULES: Final[tuple[Rule, ...]] = (
    is_version_3,
    serial_is_positive,
    serial_is_short_enough,
    serial_is_random_enough,
    signature_algorithms_agree,
    issuer_is_named,
    issuer_is_the_issuers_subject,
    validity_is_in_order,
    does_not_begin_before_its_issuer,
    does_not_outlive_its_issuer,
    times_have_the_prescribed_form,
    has_no_unique_identifiers,
)
