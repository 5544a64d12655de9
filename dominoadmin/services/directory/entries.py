"""Documents of the Domino Directory that something is done by: each is compared with what the audit log commits."""

from __future__ import annotations

from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.domain import person_entry, server_entry
from dominoadmin.store.database import Connection
from dominoadmin.store.records import DirectoryEntry


def person(db: Connection, verifier: Verifier, name: str) -> DirectoryEntry:
    """Return the Person document with this canonical name.

    Raises:
        NotFound: there is none.
        Tampered: it was altered or added behind the program.

    """
    committed.check_domain(db, verifier, (found := person_entry(db, name)).name)
    return found


def server(db: Connection, verifier: Verifier, name: str) -> DirectoryEntry:
    """Return the Server document with this canonical name.

    Raises:
        NotFound, Tampered: as `person` does.

    """
    committed.check_domain(db, verifier, (found := server_entry(db, name)).name)
    return found
