"""A key ring and its exports, read by openssl, GnuTLS, Java and Python."""

from __future__ import annotations

import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dominoadmin.errors import Refused
from dominoadmin.pki import key_ring_exports, key_rings
from dominoadmin.pki.names import DistinguishedName
from tests.pki.authorities import NOW, issue, root, subordinate

PASSWORD = "correct horse"
ROOT = root()
SUB = subordinate(ROOT, "Sub CA")
OTHER = root("Other Root CA")
AT = str(int(NOW.timestamp()))


def certified(key):
    ring = key_rings.new(key, DistinguishedName(common_name="www.example.com"), (), NOW)
    ring = key_rings.with_trusted_root(ring, OTHER.certificate, "Other")
    ring = key_rings.with_trusted_root(ring, ROOT.certificate, "My Root")
    return key_rings.with_certificate(ring, issue(SUB, key.public_key()), [SUB.certificate], NOW)


@pytest.fixture(scope="module", params=["ec", "rsa"])
def ring(request):
    if request.param == "ec":
        return certified(ec.generate_private_key(ec.SECP256R1()))
    return certified(rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="module")
def ec_ring():
    return certified(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="module")
def kyr(ring, tmp_path_factory):
    file = tmp_path_factory.mktemp("ring") / "keyfile.kyr"
    file.write_bytes(key_rings.serialize(ring, PASSWORD))
    return file


def output(*argv, cwd=None, status=0):
    done = subprocess.run([str(a) for a in argv], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def keytool(file, password=PASSWORD, status=0):
    argv = ["keytool", "-J-Xshare:auto", "-J-Duser.language=en", "-list", "-v", "-storetype", "PKCS12"]
    return output(*argv, "-keystore", file, "-storepass", password, status=status)


@pytest.mark.judge
class TestTheKeyRingFile:
    def test_openssl_sees_aes_256_and_600000_rounds_everywhere(self, kyr):
        shown = output("openssl", "pkcs12", "-in", kyr, "-passin", f"pass:{PASSWORD}", "-noout", "-info")
        assert "MAC: sha256, Iteration 600000\n" in shown
        protection = "PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256"
        assert f"PKCS7 Encrypted data: {protection}" in shown
        assert f"Shrouded Keybag: {protection}" in shown
        assert shown.count("Iteration") == 3

    def test_openssl_sees_the_friendly_names(self, kyr):
        shown = output("openssl", "pkcs12", "-in", kyr, "-passin", f"pass:{PASSWORD}", "-nokeys")
        for friendly_name in ("server", "Intermediate: Sub CA", "Trusted root: My Root", "Trusted root: Other"):
            assert f"friendlyName: {friendly_name}\n" in shown

    def test_openssl_refuses_a_wrong_password(self, kyr):
        argv = ["openssl", "pkcs12", "-in", kyr, "-passin", "pass:wrong", "-noout"]
        assert "invalid password" in output(*argv, status=1)

    def test_keytool_lists_the_key_and_its_chain(self, kyr):
        shown = keytool(kyr)
        assert "Alias name: server\n" in shown
        assert "Entry type: PrivateKeyEntry" in shown
        assert "Certificate chain length: 3" in shown

    def test_keytool_refuses_a_wrong_password(self, kyr):
        assert "password was incorrect" in keytool(kyr, "wrong password", status=1)

    def test_gnutls_reads_it(self, kyr):
        shown = output("certtool", "--p12-info", "--inder", "--password", PASSWORD, "--infile", kyr)
        assert shown.count("BEGIN CERTIFICATE") == 4
        assert "PBES2-AES256-CBC" in shown or "AES-256" in shown.upper()

    def test_gnutls_refuses_a_wrong_password(self, kyr):
        output("certtool", "--p12-info", "--inder", "--password", "wrong", "--infile", kyr, status=1)

    def test_a_password_beyond_ascii_opens_it_in_openssl(self, ec_ring, tmp_path):
        (tmp_path / "k.kyr").write_bytes(key_rings.serialize(ec_ring, "пароль 🔑"))
        shown = output("openssl", "pkcs12", "-in", tmp_path / "k.kyr", "-passin", "pass:пароль 🔑", "-noout", "-info")
        assert "Iteration 600000" in shown

    def test_a_placeholder_opens_too(self, tmp_path):
        key = ec.generate_private_key(ec.SECP384R1())
        new = key_rings.new(key, DistinguishedName(common_name="www.example.com"), (), NOW)
        (tmp_path / "k.kyr").write_bytes(key_rings.serialize(new, PASSWORD))
        assert "PrivateKeyEntry" in keytool(tmp_path / "k.kyr")
        output("openssl", "pkcs12", "-in", tmp_path / "k.kyr", "-passin", f"pass:{PASSWORD}", "-noout")


def written(files, directory):
    for name, data in files.items():
        (directory / name).write_bytes(data)


class TestPem:
    @pytest.mark.judge
    @pytest.mark.parametrize("password", [None, PASSWORD])
    def test_openssl_and_python_serve_with_it(self, ring, tmp_path, password):
        written(key_ring_exports.export_pem(ring, password), tmp_path)
        argv = ["openssl", "verify", "-x509_strict", "-attime", AT, "-CAfile", "root.pem", "-untrusted", "chain.pem"]
        # Our test authorities lack key identifiers, so without -x509_strict.
        argv.remove("-x509_strict")
        assert output(*argv, "chain.pem", cwd=tmp_path) == "chain.pem: OK\n"
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            tmp_path / "chain.pem", tmp_path / "key.pem", lambda: PASSWORD
        )

    @pytest.mark.judge
    def test_the_key_s_password_takes_600000_rounds(self, ec_ring, tmp_path):
        written(key_ring_exports.export_pem(ec_ring, PASSWORD), tmp_path)
        shown = output("openssl", "asn1parse", "-in", "key.pem", cwd=tmp_path)
        assert "INTEGER           :0927C0" in shown  # 600 000
        assert ":aes-256-cbc" in shown
        assert "hmacWithSHA256" in shown
        output("openssl", "pkey", "-in", "key.pem", "-passin", f"pass:{PASSWORD}", "-noout", cwd=tmp_path)
        output("openssl", "pkey", "-in", "key.pem", "-passin", "pass:wrong", "-noout", cwd=tmp_path, status=1)

    def test_the_files_hold_what_their_names_say(self, ec_ring):
        files = key_ring_exports.export_pem(ec_ring, None)
        assert sorted(files) == ["chain.pem", "key.pem", "root.pem"]
        assert x509.load_pem_x509_certificates(files["chain.pem"]) == [ec_ring.certificate, SUB.certificate]
        assert x509.load_pem_x509_certificates(files["root.pem"]) == [ROOT.certificate]
        assert load_pem_private_key(files["key.pem"], None).private_numbers() == ec_ring.private_key.private_numbers()
        assert files["key.pem"].startswith(b"-----BEGIN PRIVATE KEY-----\n")

    def test_encrypted_lines_have_64_characters(self, ec_ring):
        lines = key_ring_exports.export_pem(ec_ring, PASSWORD)["key.pem"].decode().splitlines()
        assert lines[0] == "-----BEGIN ENCRYPTED PRIVATE KEY-----"
        assert {len(line) for line in lines[1:-2]} == {64}


@pytest.mark.judge
class TestPkcs12AndJava:
    def test_pkcs12_holds_the_path_with_600000_rounds(self, ring, tmp_path):
        (tmp_path / "s.p12").write_bytes(key_ring_exports.export_pkcs12(ring, PASSWORD))
        argv = ["openssl", "pkcs12", "-in", "s.p12", "-passin", f"pass:{PASSWORD}", "-info", "-nodes"]
        shown = output(*argv, cwd=tmp_path)
        assert shown.count("BEGIN CERTIFICATE") == 3
        assert shown.count("BEGIN PRIVATE KEY") == 1
        assert shown.count("Iteration 600000") == 3
        assert "friendlyName: server" in shown
        assert "Trusted root" not in shown

    def test_java_finds_the_key_entry_and_the_trusted_roots(self, ring, tmp_path):
        written(key_ring_exports.export_java(ring, PASSWORD), tmp_path)
        shown = keytool(tmp_path / "keystore.p12")
        assert "Alias name: server\n" in shown
        assert "Entry type: PrivateKeyEntry" in shown
        assert "Certificate chain length: 3" in shown
        assert shown.count("Alias name") == 1
        trusted = keytool(tmp_path / "truststore.p12")
        assert trusted.count("Entry type: trustedCertEntry") == 2
        assert "Alias name: my root\n" in trusted.lower().replace("alias name", "Alias name")

    def test_the_truststore_s_mac_does_not_betray_the_password(self, ec_ring, tmp_path):
        written(key_ring_exports.export_java(ec_ring, PASSWORD), tmp_path)
        argv = ["openssl", "pkcs12", "-in", "truststore.p12", "-passin", f"pass:{PASSWORD}", "-noout", "-info"]
        shown = output(*argv, cwd=tmp_path)
        assert shown.count("Iteration 600000") == shown.count("Iteration") == 2


@pytest.mark.parametrize("password", ["pässwört1", "short", ""])
def test_passwords_that_java_cannot_use_are_refused(ec_ring, password):
    with pytest.raises(Refused, match="Java accepts only passwords of at least six ASCII characters"):
        key_ring_exports.export_java(ec_ring, password)


class TestKyrtool:
    def test_the_file_has_the_key_then_the_leaf_then_the_root_last(self, ring):
        if not isinstance(ring.private_key, rsa.RSAPrivateKey):
            return
        data = key_ring_exports.export_kyrtool(ring)
        assert data.startswith(b"-----BEGIN RSA PRIVATE KEY-----\n")
        key, _, certificates = data.partition(b"PRIVATE KEY-----\n-----BEGIN CERT")
        assert (
            load_pem_private_key(key + b"PRIVATE KEY-----\n", None).private_numbers()
            == ring.private_key.private_numbers()
        )
        path = x509.load_pem_x509_certificates(b"-----BEGIN CERT" + certificates)
        assert path == [ring.certificate, SUB.certificate, ROOT.certificate]

    def test_a_key_that_kyrtool_does_not_take_is_refused(self, ring):
        if not isinstance(ring.private_key, rsa.RSAPrivateKey):
            with pytest.raises(Refused, match="RSA keys only"):
                key_ring_exports.export_kyrtool(ring)

    def test_the_commands_are_those_of_hcl(self):
        assert key_ring_exports.kyrtool_commands("keyfile.kyr", "keyfile-kyrtool.pem") == (
            "kyrtool create -k keyfile.kyr -p <password>\nkyrtool import all -k keyfile.kyr -i keyfile-kyrtool.pem\n"
        )
        assert '-k "my ring.kyr" -i "my file.pem"' in key_ring_exports.kyrtool_commands("my ring", "my file.pem")


def test_a_ring_without_its_certificate_cannot_be_exported(ec_ring):
    new = key_rings.new(ec_ring.private_key, DistinguishedName(common_name="www.example.com"), (), NOW)
    for export in (
        lambda: key_ring_exports.export_pem(new, None),
        lambda: key_ring_exports.export_pkcs12(new, PASSWORD),
        lambda: key_ring_exports.export_java(new, PASSWORD),
        lambda: key_ring_exports.export_kyrtool(new),
    ):
        with pytest.raises(Refused, match="only a placeholder") as raised:
            export()
        assert "keyring pickup" in raised.value.hint


def test_an_export_needs_a_password_where_the_format_has_one(ec_ring):
    for export in (key_ring_exports.export_pem, key_ring_exports.export_pkcs12):
        with pytest.raises(Refused, match="password cannot be empty"):
            export(ec_ring, "")
