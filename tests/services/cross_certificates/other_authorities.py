"""Authorities of other organizations, made by the openssl program, without our code."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
SUB_CA = CA + "authorityKeyIdentifier=keyid\n"
SERVER = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
    "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nsubjectAltName={names}\n"
)
KEYS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "ec": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "brainpool": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
    "ed25519": ["-algorithm", "ED25519"],
}


@dataclass(frozen=True)
class Other:
    """A key and a certificate in files."""

    certificate_file: Path
    key_file: Path

    @property
    def pem(self) -> bytes:
        return self.certificate_file.read_bytes()

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pem)

    def issue(self, subject: str, extensions: str, algorithm: str = "ec", days: int = 90) -> Other:
        folder = self.key_file.parent
        number = len(list(folder.iterdir()))
        key, csr, certificate, config = (folder / f"{number}.{end}" for end in ("key", "csr", "pem", "ext"))
        config.write_text(extensions)
        make_key(key, algorithm)
        openssl("req", "-new", "-utf8", "-key", key, "-subj", subject, "-out", csr)
        signer = ["-CA", self.certificate_file, "-CAkey", self.key_file, "-sha256", "-days", days]
        openssl("x509", "-req", "-in", csr, "-extfile", config, "-out", certificate, *signer)
        return Other(certificate, key)

    def server(self, *names: str) -> x509.Certificate:
        return self.issue("/O=Other/CN=a server", SERVER.format(names=",".join(names))).certificate


def root(
    folder: Path,
    algorithm: str = "ec",
    subject: str = "/C=US/O=Other/CN=Other CA",
    extensions: str = CA,
    days: int = 900,
) -> Other:
    folder.mkdir()
    key, certificate, config = folder / "root.key", folder / "root.pem", folder / "root.cnf"
    config.write_text(f"[req]\ndistinguished_name=dn\nx509_extensions=ca\n[dn]\n[ca]\n{extensions}")
    make_key(key, algorithm)
    made = ["-new", "-x509", "-utf8", "-config", config, "-key", key, "-subj", subject, "-days", days]
    openssl("req", *made, "-out", certificate)
    return Other(certificate, key)


def make_key(file: Path, algorithm: str) -> None:
    openssl("genpkey", *KEYS[algorithm], "-out", file)


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
