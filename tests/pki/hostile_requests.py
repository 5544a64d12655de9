"""A table of hostile certification requests, and of odd but harmless ones.

Each case is a name, a function that builds the bytes, and a fragment of the refusal; `ACCEPTED` for the harmless ones.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from tests.pki import der
from tests.pki.der import alt_names, dns, extension, extensions, sequence, tlv
from tests.pki.requests_by_hand import (
    ECDSA_SHA256,
    HOST,
    Signing,
    built,
    ec_key,
    garbage_rsa,
    key_pem,
    pem,
    raw_rsa,
    request,
    rsa_numbers,
    spki,
    usual,
    weak_request,
)

ACCEPTED = "accepted"
RSA_MD5 = sequence(der.oid("1.2.840.113549.1.1.4"), tlv(der.NULL))
CA_TRUE = sequence(tlv(der.BOOLEAN, b"\xff"))
CONSTRAINTS = sequence(tlv(0xA0, sequence(dns("example.com"))))


@dataclass(frozen=True)
class Case:
    name: str
    build: Callable[[], bytes]
    expected: str


def subject(kind: str, value: str | bytes, tag: int = der.UTF8) -> Callable[[], bytes]:
    return lambda: request(der.name(der.attribute(kind, value, tag)))


def sans(*names: bytes) -> Callable[[], bytes]:
    return lambda: request(attributes=alt_names(*names))


def asking(*each: bytes) -> Callable[[], bytes]:
    return lambda: request(attributes=extensions(*each))


UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180f\u2800\u3164\ufe00\ufe0f\uffa0\U000e0100\U000e01ef"
"""Nothing is drawn for them, although they are letters, marks or symbols (Unicode: Default_Ignorable_Code_Point; blank Braille)."""


def names() -> list[Case]:
    common, country, email = der.COMMON_NAME, der.COUNTRY, der.EMAIL_ADDRESS
    ous = [der.attribute(der.ORGANIZATIONAL_UNIT, f"unit {n}") for n in range(2000)]
    two = sequence(der.set_of(der.attribute(common, "a"), der.attribute(der.ORGANIZATIONAL_UNIT, "b")))
    emails = [der.attribute(email, f"{who}@example.com", der.IA5) for who in ("ann", "bob")]
    return [
        Case("NUL in the common name", subject(common, "www.example.com\0.evil.org"), "control character"),
        Case("line feed in the common name", subject(common, "www\nexample"), "control character"),
        Case("bidi override in the common name", subject(common, "www.\u202emoc.example"), "control character"),
        Case("zero-width space in the organization", subject(der.ORGANIZATION, "My\u200bCompany"), "invisible"),
        *(Case(f"U+{ord(one):04X} in the common name", subject(common, f"MyCompany{one} CA"), "invisible") for one in UNSEEN),
        Case("1 MB common name", subject(common, "a" * 1_000_000), "larger than 64 KiB"),
        Case("65 letters in the common name", subject(common, "a" * 65), "at most 64"),
        Case("60,000 letters in the common name", subject(common, "a" * 60_000), "at most 64"),
        Case("empty common name", subject(common, ""), "is empty"),
        Case("common name of blanks", subject(common, "   "), "is empty"),
        Case("empty subject, no other name", lambda: request(sequence()), "contains no name"),
        Case("country of three letters", subject(country, "USA", der.PRINTABLE), "two letters"),
        Case("country that is two letters in upper case only", subject(country, "ß"), "two letters"),
        Case("2,000 organizational units", lambda: request(der.name(*ous)), "more than one OU"),
        Case("domain component", subject("0.9.2342.19200300.100.1.25", "example", der.IA5), "not supported (0.9.2342.19200300.100.1.25)"),
        Case("two attributes in one part", lambda: request(two), "several attributes"),
        Case("unique identifier, a bit string", subject("2.5.4.45", b"\0\1", der.BIT_STRING), "empty or not text"),
        Case(
            "Latin-1 in a T61 string", subject(common, "M\xfcller".encode("latin-1"), der.T61), "subject cannot be read"
        ),
        Case("at sign in a printable string", subject(common, "a@b", der.PRINTABLE), "ASN.1 type does not allow"),
        Case("broken UTF-8", subject(common, b"\xff\xfe"), "subject cannot be read"),
        Case("number as common name", subject(common, b"\1", der.INTEGER), "subject cannot be read"),
        Case("CRLF in the e-mail address", subject(email, "a@b.org\r\nBcc: c@d.org", der.IA5), "control character"),
        Case("two addresses in the e-mail", subject(email, "a@b.org,c@d.org", der.IA5), "not an e-mail address"),
        Case("two e-mail attributes", lambda: request(der.name(*emails)), "more than one e-mail"),
        Case("only an e-mail address", lambda: request(der.name(emails[0])), "contains no name"),
        Case("BMP string", subject(common, "Müller".encode("utf-16-be"), der.BMP), ACCEPTED),
        Case("country in lower case", subject(country, "us", der.PRINTABLE), ACCEPTED),
    ]


def alternative_names() -> list[Case]:
    upn = tlv(0xA0, der.oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xA0, tlv(der.UTF8, b"admin@corp.example")))
    many = [dns(f"h{n}.example.com") for n in range(101)]
    crowd = [dns(f"{n:06}.example.com") for n in range(100_000)]
    return [
        Case("NUL in a host name", sans(dns("a.com\0.evil.org")), "control character"),
        Case("wildcard above a top-level domain", sans(dns("*.com")), "top-level"),
        Case("wildcard alone", sans(dns("*")), "whole leftmost label"),
        Case("wildcard inside a label", sans(dns("w*.example.com")), "whole leftmost label"),
        Case("wildcard in the middle", sans(dns("www.*.example.com")), "whole leftmost label"),
        Case("two wildcards", sans(dns("*.*.example.com")), "whole leftmost label"),
        Case("underscore", sans(dns("_dmarc.example.com")), "underscore"),
        Case("empty host name", sans(dns("")), "A host name is required."),
        Case("leading dot", sans(dns(".example.com")), "empty part"),
        Case("blank in a host name", sans(dns("www example.com")), "contains a space"),
        Case("address as a host name", sans(dns("10.0.0.1")), "ends in a number"),
        Case("bidi override in a host name", sans(dns("www.\u202emoc.example")), "invisible"),
        Case("false punycode", sans(dns("xn--a.example.com")), "IDNA"),
        Case("label of 64", sans(dns("a" * 64 + ".com")), "longer than 63"),
        Case("host name of 255", sans(dns(".".join(["a" * 63] * 4))), "longer than 253"),
        Case("Latin-1 host name", sans(dns("bücher.de".encode("latin-1"))), "extensions cannot be read"),
        Case("Windows user principal name", sans(upn), "otherName (1.3.6.1.4.1.311.20.2.3)"),
        Case("directory name", sans(tlv(0xA4, HOST)), "directoryName"),
        Case("registered identifier", sans(tlv(0x88, b"\x2a\x03")), "registeredID"),
        Case("X.400 address", sans(tlv(0xA3)), "x400Address"),
        Case("network as address", sans(tlv(0x87, bytes([10, 0, 0, 0, 255, 0, 0, 0]))), "not an IP address"),
        Case("address of five bytes", sans(tlv(0x87, bytes(5))), "extensions cannot be read"),
        Case("CRLF in an e-mail name", sans(tlv(0x81, b"a@b.org\r\nx")), "control character"),
        Case("URI with a password", sans(tlv(0x86, b"https://u:p@example.com/")), "password"),
        Case("URI without a host", sans(tlv(0x86, b"javascript:alert(1)")), "absolute URI"),
        Case("101 names", sans(*many), "at most 100"),
        Case("100,000 names", sans(*crowd), "larger than 64 KiB"),
        Case("3,000 short names", sans(*(dns(f"h{n}") for n in range(3000))), "at most 100"),
        Case("100 names", sans(*many[:100]), ACCEPTED),
        Case("host name in UTF-8", sans(dns("bücher.example")), ACCEPTED),
        Case("names only", lambda: request(sequence(), alt_names(dns("a.example"))), ACCEPTED),
    ]


def keys() -> list[Case]:
    n, d = rsa_numbers().public_numbers.n, rsa_numbers().d
    small = rsa.generate_private_key(65537, 1024)
    return [
        Case("RSA 1024", lambda: built(small, hashes.SHA256()), "1024 bits"),
        Case("RSA 16384", lambda: request(signing=garbage_rsa((1 << 16383) + 1, 65537)), "16384 bits"),
        Case("RSA 60000", lambda: request(signing=garbage_rsa((1 << 59999) + 1, 65537)), "60000 bits"),
        Case("RSA 2047", lambda: request(signing=garbage_rsa((1 << 2046) + 1, 65537)), "2047 bits"),
        Case("exponent 0", lambda: request(signing=garbage_rsa(n, 0)), "public exponent is not 65537"),
        Case("exponent 1", lambda: request(signing=raw_rsa(n, 1, 1)), "public exponent is not 65537"),
        Case("exponent 3", lambda: built(rsa.generate_private_key(3, 2048), hashes.SHA256()), "exponent is 3"),
        Case("even exponent", lambda: request(signing=garbage_rsa(n, 65538)), "public exponent is not 65537"),
        Case("exponent of 1,000 bits", lambda: request(signing=garbage_rsa(n, (1 << 999) + 1)), "very large"),
        Case("even modulus", lambda: request(signing=garbage_rsa(n + 1, 65537)), "small factor"),
        *(Case(f"RSA {name}", functools.partial(weak_request, name), fragment) for name, fragment in WEAK),
        Case("P-192", lambda: built(ec.generate_private_key(ec.SECP192R1()), hashes.SHA256()), "secp192r1"),
        Case("P-521", lambda: built(ec.generate_private_key(ec.SECP521R1()), hashes.SHA512()), "secp521r1"),
        Case("secp256k1", lambda: built(ec.generate_private_key(ec.SECP256K1()), hashes.SHA256()), "secp256k1"),
        Case("DSA", lambda: built(dsa.generate_private_key(2048), hashes.SHA256()), "DSA"),
        Case("Ed25519", lambda: built(ed25519.Ed25519PrivateKey.generate()), "Ed25519"),
        Case("point off the curve", off_the_curve, "public key cannot be read"),
        Case("unknown kind of key", unknown_key, "algorithm is not supported"),
        Case("RSA 2048", lambda: request(signing=raw_rsa(n, 65537, d)), ACCEPTED),
        Case("P-384", lambda: built(ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()), ACCEPTED),
    ]


WEAK = (
    ("roca", "ROCA"),
    ("neighbours", "too close together"),
    ("hundred-rounds", "too close together"),
    ("square", "too close together"),
    ("factor-3", "small factor"),
    ("factor-751", "small factor"),
)


def off_the_curve() -> bytes:
    good = spki(ec_key())
    return request(signing=Signing(good[:-1] + bytes([good[-1] ^ 1]), ECDSA_SHA256, lambda _: b"\x30\0"))


def unknown_key() -> bytes:
    return request(
        signing=Signing(sequence(sequence(der.oid("1.2.3.4")), tlv(3, b"\0abc")), ECDSA_SHA256, lambda _: b"0")
    )


def sha1_signature(tbs: bytes) -> bytes:
    return ec_key().sign(hashlib.sha1(tbs).digest(), ec.ECDSA(Prehashed(hashes.SHA1())))


def signatures() -> list[Case]:
    n, d = rsa_numbers().public_numbers.n, rsa_numbers().d
    sha1 = Signing(spki(ec_key()), sequence(der.oid("1.2.840.10045.4.1")), sha1_signature)
    other = ec.generate_private_key(ec.SECP256R1())
    forged = Signing(spki(ec_key()), ECDSA_SHA256, lambda tbs: other.sign(tbs, ec.ECDSA(hashes.SHA256())))
    unknown = Signing(spki(ec_key()), sequence(der.oid("1.2.3.4")), usual().sign)
    empty = Signing(spki(ec_key()), ECDSA_SHA256, lambda _: b"")
    return [
        Case("signed with SHA-1", lambda: request(signing=sha1), "signed with SHA-1"),
        Case("signed with MD5", lambda: request(signing=raw_rsa(n, 65537, d, RSA_MD5, "md5")), "signed with MD5"),
        Case("signed with another key", lambda: request(signing=forged), "signature is invalid"),
        Case("signed with an unknown algorithm", lambda: request(signing=unknown), "signature cannot be read"),
        Case("empty signature", lambda: request(signing=empty), "signature is invalid"),
        Case("changed after signing", lambda: request().replace(b"www.example", b"www.exbmple"), "signature is invalid"),
    ]


def wishes() -> list[Case]:
    basic, twice = (
        extension(der.BASIC_CONSTRAINTS, CA_TRUE, True),
        extension(der.SUBJECT_ALT_NAME, sequence(dns("a.b"))),
    )
    any_use = extension(der.EXTENDED_KEY_USAGE, sequence(der.oid("2.5.29.37.0")))
    sid = extension("1.3.6.1.4.1.311.25.2", sequence(tlv(0xA0, b"")))
    two_lists = extensions(twice) + extensions(basic)
    two_kinds = extensions(twice) + extensions(basic, kind=der.MICROSOFT_EXTENSION_REQUEST)
    two_values = sequence(der.oid(der.EXTENSION_REQUEST), der.set_of(sequence(twice), sequence(basic)))
    password = sequence(der.oid(der.CHALLENGE_PASSWORD), der.set_of(tlv(der.PRINTABLE, b"secret")))
    odd = [sequence(der.oid(f"1.2.3.{n}"), der.set_of(tlv(der.NULL))) for n in range(51)]
    return [
        Case("CA:TRUE", asking(basic), "asks for a CA certificate"),
        Case("unknown critical extension", asking(extension("1.2.3.4", b"\5\0", True)), "critical extension 1.2.3.4"),
        Case(
            "critical name constraints",
            asking(extension("2.5.29.30", CONSTRAINTS, True)),
            "name constraints (2.5.29.30)",
        ),
        Case("extension twice", asking(twice, twice), "2.5.29.17"),
        Case("two lists of extensions", lambda: request(attributes=two_lists), "extensions twice"),
        Case("two kinds of lists", lambda: request(attributes=two_kinds), "extensions twice"),
        Case("two values of one list", lambda: request(attributes=two_values), "attributes cannot be read"),
        Case("malformed key usage", asking(extension(der.KEY_USAGE, b"\x04\x01\x06")), "extensions cannot be read"),
        Case("51 extensions", asking(*(extension(f"1.2.3.{n}", b"\5\0") for n in range(51))), "51 extensions"),
        Case("51 attributes", lambda: request(attributes=b"".join(odd)), "51 attributes"),
        Case("any extended key usage", asking(any_use), ACCEPTED),
        Case("Microsoft security identifier", asking(sid), ACCEPTED),
        Case("challenge password", lambda: request(attributes=password), ACCEPTED),
        Case("CA:FALSE", asking(extension(der.BASIC_CONSTRAINTS, sequence())), ACCEPTED),
    ]


def without_attributes() -> bytes:
    """RFC 2986 requires at least an empty [0]; some old tools leave it out."""
    tbs = sequence(der.integer(0), HOST, usual().spki)
    return sequence(tbs, ECDSA_SHA256, tlv(der.BIT_STRING, b"\0", usual().sign(tbs)))


def broken_bits() -> bytes:
    """The signature's BIT STRING declares its last bit unused: the same signature in other bytes."""
    while (good := request())[-1] & 1:
        pass
    head, algorithm, signature = good.rpartition(ECDSA_SHA256)
    return head + algorithm + signature[:2] + b"\1" + signature[3:]


def structures() -> list[Case]:
    good = request()
    nest = functools.reduce(lambda inner, _: sequence(inner), range(10_000), b"")
    return [
        Case("version 2", lambda: request(version=1), "only version 1"),
        Case("attributes missing", without_attributes, "encoding cannot be read: it is malformed"),
        Case("cut off", lambda: good[:-1], "The request is truncated: "),
        Case("signature of a broken number of bytes", broken_bits, "signature is invalid"),
        Case("a byte too many", lambda: good + b"x", "followed by other data"),
        Case("10,000 sequences in each other", lambda: nest, "cannot be read"),
        Case("indefinite length", lambda: b"\x30\x80" + good[3:] + b"\0\0", "The file is not a certificate request"),
        Case("length of five bytes", lambda: b"\x30\x85" + bytes(5) + good, "The file is not a certificate request"),
    ]


def certificate() -> x509.Certificate:
    subject_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder(subject_name, subject_name, ec_key().public_key(), 1)
    return (
        builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(ec_key(), hashes.SHA256())
    )


def crl() -> bytes:
    builder = x509.CertificateRevocationListBuilder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
    builder = builder.last_update(datetime(2026, 1, 1, tzinfo=UTC)).next_update(datetime(2027, 1, 1, tzinfo=UTC))
    return builder.sign(ec_key(), hashes.SHA256()).public_bytes(Encoding.DER)


def private(encoding: Encoding, form: PrivateFormat, password: bytes = b"") -> Callable[[], bytes]:
    protection = BestAvailableEncryption(password) if password else NoEncryption()
    return lambda: ec_key().private_bytes(encoding, form, protection)


def p12() -> bytes:
    return pkcs12.serialize_key_and_certificates(b"x", ec_key(), None, None, BestAvailableEncryption(b"x"))


def files() -> list[Case]:
    good = request()
    pkcs8, old = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
    rsa_key = functools.partial(rsa.generate_private_key, 65537, 2048)
    public, pkcs1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1
    return [
        Case("empty file", lambda: b"", "is empty"),
        Case("blanks", lambda: b" \r\n ", "is empty"),
        Case("zeros", lambda: bytes(1000), "only zeros"),
        Case("100 MB of zeros", lambda: bytes(100_000_000), "larger than 64 KiB"),
        Case("certificate, DER", lambda: certificate().public_bytes(Encoding.DER), "is a certificate,"),
        Case("certificate, PEM", lambda: certificate().public_bytes(Encoding.PEM), "is a certificate,"),
        Case("revocation list", crl, "certificate revocation list"),
        Case("private key, PEM", key_pem, "is a private key"),
        Case("private key, old PEM", private(Encoding.PEM, old), "is a private key"),
        Case("private key, DER", private(Encoding.DER, pkcs8), "is a private key"),
        Case("private key, old DER", private(Encoding.DER, old), "is a private key"),
        Case("private key, encrypted", private(Encoding.DER, pkcs8, b"password"), "is a private key"),
        Case("RSA private key", lambda: rsa_key().private_bytes(Encoding.DER, old, NoEncryption()), "is a private key"),
        Case("public key", lambda: spki(ec_key()), "is a public key"),
        Case("RSA public key", lambda: rsa_key().public_key().public_bytes(Encoding.DER, pkcs1), "is a public key"),
        Case("public key, PEM", lambda: ec_key().public_key().public_bytes(Encoding.PEM, public), "is a public key"),
        Case("PKCS #12", p12, "PKCS #12"),
        Case("PKCS #7", lambda: sequence(der.oid("1.2.840.113549.1.7.2"), tlv(0xA0)), "PKCS #7"),
        Case("unknown PEM", lambda: pem(b"abc", "PGP MESSAGE"), "'PGP MESSAGE'"),
        Case("JPEG", lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(50), "JPEG"),
        Case("PNG", lambda: b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
        Case("PDF", lambda: b"%PDF-1.7\n", "PDF"),
        Case("ZIP", lambda: b"PK\x03\x04" + bytes(50), "ZIP"),
        Case("SSH key", lambda: b"ssh-ed25519 AAAAC3Nz ann@host\n", "SSH"),
        Case("UTF-16 with mark", lambda: pem(good).decode().encode("utf-16"), "UTF-16"),
        Case("UTF-16 without mark", lambda: pem(good).decode().encode("utf-16-be"), "UTF-16"),
        Case("web page", lambda: b"<!DOCTYPE html><title>Request</title>", "The file is not a certificate request"),
        Case("two requests", lambda: pem(good) + pem(good), "contains 2 certificate requests"),
        Case("request and private key", lambda: pem(good) + key_pem(), "private key in addition to the request"),
        Case("private key and request", lambda: key_pem() + pem(good), "private key in addition to the request"),
        Case("request and certificate", lambda: pem(good) + pem(b"x", "CERTIFICATE"), "a certificate in addition to the request"),
        Case("PEM without its end", lambda: pem(good)[:200], "END line is missing"),
        Case("PEM with a hole", lambda: pem(good).replace(pem(good)[50:53], b""), "The request is truncated"),
        Case("PEM with a wrong sign", lambda: pem(good)[:60] + b"*" + pem(good)[61:], "base64"),
        Case("PEM of a certificate called a request", mislabelled, "is a certificate,"),
        Case("base64 of nothing", lambda: b"aGVsbG8gd29ybGQ=", "The file is not a certificate request"),
        Case("one letter", lambda: b"0", "truncated or damaged"),
    ]


def mislabelled() -> bytes:
    return pem(certificate().public_bytes(Encoding.DER))


def cases() -> list[Case]:
    return [*names(), *alternative_names(), *keys(), *signatures(), *wishes(), *structures(), *files()]
