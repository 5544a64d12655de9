"""The live check (technote, steps 30-33): opens a real TLS connection to the server, and reports what is missing."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Error, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, keys, names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_entries import ENABLED
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import certifiers
from dominoadmin.store import key_rings as files

TIMEOUT: Final = 10.0
# x509_vfy.h of OpenSSL.
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED, _ROOT_UNKNOWN, _ISSUER_UNKNOWN, _UNVERIFIABLE = 9, 10, 18, 19, 20, 21
_WRONG_HOST, _WRONG_ADDRESS = 62, 64
_UNTRUSTED: Final = (_SELF_SIGNED, _ROOT_UNKNOWN, _ISSUER_UNKNOWN, _UNVERIFIABLE)


@dataclass(frozen=True)
class LiveTarget:
    """The server to check. `host`: the name in the URL; `address`: where to connect, if not to the name's address."""

    host: str
    port: int
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class LiveCheck:
    """The result. `problem` and `hint` are empty if the session is secure. `chain`: DER, the server's own first."""

    target: LiveTarget
    problem: str = ""
    hint: str = ""
    chain: tuple[bytes, ...] = ()
    protocol: str = ""
    cipher: str = ""
    not_after: datetime | None = None
    days_left: int = 0
    name_matches: bool = False

    @property
    def is_secure(self) -> bool:
        """Return whether the padlock is closed."""
        return not self.problem

    @property
    def sha256(self) -> str:
        """The fingerprint of the server's certificate, or an empty string."""
        if not self.chain:
            return ""
        return x509.load_der_x509_certificate(self.chain[0]).fingerprint(SHA256()).hex()


class _Missing(Exception):
    """Why the session is not secure, with the findings until then."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem, self.hint = problem, hint


def target_of(domain: Domain, port: int = 0, address: str = "") -> LiveTarget:
    """Return where the domain's server should answer. `port` is the one in use, if the server document sets none.

    Raises:
        NotFound: there is no server document.

    """
    server = server_documents.show(domain)
    return LiveTarget(server.host_name, port or server.web.ssl_port, address)


def check(domain: Domain, actor: Actor, target: LiveTarget, progress: Progress = QUIET) -> LiveCheck:
    """Open a TLS connection that trusts only the domain's Internet certifiers, and return the findings.

    Raises:
        Error: the store cannot be read.
        Cancelled: the administrator stopped.

    """
    looking = _Looking(domain, actor, target, progress)
    try:
        looking.look()
    except _Missing as missing:
        return replace(looking.seen, problem=missing.problem, hint=missing.hint)
    return looking.seen


class _Looking:
    def __init__(self, domain: Domain, actor: Actor, target: LiveTarget, progress: Progress) -> None:
        self._domain, self._actor, self._target, self._progress = domain, actor, target, progress
        self._roots: tuple[x509.Certificate, ...] = ()
        self.seen = LiveCheck(target=target)

    def look(self) -> None:
        self._progress.step(_("Reading the Server document"))
        self._check_document()
        self._roots = self._trusted()
        where = f"{self._target.address or self._target.host}:{self._target.port}"
        self._progress.step(_("Connecting to {where}", where=where))
        with self._connected() as connection:
            self._progress.step(_("TLS handshake as {host}", host=self._target.host))
            self._handshake(connection, _context(self._roots))
        self._progress.step(_("Checking the certificate"))
        self._check_certificate()

    def _check_document(self) -> None:
        server = server_documents.show(self._domain)
        if not server.ssl_key_file:
            raise _Missing(
                _("No key ring is specified in the Server document."),
                _("Enter the SSL key file name (step 28 of the guide)."),
            )
        if server.web.ssl_port_status != ENABLED:
            raise _Missing(
                _("The SSL port status of the Server document is Disabled."),
                _("Change it to Enabled, then enter: tell http restart"),
            )
        if not self._target.port:
            raise _Missing(_("The HTTP task does not listen on an SSL port."), _("Enter: load http"))

    def _trusted(self) -> tuple[x509.Certificate, ...]:
        """Return the certificates of the Internet certifiers with a valid configuration."""
        found: list[x509.Certificate] = []
        with self._domain.store.snapshot() as db:
            for record in certifiers.all_of(db):
                try:
                    known = configuring.verified(db, record, self._actor.verifier(), self._domain.now())
                except Tampered:
                    continue
                found += (each.issuer.certificate for each in known.generations)
        if not found:
            raise _Missing(
                _("The domain has no Internet certifier to trust."), _("Register one (steps 2-7 of the guide).")
            )
        return tuple(found)

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        target = self._target
        values = {"host": target.address or target.host, "port": target.port}
        try:
            connection = socket.create_connection((target.address or target.host, target.port), TIMEOUT)
        except socket.gaierror:
            raise _Missing(
                _("The name {host} cannot be resolved on this computer.", **values),
                _("Add it to DNS or to the hosts file."),
            ) from None
        except ConnectionRefusedError:
            raise _Missing(
                _("Port {port} of {host} is closed: no program listens there.", **values),
                _("Enter 'load http', or 'tell http restart' if HTTP is running."),
            ) from None
        except TimeoutError:
            raise _Missing(
                _("{host} does not answer on port {port}.", **values),
                _("Is the server running? A firewall may be blocking the connection."),
            ) from None
        except OSError as error:
            raise _Missing(
                _("{host} cannot be reached: {reason}.", **values, reason=error.strerror or error),
                _("Check the network."),
            ) from None
        with connection:
            yield connection

    def _handshake(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        try:
            with context.wrap_socket(connection, server_hostname=self._target.host) as secured:
                self._remember(secured, name_matches=True)
        except ssl.SSLCertVerificationError as error:
            self._look_without_trust()
            raise self._explained(error) from None
        except OSError:  # ssl.SSLError is one
            raise self._no_tls() from None

    def _no_tls(self) -> _Missing:
        text = _("Port {port} answers, but does not accept TLS connections.", port=self._target.port)
        return _Missing(text, _("Check the console: the key ring may be missing. Then enter: tell http restart"))

    def _look_without_trust(self) -> None:
        """Connect again to read the refused certificate; nothing is sent."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with self._connected() as connection:
            try:
                with context.wrap_socket(connection, server_hostname=self._target.host) as secured:
                    self._remember(secured, name_matches=False)
            except OSError:
                raise self._no_tls() from None

    def _remember(self, secured: ssl.SSLSocket, *, name_matches: bool) -> None:
        leaf = secured.getpeercert(binary_form=True)
        assert leaf is not None
        cipher = secured.cipher()
        self.seen = replace(
            self.seen,
            chain=_chain(secured) or (leaf,),
            protocol=(secured.version() or "").replace("TLSv", "TLS "),
            cipher=cipher[0] if cipher else "",
            name_matches=name_matches or _names(leaf, self._target.host),
            **_validity(leaf, self._domain.now()),
        )

    def _explained(self, error: ssl.SSLCertVerificationError) -> _Missing:
        again = _("Enter 'tell http restart'; if that does not help, install the key ring again.")
        values = {"host": self._target.host, "issuer": _issuer(self.seen.chain), "reason": error.verify_message}
        match error.verify_code:
            case _ if (algorithm := self._algorithm_of_ours()).startswith("ml-dsa"):
                text = _("{algorithm} signatures cannot be verified by this computer or by current browsers.")
                text = text.format(algorithm=keys.describe_algorithm(algorithm))
                return _Missing(text, _("Use a certifier with an RSA or ECDSA key for web servers."))
            case code if code in _UNTRUSTED:
                text = _(
                    "The server shows a different certificate. It was issued by {issuer}, which is not a certifier of "
                    "this domain."
                )
                return _Missing(text.format(**values), again)
            case code if code in (_WRONG_HOST, _WRONG_ADDRESS):
                text = _("The certificate does not name {host}.", **values)
                return _Missing(
                    text, _("Create a key ring whose common name or subject alternate names include that name.")
                )
            case code if code in (_EXPIRED, _NOT_YET_VALID):
                return self._outdated()
            case _:
                return _Missing(_("The certificate was rejected: {reason}.", **values), again)

    def _algorithm_of_ours(self) -> str:
        """Return the kind of key of the certifier that issued the certificate, if it is one of the domain's."""
        leaf = x509.load_der_x509_certificate(self.seen.chain[0])
        found = [root for root in self._roots if certification_paths.is_issued_by(leaf, root)]
        return keys.algorithm_of(found[0].public_key()) if found else ""

    def _outdated(self) -> _Missing:
        leaf = x509.load_der_x509_certificate(self.seen.chain[0])
        start, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        if self._domain.now() < start:
            text = _("The certificate is not valid before {date}.", date=f"{start:%Y-%m-%d}")
            return _Missing(text, _("Check the clock of this computer and of the server."))
        text = _("The certificate expired on {date}.", date=f"{end:%Y-%m-%d}")
        return _Missing(text, _("Request a new one with 'Certify Key Ring', then pick it up and install it."))

    def _check_certificate(self) -> None:
        """Check what OpenSSL cannot: the validity by our clock, and whether the key is that of the server document."""
        leaf = x509.load_der_x509_certificate(self.seen.chain[0])
        if certification_paths.validity_problem(leaf, self._domain.now()):
            raise self._outdated()
        wanted, file = self._installed_key()
        shown = leaf.public_key()
        if wanted and isinstance(shown, keys.PublicKey) and keys.fingerprint(shown) != wanted:
            raise _Missing(
                _("The server shows a different certificate, not the one for the key ring {file}.", file=file),
                _("Enter: tell http restart"),
            )
        if len(self.seen.chain) == 1:  # Python before 3.13 does not return the chain that OpenSSL has found
            with contextlib.suppress(Refused):
                path = certification_paths.build(leaf, (), self._roots, None)
                self.seen = replace(self.seen, chain=tuple(each.public_bytes(Encoding.DER) for each in path))

    def _installed_key(self) -> tuple[str, str]:
        """Return the SHA-256 of the key in the server's key ring, and the ring's name; empty if unreadable."""
        server = server_documents.show(self._domain)
        file = server.ssl_key_file
        folder = self._domain.directory.server(names.common_name(server.name))
        try:
            return files.read_stash(folder / file).key, file
        except Error:
            return "", file


def _context(roots: tuple[x509.Certificate, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies chain and name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata="".join(root.public_bytes(Encoding.PEM).decode() for root in roots))
    return context


def _chain(secured: ssl.SSLSocket) -> tuple[bytes, ...]:
    """Return the chain that OpenSSL has verified, if Python returns it (3.13)."""
    verified: Any = getattr(secured, "get_verified_chain", None)
    return tuple(verified()) if verified and secured.context.verify_mode == ssl.CERT_REQUIRED else ()


def _names(leaf: bytes, host: str) -> bool:
    """Return whether a certificate refused for another reason names the host."""
    try:
        names_of = x509.load_der_x509_certificate(leaf).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, *PARSING_FAILURES):
        return False
    known = [name.lower() for name in names_of.value.get_values_for_type(x509.DNSName)]
    return host.lower() in known or "*." + host.lower().partition(".")[2] in known


def _validity(leaf: bytes, now: datetime) -> dict[str, Any]:
    end = x509.load_der_x509_certificate(leaf).not_valid_after_utc
    return {"not_after": end, "days_left": max((end - now) // timedelta(days=1), 0)}


def _issuer(chain: tuple[bytes, ...]) -> str:
    return certification_paths.shown(x509.load_der_x509_certificate(chain[0]).issuer)
