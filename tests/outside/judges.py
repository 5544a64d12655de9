"""Independent programs that judge our certificates. Each raises AssertionError with the program's output if it refuses.

Nothing is skipped: the programs are required, `make` installs them (openssl, gnutls-bin, libnss3-tools, a JDK, and
pkilint beside this Python). Certificates are given as `x509.Certificate`, or as PEM or DER.

Support of ML-DSA, found by trying (Debian 12): OpenSSL 3.0.19 and NSS 3.87 cannot decode the key, GnuTLS 3.7.9
and Java 17 read the certificate but cannot check its signature. pyca's path validation (cryptography 50) and pkilint
0.13 can, so they judge ML-DSA; as pyca's X.509 signs our certificates too, it is not wholly independent, but its
path validation shares no code with the signing.
"""

from __future__ import annotations

import atexit
import functools
import ipaddress
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification

Certificate = x509.Certificate | bytes | str

JAVA_SOURCE = Path(__file__).parent.parent / "java" / "PkixCheck.java"
PURPOSES = {"sslserver": "1.3.6.1.5.5.7.3.1", "sslclient": "1.3.6.1.5.5.7.3.2", "smimesign": "1.3.6.1.5.5.7.3.4"}
"""OpenSSL's word for each purpose and its object identifier, which certtool requires."""

PKILINT_ALLOWED = frozenset(
    {
        # RFC 1034's preferred name syntax has no asterisk, and pkilint's PKIX profile reads RFC 5280 to the
        # letter; RFC 9525, 6.3 and the Baseline Requirements allow it as the left-most label.
        'pkix.invalid_domain_name_syntax: Invalid domain name syntax: "*.',
    }
)
"""Accepted findings of pkilint: the beginning of `code: message`, each with its reason."""


def openssl_verifies(
    leaf_pem: Certificate,
    root_pem: Certificate,
    intermediates: Sequence[Certificate] = (),
    hostname: str = "",
    purpose: str = "",
) -> None:
    """Ask `openssl verify -x509_strict`; `purpose` is sslserver, sslclient, smimesign …"""
    with _files(leaf_pem, root_pem, intermediates) as (leaf, root, between):
        asked = ["openssl", "verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", root]
        for file in between:
            asked += ["-untrusted", file]
        if hostname:
            asked += ["-verify_ip" if _is_address(hostname) else "-verify_hostname", hostname]
        if purpose:
            asked += ["-purpose", purpose]
        _ask([*asked, leaf])


def gnutls_verifies(
    leaf_pem: Certificate,
    root_pem: Certificate,
    intermediates: Sequence[Certificate] = (),
    hostname: str = "",
    purpose: str = "",
) -> None:
    """Ask GnuTLS, `certtool --verify`; `purpose` is OpenSSL's word or an object identifier."""
    with _files(leaf_pem, root_pem, intermediates) as (leaf, root, between):
        chain = Path(leaf).with_name("chain.pem")
        chain.write_bytes(b"".join(Path(file).read_bytes() for file in (leaf, *between)))
        asked = ["certtool", "--verify", "--verify-profile", "medium", "--load-ca-certificate", root]
        if hostname:
            asked += ["--verify-hostname", hostname]
        if purpose:
            asked += ["--verify-purpose", PURPOSES.get(purpose, purpose)]
        _ask([*asked, "--infile", str(chain)])


def nss_verifies(
    leaf: Certificate, root: Certificate, intermediates: Sequence[Certificate] = (), usage: str = "V"
) -> None:
    """Ask NSS, `certutil -V -e`; `usage` is V for a server, C for a client, L for a CA, S and R for mail."""
    with _files(leaf, root, intermediates) as (leaf_file, root_file, between):
        folder = f"sql:{Path(leaf_file).parent}"
        _ask(["certutil", "-N", "-d", folder, "--empty-password"])
        for number, file in enumerate([root_file, *between]):
            trust = ",," if number else "CT,C,C"
            _ask(["certutil", "-A", "-d", folder, "-n", f"authority {number}", "-t", trust, "-a", "-i", file])
        if _pem(leaf) == _pem(root):
            _ask(["certutil", "-V", "-d", folder, "-n", "authority 0", "-u", usage, "-e"])
        else:
            _ask(["certutil", "-A", "-d", folder, "-n", "leaf", "-t", ",,", "-a", "-i", leaf_file])
            _ask(["certutil", "-V", "-d", folder, "-n", "leaf", "-u", usage, "-e"])


def java_verifies(leaf: Certificate, root: Certificate, intermediates: Sequence[Certificate] = ()) -> None:
    """Ask Java's CertPathValidator (PKIX, without revocation); `intermediates` go from the leaf upwards."""
    with _files(leaf, root, intermediates) as (leaf_file, root_file, between):
        _ask([*_java(), root_file, leaf_file, *between])


def pyca_verifies(
    leaf: Certificate, root: Certificate, intermediates: Sequence[Certificate] = (), hostname: str = ""
) -> None:
    """Ask cryptography: each signature from the leaf upwards, and with a host name its path validation too."""
    path = [_certificate(each) for each in (leaf, *intermediates, root)]
    try:
        for below, above in itertools.pairwise(path):
            below.verify_directly_issued_by(above)
        if hostname:
            _pyca_path(path, hostname)
    except (InvalidSignature, ValueError, TypeError, verification.VerificationError) as reason:
        raise AssertionError(f"pyca: {reason or type(reason).__name__}") from reason


def pkilint_clean(
    cert_der: Certificate, issuer: Certificate | None = None, allow: frozenset[str] = PKILINT_ALLOWED
) -> None:
    """Ask pkilint's PKIX profile for findings of the severity WARNING and above, and of the issuer's too, if given."""
    for certificate in (cert_der, issuer):
        if certificate is not None:
            found = [each for each in _pkilint_findings(_certificate(certificate)) if not each.startswith(tuple(allow))]
            assert not found, "pkilint: " + "\n".join(found)


def everyone_verifies(
    leaf: Certificate,
    root: Certificate,
    intermediates: Sequence[Certificate] = (),
    hostname: str = "",
) -> None:
    """Ask every judge who can read the keys of the path. With a host name the leaf is treated as a TLS server's."""
    path = [_certificate(each) for each in (leaf, *intermediates, root)]
    for certificate in path:
        pkilint_clean(certificate)
    readable = set.intersection(*(set(JUDGES_BY_KEY[key_kind(certificate)]) for certificate in path))
    for name in sorted(readable):
        JUDGES[name](leaf, root, intermediates, hostname)


def key_kind(certificate: Certificate) -> str:
    """Return rsa, ec or ml-dsa."""
    match _certificate(certificate).public_key():
        case rsa.RSAPublicKey():
            return "rsa"
        case ec.EllipticCurvePublicKey():
            return "ec"
        case _:
            return "ml-dsa"


Judge = Callable[[Certificate, Certificate, Sequence[Certificate], str], None]


def _openssl(leaf: Certificate, root: Certificate, between: Sequence[Certificate], hostname: str) -> None:
    openssl_verifies(leaf, root, between, hostname, "sslserver" if hostname else "")


def _gnutls(leaf: Certificate, root: Certificate, between: Sequence[Certificate], hostname: str) -> None:
    gnutls_verifies(leaf, root, between, hostname, "sslserver" if hostname else "")


def _nss(leaf: Certificate, root: Certificate, between: Sequence[Certificate], hostname: str) -> None:
    nss_verifies(leaf, root, between, "V" if hostname else _nss_usage(_certificate(leaf)))


def _java_path(leaf: Certificate, root: Certificate, between: Sequence[Certificate], _hostname: str) -> None:
    java_verifies(leaf, root, between)


JUDGES: Mapping[str, Judge] = {
    "openssl": _openssl,
    "gnutls": _gnutls,
    "nss": _nss,
    "java": _java_path,
    "pyca": pyca_verifies,
}
JUDGES_BY_KEY: Mapping[str, tuple[str, ...]] = {
    "rsa": ("openssl", "gnutls", "nss", "java", "pyca"),
    "ec": ("openssl", "gnutls", "nss", "java", "pyca"),
    "ml-dsa": ("pyca",),
}
"""The judges that can read each kind of key; pkilint reads all. OpenSSL 3.5 and later would read ML-DSA."""


def _nss_usage(leaf: x509.Certificate) -> str:
    """Return the usage for NSS, which has no "any purpose": L for a CA, R for mail, C for a client, else V."""
    try:
        if leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return "L"
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return "V"
    found = {purpose.dotted_string for purpose in purposes}
    if PURPOSES["sslserver"] in found:
        return "V"
    return "C" if PURPOSES["sslclient"] in found else "S"


def _pyca_path(path: Sequence[x509.Certificate], hostname: str) -> None:
    leaf, *between, root = path
    subject = x509.IPAddress(ipaddress.ip_address(hostname)) if _is_address(hostname) else x509.DNSName(hostname)
    store = verification.Store([root])
    verification.PolicyBuilder().store(store).build_server_verifier(subject).verify(leaf, between)


def _java() -> tuple[str, ...]:
    return java_program(JAVA_SOURCE)


@functools.cache
def java_program(source: Path) -> tuple[str, ...]:
    """Compile once per session if there is a compiler, else let `java` compile the file at each start."""
    flags = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")  # a short life: no time to warm up
    if not shutil.which("javac"):
        return ("java", *flags, str(source))
    folder = tempfile.mkdtemp(prefix="pkixcheck-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _ask(["javac", "-d", folder, str(source)])
    return ("java", *flags, "-cp", folder, source.stem)


@functools.cache
def _pkilint() -> Callable[[bytes], Iterator[str]]:
    """Build the linter of `lint_pkix_cert lint -s WARNING` once: the program itself needs half a second each time."""
    from pkilint import loader, validation
    from pkilint.pkix import certificate, extension, name

    container = certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )

    def findings(der: bytes) -> Iterator[str]:
        document = loader.RFC5280CertificateDocumentLoader().load_der_document(der)
        for result in container.validate(document.root):
            for description in result.finding_descriptions:
                if description.finding.severity <= validation.ValidationFindingSeverity.WARNING:
                    yield f"{description.finding.code}: {description.message or ''} @ {result.node.path}"

    return findings


def _pkilint_findings(certificate: x509.Certificate) -> list[str]:
    return list(_pkilint()(certificate.public_bytes(Encoding.DER)))


def pkilint_program_findings(certificate: Certificate) -> str:
    """Run the program `lint_pkix_cert` beside this Python and return its report; empty if it finds nothing."""
    program = Path(sys.executable).parent / "lint_pkix_cert"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "certificate.pem"
        file.write_bytes(_pem(certificate))
        done = _run([str(program), "lint", "-s", "WARNING", str(file)])
    return re.sub(r"\s+", " ", done.stdout + done.stderr).strip()


@contextmanager
def _files(
    leaf: Certificate, root: Certificate, intermediates: Sequence[Certificate]
) -> Iterator[tuple[str, str, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        names = ["leaf.pem", "root.pem", *(f"intermediate{number}.pem" for number in range(len(intermediates)))]
        files = [Path(folder) / name for name in names]
        for file, certificate in zip(files, (leaf, root, *intermediates), strict=True):
            file.write_bytes(_pem(certificate))
        yield str(files[0]), str(files[1]), [str(file) for file in files[2:]]


def _certificate(given: Certificate) -> x509.Certificate:
    if isinstance(given, x509.Certificate):
        return given
    encoded = given.encode("ascii") if isinstance(given, str) else given
    pem = encoded.lstrip().startswith(b"-----BEGIN")
    return x509.load_pem_x509_certificate(encoded) if pem else x509.load_der_x509_certificate(encoded)


def _pem(given: Certificate) -> bytes:
    return _certificate(given).public_bytes(Encoding.PEM)


def _is_address(hostname: str) -> bool:
    return ":" in hostname or bool(re.fullmatch(r"[0-9.]+", hostname))


def _run(asked: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


def _ask(asked: Sequence[str]) -> None:
    done = _run(asked)
    assert done.returncode == 0, f"{' '.join(asked)}\n{done.stdout}{done.stderr}"
