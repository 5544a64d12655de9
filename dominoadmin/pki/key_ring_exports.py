"""Exports of a key ring for other programs: PEM files, PKCS #12, Java key stores, and the input of Domino's kyrtool."""

from __future__ import annotations

import base64
import textwrap

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, pkcs12
from dominoadmin.pki.key_rings import ALIAS, KeyRing


def export_pem(ring: KeyRing, password: str | None) -> dict[str, bytes]:
    """Return `key.pem` (PKCS #8; encrypted if a password is given), `chain.pem` (server first) and `root.pem`.

    Raises:
        Refused: the ring is not certified yet, or the password cannot be used.

    """
    *chain, root = _path(ring)
    return {"key.pem": _key_pem(ring, password), "chain.pem": _pem(*chain), "root.pem": _pem(root)}


def for_tls(ring: KeyRing, password: str) -> bytes:
    """Return the encrypted key, the server certificate and the intermediates in one PEM, for a TLS server of ours.

    `password` is random and used for this call only, so PKCS #8 with cryptography's few rounds is enough.
    """
    encryption = BestAvailableEncryption(password.encode())
    key = ring.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return key + _pem(ring.certificate, *ring.intermediates)  # not the root: clients have it (RFC 8446, 4.4.2)


def export_pkcs12(ring: KeyRing, password: str) -> bytes:
    """Return the key, its certificate and the path up to the root as PKCS #12, under the friendly name `server`.

    Raises:
        Refused: the ring is not certified yet, or the password cannot be used.

    """
    leaf, *others = _path(ring)
    unnamed = tuple(pkcs12.Certificate(certificate, None) for certificate in others)
    return pkcs12.write(pkcs12.Contents(ring.private_key, pkcs12.named(leaf, ALIAS), unnamed), password)


def export_java(ring: KeyRing, password: str) -> dict[str, bytes]:
    """Return `keystore.p12` with the key entry `server`, and `truststore.p12` with the trusted roots by their labels.

    Raises:
        Refused: the ring is not certified yet, or Java could not use the password.

    """
    check_java_password(password)
    keystore = export_pkcs12(ring, password)
    roots = [pkcs12.named(root.certificate, root.label) for root in ring.trusted_roots]
    return {"keystore.p12": keystore, "truststore.p12": pkcs12.write_truststore(roots, password)}


def check_java_password(password: str) -> None:
    """Check that Java can use a password.

    Raises:
        Refused: it cannot.

    """
    # SunJCE: "Password is not ASCII". keytool requires six characters.
    if not password.isascii() or len(password) < 6:  # noqa: PLR2004
        raise Refused(
            _("Java accepts only passwords of at least six ASCII characters."),
            _("Choose another password for this export."),
        )


def export_kyrtool(ring: KeyRing) -> bytes:
    """Return the input of `kyrtool import all`: unencrypted key, server certificate, intermediates, and the root last.

    HCL's rule: "leaf first order in the file. The final certificate in the chain will be marked as a trusted root."
    PKCS #1 is the form of the key that kyrtool of 9.0.1 is known to take.

    Raises:
        Refused: the ring is not certified yet, or kyrtool does not accept its kind of key.

    """
    path = _path(ring)
    if not isinstance(ring.private_key, rsa.RSAPrivateKey):
        raise Refused(
            _("Domino's kyrtool accepts RSA keys only."),
            _("Use the PEM export with the certificate store of Domino 12, or create a key ring with an RSA key."),
        )
    key = ring.private_key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return key + _pem(*path)


def kyrtool_commands(name: str, pem_name: str) -> str:
    """Return the two commands to run on the Domino server; the password is left for the administrator to fill in."""
    ring = _quoted(name.removesuffix(".kyr") + ".kyr")
    return f"kyrtool create -k {ring} -p <password>\nkyrtool import all -k {ring} -i {_quoted(pem_name)}\n"


def _quoted(name: str) -> str:
    """Return a file name for a command line, in quotes that both Windows and UNIX understand."""
    return f'"{name}"' if any(character.isspace() for character in name) else name


def _path(ring: KeyRing) -> tuple[Certificate, ...]:
    if not ring.is_certified:
        raise Refused(
            _("The key ring does not contain a signed certificate yet, only a placeholder."),
            _("Pick up the certificate first: Pickup Key Ring Certificate, or 'dominoadmin keyring pickup'."),
        )
    roots = tuple(root.certificate for root in ring.trusted_roots)
    return certification_paths.build(ring.certificate, ring.intermediates, roots, None)


def _key_pem(ring: KeyRing, password: str | None) -> bytes:
    if password is None:
        return ring.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = pkcs12.write(pkcs12.Contents(ring.private_key, pkcs12.named(ring.certificate, ALIAS), ()), password)
    return _armored("ENCRYPTED PRIVATE KEY", pkcs12.encrypted_key(file))


def _armored(label: str, der: bytes) -> bytes:
    """Return the textual encoding of RFC 7468."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _pem(*certificates: Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
