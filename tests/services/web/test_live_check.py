"""The live check, against the real HTTP task and against servers with one fault each."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dominoadmin.errors import Cancelled
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.progress import Progress
from dominoadmin.services.web import live_check
from dominoadmin.services.web.live_check import LiveTarget
from tests import builders, specimens
from tests.outside.web_office import HOST, KEY_FILE, furnish
from tests.tasks.http.conftest import running, web, web_template  # noqa: F401 - fixtures

LOCAL = "127.0.0.1"


class Steps(Progress):
    def __init__(self, stop_at: str = "") -> None:
        self.texts: list[str] = []
        self.stop_at = stop_at

    def step(self, text: str) -> None:
        self.texts.append(text)
        if self.stop_at and text.startswith(self.stop_at):
            raise Cancelled


def look(web, port: int, host: str = HOST, **more):  # noqa: F811
    office = web.office
    return live_check.check(office.domain, office.actor(), LiveTarget(host, port, LOCAL), **more)


def test_a_secure_session_is_described(running):  # noqa: F811
    steps = Steps()
    seen = look(running.web, running.ssl_port, progress=steps)
    assert (seen.problem, seen.hint, seen.is_secure) == ("", "", True)
    assert seen.protocol == "TLS 1.3"
    assert seen.cipher.startswith("TLS_")
    assert seen.name_matches
    plain = socket.create_connection((LOCAL, running.ssl_port))
    with running.trusting().wrap_socket(plain, server_hostname=HOST) as secured:
        assert seen.chain == (secured.getpeercert(binary_form=True), running.web.root.public_bytes(Encoding.DER))
    leaf = x509.load_der_x509_certificate(seen.chain[0])
    assert seen.sha256 == leaf.fingerprint(SHA256()).hex()
    assert seen.not_after == leaf.not_valid_after_utc
    assert seen.days_left == (leaf.not_valid_after_utc - running.web.office.clock()).days
    assert steps.texts == [
        "Reading the Server document", f"Connecting to {LOCAL}:{running.ssl_port}", f"TLS handshake as {HOST}",
        "Checking the certificate",
    ]  # fmt: skip


def test_the_target_comes_from_the_server_document(web):  # noqa: F811
    web.change(ssl_port=8443)
    assert live_check.target_of(web.office.domain) == LiveTarget(HOST, 8443)
    assert live_check.target_of(web.office.domain, 9443, LOCAL) == LiveTarget(HOST, 9443, LOCAL)


def test_a_closed_port_is_named(web):  # noqa: F811
    with socket.socket() as taken:
        taken.bind((LOCAL, 0))  # and not listening
        port = taken.getsockname()[1]
        seen = look(web, port)
    assert seen.problem == f"Port {port} of {LOCAL} is closed: no program listens there."
    assert seen.hint == "Enter 'load http', or 'tell http restart' if HTTP is running."
    assert (seen.chain, seen.sha256) == ((), "")


def test_a_server_document_without_ssl_is_named(web):  # noqa: F811
    web.change(ssl_port_status="Disabled")
    assert look(web, 1).problem == "The SSL port status of the Server document is Disabled."
    web.change(ssl_key_file="")
    assert look(web, 1).problem == "No key ring is specified in the Server document."


def test_a_port_that_nobody_has_chosen_yet_is_named(web):  # noqa: F811
    assert look(web, 0).problem == "The HTTP task does not listen on an SSL port."


def test_a_domain_without_certifiers_trusts_nobody(web):  # noqa: F811
    builders.sql(web.office, "UPDATE configurations SET document = x'7b7d'")
    assert look(web, 1).problem == "The domain has no Internet certifier to trust."


def test_a_name_that_the_certificate_does_not_hold_is_named(running):  # noqa: F811
    seen = look(running.web, running.ssl_port, "other.example.com")
    assert seen.problem == "The certificate does not name other.example.com."
    assert not seen.name_matches
    assert len(seen.chain) == 1


def test_an_unknown_name_is_named(web, monkeypatch):  # noqa: F811
    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    office = web.office
    seen = live_check.check(office.domain, office.actor(), LiveTarget("nowhere.invalid", 443))
    assert seen.problem == "The name nowhere.invalid cannot be resolved on this computer."


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), f"{LOCAL} does not answer on port 443."),
        (OSError(113, "No route to host"), f"{LOCAL} cannot be reached: No route to host."),
    ],
)
def test_an_unreachable_server_is_named(web, monkeypatch, error, text):  # noqa: F811
    def fail(*_):
        raise error

    monkeypatch.setattr(socket, "create_connection", fail)
    assert look(web, 443).problem == text


def test_a_port_without_tls_is_named(running):  # noqa: F811
    seen = look(running.web, running.port)
    assert seen.problem == f"Port {running.port} answers, but does not accept TLS connections."


def test_an_expired_certificate_is_named_by_our_clock(running):  # noqa: F811
    end = look(running.web, running.ssl_port).not_after
    running.web.office.clock.advance(days=900)
    seen = look(running.web, running.ssl_port)
    assert seen.problem == f"The certificate expired on {end:%Y-%m-%d}."
    assert seen.days_left == 0
    running.web.office.clock.advance(days=-1900)
    seen = look(running.web, running.ssl_port)
    assert seen.problem.startswith(("The certificate is not valid before", "The domain has no Internet certifier"))


def test_a_key_ring_that_was_exchanged_without_a_restart_is_named(running):  # noqa: F811
    running.web.install(running.web.certified_ring(), KEY_FILE)
    seen = look(running.web, running.ssl_port)
    assert seen.problem == f"The server shows a different certificate, not the one for the key ring {KEY_FILE}."
    assert seen.hint == "Enter: tell http restart"
    list(running.task.tell("restart"))
    assert look(running.web, running.ssl_port).is_secure


def test_an_installed_key_ring_that_cannot_be_read_does_not_hinder_the_check(running):  # noqa: F811
    running.web.office.domain.directory.server("Server1").joinpath("keyfile.sth").unlink()
    assert look(running.web, running.ssl_port).is_secure


def test_another_authoritys_certificate_is_named(web):  # noqa: F811
    with served(*stranger()) as port:
        seen = look(web, port)
    assert seen.problem == (
        "The server shows a different certificate. It was issued by 'CN=Somebody Else', which is not a certifier of this domain."
    )
    assert seen.name_matches


def test_a_certificate_without_names_from_another_authority_matches_nothing(web):  # noqa: F811
    with served(*stranger(named=False)) as port:
        assert not look(web, port).name_matches


def test_what_openssl_has_to_say_otherwise_is_passed_on(running):  # noqa: F811
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = 26, "unsuitable certificate purpose"

    looking = live_check._Looking(running.web.office.domain, running.web.office.actor(), None, Steps())
    looking._target = LiveTarget(HOST, running.ssl_port, LOCAL)
    looking._look_without_trust()
    assert looking._explained(error).problem == "The certificate was rejected: unsuitable certificate purpose."
    error.verify_code = 10
    assert looking._explained(error).problem.startswith("The certificate expired on")


def test_a_server_that_goes_away_meanwhile_is_named(web):  # noqa: F811
    with served(*stranger(), connections=1) as port:
        seen = look(web, port)
    assert seen.problem == f"Port {port} answers, but does not accept TLS connections."


def test_a_certifier_that_browsers_cannot_verify_is_named(office):
    web = furnish(office, algorithm="ml-dsa-65")  # noqa: F811
    ring = web.certified_ring()
    looking = live_check._Looking(office.domain, office.actor(), LiveTarget(HOST, 443), Steps())
    looking._roots = looking._trusted()
    looking.seen = replace(looking.seen, chain=(ring.certificate.public_bytes(Encoding.DER),))
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = 20, "unable to get local issuer certificate"
    assert looking._explained(error).problem == (
        "ML-DSA-65 signatures cannot be verified by this computer or by current browsers."
    )


def test_the_check_can_be_cancelled(web):  # noqa: F811
    with pytest.raises(Cancelled):
        look(web, 1, progress=Steps("Connecting"))


def test_the_wizard_of_the_key_rings_and_the_check_agree(running):  # noqa: F811
    ring = key_rings.open_installed(running.web.office.domain, running.web.office.server, KEY_FILE)
    assert look(running.web, running.ssl_port).chain[0] == ring.certificate.public_bytes(Encoding.DER)


def stranger(*, named: bool = True) -> tuple[bytes, bytes]:
    """A self-signed certificate and its key."""
    key, now = specimens.key("ec-p256", "stranger"), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Somebody Else")])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 17, now - timedelta(days=1), now + timedelta(days=9)
    )
    if named:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("*.example.com")]), critical=False)
    der = builder.sign(key, SHA256())
    return der.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@contextmanager
def served(certificate: bytes, key: bytes, connections: int = 2):
    """A TLS server for a number of connections; afterwards it closes each immediately."""
    import tempfile

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(certificate + key)
        file.flush()
        context.load_cert_chain(file.name)
    with socket.create_server((LOCAL, 0)) as server:

        def serve() -> None:
            for number in range(2):
                connection, _ = server.accept()
                with connection:
                    if number < connections:
                        try:
                            with context.wrap_socket(connection, server_side=True) as secured:
                                secured.recv(1)
                        except OSError:
                            pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)
