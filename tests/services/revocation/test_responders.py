"""The OCSP responder's key and certificate: what is not sealed for exactly this, or not this certifier's, answers nothing."""

from __future__ import annotations

import base64
import json
import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dominoadmin.errors import Error, Tampered
from dominoadmin.pki import documents, identities, keys, seals
from dominoadmin.pki.keys import PrivateKey
from dominoadmin.services.certifiers import generations
from dominoadmin.services.certifiers.generations import GenerationOrder
from dominoadmin.services.certifiers.key_vault import KeyOpening, KeyVault
from dominoadmin.services.certifiers.protecting import ProtectionOrder
from dominoadmin.services.domain import Actor
from dominoadmin.services.doubts import EVERYTHING, Outdated
from dominoadmin.services.revocation import published_lists, revoking
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.services.revocation.responder_authority import ResponderAuthority
from dominoadmin.services.revocation.revoking import RevocationOrder, RevokingAuthority
from tests import builders, second_rows, specimens
from tests.builders import sql

OTHER = "Second CA"


@pytest.fixture
def answering(office):
    """Two certifiers, each with a responder, and a certificate of the first."""
    builders.ready(office)
    builders.certifier(office, OTHER)
    builders.approved(office)
    builders.load_ca(office)
    sql(office, "DELETE FROM responders")
    for name in (builders.CA, OTHER):
        certifier, vault = builders.verified(office, name), KeyVault()
        vault.open(certifier, office.server)
        assert ResponderAuthority(office.domain, office.server, vault, certifier).renew()
    return office


def question(office) -> bytes:
    """What is asked about the certificate, in DER."""
    issuer = builders.verified(office).issuer.certificate
    (leaf,) = (each for each in builders.certificates(office) if each.issuer == issuer.subject and "Responder" not in str(each.subject))
    return ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build().public_bytes(Encoding.DER)


def answered(office, responder: Responder | None = None, asked: bytes = b"") -> ocsp.OCSPResponse:
    """What a responder, or a new one as after a start, answers about the certificate."""
    return ocsp.load_der_ocsp_response((responder or Responder(office.domain, office.server)).answer(asked or question(office)).der)


def info(name: str, purpose: str = "OCSP responder key") -> bytes:
    return documents.canonical({"purpose": purpose, "certifier": name})


def row(office, certifier_id: int):
    return sql(office, "SELECT * FROM responders WHERE certifier_id = ?", certifier_id)[0]


def sealed(office, content: bytes, about: bytes) -> bytes:
    return seals.seal(content, identities.sealing_key_of(office.server.certificate), about)



def test_a_responder_answers(answering) -> None:
    assert answered(answering).response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
    assert answered(answering).certificate_status == ocsp.OCSPCertStatus.GOOD


@pytest.mark.parametrize("about", [info("CN=Second CA/O=MyCompany"), info(builders.CA_NAME, "certifier key"), b"", b"{}"])
def test_its_key_is_sealed_for_this_purpose_and_this_certifier(answering, about: bytes) -> None:
    content = answering.server.sealing_key.open(row(answering, 1)["sealed_key"], info(builders.CA_NAME))
    sql(answering, "UPDATE responders SET sealed_key = ? WHERE certifier_id = 1", sealed(answering, content, about))
    assert answered(answering).response_status != ocsp.OCSPResponseStatus.SUCCESSFUL
    with pytest.raises(Error):
        Responder(answering.domain, answering.server).beforehand(1, 1, "ab")


def leaf_of(office) -> tuple[bytes, PrivateKey]:
    """The certificate of an applicant, and its key."""
    (leaf,) = sql(office, "SELECT der FROM issued WHERE request_id IS NOT NULL")
    return leaf["der"], specimens.key("ec-p256", "applicant")


def other_of(office) -> tuple[bytes, PrivateKey]:
    """The responder of the other certifier."""
    other = row(office, 2)
    content = office.server.sealing_key.open(other["sealed_key"], info("CN=Second CA/O=MyCompany"))
    return other["certificate"], keys.load_sealed_private(base64.b64decode(json.loads(content)["key"]))


@pytest.mark.parametrize("whose", [leaf_of, other_of])
def test_another_ones_certificate_does_not_answer_even_if_the_server_has_entered_it(answering, whose) -> None:
    """Clients refuse what it signs, and many take a certificate without an answer for a good one."""
    der, key = whose(answering)
    content = json.dumps({"key": base64.b64encode(keys.private_der(key)).decode()}).encode()
    with builders.act(answering, answering.server) as db:
        values = der, sealed(answering, content, info(builders.CA_NAME))
        db.execute("UPDATE responders SET certificate = ?, sealed_key = ? WHERE certifier_id = 1", values)
    assert answered(answering).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR
    with pytest.raises(Tampered, match="was not issued by"):
        Responder(answering.domain, answering.server).beforehand(1, 1, "ab")


ALTERED = {
    "the certificate of an applicant": leaf_of,
    "until when it is valid": "UPDATE responders SET not_after = '2099-01-01T00:00:00Z'",
    "since when it is there": "UPDATE responders SET created_at = '2099-01-01T00:00:00Z'",
    "a date that nobody can read": "UPDATE responders SET created_at = 'never'",
    "it is gone": "DELETE FROM responders",
}


@pytest.mark.parametrize("change", ALTERED)
def test_an_altered_responder_does_not_answer_and_is_named_and_replaced(answering, change: str) -> None:
    if isinstance(how := ALTERED[change], str):
        sql(answering, how)
    else:
        der, key = how(answering)
        content = json.dumps({"key": base64.b64encode(keys.private_der(key)).decode()}).encode()
        values = der, sealed(answering, content, info(builders.CA_NAME))
        sql(answering, "UPDATE responders SET certificate = ?, sealed_key = ? WHERE certifier_id = 1", *values)
    assert answered(answering).response_status in (ocsp.OCSPResponseStatus.INTERNAL_ERROR, ocsp.OCSPResponseStatus.TRY_LATER)
    with pytest.raises(Error):
        Responder(answering.domain, answering.server).beforehand(1, 1, "ab")
    lines = builders.load_ca(answering)
    assert re.search(r"\((responders|Responder) 1\b", "\n".join(lines)), lines
    assert any("has a new certificate" in line for line in lines), lines
    assert answered(answering).certificate_status == ocsp.OCSPCertStatus.GOOD


def test_a_revoked_responder_does_not_answer_whatever_its_revocation_says_now(answering) -> None:
    serial = f"{x509.load_der_x509_certificate(row(answering, 1)['certificate']).serial_number:x}"
    revoking.request(answering.domain, answering.ann, 1, RevocationOrder((serial,), reason="superseded"))
    kept = dict(row(answering, 1))
    certifier = builders.verified(answering)
    assert [each.problem for each in RevokingAuthority(answering.domain, Actor.of(answering.server), certifier).carry_out()] == [""]
    assert answered(answering).response_status == ocsp.OCSPResponseStatus.TRY_LATER
    sql(answering, "DELETE FROM revocations")
    assert answered(answering).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR
    builders.load_ca(answering)
    sql(answering, "UPDATE responders SET certificate = ?, sealed_key = ? WHERE certifier_id = 1", kept["certificate"], kept["sealed_key"])
    assert answered(answering).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR


def test_a_certifier_that_was_added_with_the_certificate_of_another_says_nothing_of_its_certificates(answering) -> None:
    """OCSP would answer of the added one, which has issued nothing: *unknown*, in the place of *revoked*."""
    (serial,) = sql(answering, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")
    revoking.request(answering.domain, answering.ann, 1, RevocationOrder((serial["serial_hex"],), reason="superseded"))
    builders.load_ca(answering)
    second_rows.add(answering.domain.store.path, "certifiers", "id = 1", indexed=False, icl_file="another.nsf")
    ((added,),) = sql(answering, "SELECT min(id) FROM certifiers")
    sql(answering, "INSERT INTO responders SELECT ?, certificate, sealed_key, not_after, created_at FROM responders WHERE certifier_id = 1", added)
    assert added < 1
    assert answered(answering).certificate_status == ocsp.OCSPCertStatus.REVOKED
    asked = question(answering)
    sql(answering, "UPDATE certifiers SET locking_id = 'x' WHERE id = 1")
    assert answered(answering, asked=asked).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR


def test_a_key_that_was_added_to_a_certifier_changes_no_answer(answering) -> None:
    """With two keys, a certificate in an altered row would count as not issued by this one."""
    asked = question(answering)
    assert answered(answering, asked=asked).certificate_status == ocsp.OCSPCertStatus.GOOD
    sql(answering, "INSERT INTO generations SELECT 1, 2, protection, locking_id, key_algorithm, (SELECT certificate FROM certifiers WHERE id = 2), sealed_key, created_at, created_at, 0 FROM certifiers WHERE id = 1")
    sql(answering, "UPDATE issued SET der = (SELECT certificate FROM certifiers WHERE id = 2) WHERE request_id IS NOT NULL")
    assert answered(answering, asked=asked).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR


@pytest.mark.parametrize("table", ["revocation_states", "issued", "crls"])
def test_rows_beside_the_signed_state_change_no_answer(answering, table: str) -> None:
    asked = question(answering)
    sql(answering, f"DELETE FROM {table}")
    assert answered(answering, asked=asked).certificate_status == ocsp.OCSPCertStatus.GOOD


@pytest.mark.parametrize("change", ["not_after = '2035-01-01T00:00:00Z'", "reason = 'keyCompromise'", "serial_hex = 'ab' || substr(serial_hex, 3)"])
def test_an_altered_revocation_is_not_answered_from(answering, change: str) -> None:
    (serial,) = sql(answering, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")
    revoking.request(answering.domain, answering.ann, 1, RevocationOrder((serial["serial_hex"],), reason="superseded"))
    kept = row(answering, 1)
    builders.load_ca(answering)
    sql(answering, "UPDATE responders SET certificate = ?, sealed_key = ? WHERE certifier_id = 1", kept["certificate"], kept["sealed_key"])
    assert answered(answering).certificate_status == ocsp.OCSPCertStatus.REVOKED
    sql(answering, f"UPDATE revocations SET {change}")
    assert answered(answering).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR


def test_a_revocation_that_is_gone_does_not_make_the_certificate_good_again(answering) -> None:
    (serial,) = sql(answering, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")
    revoking.request(answering.domain, answering.ann, 1, RevocationOrder((serial["serial_hex"],), reason="superseded"))
    builders.load_ca(answering)
    running = Responder(answering.domain, answering.server)
    sql(answering, "DELETE FROM revocations")
    assert answered(answering, running).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR


def test_a_certificate_is_not_unknown_by_an_altered_row(answering) -> None:
    """With several keys, which one has signed it is read from its row: another certificate stood there, and nobody was told."""
    known = builders.verified(answering)
    wanted = ProtectionOrder(known.record.id, known.configuration.version, "server-id")
    asked = question(answering)
    generations.begin(answering.domain, answering.ann, GenerationOrder(wanted, opening=KeyOpening(answering.server)))
    assert answered(answering, asked=asked).certificate_status is ocsp.OCSPCertStatus.GOOD
    sql(answering, "UPDATE issued SET der = (SELECT certificate FROM generations) WHERE request_id IS NOT NULL")
    assert answered(answering, asked=asked).certificate_status is ocsp.OCSPCertStatus.GOOD


@pytest.mark.parametrize("which", [EVERYTHING, 1, 2])
def test_nothing_is_answered_while_the_certifier_or_the_store_is_in_doubt(answering, which: int) -> None:
    """Only for that certifier."""
    running = Responder(answering.domain, answering.server)
    answering.domain.doubts.note(which, "a test", Outdated(published_lists.HINT))
    told = answered(answering, running).response_status
    assert told == (ocsp.OCSPResponseStatus.SUCCESSFUL if which == 2 else ocsp.OCSPResponseStatus.INTERNAL_ERROR)
    answering.domain.doubts.note(which, "a test", None)
    assert answered(answering, running).certificate_status == ocsp.OCSPCertStatus.GOOD


def test_an_answer_is_given_again_only_while_nothing_has_changed(answering) -> None:
    responder = Responder(answering.domain, answering.server)
    asked = question(answering)
    assert answered(answering, responder).certificate_status == ocsp.OCSPCertStatus.GOOD
    assert responder.answer(asked) is responder.answer(asked)
    serial = f"{ocsp.load_der_ocsp_request(asked).serial_number:x}"
    revoking.request(answering.domain, answering.ann, 1, RevocationOrder((serial,), reason="superseded"))
    builders.load_ca(answering)
    assert answered(answering, responder).certificate_status == ocsp.OCSPCertStatus.REVOKED
    assert answered(answering, responder).certificate_status == ocsp.OCSPCertStatus.REVOKED
    sql(answering, "UPDATE revocations SET released_at = revoked_at")
    assert answered(answering, responder).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR


@pytest.mark.parametrize("days", [-1, 40])
def test_an_answer_is_not_given_again_when_the_clock_has_moved(answering, days: int) -> None:
    """The responder is not valid then: it lasts for 30 days."""
    responder = Responder(answering.domain, answering.server)
    assert answered(answering, responder).certificate_status == ocsp.OCSPCertStatus.GOOD
    answering.clock.advance(days=days)
    assert answered(answering, responder).response_status == ocsp.OCSPResponseStatus.TRY_LATER


def test_an_answer_is_not_given_again_while_the_revocations_are_in_doubt(answering) -> None:
    responder = Responder(answering.domain, answering.server)
    assert answered(answering, responder).certificate_status == ocsp.OCSPCertStatus.GOOD
    answering.domain.doubts.note(EVERYTHING, "a test", Outdated(published_lists.HINT))
    assert answered(answering, responder).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR
