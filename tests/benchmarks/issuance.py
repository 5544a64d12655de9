"""Approves and issues batches of 1 000, compared with `openssl ca -batch` on the same requests in the same run."""

from __future__ import annotations

import gc
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from dominoadmin import application
from dominoadmin.__main__ import THRESHOLDS
from dominoadmin.pki import keys
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.domain import Actor, Domain, system_clock
from dominoadmin.services.identities import identifying
from dominoadmin.services.requests import approving, databases, inspecting, submitting
from dominoadmin.services.setup import creating as setup
from dominoadmin.store.keychain import NoKeychain

BATCH = 1000
ROUNDS = 3
PASSWORD = "only for the benchmark"
CONFIG = """
[ca]
default_ca = here
[here]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}/certs
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
rand_serial = yes
default_md = sha256
default_days = 200
policy = any
copy_extensions = copy
x509_extensions = leaf
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass
class Ours:
    domain: Domain
    ann: object
    server: object


def run() -> None:
    gc.set_threshold(*THRESHOLDS)  # as the command line and the server do
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        requests = make_requests(BATCH)
        paths = write_requests(folder, requests)
        ours = set_up(folder / "data")
        print(f"Issuance, batches of {BATCH}, certificates per second, median of {ROUNDS} (all: slowest - fastest)")
        for algorithm in ("ec-p256", "rsa-2048"):
            compare(ours, folder, algorithm, requests, paths)


def compare(ours: Ours, folder: Path, algorithm: str, requests: list[bytes], paths: list[Path]) -> None:
    prepare_ours(ours, algorithm)
    show, approve, issue, both = [], [], [], []
    theirs = []
    for _ in range(ROUNDS):
        ids = take_in(ours, algorithm, requests)
        shown, first, second = approve_and_issue(ours, ids)
        show.append(BATCH / shown)
        approve.append(BATCH / first)
        issue.append(BATCH / second)
        both.append(BATCH / (first + second))
        theirs.append(BATCH / openssl_ca(folder, algorithm, paths))
    raw = raw_rate(algorithm)
    print(f"{algorithm}: show {spread(show)}, approve {spread(approve)}, issue {spread(issue)}, both {spread(both)}")
    print(f"{algorithm}: openssl ca {spread(theirs)}; raw signatures {raw:.0f}")
    ratio = statistics.median(both) / statistics.median(theirs)
    issue_ratio = statistics.median(issue) / statistics.median(theirs)
    share = statistics.median(issue) / raw
    print(f"{algorithm}: approve + issue is {ratio:.2f} of openssl ca, issue alone {issue_ratio:.2f}; "
          f"issue alone is {share:.1%} of the raw signing rate")


def make_requests(count: int) -> list[bytes]:
    return [make_request(number) for number in range(count)]


def make_request(number: int) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    host = f"host{number}.example.com"
    name = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "MyCompany"), x509.NameAttribute(NameOID.COMMON_NAME, host),
    ])
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name).add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def write_requests(folder: Path, requests: list[bytes]) -> list[Path]:
    paths = [folder / f"{number}.csr" for number in range(len(requests))]
    for path, request in zip(paths, requests, strict=True):
        path.write_bytes(request)
    return paths


def set_up(root: Path) -> Ours:
    request = setup.SetupRequest(organization="MyCompany", country="", server="Server1", host="server1.example.com", administrator="Ann Admin", administrator_password=PASSWORD, server_password=PASSWORD)
    made = setup.set_up(root, request, lambda _: NoKeychain(), system_clock)
    domain = application.open_domain(root, {"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"})
    ann = identifying.open_id(domain, made.administrator_id, PASSWORD)
    return Ours(domain, ann, identifying.open_id(domain, made.server_id, PASSWORD))


def prepare_ours(ours: Ours, algorithm: str) -> None:
    name = DistinguishedName(common_name=f"CA {algorithm}", organization=algorithm)
    request = CertifierRequest(name, "server-id", key_algorithm=algorithm)
    registering.register(ours.domain, ours.ann, request)
    database = databases.DatabaseRequest(algorithm, f"{algorithm}.nsf", f"CA {algorithm}")
    databases.create(ours.domain, Actor.of(ours.ann), database)


def take_in(ours: Ours, algorithm: str, requests: list[bytes]) -> list[int]:
    actor = Actor.of(ours.ann)
    ids = [
        submitting.take_in(ours.domain, actor, f"{algorithm}.nsf", submitting.Submission(request)).request.id
        for request in requests
    ]
    return submitting.submit(ours.domain, actor, ids)


def approve_and_issue(ours: Ours, ids: list[int]) -> tuple[float, float, float]:
    """Return how long showing, approving and issuing take.

    As in practice: the RA and the CA process are two programs. Neither has seen the requests before; the RA's shows
    them before he decides.
    """
    from dominoadmin.pki import certifiable

    certifiable._examined.cache_clear()
    start = time.perf_counter()
    digests = inspecting.digests(ours.domain, Actor.of(ours.ann), ids)
    shown = time.perf_counter() - start
    # The CA process has verified what came in while it came in.
    server = application.start_server(ours.domain, ours.server, lambda _: "")
    list(server.host.load("ca"))
    list(server.stop())
    start = time.perf_counter()
    outcomes = approving.approve(ours.domain, ours.ann, digests)
    assert not any(outcome.problem for outcome in outcomes)
    approved = time.perf_counter() - start
    certifiable._examined.cache_clear()
    server = application.start_server(ours.domain, ours.server, lambda _: "")
    start = time.perf_counter()
    lines = list(server.host.load("ca"))
    issued = time.perf_counter() - start
    assert sum("Certificate issued" in line for line in lines) == len(ids)
    list(server.stop())
    return shown, approved, issued


def openssl_ca(folder: Path, algorithm: str, paths: list[Path]) -> float:
    ca = Path(tempfile.mkdtemp(dir=folder))
    (ca / "certs").mkdir()
    (ca / "index.txt").touch()
    (ca / "ca.cnf").write_text(CONFIG.format(folder=ca))
    key = ["rsa:2048"] if algorithm == "rsa-2048" else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *key, "-nodes", "-keyout", ca / "ca.key", "-out", ca / "ca.pem",
         "-subj", "/CN=CA", "-days", "3650"], check=True, capture_output=True,
    )
    start = time.perf_counter()
    subprocess.run(
        ["openssl", "ca", "-batch", "-notext", "-config", ca / "ca.cnf", "-infiles", *paths], check=True, capture_output=True
    )
    seconds = time.perf_counter() - start
    assert len(list((ca / "certs").iterdir())) == len(paths)
    return seconds


def raw_rate(algorithm: str) -> float:
    key = keys.generate(algorithm)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < 1:
        keys.sign(key, b"x" * 600)
        count += 1
    return count / (time.perf_counter() - start)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f} - {max(values):.0f})"
