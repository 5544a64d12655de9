"""Independent programs ask the HTTP task by OCSP: openssl, GnuTLS, NSS, Java with hard failure, pkilint, pyca."""

import base64
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.services.revocation.judges import is_yes, java_says, lint_ocsp, says
from tests.services.revocation.scene import on_the_air, serial, write

pytestmark = pytest.mark.judge
CLASSIC = ("rsa-2048", "ec-p256")
EVERY = (*CLASSIC, "ec-p384", "ml-dsa-65")
"""OpenSSL 3.0, GnuTLS 3.7, NSS 3.87 and Java 17 cannot check signatures of ML-DSA (see tests/outside/judges.py)."""
NEVER_ISSUED = "1234567890abcdef"


@pytest.fixture
def asked(request, office, tmp_path):
    """A running scene with good, revoked and held certificates on disk."""
    with on_the_air(office, request.param) as scene:
        good, bad, held = scene.issue("good.example.com", "bad.example.com", "held.example.com")
        scene.revoke(bad, reason="keyCompromise")
        scene.revoke(held, reason="certificateHold")
        write(tmp_path, ca=scene.root, good=good, bad=bad, held=held)
        scene.leaves = {"good": good, "bad": bad, "held": held}
        yield scene


every_key = pytest.mark.parametrize("asked", EVERY, indirect=True)
classic_keys = pytest.mark.parametrize("asked", CLASSIC, indirect=True)


@pytest.mark.parametrize("asked", (*CLASSIC, "rsa-4096", "ec-p384"), indirect=True)
def test_openssl_asks_by_post(asked, tmp_path) -> None:
    for digest in ("-sha1", "-sha256"):
        for nonce in ("-nonce", "-no_nonce"):
            ask = ("openssl", "ocsp", "-url", f"{asked.base}/ocsp", "-issuer", "ca.pem", "-CAfile", "ca.pem", nonce, digest)
            answers = []
            for number in (*map(serial, asked.leaves.values()), NEVER_ISSUED):
                said = says(*ask, "-serial", f"0x{number}", cwd=tmp_path)
                assert "Response verify OK" in said and "WARNING" not in said, said
                answers.append(said.split(f"0x{number}: ")[1].split()[0])
            assert answers == ["good", "revoked", "revoked", "unknown"]
    assert "Reason: keyCompromise" in says(*ask, "-cert", "bad.pem", cwd=tmp_path)
    assert "Reason: certificateHold" in says(*ask, "-cert", "held.pem", cwd=tmp_path)


def question(asked, name: str, algorithm=None, nonce: bytes = b"") -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(asked.leaves[name], asked.root, algorithm or SHA1())
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def fetched(asked, text: str) -> ocsp.OCSPResponse:
    with urlopen(f"{asked.base}/ocsp/{text}", timeout=20) as reply:
        assert reply.headers["content-type"] == "application/ocsp-response"
        assert "max-age=" in reply.headers["cache-control"]
        return ocsp.load_der_ocsp_response(reply.read())


def posted(asked, data: bytes) -> ocsp.OCSPResponse:
    request = Request(f"{asked.base}/ocsp", data, {"Content-Type": "application/ocsp-request"})
    with urlopen(request, timeout=20) as reply:
        return ocsp.load_der_ocsp_response(reply.read())


@every_key
def test_answers_by_get_and_post_are_flawless_for_pkilint_and_pyca(asked) -> None:
    """RFC 6960, appendix A.1: by GET in base64 after the address, percent-encoded or not."""
    for name, expected in (("good", "GOOD"), ("bad", "REVOKED"), ("held", "REVOKED")):
        for algorithm in (SHA1(), SHA256()):
            data = question(asked, name, algorithm)
            text = base64.b64encode(data).decode()
            for answer in (fetched(asked, text), fetched(asked, quote(text, safe="")), posted(asked, data)):
                assert answer.certificate_status.name == expected
                assert lint_ocsp(answer.public_bytes(Encoding.DER)) == []
                (responder,) = answer.certificates
                responder.verify_directly_issued_by(asked.root)
                responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
                assert answer.this_update_utc <= asked.office.clock() < answer.next_update_utc


@pytest.mark.parametrize("asked", ["ec-p256"], indirect=True)
@pytest.mark.parametrize("length", [1, 32, 128])
def test_a_nonce_comes_back(asked, length) -> None:
    nonce = bytes(range(length))
    answer = posted(asked, question(asked, "good", nonce=nonce))
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce


@pytest.mark.parametrize("asked", ["ec-p256"], indirect=True)
def test_a_nonce_of_129_octets_is_malformed(asked) -> None:
    assert posted(asked, question(asked, "good", nonce=bytes(129))).response_status.name == "MALFORMED_REQUEST"


@pytest.mark.parametrize("asked", (*CLASSIC, "rsa-4096", "ec-p384"), indirect=True)
def test_gnutls_asks(asked, tmp_path) -> None:
    for name in asked.leaves:
        said = says(
            "ocsptool", f"--ask={asked.base}/ocsp", "--nonce", "--load-issuer", "ca.pem", "--load-cert", f"{name}.pem", "--load-trust",
            "ca.pem", "--outfile", "answer.der", cwd=tmp_path, stdin=b"",
        )  # fmt: skip
        assert "Success" in said and f"Certificate Status: {'good' if name == 'good' else 'revoked'}" in said, said
        said = says("ocsptool", "-e", "--load-response", "answer.der", "--load-trust", "ca.pem", cwd=tmp_path)
        assert "Success" in said, said


@classic_keys
def test_gnutls_finds_the_responder_by_the_certificate(asked, tmp_path) -> None:
    said = says("ocsptool", "--ask", "--load-issuer", "ca.pem", "--load-cert", "bad.pem", cwd=tmp_path)
    assert "Certificate Status: revoked" in said, said


@classic_keys
def test_nss_asks(asked, tmp_path) -> None:
    store = ("-d", f"sql:{tmp_path}")
    assert is_yes(says("certutil", "-N", *store, "--empty-password", cwd=tmp_path))
    assert is_yes(says("certutil", "-A", *store, "-n", "ca", "-t", "CT,C,C", "-a", "-i", "ca.pem", cwd=tmp_path))
    for name in asked.leaves:
        check = ("-g", "leaf", "-h", "requireFreshInfo", "-m", "ocsp", "-s", "failIfNoInfo", "-u", "1", "-a", f"{name}.pem")
        said = says("vfychain", *store, "-pp", *check, cwd=tmp_path)
        assert ("Chain is good" in said) == (name == "good"), said
        assert ("revoked" in said) == (name != "good"), said
        assert is_yes(says("certutil", "-A", *store, "-n", name, "-t", ",,", "-a", "-i", f"{name}.pem", cwd=tmp_path))
        said = says("ocspclnt", "-S", name, *store, cwd=tmp_path)
        assert ("good" if name == "good" else "revoked") in said.lower(), said


@classic_keys
def test_java_asks_and_fails_hard(asked, tmp_path) -> None:
    for name, leaf in asked.leaves.items():
        write(tmp_path, leaf=leaf)
        said = java_says("ocsp", tmp_path)
        assert is_yes(said) == (name == "good"), said
        assert ("REVOKED" in said) == (name != "good"), said


def test_java_says_no_without_an_answer(office, tmp_path) -> None:
    with on_the_air(office) as scene:
        (good,) = scene.issue("good.example.com")
        write(tmp_path, ca=scene.root, leaf=good)
        assert is_yes(java_says("ocsp", tmp_path))
    assert "UNDETERMINED_REVOCATION_STATUS" in java_says("ocsp", tmp_path)


@every_key
def test_a_released_hold_is_good_again_in_the_list_and_by_ocsp(asked) -> None:
    held = asked.leaves["held"]
    assert x509.load_der_x509_crl(asked.list_of()).get_revoked_certificate_by_serial_number(held.serial_number)
    asked.release(held)
    assert x509.load_der_x509_crl(asked.list_of()).get_revoked_certificate_by_serial_number(held.serial_number) is None
    assert posted(asked, question(asked, "held")).certificate_status.name == "GOOD"
