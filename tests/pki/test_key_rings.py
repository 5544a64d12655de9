"""Key rings: accepted and refused contents, and reading the file back."""

from __future__ import annotations

import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dominoadmin.errors import Refused
from dominoadmin.pki import general_names, key_rings
from dominoadmin.pki.key_rings import TrustedRoot
from dominoadmin.pki.names import DistinguishedName
from tests.pki.authorities import DAY, NOW, Terms, issue, name, root, subordinate

KEY = ec.generate_private_key(ec.SECP256R1())
DN = DistinguishedName(common_name="www.example.com", organization="MyCompany", state="Massachusetts", country="US")
NAMES = (general_names.parse("dns:www.example.com"), general_names.parse("ip:192.0.2.1"))
ROOT = root()
SUB = subordinate(ROOT, "Sub CA")
PASSWORD = "correct horse"


def ring(key=KEY):
    return key_rings.new(key, DN, NAMES, NOW)


def certified():
    trusting = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
    return key_rings.with_certificate(trusting, issue(SUB, KEY.public_key()), [SUB.certificate], NOW)


class TestANewKeyRing:
    def test_holds_a_self_signed_placeholder_for_a_year_that_is_no_authority(self):
        placeholder = ring().certificate
        placeholder.verify_directly_issued_by(placeholder)
        assert placeholder.not_valid_before_utc == NOW
        assert placeholder.not_valid_after_utc == NOW + 365 * DAY
        assert not placeholder.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        usage = placeholder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
        assert 0 < placeholder.serial_number < 2**127

    def test_knows_its_subject_and_names_and_is_not_certified(self):
        made = ring()
        assert made.subject.rfc4514_string() == "CN=www.example.com,O=MyCompany,ST=Massachusetts,C=US"
        assert [str(n) for n in made.general_names] == ["dns:www.example.com", "ip:192.0.2.1"]
        assert (made.is_certified, made.intermediates, made.trusted_roots) == (False, (), ())

    def test_needs_no_alternative_names(self):
        made = key_rings.new(KEY, DN, (), NOW)
        assert made.general_names == ()
        assert len(x509.load_der_x509_csr(key_rings.request(made)).extensions) == 0

    def test_shows_nothing_of_its_key(self):
        assert repr(ring()) == "KeyRing(CN=www.example.com/O=MyCompany/ST=Massachusetts/C=US)"

    def test_refuses_a_bad_name(self):
        with pytest.raises(Refused, match="Country Code must be two letters"):
            key_rings.new(KEY, DistinguishedName(common_name="x.example.com", country="USA"), (), NOW)
        with pytest.raises(Refused, match="Common Name is required"):
            key_rings.new(KEY, DistinguishedName(organization="MyCompany"), (), NOW)

    @pytest.mark.parametrize(
        ("key", "sentence"),
        [
            (mldsa.MLDSA44PrivateKey.generate(), "ML-DSA-44"),
            (ec.generate_private_key(ec.SECP521R1()), "EC-SECP521R1"),
            (rsa.generate_private_key(65537, 1024), "RSA-1024"),
        ],
    )
    def test_refuses_keys_that_tls_servers_should_not_have(self, key, sentence):
        with pytest.raises(Refused, match=f"cannot contain a key of type {sentence}"):
            ring(key)


@pytest.mark.judge
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_openssl_verifies_the_request(curve, tmp_path):
    made = ring(ec.generate_private_key(curve))
    (tmp_path / "r.der").write_bytes(key_rings.request(made))
    argv = ["openssl", "req", "-inform", "DER", "-in", "r.der", "-noout", "-verify", "-subject", "-nameopt", "sname,sep_comma_plus", "-text"]
    shown = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "verify OK" in shown.stderr + shown.stdout
    assert "C=US,ST=Massachusetts,O=MyCompany,CN=www.example.com" in shown.stdout
    assert "DNS:www.example.com, IP Address:192.0.2.1" in shown.stdout


class TestTrustedRoots:
    def test_is_merged_under_its_label(self):
        merged = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
        assert merged.trusted_roots == (TrustedRoot("My Root", ROOT.certificate),)

    def test_a_second_merge_gives_a_new_label(self):
        merged = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
        merged = key_rings.with_trusted_root(merged, ROOT.certificate, "MY ROOT")
        assert [r.label for r in merged.trusted_roots] == ["MY ROOT"]

    def test_a_label_cannot_mean_two_roots(self):
        merged = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
        with pytest.raises(Refused, match="different trusted root with the label 'my root'"):
            key_rings.with_trusted_root(merged, root("Other").certificate, "my root")

    @pytest.mark.parametrize("label", ["", "  ", "a\x00b", "x" * 65])
    def test_a_label_must_be_readable_text(self, label):
        with pytest.raises(Refused, match="The label"):
            key_rings.with_trusted_root(ring(), ROOT.certificate, label)

    def test_a_server_certificate_is_no_root(self):
        with pytest.raises(Refused, match=r"'CN=www\.example\.com' is not a CA certificate"):
            key_rings.with_trusted_root(ring(), issue(ROOT, KEY.public_key()), "Label")

    def test_a_forged_self_signature_is_refused(self):
        der = bytearray(ROOT.certificate.public_bytes(Encoding.DER))
        der[-1] ^= 1
        with pytest.raises(Refused, match="The signature on the certificate of 'CN=Root CA' is invalid"):
            key_rings.with_trusted_root(ring(), x509.load_der_x509_certificate(bytes(der)), "Label")

    def test_a_subordinate_authority_may_be_trusted(self):
        merged = key_rings.with_trusted_root(ring(), SUB.certificate, "Sub")
        done = key_rings.with_certificate(merged, issue(SUB, KEY.public_key()), [SUB.certificate], NOW)
        assert done.intermediates == ()


class TestTheSignedCertificate:
    def test_is_merged_with_the_intermediates_it_needs(self):
        trusting = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
        leaf = issue(SUB, KEY.public_key())
        extra = [ROOT.certificate, leaf, SUB.certificate, root("Other").certificate]
        done = key_rings.with_certificate(trusting, leaf, extra, NOW)
        assert done.is_certified
        assert (done.certificate, done.intermediates) == (leaf, (SUB.certificate,))
        assert done.private_key is KEY
        assert done.trusted_roots == trusting.trusted_roots

    def test_of_another_key_is_refused(self):
        trusting = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
        other = issue(ROOT, ec.generate_private_key(ec.SECP256R1()).public_key())
        with pytest.raises(Refused, match=r"^The certificate does not match the key") as raised:
            key_rings.with_certificate(trusting, other, [], NOW)
        assert "request was created with" in raised.value.hint

    def test_without_a_trusted_root_is_refused(self):
        with pytest.raises(Refused, match="no trusted root"):
            key_rings.with_certificate(ring(), issue(ROOT, KEY.public_key()), [ROOT.certificate], NOW)

    def test_that_is_self_signed_is_refused(self):
        with pytest.raises(Refused, match="self-signed"):
            key_rings.with_certificate(ring(), ring().certificate, [], NOW)

    def test_that_has_expired_is_refused(self):
        trusting = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
        with pytest.raises(Refused, match="expired on 2026-11-22"):
            key_rings.with_certificate(trusting, issue(ROOT, KEY.public_key(), terms=Terms(end=NOW - DAY)), [], NOW)

    def test_can_be_replaced_by_a_newer_one_for_the_same_key(self):
        newer = issue(SUB, KEY.public_key(), terms=Terms(end=NOW + 299 * DAY))
        renewed = key_rings.with_certificate(certified(), newer, [], NOW)
        assert (renewed.certificate, renewed.intermediates) == (newer, (SUB.certificate,))

    def test_that_comes_from_another_authority_later_drops_the_old_intermediates(self):
        renewed = key_rings.with_certificate(certified(), issue(ROOT, KEY.public_key()), [], NOW)
        assert renewed.intermediates == ()

    def test_may_have_names_and_attributes_of_kinds_not_used_here(self):
        names = (x509.DNSName("www.example.com"), x509.RegisteredID(x509.ObjectIdentifier("1.2.3")))
        subject = x509.Name([*name("www.example.com"), x509.NameAttribute(NameOID.SERIAL_NUMBER, "4711")])
        leaf = issue(ROOT, KEY.public_key(), subject, Terms(names=names))
        trusting = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
        done = key_rings.with_certificate(trusting, leaf, [], NOW)
        assert [str(n) for n in done.general_names] == ["dns:www.example.com"]
        assert done.subject == subject
        assert x509.load_der_x509_csr(key_rings.request(done)).subject == subject

    def test_of_a_key_that_cannot_be_parsed_is_refused(self):
        leaf = issue(ROOT, KEY.public_key())
        der = leaf.public_bytes(Encoding.DER).replace(
            bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f")
        )
        with pytest.raises(Refused, match="does not match the key"):
            key_rings.with_certificate(ring(), x509.load_der_x509_certificate(der), [], NOW)


class TestTheFile:
    def test_brings_everything_back(self):
        before = key_rings.with_trusted_root(certified(), root("Andere Wurzel").certificate, "Zwölfte Wurzel 密")
        after = key_rings.load(key_rings.serialize(before, PASSWORD), PASSWORD)
        assert after.private_key.private_numbers() == before.private_key.private_numbers()
        assert after.certificate == before.certificate
        assert after.intermediates == before.intermediates
        assert after.trusted_roots == before.trusted_roots
        assert after.is_certified

    def test_brings_an_rsa_placeholder_back(self):
        key = rsa.generate_private_key(65537, 2048)
        after = key_rings.load(key_rings.serialize(ring(key), PASSWORD), PASSWORD)
        assert after.private_key.private_numbers() == key.private_numbers()
        assert not after.is_certified
        assert after.certificate.signature_hash_algorithm.name == hashes.SHA256.name

    def test_never_comes_out_the_same_twice(self):
        made = ring()
        assert key_rings.serialize(made, PASSWORD) != key_rings.serialize(made, PASSWORD)

    @pytest.mark.parametrize("password", ["pässwörd 密🔑", "x" * 500])
    def test_takes_any_password(self, password):
        assert key_rings.load(key_rings.serialize(ring(), password), password).certificate

    @pytest.mark.parametrize("password", ["", "a\x00b", "\ud800"])
    def test_needs_a_password_that_other_programs_can_use(self, password):
        with pytest.raises(Refused, match=r"password"):
            key_rings.serialize(ring(), password)

    def test_an_intermediate_without_a_common_name_has_a_friendly_name_too(self):
        nameless = subordinate(ROOT, x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "MyCompany")]))
        trusting = key_rings.with_trusted_root(ring(), ROOT.certificate, "My Root")
        leaf = issue(nameless, KEY.public_key())
        done = key_rings.with_certificate(trusting, leaf, [nameless.certificate], NOW)
        assert key_rings.load(key_rings.serialize(done, PASSWORD), PASSWORD).intermediates == (nameless.certificate,)
