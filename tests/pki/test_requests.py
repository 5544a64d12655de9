"""The gate for requests from outside: it accepts or refuses, and does nothing else."""

import base64
import hashlib
import random
import re
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from dominoadmin.errors import Refused
from dominoadmin.pki import keys, requests
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.requests import CertificationRequest, intake
from tests.pki import der
from tests.pki.der import dns, extension, extensions, sequence, tlv
from tests.pki.hostile_requests import ACCEPTED, CA_TRUE, Case, cases
from tests.pki.requests_by_hand import HOST, built, ec_key, key_pem, pem, request

CASES = cases()
FULL_NAME = der.name(
    der.attribute(der.COUNTRY, "US", der.PRINTABLE),
    der.attribute("2.5.4.8", "Massachusetts"),
    der.attribute("2.5.4.7", "Westford"),
    der.attribute(der.ORGANIZATION, "MyCompany"),
    der.attribute(der.ORGANIZATIONAL_UNIT, "Web"),
    der.attribute(der.COMMON_NAME, "www.example.com"),
    der.attribute(der.EMAIL_ADDRESS, "Ann@Example.com", der.IA5),
)


def remark_of(*attributes: bytes) -> str:
    (remark,) = intake(request(attributes=b"".join(attributes))).remarks
    return remark


def outcome(data: bytes) -> str:
    try:
        intake(data)
    except Refused as refusal:
        return str(refusal)
    return ACCEPTED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_gate(case: Case):
    said = outcome(case.build())
    assert case.expected in said
    assert said == ACCEPTED or re.fullmatch(r"[^\n]{1,300}\.", said)
    assert said.isprintable()


def test_the_table_is_long_and_names_each_case_once():
    assert len({case.name for case in CASES}) == len(CASES) >= 140
    assert sum(case.expected != ACCEPTED for case in CASES) >= 120


def test_a_request_says_its_name_its_key_and_who_applied():
    found = intake(request(FULL_NAME))
    assert found.subject == DistinguishedName(common_name="www.example.com", organizational_unit="Web", organization="MyCompany", locality="Westford", state="Massachusetts", country="US")
    assert found.key_algorithm == "ec-p256"
    assert found.public_key == ec_key().public_key()
    assert found.applicant_email == "Ann@example.com"
    assert found.remarks == ("The e-mail address Ann@example.com will not be in the subject; add it as a subject alternate name.",)


def test_a_host_name_as_common_name_is_not_added_to_the_alternative_names():
    assert intake(request(HOST)).general_names == ()


def test_alternative_names_are_kept_in_order_and_once():
    names = der.alt_names(
        dns("B.example"), dns("a.example"), tlv(0x87, bytes([10, 0, 0, 1])), dns("b.example"),
        tlv(0x81, b"ann@example.com"), tlv(0x86, b"https://example.com/x"), tlv(0x87, bytes(15) + b"\1"),
    )  # fmt: skip
    assert [str(name) for name in intake(request(attributes=names)).general_names] == [
        "dns:b.example", "dns:a.example", "ip:10.0.0.1", "email:ann@example.com", "uri:https://example.com/x", "ip:::1",
    ]  # fmt: skip


def test_alternative_names_in_the_microsoft_way_are_read():
    list_of_one = extension(der.SUBJECT_ALT_NAME, sequence(dns("a.example")))
    found = intake(request(attributes=extensions(list_of_one, kind=der.MICROSOFT_EXTENSION_REQUEST)))
    assert [str(name) for name in found.general_names] == ["dns:a.example"]


def test_a_subject_may_be_empty_beside_alternative_names():
    assert intake(request(sequence(), der.alt_names(dns("a.example")))).subject == DistinguishedName()


def test_the_sha_256_is_that_of_the_der():
    data = request()
    assert intake(pem(data)).sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("algorithm", [mldsa.MLDSA44PrivateKey, mldsa.MLDSA65PrivateKey, mldsa.MLDSA87PrivateKey])
def test_a_request_for_an_ml_dsa_key_passes(algorithm):
    size = algorithm.__name__.removeprefix("MLDSA").removesuffix("PrivateKey")
    assert intake(built(algorithm.generate())).key_algorithm == f"ml-dsa-{size}"


WRAPPINGS = {
    "DER": lambda data: data,
    "PEM": pem,
    "PEM of old tools": lambda data: pem(data, "NEW CERTIFICATE REQUEST"),
    "PEM with CRLF": lambda data: pem(data).replace(b"\n", b"\r\n"),
    "PEM with CR": lambda data: pem(data).replace(b"\n", b"\r"),
    "PEM with a byte order mark": lambda data: b"\xef\xbb\xbf" + pem(data),
    "PEM among blanks": lambda data: b"\r\n \t" + pem(data).replace(b"\n", b" \n") + b"\n\n ",
    "PEM after text": lambda data: b"Certificate Request:\n    Data:\n        Version: 1 (0x0)\n" + pem(data),
    "PEM after text that begins with 0": lambda data: b"0x0 version\n" + pem(data),
    "PEM in one line": lambda data: (
        b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.b64encode(data) + b"\n-----END CERTIFICATE REQUEST-----"
    ),
    "base64": base64.encodebytes,
    "base64 with a byte order mark": lambda data: b"\xef\xbb\xbf" + base64.b64encode(data) + b"\r\n",
}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_a_request_is_the_same_however_it_is_wrapped(wrap):
    data = request(FULL_NAME)
    assert intake(wrap(data)) == intake(data)


def test_a_der_request_that_quotes_a_pem_line_is_still_der():
    data = request(der.name(der.attribute(der.COMMON_NAME, "-----BEGIN PRIVATE KEY-----")))
    assert intake(data).subject.common_name == "-----BEGIN PRIVATE KEY-----"


def test_a_private_key_beside_a_request_brings_the_warning_to_keep_it_secret():
    with pytest.raises(Refused) as refusal:
        intake(pem(request()) + key_pem())
    assert "Never share a private key: submit only the request, and create a new key if anyone else may have seen this file." in refusal.value.hint


USAGE = extension(der.KEY_USAGE, bytes.fromhex("030205a0"), True)  # digitalSignature, keyEncipherment
CA_USAGE = extension(der.KEY_USAGE, bytes.fromhex("03020106"))  # keyCertSign, cRLSign
EKU = extension(
    der.EXTENDED_KEY_USAGE,
    sequence(der.oid("1.3.6.1.5.5.7.3.1"), der.oid("2.5.29.37.0"), der.oid("1.3.6.1.4.1.311.20.2.2")),
)
REMARKS = {
    "key usage (digital signature, key encipherment)": extensions(USAGE),
    "key usage (certificate signing, CRL signing)": extensions(CA_USAGE),
    "extended key usage (TLS server, any use, 1.3.6.1.4.1.311.20.2.2)": extensions(EKU),
    "the extension 1.2.3.4, which is not copied into the certificate": extensions(extension("1.2.3.4", b"\5\0")),
    "Microsoft security identifier (1.3.6.1.4.1.311.25.2)": extensions(extension("1.3.6.1.4.1.311.25.2", b"\5\0")),
    "The request asks for its own subject key identifier; the certificate gets the standard one for its key.": extensions(extension(der.SUBJECT_KEY_IDENTIFIER, tlv(4, b"1234"))),
    "challenge password": sequence(der.oid(der.CHALLENGE_PASSWORD), der.set_of(tlv(der.PRINTABLE, b"secret"))),
    "The request contains the attribute 1.2.3.4, which is ignored": sequence(der.oid("1.2.3.4"), der.set_of(tlv(der.NULL))),
}


@pytest.mark.parametrize(("fragment", "attribute"), REMARKS.items())
def test_what_will_not_be_copied_is_a_remark(fragment, attribute):
    remark = remark_of(attribute)
    assert fragment in remark
    assert remark.endswith(".")
    assert "secret" not in remark


SILENT = {
    "CA:FALSE": extensions(extension(der.BASIC_CONSTRAINTS, sequence(), True)),
    "the usual key identifier": extensions(
        extension(
            der.SUBJECT_KEY_IDENTIFIER,
            # RFC 5280, 4.2.1.2, method 1: SHA-1 of the public key's bits.
            tlv(
                4,
                hashlib.sha1(
                    ec_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
                ).digest(),
            ),
        )
    ),
    "what Windows says of itself": sequence(
        der.oid("1.3.6.1.4.1.311.13.2.3"), der.set_of(tlv(der.IA5, b"10.0.20348.2"))
    ),
}


@pytest.mark.parametrize("attribute", SILENT.values(), ids=SILENT.keys())
def test_what_changes_nothing_brings_no_remark(attribute):
    assert intake(request(attributes=attribute)).remarks == ()


def test_an_authority_is_refused_even_in_the_microsoft_way():
    wish = extension(der.BASIC_CONSTRAINTS, CA_TRUE)
    assert "The request asks for a CA certificate" in outcome(
        request(attributes=extensions(wish, kind=der.MICROSOFT_EXTENSION_REQUEST))
    )


def test_a_request_cut_at_any_byte_is_refused():
    for data in (request(FULL_NAME), pem(request(FULL_NAME)).rstrip()):
        assert all(outcome(data[:end]) != ACCEPTED for end in range(len(data)))


def test_a_request_with_any_bit_flipped_is_refused():
    data = request(FULL_NAME, der.alt_names(dns("a.example")))
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        assert outcome(bytes(flipped)) != ACCEPTED, bit


def test_random_damage_is_refused():
    chance = random.Random(1)
    data = [request(FULL_NAME), built(keys.generate("rsa-2048"), hashes.SHA256())]
    for _ in range(1500):
        damaged = bytearray(chance.choice(data))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(damaged))
            damaged[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(1, 4))
        assert bytes(damaged) in data or outcome(bytes(damaged)) != ACCEPTED


def test_damage_to_what_is_not_signed_is_refused_like_all_else():
    # The outer algorithm identifier is outside the signature.
    data = request()
    assert outcome(data.replace(der.oid("1.2.840.10045.4.3.2"), der.oid("1.2.840.10045.4.3.3"))) != ACCEPTED


@settings(max_examples=300, deadline=None, database=None)
@given(st.binary(max_size=2000))
def test_any_bytes_give_a_request_or_one_refusal(data):
    outcome(data)


def tree(depth: int = 4) -> st.SearchStrategy[bytes]:
    """Random DER, with contents that match the tags or not."""
    tags = st.sampled_from([0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x30, 0x31, 0xA0])
    leaf = st.builds(tlv, tags, st.binary(max_size=12))
    return st.recursive(
        leaf,
        lambda inner: st.builds(lambda tag, each: tlv(tag, *each), tags, st.lists(inner, max_size=depth)),
        max_leaves=20,
    )


@settings(max_examples=300, deadline=None, database=None)
@given(tree(), tree(), tree())
def test_signed_nonsense_gives_a_request_or_one_refusal(subject, attributes, value):
    outcome(request(subject, attributes))
    outcome(request(attributes=extensions(extension(der.SUBJECT_ALT_NAME, value))))
    outcome(request(attributes=extensions(extension(der.KEY_USAGE, value), extension("2.5.29.32", value))))


class PanicException(BaseException):
    """A panic in cryptography's Rust code as Python sees it."""


def test_a_panic_of_the_parser_is_a_refusal():
    with pytest.raises(Refused, match="cannot be parsed"), requests._refusing("encoding"):
        raise PanicException


@pytest.mark.parametrize("problem", [KeyError("x"), TypeError(), RecursionError(), NotImplementedError(), OSError()])
def test_any_exception_of_the_parser_is_a_refusal(problem):
    with (
        pytest.raises(Refused, match="The request's encoding cannot be read: it is malformed"),
        requests._refusing("encoding"),
    ):
        raise problem


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit, MemoryError])
def test_what_is_no_fault_of_the_request_goes_through(signal):
    with pytest.raises(signal), requests._refusing("encoding"):
        raise signal


# Independent programs make requests; the gate must read them correctly.


def run(*command: str, cwd) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()


def openssl(folder, *options: str) -> CertificationRequest:
    run(
        "openssl", "req", "-new", "-nodes", "-keyout", "key.pem", "-out", "csr.pem", "-utf8", "-text",
        "-subj", "/C=US/ST=Massachusetts/O=MyCompany/CN=www.example.com", *options, cwd=folder,
    )  # fmt: skip
    return intake((folder / "csr.pem").read_bytes())


EXPECTED = DistinguishedName(common_name="www.example.com", organizational_unit="", organization="MyCompany", locality="", state="Massachusetts", country="US")


@pytest.mark.judge
@pytest.mark.parametrize(
    ("algorithm", "options"),
    [
        ("rsa-2048", ["-newkey", "rsa:2048"]),
        ("rsa-3072", ["-newkey", "rsa:3072"]),
        ("ec-p256", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ("ec-p384", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
    ],
)
def test_a_request_of_openssl_passes(tmp_path, algorithm, options):
    found = openssl(tmp_path, *options, "-addext", "subjectAltName=DNS:www.example.com,IP:10.0.0.1")
    assert (found.subject, found.key_algorithm) == (EXPECTED, algorithm)
    assert [str(name) for name in found.general_names] == ["dns:www.example.com", "ip:10.0.0.1"]
    (tmp_path / "again.der").write_bytes(found.der)
    run("openssl", "req", "-in", "again.der", "-inform", "DER", "-verify", "-noout", cwd=tmp_path)


@pytest.mark.judge
def test_a_sha_1_request_of_openssl_is_told_from_a_forged_one(tmp_path):
    with pytest.raises(Refused, match="signed with SHA-1"):
        openssl(tmp_path, "-newkey", "rsa:2048", "-sha1")


@pytest.mark.judge
def test_a_request_of_gnutls_passes(tmp_path):
    template = 'cn = "www.example.com"\norganization = "MyCompany"\nstate = "Massachusetts"\ncountry = US\n'
    (tmp_path / "template").write_text(template + 'dns_name = "www.example.com"\ntls_www_server\nsigning_key\n')
    run("certtool", "--generate-privkey", "--key-type", "ecdsa", "--curve", "secp256r1", "--outfile", "k", cwd=tmp_path)
    run(
        "certtool",
        "--generate-request",
        "--load-privkey",
        "k",
        "--template",
        "template",
        "--outfile",
        "r",
        cwd=tmp_path,
    )
    found = intake((tmp_path / "r").read_bytes())
    assert found.subject == EXPECTED
    assert [str(name) for name in found.general_names] == ["dns:www.example.com"]
    assert any("TLS server" in remark for remark in found.remarks)


@pytest.mark.judge
def test_a_request_of_nss_passes(tmp_path):
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    run("certutil", "-N", "-d", "sql:.", "--empty-password", cwd=tmp_path)
    run(
        "certutil", "-R", "-d", "sql:.", "-a", "-o", "r", "-z", "noise", "-k", "rsa", "-g", "2048",
        "-s", "CN=www.example.com,O=MyCompany,ST=Massachusetts,C=US", "--extSAN", "dns:www.example.com", cwd=tmp_path,
    )  # fmt: skip
    found = intake((tmp_path / "r").read_bytes())
    assert found.subject == EXPECTED
    assert [str(name) for name in found.general_names] == ["dns:www.example.com"]


@pytest.mark.judge
def test_a_request_of_java_passes(tmp_path):
    keytool = [shutil.which("keytool"), "-keystore", "ks", "-storepass", "changeit", "-alias", "a"]
    name = "CN=www.example.com, O=MyCompany, ST=Massachusetts, C=US"
    run(*keytool, "-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-dname", name, cwd=tmp_path)
    run(*keytool, "-certreq", "-file", "r", "-ext", "san=dns:www.example.com", cwd=tmp_path)
    found = intake((tmp_path / "r").read_bytes())
    assert (found.subject, found.remarks) == (EXPECTED, ())
    assert [str(name) for name in found.general_names] == ["dns:www.example.com"]


@pytest.mark.judge
@pytest.mark.parametrize("case", [case for case in CASES if case.expected == ACCEPTED], ids=lambda case: case.name)
def test_openssl_agrees_that_an_accepted_request_is_well_signed(tmp_path, case):
    (tmp_path / "r").write_bytes(case.build())
    run("openssl", "req", "-in", "r", "-inform", "DER", "-verify", "-noout", cwd=tmp_path)


def test_a_parsed_request_keeps_no_reference_to_the_parser():
    assert not any(isinstance(value, x509.CertificateSigningRequest) for value in vars(intake(request())).values())
