"""ID files as specified in docs/id-files.md, checked by a reader written from that page."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from dominoadmin.errors import Damaged, WrongPassword
from dominoadmin.pki import identities, seals
from tests import ids
from tests.conftest import ADMIN_PASSWORD, NOW
from tests.outside import id_reader

WHAT = "The ID file x.id"


@pytest.fixture(scope="module")
def ann(office_template):
    root, ids = office_template
    return ids["ann"], (root / "ann-admin.id").read_bytes()


@pytest.fixture(scope="module")
def private(ann) -> dict[str, str]:
    return id_reader.fields(id_reader.content(ann[1], ADMIN_PASSWORD))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pkcs8(key) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def test_the_container_is_as_documented(ann) -> None:
    found = id_reader.parts(ann[1])
    assert (found.kind, found.version, found.length) == (b"ID", 1, len(ann[1]))
    shown = id_reader.fields(found.public)
    assert shown["kind"] == "person"
    assert shown["chain"] == [b64(der) for der in ann[0].chain_der]


def test_the_private_part_opens_with_scrypt_as_documented_and_holds_the_keys(ann, private) -> None:
    key = load_der_private_key(base64.b64decode(private["signing_key"]), None)
    assert isinstance(key.curve, ec.SECP256R1)
    assert key.public_key() == ann[0].certificate.public_key()
    assert [len(base64.b64decode(private[field])) for field in ("mlkem_seed", "x25519")] == [64, 32]
    assert sorted(private) == ["mlkem_seed", "signing_key", "x25519"]


def test_a_seal_to_the_id_opens_as_documented(ann, private) -> None:
    sealed = seals.seal(b"secret", identities.sealing_key_of(ann[0].certificate), b"purpose")
    assert id_reader.open_seal(sealed, private, b"purpose") == b"secret"


def test_the_sealing_key_stands_in_the_certificate_as_documented(ann) -> None:
    extension = ann[0].certificate.extensions.get_extension_for_oid(
        identities.x509.ObjectIdentifier("1.2.840.113556.1.8000.2554.8510.18976.20864.21160.43560.6547980.165549")
    )
    assert not extension.critical
    assert extension.value.value[:4] == bytes.fromhex("048204c0")
    assert len(extension.value.value) == 4 + 1184 + 32


def test_a_file_of_another_writer_opens(ann, private) -> None:
    public = json.dumps({"kind": "person", "chain": [b64(der) for der in ann[0].chain_der]}).encode()
    data = id_reader.container(b"ID", public, json.dumps(private).encode(), "another password")
    opened = identities.load(data, "another password", WHAT)
    assert opened.name == "CN=Ann Admin/O=MyCompany/C=US"
    assert opened.signing_key.public_key() == ann[0].certificate.public_key()


def test_a_round_trip_keeps_everything(ann) -> None:
    data = identities.serialize(ann[0], "new password")
    opened = identities.load(data, "new password", WHAT)
    assert opened.chain == ann[0].chain
    assert opened.sealing_key == ann[0].sealing_key
    assert pkcs8(opened.signing_key) == pkcs8(ann[0].signing_key)


def test_an_accent_is_the_same_however_the_keyboard_sends_it(ann) -> None:
    data = seals.lock(b"content", "caf\u00e9 cr\u00e8me", seals.ID_FILE)
    assert seals.unlock(data, "cafe\u0301 cre\u0300me", seals.ID_FILE, WHAT) == b"content"
    assert id_reader.content(data, "caf\u00e9 cr\u00e8me") == b"content"


def test_nothing_of_the_secret_is_readable(ann, private) -> None:
    key = load_der_private_key(base64.b64decode(private["signing_key"]), None)
    number = key.private_numbers().private_value.to_bytes(32)
    secrets = [ADMIN_PASSWORD.encode(), number, *(base64.b64decode(private[field]) for field in private)]
    for secret in secrets:
        for form in (secret, base64.b64encode(secret)[:40], secret.hex().encode()[:40]):
            assert form not in ann[1]
    assert "SealingKey(…)" == repr(ann[0].sealing_key)
    assert repr(ann[0]) == "Identity(CN=Ann Admin/O=MyCompany/C=US)"


@pytest.mark.parametrize("password", ["", ADMIN_PASSWORD + " ", "\udcff" * 9])
def test_a_wrong_password_is_one_sentence(ann, password: str) -> None:
    with pytest.raises(WrongPassword) as refusal:
        identities.load(ann[1], password, WHAT)
    assert str(refusal.value) == "The ID file x.id cannot be opened with this password."


def test_a_truncated_file_is_damaged_at_every_length(ann) -> None:
    data = ann[1]
    for length in [*range(200), *range(200, len(data), 53), len(data) - 33, len(data) - 32, len(data) - 1]:
        with pytest.raises(Damaged) as refusal:
            identities.load(data[:length], ADMIN_PASSWORD, WHAT)
        expected = "is truncated" if length >= 18 else "is not an ID file"
        assert str(refusal.value).startswith(f"{WHAT} {expected}")


def test_a_file_with_something_behind_it_is_damaged(ann) -> None:
    with pytest.raises(Damaged, match="altered"):
        identities.load(ann[1] + b"\0", ADMIN_PASSWORD, WHAT)


def test_every_flipped_bit_is_noticed_without_a_password(ann) -> None:
    data = ann[1]
    for position in [*range(60), *range(60, len(data), 11), *range(len(data) - 40, len(data))]:
        flipped = bytearray(data)
        flipped[position] ^= 1 << position % 8
        with pytest.raises(Damaged):
            identities.describe(bytes(flipped), WHAT)


@pytest.mark.parametrize("where", ["public", "salt", "nonce", "sealed", "tag"])
def test_a_bit_flipped_on_purpose_opens_nothing(ann, where: str) -> None:
    data, size = bytearray(ann[1]), len(id_reader.parts(ann[1]).public)
    position = {"public": 18 + size - 12, "salt": 18 + size, "nonce": 34 + size, "sealed": 46 + size, "tag": len(data) - 33}
    data[position[where]] ^= 1
    with pytest.raises((Damaged, WrongPassword)):
        identities.load(id_reader.digested(bytes(data)), ADMIN_PASSWORD, WHAT)


def test_a_file_of_another_version_says_so(ann) -> None:
    data = bytearray(ann[1])
    data[8:10] = (2).to_bytes(2)
    with pytest.raises(Damaged) as refusal:
        identities.describe(id_reader.digested(bytes(data)), WHAT)
    assert str(refusal.value) == "The ID file x.id has version 2; this program reads version 1."


@pytest.mark.parametrize("kind", [b"BK", b"AC", b"XX"])
def test_a_container_of_another_kind_is_no_id(kind: bytes) -> None:
    data = seals.lock(b"content", "any password", kind)
    with pytest.raises(Damaged, match="is not of the type that is needed here"):
        identities.describe(data, WHAT)


@pytest.mark.parametrize("data", [b"", b"-----BEGIN CERTIFICATE-----\n" + b"A" * 99, b"\xff\xd8\xff\xe0" * 9, b"\0" * 5000])
def test_other_files_are_no_ids(data: bytes) -> None:
    with pytest.raises(Damaged, match="is not an ID file of this program"):
        identities.describe(data, WHAT)


HOSTILE = [
    b"", b"\xff", b"[" * 200_000, b"[]", b"{}", b'{"kind": "person"}', b'{"kind": "person", "chain": []}',
    b'{"kind": "person", "chain": [1]}', b'{"kind": "person", "chain": ["!"]}', b'{"kind": "person", "chain": ["MAA="]}',
    b'{"kind": "person", "chain": 7}',
]  # fmt: skip


@pytest.mark.parametrize("public", HOSTILE, ids=lambda text: repr(text[:30]))
def test_a_public_part_made_to_confuse_is_damaged(ann, public: bytes) -> None:
    found = id_reader.parts(ann[1])
    body = found.salt + found.nonce + found.sealed + found.digest
    head = b"DADMIN" + b"ID" + b"\0\x01" + (18 + len(public) + len(body)).to_bytes(4) + len(public).to_bytes(4)
    with pytest.raises(Damaged):
        identities.describe(id_reader.digested(head + public + body), WHAT)


def test_a_public_part_longer_than_the_file_is_damaged(ann) -> None:
    data = bytearray(ann[1])
    data[14:18] = (2**31).to_bytes(4)
    with pytest.raises(Damaged, match="altered"):
        identities.describe(id_reader.digested(bytes(data)), WHAT)


@pytest.mark.parametrize("kind", ["certifier", "nobody"])
def test_an_id_cannot_call_itself_something_else(ann, kind: str) -> None:
    public = json.dumps({"kind": kind, "chain": [b64(der) for der in ann[0].chain_der]}).encode()
    data = seals.lock(b"", "pass word", seals.ID_FILE, public)
    with pytest.raises(Damaged, match="is damaged: its certificates do not match its type"):
        identities.describe(data, WHAT)


def hostile_private(private: dict[str, str]) -> dict[str, bytes]:
    stranger = ec.generate_private_key(ec.SECP256R1())
    changes = {
        "another signing key": {"signing_key": b64(pkcs8(stranger))},
        "a key of another kind": {"signing_key": b64(pkcs8(ed25519.Ed25519PrivateKey.generate()))},
        "no key": {"signing_key": b64(b"no key")},
        "another sealing key": {"x25519": b64(b"\x01" * 32)},
        "half a seed": {"mlkem_seed": b64(b"\x01" * 32)},
    }
    made = {what: json.dumps({**private, **change}).encode() for what, change in changes.items()}
    return {**made, "no JSON": b"\xff\xff", "a list": b"[]", "nothing": b"{}"}


@pytest.mark.parametrize("what", sorted(hostile_private({})))
def test_keys_that_are_not_those_of_the_certificate_make_no_id(ann, private, what: str) -> None:
    public = id_reader.parts(ann[1]).public
    data = id_reader.container(b"ID", public, hostile_private(private)[what], "pass word")
    with pytest.raises(Damaged, match="is damaged: its keys do not match its certificate"):
        identities.load(data, "pass word", WHAT)


def test_an_id_lasts_ten_years_but_never_longer_than_its_certifier() -> None:
    certifier = ids.organization("O=Brief", 7, NOW, years=3)
    person = ids.certify(certifier, "person", "CN=Ann/O=Brief", 8, NOW)
    assert person.certificate.not_valid_after_utc == certifier.certificate.not_valid_after_utc
    long = ids.organization("O=Long", 7, NOW)
    person = ids.certify(long, "person", "CN=Ann/O=Long", 8, NOW)
    assert 3650 <= (person.certificate.not_valid_after_utc - NOW).days <= 3653


@pytest.mark.judge
@pytest.mark.parametrize("name", ["CN=Ann Admin/O=MyCompany", "CN=Jörg O'Neil/OU=Sales/OU=West/O=MyCompany/C=US"])
def test_every_judge_accepts_an_ids_path(name: str) -> None:
    from tests.outside.judges import everyone_verifies

    organization = "O=MyCompany/C=US" if name.endswith("US") else "O=MyCompany"
    certifier = ids.organization(organization, 2**150 + 1, NOW)
    person = ids.certify(certifier, "person", name, 2**150 + 2, NOW)
    everyone_verifies(person.certificate, certifier.certificate)
    assert person.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
