"""What the CA process does about revocation: it carries requests out, makes CRLs in time, and releases them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from dominoadmin.errors import Error, NotFound, Refused
from dominoadmin.pki.identities import Identity
from dominoadmin.services import publishing
from dominoadmin.services.configuring import Certifier
from dominoadmin.services.crl_issuing import NON_REGULAR, REGULAR, CrlAuthority
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuing import StillOurs
from dominoadmin.services.key_vault import KeyVault
from dominoadmin.services.responding import ResponderAuthority
from dominoadmin.services.revoking import RELEASE, RevokingAuthority
from dominoadmin.store import crls
from dominoadmin.store.records import CertifierRecord, CrlRecord, instant

_WARNING: Final = timedelta(days=3)
_KINDS: Final = {"": "", "s": REGULAR, "n": NON_REGULAR}


class Lists:
    """The CRLs of all certifiers of one CA process."""

    def __init__(self, domain: Domain, server: Identity, vault: KeyVault, still_ours: StillOurs) -> None:
        self._domain, self._server, self._vault, self._still_ours = domain, server, vault, still_ours
        self._released: dict[int, int] = {}
        self._told: dict[int, str] = {}

    def keep_up(self, certifier: Certifier) -> Iterator[str]:
        """Do what is due for a certifier whose key is open: revocations, then the list, then its release."""
        name = certifier.record.name
        for done in RevokingAuthority(self._domain, Actor.of(self._server), certifier, self._still_ours).carry_out():
            verb = "released" if done.action == RELEASE else "revoked"
            if done.changed:
                yield f"{done.changed} certificate(s) {verb} by {name} (revocation request {done.request_id})"
            if done.problem:
                yield f"Revocation request {done.request_id}: {done.problem}"
        authority = CrlAuthority(self._domain, Actor.of(self._server), self._vault, certifier, self._still_ours)
        if kind := authority.due():
            yield _made(name, authority.issue(kind)[0])
        if certifier.configuration.publication.base_urls:
            responder = ResponderAuthority(self._domain, self._server, self._vault, certifier, self._still_ours)
            if responder.renew():
                yield f"The OCSP responder of {name} has a new certificate"
        yield from self._release(certifier)

    def warn(self, record: CertifierRecord) -> Iterator[str]:
        """Say once if the list of a certifier that is not active runs out, or has run out."""
        problem = self.problem(record)
        if problem and self._told.get(record.id) != problem:
            yield f"{record.name}: {problem}"
        self._told[record.id] = problem

    def problem(self, record: CertifierRecord) -> str:
        """Return what is wrong with the time that a certifier's list has left, or an empty string."""
        with self._domain.store.snapshot() as db:
            newest = crls.newest(db, record.id)
        if newest is None:
            return ""
        now, end = self._domain.now(), newest.next_update
        if now > end:
            return f"its CRL has expired on {end:%Y-%m-%d %H:%M}; activate it, or its certificates will be refused"
        if end - now < _WARNING:
            return f"its CRL expires on {end:%Y-%m-%d %H:%M}; activate it before, so that it can make the next one"
        return ""

    def issue(self, certifier: Certifier) -> Iterator[str]:
        """Make a non-regular list at once."""
        authority = CrlAuthority(self._domain, Actor.of(self._server), self._vault, certifier, self._still_ours)
        yield _made(certifier.record.name, authority.issue(NON_REGULAR)[0])
        yield from self._release(certifier)

    def push(self, record: CertifierRecord) -> Iterator[str]:
        """Store the latest regular list in the Domino Directory."""
        pushed = publishing.push(self._domain, Actor.of(self._server), record.id)
        yield f"CRL number {pushed.number} of {record.name} was pushed to the Domino Directory"

    def info(self, record: CertifierRecord, letter: str) -> Iterator[str]:
        """Describe the newest list: regular (`s`), non-regular (`n`) or whichever it is."""
        if letter not in _KINDS:
            raise Refused("Enter: tell ca CRL info <certifier number> [s|n]")
        try:
            crl = publishing.find_list(self._domain, record.id, _KINDS[letter])
        except NotFound as error:
            yield str(error)
            return
        yield f"CRL of {record.name}"
        yield f"       CRL number: {crl.number} ({crl.kind})"
        yield f"       This update: {instant(crl.this_update)}"
        yield f"       Next update: {instant(crl.next_update)}"
        yield f"       Revoked certificates: {crl.entries}"
        yield f"       Size: {crl.size} octets"
        yield f"       In the Domino Directory: {'since ' + instant(crl.pushed_at) if crl.pushed_at else 'No'}"

    def _release(self, certifier: Certifier) -> Iterator[str]:
        """Hand the newest list out if that was not done; what fails is tried again and told once."""
        record = certifier.record
        with self._domain.store.snapshot() as db:
            number = crls.last_number(db, record.id)
        if self._released.get(record.id) == number:
            return
        try:
            yield from filter(None, publishing.release(self._domain, certifier))
        except Error as error:
            if self._told.get(record.id) != str(error):
                yield f"{record.name}: {error}"
            self._told[record.id] = str(error)
            return
        self._told.pop(record.id, None)
        self._released[record.id] = number


def _made(name: str, crl: CrlRecord) -> str:
    return f"CRL number {crl.number} ({crl.kind}) of {name} was issued with {crl.entries} revoked certificate(s)"
