"""Certificates and requests in PEM, for files and editors: only what is as it was signed is handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from dominoadmin.errors import NotFound
from dominoadmin.i18n import marked as _
from dominoadmin.paths import safe_name
from dominoadmin.pki import describe
from dominoadmin.pki.profiles import CROSS
from dominoadmin.services.audit import committed
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import issued
from dominoadmin.store import requests as stored_requests
from dominoadmin.store.ledger import Object


@dataclass(frozen=True)
class PemFile:
    """A file's name, and its text in PEM (RFC 7468)."""

    name: str
    text: str


def certificates(domain: Domain, actor: Actor, which: Sequence[tuple[int, str]]) -> list[PemFile]:
    """Return issued certificates by the numbers of their certifiers and their serial numbers.

    Raises:
        NotFound: one is not in the Issued Certificate List.
        Tampered: one is not as it was signed; none is returned.

    """
    with domain.store.snapshot() as db:
        entries = [each for number, serial in which for each in issued.find(db, serial, number)]
        if len(entries) < len(which):
            raise NotFound(_("This certificate is no longer in the Issued Certificate List."))
        committed.check(db, actor.verifier(), [Object("issued", f"{number} {serial}") for number, serial in which])
    return named((each.subject, describe.armored(each.der)) for each in entries)


def requests(domain: Domain, actor: Actor, numbers: Sequence[int]) -> list[PemFile]:
    """Return requests by their numbers: PKCS #10, or the certificate that is to be cross-certified.

    Raises:
        NotFound: there is no such request.
        Tampered: one is not as it was received; none is returned.

    """
    with domain.store.snapshot() as db:
        found = []
        for number in numbers:
            record = stored_requests.find(db, number)
            if record is None:
                raise NotFound(_("Request {request_id} was not found.", request_id=number))
            found.append(record)
        committed.check(db, actor.verifier(), [Object("requests", str(each)) for each in numbers])
    labels = {CROSS: "CERTIFICATE"}
    pairs = ((each.subject, describe.armored(each.csr, labels.get(each.kind, "CERTIFICATE REQUEST"))) for each in found)
    return named(pairs)


def stem(subject: str) -> str:
    """Return the start of a file's name for a subject: its host or person. `*` of a wildcard becomes `_`."""
    return safe_name(subject.partition("/")[0].removeprefix("CN=").replace("*", "_"), also=".")


def named(pairs: Iterable[tuple[str, str]]) -> list[PemFile]:
    """Return files for subjects and texts; a name that is taken gets a number."""
    found: dict[str, PemFile] = {}
    for subject, text in pairs:
        name = free(stem(subject), ".pem", found.__contains__)
        found[name] = PemFile(name, text)
    return list(found.values())


def free(start: str, ending: str, is_taken: Callable[[str], bool]) -> str:
    """Return the first file name that is not taken: without a number, or with the next one."""
    names = (f"{start}_{number}{ending}" if number > 1 else f"{start}{ending}" for number in count(1))
    return next(name for name in names if not is_taken(name))
