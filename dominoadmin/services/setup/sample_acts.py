"""The acts of the people and the server of the sample domain, by the services that the window and the tasks use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names, keys
from dominoadmin.pki import key_rings as rings
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import SERVER
from dominoadmin.services.audit import checkpoints
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests import approving, inspecting, submitting
from dominoadmin.services.requests.issuing import IssuingAuthority
from dominoadmin.services.requests.submitting import Submission
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.crl_issuing import CrlAuthority
from dominoadmin.services.revocation.revoking import RevocationOrder, RevokingAuthority
from dominoadmin.services.setup.sample_events import SampleDay, SampleRequest, SampleRevocation
from dominoadmin.services.states import Protection, RevocationAction

_REASON: Final = _("Nobody knows this host: please say which department runs it.")


@dataclass(kw_only=True)
class SampleActs:
    """What is done in a domain by its people and its server. `password`: of the certifiers that need one."""

    domain: Domain
    ann: Identity
    rob: Identity
    server: Identity
    password: str = field(repr=False)
    _vault: KeyVault = field(default_factory=KeyVault)
    _certifiers: dict[str, Certifier] = field(default_factory=dict)
    _requests: dict[tuple[str, str], int] = field(default_factory=dict)

    def live(self, day: SampleDay) -> None:
        """Do all that happened at a time in the past; the clock shows it already."""
        ra = self.rob if day.is_second else self.ann
        self._end(ra, day.released, RevocationAction.RELEASE)
        self._end(ra, day.revoked, RevocationAction.REVOKE)
        for each in day.taken_in:
            self._requests[each.database, each.name] = self._take_in(each)
        submitting.submit(self.domain, Actor.of(ra), self._numbers(set(day.taken_in) - set(day.pending)))
        self._approve(ra, (*day.issued, *day.unpulled, *day.approved))
        if rejected := self._numbers(day.rejected):
            approving.reject(self.domain, ra, self.shown(rejected), str(_REASON))
        for name in day.opened:
            self.turn(name)
        submitting.pull(self.domain, Actor.of(ra), self._numbers((*day.issued, *day.rejected)))

    def approve(self, ra: Identity, ids: Sequence[int]) -> None:
        """Approve submitted requests as they are shown.

        Raises:
            Error: one breaks a rule.

        """
        for outcome in approving.approve(self.domain, ra, self.shown(ids)):
            if outcome.problem:
                raise Error(outcome.problem, outcome.hint)

    def shown(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the digests of what an RA is shown of requests."""
        return inspecting.digests(self.domain, Actor.of(self.ann), ids)

    def turn(self, name: str) -> None:
        """Do what the CA process does for a certifier: issue what was approved, and the CRL that is due."""
        certifier, server = self._opened(name), Actor.of(self.server)
        IssuingAuthority(self.domain, server, self._vault, certifier).issue_approved()
        authority = CrlAuthority(self.domain, server, self._vault, certifier)
        if kind := authority.due():
            authority.issue(kind)

    def sign_checkpoint(self) -> None:
        """Verify the audit log, and sign that as the server."""
        follower = checkpoints.resumed(self.domain, self.server)
        try:
            checkpoints.sign(self.domain, self.server, follower.to_end(), follower.roles())
        finally:
            follower.close()

    def _approve(self, ra: Identity, wanted: Iterable[SampleRequest]) -> None:
        wanted = [*wanted]
        edited = {number: each.days for each in wanted for number in self._numbers([each]) if each.days}
        for number, digest in self.shown([*edited]).items():
            approving.edit(self.domain, ra, number, {"days": edited[number]}, shown=digest)
        self.approve(ra, self._numbers(wanted))

    def _end(self, ra: Identity, endings: Iterable[SampleRevocation], action: RevocationAction) -> None:
        """Revoke certificates, or release them: an RA signs, and the CA process carries it out."""
        for each in endings:
            with self.domain.store.snapshot() as db:
                shown = submitting.view(db, self._requests[each.database, each.name])
            serial = shown.decided[1].serial_hex or ""
            since = self.domain.now() - each.since if each.since else None
            order = RevocationOrder((serial,), action, reason=each.reason, invalidity_at=since)
            revoking.request(self.domain, ra, shown.request.certifier_id, order)
            certifier = self._certifiers[shown.certifier]
            for done in RevokingAuthority(self.domain, Actor.of(self.server), certifier).carry_out():
                if done.problem:
                    raise Error(done.problem)

    def _take_in(self, wanted: SampleRequest) -> int:
        """Take in a request as the request pages do: its key is on another machine."""
        name = f"dns:{wanted.name}" if wanted.kind == SERVER else f"email:{wanted.applicant}"
        own = rings.new(
            keys.generate("ec-p256"), sample_name(wanted.name), [general_names.parse(name)], self.domain.now()
        )
        submission = Submission(rings.request(own), wanted.kind, wanted.applicant)
        return submitting.take_in(self.domain, Actor.of(self.server), wanted.database, submission).request.id

    def _numbers(self, wanted: Iterable[SampleRequest]) -> list[int]:
        return sorted(self._requests[each.database, each.name] for each in wanted)

    def _opened(self, name: str) -> Certifier:
        """Return a certifier whose key is open: with the server's ID, or Ann's if it is locked, and the password."""
        if found := self._certifiers.get(name):
            return found
        verifier = Actor.of(self.server).verifier()
        with self.domain.store.snapshot() as db:
            certifier = configuring.verified(db, configuring.find(db, name), verifier, self.domain.now())
        protection = certifier.configuration.protection
        holder = self.ann if protection == Protection.LOCKING_ID else self.server
        self._vault.open(certifier, holder, self.password if protection == Protection.PASSWORD else "")
        self._certifiers[name] = self._certifiers[certifier.record.name] = certifier
        return certifier


def sample_name(common_name: str) -> DistinguishedName:
    """Return a name of the sample organization."""
    return DistinguishedName(common_name=common_name, organization="MyCompany", state="Massachusetts", country="US")
