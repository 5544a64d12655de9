"""One bad certificate for each check of the lint, named after its defect, with the lint's message."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.pki.lint_cases import (
    Case,
    algorithms_differ,
    alternative,
    certified_key,
    changed_ca,
    changed_leaf,
    changed_root,
    changed_rsa_leaf,
    common_name,
    compressed,
    country,
    crl_at,
    cut_leaf,
    extension,
    issued_by,
    load,
    made_critical,
    nameless_issuer,
    not_critical,
    ocsp_at,
    off_the_curve,
    purposes,
    re_encoded_issuer,
    signed_by_another_kind,
    signed_with_sha1,
    spki,
    twice,
    uri,
)
from tests.specimens import (
    HOST,
    NOW,
    SERIAL,
    der,
    intermediate_draft,
    leaf,
    name,
    root,
    root_draft,
    spliced,
    tlv,
    usage,
)

SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
NOT_LISTED = "is not among the subjectAltNames"
CONSTRAINTS = x509.NameConstraints([x509.DNSName("example.com")], None)
PATH_LENGTH_0 = x509.BasicConstraints(ca=True, path_length=0)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")
UTC_TIME = tlv(0x17, f"{NOW + timedelta(days=365):%y%m%d%H%M%SZ}".encode())
GENERALIZED = tlv(0x18, f"{NOW + timedelta(days=365):%Y%m%d%H%M%SZ}".encode())
SERIAL_TLV = tlv(0x02, SERIAL.to_bytes(16))

FIELDS: dict[str, tuple[Case, str]] = {
    "version 1": (cut_leaf(bytes.fromhex("a003020102"), b""), "not version 3"),
    "no extensions": (changed_leaf(lambda draft: draft.but(extensions={})), "has no extensions"),
    "serial 0": (cut_leaf(SERIAL_TLV, tlv(2, b"\0")), "serial number is not positive"),
    "negative serial": (cut_leaf(SERIAL_TLV, tlv(2, b"\x81" * 16)), "serial number is not positive"),
    "serial of 21 octets": (cut_leaf(SERIAL_TLV, tlv(2, b"\x01" * 21)), "longer than 20 octets"),
    "serial with a 21st octet for the sign": (
        cut_leaf(SERIAL_TLV, tlv(2, b"\0" + b"\x81" * 20)),
        "longer than 20 octets",
    ),
    "serial 1": (changed_leaf(lambda draft: draft.but(serial=1)), "too short to hold 64 random bits"),
    "serial of 64 bits": (
        changed_leaf(lambda draft: draft.but(serial=(1 << 64) - 1)),
        "too short to hold 64 random bits",
    ),
    "two signature algorithms": (algorithms_differ, "differs from the outer one"),
    "issuer without a name": (nameless_issuer, "issuer's name is empty"),
    "issuer of another name": (changed_leaf(lambda draft: draft.but(issuer=name("Nobody"))), "octet for octet"),
    "issuer encoded in another way": (re_encoded_issuer, "octet for octet"),
    "expires before it begins": (
        changed_leaf(lambda draft: draft.but(not_before=NOW, not_after=NOW)),
        "before it becomes valid",
    ),
    "begins before its issuer": (
        changed_leaf(lambda draft: draft.but(not_before=NOW - timedelta(days=3))),
        "before its issuer's certificate does",
    ),
    "outlives its issuer": (
        changed_leaf(lambda draft: draft.but(not_after=NOW + timedelta(days=3651))),
        "expires after its issuer's certificate does",
    ),
    "GeneralizedTime before 2050": (cut_leaf(UTC_TIME, GENERALIZED), "is a GeneralizedTime"),
    "subject unique identifier": (
        lambda: (load(spliced(der(leaf()), spki(leaf()), spki(leaf()) + tlv(0x82, b"\0x"))), root()),
        "unique identifier",
    ),
}
NAMES: dict[str, tuple[Case, str]] = {
    "subject of the issuer": (changed_leaf(lambda draft: draft.but(subject=draft.issuer)), "the issuer's own name"),
    "subject of the issuer in other letters and spaces": (
        changed_leaf(
            lambda draft: draft.but(
                subject=name("SPECIMEN  root Ec-P256", country_name="US", organization_name=" specimen ")
            )
        ),
        "the issuer's own name",
    ),
    "empty subject": (
        changed_leaf(lambda draft: draft.but(subject=x509.Name([])).lacking(x509.SubjectAlternativeName)),
        "subject is empty",
    ),
    "empty subject of a CA": (changed_ca(lambda draft: draft.but(subject=x509.Name([]))), "subject is empty"),
    "BMPString": (common_name(0x1E, HOST.encode("utf-16be")), "neither a UTF8String nor a PrintableString"),
    "TeletexString": (common_name(0x14, HOST.encode()), "neither a UTF8String nor a PrintableString"),
    "IA5String as common name": (common_name(0x16, HOST.encode()), "neither a UTF8String nor a PrintableString"),
    "empty common name": (common_name(0x0C, b""), "common name is empty"),
    "NUL": (common_name(0x0C, b"www\0.example.com"), "control or invisible character"),
    "line feed": (common_name(0x0C, b"www\n.example.com"), "control or invisible character"),
    "right-to-left override": (common_name(0x0C, "www\u202emoc".encode()), "control or invisible character"),
    "zero-width space": (common_name(0x0C, "My\u200bCompany".encode()), "control or invisible character"),
    "Hangul filler": (common_name(0x0C, "My\u3164Company".encode()), "control or invisible character"),
    "variation selector": (common_name(0x0C, "MyCompany\ufe0f".encode()), "control or invisible character"),
    "line separator": (common_name(0x0C, "My\u2028Company".encode()), "control or invisible character"),
    "common name of 65 characters": (common_name(0x0C, b"a" * 65), "longer than 64 characters"),
    "country in lower case": (country(tlv(0x13, b"de")), "two upper-case letters"),
    "country of three letters": (country(tlv(0x13, b"DEU")), "two upper-case letters"),
    "country as UTF8String": (country(tlv(0x0C, b"DE")), "two upper-case letters"),
    "two organizations": (
        changed_leaf(
            lambda draft: draft.but(
                subject=x509.Name([*name(organization_name="A"), *name(HOST, organization_name="B")])
            )
        ),
        "more than one organization",
    ),
}
KEYS: dict[str, tuple[Case, str]] = {
    "signed with SHA-1": (signed_with_sha1, "signature algorithm is not RSA"),
    "signed with a key of another kind": (signed_by_another_kind, "does not match the issuer's key"),
    "Ed25519": (
        certified_key(lambda: ed25519.Ed25519PrivateKey.generate().public_key()),
        "public key is not RSA",
    ),
    "P-521": (certified_key(lambda: ec.generate_private_key(ec.SECP521R1()).public_key()), "public key is not RSA"),
    "P-192": (certified_key(lambda: ec.generate_private_key(ec.SECP192R1()).public_key()), "public key is not RSA"),
    "point off the curve": (off_the_curve, "not a valid key of its algorithm"),
    "RSA 1024": (certified_key(lambda: rsa.generate_private_key(65537, 1024).public_key()), "has 1024 bits"),
    "RSA 8192": (certified_key(lambda: rsa.RSAPublicNumbers(65537, (1 << 8191) + 1).public_key()), "has 8192 bits"),
    "exponent 3": (certified_key(lambda: rsa.RSAPublicNumbers(3, (1 << 2047) + 1).public_key()), "exponent is 3"),
    "compressed point": (compressed, "compressed point"),
    "the issuer's key": (certified_key(lambda: root_draft().public_key), "public key is the issuer's own"),
}
EXTENSIONS: dict[str, tuple[Case, str]] = {
    "an extension twice": (twice, "The extension 2.5.29.17 appears more than once"),
    "unknown critical extension": (
        changed_leaf(lambda draft: draft.having(UNKNOWN, critical=True)),
        "1.3.6.1.4.1.99999.7",
    ),
    "CA without critical basicConstraints": (not_critical(x509.BasicConstraints), "basicConstraints of a CA"),
    "CA without basicConstraints": (
        changed_ca(lambda draft: draft.lacking(x509.BasicConstraints)),
        "not a CA certificate, but its keyUsage",
    ),
    "leaf with keyCertSign": (
        changed_leaf(lambda draft: draft.having(usage("digital_signature", "key_cert_sign"), critical=True)),
        "not a CA certificate, but its keyUsage",
    ),
    "leaf with cRLSign": (
        changed_leaf(lambda draft: draft.having(usage("digital_signature", "crl_sign"), critical=True)),
        "not a CA certificate, but its keyUsage",
    ),
    "CA without keyCertSign": (
        changed_ca(lambda draft: draft.having(usage("crl_sign"), critical=True)),
        "lacks keyCertSign or cRLSign",
    ),
    "CA without cRLSign": (
        changed_ca(lambda draft: draft.having(usage("key_cert_sign"), critical=True)),
        "lacks keyCertSign or cRLSign",
    ),
    "path length without keyCertSign": (
        changed_ca(lambda draft: draft.having(usage("crl_sign"), critical=True).having(PATH_LENGTH_0, critical=True)),
        "path length, but the keyUsage",
    ),
    "path length without cA": (
        cut_leaf(
            lambda _: tlv(4, tlv(0x30)),
            tlv(4, tlv(0x30, tlv(2, b"\0"))),
            lambda draft: draft.having(x509.BasicConstraints(ca=False, path_length=None), critical=True),
        ),
        "cannot be read back: path_length",
    ),
    "issued by a leaf": (
        issued_by(lambda draft: draft.lacking(x509.BasicConstraints)),
        "issuer's certificate does not allow",
    ),
    "issued by a CRL signer": (
        issued_by(lambda draft: draft.having(usage("crl_sign"), critical=True)),
        "issuer's certificate does not allow",
    ),
    "CA below path length 0": (
        issued_by(lambda draft: draft.having(PATH_LENGTH_0, critical=True), intermediate_draft),
        "issuer's path length is 0",
    ),
    "no keyUsage": (changed_leaf(lambda draft: draft.lacking(x509.KeyUsage)), "has no keyUsage"),
    "keyUsage not critical": (not_critical(x509.KeyUsage, changed_leaf), "keyUsage is not critical"),
    "keyUsage without a bit": (cut_leaf(extension("2.5.29.15"), tlv(4, tlv(3, b"\0"))), "keyUsage allows nothing."),
    "encipherOnly without keyAgreement": (
        cut_leaf(extension("2.5.29.15"), tlv(4, tlv(3, b"\0\1"))),
        "cannot be read back: encipher_only",
    ),
    "keyEncipherment with ECDSA": (
        changed_leaf(lambda draft: draft.having(usage("digital_signature", "key_encipherment"), critical=True)),
        "which only RSA keys support",
    ),
    "dataEncipherment with ECDSA": (
        changed_leaf(lambda draft: draft.having(usage("digital_signature", "data_encipherment"), critical=True)),
        "which only RSA keys support",
    ),
    "keyAgreement with RSA": (
        changed_rsa_leaf(lambda draft: draft.having(usage("digital_signature", "key_agreement"), critical=True)),
        "has keyAgreement",
    ),
    "empty extKeyUsage": (
        cut_leaf(lambda _: tlv(4, tlv(0x30, tlv(6, bytes.fromhex("2b06010505070301")))), tlv(4, tlv(0x30))),
        "cannot be read back: error parsing",
    ),
    "a purpose twice": (purposes(SERVER_AUTH, SERVER_AUTH), "lists a purpose twice"),
    "any purpose": (purposes(SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), "anyExtendedKeyUsage"),
    "critical extKeyUsage": (purposes(SERVER_AUTH, critical=True), "extKeyUsage is critical"),
    "code signing without digitalSignature": (
        changed_leaf(
            lambda draft: draft.having(usage("key_agreement"), critical=True).having(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
            )
        ),
        "no usage for the purpose 1.3.6.1.5.5.7.3.3",
    ),
    "nameConstraints not critical": (
        changed_ca(lambda draft: draft.having(CONSTRAINTS)),
        "nameConstraints are not critical",
    ),
    "nameConstraints of a leaf": (
        changed_leaf(lambda draft: draft.having(CONSTRAINTS, critical=True)),
        "but it has nameConstraints",
    ),
    "garbage in an extension": (
        cut_leaf(extension("2.5.29.31"), tlv(4, b"garbage")),
        "cannot be read back: error parsing",
    ),
}
IDENTIFIERS: dict[str, tuple[Case, str]] = {
    "no subjectKeyIdentifier": (
        changed_leaf(lambda draft: draft.lacking(x509.SubjectKeyIdentifier)),
        "no subjectKeyIdentifier",
    ),
    "arbitrary subjectKeyIdentifier": (
        changed_leaf(lambda draft: draft.having(x509.SubjectKeyIdentifier(b"\x01" * 20))),
        "subjectKeyIdentifier is not the SHA-1",
    ),
    "arbitrary subjectKeyIdentifier of a CA": (
        changed_ca(lambda draft: draft.having(x509.SubjectKeyIdentifier(b"\x01" * 20))),
        "subjectKeyIdentifier is not the SHA-1",
    ),
    "critical subjectKeyIdentifier": (made_critical(x509.SubjectKeyIdentifier), "subjectKeyIdentifier is critical"),
    "no authorityKeyIdentifier": (
        changed_leaf(lambda draft: draft.lacking(x509.AuthorityKeyIdentifier)),
        "no authorityKeyIdentifier",
    ),
    "authorityKeyIdentifier without a key": (
        changed_leaf(lambda draft: draft.having(x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(name("A"))], 7))),
        "no authorityKeyIdentifier",
    ),
    "authorityKeyIdentifier of another key": (
        changed_leaf(lambda draft: draft.having(x509.AuthorityKeyIdentifier(b"\x01" * 20, None, None))),
        "not the issuer's subjectKeyIdentifier",
    ),
    "root with another's authorityKeyIdentifier": (
        changed_root(lambda draft: draft.having(x509.AuthorityKeyIdentifier(b"\x01" * 20, None, None))),
        "not the issuer's subjectKeyIdentifier",
    ),
    "critical authorityKeyIdentifier": (
        made_critical(x509.AuthorityKeyIdentifier),
        "authorityKeyIdentifier is critical",
    ),
    "CRL at an FTP address": (crl_at(uri("ftp://ca.example.com/ca.crl")), "cRLDistributionPoints lack an address"),
    "CRL without a host": (crl_at(uri("http:///ca.crl")), "cRLDistributionPoints lack an address"),
    "CRL at half an address": (crl_at(uri("http://[::1/ca.crl")), "cRLDistributionPoints lack an address"),
    "CRL by directory name": (crl_at(x509.DirectoryName(name("CRL"))), "cRLDistributionPoints lack an address"),
    "no CRL distribution point": (
        cut_leaf(extension("2.5.29.31"), tlv(4, tlv(0x30))),
        "cRLDistributionPoints lack an address",
    ),
    "critical cRLDistributionPoints": (
        made_critical(x509.CRLDistributionPoints),
        "cRLDistributionPoints are critical",
    ),
    "OCSP by host name": (ocsp_at(x509.DNSName("ocsp.example.com")), "authorityInfoAccess lacks an address"),
    "OCSP at a file": (ocsp_at(uri("file:///ocsp")), "authorityInfoAccess lacks an address"),
    "empty authorityInfoAccess": (
        cut_leaf(extension("1.3.6.1.5.5.7.1.1"), tlv(4, tlv(0x30))),
        "authorityInfoAccess lacks an address",
    ),
    "critical authorityInfoAccess": (
        made_critical(x509.AuthorityInformationAccess),
        "authorityInfoAccess is critical",
    ),
}
ALTERNATIVE_NAMES: dict[str, tuple[Case, str]] = {
    "server without subjectAltName": (
        changed_leaf(lambda draft: draft.but(subject=name("Web server")).lacking(x509.SubjectAlternativeName)),
        "has no subjectAltName",
    ),
    "empty subjectAltName": (
        cut_leaf(extension("2.5.29.17"), tlv(4, tlv(0x30)), lambda draft: draft.but(subject=name("Web server"))),
        "subjectAltName is empty",
    ),
    "critical subjectAltName": (alternative(critical=True), "critical although there is a subject"),
    "subjectAltName not critical": (
        changed_leaf(lambda draft: draft.but(subject=x509.Name([]))),
        "not critical although there is none",
    ),
    "network": (alternative(x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))), "the network 10.0.0.0/8"),
    "common name of another host": (
        changed_leaf(lambda draft: draft.but(subject=name("other.example.com"))),
        NOT_LISTED,
    ),
    "common name of another address": (changed_leaf(lambda draft: draft.but(subject=name("10.0.0.1"))), NOT_LISTED),
}
TABLE = FIELDS | NAMES | KEYS | EXTENSIONS | IDENTIFIERS | ALTERNATIVE_NAMES
