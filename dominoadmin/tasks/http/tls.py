"""TLS: makes an `ssl.SSLContext` from a key ring, without a readable key on disk, and replaces it while serving."""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, key_ring_exports
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.key_rings import KeyRing
from dominoadmin.services.domain import Domain
from dominoadmin.services.key_rings import management as key_rings

# Mozilla's "intermediate" for TLS 1.2, without the finite-field groups; those of TLS 1.3 are all good.
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
# Python before 3.15 can name one group or leave OpenSSL's default, which has two outside Mozilla's list: the one that
# every client knows.
GROUP: Final = "prime256v1"
_PASSWORD_BYTES: Final = 32
_FETCH: Final = _(
    "Pick up its certificate (Pickup Key Ring Certificate, or 'dominoadmin keyring pickup') and install it "
    "(Install on Server, or 'dominoadmin keyring install')."
)
_MEMFD: Callable[[str], int] | None = getattr(os, "memfd_create", None)


def open_ring(domain: Domain, server: Identity, file: str) -> KeyRing:
    """Open the key ring that the server document names.

    Raises:
        Error: it is missing, locked, damaged, not certified, or its certificate is not valid now.

    """
    ring = key_rings.open_installed(domain, server, file)
    if not ring.is_certified:
        raise Refused(
            _("The key ring {file} does not contain a certificate from a certification authority yet.", file=file),
            _FETCH,
        )
    if problem := certification_paths.validity_problem(ring.certificate, domain.now()):
        raise Refused(_("{problem} The certificate is in the key ring {file}.", problem=problem, file=file), _FETCH)
    return ring


def context(ring: KeyRing) -> ssl.SSLContext:
    """Return a server context with the ring's key and path.

    Raises:
        Error: OpenSSL does not accept the key or the certificate.

    """
    made = _empty()
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    try:
        with _unreadable(key_ring_exports.for_tls(ring, password)) as file:
            made.load_cert_chain(file, password=password)
    except ssl.SSLError as error:
        reason = (error.reason or "unknown reason").replace("_", " ").lower()
        raise Error(
            _("The key ring cannot be used for TLS: {reason}.", reason=reason), _("Create a new key ring.")
        ) from None
    return made


class LiveContext:
    """The context for a listener's handshakes: always the newest one. Open connections keep theirs.

    `load_cert_chain` on the one context would keep the old certificate beside the new one if their keys differ in kind,
    and RSA clients would still get it. So each handshake switches to the new context (SSL_set_SSL_CTX).
    """

    def __init__(self, first: ssl.SSLContext) -> None:
        self.current = first
        self.front = _empty()
        self.front.sni_callback = self._hand_over  # also called without a server name

    def _hand_over(self, connection: ssl.SSLObject, _name: str | None, _front: ssl.SSLContext) -> None:
        connection.context = self.current


def _empty() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(CIPHERS)
    made.set_ecdh_curve(GROUP)
    made.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_COMPRESSION
    # A resumed session sends no certificate: the client would continue with the replaced one.
    made.options |= ssl.OP_NO_TICKET
    made.num_tickets = 0
    made.set_alpn_protocols(["http/1.1"])
    return made


@contextmanager
def _unreadable(data: bytes) -> Iterator[str]:
    """Yield a path to `data` for OpenSSL: in memory if the system can, else a file that only we may read."""
    if _MEMFD is not None:
        with os.fdopen(_MEMFD("key ring"), "wb") as file:
            file.write(data)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    descriptor, path = tempfile.mkstemp(prefix="dominoadmin-")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        yield path
    finally:
        Path(path).unlink()
