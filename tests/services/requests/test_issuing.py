"""The issuance cycle: verify, reserve, build, lint, intend, sign, keep, always in this order."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dominoadmin.errors import Cancelled, Error, Locked, Tampered
from dominoadmin.pki import keys
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.issuance import cycle
from dominoadmin.services.progress import Progress
from dominoadmin.services.records import compromised_keys
from dominoadmin.services.requests import approved, issuing, submitting
from dominoadmin.store.records import RequestRecord
from tests import builders
from tests.builders import CA_NAME, sql
from tests.conftest import NOW
from tests.outside.disks import limited_file_size
from tests.outside.judges import everyone_verifies


class Failing(KeyVault):
    """A vault whose key fails for a while, as after a power failure or without its token."""

    def __init__(self, failure: BaseException, good: int = 0) -> None:
        super().__init__()
        self.failure, self.good, self.signed = failure, good, 0

    def sign(self, certifier, tbs: bytes) -> bytes:
        self.signed += 1
        if self.signed > self.good:
            raise self.failure
        return super().sign(certifier, tbs)


def failing(office, failure: BaseException, good: int = 0):
    vault = Failing(failure, good)
    vault.open(builders.verified(office), office.server)
    return builders.authority(office, vault=vault)


def journal(office) -> list[tuple[int, str, bool]]:
    rows = sql(office, "SELECT * FROM serials WHERE request_id IS NOT NULL ORDER BY rowid")
    return [(row["request_id"], row["state"], row["tbs"] is not None) for row in rows]


@pytest.mark.judge
@pytest.mark.parametrize("algorithm", ["rsa-2048", "ec-p256", "ec-p384", "ml-dsa-65"])
def test_every_judge_accepts_what_is_issued(office, algorithm: str) -> None:
    builders.ready(office, key_algorithm=algorithm)
    builders.approved(office)
    builders.approved(office, kind="client", data=builders.csr("Rob Ra", names=("rob@example.com",), algorithm="rsa-2048"))
    assert builders.authority(office).issue_approved().issued == [1, 2]
    root = builders.record(office).active.certificate
    server, client = builders.certificates(office)
    everyone_verifies(server, root, hostname="www.example.com")
    everyone_verifies(client, root)


def test_a_certificate_enters_icl_request_and_audit_together(office) -> None:
    builders.ready(office)
    builders.approved(office)
    result = builders.authority(office).issue_approved()
    assert (result.issued, result.refused) == ([1], [])
    (certificate,) = builders.certificates(office)
    serial = f"{certificate.serial_number:x}"
    (row,) = sql(office, "SELECT * FROM issued")
    assert (row["serial_hex"], row["request_id"], row["kind"]) == (serial, 1, "server")
    assert row["subject"] == "CN=www.example.com/O=MyCompany/C=US"
    assert row["fingerprint"] == certificate.fingerprint(hashes.SHA256()).hex()
    assert row["key_fingerprint"] == keys.fingerprint(certificate.public_key())
    assert row["not_after"] == certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert submitting.summary(builders.view(office, 1))["serial"] == serial
    (entry,) = sql(office, "SELECT * FROM audit WHERE action = 'certificate issued'")
    assert (entry["object"], entry["actor"]) == (serial, office.server.name)
    assert json.loads(entry["detail"]) == {
        "request": 1, "subject": row["subject"], "certifier": CA_NAME, "approved_by": office.ann.name,
        "sha256": row["fingerprint"],
    }  # fmt: skip
    assert journal(office) == [(1, "issued", True)]
    (intent,) = sql(office, "SELECT tbs FROM serials WHERE request_id = 1")
    assert intent["tbs"] == certificate.tbs_certificate_bytes


def test_a_validity_is_exact(office) -> None:
    builders.ready(office)
    builders.approved(office)
    office.clock.advance(days=3)
    builders.authority(office).issue_approved()
    (certificate,) = builders.certificates(office)
    start = NOW + timedelta(days=3) - timedelta(minutes=5)
    assert certificate.not_valid_before_utc == start
    assert certificate.not_valid_after_utc == start + timedelta(days=200) - timedelta(seconds=1)


def test_no_certificate_begins_before_its_certifier(office) -> None:
    builders.ready(office)
    builders.approved(office)
    office.clock.advance(minutes=-3)  # a workstation's clock was corrected
    builders.authority(office).issue_approved()
    (certificate,) = builders.certificates(office)
    root = x509.load_der_x509_certificate(builders.record(office).active.certificate)
    assert certificate.not_valid_before_utc == root.not_valid_before_utc
    assert certificate.not_valid_after_utc == NOW + timedelta(days=200, minutes=-8, seconds=-1)


@pytest.mark.parametrize(("days", "problem"), [(164, "would outlive its certifier"), (366, "The certifier expired on")])
def test_a_certifier_at_its_end_issues_nothing(office, days: int, problem: str) -> None:
    builders.ready(office, years=1)
    builders.approved(office)
    office.clock.advance(days=days + 2)
    (refusal,) = builders.authority(office).issue_approved().refused
    assert problem in refusal.problem
    assert (builders.state(office, 1), builders.certificates(office), journal(office)) == ("Error", [], [])


def test_what_the_lint_refuses_never_meets_the_key(office, monkeypatch) -> None:
    builders.ready(office)
    builders.approved(office, "one.example.com")
    builders.approved(office, "two.example.com")
    real = cycle.lint.problems
    monkeypatch.setattr(
        cycle.lint, "problems",
        lambda certificate, issuer: ["the moon is full"] if "one" in certificate.subject.rfc4514_string() else real(certificate, issuer),
    )  # fmt: skip
    vault = Failing(RuntimeError("must not sign"), good=1)
    vault.open(builders.verified(office), office.server)
    result = builders.authority(office, vault=vault).issue_approved()
    assert result.issued == [2]
    assert result.refused[0].problem == "The certificate would be malformed: the moon is full"
    assert journal(office) == [(1, "void", False), (2, "issued", True)]
    assert len(builders.certificates(office)) == 1


def test_serials_are_unique_and_unguessable(office) -> None:
    builders.ready(office)
    ids = [builders.submitted(office) for _ in range(20)]
    builders.approve(office.domain, office.ann, ids)
    builders.authority(office).issue_approved()
    serials = {certificate.serial_number for certificate in builders.certificates(office)}
    assert len(serials) == 20
    assert all(serial.bit_length() == 159 for serial in serials)  # positive, 20 octets (RFC 5280, 4.1.2.2)


def test_a_batch_of_thirty_good_and_bad_ones(office, monkeypatch) -> None:
    monkeypatch.setattr(issuing, "BATCH", 7)
    builders.ready(office)
    ids = [builders.submitted(office, f"host{number}.example.com") for number in range(1, 31)]
    assert not any(outcome.problem for outcome in builders.approve(office.domain, office.ann, ids))
    bad = [3, 7, 8, 15, 30]
    for number in bad:
        sql(office, "UPDATE admin_requests SET fields = replace(fields, '200', '201') WHERE request_id = ?", number)
    result = builders.authority(office).issue_approved()
    assert result.issued == [number for number in ids if number not in bad]
    assert [refusal.request_id for refusal in result.refused] == bad
    assert len(builders.certificates(office)) == 25
    assert [number for number, state, _ in journal(office) if state == "issued"] == result.issued
    assert {builders.state(office, number) for number in bad} == {"Approved"}, "altered rows are left as they are"
    assert verifying.verify(office.domain, office.actor()).entries > 100


def test_between_two_batches_one_may_stop(office, monkeypatch) -> None:
    class Once(Progress):
        def __init__(self) -> None:
            self.calls = 0

        def step(self, text: str) -> None:
            self.calls += 1
            if self.calls == 2:
                raise Cancelled

    monkeypatch.setattr(issuing, "BATCH", 2)
    builders.ready(office)
    builders.approve(office.domain, office.ann, [builders.submitted(office) for _ in range(5)])
    with pytest.raises(Cancelled):
        builders.authority(office).issue_approved(Once())
    assert len(builders.certificates(office)) == 2
    assert builders.authority(office).issue_approved().issued == [3, 4, 5]


def test_a_certifier_that_is_disabled_between_two_batches_issues_no_more(office, monkeypatch) -> None:
    class Disabling(Progress):
        def step(self, text: str) -> None:
            del text
            if modifying.begin(office.domain, office.actor(), 1).enabled:
                modifying.set_enabled(office.domain, office.ann, 1, enabled=False)

    monkeypatch.setattr(issuing, "BATCH", 1)
    builders.ready(office)
    builders.approve(office.domain, office.ann, [builders.submitted(office) for _ in range(3)])
    builders.authority(office).issue_approved(Disabling())
    assert len(builders.certificates(office)) <= 1


def test_a_closed_key_issues_nothing_and_loses_nothing(office) -> None:
    builders.ready(office)
    builders.approved(office)
    with pytest.raises(Locked):
        builders.authority(office, vault=KeyVault()).issue_approved()
    assert builders.state(office, 1) == "Approved"
    assert journal(office) == [(1, "void", True)]  # nothing waits for the next start
    authority = builders.authority(office)
    assert authority.recover() == 0
    assert authority.issue_approved().issued == [1]


def test_a_drawn_token_voids_the_serials_and_the_requests_get_others(office) -> None:
    builders.ready(office)
    builders.approved(office, "one.example.com")
    builders.approved(office, "two.example.com")
    with pytest.raises(Locked, match="drawn"):
        failing(office, Locked("The token was drawn."), good=1).issue_approved()
    assert journal(office) == [(1, "void", True), (2, "void", True)]
    assert (builders.certificates(office), builders.state(office, 1)) == ([], "Approved")
    burnt = {row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM serials WHERE request_id IS NOT NULL")}
    assert builders.authority(office).issue_approved().issued == [1, 2]
    assert journal(office) == [(1, "void", True), (2, "void", True), (1, "issued", True), (2, "issued", True)]
    issued = {f"{certificate.serial_number:x}" for certificate in builders.certificates(office)}
    assert len(issued) == 2
    assert not issued & burnt


FAULT = "The program made an error ({kind}); see the log for details."
STEPS = {
    "verify": (issuing.IssuingAuthority, "_verify", "request"),
    "build": (approved.RequestOrder, "build", "request"),
    "sign": (KeyVault, "sign", "bytes"),
    "enter": (issuing.IssuingAuthority, "_icl_entry", "signed"),
}


def names(argument: object, host: bytes) -> bool:
    """Say whether an argument of any step belongs to the request for a host."""
    match argument:
        case bytes():
            return host in argument
        case approved.RequestOrder():
            return host in argument.record.csr
        case cycle.Signed():
            return host in argument.der
        case RequestRecord():
            return host in argument.csr
    return False


@pytest.mark.parametrize("bug", [MemoryError(), RuntimeError("a bug"), KeyError("x")], ids=lambda bug: type(bug).__name__)
@pytest.mark.parametrize("step", STEPS)
def test_a_bug_over_one_request_fails_that_one_with_a_true_reason(office, monkeypatch, caplog, step, bug) -> None:
    """Attack 15: nine are issued, one is an error, nothing stays reserved, and nothing is said that is not so."""
    builders.ready(office)
    ids = [builders.submitted(office, f"host{number}.example.com") for number in range(10)]
    builders.approve(office.domain, office.ann, ids)
    authority = builders.authority(office)
    owner, name, _argument = STEPS[step]
    real = getattr(owner, name)

    def buggy(*given, **named):
        if any(names(argument, b"host4.example.com") for argument in given):
            raise bug
        return real(*given, **named)

    monkeypatch.setattr(owner, name, buggy)
    with caplog.at_level(logging.CRITICAL + 1, logger="dominoadmin"):
        result = authority.issue_approved()
    assert result.issued == [number for number in ids if number != ids[4]]
    assert result.refused == [issuing.Refusal(ids[4], FAULT.format(kind=type(bug).__name__))]
    assert builders.state(office, ids[4]) == "Error"
    assert len(builders.certificates(office)) == 9
    assert {state for _number, state, _tbs in journal(office)} <= {"issued", "void"}
    assert [number for number, state, _tbs in journal(office) if state == "issued"] == result.issued
    verifying.verify(office.domain, office.actor())
    (reason,) = sql(office, "SELECT reason FROM admin_requests WHERE state = 'Error'")
    assert reason["reason"] == FAULT.format(kind=type(bug).__name__)


def test_a_bug_is_in_the_log_with_its_traceback(office, monkeypatch, caplog) -> None:
    builders.ready(office)
    builders.approved(office)
    monkeypatch.setattr(approved.RequestOrder, "build", lambda *_given: {}["nothing"])
    assert builders.authority(office).issue_approved().issued == []
    (record,) = caplog.records
    caplog.clear()
    assert record.exc_info[0] is KeyError


def test_a_journal_that_was_changed_before_the_signature_is_not_signed(office, monkeypatch) -> None:
    builders.ready(office)
    builders.approved(office)
    real = cycle.Cycle._intend

    def changed(self, works):
        real(self, works)
        sql(office, "UPDATE serials SET tbs = CAST(substr(tbs, 1, 40) || x'00' || substr(tbs, 42) AS BLOB)")

    monkeypatch.setattr(cycle.Cycle, "_intend", changed)
    vault = Failing(RuntimeError("must not sign"))
    vault.open(builders.verified(office), office.server)
    with pytest.raises(Tampered, match="The issuance journal was changed"):
        builders.authority(office, vault=vault).issue_approved()
    assert (vault.signed, builders.certificates(office), builders.state(office, 1)) == (0, [], "Approved")


def test_a_key_that_comes_out_as_compromised_while_it_is_signed_is_not_certified(office, monkeypatch) -> None:
    builders.ready(office)
    request = builders.csr()
    builders.approved(office, data=request)
    builders.approved(office, data=builders.csr(algorithm="rsa-2048"))
    published, seen = keys.fingerprint(x509.load_pem_x509_csr(request).public_key()), []

    def compromised(db, fingerprints):
        del db
        seen.append(sorted(fingerprints))
        return {published: compromised_keys.refusal()} if len(seen) == 2 else {}

    monkeypatch.setattr(compromised_keys, "refusals", compromised)
    result = builders.authority(office).issue_approved()
    assert (result.issued, [refusal.problem for refusal in result.refused]) == ([2], [compromised_keys.COMPROMISED])
    assert journal(office) == [(1, "void", True), (2, "issued", True)]
    assert seen[0] == seen[1] and len(seen) == 2


def test_for_a_compromised_key_no_serial_number_is_taken(office, monkeypatch) -> None:
    builders.ready(office)
    request = builders.csr()
    builders.approved(office, data=request)
    published = keys.fingerprint(x509.load_pem_x509_csr(request).public_key())
    monkeypatch.setattr(compromised_keys, "refusals", lambda *_given: {published: compromised_keys.refusal()})
    result = builders.authority(office).issue_approved()
    assert [refusal.problem for refusal in result.refused] == [compromised_keys.COMPROMISED]
    assert journal(office) == []


def test_a_certifier_that_is_disabled_while_it_signs_issues_nothing(office) -> None:
    builders.ready(office)
    builders.approved(office)

    class Slow(KeyVault):
        def sign(self, certifier, tbs: bytes) -> bytes:
            modifying.set_enabled(office.domain, office.ann, 1, enabled=False)
            return super().sign(certifier, tbs)

    vault = Slow()
    vault.open(builders.verified(office), office.server)
    result = builders.authority(office, vault=vault).issue_approved()
    assert (result.issued, result.refused) == ([], [])
    assert (builders.certificates(office), builders.state(office, 1)) == ([], "Approved")
    assert journal(office) == [(1, "void", True)]


def test_a_full_disk_at_any_step_issues_nothing_and_later_everything(office) -> None:
    builders.ready(office)
    builders.approve(office.domain, office.ann, [builders.submitted(office) for _ in range(30)])
    office.domain.store.close()
    authority = builders.authority(office)
    log, size, failures = office.root / "domain.db-wal", 0, 0
    assert not log.exists()
    for allowance in (0, 5_000, 20_000, 40_000, 60_000):
        try:
            with limited_file_size(size + allowance):
                authority.issue_approved()
        except Error as error:
            assert "the disk is full" in str(error)
            failures += 1
        assert builders.certificates(office) == []
        authority.recover()
        size = log.stat().st_size if log.exists() else 0
    assert failures == 5
    assert len(authority.issue_approved().issued) == 30
    assert len({number for number, state, _ in journal(office) if state == "issued"}) == 30
    assert verifying.verify(office.domain, office.actor()).signer == office.server.name


def test_requests_that_change_while_they_are_issued_stop_the_batch(office) -> None:
    builders.ready(office)
    builders.approved(office)

    class Slow(KeyVault):
        def sign(self, certifier, tbs: bytes) -> bytes:
            sql(office, "UPDATE admin_requests SET state = 'Rejected'")
            return super().sign(certifier, tbs)

    vault = Slow()
    vault.open(builders.verified(office), office.server)
    with pytest.raises(Error, match="Requests were changed while they were being issued; nothing was issued"):
        builders.authority(office, vault=vault).issue_approved()
    assert builders.certificates(office) == []
    assert journal(office) == [(1, "void", True)]


def test_the_ca_process_tells_what_failed_and_goes_on_by_itself(office) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    running = builders.server(office)
    list(running.console.execute("load ca"))
    builders.approved(office)
    builders.approved(office, file="other.nsf")
    task = running.host.task("ca")
    vault, task._vault = task._vault, Failing(Locked("The token was drawn."))
    task._vault._keys = dict(vault._keys)
    said = builders.said(list(running.pump()))
    assert said.count("The token was drawn.") == 2
    task._vault = vault
    said = builders.said(list(running.pump()))
    assert "voided" not in said  # that was done at once
    assert "Certificate issued for request 1" in said
    assert "Certificate issued for request 2" in said
    assert list(running.pump()) == []
    list(running.stop())


def test_an_empty_queue_is_no_work(office) -> None:
    builders.ready(office)
    result = builders.authority(office).issue_approved()
    assert (result.issued, result.refused) == ([], [])
    assert journal(office) == []
