"""Every kind of certificate that the program issues, checked by independent judges."""

import pytest
from cryptography import x509

from dominoadmin.store import certifiers, issued
from tests import builders
from tests.outside import judges

KEYS = ("rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")


def issue(office, algorithm: str, kind: str, key: str, names: tuple[str, ...]) -> tuple[x509.Certificate, x509.Certificate]:
    builders.certifier(office, key_algorithm=algorithm)
    builders.database(office)
    number = builders.approved(office, data=builders.csr(names=names, algorithm=key), kind=kind)
    assert builders.authority(office).issue_approved().issued == [number]
    with office.domain.store.snapshot() as db:
        root = x509.load_der_x509_certificate(certifiers.all_of(db)[0].active.certificate)
        leaf = x509.load_der_x509_certificate(issued.of_request(db, number).der)
    return leaf, root


@pytest.mark.judge
@pytest.mark.parametrize("algorithm", KEYS)
def test_a_certifier_and_its_server_certificate_satisfy_every_judge_that_knows_the_key(office, algorithm) -> None:
    leaf, root = issue(office, algorithm, "server", "ec-p256", ("www.example.com", "*.shop.example.com", "10.0.0.7"))

    judges.everyone_verifies(leaf, root, hostname="www.example.com")
    judges.pkilint_clean(leaf)
    judges.pkilint_clean(root)


@pytest.mark.judge
@pytest.mark.parametrize("key", ["rsa-2048", "ec-p384", "ml-dsa-65"])
def test_requests_with_every_kind_of_key_lead_to_good_certificates(office, key) -> None:
    leaf, root = issue(office, "ec-p256", "server", key, ("www.example.com",))

    judges.everyone_verifies(leaf, root, hostname="www.example.com")
    judges.pkilint_clean(leaf)


@pytest.mark.judge
@pytest.mark.parametrize("key", ["rsa-2048", "ec-p256"])
def test_client_certificates_are_good_for_tls_clients_and_mail(office, key) -> None:
    leaf, root = issue(office, "rsa-2048", "client", key, ("ann@example.com",))

    for purpose in ("sslclient", "smimesign"):
        judges.openssl_verifies(leaf, root, purpose=purpose)
        judges.gnutls_verifies(leaf, root, purpose=purpose)
    judges.nss_verifies(leaf, root, usage="C")
    judges.java_verifies(leaf, root)
    judges.pkilint_clean(leaf)


@pytest.mark.judge
def test_the_ids_of_people_and_servers_verify_up_to_the_organisation(office) -> None:
    for identity in (office.ann, office.rob, office.server):
        judges.openssl_verifies(identity.certificate, identity.anchor)
        judges.gnutls_verifies(identity.certificate, identity.anchor)
        judges.java_verifies(identity.certificate, identity.anchor)
        judges.pkilint_clean(identity.certificate)
    judges.pkilint_clean(office.ann.anchor)


def test_a_certificate_says_only_what_was_approved(office) -> None:
    leaf, root = issue(office, "ec-p256", "server", "rsa-2048", ("www.example.com",))

    found = {extension.oid._name: extension.critical for extension in leaf.extensions}
    assert found == {
        "subjectKeyIdentifier": False,
        "basicConstraints": True,
        "keyUsage": True,
        "extendedKeyUsage": False,
        "subjectAltName": False,
        "authorityKeyIdentifier": False,
    }
    assert leaf.serial_number.bit_length() > 64
    assert leaf.issuer == root.subject
    # Two hundred days to the second, the first and the last one included (RFC 5280, 4.1.2.5).
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).total_seconds() == 200 * 86400 - 1


