"""Certification paths that are found, and those that are refused with a reason."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.x509.oid import NameOID

from dominoadmin.errors import Refused
from dominoadmin.pki import certification_paths
from tests.pki.authorities import CA, DAY, NOW, Authority, Terms, certificate, issue, key_usage, root, subordinate

KEY = ec.generate_private_key(ec.SECP256R1())
ROOT = root()
FIRST = subordinate(ROOT, "First CA")
SECOND = subordinate(FIRST, "Second CA")


def build(leaf, *candidates, roots=(ROOT,), now=NOW):
    given = [c.certificate for c in candidates]
    return certification_paths.build(leaf, given, tuple(r.certificate for r in roots), now)


def leaf_of(authority, **terms):
    return issue(authority, KEY.public_key(), terms=Terms(**terms))


def test_a_certificate_of_the_root_needs_no_intermediate():
    leaf = leaf_of(ROOT)
    assert build(leaf) == (leaf, ROOT.certificate)


def test_intermediates_are_put_in_order_and_superfluous_ones_left_out():
    leaf = leaf_of(SECOND)
    path = (leaf, SECOND.certificate, FIRST.certificate, ROOT.certificate)
    assert build(leaf, FIRST, subordinate(ROOT, "Other CA"), SECOND, FIRST) == path


def test_a_root_may_stand_in_the_middle_of_somebody_else_s_path():
    leaf = leaf_of(SECOND)
    assert build(leaf, SECOND, roots=(FIRST,)) == (leaf, SECOND.certificate, FIRST.certificate)


def test_of_two_certificates_of_one_authority_the_one_that_leads_to_a_root_is_taken():
    foreign = root("Foreign Root CA")
    twin = Authority(
        FIRST.key, certificate("First CA", FIRST.key.public_key(), foreign, foreign.key, Terms(constraints=CA))
    )
    leaf = leaf_of(SECOND)
    assert build(leaf, SECOND, twin, FIRST)[2] == FIRST.certificate


def test_a_missing_root_or_intermediate_is_named():
    with pytest.raises(Refused, match=r"no trusted root that leads to the certificate's issuer, 'CN=Second CA'"):
        build(leaf_of(SECOND), FIRST)
    with pytest.raises(Refused) as raised:
        build(leaf_of(ROOT), roots=(root("Other"),))
    assert raised.value.hint.startswith("Merge the trusted root")


def test_a_root_of_the_same_name_with_another_key_does_not_help():
    with pytest.raises(Refused, match="no trusted root"):
        build(leaf_of(ROOT), roots=(root(),))


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (Terms(end=NOW - DAY), "'CN=www.example.com' expired on 2026-11-22 17:00 UTC."),
        (Terms(start=NOW + DAY), "'CN=www.example.com' is not valid before 2026-11-24 17:00 UTC."),
    ],
)
def test_the_leaf_must_be_valid_now(terms, sentence):
    leaf = issue(ROOT, KEY.public_key(), terms=terms)
    with pytest.raises(Refused, match=sentence):
        build(leaf)
    assert build(leaf, now=None) == (leaf, ROOT.certificate)


def test_validity_includes_both_ends():
    leaf = leaf_of(ROOT, start=NOW, end=NOW)
    assert build(leaf)


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (Terms(), "'CN=Bad CA' does not allow it to issue certificates."),
        (Terms(constraints=x509.BasicConstraints(ca=False, path_length=None)), "does not allow it to issue"),
        (Terms(constraints=CA, usage=key_usage(digital_signature=True)), "does not allow it to issue"),
        (Terms(constraints=CA, end=NOW - DAY), "'CN=Bad CA' expired on 2026-11-22 17:00 UTC."),
    ],
)
def test_an_issuer_must_be_a_valid_authority(terms, sentence):
    bad = subordinate(ROOT, "Bad CA", terms)
    with pytest.raises(Refused, match=sentence):
        build(leaf_of(bad), bad)
    bad_root = root("Bad CA", terms)
    with pytest.raises(Refused, match=sentence):
        build(leaf_of(bad_root), roots=(bad_root,))


def test_key_usage_with_certificate_signing_is_fine():
    good = subordinate(ROOT, "Good CA", Terms(constraints=CA, usage=key_usage(key_cert_sign=True)))
    assert build(leaf_of(good), good)


def test_the_path_length_is_kept():
    short = root("Short Root CA", Terms(constraints=x509.BasicConstraints(ca=True, path_length=0)))
    assert build(leaf_of(short), roots=(short,))
    below = subordinate(short, "Below CA")
    with pytest.raises(Refused, match="The path below 'CN=Short Root CA' is longer than its certificate allows"):
        build(leaf_of(below), below, roots=(short,))


def test_a_path_has_at_most_five_intermediates():
    authorities = [ROOT]
    for number in range(6):
        authorities.append(subordinate(authorities[-1], f"CA {number}"))
    assert len(build(leaf_of(authorities[5]), *authorities[1:])) == 7
    with pytest.raises(Refused, match="no trusted root"):
        build(leaf_of(authorities[6]), *authorities[1:])


def test_more_than_eight_other_certificates_are_refused():
    with pytest.raises(Refused, match="more than 8 additional certificates"):
        build(leaf_of(ROOT), *(subordinate(ROOT, f"CA {number}") for number in range(9)))


def test_authorities_that_certify_each_other_in_a_ring_end_the_search():
    one, two = root("One"), root("Two")
    crossed = Authority(one.key, certificate("One", one.key.public_key(), two, two.key, Terms(constraints=CA)))
    back = Authority(two.key, certificate("Two", two.key.public_key(), one, one.key, Terms(constraints=CA)))
    with pytest.raises(Refused, match="no trusted root"):
        build(leaf_of(one), crossed, back, one, two)


def test_an_ml_dsa_authority_verifies():
    key = mldsa.MLDSA44PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ML-DSA CA")])

    def sign(name, public_key, ca):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(subject).public_key(public_key)
        builder = builder.serial_number(7).not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        return builder.sign(key, None)

    authority = sign(subject, key.public_key(), ca=True)
    leaf = sign(x509.Name([]), KEY.public_key(), ca=False)
    assert certification_paths.build(leaf, (), (authority,), NOW) == (leaf, authority)


def test_a_certificate_whose_extensions_cannot_be_parsed_is_no_authority():
    broken = (
        x509.CertificateBuilder()
        .subject_name(ROOT.certificate.subject)
        .issuer_name(ROOT.certificate.subject)
        .public_key(ROOT.key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.UnrecognizedExtension(x509.oid.ExtensionOID.BASIC_CONSTRAINTS, b"\x30\x01"), critical=True)
        .sign(ROOT.key, hashes.SHA256())
    )
    assert not certification_paths.is_certification_authority(broken)
    assert certification_paths.is_certification_authority(ROOT.certificate)


def test_names_from_outside_are_shown_without_control_characters():
    shown = certification_paths.shown(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "evil\u202egpj")]))
    assert "\u202e" not in shown
