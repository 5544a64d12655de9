"""Opens and rewrites key rings: with their password, whole or not at all, always with an audit entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography import x509

from dominoadmin.errors import Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import identities, key_rings, keys, names
from dominoadmin.pki.key_rings import KeyRing
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory import entries
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings.form import check_name
from dominoadmin.store import directory, installed_files
from dominoadmin.store import key_rings as files
from dominoadmin.store.key_rings import Changes
from dominoadmin.store.records import Fields


@dataclass(frozen=True)
class KeyRingAccess:
    """A key ring file and its password."""

    file: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class OpenKeyRing:
    """An open key ring and the bytes it was read from, to detect changes of the file."""

    path: Path
    ring: KeyRing
    password: str = field(repr=False)
    data: bytes = field(repr=False)

    @property
    def key_fingerprint(self) -> str:
        """The SHA-256 of its public key, as lower-case hex."""
        return keys.fingerprint(self.ring.private_key.public_key())


def path_of(domain: Domain, file: str) -> Path:
    """Return the path of a key ring: a bare name is in the data directory.

    Raises:
        Refused: the name does not end in .kyr, or some system cannot store it.

    """
    check_name(file)
    return domain.directory.file(file)


def open_ring(domain: Domain, access: KeyRingAccess) -> OpenKeyRing:
    """Open a key ring.

    Raises:
        NotFound, Error, Damaged, WrongPassword: as `files.read` and `key_rings.load` do.

    """
    path = path_of(domain, access.file)
    data = files.read(path)
    return OpenKeyRing(path, key_rings.load(data, access.password), access.password, data)


def rewrite(domain: Domain, actor: Actor, opened: OpenKeyRing, ring: KeyRing, event: Event) -> OpenKeyRing:
    """Replace the key ring file; return it opened.

    Raises:
        Error: the file was changed since it was opened, or cannot be written; nothing was changed.

    """
    data = key_rings.serialize(ring, opened.password)
    with recorded(domain, actor, event) as changes:
        check_unchanged(opened)
        changes.replace(opened.path, data)
    return replace(opened, ring=ring, data=data)


def check_unchanged(opened: OpenKeyRing) -> None:
    """Raise `Error` if the file is not the one that was opened."""
    if files.read(opened.path) != opened.data:
        raise Error(
            _("{path} was changed by another program in the meantime.", path=opened.path),
            _("Try again; nothing was changed."),
        )


def event_of(action: AuditAction, opened: OpenKeyRing, **detail: object) -> Event:
    """Return an entry for the audit log about a key ring."""
    fields: Fields = {"key_sha256": opened.key_fingerprint, **detail}
    return Event(action, opened.path.name, fields)


@contextmanager
def recorded(domain: Domain, actor: Actor, event: Event) -> Iterator[Changes]:
    """Change files inside the transaction that enters `event`; if either fails, both are undone.

    Files in a server's data directory are recorded with their digests: that server opens no others. The transaction
    also keeps two processes from changing a key ring at once.
    """
    changes = Changes()
    try:
        with domain.store.transaction() as db:
            yield changes
            written = {
                installed_files.name_of(domain.directory.root, path): data for path, data in changes.written().items()
            }
            sums = {path: "" if data is None else hashlib.sha256(data).hexdigest() for path, data in written.items()}
            installed_files.keep(db, {path: sha256 for path, sha256 in sums.items() if path})
            audit_log.enter(db, domain.now(), actor, [event])
    except BaseException:
        changes.undo()
        raise


def holder_of(domain: Domain, actor: Actor, server: str) -> tuple[str, x509.Certificate]:
    """Return a server's canonical name and its ID's certificate, verified up to the organization's certifier.

    Raises:
        NotFound: there is no such server.
        Tampered: its document has the certificate of another ID, or one not certified by the certifier.

    """
    with domain.store.snapshot() as db:
        entry = entries.server(db, actor.verifier(), names.in_organization(server, directory.fact(db, "organization")))
    chain = directory.chain_of(entry)
    name, _rest = identities.verify_chain(chain, actor.anchor, domain.now())
    if name != entry.name:
        raise Tampered(
            _(
                "The certificate of {name} belongs to {owner}.",
                name=names.abbreviated(entry.name),
                owner=names.abbreviated(name),
            )
        )
    return name, x509.load_der_x509_certificate(chain[0])
