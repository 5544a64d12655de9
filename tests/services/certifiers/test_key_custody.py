"""The certifier's key: sealed, opened only by the right ID and password, and never readable."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from dominoadmin.errors import Damaged, Locked, Tampered, WrongPassword
from dominoadmin.pki import identities, keys, seals
from dominoadmin.services.certifiers import key_vault
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.store import certifiers, id_files
from tests import builders, specimens
from tests.builders import CA_NAME
from tests.conftest import ROB_PASSWORD, SERVER_PASSWORD
from tests.outside import id_reader

ACTIVATION = "activation 1"


def info(office, name: str = CA_NAME) -> bytes:
    """The `info` of a certifier's seal according to docs/id-files.md."""
    fingerprint = keys.fingerprint(builders.verified(office, name).issuer.public_key)
    return json.dumps(
        {"certifier": name, "public_key": fingerprint, "purpose": "certifier key"}, separators=(",", ":")
    ).encode()


def unsealed(office, file: str = "server.id", password: str = SERVER_PASSWORD) -> bytes:
    """Open the seal with the second reader."""
    private = id_reader.fields(id_reader.content((office.root / file).read_bytes(), password))
    return id_reader.open_seal(builders.record(office).active.sealed_key, private, info(office))


def secret_numbers(key) -> list[bytes]:
    match key:
        case rsa.RSAPrivateKey():
            numbers = key.private_numbers()
            return [number.to_bytes((number.bit_length() + 7) // 8) for number in (numbers.d, numbers.p, numbers.q)]
        case ec.EllipticCurvePrivateKey():
            return [key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8)]
        case _:
            return [key.private_bytes_raw()]


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ec-p256", "ml-dsa-65"])
def test_the_key_lies_sealed_as_documented_and_is_readable_nowhere(office, algorithm: str, tmp_path) -> None:
    builders.ready(office, key_algorithm=algorithm, backup_file=tmp_path / "data" / "ca.bak", backup_password="backup pass")
    fields = id_reader.fields(unsealed(office))
    assert fields["founder"] == office.ann.name
    der = base64.b64decode(fields["key"])
    key = load_der_private_key(der, None)
    assert keys.spki(key.public_key()) == keys.spki(builders.verified(office).issuer.public_key)
    builders.approved(office)
    assert len(builders.authority(office).issue_approved().issued) == 1
    files = [path for path in office.root.rglob("*") if path.is_file()]
    assert {"domain.db", "domain.db-wal", "ca.bak", "server.id"} <= {path.name for path in files}
    for path in files:
        data = path.read_bytes()
        for secret in [der, *secret_numbers(key)]:
            for form in (secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret)[:-4]):
                assert form not in data, path


def test_an_activation_password_lies_around_the_key_as_documented(office) -> None:
    builders.certifier(office, protection="server-id-and-password", activation_password=ACTIVATION)
    container = unsealed(office)
    assert (id_reader.parts(container).kind, id_reader.parts(container).public) == (b"AC", b"")
    assert sorted(id_reader.fields(id_reader.content(container, ACTIVATION))) == ["founder", "key"]


def test_a_locking_id_is_the_only_one_that_opens(office) -> None:
    builders.certifier(office, protection="locking-id", locking_id=id_files.describe(office.root / "rob-ra.id"))
    assert sorted(id_reader.fields(unsealed(office, "rob-ra.id", ROB_PASSWORD))) == ["founder", "key"]
    known, vault = builders.verified(office), KeyVault()
    for identity in (office.server, office.ann):
        with pytest.raises(Locked, match="cannot open the seal"):
            vault.open(known, identity)
    assert not vault.is_open(known.generation)
    vault.open(known, office.rob)
    assert vault.is_open(known.generation)
    assert repr(vault) == "KeyVault(1 open)"


def test_an_activation_password_is_needed_and_must_be_right(office) -> None:
    builders.certifier(office, protection="server-id-and-password", activation_password=ACTIVATION)
    known, vault = builders.verified(office), KeyVault()
    with pytest.raises(Locked, match="needs its activation password"):
        vault.open(known, office.server)
    with pytest.raises(WrongPassword, match="The key of CN=MyCompany CA/O=MyCompany cannot be opened"):
        vault.open(known, office.server, "activation 2")
    vault.open(known, office.server, ACTIVATION)
    assert known.issuer.public_key.verify(vault.sign(known, b"tbs"), b"tbs", ec.ECDSA(keys.hashes.SHA256())) is None


def test_a_closed_key_signs_nothing_and_says_what_to_enter(office) -> None:
    builders.certifier(office)
    builders.certifier(office, "Locked CA", "locking-id", locking_id=id_files.describe(office.root / "rob-ra.id"))
    known, vault = builders.verified(office), KeyVault()
    vault.open(known, office.server)
    vault.close(known.record.id)
    vault.close(known.record.id)
    with pytest.raises(Locked, match="is not active") as refusal:
        vault.sign(known, b"tbs")
    assert "tell ca activate" in refusal.value.hint
    with pytest.raises(Locked) as refusal:
        vault.sign(builders.verified(office, "Locked CA"), b"tbs")
    assert "tell ca unlock" in refusal.value.hint


def open_with(office, sealed: bytes, password: str = "") -> None:
    """Open a seal that somebody put in place of the certifier's; the audit log, which tells that too, is left out."""
    known = builders.verified(office)
    KeyVault().open(replace(known, record=certifiers.with_active(known.record, sealed_key=sealed)), office.server, password)


def test_another_certifiers_sealed_key_does_not_open(office) -> None:
    builders.certifier(office)
    builders.certifier(office, "Other CA")
    with pytest.raises(Locked, match="This ID cannot open the seal: it was created for another ID, or altered"):
        open_with(office, builders.record(office, "Other CA").active.sealed_key)
    with pytest.raises(Locked, match="This ID cannot open the seal: it was created for another ID, or altered"):
        open_with(office, b"rubbish")


def forged(office, content: bytes) -> bytes:
    """Anyone can seal something to the server, whose public key is in the directory."""
    return seals.seal(content, identities.sealing_key_of(office.server.certificate), info(office))


FORGED = {
    "rubbish": b"\xff\xff", "a list": b"[]", "no fields": b"{}", "deep": b"[" * 100_000,
    "no key": b'{"key": "AAAA", "founder": "CN=Ann Admin/O=MyCompany/C=US"}', "a number": b'{"key": 1, "founder": ""}',
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(FORGED))
def test_a_forged_seal_is_tampering_and_no_traceback(office, kind: str) -> None:
    builders.certifier(office)
    with pytest.raises(Tampered, match="does not belong to the certifier and its configuration"):
        open_with(office, forged(office, FORGED[kind]))


def test_a_seal_with_another_key_is_tampering(office) -> None:
    builders.certifier(office)
    stranger, certificate = keys.generate("ec-p256"), office.server.certificate
    with pytest.raises(Locked):
        open_with(office, key_vault.seal_key(stranger, CA_NAME, office.ann.name, certificate))
    content = {"key": base64.b64encode(keys.private_der(stranger)).decode(), "founder": office.ann.name}
    with pytest.raises(Tampered):
        open_with(office, forged(office, json.dumps(content).encode()))


def test_a_forged_activation_container_is_damaged(office) -> None:
    builders.certifier(office, protection="server-id-and-password", activation_password=ACTIVATION)
    for content, problem in ((b"rubbish", Damaged), (seals.lock(b"rubbish", "guessed it", seals.ACTIVATION), Tampered)):
        with pytest.raises(problem):
            open_with(office, forged(office, content), "guessed it")


def integer(value: int) -> bytes:
    return specimens.tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def test_a_forged_rsa_seal_with_the_right_public_key_opens_nothing(office) -> None:
    builders.certifier(office, key_algorithm="rsa-2048")
    certifier = builders.verified(office)
    public = certifier.issuer.public_key
    own = rsa.generate_private_key(65537, 2048).private_numbers()
    numbers = (0, public.public_numbers().n, 65537, own.d, own.p, own.q, own.dmp1, own.dmq1, own.iqmp)
    pkcs1 = specimens.tlv(0x30, b"".join(map(integer, numbers)))
    rsa_encryption = bytes.fromhex("300d06092a864886f70d0101010500")
    forged = specimens.tlv(0x30, integer(0) + rsa_encryption + specimens.tlv(0x04, pkcs1))
    content = json.dumps({"key": base64.b64encode(forged).decode(), "founder": office.ann.name}).encode()
    holder = identities.sealing_key_of(office.server.certificate)
    sealed = seals.seal(content, holder, key_vault._info(certifier.record.name, public))

    with pytest.raises(Tampered, match="does not belong to the certifier"):
        open_with(office, sealed)
