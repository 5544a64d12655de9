"""Every rule of the lint is broken once by a certificate named after its defect, and good certificates pass."""

from __future__ import annotations

import ipaddress
import sys
import time
import timeit

import pytest
from cryptography import x509

from dominoadmin.pki import lint
from dominoadmin.pki.lint.facts import Facts, read
from tests.outside import judges
from tests.pki.lint_allowed import GOOD
from tests.pki.lint_cases import (
    extension,
    load,
    uri,
)
from tests.pki.lint_defects import TABLE
from tests.specimens import (
    der,
    intermediate,
    key,
    leaf,
    leaf_draft,
    name,
    root,
    spliced,
    tlv,
)

BAD_HOSTS = [
    "", " ", ".", "example.com.", ".example.com", "a..b", "under_score.com", "-a.com", "a-.com", "www.ex ample.com",
    "*", "*.", "a.*.com", "w*.example.com", "**.example.com", "10.0.0.1", "1.2.3", "ab--cd.com", "xn--.com",
    "xn--a.com", "xn--zz-.com", "https://a.com", "a.com/", "a.com:443", "a" * 64 + ".com", ".".join(["a" * 62] * 5),
    "a.com\n", "www.example.com\0.evil.org", "faß.de".encode().decode("latin-1"),
]  # fmt: skip
GOOD_HOSTS = [
    "localhost", "www.example.com", "WWW.Example.COM", "3com.com", "*.example.com", "xn--bcher-kva.example",
    "a" * 63 + ".com", "1.2.3.in-addr.arpa", "a-b--c.com",
]  # fmt: skip
BAD_MAILBOXES = [
    "ann",
    "@example.com",
    "ann@",
    "ann@exa mple.com",
    "Ann <ann@example.com>",
    "a..b@c.de",
    "a" * 65 + "@b.de",
]
GOOD_MAILBOXES = ["ann@example.com", "ann.admin+ca@mail.example.com", "o'hara@localhost"]
BAD_URIS = [
    "www.example.com", "//example.com/a", "http:", "http://exa mple.com/", "http://[::1/", "http://under_score/",
    "http://user@/x", "1http://example.com/", "http://example.com/%zz",
]  # fmt: skip
GOOD_URIS = [
    "https://example.com", "https://[2001:db8::1]:8443/a?b#c", "http://10.0.0.1/", "urn:uuid:0e0a5b1e-0000-4000-8000-1",
    "spiffe://trust.example/ns/a",
]  # fmt: skip


def _the_names(names: list[x509.GeneralName]) -> list[str]:
    draft = leaf_draft().but(subject=name("Web server")).having(x509.SubjectAlternativeName(names))
    return lint.problems(draft.signed(key("ec-p256", "root")), root())


@pytest.mark.parametrize(("case", "sentence"), TABLE.values(), ids=TABLE)
def test_the_defect_is_named(case, sentence):
    found = lint.problems(*case())
    assert any(sentence in problem for problem in found), found
    assert all(problem.endswith(".") and problem.startswith("The ") for problem in found)
    assert len(found) == len(set(found))


def test_a_single_defect_is_a_single_problem():
    """Some defects cannot come alone; for most, a second sentence would be noise."""
    alone = {defect for defect, (case, _) in TABLE.items() if len(lint.problems(*case())) == 1}
    assert set(TABLE) - alone == {
        "no extensions",
        "serial 0",
        "empty subject",
        "BMPString",
        "path length without keyCertSign",
        "subjectAltName not critical",
        "keyUsage without a bit",
    }


def test_every_rule_is_broken_by_some_defect():
    broken = set()
    for case, _ in TABLE.values():
        certificate, issuer = case()
        try:
            own = read(certificate)
            facts = Facts(own, read(issuer) if issuer else own)
            broken |= {rule.__name__ for rule in lint.RULES if list(rule(facts))}
        except (ValueError, x509.DuplicateExtension):
            continue
    by_syntax = {"host_names_are_well_formed", "mail_addresses_are_well_formed", "uris_are_well_formed"}
    assert {rule.__name__ for rule in lint.RULES} - broken == by_syntax


def test_every_rule_has_a_name_of_its_own_and_a_citation():
    assert len({rule.__name__ for rule in lint.RULES}) == len(lint.RULES)
    for rule in lint.RULES:
        assert rule.__doc__ and rule.__doc__.split()[0] in {"RFC", "X.680,", "CA/Browser", "NIST", "FIPS"}, (
            rule.__name__
        )


@pytest.mark.parametrize("host", BAD_HOSTS, ids=ascii)
def test_a_host_name_in_bad_syntax_is_refused(host):
    bad = x509.DNSName._init_without_validation(host)
    assert ["is not a host name" in problem for problem in _the_names([bad])] == [True]


@pytest.mark.parametrize("address", BAD_MAILBOXES)
def test_a_mail_address_in_bad_syntax_is_refused(address):
    bad = x509.RFC822Name._init_without_validation(address)
    assert [", which is not an e-mail address." in problem for problem in _the_names([bad])] == [True]


@pytest.mark.parametrize("text", BAD_URIS)
def test_a_uri_in_bad_syntax_is_refused(text):
    assert ["is not an absolute URI" in problem for problem in _the_names([uri(text)])] == [True]


def test_good_names_of_all_kinds_pass():
    names = [
        *map(x509.DNSName, GOOD_HOSTS),
        *map(x509.RFC822Name, GOOD_MAILBOXES),
        *map(uri, GOOD_URIS),
        x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
        x509.DirectoryName(name("Web server")),
    ]
    assert _the_names(names) == []


def test_a_hostile_name_is_quoted_and_cut_short():
    (problem,) = _the_names([x509.DNSName("\x1b[2J" + "a" * 100_000)])
    assert "\x1b" not in problem
    assert len(problem) < 200


@pytest.mark.judge
@pytest.mark.parametrize("issuer", ["rsa-2048", "ec-p256", "ec-p384", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"])
def test_good_certificates_pass_here_and_with_pkilint(issuer):
    top = root(issuer)
    assert lint.problems(top, None) == []
    judges.pkilint_clean(top)
    for algorithm in ("rsa-2048", "ec-p384", "ml-dsa-65"):
        below, between = leaf(algorithm, issuer), intermediate(algorithm, issuer)
        assert lint.problems(below, top) == []
        assert lint.problems(between, top) == []
        judges.pkilint_clean(below)
        judges.pkilint_clean(between)


@pytest.mark.judge
def test_a_good_certificate_passes_the_program_lint_pkix_cert():
    assert judges.pkilint_program_findings(root()) == ""
    assert judges.pkilint_program_findings(intermediate()) == ""


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_what_is_allowed_passes(case):
    assert lint.problems(*case()) == []


def test_an_unreadable_issuer_is_a_problem_too():
    broken = load(spliced(der(root()), extension("2.5.29.19")(root()), tlv(4, b"garbage")))
    (problem,) = lint.problems(leaf(), broken)
    assert problem.startswith("The certificate cannot be read back: ")


def test_no_flipped_bit_makes_the_lint_raise():
    encoded = der(leaf("rsa-2048"))
    for position in range(4, len(encoded), 3):
        bad = bytearray(encoded)
        bad[position] ^= 1 << position % 8
        try:
            certificate = load(bytes(bad))
        except (ValueError, x509.InvalidVersion):
            continue
        assert isinstance(lint.problems(certificate, root()), list)


def test_a_certificate_is_linted_within_a_millisecond():
    # 0.2 ms alone; a busy machine shares its caches, and the rule is that a batch of 1 000 takes no second.
    encoded, top = der(leaf("rsa-2048")), root()
    tracer = sys.gettrace()
    sys.settrace(None)  # otherwise this would measure the coverage tool
    try:
        taken = timeit.repeat(
            lambda: lint.problems(x509.load_der_x509_certificate(encoded), top),
            timer=time.process_time,
            number=50,
            repeat=10,
        )
    finally:
        sys.settrace(tracer)
    assert min(taken) / 50 < 0.001
