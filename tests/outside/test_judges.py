"""Each judge must refuse bad certificates."""

from __future__ import annotations

import functools
from datetime import timedelta

import pytest
from cryptography import x509

from tests.outside import judges
from tests.specimens import (
    HOST,
    NOW,
    der,
    intermediate,
    intermediate_draft,
    key,
    leaf,
    leaf_draft,
    pem,
    root,
    root_draft,
)

pytestmark = pytest.mark.judge

with_all = pytest.mark.parametrize("judge", judges.JUDGES.values(), ids=judges.JUDGES)
CLASSIC = ("rsa-2048", "ec-p256", "ec-p384")


@functools.cache
def _chain(root_key: str, between: str, leaf_key: str) -> tuple[x509.Certificate, x509.Certificate, x509.Certificate]:
    issuer = intermediate_draft(between, root_key)
    bottom = leaf_draft(leaf_key, issuer).signed(key(between, "intermediate"))
    return bottom, root(root_key), intermediate(between, root_key)


@functools.cache
def _expired() -> x509.Certificate:
    draft = leaf_draft().but(not_before=NOW - timedelta(days=1), not_after=NOW - timedelta(hours=1))
    return draft.signed(key("ec-p256", "root"))


def _impostor() -> x509.Certificate:
    """Make a root with the good root's name but another key."""
    draft = root_draft()
    other = root_draft("ec-p256", "impostor").public_key
    identifier = x509.SubjectKeyIdentifier.from_public_key(other)
    return draft.but(public_key=other).having(identifier).signed(key("ec-p256", "impostor"))


@with_all
@pytest.mark.parametrize("issuer", CLASSIC)
def test_each_accepts_a_good_server_certificate(judge, issuer):
    judge(leaf("rsa-2048", issuer), root(issuer), (), HOST)


@with_all
def test_each_accepts_a_path_with_an_intermediate(judge):
    bottom, top, between = _chain("rsa-2048", "ec-p384", "ec-p256")
    judge(bottom, top, [between], HOST)


@with_all
def test_each_refuses_a_path_with_a_gap(judge):
    bottom, top, _between = _chain("rsa-2048", "ec-p384", "ec-p256")
    with pytest.raises(AssertionError):
        judge(bottom, top, [], HOST)


@with_all
@pytest.mark.parametrize("other", [lambda: root("rsa-2048"), _impostor], ids=["a stranger", "an impostor"])
def test_each_refuses_another_root(judge, other):
    with pytest.raises(AssertionError):
        judge(leaf(), other(), (), HOST)


@with_all
def test_each_refuses_an_expired_certificate(judge):
    with pytest.raises(AssertionError):
        judge(_expired(), root(), (), HOST)


@with_all
def test_each_refuses_a_forged_signature(judge):
    forged = leaf_draft().signed(key("ec-p256", "leaf"))
    with pytest.raises(AssertionError):
        judge(forged, root(), (), HOST)


@pytest.mark.parametrize("name", ["openssl", "gnutls", "pyca"])
@pytest.mark.parametrize("host", ["other.example.com", "192.0.2.1"])
def test_those_who_ask_for_the_host_refuse_another(name, host):
    with pytest.raises(AssertionError):
        judges.JUDGES[name](leaf(), root(), (), host)


@pytest.mark.parametrize("verifies", [judges.openssl_verifies, judges.gnutls_verifies])
def test_a_server_certificate_is_not_a_clients(verifies):
    with pytest.raises(AssertionError):
        verifies(leaf(), root(), purpose="sslclient")


def test_nss_refuses_a_server_certificate_for_other_uses():
    for usage in ("C", "L", "S"):
        with pytest.raises(AssertionError):
            judges.nss_verifies(leaf(), root(), usage=usage)


def test_nss_takes_a_root_for_a_ca():
    judges.nss_verifies(root(), root(), usage="L")


def test_java_names_its_reason():
    with pytest.raises(AssertionError, match="EXPIRED"):
        judges.java_verifies(_expired(), root())


def test_java_starts_without_a_compiler_too(monkeypatch):
    monkeypatch.setattr(judges.shutil, "which", lambda _: None)
    source = judges.java_program.__wrapped__(judges.JAVA_SOURCE)
    monkeypatch.setattr(judges, "_java", lambda: source)
    judges.java_verifies(leaf(), root())


@pytest.mark.parametrize(
    "encode", [pem, der, lambda certificate: pem(certificate).decode()], ids=["PEM", "DER", "text"]
)
def test_certificates_are_taken_in_any_encoding(encode):
    judges.openssl_verifies(encode(leaf()), encode(root()), hostname=HOST, purpose="sslserver")


def test_pkilint_accepts_the_specimens_and_names_what_is_wrong():
    judges.pkilint_clean(leaf(), root())
    bad = leaf_draft().having(x509.SubjectAlternativeName([x509.DNSName("-bad-.example.com")]))
    with pytest.raises(AssertionError, match=r"pkix\.invalid_domain_name_syntax"):
        judges.pkilint_clean(bad.signed(key("ec-p256", "root")))


def test_pkilint_within_says_what_its_program_says():
    good = leaf_draft().having(x509.SubjectAlternativeName([x509.DNSName(HOST)])).signed(key("ec-p256", "root"))
    assert judges.pkilint_program_findings(good) == ""
    assert "pkix.invalid_domain_name_syntax" in judges.pkilint_program_findings(leaf())
    with pytest.raises(AssertionError, match=r"pkix\.invalid_domain_name_syntax"):
        judges.pkilint_clean(leaf(), allow=frozenset())


@pytest.mark.parametrize("kind", ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"])
def test_pyca_judges_ml_dsa(kind):
    bottom, top, between = _chain(kind, "ml-dsa-44", "ml-dsa-87")
    judges.everyone_verifies(bottom, top, [between], HOST)
    forged = leaf_draft("ec-p256", root_draft(kind)).signed(key(kind, "impostor"))
    with pytest.raises(AssertionError):
        judges.pyca_verifies(forged, root(kind))


def test_everyone_agrees_on_a_mixed_path_and_on_its_ca():
    bottom, top, between = _chain("rsa-2048", "ec-p384", "ec-p256")
    judges.everyone_verifies(bottom, top, [between], HOST)
    judges.everyone_verifies(between, top)


def test_everyone_asks_each_of_them():
    for name in ("openssl", "gnutls", "nss", "java", "pyca"):
        assert name in judges.JUDGES_BY_KEY["rsa"]
        assert name in judges.JUDGES_BY_KEY["ec"]
    with pytest.raises(AssertionError):
        judges.everyone_verifies(leaf(), root("rsa-2048"), (), HOST)
