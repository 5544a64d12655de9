"""Seals, opens and uses certifiers' keys. A key never leaves the vault: callers pass in the data to sign."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from cryptography import x509
from cryptography.exceptions import InternalError

from dominoadmin.errors import Damaged, Error, Locked, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import digests, documents, identities, keys, seals
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.keys import PrivateKey, PublicKey
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.states import Protection
from dominoadmin.store.generation_records import GenerationRecord

_PURPOSE: Final = "certifier key"
_PROBE: Final = b"dominoadmin probe"
Sign = Callable[[bytes], bytes]


def seal_key(key: PrivateKey, certifier: str, founder: str, holder: x509.Certificate, password: str = "") -> bytes:
    """Seal a certifier's key to the ID whose certificate is `holder`, and under an activation password if given.

    `founder` is the CAA who registers it, and must have signed the first configuration.
    """
    content = json.dumps({"key": base64.b64encode(keys.private_der(key)).decode(), "founder": founder}).encode()
    if password:
        content = seals.lock(content, password, seals.ACTIVATION)
    return seals.seal(content, identities.sealing_key_of(holder), _info(certifier, key.public_key()))


def resealed(certifier: Certifier, opening: KeyOpening, holder: x509.Certificate, password: str = "") -> bytes:
    """Return a certifier's key, resealed to another ID or under another activation password.

    Raises:
        Locked, Damaged, WrongPassword, Tampered: as `KeyVault.open` does.

    """
    key = _unsealed(certifier, opening.holder, opening.activation_password)
    return seal_key(key, certifier.record.name, certifier.registered_by, holder, password)


def opened(certifier: Certifier, opening: KeyOpening) -> Sign:
    """Return what signs with a certifier's key, for one act.

    Raises:
        Locked, Damaged, WrongPassword, Tampered: as `KeyVault.open` does.

    """
    key = _unsealed(certifier, opening.holder, opening.activation_password)
    return partial(keys.sign_checked, key, hash_name=certifier.issuer.hash_name)


@dataclass(frozen=True)
class KeyOpening:
    """The ID and the password that open a certifier's key as it is sealed now."""

    holder: Identity
    activation_password: str = field(default="", repr=False)


class KeyVault:
    """The open keys of one server's certifiers, each of its generation, until the CA process ends."""

    def __init__(self) -> None:
        self._keys: dict[tuple[int, int], PrivateKey] = {}

    def is_open(self, generation: GenerationRecord) -> bool:
        """Return whether this key can sign."""
        return (generation.certifier_id, generation.number) in self._keys

    def has_open(self, certifier_id: int) -> bool:
        """Return whether any key of a certifier can sign: a retired one still signs lists."""
        return any(number == certifier_id for number, _generation in self._keys)

    def open(self, certifier: Certifier, holder: Identity, password: str = "") -> None:
        """Open a certifier's key with the ID it is sealed to, and the activation password if it needs one.

        It is the key of the generation by which the certifier works.

        Raises:
            Locked: the key is sealed to another ID, or a password is needed.
            Damaged: the activation password's container is damaged.
            WrongPassword: the activation password is wrong.
            Tampered: the seal holds another or a forged key, or another person registered the certifier.

        """
        self._keys[certifier.record.id, certifier.generation.number] = _unsealed(certifier, holder, password)

    def open_earlier(self, certifier: Certifier, holder: Identity, password: str = "") -> bool:
        """Open the retired keys of a certifier that this ID and this password open: they sign lists only.

        Return whether one was opened that was not open.
        """
        before = len(self._keys)
        for each in certifier.generations[1:]:
            if not self.is_open(each.generation):
                with suppress(Error):  # another ID or password opens it
                    self.open(each, holder, password)
        return len(self._keys) > before

    def close(self, certifier_id: int) -> None:
        """Forget the keys of a certifier."""
        self._keys = {which: key for which, key in self._keys.items() if which[0] != certifier_id}

    def close_all(self) -> None:
        """Forget all keys."""
        self._keys.clear()

    def sign(self, certifier: Certifier, tbs: bytes) -> bytes:
        """Sign with a certifier's key and check the signature before it is released.

        Raises:
            Locked: the key is not open.

        """
        hash_name = certifier.issuer.hash_name
        signature = keys.sign(self._opened(certifier), tbs, hash_name)
        return _correct(certifier, signature, keys.verifies(certifier.issuer.public_key, signature, tbs, hash_name))

    def sign_digest(self, certifier: Certifier, digest: bytes) -> bytes:
        """Sign data that is too long to pass in: `digest` is that of `digests.Digest`."""
        hash_name = certifier.issuer.hash_name
        signature = digests.sign(self._opened(certifier), digest, hash_name)
        public = certifier.issuer.public_key
        return _correct(certifier, signature, digests.verifies(public, signature, digest, hash_name))

    def _opened(self, certifier: Certifier) -> PrivateKey:
        key = self._keys.get((certifier.record.id, certifier.generation.number))
        if key is None:
            hint = (
                "tell ca unlock <idfile>"
                if certifier.generation.protection == Protection.LOCKING_ID
                else "tell ca activate <number>"
            )
            raise Locked(_("{name} is not active.", name=certifier.record.name), _("Use: {hint}", hint=hint))
        return key

    def __repr__(self) -> str:
        """Leave out the keys."""
        return f"KeyVault({len(self._keys)} open)"


def _unsealed(certifier: Certifier, holder: Identity, password: str) -> PrivateKey:
    record, generation = certifier.record, certifier.generation
    public = certifier.issuer.public_key
    content = holder.sealing_key.open(generation.sealed_key, _info(record.name, public))
    if generation.protection == Protection.PASSWORD:
        if not password:
            raise Locked(
                _("{name} needs its activation password.", name=record.name),
                _("Use: tell ca activate <certifier number> <password>"),
            )
        content = seals.unlock(content, password, seals.ACTIVATION, _("The key of {name}", name=record.name))
    key, founder = _unpacked(content)
    if key is None or founder != certifier.registered_by or not _belongs(key, public):
        raise Tampered(
            _("The sealed key of {name} does not belong to the certifier and its configuration.", name=record.name)
        )
    return key


def _correct(certifier: Certifier, signature: bytes, verified: bool) -> bytes:
    """Check a signature before its release: a faulty one can reveal an RSA key, and cannot be verified."""
    if not verified:
        raise RuntimeError(f"A signature of {certifier.record.name} is wrong: this computer made a calculation error.")
    return signature


def _unpacked(content: bytes) -> tuple[PrivateKey | None, str]:
    """Return the key and the founder; no key if the content is not ours: anyone can seal to a public key."""
    try:
        fields = json.loads(content)
        return keys.load_sealed_private(base64.b64decode(fields["key"])), str(fields["founder"])
    except (ValueError, KeyError, TypeError, RecursionError, Damaged):
        return None, ""


def _belongs(key: PrivateKey, public: PublicKey) -> bool:
    """Return whether the two are halves of one key: a forger can combine the public numbers with other secret ones."""
    if keys.spki(key.public_key()) != keys.spki(public):
        return False
    try:
        return keys.verifies(public, keys.sign(key, _PROBE), _PROBE)
    except (ValueError, InternalError):
        return False  # OpenSSL cannot calculate with such numbers


def _info(certifier: str, key: PublicKey) -> bytes:
    return documents.canonical({"purpose": _PURPOSE, "certifier": certifier, "public_key": keys.fingerprint(key)})
