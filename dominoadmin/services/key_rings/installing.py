"""Installs a key ring on its server (technote, step 27) and opens it there, unattended."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dominoadmin.errors import Damaged, Error, NotFound, Refused, Tampered, WrongPassword
from dominoadmin.i18n import Text
from dominoadmin.i18n import marked as _
from dominoadmin.paths import make_private_folder
from dominoadmin.pki import certification_paths, key_rings, keys, names, stashes
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.key_rings import KeyRing
from dominoadmin.pki.quoting import quoted
from dominoadmin.pki.stashes import Stash
from dominoadmin.services.audit import committed
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory.server_documents import checked as server_document
from dominoadmin.services.directory.server_entries import ServerEntry
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings.access import KeyRingAccess, open_ring, path_of, recorded
from dominoadmin.services.key_rings.form import check_name
from dominoadmin.store import installed_files, own_files
from dominoadmin.store import key_rings as files
from dominoadmin.store.ledger import Object


@dataclass(frozen=True)
class Installation:
    """The key ring and the server. With the password, the key ring itself is checked too."""

    file: str
    server: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Installed:
    """The copied files, with the SHA-256 of each as read back, and remarks for the administrator."""

    server: str
    folder: Path
    sha256: dict[str, str]
    warnings: tuple[str, ...]

    @property
    def key_ring(self) -> str:
        """The key ring's file name for the Server document."""
        return next(name for name in self.sha256 if name.lower().endswith(".kyr"))

    @property
    def next_step(self) -> str:
        """Return the administrator's next step (technote, steps 28 and 29)."""
        return _(
            "Enter its name in the Server document (or: dominoadmin server set --ssl-key-file {key_ring} "
            "--ssl-port-status enabled). Then enter 'tell http restart' on the server console.",
            key_ring=self.key_ring,
        )


def install(domain: Domain, actor: Actor, request: Installation) -> Installed:
    """Copy a key ring and its stash into a server's data directory, byte for byte, and compare the copies.

    Raises:
        NotFound: there is no such key ring, stash or server.
        Refused: the stash is sealed to another server.
        Error, Damaged, WrongPassword: a file cannot be read, opened or written; the server's files are unchanged.

    """
    path = path_of(domain, request.file)
    contents = files.read_pair(path)
    stash = stashes.parse(contents[files.stash_path(path).name], files.stash_label(path))
    server = server_document(domain, actor, request.server)
    name = names.abbreviated(server.name)
    if stash.server != server.name:
        raise Refused(
            _(
                "{file} is sealed to {server}; {name} cannot open the key ring.",
                file=files.stash_label(path),
                server=quoted(stash.server),
                name=name,
            ),
            _(
                "Seal it to that server with Password in View & Edit Key Rings, or with "
                "'dominoadmin keyring password --file {name} --server {server}'.",
                name=path.name,
                server=shlex.quote(name),
            ),
        )
    warnings = tuple(_warnings(domain, request, stash, server))
    folder = domain.directory.server(names.common_name(server.name))
    sums = {file: hashlib.sha256(data).hexdigest() for file, data in contents.items()}
    make_private_folder(folder)
    with recorded(
        domain, actor, Event(AuditAction.KEY_RING_INSTALLED, path.name, {"server": server.name, **sums})
    ) as changes:
        for file, data in contents.items():
            changes.replace(folder / file, data)
        _check_copies(folder, sums)
    return Installed(server.name, folder, sums, warnings)


def open_installed(domain: Domain, server: Identity, file: str) -> KeyRing:
    """Open a key ring in a server's data directory with the server's ID and the stash.

    Raises:
        NotFound: the key ring or its stash is not there.
        Refused: `file` is not the bare name of a key ring file.
        Locked: the stash is sealed to another server, or was altered.
        Damaged: a file cannot be read, or the two do not belong together.
        Tampered: a file is not the one that an administrator has installed.

    """
    if "/" in file or "\\" in file:
        # The technote's note to step 28.
        raise Refused(
            _("Do not include the full path to the key ring file, only the file name."),
            _("Enter a name such as keyfile.kyr."),
        )
    check_name(file)
    path = domain.directory.server(names.common_name(server.name)) / file
    hint = _(
        "Install the key ring again: Install on Server, or 'dominoadmin keyring install --file {file}'.", file=file
    )
    try:
        contents = files.read_pair(path)
    except NotFound as error:
        raise NotFound(str(error), hint) from None
    _check_installed(domain, Actor.of(server).verifier(), path.parent, contents, hint)
    data, stash = contents[path.name], stashes.parse(contents[files.stash_path(path).name], files.stash_label(path))
    for password in stashes.passwords(stash, server, files.stash_label(path)):
        try:
            ring = key_rings.load(data, password)
        except WrongPassword:
            continue
        if keys.fingerprint(ring.private_key.public_key()) == stash.key:
            return ring
    raise Damaged(
        _("{file} cannot open the key ring: the two files do not belong together.", file=files.stash_label(path)),
        hint,
    )


def _check_installed(
    domain: Domain, verifier: Verifier, folder: Path, contents: Mapping[str, bytes], hint: Text
) -> None:
    """Raise `Tampered` for a file that is not the one that the audit log commits."""
    paths = {file: installed_files.name_of(domain.directory.root, folder / file) for file in contents}
    with domain.store.snapshot() as db:
        committed.check_same(db, verifier, [Object("installed_files", path) for path in paths.values()])
        known = installed_files.find(db, paths.values())
    for file, data in contents.items():
        if known.get(paths[file]) != hashlib.sha256(data).hexdigest():
            raise Tampered(
                _("{file} was not installed by an administrator, or was changed since then.", file=folder / file), hint
            )


def _check_copies(folder: Path, sums: dict[str, str]) -> None:
    for file, wanted in sums.items():
        if hashlib.sha256(own_files.read(folder / file, _("The copy"))).hexdigest() != wanted:
            raise Error(
                _("The copy {path} differs from the original.", path=folder / file),
                _("Check the disk, then try again."),
            )


def _warnings(domain: Domain, request: Installation, stash: Stash, server: ServerEntry) -> Iterator[str]:
    if request.password:
        ring = open_ring(domain, KeyRingAccess(request.file, request.password)).ring
        yield from _problems(ring, server.host_name, domain.now())
        return
    with domain.store.snapshot() as db:
        if not files.has_certificate(db, stash.key):
            yield _("No certificate has been issued for the key of this key ring yet.")


def _problems(ring: KeyRing, host: str, now: datetime) -> Iterator[str]:
    if not ring.is_certified:
        yield _("The key ring does not contain a signed certificate yet, only a placeholder that no browser trusts.")
    elif problem := certification_paths.validity_problem(ring.certificate, now):
        yield problem
    wildcard = "*." + host.partition(".")[2]
    if not {GeneralName("dns", host), GeneralName("dns", wildcard)} & set(ring.general_names):
        yield _("The certificate does not name {host}, the server's host name: browsers will warn.", host=host)
