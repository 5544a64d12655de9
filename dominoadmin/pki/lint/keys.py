"""Keys and signature algorithms (RFC 5280, 4.1.2.3 and 4.1.2.7; RFC 3279, RFC 4055, RFC 5480, RFC 9881)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from dominoadmin.i18n import marked as _
from dominoadmin.pki.lint.facts import Facts, Rule

SMALLEST_RSA: Final = 2048
LARGEST_RSA: Final = 4096
USUAL_EXPONENT: Final = 65537

_ML_DSA: Final = {
    bytes.fromhex(f"300b06096086480165030403{arc:02x}"): kind
    for arc, kind in ((0x11, "ml-dsa-44"), (0x12, "ml-dsa-65"), (0x13, "ml-dsa-87"))
}
SIGNATURE_KINDS: Final = (
    {bytes.fromhex(f"300d06092a864886f70d0101{arc:02x}0500"): "rsa" for arc in (0x0B, 0x0C, 0x0D)}
    | {bytes.fromhex(f"300a06082a8648ce3d0403{arc:02x}"): "ec" for arc in (0x02, 0x03, 0x04)}
    | _ML_DSA
)
"""Whole AlgorithmIdentifiers with their parameters: SHA-256, -384 and -512, and ML-DSA, which needs none."""
KEY_KINDS: Final = {
    bytes.fromhex("300d06092a864886f70d0101010500"): "rsa",
    bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"): "ec",
    bytes.fromhex("301006072a8648ce3d020106052b81040022"): "ec",
} | _ML_DSA
"""Whole AlgorithmIdentifiers of the keys we certify: RSA, P-256, P-384, ML-DSA."""

_UNCOMPRESSED: Final = b"\x04"


def signature_algorithm_is_allowed(facts: Facts) -> Iterator[str]:
    """RFC 4055, 5; RFC 5758, 3.2; RFC 9881, 2: the identifiers with their parameters; no SHA-1."""
    if facts.own.fields.inner_algorithm not in SIGNATURE_KINDS:
        yield _("The signature algorithm is not RSA or ECDSA with SHA-256, -384, or -512, or ML-DSA.")


def signature_algorithm_fits_the_issuers_key(facts: Facts) -> Iterator[str]:
    """RFC 5280, 6.1.3 (a)(1): the signature is verified with the issuer's key, so it must be of that kind."""
    kind = SIGNATURE_KINDS.get(facts.own.fields.inner_algorithm)
    if kind and kind != KEY_KINDS.get(facts.issuer.fields.key_algorithm):
        yield _("The signature algorithm does not match the issuer's key.")


def key_kind_is_allowed(facts: Facts) -> Iterator[str]:
    """RFC 3279, 2.3.1; RFC 5480, 2.1; RFC 9881, 4: the identifiers with their parameters."""
    if facts.own.fields.key_algorithm not in KEY_KINDS:
        yield _("The public key is not RSA, ECDSA on P-256 or P-384, or ML-DSA.")


def key_can_be_used(facts: Facts) -> Iterator[str]:
    """RFC 5280, 4.1.2.7: the key is what its algorithm says: a modulus, a point on the curve, a vector."""
    if facts.own.fields.key_algorithm in KEY_KINDS:
        try:
            facts.own.certificate.public_key()
        except ValueError:
            yield _("The public key is not a valid key of its algorithm.")


def rsa_key_has_an_allowed_size(facts: Facts) -> Iterator[str]:
    """NIST SP 800-57 part 1, 5.6.1: at least 2048 bits; above 4096 bits a handshake is too slow."""
    key = _rsa(facts)
    if key and not SMALLEST_RSA <= key.key_size <= LARGEST_RSA:
        yield _(
            "The RSA key has {bits} bits, not {least} to {limit}.",
            bits=key.key_size,
            least=SMALLEST_RSA,
            limit=LARGEST_RSA,
        )


def rsa_exponent_is_usual(facts: Facts) -> Iterator[str]:
    """FIPS 186-5, A.1.1: an odd exponent above 2^16; all software uses 65537."""
    key = _rsa(facts)
    if key and key.public_numbers().e != USUAL_EXPONENT:
        yield _(
            "The RSA key's exponent is {exponent}, not {usual}.", exponent=key.public_numbers().e, usual=USUAL_EXPONENT
        )


def ec_point_is_uncompressed(facts: Facts) -> Iterator[str]:
    """RFC 5480, 2.2: support for the compressed form is optional, so it is not used."""
    fields = facts.own.fields
    if KEY_KINDS.get(fields.key_algorithm) == "ec" and fields.key_bits[:1] != _UNCOMPRESSED:
        yield _("The ECDSA key is a compressed point.")


def key_is_not_the_issuers(facts: Facts) -> Iterator[str]:
    """RFC 5280, 3.2: only self-issued certificates may certify the key that signs them."""
    if not facts.is_self_issued and facts.own.fields.key_bits == facts.issuer.fields.key_bits:
        yield _("The public key is the issuer's own.")


def _rsa(facts: Facts) -> rsa.RSAPublicKey | None:
    if KEY_KINDS.get(facts.own.fields.key_algorithm) != "rsa":
        return None
    try:
        key = facts.own.certificate.public_key()
    except ValueError:
        return None  # key_can_be_used reports this
    return key if isinstance(key, rsa.RSAPublicKey) else None


RULES: Final[tuple[Rule, ...]] = (
    signature_algorithm_is_allowed,
    signature_algorithm_fits_the_issuers_key,
    key_kind_is_allowed,
    key_can_be_used,
    rsa_key_has_an_allowed_size,
    rsa_exponent_is_usual,
    ec_point_is_uncompressed,
    key_is_not_the_issuers,
)
