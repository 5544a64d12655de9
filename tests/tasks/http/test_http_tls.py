"""TLS as other programs see it, and the replacement of a key ring with open connections."""

import gc
import re
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Error
from dominoadmin.tasks.http import tls
from dominoadmin.tasks.http.connections import Admission
from dominoadmin.tasks.http.listeners import Address, Listener
from tests.outside.web_office import FILE, HOST, KEY_FILE, write


def served(running, context: ssl.SSLContext | None = None) -> bytes:
    """Return the certificate in a new handshake, in DER."""
    with socket.create_connection(("127.0.0.1", running.ssl_port), timeout=5) as plain:
        secure = (context or running.trusting()).wrap_socket(plain, server_hostname=HOST)
        with secure:
            return secure.getpeercert(binary_form=True)


def asked(command: list[object]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=30, check=False, input="")


@pytest.mark.judge
def test_openssl_curl_and_gnutls_verify_the_server(running, tmp_path):
    root = write(tmp_path / "root.pem", running.web.root_pem)
    port = running.ssl_port
    openssl = asked(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", HOST, "-CAfile", root,
                     "-verify_return_error", "-verify_hostname", HOST, "-x509_strict"])  # fmt: skip
    assert openssl.returncode == 0, openssl.stdout
    assert "Verify return code: 0 (ok)" in openssl.stdout
    assert "Secure Renegotiation IS NOT supported" in openssl.stdout or "TLSv1.3" in openssl.stdout
    curl = asked(["curl", "--silent", "--show-error", "--cacert", root, "--noproxy", "*", "--resolve", f"{HOST}:{port}:127.0.0.1",
                  "--write-out", "%{http_version} %{ssl_verify_result}", f"https://{HOST}:{port}/healthz"])  # fmt: skip
    assert curl.stdout == "ok\n1.1 0", curl.stderr
    gnutls = asked(["gnutls-cli", "--x509cafile", root, "--sni-hostname", HOST, "--verify-hostname", HOST, "-p", port, "127.0.0.1"])
    assert "The certificate is trusted" in gnutls.stdout, gnutls.stdout + gnutls.stderr
    without = asked(["curl", "--silent", "--show-error", "--noproxy", "*", "--resolve", f"{HOST}:{port}:127.0.0.1", f"https://{HOST}:{port}/"])
    assert without.returncode == 60


@pytest.mark.judge
@pytest.mark.parametrize(
    ("options", "agrees"),
    [
        (["-tls1_3"], True),
        (["-tls1_2"], True),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], True),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], True),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"], False),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], False),
        (["-tls1_1", "-cipher", "ALL@SECLEVEL=0"], False),
        (["-tls1", "-cipher", "ALL@SECLEVEL=0"], False),
        (["-groups", "P-256"], True),
        (["-groups", "P-521:X448"], False),
    ],
)
def test_only_good_versions_ciphers_and_groups_are_spoken(running, options, agrees):
    done = asked(["openssl", "s_client", "-connect", f"127.0.0.1:{running.ssl_port}", "-servername", HOST, *options])
    assert ("New, TLSv1." in done.stdout and "Cipher is (NONE)" not in done.stdout) == agrees, done.stdout


@pytest.mark.judge
def test_the_path_is_sent_without_the_root_and_sessions_are_not_resumed(running):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{running.ssl_port}", "-servername", HOST, "-showcerts"]
    assert asked(command).stdout.count("BEGIN CERTIFICATE") == 1
    assert "New Session Ticket arrived" not in asked([*command, "-tls1_3"]).stdout
    assert "TLS session ticket:" not in asked([*command, "-tls1_2"]).stdout


def test_a_restart_shows_new_handshakes_the_new_certificate_and_keeps_open_connections(running):
    before = served(running)
    open_connection, plain = running.secure(), HTTPConnection("127.0.0.1", running.port, timeout=5)
    for connection in (open_connection, plain):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
    sockets = (open_connection.sock, plain.sock)
    ports = (running.port, running.ssl_port)
    running.web.install(running.web.certified_ring())
    assert served(running) == before
    lines = list(running.task.tell("restart"))
    assert lines == ["Restarted", f"Listen for connect requests on TCP Port:{ports[0]} SSL Port:{ports[1]}"]
    after = served(running)
    assert after != before
    for connection in (open_connection, plain):
        connection.request("GET", f"/{FILE}")
        assert connection.getresponse().read()
    assert (open_connection.sock, plain.sock) == sockets
    assert open_connection.sock.getpeercert(binary_form=True) == before
    open_connection.close(), plain.close()


@pytest.mark.judge
def test_a_key_ring_of_another_kind_leaves_nothing_of_the_old_one(running):
    old = served(running)
    running.web.install(running.web.certified_ring("rsa-2048", HOST, "ca.example.com", "*.example.com"))
    list(running.task.tell("restart"))
    rsa_only = ["-tls1_2", "-cipher", "aRSA"]
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{running.ssl_port}", "-servername", HOST]
    assert "Cipher is ECDHE-RSA" in asked([*command, *rsa_only]).stdout
    assert "Cipher is (NONE)" in asked([*command, "-tls1_2", "-cipher", "aECDSA"]).stdout
    assert served(running) != old
    assert isinstance(x509.load_der_x509_certificate(served(running)).public_key(), rsa.RSAPublicKey)
    assert running.task._policy.hosts == {"ca.example.com", "*.example.com", "localhost", HOST}


@pytest.mark.judge
def test_a_client_without_server_name_is_served_too(running):
    done = asked(["openssl", "s_client", "-connect", f"127.0.0.1:{running.ssl_port}", "-noservername"])
    assert f"CN = {HOST}" in done.stdout or f"CN={HOST}" in done.stdout


def test_handshakes_and_restarts_at_once_never_fail(running):
    rings = [running.web.certified_ring(algorithm) for algorithm in ("ec-p256", "rsa-2048")]
    exchanged = [(tls.context(ring), ring.certificate.public_bytes(Encoding.DER)) for ring in rings]
    known = {served(running), *(der for _, der in exchanged)}
    failures, done = [], threading.Event()

    def shake() -> None:
        while not done.is_set():
            try:
                assert served(running) in known
            except (OSError, AssertionError) as error:
                failures.append(error)

    threads = [threading.Thread(target=shake) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        for context, der in exchanged:
            running.task._live.current = context
            assert served(running) == der
    done.set()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_private_key_never_lies_readable_on_the_disk(running, monkeypatch, tmp_path, in_memory):
    if not in_memory:
        monkeypatch.setattr(tls, "_MEMFD", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    looked_at = []

    real = ssl.SSLContext.load_cert_chain

    def looking(self, certfile, keyfile=None, password=None):
        looked_at.append((Path(certfile).read_bytes(), Path(certfile).stat().st_mode & 0o777, certfile))
        real(self, certfile, keyfile, password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", looking)
    ring = running.web.certified_ring()
    tls.context(ring)
    ((data, mode, file),) = looked_at
    assert b"ENCRYPTED PRIVATE KEY" in data
    assert b"BEGIN PRIVATE KEY" not in data
    private_value = ring.private_key.private_numbers().private_value.to_bytes(32)
    assert private_value not in data
    if in_memory:
        assert re.fullmatch(r"/proc/self/fd/\d+", file)
    else:
        assert mode == 0o600
        assert not Path(file).exists()
    assert not list(tmp_path.glob("dominoadmin-*"))


def test_a_key_that_openssl_does_not_take_is_a_sentence(running):
    ring = running.web.certified_ring()
    other = running.web.certified_ring()
    with pytest.raises(Error, match=r"The key ring cannot be used for TLS: key values mismatch\."):
        tls.context(replace(ring, private_key=other.private_key))


def test_stopping_with_open_and_half_open_connections_takes_less_than_two_seconds(running, recwarn):
    clients = [socket.create_connection(("127.0.0.1", port)) for port in (running.port, running.ssl_port) * 3]
    secure = running.secure()
    secure.request("GET", "/healthz")
    secure.getresponse().read()
    started = time.monotonic()
    running.task.stop()
    assert time.monotonic() - started < 2
    assert running.task.status() == ["Not listening"]
    assert running.task._admission.open == 0
    for client in clients:
        client.close()
    secure.close()
    gc.collect()
    assert not recwarn


def test_a_listener_serves_tls_from_one_live_context(running):
    ring = running.web.certified_ring()
    live = tls.LiveContext(tls.context(ring))
    listener = Listener(Address(0, "--ssl-port"), running.task._app, Admission(), live)
    listener.start()
    try:
        plain = socket.create_connection(("127.0.0.1", listener.port))
        with running.trusting().wrap_socket(plain, server_hostname=HOST) as secure:
            assert secure.version() == "TLSv1.3"
            assert secure.selected_alpn_protocol() is None
    finally:
        listener.stop()
    assert not listener.is_alive


def test_the_key_ring_file_of_the_server_document_is_the_one_that_is_served(running):
    running.web.install(running.web.certified_ring(), "second.kyr")
    before = served(running)
    running.web.change(ssl_key_file="second.kyr")
    list(running.task.tell("restart"))
    assert served(running) != before
    assert "Key ring: second.kyr" in "\n".join(running.task.tell("show"))
    assert KEY_FILE not in "\n".join(running.task.tell("show"))
