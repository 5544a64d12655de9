"""Lists the key rings of the data directory by what is known without their passwords; designates trusted roots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from dominoadmin.errors import Error, NotFound
from dominoadmin.paths import read_limited
from dominoadmin.pki import describe, keys, names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import quoted
from dominoadmin.services import requesting
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_ring_access import KeyRingAccess, open_ring
from dominoadmin.services.key_ring_certifying import merge_trusted_root
from dominoadmin.services.key_ring_editing import CERTIFIED, EXPIRED, REQUESTED, UNSIGNED
from dominoadmin.services.requesting import ISSUED, RequestView
from dominoadmin.store import issued, walks
from dominoadmin.store import key_rings as files
from dominoadmin.store.database import Connection

READY: Final = "certificate issued, to be picked up"


@dataclass(frozen=True)
class ListedRing:
    """A key ring file. `server` is whose ID opens its stash; `state` is one of fact sheet appendix C, or READY."""

    file: str
    path: Path
    server: str
    stash_problem: str
    state: str
    pickup_id: str
    not_after: datetime | None
    """When the merged certificate ends."""
    is_installed: bool
    """Its copy in the server's data directory is the same, byte for byte."""
    changed_at: datetime


def listed(domain: Domain) -> list[ListedRing]:
    """Return the key rings of the data directory by name.

    Raises:
        Error: the store cannot be read.

    """
    found = sorted((p for p in domain.directory.root.iterdir() if p.suffix.lower() == ".kyr"), key=lambda p: p.name)
    with domain.store.snapshot() as db:
        merged = walks.merged(db)
        return [_listed(domain, db, path, merged) for path in found if path.is_file()]


def designate(domain: Domain, actor: Actor, access: KeyRingAccess, fingerprint: str, label: str) -> str:
    """Designate an intermediate certificate of a key ring as trusted root; return Domino's message.

    `fingerprint` is the SHA-256 of the certificate.

    Raises:
        NotFound: the key ring has no such certificate; or as `open_ring` does.
        Refused: it is not valid now, or the label is taken or unusable.

    """
    for certificate in open_ring(domain, access).ring.intermediates:
        if describe.certificate(certificate)["sha256"] == fingerprint:
            return merge_trusted_root(domain, actor, access, certificate, label)
    raise NotFound(f"The key ring has no intermediate certificate {quoted(fingerprint)}.", "Open the key ring again.")


def _listed(domain: Domain, db: Connection, path: Path, merged: set[tuple[str, int]]) -> ListedRing:
    server, key, problem = "", "", ""
    try:
        stash = files.read_stash(path)
        server, key = stash.server, stash.key
    except Error as error:
        problem = str(error)
    request = _newest(db, path.name, key)
    is_merged = request is not None and (key, request.request.id) in merged
    entry = issued.of_request(db, request.request.id) if request and is_merged else None
    return ListedRing(
        path.name, path, server, problem,
        _state(domain, request, entry.not_after if entry else None),
        (request.pickup_id or "") if request and not is_merged else "",
        entry.not_after if entry else None, _is_installed(domain, path, server), _changed_at(path),
    )  # fmt: skip


def _newest(db: Connection, file: str, key: str) -> RequestView | None:
    """Return the newest request that was made with this key, not with another ring that once had the name."""
    for number in reversed(files.requests_of(db, file)):
        shown = requesting.view(db, number)
        if key and _key_of(shown) == key:
            return shown
    return None


def _key_of(shown: RequestView) -> str:
    try:
        key = x509.load_der_x509_csr(shown.request.csr).public_key()
    except PARSING_FAILURES:
        return ""
    return keys.fingerprint(key) if isinstance(key, keys.PublicKey) else ""


def _state(domain: Domain, request: RequestView | None, not_after: datetime | None) -> str:
    if not_after:
        return EXPIRED if domain.now() > not_after else CERTIFIED
    if request is None:
        return UNSIGNED
    return READY if request.state == ISSUED else REQUESTED


def _is_installed(domain: Domain, path: Path, server: str) -> bool:
    if not server:
        return False
    folder = domain.directory.server(names.common_name(server))
    try:
        return all(
            read_limited(each, "The file") == read_limited(folder / each.name, "The copy")
            for each in (path, files.stash_path(path))
        )
    except Error:
        return False


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
