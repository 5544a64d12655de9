"""Signed documents: canonical JSON, an ECDSA P-256 signature over it, and the signer's certificates.

Configurations, approvals and rejections are such documents. They are verified before every use.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import identities, issuance, keys, names
from dominoadmin.pki.identities import Identity

# One encoder for all calls: json.dumps creates a new one each time.
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_CONTEXT: Final = b"dominoadmin signed document 1\x00"
_KINDS: Final = {
    "audit head": _("audit head"),
    "certifier configuration": _("certifier configuration"),
    "checkpoint": _("checkpoint"),
    "decision": _("decision"),
    "generated password": _("generated password"),
    "revocation": _("revocation"),
    "revocation state": _("revocation state"),
}

Content = dict[str, Any]


@dataclass(frozen=True)
class SignedDocument:
    """The signed bytes, their signature and the signer's chain."""

    kind: str
    content: bytes
    signature: bytes
    chain: tuple[bytes, ...]

    def serialize(self) -> bytes:
        """Return the document as JSON for the store."""
        # Canonical, since the names are in their order; base64 has nothing that JSON escapes.
        content, signature = base64.b64encode(self.content), base64.b64encode(self.signature)
        start, kind = _encoded(self.chain), canonical(self.kind)
        return b'%b,"content":"%b","kind":%b,"signature":"%b"}' % (start, content, kind, signature)


@lru_cache(maxsize=16)  # the documents of a batch have the same signer
def _encoded(chain: tuple[bytes, ...]) -> bytes:
    """Return a document's JSON up to its chain."""
    return b'{"chain":%b' % canonical([base64.b64encode(der).decode() for der in chain])


@lru_cache(maxsize=16)  # as above
def _decoded(chain: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(der, validate=True) for der in chain)


def canonical(content: Content | list[str] | str) -> bytes:
    """Return the canonical JSON of `content`: sorted keys, no spaces, UTF-8."""
    return _ENCODER.encode(content).encode()


def parse(data: bytes) -> SignedDocument:
    """Read a document from the store.

    Raises:
        Tampered: it is not one.

    """
    try:
        fields = json.loads(data)
        return SignedDocument(
            str(fields["kind"]),
            base64.b64decode(fields["content"], validate=True),
            base64.b64decode(fields["signature"], validate=True),
            _decoded(tuple(fields["chain"])),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Tampered(_("A signed document in the store cannot be read.")) from None


def sign(kind: str, content: Content, signer: Identity) -> SignedDocument:
    """Sign `content` with the signer's ID."""
    data = canonical(content)
    signature = keys.sign(signer.signing_key, _signed_bytes(kind, data))
    return SignedDocument(kind, data, signature, signer.chain_der)


class Verifier:
    """Verifies signed documents up to one organization's certifier; caches verified chains."""

    def __init__(self, anchor: x509.Certificate) -> None:
        self._anchor = anchor
        self._seen: dict[tuple[bytes, ...], identities.Signer] = {}

    @property
    def anchor(self) -> bytes:
        """The certificate of the organization's certifier, in DER."""
        return issuance.der(self._anchor)

    @property
    def organization(self) -> str:
        """The name of the organization's certifier, as signatures of its ID show it."""
        return names.person_from_x509(self._anchor.subject)

    def verify(self, document: SignedDocument, kind: str, now: datetime) -> tuple[str, Content]:
        """Return the signer's canonical name and the content.

        Raises:
            Tampered: the signature is wrong, or the signer's ID was not certified by the organization's certifier.

        """
        if document.kind != kind:
            raise Tampered(
                _(
                    "The store contains a signed {kind} where a {expected} is expected.",
                    kind=_spoken(document.kind),
                    expected=_spoken(kind),
                )
            )
        name, key = self._signer(document.chain, now)
        if not keys.verifies(key, document.signature, _signed_bytes(kind, document.content)):
            raise Tampered(
                _(
                    "The signature of {name} does not match the {kind}, which was altered after signing.",
                    name=name,
                    kind=_spoken(kind),
                )
            )
        return name, _content(document, name)

    def _signer(self, chain: tuple[bytes, ...], now: datetime) -> tuple[str, ec.EllipticCurvePublicKey]:
        if chain not in self._seen:
            self._seen[chain] = identities.anchored(chain, self._anchor)
        signer = self._seen[chain]
        signer.check_time(now)
        return signer.name, signer.key


def _spoken(kind: str) -> str:
    """Return the kind of a document in words; an unknown kind is returned unchanged."""
    return _KINDS.get(kind, kind)


def _content(document: SignedDocument, signer: str) -> Content:
    """Return the signed content, checked: any member of the organization can sign nonsense."""
    try:
        content = json.loads(document.content)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Tampered(_("The {kind} signed by {signer} cannot be read.", kind=_spoken(document.kind), signer=signer))
    return content


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` as lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def _signed_bytes(kind: str, content: bytes) -> bytes:
    return _CONTEXT + kind.encode() + b"\x00" + content
