"""Simulates ten years of an authority, a day at a time, with a simulated clock.

200 certificates, revocations, holds and releases, new configurations, machines that sleep for weeks. The expected
states are in a plain dictionary; openssl reads the lists and pyca the OCSP answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dominoadmin.errors import Refused
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.revocation.ocsp_responder import Responder
from tests import builders
from tests.services.revocation.judges import says
from tests.services.revocation.scene import Scene, authority, serial, write

# IDs of persons and servers are valid for ten years of 365.25 days and are not renewed yet: the simulation ends before.
DAYS, YEAR = 3640, 364
PER_YEAR = 20
BASE = "http://ca.example.com/pki"
GOOD, REVOKED, HELD = "good", "revoked", "held"
FINAL = ("unspecified", "affiliationChanged", "superseded", "cessationOfOperation", "keyCompromise", "privilegeWithdrawn")


@dataclass
class Life:
    """The scene and the expected states of its certificates."""

    scene: Scene
    chance: random.Random
    leaves: list[x509.Certificate] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    keys: dict[str, object] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    settings: int = 0
    done: dict[str, int] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.scene.office.clock()

    def some(self, state: str) -> Iterator[x509.Certificate]:
        """An unexpired certificate in this state, if there is one."""
        found = [leaf for leaf in self.leaves if self.states[serial(leaf)] == state and leaf.not_valid_after_utc > self.now]
        yield from self.chance.sample(found, min(1, len(found)))

    def count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    def issue(self, number: int) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        host = f"host{number}.example.com"
        (leaf,) = self.scene.issue(host, data=builders.csr(host, key=key))
        self.leaves.append(leaf)
        self.states[serial(leaf)], self.keys[serial(leaf)] = GOOD, key

    def revoke(self, state: str) -> None:
        for leaf in self.some(state):
            reason = self.chance.choice(FINAL)
            since = self.now - timedelta(days=self.chance.randrange(1, 30)) if self.chance.random() < 0.3 else None
            self.scene.revoke(leaf, reason=reason, invalidity_at=since)
            self.states[serial(leaf)], self.reasons[serial(leaf)] = REVOKED, reason
            self.count(f"{state} revoked")

    def hold(self) -> None:
        for leaf in self.some(GOOD):
            self.scene.revoke(leaf, reason="certificateHold")
            self.states[serial(leaf)], self.reasons[serial(leaf)] = HELD, "certificateHold"
            self.count("held")

    def release(self) -> None:
        for leaf in self.some(HELD):
            self.scene.release(leaf)
            self.states[serial(leaf)] = GOOD
            self.count("released")

    def ask_with_a_compromised_key(self) -> None:
        for number, reason in self.reasons.items():
            if reason == "keyCompromise" and self.states[number] == REVOKED:
                assert "compromised" in self.refusal(builders.csr("again.example.com", key=self.keys[number]))
                self.count("compromised key refused")
                return

    def refusal(self, data: bytes) -> str:
        """Return why a request fails, at any stage."""
        try:
            request_id = builders.submitted(self.scene.office, "again.example.com", data=data)
            (outcome,) = builders.approve(self.scene.office.domain, self.scene.office.ann, [request_id])
        except Refused as refusal:
            return str(refusal)
        return outcome.problem or "\n".join(self.scene.run())

    def reconfigure(self) -> None:
        """Modify the certifier: other times of its list, other durations, and sometimes a second CAA."""
        self.settings += 1
        turn = self.settings % 5
        draft = modifying.begin(self.scene.office.domain, self.scene.office.actor(), 1)
        people = (self.scene.office.ann.name, self.scene.office.rob.name)[: 1 + self.settings % 2]
        changed = replace(
            draft, crl_days=(30, 28, 45, 30, 60)[turn], crl_interval_days=(7, 5, 10, 6, 14)[turn], caas=people,
            settings=replace(draft.settings, default_days=(200, 90, 300, 398, 30)[turn]),
        )  # fmt: skip
        modifying.save(self.scene.office.domain, self.scene.office.ann, changed)
        self.count("configured")


@pytest.mark.slow
@pytest.mark.judge
def test_ten_years(office, tmp_path) -> None:
    scene = authority(office, base=BASE, delta_hours=168, partition_size=50, years=20)
    life = Life(scene, random.Random(2026))
    born, issued = life.now, 0
    asleep = {year * YEAR + 200: 20 for year in range(10)}  # day of the year, number of days
    day = 0
    while day < DAYS:
        step = asleep.get(day, 1)
        day += step
        office.clock.advance(days=step)
        check_not_stale(life)
        scene.run()
        check_list(life)
        while issued < min(200, day * PER_YEAR // YEAR + 1):
            life.issue(issued)
            issued += 1
        happen(life, day)
        if day % YEAR < step:
            check_year(life, tmp_path)
    assert issued == 200 == len(life.leaves)
    assert life.now - born >= timedelta(days=DAYS)
    least = {"good revoked": 30, "held revoked": 5, "held": 20, "released": 8, "configured": 10, "compromised key refused": 3}
    assert all(life.done[what] >= count for what, count in least.items()), life.done
    assert life.numbers == sorted(set(life.numbers)), "numbers only rise"


def happen(life: Life, day: int) -> None:
    for every, act in (
        (53, lambda: life.revoke(GOOD)), (67, life.hold), (131, life.release), (233, lambda: life.revoke(HELD)),
        (331, life.reconfigure), (401, life.ask_with_a_compromised_key),
    ):  # fmt: skip
        if day % every == 0:
            act()


def newest(life: Life) -> dict:
    (row,) = builders.sql(
        life.scene.office, "SELECT * FROM crls WHERE part = 0 AND base_number IS NULL ORDER BY number DESC LIMIT 1"
    )
    return dict(row)


def check_not_stale(life: Life) -> None:
    """Check, before the CA process runs, that the published list is still valid."""
    assert datetime.fromisoformat(newest(life)["next_update"]) > life.now, "a list that has run out was the newest"


def check_list(life: Life) -> None:
    row = newest(life)
    assert datetime.fromisoformat(row["this_update"]) <= life.now < datetime.fromisoformat(row["next_update"])
    if not life.numbers or life.numbers[-1] != row["number"]:
        life.numbers.append(row["number"])


def check_year(life: Life, folder) -> None:
    """Check every state by the complete list, its partition, and OCSP, and the audit log."""
    complete = x509.load_der_x509_crl(life.scene.list_of())
    by_openssl = openssl_verdicts(life, folder)
    responder = Responder(life.scene.office.domain, life.scene.office.server)
    listed = {f"{entry.serial_number:x}": entry for entry in complete}
    part_entries: dict[str, int] = {}
    parts = 1 + (len(life.leaves) - 1) // 50
    for part in range(1, parts + 1):
        last = max(leaf.not_valid_after_utc for leaf in life.leaves[50 * (part - 1) : 50 * part])
        if last < life.now - timedelta(days=60):  # it is no longer needed
            continue
        part_entries |= {f"{entry.serial_number:x}": part for entry in x509.load_der_x509_crl(life.scene.list_of(part))}
    assert part_entries.keys() == listed.keys()
    for number, leaf in enumerate(life.leaves):
        name, state = serial(leaf), life.states[serial(leaf)]
        check_entry(life, leaf, listed.get(name))
        if name in part_entries:
            assert part_entries[name] == 1 + number // 50
        answer = asked(life, responder, leaf)
        assert answer.certificate_status is (ocsp.OCSPCertStatus.GOOD if state == GOOD else ocsp.OCSPCertStatus.REVOKED)
        assert answer.this_update_utc <= life.now < answer.next_update_utc
        if leaf.not_valid_after_utc > life.now:
            assert by_openssl[name] == (GOOD if state == GOOD else REVOKED), (name, state)
    verifying.verify(life.scene.office.domain, life.scene.office.actor())


def check_entry(life: Life, leaf: x509.Certificate, entry: x509.RevokedCertificate | None) -> None:
    state, ended = life.states[serial(leaf)], leaf.not_valid_after_utc
    if state == GOOD:
        assert entry is None
    elif ended >= life.now:
        assert entry is not None
        said = life.reasons[serial(leaf)]
        if said == "unspecified":
            assert not any(isinstance(each.value, x509.CRLReason) for each in entry.extensions)
        else:
            assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value == said
    elif ended < life.now - timedelta(days=60):  # it is removed after one regular list past its end
        assert entry is None


def asked(life: Life, responder: Responder, leaf: x509.Certificate) -> ocsp.OCSPResponse:
    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, life.scene.root, SHA1()).build()
    answer = ocsp.load_der_ocsp_response(responder.answer(question.public_bytes(Encoding.DER)).der)
    (signer,) = answer.certificates
    signer.verify_directly_issued_by(life.scene.root)
    assert signer.not_valid_before_utc <= life.now <= signer.not_valid_after_utc
    signer.public_key().verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(answer.signature_hash_algorithm))
    return answer


def openssl_verdicts(life: Life, folder) -> dict[str, str]:
    """Ask openssl about every certificate at once, at the time of the simulated clock."""
    write(folder, ca=life.scene.root, crl=x509.load_der_x509_crl(life.scene.list_of()))
    alive = [leaf for leaf in life.leaves if leaf.not_valid_after_utc > life.now]
    for leaf in alive:
        write(folder, **{serial(leaf): leaf})
    at = str(int(life.now.timestamp()))
    files = [f"{serial(leaf)}.pem" for leaf in alive]
    said = says("openssl", "verify", "-attime", at, "-crl_check_all", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", *files, cwd=folder)
    verdicts = {}
    for leaf in alive:
        name = serial(leaf)
        if f"{name}.pem: OK" in said:
            verdicts[name] = GOOD
        else:
            assert f"error {name}.pem: verification failed" in said, said
            verdicts[name] = REVOKED
    assert said.count("certificate revoked") == sum(verdict == REVOKED for verdict in verdicts.values())
    return verdicts
