"""Stash files (`.sth`): a key ring's password, sealed to the ID of one server so that it can start unattended.

Public sources do not describe Domino's binary `.sth`; administrators report that it is only encoded. Ours is JSON that
names its server and is useless without that server's ID:

    {"version": 1, "server": "CN=Server1/O=MyCompany", "key": SHA-256 of the ring's public key, "sealed": base64}

The seal is bound to server and key (HPKE's `info`). Version 2 also names a person, for whom the password was generated:
nobody has seen it, and with the server's ID that person opens the key ring. The seal is bound to the name, too. But
anyone can seal a password of his own to the server's public key, so this person has signed the seal (`signed`). While
a password is being changed there is also `previous`, the seal of the old one: if the change is interrupted, one of the
two opens the key ring.
"""

from __future__ import annotations

import base64
import json
from dataclasses import KW_ONLY, dataclass
from typing import Final

from cryptography import x509

from dominoadmin.errors import Damaged, Locked
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, identities, names, seals
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.quoting import quoted

VERSION: Final = 2
_WITHOUT_PERSON: Final = 1
_PURPOSE: Final = "key ring password"
# Padded to whole blocks, so that the length of the seal does not reveal that of the password.
_BLOCK: Final = 128
_LONGEST_NAME: Final = 512
_HINT: Final = _(
    "Create a new one with Password in View & Edit Key Rings, or 'dominoadmin keyring password'; then install the key "
    "ring again."
)


@dataclass(frozen=True)
class Stash:
    """A stash file. `key` is the SHA-256 of the key ring's SubjectPublicKeyInfo, as lower-case hex.

    `person` is the canonical name of the person for whom the password was generated, or empty; `signed` is the
    document with which this person has signed the seal, as it is stored.
    """

    server: str
    key: str
    sealed: bytes
    _: KW_ONLY
    previous: bytes = b""
    person: str = ""
    signed: bytes = b""

    def content(self) -> documents.Content:
        """Return what the person signs: the fields that the seal is bound to, and the SHA-256 of the seal."""
        sealed = documents.digest(self.sealed)
        return {"server": self.server, "key": self.key, "person": self.person, "sealed": sealed}


def seal(password: str, server: str, holder: x509.Certificate, key: str, person: str = "") -> Stash:
    """Seal a password to a server. `holder` is the verified certificate of that server's ID."""
    content = password.encode()
    padded = content.ljust(-(-len(content) // _BLOCK) * _BLOCK, b"\0")
    sealed = seals.seal(padded, identities.sealing_key_of(holder), _info(server, key, person))
    return Stash(server, key, sealed, person=person)


def passwords(stash: Stash, server: Identity, what: str) -> tuple[str, ...]:
    """Return the password, and the old one if a change was interrupted. `what` names the file in the error.

    Raises:
        Locked: the stash is for another server, or was altered.

    """
    if stash.server != server.name:
        raise Locked(
            _(
                "{what} is sealed to {server}, not to {name}.",
                what=what,
                server=quoted(stash.server),
                name=names.abbreviated(server.name),
            ),
            _HINT,
        )
    try:
        info = _info(stash.server, stash.key, stash.person)
        opened = [server.sealing_key.open(each, info) for each in (stash.sealed, stash.previous) if each]
        return tuple(content.rstrip(b"\0").decode() for content in opened)
    except (Locked, UnicodeDecodeError):
        problem = _(
            "{what} cannot be opened with the ID of {name}: it belongs to another ID, or was altered.",
            what=what,
            name=names.abbreviated(server.name),
        )
        raise Locked(problem, _HINT) from None


def serialize(stash: Stash) -> bytes:
    """Return the file."""
    fields = {
        "version": VERSION if stash.person else _WITHOUT_PERSON,
        "server": stash.server,
        "key": stash.key,
        "sealed": base64.b64encode(stash.sealed).decode(),
    }
    if stash.person:
        fields["person"] = stash.person
        fields["signed"] = base64.b64encode(stash.signed).decode()
    if stash.previous:
        fields["previous"] = base64.b64encode(stash.previous).decode()
    return json.dumps(fields, indent=1, ensure_ascii=False).encode() + b"\n"


def parse(data: bytes, what: str) -> Stash:
    """Read the file. `what` names it in the error: "The stash file /x/keyfile.sth".

    Raises:
        Damaged: it is not a stash file of this version.

    """
    try:
        fields = json.loads(data)
        version = fields["version"]
        if version in (_WITHOUT_PERSON, VERSION):
            server, key = str(fields["server"]), str(fields["key"])
            person = str(fields["person"]) if version == VERSION else ""
            signed = base64.b64decode(fields.get("signed", ""), validate=True)
            sealed = base64.b64decode(fields["sealed"], validate=True)
            previous = base64.b64decode(fields.get("previous", ""), validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Damaged(_("{what} is not a stash file of this program, or is damaged.", what=what), _HINT) from None
    if version not in (_WITHOUT_PERSON, VERSION):
        raise Damaged(
            _("{what} is not version {known}, the version that this program reads.", what=what, known=VERSION),
            _("Use a newer version of dominoadmin."),
        )
    if not sealed or max(len(server), len(person)) > _LONGEST_NAME:
        raise Damaged(_("{what} is not a stash file of this program, or is damaged.", what=what), _HINT)
    return Stash(server, key, sealed, previous=previous, person=person, signed=signed)


def _info(server: str, key: str, person: str) -> bytes:
    named = {"person": person} if person else {}
    return documents.canonical({"purpose": _PURPOSE, "server": server, "key": key, **named})
