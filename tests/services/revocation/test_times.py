"""The dates of revocations, lists and answers, and the strength of the responder's key.

No certificate is revoked later than the list or the answer that says so was made, whatever the clock does.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dominoadmin.pki import keys
from dominoadmin.services.audit import verifying
from dominoadmin.services.revocation import responder_authority
from dominoadmin.services.revocation.ocsp_responder import Responder
from tests import builders
from tests.services.revocation.judges import lint_crl, says
from tests.services.revocation.scene import authority, serial, write

BASE = "http://ca.example.com/pki"
TOLERANCE = timedelta(minutes=10)  # a list that is dated further ahead comes from a wrong clock, and is replaced


def crl_of(scene, *, delta: bool = False) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(scene.list_of(delta=delta))


def asked(scene, leaf) -> ocsp.OCSPResponse:
    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, scene.root, SHA1()).build().public_bytes(Encoding.DER)
    return ocsp.load_der_ocsp_response(Responder(scene.office.domain, scene.office.server).answer(question).der)


def settled(office, **fields):
    """An authority that has worked for a month: the clock can go back without passing the start of the IDs."""
    scene = authority(office, base=BASE, **fields)
    office.clock.advance(days=30)
    scene.run()
    return scene


def check(scene, *leaves: x509.Certificate) -> x509.CertificateRevocationList:
    """Check the dates of the newest list and of the answers about certificates; return the list."""
    crl = crl_of(scene)
    for entry in crl:
        assert entry.revocation_date_utc <= crl.last_update_utc
    for leaf in leaves:
        answer = asked(scene, leaf)
        if answer.certificate_status is ocsp.OCSPCertStatus.REVOKED:
            assert answer.revocation_time_utc <= answer.this_update_utc <= scene.office.clock() < answer.next_update_utc
    return crl


def dates(crl) -> dict[str, datetime]:
    return {f"{entry.serial_number:x}": entry.revocation_date_utc for entry in crl}


def test_no_certificate_is_revoked_after_its_list_or_answer(office) -> None:
    scene = authority(office, base=BASE)
    first, second = scene.issue("a.example.com", "b.example.com")
    scene.revoke(first)
    crl = check(scene, first, second)
    assert set(dates(crl)) == {serial(first)}
    # Clients with a slow clock take the new list at once.
    assert crl.last_update_utc == office.clock() - timedelta(minutes=5)
    office.clock.advance(minutes=1)
    scene.revoke(second, reason="keyCompromise")
    assert set(dates(check(scene, first, second))) == {serial(first), serial(second)}


def test_the_list_and_the_answer_name_one_date_which_is_not_before_the_certificate(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    scene.revoke(leaf)
    (date,) = dates(check(scene, leaf)).values()
    assert asked(scene, leaf).revocation_time_utc == date
    assert date >= leaf.not_valid_before_utc


def test_a_revocation_is_not_dated_before_the_key_is_said_to_be_invalid(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    known = office.clock() - timedelta(minutes=1)
    scene.revoke(leaf, reason="keyCompromise", invalidity_at=known)
    crl = check(scene, leaf)
    (entry,) = crl
    assert entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc == known
    assert known <= entry.revocation_date_utc <= crl.last_update_utc <= office.clock()
    office.clock.advance(minutes=1)
    scene.run()
    check(scene, leaf)


def test_the_entries_of_a_delta_are_not_dated_after_it_either(office) -> None:
    scene = authority(office, base=BASE, delta_hours=6)
    first, held = scene.issue("a.example.com", "b.example.com")
    scene.revoke(held, reason="certificateHold")
    office.clock.advance(days=8)  # the next regular list, on which the delta is based
    scene.run()
    scene.revoke(first)
    scene.release(held)
    delta = crl_of(scene, delta=True)
    assert len(delta) == 2
    assert all(entry.revocation_date_utc <= delta.last_update_utc for entry in delta)
    reasons = {entry.extensions.get_extension_for_class(x509.CRLReason).value.reason for entry in delta if entry.serial_number == held.serial_number}
    assert reasons == {x509.ReasonFlags.remove_from_crl}


@pytest.mark.parametrize("minutes", [1, 4, 6, 9])
def test_a_clock_that_is_corrected_by_minutes_dates_no_list_before_the_last(office, minutes: int) -> None:
    scene = settled(office)
    first, second = scene.issue("a.example.com", "b.example.com")
    scene.revoke(first)
    before = check(scene, first)
    office.clock.advance(minutes=-minutes)
    scene.revoke(second)
    after = check(scene, first, second)
    assert after.last_update_utc >= before.last_update_utc
    assert set(dates(after)) == {serial(first), serial(second)}


@pytest.mark.parametrize("ahead", [timedelta(minutes=16), timedelta(hours=3), timedelta(days=900)])
@pytest.mark.parametrize("is_listed", [True, False])
def test_what_was_revoked_by_a_clock_that_was_ahead_is_dated_again_when_it_is_back(office, ahead, is_listed: bool, monkeypatch) -> None:
    scene = settled(office, delta_hours=6)
    first, second, third = scene.issue("a.example.com", "b.example.com", "c.example.com")
    scene.revoke(first)
    office.clock.now += ahead
    if is_listed:
        scene.revoke(second)
        assert serial(second) in dates(check(scene, first, second))
    else:  # killed before the list
        with monkeypatch.context() as patch:
            patch.setattr("dominoadmin.services.revocation.crl_issuing.CrlAuthority.due", lambda _self: "")
            scene.revoke(second)
    office.clock.now -= ahead
    scene.run()
    crl = check(scene, first, second)
    assert crl.last_update_utc <= office.clock() < crl.next_update_utc
    assert set(dates(crl)) == {serial(first), serial(second)}
    delta = crl_of(scene, delta=True)
    assert all(entry.revocation_date_utc <= delta.last_update_utc for entry in delta)
    # It stays so: the next ones need no second thought.
    scene.revoke(third)
    assert dates(check(scene, first, second, third)).items() >= dates(crl).items()
    list(scene.ca.tell("refresh"))
    assert not [line for line in scene.run() if "altered" in line or "match" in line]
    verifying.verify(office.domain, office.actor())


def test_an_answer_between_a_correction_and_the_next_list_is_in_order_too(office) -> None:
    scene = settled(office)
    (leaf,) = scene.issue("a.example.com")
    office.clock.advance(hours=3)
    scene.revoke(leaf)
    office.clock.advance(hours=-3)
    answer = asked(scene, leaf)  # the CA process has not had its turn yet
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_time_utc <= answer.this_update_utc <= office.clock()


def test_what_an_earlier_version_has_dated_five_minutes_later_is_in_order_with_the_next_list(office, monkeypatch) -> None:
    scene = settled(office)
    first, second = scene.issue("a.example.com", "b.example.com")
    with monkeypatch.context() as patch:
        patch.setattr("dominoadmin.pki.revocation.dated", lambda now, _invalidity_at: now)
        patch.setattr("dominoadmin.services.revocation.crl_issuing.CrlAuthority.due", lambda _self: "")
        scene.revoke(first)
    scene.revoke(second)
    assert len(check(scene, first, second)) == 2


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_clock_does(office, seed: int) -> None:
    chance, scene = random.Random(seed), settled(office, delta_hours=3)
    leaves = scene.issue(*(f"host{number}.example.com" for number in range(12)))
    waiting, held, before = [*leaves], [], None
    for _step in range(25):
        office.clock.now += timedelta(seconds=chance.choice((1, 30, 200, 400, 4000, 90_000, -30, -200, -400, -4000, -90_000)))
        match chance.randrange(4):
            case 0 if waiting:
                scene.revoke(waiting.pop(), reason="superseded")
            case 1 if waiting:
                held.append(waiting.pop())
                scene.revoke(held[-1], reason="certificateHold")
            case 2 if held:
                scene.release(held.pop())
            case _:
                scene.run()
        crl = check(scene, *leaves)
        if before is not None and before <= office.clock() + TOLERANCE:
            assert crl.last_update_utc >= before
        assert crl.last_update_utc <= office.clock() + TOLERANCE
        before = crl.last_update_utc
    assert lint_crl(scene.list_of()) == []
    list(scene.ca.tell("refresh"))
    scene.run()
    verifying.verify(office.domain, office.actor())


@pytest.mark.judge
def test_openssl_reads_the_same_dates(office, tmp_path) -> None:
    scene = authority(office, base=BASE)
    first, second = scene.issue("a.example.com", "b.example.com")
    scene.revoke(first)
    office.clock.advance(seconds=20)
    scene.revoke(second)
    write(tmp_path, crl=crl_of(scene))
    said = says("openssl", "crl", "-in", "crl.pem", "-noout", "-text", cwd=tmp_path)

    def read(label: str) -> list[datetime]:
        lines = [line.partition(f"{label}: ")[2] for line in said.splitlines() if f"{label}: " in line]
        return [datetime.strptime(line.strip(), "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC) for line in lines]

    (update,) = read("Last Update")
    assert len(read("Revocation Date")) == 2
    assert max(read("Revocation Date")) <= update


# the responder's key


def responder_of(scene, leaf) -> x509.Certificate:
    (found,) = asked(scene, leaf).certificates
    return found


@pytest.mark.parametrize("algorithm", ["rsa-2048", "rsa-4096", "ec-p256", "ec-p384", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"])
def test_the_responders_key_is_as_strong_as_its_certifiers(office, algorithm: str) -> None:
    scene = authority(office, algorithm, BASE)
    (leaf,) = scene.issue("a.example.com")
    answer = asked(scene, leaf)
    (responder,) = answer.certificates
    assert keys.algorithm_of(responder.public_key()) == algorithm
    responder.verify_directly_issued_by(scene.root)
    assert keys.verifies(responder.public_key(), answer.signature, answer.tbs_response_bytes)


def test_a_weaker_responder_of_an_earlier_version_is_replaced_at_the_next_turn(office, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(responder_authority, "key_for", lambda _issuer: keys.generate("ec-p256"))
        scene = authority(office, "ec-p384", BASE)
        (leaf,) = scene.issue("a.example.com")
    weak = responder_of(scene, leaf)
    assert keys.algorithm_of(weak.public_key()) == "ec-p256"
    assert [line for line in scene.run() if "responder" in line] == [f"The OCSP responder of {builders.CA_NAME} has a new certificate"]
    strong = responder_of(scene, leaf)
    assert keys.algorithm_of(strong.public_key()) == "ec-p384"
    assert strong.serial_number != weak.serial_number
    assert not [line for line in scene.run() if "responder" in line]
    certified = [number for action, number in builders.actions(office) if action == "OCSP responder certified"]
    assert certified[-2:] == [f"{each.serial_number:x}" for each in (weak, strong)]
