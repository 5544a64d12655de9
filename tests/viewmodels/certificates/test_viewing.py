"""The data of a certificate viewer: every extension in words, times, chains, and hostile certificates."""

import contextlib
import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dominoadmin.errors import Refused
from dominoadmin.viewmodels.certificates import viewing
from tests import specimens as s

ROOT_KEY = s.key("ec-p256", "root")
BASE = s.leaf_draft().but(subject=s.name("PLACEHOLDER", country_name="US")).signed(ROOT_KEY)


def with_extension(value, critical=False):
    return s.der(s.leaf_draft().having(value, critical).signed(ROOT_KEY))


def flat(nodes):
    for node in nodes:
        yield node
        yield from flat(node.children)


def details(der):
    return list(flat(viewing.view(der, s.NOW).details))


def text(der, label):
    return next(node.text for node in details(der) if node.label == label)


POINT = x509.DistributionPoint(
    [x509.UniformResourceIdentifier("http://crl.example.com/a.crl")],
    None,
    frozenset([x509.ReasonFlags.key_compromise]),
    [x509.DirectoryName(s.name("CRL issuer"))],
)
RELATIVE = x509.DistributionPoint(
    None, x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "part 1")]), None, None
)
DAY = datetime(2026, 1, 2, tzinfo=UTC)
NOTICE = x509.UserNotice(None, "Read <b>this</b>")


@pytest.mark.parametrize(
    ("value", "label", "expected"),
    [
        (x509.BasicConstraints(False, None), "Basic constraints", "is not a certification authority"),
        (x509.BasicConstraints(True, 0), "Basic constraints", "The owner is a certification authority, with no other CA below it."),
        (x509.BasicConstraints(True, 3), "Basic constraints", "maximum number of CAs below it: 3"),
        (s.usage("key_agreement", "encipher_only"), "Key usage", "Key agreement, Encipher only"),
        (s.usage(), "Key usage", "None"),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, x509.ObjectIdentifier("1.2.3.4")]), "Extended key usage", "TLS web server authentication, 1.2.3.4"),
        (x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("2001:db8::1"))]), "Subject alternate names", "IP address: 2001:db8::1"),
        (x509.SubjectAlternativeName([x509.RFC822Name("a@b.example")]), "Subject alternate names", "E-mail address: a@b.example"),
        (x509.SubjectAlternativeName([x509.DirectoryName(s.name("x", organization_name="y"))]), "Subject alternate names", "Directory name: CN=x/O=y"),
        (x509.SubjectAlternativeName([x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))]), "Subject alternate names", "Registered ID: 1.2.3"),
        (x509.SubjectAlternativeName([x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x0c\x01x")]), "Subject alternate names", "Other name 1.2.3: 0C 01 78"),
        (x509.IssuerAlternativeName([x509.DNSName("ca.example.com")]), "Issuer alternate names", "Host name: ca.example.com"),
        (x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(s.name("Root"))], 255), "Authority key identifier", "FF"),
        (x509.CRLDistributionPoints([POINT]), "CRL distribution points", "Reasons: keyCompromise"),
        (x509.CRLDistributionPoints([RELATIVE]), "CRL distribution points", "Relative name: CN=part 1"),
        (x509.FreshestCRL([POINT]), "Freshest CRL", "CRL issuer: CN=CRL issuer"),
        (x509.AuthorityInformationAccess([x509.AccessDescription(x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1"), x509.UniformResourceIdentifier("http://ocsp.example.com"))]), "Authority information access", "OCSP responder: http://ocsp.example.com"),
        (x509.SubjectInformationAccess([x509.AccessDescription(x509.ObjectIdentifier("1.2.3"), x509.DNSName("x.example"))]), "Subject information access", "1.2.3: x.example"),
        (x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.5.29.32.0"), ["https://cps.example.com", NOTICE])]), "Certificate policies", "Notice: Read <b>this</b>"),
        (x509.NameConstraints([x509.DNSName("example.com")], [x509.DNSName("bad.example.com")]), "Name constraints", "Host name: bad.example.com"),
        (x509.PolicyConstraints(1, 2), "Policy constraints", "A policy is required after: 1 certificate"),
        (x509.InhibitAnyPolicy(2), "Inhibit any policy", "not accepted after 2"),
        (x509.TLSFeature([x509.TLSFeatureType.status_request]), "TLS feature", "must-staple"),
        (x509.TLSFeature([x509.TLSFeatureType.status_request_v2]), "TLS feature", "status_request_v2"),
        (x509.OCSPNoCheck(), "OCSP no-check", "Clients do not need to check whether this OCSP responder's certificate was revoked."),
        (x509.PrecertPoison(), "Precertificate poison", "precertificate"),
        (x509.PrivateKeyUsagePeriod(DAY.replace(tzinfo=None), DAY.replace(tzinfo=None)), "Private key usage period", "From: 2026-01-02 00:00:00 UTC"),
        (x509.MSCertificateTemplate(x509.ObjectIdentifier("1.2.3.9"), 1, 0), "Microsoft certificate template", "1.2.3.9"),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), "Extension 1.2.3.4.5", "Contents (DER): 05 00"),
    ],
)  # fmt: skip
def test_every_extension_is_told_in_words(value, label, expected):
    assert expected in text(with_extension(value), label)


def test_a_critical_extension_says_so():
    assert "Key usage (critical)" in [node.label for node in details(s.der(s.leaf()))]


def test_two_extensions_of_one_kind_are_shown_as_they_stand():
    doubled = s.spliced(s.der(s.leaf()), s.tlv(6, bytes.fromhex("551d1f")), s.tlv(6, bytes.fromhex("551d0e")))
    found = details(doubled)
    assert "An extension is malformed or appears more than once." in [node.value for node in found]
    assert [node.label for node in found].count("Subject key identifier") == 2


def test_a_malformed_extension_list_is_shown_as_bytes():
    key_usage = s.tlv(6, bytes.fromhex("551d0f"))
    broken = s.spliced(s.der(s.leaf()), key_usage, s.tlv(4, b"\x55\x1d\x0f"))
    try:
        found = details(broken)
    except Refused:  # the parser may refuse all of it
        return
    assert "To-be-signed part (DER)" in [node.label for node in found]


def test_names_and_children_have_an_end():
    many = s.name(organization_name="x")
    units = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"unit {number}") for number in range(300)]
    der = s.der(s.leaf_draft().but(subject=x509.Name([*many, *units])).signed(ROOT_KEY))
    shown = viewing.view(der, s.NOW)
    issued_to = shown.general[1].rows
    assert len(issued_to) == 19
    assert issued_to[16].value == "… and 285 more"
    assert shown.title.startswith("OU=unit 299")


def test_a_certificate_without_a_name_and_with_a_name_that_cannot_be_read():
    nobody = viewing.view(s.der(s.leaf_draft().but(subject=x509.Name([])).signed(ROOT_KEY)), s.NOW)
    assert (nobody.title, nobody.general[1].rows[0].value) == ("No name", "No name")
    broken = s.spliced(s.der(BASE), s.tlv(0x0C, b"PLACEHOLDER"), s.tlv(0x1B, b"odd"))
    assert viewing.view(broken, s.NOW).general[1].rows[0].value == "Cannot be read."


def test_bytes_in_a_name_are_shown_as_hex():
    odd = x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00\xff", x509.name._ASN1Type.BitString)
    shown = viewing.view(s.der(s.leaf_draft().but(subject=x509.Name([odd])).signed(ROOT_KEY)), s.NOW)
    assert shown.general[1].rows[0].value == "00 FF"


def test_keys_that_cannot_sign_here_are_named_all_the_same():
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    shown = viewing.summary(s.der(s.leaf_draft().but(public_key=key).signed(ROOT_KEY)), s.NOW)
    assert shown.key == "ed25519 (1.3.101.112)"
    old = dsa.generate_private_key(1024).public_key()
    assert "dsa" in viewing.summary(s.der(s.leaf_draft().but(public_key=old).signed(ROOT_KEY)), s.NOW).key.lower()


def test_a_negative_serial_number_is_shown():
    positive = s.tlv(2, s.SERIAL.to_bytes(16))
    negative = s.spliced(s.der(s.leaf()), positive, s.tlv(2, b"\xff\x01"))
    with contextlib.suppress(Refused):  # a refusal by the parser is also correct
        assert viewing.summary(negative, s.NOW).serial == "-FF"


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        (timedelta(minutes=5), "in 5 minutes"),
        (timedelta(minutes=-1), "1 minute ago"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(hours=-47), "47 hours ago"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=29, hours=23, minutes=50), "in 30 days"),
        (timedelta(days=29, hours=11), "in 29 days"),
        (timedelta(days=-29, hours=-23), "29 days ago"),
        (timedelta(hours=23, minutes=59), "in 24 hours"),
        (timedelta(minutes=59, seconds=40), "in 1 hour"),
        (timedelta(days=-729), "729 days ago"),
        (timedelta(days=731), "in 2 years"),
        (timedelta(days=-3653), "10 years ago"),
        (timedelta(days=3651, hours=23), "in 10 years"),
        (timedelta(days=3600), "in 9 years"),
    ],
)
def test_times_are_told_as_people_tell_them(delta, expected):
    assert viewing.relative(s.NOW + delta, s.NOW) == expected


def test_what_is_not_valid_yet_and_what_was():
    early = s.leaf_draft().but(not_before=s.NOW + timedelta(days=3))
    assert viewing.view(s.der(early.signed(ROOT_KEY)), s.NOW).sentence == "Not valid yet; becomes valid in 3 days."
    shown = viewing.view(s.der(s.leaf()), s.NOW + timedelta(days=400))
    assert (shown.state, shown.sentence) == ("bad", "Expired 35 days ago.")


def test_the_end_of_time_can_be_shown_everywhere(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        assert viewing.local(end) == "9999-12-31 23:59:59 UTC"
        assert viewing.local(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01 09:00:00 JST"
        rows = viewing.view(s.der(s.leaf()), s.NOW).general[3].rows
        assert len(rows[1].value.splitlines()) == 3
    finally:
        monkeypatch.undo()
        time.tzset()


def test_chains_say_what_holds():
    def told(*chain):
        return [(link.title, link.state, link.sentence) for link in viewing.chain([*chain], s.NOW)]

    leaf, root, middle = s.der(s.leaf()), s.der(s.root()), s.der(s.intermediate())
    assert [state for _, state, _ in told(leaf, root)] == ["ok", "ok"]
    assert told(leaf)[0][2].startswith("This certificate is not available here.")
    assert told(leaf, middle)[2][2] == "It was not signed by the certificate above it."
    assert told(leaf, b"junk")[0][:2] == ("Unreadable certificate", "bad")
    assert told() == []
    no_authority = s.root_draft().lacking(x509.BasicConstraints).signed(ROOT_KEY)
    assert "does not allow its owner to issue" in told(leaf, s.der(no_authority))[1][2]
    forged = s.spliced(root, s.tlv(0x0C, b"Specimen"), s.tlv(0x0C, b"Spekimen"), 2)
    assert told(forged)[0][2] == "It was not signed by the certificate above it."


@pytest.mark.parametrize("junk", [b"", b"0", s.der(s.leaf())[:-1], b"\x30\x80" + b"\0" * 50])
def test_what_is_no_certificate_is_refused_in_one_sentence(junk):
    with pytest.raises(Refused, match="The certificate cannot be read: it is truncated, altered, or not a certificate"):
        viewing.view(junk, s.NOW)
