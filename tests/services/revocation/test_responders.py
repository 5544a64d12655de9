"""The OCSP responder's key and certificate: what is not sealed for exactly this, or not this certifier's, answers nothing."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dominoadmin.errors import Error, Tampered
from dominoadmin.pki import documents, identities, seals
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.doubts import EVERYTHING, Outdated
from dominoadmin.services.revocation import published_lists, revoking
from dominoadmin.services.revocation.ocsp_responder import Responder, ResponderAuthority
from dominoadmin.services.revocation.revoking import RevocationOrder
from tests import builders
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


def answered(office, responder: Responder | None = None) -> ocsp.OCSPResponse:
    """What a responder, or a new one as after a start, answers about the certificate."""
    issuer = builders.verified(office).issuer.certificate
    (leaf,) = (each for each in builders.certificates(office) if each.issuer == issuer.subject and "Responder" not in str(each.subject))
    asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()
    return ocsp.load_der_ocsp_response((responder or Responder(office.domain, office.server)).answer(asked.public_bytes(Encoding.DER)).der)


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


def test_the_responder_of_another_certifier_does_not_answer(answering) -> None:
    other = row(answering, 2)
    content = answering.server.sealing_key.open(other["sealed_key"], info("CN=Second CA/O=MyCompany"))
    sql(
        answering, "UPDATE responders SET certificate = ?, sealed_key = ? WHERE certifier_id = 1",
        other["certificate"], sealed(answering, content, info(builders.CA_NAME)),
    )  # fmt: skip
    assert answered(answering).response_status == ocsp.OCSPResponseStatus.INTERNAL_ERROR
    with pytest.raises(Tampered, match="was not issued by"):
        Responder(answering.domain, answering.server).beforehand(1, 1, "ab")


def test_a_revoked_responder_does_not_answer(answering) -> None:
    serial = f"{x509.load_der_x509_certificate(row(answering, 1)['certificate']).serial_number:x}"
    revoking.request(answering.domain, answering.ann, 1, RevocationOrder((serial,), reason="superseded"))
    kept = row(answering, 1)
    builders.load_ca(answering)
    sql(answering, "UPDATE responders SET certificate = ?, sealed_key = ? WHERE certifier_id = 1", kept["certificate"], kept["sealed_key"])
    assert answered(answering).response_status == ocsp.OCSPResponseStatus.TRY_LATER


@pytest.mark.parametrize("table", ["revocation_states", "issued", "crls"])
def test_rows_beside_the_signed_state_change_no_answer(answering, table: str) -> None:
    issuer = builders.verified(answering).issuer.certificate
    (leaf,) = (each for each in builders.certificates(answering) if "Responder" not in str(each.subject))
    asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build().public_bytes(Encoding.DER)
    sql(answering, f"DELETE FROM {table}")
    answer = Responder(answering.domain, answering.server).answer(asked)
    assert ocsp.load_der_ocsp_response(answer.der).certificate_status == ocsp.OCSPCertStatus.GOOD


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


@pytest.mark.parametrize("which", [EVERYTHING, 1, 2])
def test_nothing_is_answered_while_the_certifier_or_the_store_is_in_doubt(answering, which: int) -> None:
    """Only for that certifier."""
    running = Responder(answering.domain, answering.server)
    answering.domain.doubts.note(which, "a test", Outdated(published_lists.HINT))
    told = answered(answering, running).response_status
    assert told == (ocsp.OCSPResponseStatus.SUCCESSFUL if which == 2 else ocsp.OCSPResponseStatus.INTERNAL_ERROR)
    answering.domain.doubts.note(which, "a test", None)
    assert answered(answering, running).certificate_status == ocsp.OCSPCertStatus.GOOD
