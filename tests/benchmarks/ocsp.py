"""Asks the web server for the same OCSP answer again and again, compared with the responder of `openssl ocsp`.

    BEFORE=FOLDER python -m tests.benchmarks ocsp   also with the program in another checkout, by turns
"""

from __future__ import annotations

import base64
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

ROUNDS = 5
ANSWERS = 1500
AGENT = """
import http.client, sys
agent = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))
for _ in range(int(sys.argv[3])):
    agent.request('GET', sys.argv[2])
    reply = agent.getresponse()
    assert reply.read() and reply.status == 200
"""


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        folders = {"now": Path.cwd()} | ({"before": Path(os.environ["BEFORE"])} if "BEFORE" in os.environ else {})
        times: dict[str, list[float]] = {which: [] for which in folders}
        for turn in range(ROUNDS):
            for which, code in folders.items():
                times[which].append(_answering(code, Path(name, f"{which}{turn}")))
        for which, each in times.items():
            spread = f"{statistics.median(each):.2f} ms ({min(each):.2f} - {max(each):.2f})"
            print(f"OCSP, the same answer over one connection, processor time of the server, {which}: {spread}")
        if len(times) > 1:
            now, before = (min(times[which]) for which in folders)
            print(f"OCSP: {now / before - 1:+.0%} (best of {ROUNDS}; goal: at most +10 %)")
        print(f"OCSP, the responder of openssl, one connection for each answer: {_openssl(Path(name)):.2f} ms")


def _answering(code: Path, folder: Path) -> float:
    """Return the milliseconds of processor time for an answer by the program in a checkout, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(code)}
    done = subprocess.run([sys.executable, __file__, str(folder)], cwd=code, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def _serve(folder: Path) -> None:
    """Issue a certificate, serve, and print what an answer costs."""
    from dominoadmin import application
    from dominoadmin.pki.names import DistinguishedName
    from dominoadmin.pki.publication import Publication
    from dominoadmin.services.certifiers import registering
    from dominoadmin.services.certifiers.form import CertifierRequest
    from dominoadmin.services.directory import server_documents
    from dominoadmin.services.domain import Actor
    from dominoadmin.services.requests import databases
    from dominoadmin.store import issued
    from tests.benchmarks import issuance

    folder.mkdir()
    port = _free_port()
    ours = issuance.set_up(folder / "data")
    server_documents.change(ours.domain, Actor.of(ours.ann), "", server_documents.ServerChange(http_port=port))
    publication = Publication((f"http://127.0.0.1:{port}/pki",))
    request = CertifierRequest(DistinguishedName(common_name="CA"), "server-id", key_algorithm="ec-p256", publication=publication)
    registering.register(ours.domain, ours.ann, request)
    databases.create(ours.domain, Actor.of(ours.ann), databases.DatabaseRequest("ec-p256", "ec-p256.nsf", "CA"))
    (number,) = issuance.take_in(ours, "ec-p256", issuance.make_requests(1))
    issuance.approve_and_issue(ours, [number])
    with ours.domain.store.snapshot() as db:
        leaf = issued.of_request(db, number)
    server = application.start_server(ours.domain, ours.server, lambda _: "")
    list(server.host.load("http"))
    with urlopen(_issuer_address(leaf.der), timeout=10) as reply:  # as clients of all versions find it
        asked = _question(leaf.der, reply.read())
    path = f"/pki/ocsp/{quote(base64.b64encode(asked).decode(), safe='')}"
    _ask(port, path, 100)
    before = time.process_time()
    _ask(port, path, ANSWERS)
    print((time.process_time() - before) * 1000 / ANSWERS)
    list(server.stop())


def _issuer_address(leaf: bytes) -> str:
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    access = x509.load_der_x509_certificate(leaf).extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    return next(each.access_location.value for each in access.value if each.access_method == AuthorityInformationAccessOID.CA_ISSUERS)


def _question(leaf: bytes, issuer: bytes) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    about = x509.load_der_x509_certificate(leaf), x509.load_der_x509_certificate(issuer)
    return ocsp.OCSPRequestBuilder().add_certificate(*about, SHA1()).build().public_bytes(Encoding.DER)


def _ask(port: int, path: str, count: int) -> None:
    """Ask from a process of its own, whose time does not count."""
    subprocess.run([sys.executable, "-c", AGENT, str(port), path, str(count)], check=True)


def _openssl(folder: Path) -> float:
    """Return the milliseconds of processor time of openssl's responder for an answer; it closes each connection."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    port = _free_port()
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=CA"]
    subprocess.run([*make, "-keyout", "ca.key", "-out", "ca.pem"], cwd=folder, check=True, capture_output=True)
    certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    serial = f"{certificate.serial_number:X}"
    (folder / "index.txt").write_text(f"V\t400101000000Z\t\t{serial.zfill(len(serial) + len(serial) % 2)}\tunknown\t/CN=CA\n")
    der = certificate.public_bytes(Encoding.DER)
    path = f"/{quote(base64.b64encode(_question(der, der)).decode(), safe='')}"
    count = ANSWERS // 3
    serve = ["openssl", "ocsp", "-index", "index.txt", "-port", str(port), "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key"]
    peer = subprocess.Popen([*serve, "-ndays", "1", "-nrequest", str(count)], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    for _ in range(count):
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
            assert reply.read()
    _process, _status, used = os.wait4(peer.pid, 0)
    return (used.ru_utime + used.ru_stime) * 1000 / count


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
