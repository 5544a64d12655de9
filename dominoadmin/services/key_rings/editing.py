"""Shows a key ring, and changes its password, its trusted roots and their labels; deletes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cryptography import x509

from dominoadmin.errors import Error, NotFound, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, key_rings, keys, names, stashes
from dominoadmin.pki.key_rings import KeyRing, TrustedRoot
from dominoadmin.pki.quoting import quoted
from dominoadmin.pki.stashes import Stash
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory.server_documents import domain_server
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities.identifying import check_password
from dominoadmin.services.key_rings.access import (
    KeyRingAccess,
    OpenKeyRing,
    check_unchanged,
    event_of,
    holder_of,
    open_ring,
    path_of,
    recorded,
    rewrite,
)
from dominoadmin.services.key_rings.form import WHAT
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import KeyRingState
from dominoadmin.store import key_rings as files

PASSWORD_CHANGED: Final = _("The password of the key ring has been changed; install the key ring on its server again.")


@dataclass(frozen=True, kw_only=True)
class KeyRingView:
    """The contents of a key ring. `certificate` is None while it has only a placeholder."""

    file: str
    path: Path
    state: str
    subject: str
    names: tuple[str, ...]
    key: str
    key_fingerprint: str
    certificate: x509.Certificate | None
    intermediates: tuple[x509.Certificate, ...]
    trusted_roots: tuple[TrustedRoot, ...]
    server: str
    stash_problem: str
    requests: tuple[RequestView, ...]


def show(domain: Domain, access: KeyRingAccess) -> KeyRingView:
    """Return the contents of a key ring.

    Raises:
        NotFound, Error, Damaged, WrongPassword: as `open_ring` does.

    """
    opened = open_ring(domain, access)
    ring = opened.ring
    stash, problem = _stash(opened)
    requests = _requests(domain, opened)
    return KeyRingView(
        file=opened.path.name,
        path=opened.path,
        state=_state(domain, ring, requests),
        subject=names.shown(ring.subject),
        names=tuple(map(str, ring.general_names)),
        key=keys.algorithm_of(ring.private_key.public_key()),
        key_fingerprint=opened.key_fingerprint,
        certificate=ring.certificate if ring.is_certified else None,
        intermediates=ring.intermediates,
        trusted_roots=ring.trusted_roots,
        server=stash.server if stash else "",
        stash_problem=problem,
        requests=requests,
    )


def change_password(domain: Domain, actor: Actor, access: KeyRingAccess, new_password: str, server: str = "") -> str:
    """Change the password of a key ring and reseal it, to another server if one is named; return the message.

    If interrupted, the key ring opens with the old or the new password, and its stash holds both.

    Raises:
        NotFound, Error, Damaged, WrongPassword: as `open_ring` does.
        Refused: the new password is too short or too long.
        Tampered: the server's document is invalid.

    """
    check_password(new_password, WHAT)
    opened = open_ring(domain, access)
    before, _ = _stash(opened)
    name, holder = holder_of(domain, actor, server or (before.server if before else domain_server(domain)))
    stash = stashes.seal(new_password, name, holder, opened.key_fingerprint)
    # Resealed, not copied from the old stash, which may be lost, damaged, or another server's.
    old = stashes.seal(opened.password, name, holder, opened.key_fingerprint)
    data = key_rings.serialize(opened.ring, new_password)
    with recorded(domain, actor, event_of(AuditAction.KEY_RING_PASSWORD_CHANGED, opened, server=name)) as changes:
        check_unchanged(opened)
        file = files.stash_path(opened.path)
        changes.replace(file, stashes.serialize(replace(stash, previous=old.sealed)))
        changes.replace(opened.path, data)
        changes.replace(file, stashes.serialize(stash))
    return PASSWORD_CHANGED


def label_trusted_root(domain: Domain, actor: Actor, access: KeyRingAccess, label: str, new_label: str) -> None:
    """Give a trusted root another label.

    Raises:
        NotFound: there is no trusted root with this label; or as `open_ring` does.
        Refused: the new label is taken or invalid.

    """
    opened = open_ring(domain, access)
    root = _root(opened.ring, label)
    ring = key_rings.with_trusted_root(opened.ring, root.certificate, new_label)
    rewrite(
        domain,
        actor,
        opened,
        ring,
        event_of(AuditAction.TRUSTED_ROOT_LABELLED, opened, before=root.label, after=new_label),
    )


def remove_trusted_root(domain: Domain, actor: Actor, access: KeyRingAccess, label: str) -> None:
    """Remove a trusted root.

    Raises:
        NotFound: there is no trusted root with this label; or as `open_ring` does.
        Refused: the path of the key ring's own certificate needs it.

    """
    opened = open_ring(domain, access)
    root = _root(opened.ring, label)
    ring = replace(opened.ring, trusted_roots=tuple(r for r in opened.ring.trusted_roots if r is not root))
    if ring.is_certified:
        _check_path(ring, root)
    rewrite(domain, actor, opened, ring, event_of(AuditAction.TRUSTED_ROOT_REMOVED, opened, label=root.label))


def delete(domain: Domain, actor: Actor, file: str) -> list[Path]:
    """Delete a key ring and its stash; return the deleted files. Installed copies stay.

    Raises:
        NotFound: neither exists.
        Error: one cannot be deleted; nothing was.

    """
    path = path_of(domain, file)
    found = [each for each in (path, files.stash_path(path)) if each.is_file()]
    if not found:
        raise NotFound(_("The key ring {path} does not exist.", path=path), _("Check the file name."))
    event = Event(AuditAction.KEY_RING_DELETED, path.name, {"files": [each.name for each in found]})
    with recorded(domain, actor, event) as changes:
        for each in found:
            changes.remove(each)
    return found


def _stash(opened: OpenKeyRing) -> tuple[Stash | None, str]:
    """Return the key ring's stash, or None and the reason."""
    try:
        stash = files.read_stash(opened.path)
    except Error as error:
        return None, str(error)
    if stash.key != opened.key_fingerprint:
        return None, _("{file} belongs to another key ring.", file=files.stash_label(opened.path))
    return stash, ""


def _requests(domain: Domain, opened: OpenKeyRing) -> tuple[RequestView, ...]:
    """Return the requests with this key, not those of another key ring that had the same name."""
    wanted = keys.spki(opened.ring.private_key.public_key())
    with domain.store.snapshot() as db:
        shown = [submitting.view(db, number) for number in files.requests_of(db, opened.path.name)]
    return tuple(each for each in shown if wanted in each.request.csr)


def _state(domain: Domain, ring: KeyRing, requests: tuple[RequestView, ...]) -> str:
    if ring.is_certified:
        return KeyRingState.EXPIRED if domain.now() > ring.certificate.not_valid_after_utc else KeyRingState.CERTIFIED
    if requests:
        return KeyRingState.REQUESTED
    return KeyRingState.ROOT_MERGED if ring.trusted_roots else KeyRingState.UNSIGNED


def _root(ring: KeyRing, label: str) -> TrustedRoot:
    for root in ring.trusted_roots:
        if root.label.casefold() == label.strip().casefold():
            return root
    known = ", ".join(root.label for root in ring.trusted_roots) or "none"
    raise NotFound(
        _("The key ring has no trusted root with the label {label}.", label=quoted(label)),
        _("Available: {names}.", names=known),
    )


def _check_path(ring: KeyRing, removed: TrustedRoot) -> None:
    roots = tuple(root.certificate for root in ring.trusted_roots)
    try:
        certification_paths.build(ring.certificate, ring.intermediates, roots, None)
    except Refused:
        raise Refused(
            _("The key ring's own certificate depends on the trusted root {label}.", label=quoted(removed.label)),
            _("Without it, the server cannot present a complete certification path."),
        ) from None
