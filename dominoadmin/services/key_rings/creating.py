"""Creates a key ring and its stash (technote, steps 14-16)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dominoadmin.i18n import marked as _
from dominoadmin.pki import key_rings, keys, stashes
from dominoadmin.pki.profiles import SERVER
from dominoadmin.pki.stashes import Stash
from dominoadmin.services import recorded_files
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory.server_documents import domain_server
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import generated
from dominoadmin.services.key_rings.access import holder_of, path_of
from dominoadmin.services.key_rings.certifying import check_database
from dominoadmin.services.key_rings.form import KeyRingRequest
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.requests.issuable import AskedFor
from dominoadmin.store import key_rings as files

CREATED: Final = "Key Ring Created"
_REPLACED: Final = _(
    "An earlier attempt to create this key ring was interrupted. Its leftover stash file was replaced."
)


@dataclass(frozen=True, kw_only=True)
class Created:
    """The contents of the dialog "Key Ring Created". `server` is the one whose ID opens the stash."""

    file: str
    path: Path
    stash: Path
    subject: str
    names: tuple[str, ...]
    key: str
    server: str
    remarks: tuple[str, ...]


def create(domain: Domain, actor: Actor, request: KeyRingRequest, progress: Progress = QUIET) -> Created:
    """Create NAME.kyr and NAME.sth, both or neither.

    Raises:
        Refused: a field breaks its rule, or the database would not take the key ring's request.
        Error: one of the files exists (Domino's words) or cannot be written.
        NotFound: there is no such database or server.
        NotAllowed: the password was generated, and no ID is open.
        Tampered: the server's or the certifier's document is invalid.
        Cancelled: the user stopped; nothing was created.

    """
    request.check()
    person = generated.holder(actor) if request.is_generated else None
    path = path_of(domain, request.file)
    recorded_files.settle(domain, path.parent)
    with domain.store.snapshot() as db:
        files.check_free(db, path, AuditAction.KEY_RING_CREATED)
    wanted = AskedFor(SERVER, request.subject(), request.general_names(), request.key_algorithm)
    server, holder = holder_of(domain, actor, _server(domain, actor, request, wanted))
    progress.step(_("Generating the key ({kind})", kind=keys.describe_algorithm(wanted.key_algorithm)))
    key = keys.generate(wanted.key_algorithm)
    progress.step(_("Writing the key ring and its stash file"))
    data = key_rings.serialize(key_rings.new(key, wanted.subject, wanted.names, domain.now()), request.password)
    fingerprint = keys.fingerprint(key.public_key())
    stash = stashes.seal(request.password, server, holder, fingerprint, person.name if person else "")
    if person:
        stash = generated.signed(stash, person, domain.now())
    with recorded_files.together(domain) as made, domain.store.transaction() as db:
        is_left_over = files.check_free(db, path, AuditAction.KEY_RING_CREATED)
        if is_left_over:  # by a kill of an earlier version
            files.remove(files.stash_path(path))
        made.write(path, data)  # first: a stash without its key ring is useless
        made.write(files.stash_path(path), stashes.serialize(stash))
        made.enter(db)
        audit_log.enter(db, domain.now(), actor, [_event(path.name, wanted, stash)])
    return Created(
        file=path.name,
        path=path,
        stash=files.stash_path(path),
        subject=str(wanted.subject),
        names=tuple(map(str, wanted.names)),
        key=wanted.key_algorithm,
        server=server,
        remarks=(*((_REPLACED,) if is_left_over else ()), *_remarks(request, wanted)),
    )


def _server(domain: Domain, actor: Actor, request: KeyRingRequest, wanted: AskedFor) -> str:
    """Return the server whose ID opens the stash: the named, the database's, or the domain's. Checks the database."""
    file = path_of(domain, request.file).name
    database = check_database(domain, actor, request.database, file, wanted) if request.database else None
    return request.server or (database.server if database else domain_server(domain))


def _event(file: str, wanted: AskedFor, stash: Stash) -> Event:
    detail = {
        "subject": str(wanted.subject),
        "names": [str(name) for name in wanted.names],
        "key": wanted.key_algorithm,
        "key_sha256": stash.key,
        "server": stash.server,
        **({"password": "generated"} if stash.person else {}),
    }
    return Event(AuditAction.KEY_RING_CREATED, file, detail)


def _remarks(request: KeyRingRequest, wanted: AskedFor) -> tuple[str, ...]:
    remarks = []
    if not request.common_name.isascii():
        remarks.append(_("The key ring contains the host name as {name} (IDNA 2008).", name=wanted.subject.common_name))
    if not request.password.isascii():
        remarks.append(_("Java's keytool opens key rings with passwords of ASCII characters only."))
    return tuple(remarks)
