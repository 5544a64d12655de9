"""Certificates: drafted, joined with their signature, and judged by others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from dominoadmin.errors import Refused
from dominoadmin.pki import extensions, issuance, keys, lint
from dominoadmin.pki.general_names import parse
from dominoadmin.pki.issuance import Issuer, Validity
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import Particulars
from dominoadmin.pki.publication import Addresses
from tests import specimens
from tests.conftest import NOW
from tests.outside.judges import everyone_verifies

ALGORITHMS = ("rsa-2048", "ec-p256", "ec-p384", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
CA = DistinguishedName(common_name="MyCompany CA", organizational_unit="PKI", organization="MyCompany", locality="Westford", state="Massachusetts", country="US")
SERVER = Particulars(
    kind="server", subject=DistinguishedName(common_name="www.example.com", organization="MyCompany", country="US"),
    names=(parse("dns:www.example.com"), parse("ip:10.0.0.1"), parse("ip:2001:db8::1")), days=200,
    key_usage=("digitalSignature", "keyEncipherment"), extended_key_usage=("serverAuth",),
)  # fmt: skip
CLIENT = Particulars(
    kind="client", subject=DistinguishedName(common_name="Rob Ra", organization="MyCompany"), names=(parse("email:rob@example.com"),), days=200,
    key_usage=("digitalSignature", "nonRepudiation"), extended_key_usage=("clientAuth", "emailProtection"),
)  # fmt: skip
TEN_YEARS = Validity.starting(NOW, timedelta(days=3652))


def root(algorithm: str, hash_name: str = "") -> x509.Certificate:
    key = specimens.key(algorithm, "issuance root")
    draft = issuance.root(CA, key.public_key(), hash_name, 2**150 + 1, TEN_YEARS)
    return x509.load_der_x509_certificate(issuance.certificate_from(draft.tbs, keys.sign(key, draft.tbs, hash_name)))


def leaf(particulars: Particulars, algorithm: str, issuer: x509.Certificate, issuer_algorithm: str, hash_name: str = ""):
    public = specimens.key(algorithm, "leaf").public_key()
    draft = issuance.end_entity(
        particulars, public, Issuer(issuer, hash_name), 2**150 + 2, Validity.starting(NOW, timedelta(days=200))
    )
    signature = keys.sign(specimens.key(issuer_algorithm, "issuance root"), draft.tbs, hash_name)
    return x509.load_der_x509_certificate(issuance.certificate_from(draft.tbs, signature))


def extension(certificate: x509.Certificate, kind):
    found = certificate.extensions.get_extension_for_class(kind)
    return found.value, found.critical


@pytest.mark.judge
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_judge_accepts_a_certifier_and_its_leaves(algorithm: str) -> None:
    authority = root(algorithm)
    everyone_verifies(authority, authority)
    for particulars, host in ((SERVER, "www.example.com"), (CLIENT, "")):
        for key in ("rsa-2048", "ec-p256"):
            everyone_verifies(leaf(particulars, key, authority, algorithm), authority, hostname=host)
    assert lint.problems(authority, None) == []


@pytest.mark.judge
@pytest.mark.parametrize("hash_name", ["sha384", "sha512"])
def test_every_judge_accepts_the_other_hashes(hash_name: str) -> None:
    for algorithm in ("rsa-2048", "ec-p256"):
        authority = root(algorithm, hash_name)
        assert authority.signature_hash_algorithm.name == hash_name
        certificate = leaf(SERVER, "ec-p256", authority, algorithm, hash_name)
        assert certificate.signature_hash_algorithm.name == hash_name
        everyone_verifies(certificate, authority, hostname="www.example.com")


@pytest.mark.judge
def test_every_judge_accepts_a_leaf_without_a_subject() -> None:
    authority, nameless = root("ec-p256"), Particulars(**{**SERVER.__dict__, "subject": DistinguishedName()})
    certificate = leaf(nameless, "ec-p256", authority, "ec-p256")
    # RFC 5280, 4.2.1.6: then the alternative names are critical.
    assert extension(certificate, x509.SubjectAlternativeName)[1]
    everyone_verifies(certificate, authority, hostname="www.example.com")


def test_a_certifier_says_what_rfc_5280_asks_of_it() -> None:
    authority = root("ec-p256")
    assert authority.version is x509.Version.v3
    assert authority.subject == authority.issuer == CA.x509()
    assert extension(authority, x509.BasicConstraints) == (x509.BasicConstraints(ca=True, path_length=None), True)
    usage, critical = extension(authority, x509.KeyUsage)
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature, critical) == (True, True, True, True)
    identifier, critical = extension(authority, x509.SubjectKeyIdentifier)
    assert identifier == x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
    assert not critical


def test_a_leaf_says_what_was_asked_and_no_more() -> None:
    authority = root("ec-p256")
    certificate = leaf(SERVER, "rsa-2048", authority, "ec-p256")
    assert certificate.subject.rfc4514_string() == "CN=www.example.com,O=MyCompany,C=US"
    assert extension(certificate, x509.BasicConstraints) == (x509.BasicConstraints(ca=False, path_length=None), True)
    names, critical = extension(certificate, x509.SubjectAlternativeName)
    assert [str(name.value) for name in names] == ["www.example.com", "10.0.0.1", "2001:db8::1"]
    assert not critical
    assert list(extension(certificate, x509.ExtendedKeyUsage)[0]) == [ExtendedKeyUsageOID.SERVER_AUTH]
    identifier = extension(authority, x509.SubjectKeyIdentifier)[0].digest
    assert extension(certificate, x509.AuthorityKeyIdentifier)[0].key_identifier == identifier
    assert len(certificate.extensions) == 6


@pytest.mark.parametrize(("algorithm", "enciphers"), [("rsa-2048", True), ("ec-p256", False), ("ml-dsa-65", False)])
def test_only_rsa_keys_are_said_to_encipher(algorithm: str, enciphers: bool) -> None:
    usage = extension(leaf(SERVER, algorithm, root("ec-p256"), "ec-p256"), x509.KeyUsage)[0]
    assert (usage.digital_signature, usage.key_encipherment) == (True, enciphers)


def test_a_leaf_without_extended_usages_and_names_has_no_such_extensions() -> None:
    plain = Particulars(kind="client", subject=DistinguishedName(common_name="Rob Ra"), names=(), days=200, key_usage=("digitalSignature",), extended_key_usage=())
    certificate = leaf(plain, "ec-p256", root("ec-p256"), "ec-p256")
    assert {type(found.value) for found in certificate.extensions} == {
        x509.BasicConstraints, x509.KeyUsage, x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier,
    }  # fmt: skip


def test_a_validity_is_exact_to_the_second_and_begins_five_minutes_ago() -> None:
    validity = Validity.starting(NOW.replace(microsecond=7), timedelta(days=200))
    assert validity.not_before == NOW - timedelta(minutes=5)
    # RFC 5280, 4.1.2.5: both ends are included, so 200 days end a second earlier.
    assert validity.not_after - validity.not_before == timedelta(days=200) - timedelta(seconds=1)


def rebuilt(certificate: x509.Certificate, issuer_key) -> bytes:
    """The bytes to be signed as the library's own builder writes them."""
    builder = x509.CertificateBuilder(certificate.issuer, certificate.subject, certificate.public_key(), certificate.serial_number)
    builder = builder.not_valid_before(certificate.not_valid_before_utc).not_valid_after(certificate.not_valid_after_utc)
    for each in certificate.extensions:
        builder = builder.add_extension(each.value, each.critical)
    return builder.sign(issuer_key, certificate.signature_hash_algorithm).tbs_certificate_bytes


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("hash_name", ["", "sha512"])
def test_the_bytes_to_be_signed_are_those_of_the_librarys_builder(algorithm: str, hash_name: str) -> None:
    authority, signing_key = root(algorithm, hash_name), specimens.key(algorithm, "issuance root")
    assert authority.tbs_certificate_bytes == rebuilt(authority, signing_key)
    addresses = Addresses(crls=("http://a.example.com/1.crl", "ldap://b.example.com/cn=1"), responders=("http://a.example.com/ocsp",), issuers=("http://a.example.com/1.cer",))
    nameless = Particulars(**{**SERVER.__dict__, "subject": DistinguishedName()})
    foreign = Particulars(**{**CLIENT.__dict__, "subject": CA.__class__(common_name="Zoë 漢字", country="DE"), "extended_key_usage": ()})
    # 2050 is the first year of GeneralizedTime; the serials have one octet, a leading zero octet, and twenty octets.
    for days, serial in ((200, 0x7F), (8000, 0x80), (8900, 2**159 - 1)):
        validity = Validity.starting(NOW, timedelta(days=days))
        for particulars in (SERVER, CLIENT, nameless, foreign):
            for kind in ("rsa-2048", "ec-p384", "ml-dsa-87"):
                issuer, public = Issuer(authority, hash_name, addresses), specimens.key(kind, "leaf").public_key()
                draft = issuance.end_entity(particulars, public, issuer, serial, validity)
                assert draft.tbs == rebuilt(draft.linted, signing_key)


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ec-p384", "ml-dsa-44"])
def test_a_draft_has_no_signature_that_counts(algorithm: str) -> None:
    public = specimens.key(algorithm, "issuance root").public_key()
    draft = issuance.root(CA, public, "", 77, TEN_YEARS)
    assert draft.serial_hex == "4d"
    assert draft.tbs == draft.linted.tbs_certificate_bytes
    with pytest.raises(Exception):  # noqa: B017 - any exception of pyca for a wrong signature
        draft.linted.verify_directly_issued_by(draft.linted)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_joined_der_is_what_pyca_would_have_written(algorithm: str) -> None:
    certificate = specimens.root(algorithm)
    joined = issuance.certificate_from(certificate.tbs_certificate_bytes, certificate.signature)
    assert joined == specimens.der(certificate)
    assert issuance.der(certificate) == joined


def test_a_short_signature_is_joined_in_short_form() -> None:
    tbs = specimens.root().tbs_certificate_bytes
    assert issuance.certificate_from(tbs, b"\1\2\3").endswith(b"\x03\x04\x00\x01\x02\x03")


def test_usages_have_the_names_of_rfc_5280() -> None:
    assert extensions.LEAF_KEY_USAGES == (
        "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    )  # fmt: skip
    extensions.check_usages(extensions.LEAF_KEY_USAGES, extensions.EXTENDED_KEY_USAGES)
    with pytest.raises(Refused, match="cRLSign is not a key usage"):
        extensions.check_usages(["cRLSign"], [])


def test_an_issuer_knows_its_key() -> None:
    issuer = Issuer(specimens.root("ec-p256"), "")
    assert isinstance(issuer.public_key, ec.EllipticCurvePublicKey)
    assert issuer.public_key == specimens.key("ec-p256", "root").public_key()
    assert isinstance(specimens.root().signature_hash_algorithm, hashes.SHA256)


def test_a_certificates_usages_are_named_as_in_rfc_5280() -> None:
    certificate = leaf(CLIENT, "rsa-2048", root("ec-p256"), "ec-p256")
    assert extensions.usage_names(certificate) == {
        "key_usage": ["digitalSignature", "nonRepudiation"], "extended_key_usage": ["clientAuth", "emailProtection"],
    }  # fmt: skip
    agreeing = specimens.leaf_draft().having(specimens.usage("key_agreement", "encipher_only"), critical=True)
    agreeing = agreeing.having(x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.2.3.4")]))
    assert extensions.usage_names(agreeing.signed(specimens.key("ec-p256", "root"))) == {
        "key_usage": ["keyAgreement", "encipherOnly"], "extended_key_usage": ["1.2.3.4"],
    }  # fmt: skip


def test_usages_of_a_certificate_that_cannot_be_read_are_none() -> None:
    """cryptography raises DuplicateExtension here, which is not a ValueError."""
    certificate = specimens.root()
    old = next(found for found in _extensions_of(specimens.der(certificate)))
    twice = specimens.spliced(specimens.der(certificate), old, old + old)
    assert extensions.usage_names(x509.load_der_x509_certificate(twice)) == {"key_usage": [], "extended_key_usage": []}


def _extensions_of(der: bytes):
    start = der.index(bytes.fromhex("0603551d0f"))  # id-ce-keyUsage, at the beginning of its SEQUENCE
    yield der[start - 2 : start + der[start - 1]]
