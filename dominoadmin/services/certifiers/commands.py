"""The command that a certifier's server runs with each new CRL: whose signature lets it run.

Anyone may register a certifier, and its command runs with the rights of the server. So somebody who may run programs
there has to sign it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress

from dominoadmin.errors import Damaged, NotFound, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.directory import server_entries
from dominoadmin.store.database import Connection


def will_run(allowed: Collection[str], signers: Collection[str]) -> bool:
    """Return whether one of those who sign a command is in the server's list "Run unrestricted"."""
    return not {*allowed}.isdisjoint(signers)


def remarks(command: str, allowed: Collection[str], signers: Collection[str]) -> Iterator[str]:
    """Yield a warning about a command that will not run, before it is signed."""
    if command and not will_run(allowed, signers):
        # The names of Domino's list and tab.
        yield _(
            'The command will not be run: none of those who have signed it ({names}) is in the list "Run unrestricted '
            'methods and operations" of the Server document, tab Security.',
            names=", ".join(map(names.abbreviated, signers)),
        )


def remarks_on(
    db: Connection, verifier: Verifier, server: str, command: str, signers: Collection[str]
) -> Iterator[str]:
    """Yield what `remarks` does, by the document of the certifier's server."""
    if command:
        with suppress(Damaged, NotFound, Tampered):  # the server runs nothing by such a document, and names it
            allowed = server_entries.checked(db, verifier, server).run_unrestricted
            yield from remarks(command, allowed, signers)
