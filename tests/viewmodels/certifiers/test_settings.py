"""A certifier's settings in words: in its document, in the audit log of any language, and in comparisons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin import i18n
from dominoadmin.pki.profiles import CertificateSettings, NamePolicy
from dominoadmin.pki.publication import Publication
from dominoadmin.services.certifiers import modifying
from dominoadmin.viewmodels.audit import entries
from dominoadmin.viewmodels.certifiers import document
from tests import builders


@pytest.fixture
def german():
    i18n.use("de")
    yield
    i18n.use("en")


def save(office, **fields) -> modifying.Saved:
    draft = modifying.begin(office.domain, office.actor(), 1)
    return modifying.save(office.domain, office.ann, replace(draft, **fields))


def last_facts(office) -> dict[str, list[str]]:
    (entry,) = entries.found(office.domain, entries.Filter(), 1)
    return dict(entries.facts(entry.detail))


def test_the_document_shows_all_that_a_configuration_says(office) -> None:
    builders.ready(office)
    issued = CertificateSettings(
        minimum_days=2, default_days=90, maximum_days=300, key_usage=("digitalSignature",), extended_key_usage=(),
        key_algorithms=("ec-p384",), names=NamePolicy(("dns",), ("example.com", "example.org"), False, 7),
    )  # fmt: skip
    publication = Publication(("http://ca.example.com/pki", "http://b.example.com/pki"), 500, 6, "/srv/crl", "/bin/push")
    save(
        office, caas=("Ann Admin", "Rob Ra"), settings=issued, hash_name="sha384", crl_days=20, crl_interval_days=5,
        publication=publication,
    )  # fmt: skip
    shown = document.certifier(office.domain, office.actor(), 1).configuration
    found = {(section.title, row.label): row.value for section in shown for row in section.rows}
    assert {key: value for key, value in found.items() if key[0] != "Versions"} == {
        ("Certifier", "Enabled"): "Yes",
        ("Certifier", "Encrypt Certifier ID with"): "Encrypt ID with Server ID",
        ("Certifier", "Locking ID"): "None",
        ("Certifier", "Sealed key"): "As originally sealed",
        ("Administrators", "CA administrators"): "Ann Admin/MyCompany/US\nRob Ra/MyCompany/US",
        ("Administrators", "RAs"): "Ann Admin/MyCompany/US",
        ("Certificates", "Minimum duration"): "2 days",
        ("Certificates", "Default duration"): "90 days",
        ("Certificates", "Maximum duration"): "300 days",
        ("Certificates", "Key usage"): "Digital signature",
        ("Certificates", "Extended key usage"): "None",
        ("Certificates", "Keys"): "ECDSA P-384",
        ("Certificates", "Alternate names"): "Host names",
        ("Certificates", "Only in these domains"): "example.com, example.org",
        ("Certificates", "Wildcards"): "No",
        ("Certificates", "Maximum names per certificate"): "7",
        ("Certificates", "Hash"): "SHA-384",
        ("Certificate revocation list", "CRL duration"): "20 days",
        ("Certificate revocation list", "Time between CRLs"): "5 days",
        ("Certificate revocation list", "Base URLs"): "http://ca.example.com/pki, http://b.example.com/pki",
        ("Certificate revocation list", "Certificates per CRL partition"): "500",
        ("Certificate revocation list", "Hours between delta CRLs"): "6",
        ("Certificate revocation list", "Folder for CRLs"): "/srv/crl",
        ("Certificate revocation list", "Program run for each new CRL"): "/bin/push",
    }


def test_the_audit_log_keeps_values_and_each_reader_has_them_in_a_language_of_his_own(office, german) -> None:
    builders.certifier(office)
    save(office, crl_days=20, hash_name="sha512", publication=Publication(("http://ca.example.com/pki",), 0, 6))
    (row,) = builders.sql(office, "SELECT detail FROM audit ORDER BY number DESC LIMIT 1")
    assert "Tage" not in row["detail"]
    assert "CRL-Dauer: 30 Tage → 20 Tage" in last_facts(office)["Änderungen"]
    i18n.use("en")
    assert last_facts(office)["Changes"] == [
        "Hash: Default for the key → SHA-512",
        "CRL duration: 30 days → 20 days",
        "Base URLs: None → http://ca.example.com/pki",
        "Hours between delta CRLs: None → 6",
    ]


@pytest.mark.parametrize(
    ("detail", "line"),
    [
        ({"field": "crl_days", "before": "30 Tage", "after": "20 Tage"}, "crl_days: 30 Tage → 20 Tage"),
        ({"field": "folder", "before": "", "after": "/srv"}, "folder: - → /srv"),
        ({"setting": "of a later version", "before": 1, "after": [2]}, "of a later version: 1 → [2]"),
        ({"setting": "crl_days", "before": "30", "after": True}, 'crl_days: "30" → true'),
        ({"setting": "ras", "before": [], "after": ["nobody's name"]}, "RAs: None → nobody's name"),
        ({"setting": ["odd"], "before": None, "after": {}}, "['odd']: null → {}"),
    ],
)
def test_entries_of_other_versions_and_damaged_ones_are_readable(detail, line) -> None:
    assert entries.facts({"changes": [detail]}) == [("Changes", [line])]
