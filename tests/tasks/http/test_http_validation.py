"""The data for relying parties over plain HTTP: statuses, types, and headers for caches."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from dominoadmin.pki import publication
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import publishing, revoking
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.services.revocation.revoking import RevocationOrder, RevokingAuthority
from dominoadmin.services.states import RevocationAction
from dominoadmin.store import crls
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.revocation import crls as crl_listing
from tests import builders
from tests.builders import CA_NAME, sql
from tests.services.revocation.scene import Scene, authority, on_the_air, serial

BASE = "http://server1.example.com/pki"


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(scene: Scene, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
    port = int(scene.base.split(":")[2].split("/")[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, f"/pki/{path}", body, {k.replace("_", "-"): v for k, v in headers.items()})
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


def question(scene: Scene, leaf: x509.Certificate) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, scene.root, SHA1())
    return builder.build().public_bytes(Encoding.DER)


def says(scene: Scene, leaf: x509.Certificate) -> str:
    answer = Responder(scene.office.domain, scene.office.server).answer(question(scene, leaf))
    read = ocsp.load_der_ocsp_response(answer.der)
    return read.certificate_status.name if read.response_status.value == 0 else read.response_status.name


@pytest.fixture
def scene(office):
    with on_the_air(office) as made:
        yield made


def test_a_list_has_its_type_and_is_kept_no_longer_than_it_holds(office, scene) -> None:
    (leaf,) = scene.issue("a.example.com")
    point = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0].full_name[0].value
    name = point.rpartition("/")[2]
    reply = ask(scene, "GET", name)
    read = x509.load_der_x509_crl(reply.body)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/pkix-crl")
    assert reply.headers["content-length"] == str(len(reply.body))
    assert parsedate_to_datetime(reply.headers["last-modified"]) == read.last_update_utc
    assert parsedate_to_datetime(reply.headers["expires"]) == read.next_update_utc
    assert re.match(r"max-age=3600, ", reply.headers["cache-control"])
    again = ask(scene, "GET", name, If_None_Match=reply.headers["etag"])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", reply.headers["etag"])
    assert ask(scene, "GET", name, If_None_Match=f'"x", W/{reply.headers["etag"]}').status == 304
    assert ask(scene, "GET", name, If_None_Match='"x"').status == 200
    for date in (reply.headers["last-modified"], "Thu, 01 Jan 2015 00:00:00 GMT", "yesterday"):
        # Two lists of the same second have the same date: only the tag differs.
        assert ask(scene, "GET", name, If_Modified_Since=date).status == 200
    head = ask(scene, "HEAD", name)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(reply.body)))
    certificate = ask(scene, "GET", name.replace(".crl", ".cer"))
    assert certificate.headers["content-type"] == "application/pkix-cert"
    assert x509.load_der_x509_certificate(certificate.body) == scene.root


def test_an_answer_by_get_in_every_spelling(scene) -> None:
    (leaf,) = scene.issue("a.example.com")
    text = base64.b64encode(question(scene, leaf)).decode()
    spellings = (text, quote(text, safe=""), quote(text), text.rstrip("="), f"/{text}", text.replace("+", "%20"))
    replies = [ask(scene, "GET", f"ocsp/{each}") for each in spellings]
    for reply in replies:
        assert reply.headers["content-type"] == "application/ocsp-response"
        assert ocsp.load_der_ocsp_response(reply.body).certificate_status is ocsp.OCSPCertStatus.GOOD
        assert reply.body == replies[0].body
    read = ocsp.load_der_ocsp_response(replies[0].body)
    headers = replies[0].headers
    assert parsedate_to_datetime(headers["expires"]) == read.next_update_utc
    age = int(re.match(r"max-age=(\d+), ", headers["cache-control"])[1])
    assert 0 < age <= (read.next_update_utc - read.this_update_utc).total_seconds()
    assert ask(scene, "GET", f"ocsp/{quote(text, safe='')}", If_None_Match=headers["etag"]).status == 304
    assert ask(scene, "HEAD", f"ocsp/{text}").body == b""


def test_what_is_sent_as_something_else_is_no_request(scene) -> None:
    (leaf,) = scene.issue("a.example.com")
    data = question(scene, leaf)
    assert ask(scene, "POST", "ocsp", data, Content_Type="text/plain").status == 415
    assert ask(scene, "POST", "ocsp", data).status == 415
    for path in ("ocsp", "ocsp/"):
        reply = ask(scene, "POST", path, data, Content_Type="Application/OCSP-Request; charset=x")
        assert ocsp.load_der_ocsp_response(reply.body).certificate_status is ocsp.OCSPCertStatus.GOOD
        assert reply.headers["cache-control"] == "no-store"
    malformed = ask(scene, "POST", "ocsp", b"\x30\x00", Content_Type="application/ocsp-request")
    assert ocsp.load_der_ocsp_response(malformed.body).response_status.name == "MALFORMED_REQUEST"


def test_the_answer_is_never_behind_the_list(office) -> None:
    """OCSP says what was carried out at once; the list follows, as it needs the certifier's key."""
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")

    def carry_out(**order) -> None:
        revoking.request(office.domain, office.ann, 1, RevocationOrder((serial(leaf),), **order))
        list(RevokingAuthority(office.domain, Actor.of(office.server), builders.verified(office)).carry_out())

    def listed() -> bool:
        found = x509.load_der_x509_crl(scene.list_of())
        return found.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None

    for order, before, after in (
        ({"reason": "certificateHold"}, False, "REVOKED"),
        ({"action": RevocationAction.RELEASE}, True, "GOOD"),
        ({"reason": "certificateHold"}, False, "REVOKED"),
        ({"reason": "keyCompromise"}, True, "REVOKED"),
    ):
        carry_out(**order)
        assert (says(scene, leaf), listed()) == (after, before), order
        scene.run()
        assert (says(scene, leaf), listed()) == (after, after == "REVOKED"), order


def test_a_compromise_signed_while_the_certifier_is_locked_is_told_at_once_and_everywhere(office) -> None:
    """Design: attack 17. Only the CRL needs the certifier's key."""
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    list(scene.ca.tell("deactivate 1"))
    lines = scene.revoke(leaf, reason="keyCompromise")
    assert says(scene, leaf) == "REVOKED"
    late = f"{CA_NAME}: 1 revocation not on its CRL yet; OCSP reports revocations at once. Activate it to issue the next CRL"
    assert late in lines
    assert scene.ca.status() == ["Idle, 0 of 1 certifier active", late]
    assert "       Not on a CRL yet: 1 revocation" in list(scene.ca.tell("CRL info 1"))
    assert publishing.waiting(office.domain, publishing.find_list(office.domain, office.actor(), 1)) == 1
    shown = crl_listing.listed(office.domain)
    assert [(each.badge, each.sentence) for each in shown if each.number == shown[0].number] == [(Badge.WAIT, "1 revocation is not on a CRL yet.")]
    office.clock.advance(days=10)
    assert says(scene, leaf) == "REVOKED"
    list(scene.ca.tell("activate 1"))
    assert serial(leaf) in {f"{entry.serial_number:x}" for entry in x509.load_der_x509_crl(scene.list_of())}
    assert scene.ca.status() == ["Idle, 1 of 1 certifier active"]
    assert publishing.waiting(office.domain, publishing.find_list(office.domain, office.actor(), 1)) == 0


def test_an_expired_certificate_stays_revoked_by_ocsp_when_its_entry_has_left(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    scene.revoke(leaf)
    left = leaf.not_valid_after_utc - office.clock()
    office.clock.advance(seconds=left.total_seconds() + 600)
    scene.run()
    office.clock.advance(days=8)
    scene.run()
    assert len(x509.load_der_x509_crl(scene.list_of())) == 0
    assert says(scene, leaf) == "REVOKED"


def test_a_responder_that_expired_asks_to_try_later_and_signs_nothing(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    list(scene.ca.tell("deactivate 1"))
    office.clock.advance(days=29)
    assert says(scene, leaf) == "GOOD"  # the certifier is closed, its responder is not
    office.clock.advance(days=2)
    assert says(scene, leaf) == "TRY_LATER"
    list(scene.ca.tell("activate 1"))
    assert says(scene, leaf) == "GOOD"


def test_a_row_that_was_removed_is_not_good(office) -> None:
    scene = authority(office, base=BASE)
    good, bad = scene.issue("a.example.com", "b.example.com")
    scene.revoke(bad)
    assert says(scene, bad) == "REVOKED"
    sql(office, "DELETE FROM revocations")
    assert says(scene, bad) == "INTERNAL_ERROR"
    sql(office, "DELETE FROM revocation_pages")
    sql(office, "DELETE FROM revocation_states")
    assert (says(scene, bad), says(scene, good)) == ("INTERNAL_ERROR", "GOOD")
    sql(office, "DELETE FROM issued")
    assert (says(scene, bad), says(scene, good)) == ("INTERNAL_ERROR", "GOOD"), "the state knows what was issued"


def test_a_certificate_that_somebody_wrote_into_the_list_is_not_good(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    (row,) = sql(office, "SELECT * FROM issued WHERE serial_hex = ?", serial(leaf))
    sql(office, "DELETE FROM issued WHERE serial_hex = ?", serial(leaf))
    sql(office, f"INSERT INTO issued ({', '.join(row.keys())}) VALUES ({', '.join('?' * len(row))})", *row)
    assert says(scene, leaf) == "GOOD"
    sql(office, "UPDATE issued SET serial_hex = 'abc' WHERE serial_hex = ?", serial(leaf))
    forged = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        *(hashlib.sha1(each).digest() for each in (scene.root.subject.public_bytes(), key_bits(scene.root))), 0xABC, SHA1()
    )  # fmt: skip
    answer = Responder(office.domain, office.server).answer(forged.build().public_bytes(Encoding.DER))
    assert ocsp.load_der_ocsp_response(answer.der).certificate_status.name == "UNKNOWN"


def key_bits(certificate: x509.Certificate) -> bytes:
    """The bits of the public key, as an OCSP request hashes them: the end of the SubjectPublicKeyInfo."""
    return certificate.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@pytest.mark.parametrize("piece", [0, 1, 2])
def test_not_one_octet_of_a_list_with_a_flipped_bit_leaves(office, scene, piece: int) -> None:
    scene.revoke(*scene.issue("a.example.com"))
    name = publication.slug(builders.verified(office).configuration.key_fingerprint)
    (row,) = sql(office, "SELECT crl_id, chunk, bytes FROM crl_pieces WHERE number = ? ORDER BY crl_id DESC LIMIT 1", piece)
    table, column, where = ("crl_pieces", "bytes", f"crl_id = {row['crl_id']} AND number = {piece}") if row["chunk"] is None else ("crl_chunks", "entries", f"id = {row['chunk']}")
    (stored,) = sql(office, f"SELECT {column} AS octets FROM {table} WHERE {where}")
    flipped = bytes([stored["octets"][0] ^ 1]) + stored["octets"][1:]
    sql(office, f"UPDATE {table} SET {column} = ? WHERE {where}", flipped)
    assert ask(scene, "GET", f"{name}.crl").status == 503
    assert any("is not stored as it was issued" in line for line in scene.run())
    reply = ask(scene, "GET", f"{name}.crl")
    assert reply.status == 200
    assert x509.load_der_x509_crl(reply.body).is_signature_valid(scene.root.public_key())


def test_a_list_that_changes_while_it_is_sent_is_cut(office, scene, monkeypatch) -> None:
    scene.revoke(*scene.issue("a.example.com"))
    name = publication.slug(builders.verified(office).configuration.key_fingerprint)
    real = crls.piece
    monkeypatch.setattr(crls, "piece", lambda db, crl_id, number: b"".join([real(db, crl_id, number)[:-1], b"x"]) if number == 1 else real(db, crl_id, number))
    with pytest.raises(http.client.HTTPException):
        ask(scene, "GET", f"{name}.crl")


def test_a_list_that_was_put_back_to_an_older_one_is_not_served(office, scene) -> None:
    scene.revoke(*scene.issue("a.example.com"))
    name = publication.slug(builders.verified(office).configuration.key_fingerprint)
    sql(office, "DELETE FROM crl_pieces WHERE crl_id = (SELECT max(id) FROM crls)")
    sql(office, "DELETE FROM crls WHERE id = (SELECT max(id) FROM crls)")
    assert ask(scene, "GET", f"{name}.crl").status == 503
    assert any("CRL number 3 (regular)" in line for line in scene.run())
    assert len(x509.load_der_x509_crl(ask(scene, "GET", f"{name}.crl").body)) == 1


@pytest.mark.parametrize("change", ["crl_pieces SET bytes = x'' WHERE bytes IS NOT NULL", "crls SET size = 99999", "crls SET sha256 = '€'"])
def test_a_list_that_is_not_as_long_as_it_was_is_not_begun(office, scene, change) -> None:
    scene.run()
    name = publication.slug(builders.verified(office).configuration.key_fingerprint)
    assert ask(scene, "GET", f"{name}.crl").status == 200
    sql(office, f"UPDATE {change}")
    assert ask(scene, "GET", f"{name}.crl").status == 503
    sql(office, "UPDATE certifiers SET certificate = x'30'")
    assert ask(scene, "GET", f"{name}.crl").status == 503


def test_an_altered_certifier_does_not_silence_the_others(office, scene) -> None:
    (leaf,) = scene.issue("www.example.com")
    builders.certifier(office, "Second CA")
    asked = question(scene, leaf)
    sql(office, "UPDATE certifiers SET certificate = x'30', created_at = 'never' WHERE id = 2")
    (said,) = (line for line in scene.run() if "cannot be read" in line)
    assert "Certifier 2: created_at" in said
    assert not any("cannot be read" in line for line in scene.run())  # once
    reply = ask(scene, "POST", "ocsp", asked, content_type="application/ocsp-request")
    assert ocsp.load_der_ocsp_response(reply.body).response_status.name == "SUCCESSFUL"
    sql(office, "UPDATE certifiers SET certificate = x'30' WHERE id = 1")
    reply = ask(scene, "POST", "ocsp", asked, content_type="application/ocsp-request")
    assert ocsp.load_der_ocsp_response(reply.body).response_status.name in ("TRY_LATER", "INTERNAL_ERROR")
