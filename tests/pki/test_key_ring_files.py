"""Hostile key ring files: truncated, altered, swapped, and made to block the program."""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from dominoadmin.errors import Damaged, WrongPassword
from dominoadmin.pki import key_rings
from tests.pki.authorities import CA, NOW, Terms, certificate, issue, root, subordinate

PASSWORD = "correct horse"
SECRET = PASSWORD.encode()
KEY = ec.generate_private_key(ec.SECP256R1())
ROOT = root()
SUB = subordinate(ROOT, "Sub CA")
LEAF = issue(SUB, KEY.public_key())
SHA256 = bytes.fromhex("608648016503040201")
PASSWORD_BLOCK = ((PASSWORD + "\0").encode("utf-16-be") * 64)[:64]
PLAIN = NoEncryption()


def written(key, leaf, others=(), rounds=1000):
    """Write a file only with cryptography, with few rounds so that many variants can be tried."""
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds).hmac_hash(hashes.SHA256())
    protection = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).build(SECRET)
    return pkcs12.serialize_key_and_certificates(b"server", key, leaf, others, protection)


GOOD = written(
    KEY,
    LEAF,
    [
        pkcs12.PKCS12Certificate(SUB.certificate, b"Intermediate: Sub CA"),
        pkcs12.PKCS12Certificate(ROOT.certificate, b"Trusted root: My Root"),
    ],
)


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes(-(-size.bit_length() // 8), "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def elements(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        tag, size, start = data[0], data[1], 2
        if size & 0x80:
            start = 2 + (size & 0x7F)
            size = int.from_bytes(data[2:start], "big")
        if start + size > len(data):
            raise ValueError
        found.append((tag, data[start : start + size]))
        data = data[start + size :]
    return found


def at(data: bytes, *path: int) -> bytes:
    """Return the element at these positions, from the outermost inwards."""
    for place in path:
        data = tlv(*elements(data)[place])
        outer, data = data, inside(data)
    return outer


def inside(element: bytes) -> bytes:
    return elements(element)[0][1]


# PFX > authSafe > [0] > OCTET STRING > AuthenticatedSafe; in it the safe of certificates and that of the key.
SAFES = (0, 1, 1, 0, 0)
ENCRYPTED = (*SAFES, 0, 1, 0, 1)
KEY_SAFE = (*SAFES, 1)
KEY_BAG = (*KEY_SAFE, 1, 0, 0, 0)


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace one element at any depth, and correct all lengths around it."""
    made = b""
    for tag, content in elements(data):
        whole = tlv(tag, content)
        nested = tag & 0x20 or (tag == 4 and content[:1] == b"\x30" and is_whole(content))
        if whole == old:
            made += new
        else:
            made += tlv(tag, replaced(content, old, new)) if nested else whole
    return made


def is_whole(content: bytes) -> bool:
    try:
        return len(elements(content)) == 1
    except (ValueError, IndexError):
        return False


def loads_like_good(data: bytes) -> bool:
    ring = key_rings.load(data, PASSWORD)
    numbers = ring.private_key.private_numbers() == KEY.private_numbers()
    labels = [(r.label, r.certificate) for r in ring.trusted_roots] == [("My Root", ROOT.certificate)]
    return numbers and labels and (ring.certificate, ring.intermediates) == (LEAF, (SUB.certificate,))


def test_a_file_of_somebody_else_with_the_same_shape_is_read():
    assert loads_like_good(GOOD)


@pytest.mark.judge
def test_openssl_s_own_default_file_is_read(tmp_path):
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, PLAIN)
    (tmp_path / "both.pem").write_bytes(
        pem + LEAF.public_bytes(Encoding.PEM) + SUB.certificate.public_bytes(Encoding.PEM)
    )
    argv = ["openssl", "pkcs12", "-export", "-in", "both.pem", "-passout", f"pass:{PASSWORD}", "-out", "o.p12"]
    subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True)
    ring = key_rings.load((tmp_path / "o.p12").read_bytes(), PASSWORD)
    assert (ring.certificate, ring.intermediates, ring.trusted_roots) == (LEAF, (SUB.certificate,), ())


def test_intermediates_keep_their_order():
    below = subordinate(SUB, "Below CA")
    data = written(KEY, issue(below, KEY.public_key()), [below.certificate, SUB.certificate])
    assert key_rings.load(data, PASSWORD).intermediates == (below.certificate, SUB.certificate)


@pytest.mark.parametrize("password", ["wrong", "", "Correct horse", "correct horse "])
def test_a_wrong_password_is_one_sentence(password):
    with pytest.raises(WrongPassword) as raised:
        key_rings.load(GOOD, password)
    text = "The key ring cannot be opened: the password is wrong, or the file was altered."
    assert str(raised.value) == text


def test_a_file_cut_off_anywhere_is_damaged():
    for size in [*range(0, len(GOOD), 17), len(GOOD) - 1]:
        with pytest.raises(Damaged, match="The file is not a key ring, or it was truncated or altered"):
            key_rings.load(GOOD[:size], PASSWORD)


def test_a_file_with_something_behind_it_is_damaged():
    with pytest.raises(Damaged):
        key_rings.load(GOOD + b"\x00", PASSWORD)


def test_no_flipped_bit_changes_what_is_loaded():
    refused = 0
    for position in range(len(GOOD)):
        data = bytearray(GOOD)
        data[position] ^= 1 << position % 8
        try:
            assert loads_like_good(bytes(data)), position
        except (Damaged, WrongPassword):
            refused += 1
    # Accepted changes are outside the MAC and have no meaning (such as a NULL).
    assert refused > len(GOOD) * 0.99


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100_000,
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 20,
        LEAF.public_bytes(Encoding.PEM),
        LEAF.public_bytes(Encoding.DER),
        x509.CertificateSigningRequestBuilder()
        .subject_name(LEAF.subject)
        .sign(KEY, hashes.SHA256())
        .public_bytes(Encoding.DER),
        base64.encodebytes(GOOD),
        b"\x30\x80" + GOOD[4:] + b"\x00\x00",
        tlv(0x30, b"\x02\x01\x03" * 100_000),
        b"\x30\x84\xff\xff\xff\xff",
    ],
    ids=["empty", "zeros", "jpeg", "pem", "certificate", "csr", "base64", "indefinite", "integers", "huge-length"],
)
def test_what_is_not_a_key_ring_is_one_sentence(data):
    with pytest.raises(Damaged, match=r"^The file is not a key ring, or it was truncated or altered\.$"):
        key_rings.load(data, PASSWORD)


def test_more_than_a_megabyte_is_not_even_looked_at():
    with pytest.raises(Damaged, match="has 104857600 bytes"):
        key_rings.load(bytes(100 << 20), PASSWORD)


class TestCounts:
    """Large counts would keep the processor busy and block all threads."""

    MAC = integer(2048)
    OTHER = integer(1000)

    @pytest.mark.parametrize(
        "count", [2_000_001, 10_000_000, 2**31 - 1, 2**63, 2**80_000], ids=lambda count: f"{count.bit_length()}-bits"
    )
    @pytest.mark.parametrize("old", [MAC, OTHER], ids=["mac", "pbkdf2"])
    def test_too_many_rounds_are_refused_at_once(self, old, count):
        data = replaced(GOOD, old, integer(count))
        assert data != GOOD
        started = time.process_time()
        with pytest.raises(Damaged, match="requires more than 2000000 rounds"):
            key_rings.load(data, PASSWORD)
        assert time.process_time() - started < 0.05

    def test_a_count_of_the_key_alone_is_seen_too(self):
        key_safe = at(GOOD, *KEY_SAFE)
        data = replaced(GOOD, key_safe, replaced(key_safe, self.OTHER, integer(10**9)))
        with pytest.raises(Damaged, match="rounds"):
            key_rings.load(data, PASSWORD)

    @pytest.mark.parametrize("count", [0, -1, -(2**70)])
    def test_fewer_rounds_than_one_are_refused(self, count):
        for old in (self.MAC, self.OTHER):
            with pytest.raises(Damaged):
                key_rings.load(replaced(GOOD, old, integer(count)), PASSWORD)

    def test_the_attack_is_real_and_a_hidden_key_runs_its_rounds_in_cryptography(self):
        data = with_hidden_key(GOOD, 3_000_000)
        started = time.process_time()
        with pytest.raises(ValueError, match="Invalid"):  # after the rounds, which result in another key
            pkcs12.load_pkcs12(data, SECRET)
        assert time.process_time() - started > 0.1

    def test_a_second_key_hidden_in_the_encrypted_safe_never_gets_its_rounds(self):
        data = with_hidden_key(GOOD, 2**31 - 1)
        started = time.process_time()
        with pytest.raises(WrongPassword):
            key_rings.load(data, PASSWORD)
        assert time.process_time() - started < 0.5

    def test_a_key_larger_than_rsa_4096_is_never_checked(self):
        data = replaced(GOOD, at(GOOD, *KEY_BAG, 1, 0, 1), tlv(4, b"\xa5" * 4000))
        assert data != GOOD
        with pytest.raises(Damaged, match="larger than RSA 4096"):
            key_rings.load(data, PASSWORD)

    def test_the_largest_key_allowed_fits(self):
        key = rsa.generate_private_key(65537, 4096)
        assert key_rings.load(written(key, issue(ROOT, key.public_key())), PASSWORD).private_key.key_size == 4096


def with_hidden_key(data: bytes, rounds: int) -> bytes:
    """Put a shrouded key with its own count into the safe of certificates, and encrypt it again."""
    salt = inside(at(data, *ENCRYPTED, 1, 1, 0, 1, 0))
    iv = inside(at(data, *ENCRYPTED, 1, 1, 1, 1))
    cipher = Cipher(algorithms.AES(PBKDF2HMAC(hashes.SHA256(), 32, salt, 1000).derive(SECRET)), modes.CBC(iv))
    encrypted = at(data, *ENCRYPTED, 2)
    bags = inside(unpadded(cipher.decryptor().update(inside(encrypted))))
    hidden = replaced(at(data, *KEY_BAG), integer(1000), integer(rounds))
    assert hidden != at(data, *KEY_BAG)
    content = cipher.encryptor().update(padded(tlv(0x30, bags + hidden)))
    return with_new_mac(replaced(data, encrypted, tlv(0x80, content)))


def with_new_mac(data: bytes) -> bytes:
    """Correct the MAC (RFC 7292, appendix B), with one round and a salt and password of one block."""
    content = inside(at(data, 0, 1, 1, 0))
    key = hashlib.sha256(b"\x03" * 64 + b"s" * 64 + PASSWORD_BLOCK).digest()
    mac = tlv(0x30, tlv(0x30, tlv(6, SHA256) + tlv(5, b"")) + tlv(4, hmac.digest(key, content, "sha256")))
    return replaced(data, at(data, 0, 2), tlv(0x30, mac + tlv(4, b"s" * 8)))


def padded(data):
    padder = padding.PKCS7(128).padder()
    return padder.update(data) + padder.finalize()


def unpadded(data):
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(data) + unpadder.finalize()


class TestWrongParts:
    def test_no_certificate_of_the_key_is_damaged(self):
        for others in ([ROOT.certificate], [issue(ROOT, ec.generate_private_key(ec.SECP256R1()).public_key())]):
            with pytest.raises(Damaged, match="no certificate for its key"):
                key_rings.load(written(KEY, None, others), PASSWORD)

    def test_no_key_is_damaged(self):
        with pytest.raises(Damaged):
            key_rings.load(written(None, LEAF), PASSWORD)

    def test_no_certificate_at_all_is_damaged(self):
        with pytest.raises(Damaged):
            key_rings.load(written(KEY, None), PASSWORD)

    def test_a_key_of_another_kind_is_damaged(self):
        key = ed25519.Ed25519PrivateKey.generate()
        with pytest.raises(Damaged, match="key of an unsupported type"):
            key_rings.load(written(key, issue(ROOT, key.public_key())), PASSWORD)

    @pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP521R1()), rsa.generate_private_key(65537, 1024)])
    def test_a_key_of_another_size_is_damaged(self, key):
        with pytest.raises(Damaged, match=r"The key ring cannot be used\. A key ring cannot contain a key of type"):
            key_rings.load(written(key, issue(ROOT, key.public_key())), PASSWORD)

    def test_a_certificate_that_cannot_be_parsed_is_damaged(self):
        extension = x509.UnrecognizedExtension(x509.oid.ExtensionOID.KEY_USAGE, b"\x30\x01")
        broken = (
            x509.CertificateBuilder()
            .subject_name(LEAF.subject)
            .issuer_name(ROOT.certificate.subject)
            .public_key(SUB.key.public_key())
            .serial_number(7)
            .not_valid_before(NOW)
            .not_valid_after(NOW)
            .add_extension(extension, critical=True)
            .sign(ROOT.key, hashes.SHA256())
        )
        with pytest.raises(Damaged, match="A certificate in the key ring cannot be read"):
            key_rings.load(written(KEY, LEAF, [broken]), PASSWORD)

    @pytest.mark.parametrize(
        "option", [["-legacy"], ["-keypbe", "NONE", "-certpbe", "NONE"], ["-nomac"], ["-macalg", "sha1"]]
    )
    def test_older_or_weaker_protections_are_refused_in_a_sentence(self, option, tmp_path):
        pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, PLAIN) + LEAF.public_bytes(Encoding.PEM)
        (tmp_path / "both.pem").write_bytes(pem)
        argv = ["openssl", "pkcs12", "-export", *option, "-in", "both.pem", "-passout", f"pass:{PASSWORD}", "-out", "o"]
        subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True)
        with pytest.raises(Damaged, match="is not a key ring"):
            key_rings.load((tmp_path / "o").read_bytes(), PASSWORD)

    def test_many_certificates_are_read(self):
        others = [certificate(f"CA {n}", KEY.public_key(), None, KEY, Terms(constraints=CA)) for n in range(50)]
        assert len(key_rings.load(written(KEY, LEAF, others), PASSWORD).intermediates) == 50
