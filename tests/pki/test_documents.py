"""Signed documents, and their accepted signers."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Locked, Tampered
from dominoadmin.pki import documents, identities, seals
from dominoadmin.pki.documents import SignedDocument, Verifier
from tests import ids as made
from tests import specimens
from tests.conftest import NOW

CONTEXT = b"dominoadmin signed document 1\x00"


@pytest.fixture(scope="module")
def ids(office_template):
    return office_template[1]


@pytest.fixture(scope="module")
def verifier(ids) -> Verifier:
    return Verifier(ids["ann"].anchor)


def signed(identity, kind: str = "decision", content: dict | None = None) -> SignedDocument:
    return documents.sign(kind, content or {"b": 1, "a": "ä"}, identity)


def test_canonical_json_is_sorted_tight_and_utf_8() -> None:
    assert documents.canonical({"b": [1, True, None], "a": "ä\n"}) == '{"a":"ä\\n","b":[1,true,null]}'.encode()
    with pytest.raises(ValueError):
        documents.canonical({"a": float("nan")})


def test_a_signature_is_plain_ecdsa_over_context_kind_and_content(ids) -> None:
    document = signed(ids["ann"])
    signed_bytes = CONTEXT + b"decision\x00" + '{"a":"ä","b":1}'.encode()
    ids["ann"].certificate.public_key().verify(document.signature, signed_bytes, ec.ECDSA(hashes.SHA256()))


def test_a_document_survives_the_store_and_names_its_signer(ids, verifier) -> None:
    document = documents.parse(signed(ids["rob"]).serialize())
    assert verifier.verify(document, "decision", NOW) == ("CN=Rob Ra/O=MyCompany/C=US", {"a": "ä", "b": 1})


def test_a_stored_document_is_canonical_json(ids) -> None:
    """Its digest is entered: it must not depend on how the JSON is put together."""
    for kind in ("decision", 'a "kind" é'):
        stored = documents.sign(kind, {"a": "é"}, ids["ann"]).serialize()
        assert stored == documents.canonical(json.loads(stored))


def test_the_organisations_certifier_signs_too(ids, verifier) -> None:
    assert verifier.verify(signed(ids["certifier"]), "decision", NOW)[0] == "O=MyCompany/C=US"


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"kind":1,"content":"!","signature":"","chain":[]}'])
def test_what_is_no_document_is_tampered(data: bytes) -> None:
    with pytest.raises(Tampered, match="cannot be read"):
        documents.parse(data)


def test_a_document_of_another_kind_is_refused(ids, verifier) -> None:
    with pytest.raises(Tampered, match="The store contains a signed decision where a certifier configuration is expected"):
        verifier.verify(signed(ids["ann"]), "certifier configuration", NOW)


def test_a_kind_changed_afterwards_does_not_fit_the_signature(ids, verifier) -> None:
    with pytest.raises(Tampered, match="altered after signing"):
        verifier.verify(replace(signed(ids["ann"]), kind="audit head"), "audit head", NOW)


@pytest.mark.parametrize("change", [{"content": b'{"a":"b"}'}, {"signature": b""}, {"signature": b"\x30\x06\2\1\1\2\1\1"}])
def test_an_altered_document_does_not_fit_the_signature(ids, verifier, change: dict) -> None:
    with pytest.raises(Tampered, match="The signature of CN=Ann Admin/O=MyCompany/C=US does not match"):
        verifier.verify(replace(signed(ids["ann"]), **change), "decision", NOW)


def test_anothers_certificate_does_not_make_it_theirs(ids, verifier) -> None:
    with pytest.raises(Tampered, match="The signature of CN=Rob Ra"):
        verifier.verify(replace(signed(ids["ann"]), chain=ids["rob"].chain_der), "decision", NOW)


@pytest.mark.parametrize("content", [b"no JSON", b"[1]", b"[" * 100_000, b"\xff"])
def test_nonsense_that_a_member_signed_is_tampered(ids, verifier, content: bytes) -> None:
    signature = ids["rob"].signing_key.sign(CONTEXT + b"decision\x00" + content, ec.ECDSA(hashes.SHA256()))
    document = SignedDocument("decision", content, signature, ids["rob"].chain_der)
    with pytest.raises(Tampered, match="The decision signed by CN=Rob Ra/O=MyCompany/C=US cannot be read"):
        verifier.verify(document, "decision", NOW)


def test_an_id_of_another_organisation_of_the_same_name_is_refused(ids, verifier) -> None:
    other = made.organization("O=MyCompany/C=US", 7, NOW)
    stranger = made.certify(other, "person", "CN=Ann Admin/O=MyCompany/C=US", 8, NOW)
    with pytest.raises(Tampered, match="not certified by the organization's certifier"):
        verifier.verify(signed(stranger), "decision", NOW)
    forged = replace(signed(stranger), chain=(stranger.chain_der[0], ids["ann"].chain_der[1]))
    with pytest.raises(Tampered, match="not certified by the organization's certifier"):
        verifier.verify(forged, "decision", NOW)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def certificate_by(issuer, subject: x509.Name, key, *extensions: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
    builder = x509.CertificateBuilder(issuer.certificate.subject, subject, key.public_key(), 9)
    builder = builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=9))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.signing_key, hashes.SHA256())


SEALING = identities.SEALING_KEY_OID
NO_IDS = {
    "a cross-certificate": ((x509.BasicConstraints(True, 0), True),),
    "an authority with a sealing key": (
        (x509.BasicConstraints(True, 0), True),
        (x509.UnrecognizedExtension(SEALING, b"\x04\x82\x04\xc0" + b"\1" * 1216), False),
    ),
    "a leaf without a sealing key": ((x509.BasicConstraints(False, None), True),),
    "a leaf with half a sealing key": (
        (x509.BasicConstraints(False, None), True),
        (x509.UnrecognizedExtension(SEALING, b"\x04\x02\1\1"), False),
    ),
    "no extensions": (),
}


@pytest.mark.parametrize("kind", sorted(NO_IDS))
def test_a_certificate_of_our_certifier_that_is_no_id_signs_nothing(ids, verifier, kind: str) -> None:
    """Strangers choose the subject of a cross-certificate, which may be Ann's name."""
    key = specimens.key("ec-p256", "stranger")
    certificate = certificate_by(ids["certifier"], ids["ann"].certificate.subject, key, *NO_IDS[kind])
    forged = replace(ids["ann"], signing_key=key, chain=(certificate, ids["ann"].anchor))
    with pytest.raises(Tampered, match="not certified by the organization's certifier"):
        verifier.verify(signed(forged), "decision", NOW)


def test_an_id_certified_by_another_id_is_refused(ids, verifier) -> None:
    key = specimens.key("ec-p256", "stranger")
    extensions = (x509.BasicConstraints(False, None), True), (x509.UnrecognizedExtension(SEALING, b"\4\x82\4\xc0" + b"\1" * 1216), False)
    certificate = certificate_by(ids["rob"], ids["ann"].certificate.subject, key, *extensions)
    for chain in ((certificate, *ids["rob"].chain), (certificate, ids["ann"].anchor), (certificate,)):
        with pytest.raises(Tampered, match="not certified by the organization's certifier"):
            verifier.verify(signed(replace(ids["ann"], signing_key=key, chain=chain)), "decision", NOW)


@pytest.mark.parametrize("chain", [(), (b"",), (b"\x30\x03\x02\x01\x01", b"x"), (b"\xff" * 100,)])
def test_a_chain_of_rubbish_is_refused(ids, verifier, chain: tuple[bytes, ...]) -> None:
    with pytest.raises(Tampered, match="not certified by the organization's certifier"):
        verifier.verify(replace(signed(ids["ann"]), chain=chain), "decision", NOW)


@pytest.mark.parametrize("years", [-1, 11])
def test_an_id_out_of_its_time_is_refused(ids, years: int) -> None:
    with pytest.raises(Tampered, match="is not valid before" if years < 0 else "expired on") as refusal:
        Verifier(ids["ann"].anchor).verify(signed(ids["ann"]), "decision", NOW + timedelta(days=365 * years))
    assert "clock" in refusal.value.hint


def test_a_seal_opens_only_for_its_id_and_its_purpose(ids) -> None:
    sealed = seals.seal(b"secret", identities.sealing_key_of(ids["server"].certificate), b"purpose")
    assert ids["server"].sealing_key.open(sealed, b"purpose") == b"secret"
    for identity, data, purpose in (
        (ids["rob"], sealed, b"purpose"), (ids["server"], sealed, b"other"), (ids["server"], b"", b"purpose"),
        (ids["server"], sealed[:-1], b"purpose"), (ids["server"], sealed[:1100], b"purpose"),
        (ids["server"], bytes([sealed[0] ^ 1]) + sealed[1:], b"purpose"), (ids["server"], b"\0" * len(sealed), b"purpose"),
    ):  # fmt: skip
        with pytest.raises(Locked, match="This ID cannot open the seal: it was created for another ID, or altered"):
            identity.sealing_key.open(data, purpose)


def test_a_stored_document_is_readable_json(ids) -> None:
    stored = json.loads(signed(ids["ann"]).serialize())
    assert sorted(stored) == ["chain", "content", "kind", "signature"]
    assert json.loads(base64.b64decode(stored["content"])) == {"a": "ä", "b": 1}
