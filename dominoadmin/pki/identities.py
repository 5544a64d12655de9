"""IDs of people, servers and the organization's certifier, as ID files hold them.

An ID is a P-256 signing key, an HPKE key, and a certificate chain up to the organization's certifier. The HPKE key's
public half is in the certificate, in an extension of our own, so that it cannot be replaced.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import asn1, keys, names, seals
from dominoadmin.pki.issuance import LEAF, BasicFields, Draft, Validity, key_identifier, signature_algorithm
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.seals import SealingKey

# Made from a UUID, cut into seven numbers as Microsoft's script does. X.667 would make one number of 128 bits, and
# GnuTLS and pyasn1 cannot read a certificate that holds such an arc.
SEALING_KEY_OID: Final = x509.ObjectIdentifier("1.2.840.113556.1.8000.2554.8510.18976.20864.21160.43560.6547980.165549")
_SEALING_KEY_SIZE: Final = 1216
_KEY_USAGE: Final = {
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}
PERSON, SERVER, CERTIFIER = "person", "server", "certifier"


@dataclass(frozen=True)
class Identity:
    """An opened ID. `chain` begins with the ID's own certificate and ends with the organization's certifier's."""

    kind: str
    name: str
    signing_key: ec.EllipticCurvePrivateKey
    sealing_key: SealingKey
    chain: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        """The ID's own certificate."""
        return self.chain[0]

    @property
    def anchor(self) -> x509.Certificate:
        """The organization's certifier's certificate: the trust anchor of every signature in the domain."""
        return self.chain[-1]

    @cached_property
    def chain_der(self) -> tuple[bytes, ...]:
        """The chain as it is stored and signed."""
        return tuple(certificate.public_bytes(Encoding.DER) for certificate in self.chain)

    def __repr__(self) -> str:
        """Leave out the keys."""
        return f"Identity({self.name})"


@dataclass(frozen=True, repr=False)
class IdKeys:
    """The keys of an ID, before it has a certificate."""

    signing: ec.EllipticCurvePrivateKey
    sealing: SealingKey

    @classmethod
    def generate(cls) -> IdKeys:
        """Return new keys."""
        return cls(ec.generate_private_key(ec.SECP256R1()), SealingKey.generate())

    def identity(self, kind: str, name: str, chain: tuple[x509.Certificate, ...]) -> Identity:
        """Return the opened ID once `chain` begins with its certificate."""
        return Identity(kind, name, self.signing, self.sealing, chain)


@dataclass(frozen=True)
class PublicIdentity:
    """The part of an ID file that can be read without its password."""

    kind: str
    name: str
    chain: tuple[x509.Certificate, ...]


def organization(name: str, id_keys: IdKeys, serial_number: int, now: datetime, years: int = 100) -> Draft:
    """Return the certificate of the organization's certifier, `O=MyCompany` (Domino registers it for 100 years)."""
    subject, key = names.person_x509(name).public_bytes(), id_keys.signing.public_key()
    basics = BasicFields(
        subject=subject, issuer=subject, key=key, serial_number=serial_number, validity=_years(now, years)
    )
    extensions = (
        key_identifier(key),
        asn1.extension(x509.BasicConstraints(ca=True, path_length=None), critical=True),
        asn1.extension(_usage(certifier=True), critical=True),
        _sealing_key(id_keys.sealing),
    )
    return basics.draft(extensions, signature_algorithm(key, ""))


def member(name: str, id_keys: IdKeys, issuer: x509.Certificate, serial_number: int, now: datetime) -> Draft:
    """Return the certificate of a person's or server's ID, for the organization's certifier to sign; for ten years."""
    issuer_key = issuer.public_key()
    assert isinstance(issuer_key, ec.EllipticCurvePublicKey)  # as `organization` makes it
    validity = _years(now, 10)
    validity = replace(validity, not_after=min(validity.not_after, issuer.not_valid_after_utc))
    subject, key = names.person_x509(name).public_bytes(), id_keys.signing.public_key()
    basics = BasicFields(
        subject=subject, issuer=issuer.subject.public_bytes(), key=key, serial_number=serial_number, validity=validity
    )
    extensions = (
        key_identifier(key),
        LEAF,
        asn1.extension(_usage(certifier=False), critical=True),
        asn1.extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False),
        _sealing_key(id_keys.sealing),
    )
    return basics.draft(extensions, signature_algorithm(issuer_key, ""))


def serialize(identity: Identity, password: str) -> bytes:
    """Return the ID file's bytes."""
    public = json.dumps(
        {"kind": identity.kind, "chain": [base64.b64encode(der).decode() for der in identity.chain_der]}
    )
    private = json.dumps(
        {
            "signing_key": base64.b64encode(keys.private_der(identity.signing_key)).decode(),
            "mlkem_seed": base64.b64encode(identity.sealing_key.mlkem_seed).decode(),
            "x25519": base64.b64encode(identity.sealing_key.x25519).decode(),
        }
    )
    return seals.lock(private.encode(), password, seals.ID_FILE, public.encode())


def describe(data: bytes, what: str) -> PublicIdentity:
    """Return the owner of an ID; needs no password.

    Raises:
        Damaged: the bytes are not a whole ID file of this version.

    """
    public = seals.public_part(data, seals.ID_FILE, what)
    try:
        fields = json.loads(public)
        chain = tuple(x509.load_der_x509_certificate(base64.b64decode(der)) for der in fields["chain"])
        shown = PublicIdentity(str(fields["kind"]), names.person_from_x509(chain[0].subject), chain)
    except (*PARSING_FAILURES, IndexError, RecursionError):
        raise Damaged(
            _("{what} is damaged: its contents were altered.", what=what), _("Restore it from a backup copy.")
        ) from None
    if len(shown.chain) != {CERTIFIER: 1, PERSON: 2, SERVER: 2}.get(shown.kind):
        raise Damaged(
            _("{what} is damaged: its certificates do not match its type.", what=what),
            _("Restore it from a backup copy."),
        )
    return shown


def load(data: bytes, password: str, what: str) -> Identity:
    """Open an ID file's bytes.

    Raises:
        Damaged: the bytes are not a whole ID file of this version, or hold keys of another ID.
        WrongPassword: the password does not open it.

    """
    shown = describe(data, what)
    content = seals.unlock(data, password, seals.ID_FILE, what)
    try:
        private = json.loads(content)
        signing_key = keys.load_sealed_private(base64.b64decode(private["signing_key"]))
        sealing_key = SealingKey(base64.b64decode(private["mlkem_seed"]), base64.b64decode(private["x25519"]))
        fits = _holds(shown.chain[0], signing_key, sealing_key)
    except (*PARSING_FAILURES, Damaged, x509.ExtensionNotFound):
        fits = False
    # Anyone who knows a password can replace the certificates stored with the keys it protects.
    if not fits or not isinstance(signing_key, ec.EllipticCurvePrivateKey):
        raise Damaged(
            _("{what} is damaged: its keys do not match its certificate.", what=what), _("Restore a backup copy.")
        )
    return Identity(shown.kind, shown.name, signing_key, sealing_key, shown.chain)


def _holds(certificate: x509.Certificate, signing_key: keys.PrivateKey, sealing_key: SealingKey) -> bool:
    shown = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return shown == keys.spki(signing_key.public_key()) and sealing_key_of(certificate) == sealing_key.public


def sealing_key_of(certificate: x509.Certificate) -> bytes:
    """Return the HPKE public key in an ID's certificate."""
    extension = certificate.extensions.get_extension_for_oid(SEALING_KEY_OID).value
    assert isinstance(extension, x509.UnrecognizedExtension)
    # The value is a DER OCTET STRING of 1216 bytes: 04 82 04 C0.
    return extension.value[4:]


@lru_cache(maxsize=256)
def fingerprint(certificate: bytes) -> str:
    """Return by what an ID is known for ever, from its certificate in DER: the SHA-256 of its signing key, in hex.

    Not that of the certificate: who has one can write it with other octets that its signature covers as well. Empty if
    it cannot be read.
    """
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except PARSING_FAILURES:
        return ""
    return keys.fingerprint(key) if isinstance(key, ec.EllipticCurvePublicKey) else ""


def verify_chain(
    chain: tuple[bytes, ...], anchor: x509.Certificate, now: datetime
) -> tuple[str, ec.EllipticCurvePublicKey]:
    """Return the name and the key of the ID whose chain leads to `anchor`.

    Raises:
        Tampered: the chain leads elsewhere, or the ID's certificate is not valid at `now`.

    """
    signer = anchored(chain, anchor)
    signer.check_time(now)
    return signer.name, signer.key


@dataclass(frozen=True)
class Signer:
    """An ID's certificate that leads to the organization's certifier."""

    name: str
    key: ec.EllipticCurvePublicKey
    certificate: x509.Certificate

    def check_time(self, now: datetime) -> None:
        """Raise `Tampered` unless the ID is valid at `now`."""
        start, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if now < start:
            raise Tampered(
                _("The ID of {name} is not valid before {start}; it is {now}.", name=self.name,
                  start=f"{start:%Y-%m-%d}", now=f"{now:%Y-%m-%d}"),
                _("Check the clock of this computer."),
            )  # fmt: skip
        if now > end:
            raise Tampered(
                _("The ID of {name} expired on {end}; it is {now}.", name=self.name,
                  end=f"{end:%Y-%m-%d}", now=f"{now:%Y-%m-%d}"),
                _("Check the clock of this computer; if it is right, renew the ID."),
            )  # fmt: skip


def anchored(chain: tuple[bytes, ...], anchor: x509.Certificate) -> Signer:
    """Return the ID whose chain leads to `anchor`, whether or not it is valid now.

    Raises:
        Tampered: the chain leads elsewhere.

    """
    try:
        leaf, *rest = (x509.load_der_x509_certificate(der) for der in chain)
        leaf.verify_directly_issued_by(anchor)
        leads = (leaf == anchor and not rest) or (rest == [anchor] and _is_id(leaf))
        name, key = names.person_from_x509(leaf.subject), leaf.public_key()
    except (InvalidSignature, x509.ExtensionNotFound, *PARSING_FAILURES) as error:
        raise Tampered(_("A signer's ID was not certified by the organization's certifier.")) from error
    if not leads or not isinstance(key, ec.EllipticCurvePublicKey):
        raise Tampered(_("The ID of {name} was not certified by the organization's certifier.", name=name))
    return Signer(name, key, leaf)


def _is_id(certificate: x509.Certificate) -> bool:
    """Return whether a certificate is an ID's: strangers choose the subjects of the issuer's cross-certificates."""
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    return not constraints.ca and len(sealing_key_of(certificate)) == _SEALING_KEY_SIZE


def _years(now: datetime, years: int) -> Validity:
    return Validity.starting(now, timedelta(days=round(365.25 * years)))


def _usage(*, certifier: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=not certifier,
        key_cert_sign=certifier,
        crl_sign=certifier,
        **_KEY_USAGE,
    )


def _sealing_key(key: SealingKey) -> bytes:
    value = asn1.tlv(asn1.OCTET_STRING, key.public)
    return asn1.extension(x509.UnrecognizedExtension(SEALING_KEY_OID, value), critical=False)
