"""Lists the key rings of the data directory, without needing passwords, and the certificates of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked
from dominoadmin.paths import read_limited
from dominoadmin.pki import certification_paths, describe, keys, names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.domain import Domain
from dominoadmin.services.key_rings.certifying import label_for
from dominoadmin.services.key_rings.editing import KeyRingView
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import KeyRingState, RequestState
from dominoadmin.store import guide_facts, issued, own_files
from dominoadmin.store import key_rings as files
from dominoadmin.store.database import Connection

OWN, INTERMEDIATE, ROOT = "server", "intermediate", "trusted root"


@dataclass(frozen=True, kw_only=True)
class ListedRing:
    """A key ring file. The ID of `server` opens its stash; `state` is a `KeyRingState`."""

    file: str
    path: Path
    server: str
    stash_problem: str
    state: str
    pickup_id: str
    not_after: datetime | None
    """The end of the merged certificate."""
    is_installed: bool
    """Whether its copy in the server's data directory is identical."""
    changed_at: datetime


def listed(domain: Domain) -> list[ListedRing]:
    """Return the key rings of the data directory by name.

    Raises:
        Error: the store cannot be read.

    """
    found = sorted((p for p in domain.directory.root.iterdir() if p.suffix.lower() == ".kyr"), key=lambda p: p.name)
    with domain.store.snapshot() as db:
        merged = guide_facts.merged(db, AuditAction.KEY_RING_CERTIFICATE_MERGED)
        return [_listed(domain, db, path, merged) for path in found if path.is_file()]


@dataclass(frozen=True)
class RingCertificate:
    """A certificate in an open key ring. `certificate` is None while the server's is only a placeholder."""

    kind: str
    label: str
    subject: str
    certificate: x509.Certificate | None

    @property
    def is_trusted_root(self) -> bool:
        """Return whether it is designated as trusted root."""
        return self.kind == ROOT


def certificates_of(ring: KeyRingView) -> list[RingCertificate]:
    """Return the certificates of an open key ring: the server's, the intermediates, the trusted roots."""
    return [
        RingCertificate(OWN, "", ring.subject, ring.certificate),
        *(RingCertificate(INTERMEDIATE, label_for(c), names.shown(c.subject), c) for c in ring.intermediates),
        *(
            RingCertificate(ROOT, root.label, names.shown(root.certificate.subject), root.certificate)
            for root in ring.trusted_roots
        ),
    ]


def chain_of(ring: KeyRingView, chosen: RingCertificate) -> tuple[x509.Certificate, ...]:
    """Return a certificate of the key ring with its issuers in the ring."""
    if chosen.certificate is None:
        return ()
    roots = tuple(root.certificate for root in ring.trusted_roots)
    if chosen.certificate in roots:
        return (chosen.certificate,)
    try:
        return certification_paths.build(chosen.certificate, ring.intermediates, roots, None)
    except Refused:
        return (chosen.certificate,)


def read_authority(path: Path) -> RingCertificate:
    """Return the certificate in a chosen file, PEM or DER, with a proposed label.

    Raises:
        NotFound, Error: as `read_limited` does.
        Refused: the file is not a certificate.

    """
    certificate = describe.load(read_limited(path, marked("The certificate file")), str(path))
    return RingCertificate(ROOT, label_for(certificate), names.shown(certificate.subject), certificate)


def _listed(domain: Domain, db: Connection, path: Path, merged: set[tuple[str, int]]) -> ListedRing:
    server, key, problem = "", "", ""
    try:
        stash = files.read_stash(path)
        server, key = stash.server, stash.key
    except Error as error:
        problem = error.text()
    request = _newest(db, path.name, key)
    is_merged = request is not None and (key, request.request.id) in merged
    entry = issued.of_request(db, request.request.id) if request and is_merged else None
    return ListedRing(
        file=path.name,
        path=path,
        server=server,
        stash_problem=problem,
        state=_state(domain, request, entry.not_after if entry else None),
        pickup_id=(request.pickup_id or "") if request and not is_merged else "",
        not_after=entry.not_after if entry else None,
        is_installed=_is_installed(domain, path, server),
        changed_at=_changed_at(path),
    )


def _newest(db: Connection, file: str, key: str) -> RequestView | None:
    """Return the newest request with this key, not one of another ring that had the same name."""
    for number in reversed(files.requests_of(db, file)):
        shown = submitting.view(db, number)
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
        return KeyRingState.EXPIRED if domain.now() > not_after else KeyRingState.CERTIFIED
    if request is None:
        return KeyRingState.UNSIGNED
    return KeyRingState.READY if request.state == RequestState.ISSUED else KeyRingState.REQUESTED


def _is_installed(domain: Domain, path: Path, server: str) -> bool:
    if not server:
        return False
    folder = domain.directory.server(names.common_name(server))
    try:
        return all(
            own_files.read(each, "The file") == own_files.read(folder / each.name, "The copy")
            for each in (path, files.stash_path(path))
        )
    except Error:
        return False


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
