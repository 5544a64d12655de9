"""Unusual certificates that the lint must accept."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.pki.lint_cases import (
    Case,
    changed_ca,
    changed_leaf,
    changed_root,
    changed_rsa_leaf,
    common_name,
    crl_at,
    issued_by,
    purposes,
    rfc7093,
    uri,
)
from tests.pki.lint_defects import CONSTRAINTS, PATH_LENGTH_0, UNKNOWN
from tests.specimens import (
    HOST,
    key,
    leaf_draft,
    name,
    root,
    root_draft,
    usage,
)

GOOD: dict[str, Case] = {
    "root with its own authorityKeyIdentifier": changed_root(
        lambda draft: draft.having(x509.AuthorityKeyIdentifier.from_issuer_public_key(draft.public_key))
    ),
    "empty subject with critical names": changed_leaf(
        lambda draft: draft.but(subject=x509.Name([])).having(
            x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=True
        )
    ),
    "common name in other letters": changed_leaf(lambda draft: draft.but(subject=name("WWW.Example.COM"))),
    "common name that is an address": changed_leaf(
        lambda draft: draft.but(subject=name("10.0.0.1")).having(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("10.0.0.1"))])
        )
    ),
    "client with a mail address": changed_leaf(
        lambda draft: (
            draft.but(subject=name("Ann Admin", email_address="ann@example.com"))
            .having(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]))
            .having(x509.SubjectAlternativeName([x509.RFC822Name("ann@example.com")]))
        )
    ),
    "client without alternative names": changed_leaf(
        lambda draft: (
            draft.but(subject=name("Ann Admin"))
            .having(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))
            .lacking(x509.SubjectAlternativeName)
        )
    ),
    "leaf without purposes": changed_leaf(lambda draft: draft.lacking(x509.ExtendedKeyUsage)),
    "time stamping alone, critical": purposes(ExtendedKeyUsageOID.TIME_STAMPING, critical=True),
    "Japanese name with its own space": changed_leaf(lambda draft: draft.but(subject=name("株式会社　例"))),
    "name of 64 characters of four octets": common_name(0x0C, ("😀" * 64).encode()),
    "two organizational units": changed_leaf(
        lambda draft: draft.but(
            subject=x509.Name([*name(organizational_unit_name="A"), *name("Ann", organizational_unit_name="B")])
        )
    ),
    "CA of another house, identified after RFC 7093": changed_ca(lambda draft: draft.having(rfc7093(draft.public_key))),
    "CA that constrains names": changed_ca(lambda draft: draft.having(CONSTRAINTS, critical=True)),
    "leaf below path length 0": issued_by(lambda draft: draft.having(PATH_LENGTH_0, critical=True)),
    "issuer without a key identifier": issued_by(lambda draft: draft.lacking(x509.SubjectKeyIdentifier)),
    "renewed root of the same name below path length 0": lambda: (
        root_draft("ec-p384")
        .but(subject=root_draft().subject, issuer=root_draft().subject)
        .having(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_draft().public_key))
        .signed(key("ec-p256", "root")),
        root_draft().having(PATH_LENGTH_0, critical=True).signed(key("ec-p256", "root")),
    ),
    "CRL in a directory": crl_at(uri("ldap:///CN=CA,O=Specimen?certificateRevocationList?base")),
    "unknown extension, not critical": changed_leaf(lambda draft: draft.having(UNKNOWN)),
    "keyAgreement with ECDSA": changed_leaf(
        lambda draft: draft.having(usage("digital_signature", "key_agreement"), critical=True)
    ),
    "RSA for encipherment only": changed_rsa_leaf(lambda draft: draft.having(usage("key_encipherment"), critical=True)),
    "until the end of 2060": lambda: (
        root_draft().but(not_after=datetime(2060, 12, 31, tzinfo=UTC)).signed(key("ec-p256", "root")),
        None,
    ),
    "signed with SHA-512": changed_leaf(lambda draft: draft.but(hash=hashes.SHA512())),
    "signed with a throw-away key": lambda: (leaf_draft().signed(key("ec-p384", "throw-away")), root()),
}
