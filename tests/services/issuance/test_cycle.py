"""The issuance cycle by itself: what is signed, what is kept, and that the journal is believed only if it is as it was left."""

from __future__ import annotations

import pytest
from cryptography import x509

from dominoadmin.errors import Error, Locked, Refused, Tampered
from dominoadmin.pki import issuance, keys, lint
from dominoadmin.pki.certifiable import EndEntity
from dominoadmin.pki.general_names import parse
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import Particulars
from dominoadmin.services.issuance import orders
from dominoadmin.services.issuance.cycle import Cycle, IssuingKey, void_unfinished
from dominoadmin.store import issued
from tests import specimens
from tests.builders import sql

KEY = specimens.key("ec-p256", "issuer of the cycle")
FINGERPRINT = keys.fingerprint(KEY.public_key())


class Bench:
    """A cycle whose steps a test can disturb: `signing` runs before each signature, `kept` are the certificates."""

    def __init__(self, office) -> None:
        self.office = office
        self.kept: list[bytes] = []
        self.signing = self.rechecking = self.owned = self.keeping = lambda *_: None
        validity = issuance.Validity.starting(office.domain.now(), issuance.timedelta(days=300))
        draft = issuance.root(DistinguishedName(common_name="Cycle"), KEY.public_key(), "", 7, validity)
        self.issuer = issuance.Issuer(x509.load_der_x509_certificate(issuance.certificate_from(draft.tbs, keys.sign(KEY, draft.tbs))), "")

    def sign(self, tbs: bytes) -> bytes:
        self.signing(tbs)
        return keys.sign(KEY, tbs)

    def keep(self, db, signed, failures) -> None:
        self.keeping(db)
        self.kept += [each.der for each in signed]

    def order(self, host: str):
        particulars = Particulars(
            kind="server", subject=DistinguishedName(common_name=host), names=(parse(f"dns:{host}"),), days=30,
            key_usage=("digitalSignature",), extended_key_usage=("serverAuth",),
        )  # fmt: skip
        subject = EndEntity(specimens.key("ec-p256", "applicant").public_key(), particulars)
        return orders.single(subject, self.issuer, self.office.domain.now())

    def run(self, *hosts: str):
        cycle = Cycle(
            self.office.domain, IssuingKey(FINGERPRINT, self.sign), self.keep, lambda db, orders: [self.rechecking(each) for each in orders],
            lambda db: self.owned(),
        )
        return cycle.run([self.order(host) for host in hosts or ("www.example.com",)])

    def journal(self) -> list[str]:
        return [row["state"] for row in sql(self.office, "SELECT state FROM serials WHERE issuer = ? ORDER BY rowid", FINGERPRINT)]

    def disturb(self, statement: str) -> None:
        sql(self.office, statement, FINGERPRINT)


@pytest.fixture
def bench(office) -> Bench:
    return Bench(office)


def refused(bench: Bench, kind: type[Error] = Tampered) -> None:
    with pytest.raises(kind):
        bench.run("one.example.com", "two.example.com")
    assert bench.kept == [] and "issued" not in bench.journal()


def test_the_certificates_are_signed_linted_and_kept(bench) -> None:
    ran = bench.run("one.example.com", "two.example.com")
    assert len(ran.kept) == 2 and not ran.failures and bench.journal() == ["issued", "issued"]
    for der in bench.kept:
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(bench.issuer.certificate)
        assert not lint.problems(certificate, bench.issuer.certificate)


@pytest.mark.parametrize("what", ["DELETE FROM serials WHERE issuer = ?", "UPDATE serials SET state = 'void' WHERE issuer = ?"])
def test_a_journal_that_lost_a_line_before_the_intent_is_told(bench, monkeypatch, what: str) -> None:
    real = issuance.end_entity

    def built(*given):
        bench.disturb(what)
        return real(*given)

    monkeypatch.setattr(issuance, "end_entity", built)
    refused(bench)


def test_other_bytes_in_the_journal_are_not_signed(bench, monkeypatch) -> None:
    signed, real = [], issued.intend
    bench.signing = signed.append

    def altered(db, issuer, intents):
        count = real(db, issuer, intents)
        db.execute("UPDATE serials SET tbs = zeroblob(9) WHERE issuer = :issuer", {"issuer": issuer})
        return count

    monkeypatch.setattr(issued, "intend", altered)
    refused(bench)
    assert signed == []


@pytest.mark.parametrize("what", ["DELETE FROM serials WHERE issuer = ?", "UPDATE serials SET state = 'void' WHERE issuer = ?", "UPDATE serials SET state = 'issued' WHERE issuer = ?"])
def test_a_journal_that_lost_a_line_while_signing_is_told(bench, what: str) -> None:
    bench.signing = lambda _tbs: bench.disturb(what)
    with pytest.raises(Tampered):
        bench.run()
    assert sql(bench.office, "SELECT count(*) FROM serials WHERE issuer = ? AND state = 'intended'", FINGERPRINT)[0][0] == 0


def test_a_void_line_that_is_missing_is_told(bench) -> None:
    """One of two fails, and its line is gone when it is to become void."""
    def fails(tbs: bytes) -> None:
        if b"two" in tbs:
            bench.disturb("DELETE FROM serials WHERE issuer = ? AND rowid = (SELECT max(rowid) FROM serials)")
            raise RuntimeError("a bug")

    bench.signing = fails
    with pytest.raises(Tampered):
        bench.run("one.example.com", "two.example.com")
    assert "issued" not in bench.journal()


def test_what_a_crash_left_is_counted(bench, monkeypatch) -> None:
    class Crash(BaseException):
        pass

    def crash(*_given) -> None:
        raise Crash

    bench.signing = crash
    with monkeypatch.context() as at:
        at.setattr(Cycle, "_void", lambda *_: None)
        with pytest.raises(Crash):
            bench.run()
    assert bench.journal() == ["intended"]
    with monkeypatch.context() as at:
        at.setattr(issued, "close", lambda *_: 0)
        with pytest.raises(Tampered), bench.office.domain.store.transaction() as db:
            void_unfinished(db, FINGERPRINT)
    with bench.office.domain.store.transaction() as db:
        assert len(void_unfinished(db, FINGERPRINT)) == 1
    assert bench.journal() == ["void"]


def test_a_failed_run_leaves_no_number_reserved(bench) -> None:
    def locked(_tbs: bytes) -> None:
        raise Locked("The key is closed.")

    bench.signing = locked
    refused(bench, Locked)
    assert bench.journal() == ["void", "void"]


def test_another_certificate_than_the_linted_one_is_not_kept(bench, monkeypatch) -> None:
    """As a faulty library would make it; the others go on."""
    real = issuance.certificate_from

    def other(tbs: bytes, signature: bytes) -> bytes:
        return real(tbs.replace(b"two", b"owt"), signature)

    monkeypatch.setattr(issuance, "certificate_from", other)
    ran = bench.run("one.example.com", "two.example.com")
    assert (len(ran.kept), len(ran.failures), bench.journal()) == (1, 1, ["issued", "void"])


def test_a_malformed_certificate_is_not_signed(bench, monkeypatch) -> None:
    signed = []
    bench.signing = signed.append
    monkeypatch.setattr(lint, "problems", lambda certificate, _issuer: ["bad"] if "two" in str(certificate.subject) else [])
    ran = bench.run("one.example.com", "two.example.com")
    assert (len(ran.kept), len(signed), bench.journal()) == (1, 1, ["issued", "void"])
    assert isinstance(ran.failures[0].error, Refused)


def test_what_changed_while_it_was_signed_is_looked_at_again(bench) -> None:
    seen = []

    def changed(order) -> Refused | None:
        seen.append(order)
        return Refused("The key is compromised.") if len(seen) == 2 else None

    bench.rechecking = changed
    ran = bench.run("one.example.com", "two.example.com")
    assert (len(ran.kept), len(ran.failures), bench.journal()) == (1, 1, ["issued", "void"])


@pytest.mark.parametrize("at", [1, 2, 3])
def test_another_process_that_took_over_ends_it(bench, at: int) -> None:
    asked = []

    def owned() -> None:
        asked.append(1)
        if len(asked) >= at:
            raise Error("Another process has taken over this server.")

    bench.owned = owned
    refused(bench, Error)


def test_nothing_is_closed_that_cannot_be_kept(bench) -> None:
    def full(_db) -> None:
        raise Error("The disk is full.")

    bench.keeping = full
    refused(bench, Error)
    assert bench.journal() == ["void", "void"]
