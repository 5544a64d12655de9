"""The draft of "Install on Server" (technote, step 27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dominoadmin.errors import Error
from dominoadmin.pki import names
from dominoadmin.services.directory import server_documents, server_entries
from dominoadmin.services.domain import Domain
from dominoadmin.services.key_rings.access import path_of
from dominoadmin.services.key_rings.form import check_name
from dominoadmin.services.key_rings.installing import Installation, Installed
from dominoadmin.services.states import KeyRingState
from dominoadmin.store import directory
from dominoadmin.store import key_rings as files
from dominoadmin.viewmodels import mends
from dominoadmin.viewmodels.key_rings.listing import ListedRing
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found


@dataclass
class InstallationDraft(Judged):
    """The form. The password is optional; with it the certificate is checked before it is copied."""

    file: str = ""
    server: str = ""
    password: str = field(default="", repr=False)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problem of the file name."""
        name = self.file.strip()
        return found(FieldCheck("file", partial(check_name, name), partial(mends.file_name, name, ".kyr")))

    def request(self) -> Installation:
        """Return the request for the service."""
        return Installation(self.file.strip(), self.server, self.password)

    def copies(self, domain: Domain) -> tuple[tuple[Path, Path], ...]:
        """Return the copies to make, of the key ring and its stash; none while the form is invalid."""
        if self.problem():
            return ()
        path = path_of(domain, self.file.strip())
        folder = domain.directory.server(names.common_name(self.server))
        return tuple((each, folder / each.name) for each in (path, files.stash_path(path)))


def servers(domain: Domain) -> list[str]:
    """Return the canonical names of the domain's servers, starting with the first."""
    with domain.store.snapshot() as db:
        first = directory.fact(db, "server")
        known = [entry.name for entry in directory.entries(db, "server")]
    return sorted(known, key=lambda name: (name != first, name))


def to_install(rings: Sequence[ListedRing]) -> str:
    """Return the file name of a certified key ring that is not installed yet, else of any certified one, or ''."""
    certified = [ring for ring in rings if ring.state == KeyRingState.CERTIFIED]
    return next((ring.file for ring in sorted(certified, key=lambda ring: ring.is_installed)), "")


def server_of(rings: Sequence[ListedRing], file: str) -> str:
    """Return the server whose ID opens the stash of a key ring, or an empty string."""
    return next((ring.server for ring in rings if ring.file == file), "")


def is_entered(domain: Domain, done: Installed) -> bool:
    """Return whether the Server document says already that HTTP uses this key ring. False if it cannot be read."""
    try:
        entry = server_documents.show(domain, done.server)
    except Error:
        return False
    return entry.ssl_key_file == done.key_ring and entry.web.ssl_port_status == server_entries.ENABLED
