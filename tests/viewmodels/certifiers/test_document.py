"""The Certifier document shows all settings of its certifier's configuration."""

from dominoadmin.cli.main import main
from dominoadmin.pki.publication import Publication
from dominoadmin.viewmodels.certifiers import document as certifier_documents
from tests import builders

SAID = {
    "Maximum names per certificate": "100",
    "Hash": "SHA-384",
    "Base URLs": "http://pki.example.com/pki, http://other.example.com/pki",
    "Certificates per CRL partition": "5000",
    "Hours between delta CRLs": "6",
    "Folder for CRLs": "/srv/crl",
    "Program run for each new CRL": "/usr/local/bin/publish",
}


def certifier(office) -> None:
    publication = Publication(
        ("http://pki.example.com/pki", "http://other.example.com/pki"), 5000, 6, "/srv/crl", "/usr/local/bin/publish"
    )
    builders.certifier(office, key_algorithm="rsa-3072", hash_name="sha384", publication=publication)


def test_the_document_shows_hash_addresses_delta_partitions_folder_and_program(office) -> None:
    certifier(office)
    shown = certifier_documents.certifier(office.domain, office.actor(), 1)
    said = {node.label: node.value for section in shown.configuration for node in section.rows}
    assert {label: said.get(label) for label in SAID} == SAID


def test_certifier_show_says_the_same(office, capsys, monkeypatch) -> None:
    monkeypatch.setenv("DOMINOADMIN_KEYCHAIN", "none")
    certifier(office)
    assert main(["--data", str(office.domain.directory.root), "certifier", "show", builders.CA]) == 0
    lines = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines() if ":" in line)
    found = {label: lines.get(label, "").strip() for label in SAID}
    assert found == SAID
