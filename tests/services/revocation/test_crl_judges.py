"""Independent programs judge the lists: openssl, GnuTLS, NSS, Java with hard failure, pkilint, pyca."""

import pytest
from cryptography import x509

from tests.services.revocation.judges import is_yes, java_says, lint_crl, says
from tests.services.revocation.scene import authority, on_the_air, serial, write

pytestmark = pytest.mark.judge
CLASSIC = ("rsa-2048", "ec-p256")
READ_BY_ALL = (*CLASSIC, "ec-p384")
EVERY = (*READ_BY_ALL, "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
"""OpenSSL 3.0, GnuTLS 3.7, NSS 3.87 and Java 17 cannot check signatures of ML-DSA (see tests/outside/judges.py)."""
OPENSSL = ("openssl", "verify", "-x509_strict", "-CAfile", "ca.pem", "-CRLfile", "crl.pem")


def parsed(der: bytes) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(der)


@pytest.fixture
def judged(request, office, tmp_path):
    """A scene with one good and one revoked certificate, and its list on disk in both forms."""
    scene = authority(office, request.param)
    good, bad, held = scene.issue("good.example.com", "bad.example.com", "held.example.com")
    scene.revoke(bad, reason="keyCompromise", invalidity_at=office.clock())
    scene.revoke(held, reason="certificateHold")
    crl = scene.list_of()
    write(tmp_path, ca=scene.root, good=good, bad=bad, held=held, crl=crl)
    write(tmp_path, crl=parsed(crl))
    return scene


@pytest.mark.parametrize("judged", READ_BY_ALL, indirect=True)
@pytest.mark.parametrize("check", ["-crl_check", "-crl_check_all"])
def test_openssl_refuses_what_is_revoked_and_nothing_else(judged, tmp_path, check) -> None:
    assert is_yes(says(*OPENSSL, check, "good.pem", cwd=tmp_path))
    for name in ("bad", "held"):
        said = says(*OPENSSL, check, f"{name}.pem", cwd=tmp_path)
        assert "certificate revoked" in said and not is_yes(said)


@pytest.mark.parametrize("judged", EVERY, indirect=True)
def test_pkilint_and_pyca_find_nothing_to_complain_about(judged, tmp_path) -> None:
    crl = (tmp_path / "crl.der").read_bytes()
    assert lint_crl(crl) == []
    read = parsed(crl)
    assert read.is_signature_valid(judged.root.public_key())
    assert {f"{entry.serial_number:x}" for entry in read} == {
        serial(x509.load_pem_x509_certificate((tmp_path / f"{name}.pem").read_bytes())) for name in ("bad", "held")
    }
    assert read.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 3


@pytest.mark.parametrize("judged", READ_BY_ALL, indirect=True)
def test_gnutls_takes_the_list_for_the_certifiers_own(judged, tmp_path) -> None:
    verify = ("certtool", "--verify-crl", "--load-ca-certificate")
    said = says(*verify, "ca.pem", "--infile", "crl.pem", cwd=tmp_path)
    assert is_yes(said) and "Verified" in said, said
    broken = bytearray((tmp_path / "crl.der").read_bytes())
    broken[-5] ^= 1
    write(tmp_path, broken=parsed(bytes(broken)))
    assert "Not verified" in says(*verify, "ca.pem", "--infile", "broken.pem", cwd=tmp_path)
    chain = ("certtool", "--verify", "--load-ca-certificate", "ca.pem", "--load-crl", "crl.pem")
    assert is_yes(says(*chain, "--infile", "good.pem", cwd=tmp_path))
    said = says(*chain, "--infile", "bad.pem", cwd=tmp_path)
    assert not is_yes(said) and "revoked" in said, said


@pytest.mark.parametrize("judged", READ_BY_ALL, indirect=True)
def test_nss_takes_the_list_in_and_refuses_what_is_on_it(judged, tmp_path) -> None:
    store = ("-d", f"sql:{tmp_path}")
    assert is_yes(says("certutil", "-N", *store, "--empty-password", cwd=tmp_path))
    assert is_yes(says("certutil", "-A", *store, "-n", "ca", "-t", "CT,C,C", "-a", "-i", "ca.pem", cwd=tmp_path))
    said = says("crlutil", "-I", "-i", "crl.der", "-t", "1", *store, cwd=tmp_path)
    assert is_yes(said), said
    for name in ("good", "bad", "held"):
        said = says("vfychain", *store, "-pp", "-g", "leaf", "-m", "crl", "-s", "failIfNoInfo", "-u", "1", "-a", f"{name}.pem", cwd=tmp_path)
        assert ("Chain is good" in said) == (name == "good"), said
        assert ("revoked" in said) == (name != "good"), said


@pytest.mark.parametrize("algorithm", CLASSIC)
def test_java_fetches_the_list_and_fails_hard(office, tmp_path, algorithm) -> None:
    with on_the_air(office, algorithm) as scene:
        good, bad = scene.issue("good.example.com", "bad.example.com")
        scene.revoke(bad, reason="superseded")
        write(tmp_path, ca=scene.root, leaf=good)
        said = java_says("crl", tmp_path)
        assert is_yes(said), said
        write(tmp_path, leaf=bad)
        said = java_says("crl", tmp_path)
        assert "REVOKED" in said and "SUPERSEDED" in said, said
    write(tmp_path, leaf=good)
    assert "UNDETERMINED_REVOCATION_STATUS" in java_says("crl", tmp_path), "without a server there is no yes"


@pytest.mark.parametrize("algorithm", CLASSIC)
def test_java_fetches_the_partition_that_the_certificate_names(office, tmp_path, algorithm) -> None:
    with on_the_air(office, algorithm, partition_size=10) as scene:
        leaves = scene.issue(*(f"host{number}.example.com" for number in range(12)))
        scene.revoke(leaves[0], leaves[11], reason="superseded")
        write(tmp_path, ca=scene.root)
        assert [len(parsed(scene.list_of(part))) for part in (0, 1, 2)] == [2, 1, 1]
        for number, is_good in ((0, False), (1, True), (10, True), (11, False)):
            write(tmp_path, leaf=leaves[number])
            said = java_says("crl", tmp_path)
            assert is_yes(said) == is_good, said
        for part in (1, 2):
            assert lint_crl(scene.list_of(part)) == []


@pytest.mark.parametrize("algorithm", CLASSIC)
def test_openssl_reads_a_delta_on_its_base(office, tmp_path, algorithm) -> None:
    scene = authority(office, algorithm, "http://ca.example.com/pki", delta_hours=6)
    first, second, held = scene.issue("a.example.com", "b.example.com", "c.example.com")
    scene.revoke(first)
    scene.revoke(held, reason="certificateHold")
    base = scene.list_of()
    scene.revoke(second, reason="cessationOfOperation")
    delta = scene.list_of(delta=True)
    assert lint_crl(delta) == [] == lint_crl(base)
    assert delta_says(scene, tmp_path, base, delta, second) == "revoked"
    assert delta_says(scene, tmp_path, base, None, second) == "good"
    assert delta_says(scene, tmp_path, base, delta, first) == "revoked"
    assert delta_says(scene, tmp_path, base, delta, held) == "revoked"


@pytest.mark.parametrize("algorithm", CLASSIC)
def test_openssl_reads_a_release_from_a_delta(office, tmp_path, algorithm) -> None:
    scene = authority(office, algorithm, "http://ca.example.com/pki", delta_hours=6)
    (held,) = scene.issue("a.example.com")
    scene.revoke(held, reason="certificateHold")
    base = scene.list_of()
    assert delta_says(scene, tmp_path, base, None, held) == "revoked"
    scene.release(held)
    delta = scene.list_of(delta=True)
    (entry,) = parsed(delta)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.remove_from_crl
    assert delta_says(scene, tmp_path, base, delta, held) == "good"
    assert delta_says(scene, tmp_path, scene.list_of(), None, held) == "good"


def delta_says(scene, folder, base: bytes, delta: bytes | None, leaf: x509.Certificate) -> str:
    """Ask openssl with a complete list and a delta CRL on it."""
    write(folder, ca=scene.root, leaf=leaf, base=parsed(base))
    given = ["-CRLfile", "base.pem"]
    if delta is not None:
        write(folder, delta=parsed(delta))
        given = ["-extended_crl", "-use_deltas", *given, "-CRLfile", "delta.pem"]
    said = says("openssl", "verify", "-x509_strict", "-crl_check_all", *given, "-CAfile", "ca.pem", "leaf.pem", cwd=folder)
    if is_yes(said):
        return "good"
    assert "certificate revoked" in said, said
    return "revoked"


def test_the_first_certificate_of_a_partition_finds_its_list_at_once(office, tmp_path) -> None:
    with on_the_air(office, partition_size=10) as scene:
        leaves = scene.issue(*(f"host{number}.example.com" for number in range(10)))
        leaves += scene.issue("host10.example.com")
        write(tmp_path, ca=scene.root)
        for leaf in (leaves[0], leaves[10]):
            write(tmp_path, leaf=leaf)
            said = java_says("crl", tmp_path)
            assert is_yes(said), said
