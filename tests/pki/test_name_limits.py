"""The domains, IP addresses and networks within which a certifier keeps names. Expected values are written by hand."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Refused
from dominoadmin.pki import name_limits
from dominoadmin.pki.general_names import parse
from dominoadmin.pki.profiles import CertificateSettings, NamePolicy, settings_from

LIMITS = ("example.com", "xn--bcher-kva.example", "192.0.2.7", "198.51.100.0/24", "2001:db8::/32")
INSIDE = [
    "dns:example.com", "dns:www.example.com", "dns:*.example.com", "dns:a.b.bücher.example",
    "ip:192.0.2.7", "ip:198.51.100.0", "ip:198.51.100.255", "ip:2001:db8:ffff::1",
    "email:ann@example.com", "email:ann@mail.example.com",
    "uri:https://www.example.com:8443/a?b#c", "uri:https://192.0.2.7/", "uri:https://[2001:db8::1]:8443/", "uri:spiffe://example.com/x",
]  # fmt: skip
OUTSIDE = [
    "dns:example.org", "dns:badexample.com", "dns:example.com.evil.org", "dns:com", "dns:localhost", "dns:*.example.org",
    "ip:192.0.2.6", "ip:192.0.2.8", "ip:198.51.101.0", "ip:2001:db9::", "ip:::1", "ip:10.0.0.1",
    "email:ann@example.org", "email:example.com@evil.org", "email:ann@localhost",
    "uri:https://evil.org/example.com", "uri:https://192.0.2.8/", "uri:https://[2001:db9::1]/", "uri:https://example.com.evil.org/",
]  # fmt: skip
FOREIGN_COMMON_NAMES = [
    "www.evil.org", "WWW.EVIL.ORG", "*.evil.org", "www.evil.org.", " www.evil.org ", "www.evil.org:8443", "203.0.113.9",
    "203.0.113.9:443", "2001:db9::1", "[2001:db9::1]", "[2001:db9::1]:443", "ceo@evil.org", "Ceo@Evil.Org",
    "https://www.evil.org/", "https://example.com@evil.org/", "bücher.evil", "www\u3002evil\u3002org",
    "\uff57\uff57\uff57.evil.org", "under_score.evil.org", "badexample.com",
]  # fmt: skip
OWN_COMMON_NAMES = [
    "", "Ann Admin", "Dr. Ann Admin", "MyCompany", "Ann", "www.example.com", "WWW.Example.COM", "*.example.com", "192.0.2.7",
    "192.0.2.7:443", "[2001:db8::1]", "ann@example.com", "https://www.example.com/x", "Bücher.example", "www.example.com:8443",
]  # fmt: skip


@pytest.mark.parametrize("name", INSIDE)
def test_what_is_within_a_limit_passes(name: str) -> None:
    assert name_limits.permit(LIMITS, parse(name))


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_within_no_limit_does_not_pass(name: str) -> None:
    assert not name_limits.permit(LIMITS, parse(name))


def test_the_end_of_an_address_is_no_domain() -> None:
    """Such a limit is refused when it is entered; a CAA could sign it with another program."""
    assert not name_limits.permit(("2.7",), parse("ip:192.0.2.7"))


@pytest.mark.parametrize("name", FOREIGN_COMMON_NAMES, ids=ascii)
def test_a_common_name_that_is_read_as_a_host_must_be_within_a_limit(name: str) -> None:
    assert not name_limits.permit_common_name(LIMITS, name)


@pytest.mark.parametrize("name", OWN_COMMON_NAMES, ids=ascii)
def test_a_common_name_within_a_limit_or_of_a_person_passes(name: str) -> None:
    assert name_limits.permit_common_name(LIMITS, name)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Example.COM", "example.com"), ("Bücher.example", "xn--bcher-kva.example"), ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"), ("192.0.2.7/32", "192.0.2.7"), ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"), ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8:0::/32", "2001:db8::/32"), ("2001:db8::1/128", "2001:db8::1"), ("::1", "::1"),
    ],
)  # fmt: skip
def test_a_limit_is_put_into_its_normal_form(typed: str, normal: str) -> None:
    assert name_limits.entered(typed) == normal
    name_limits.check(normal)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "A host name is required."), ("*.example.com", "is not a valid domain name."), (".example.com", "empty part"),
        ("Example.com", "is not a valid domain name."), ("under_score.com", "underscore"),
        ("192.0.2.1/24", "is not an IP address or network."), ("192.0.2.256", "is not an IP address or network."),
        ("192.0.2", "is not an IP address or network."), ("example.com/24", "is not an IP address or network."),
        ("2001:db8::/129", "is not an IP address or network."), ("fe80::1%eth0", "zone"), ("::ffff:192.0.2.7", "embedded"),
        ("2001:DB8::/32", "must be written as 2001:db8::/32."), ("192.0.2.7/32", "must be written as 192.0.2.7."),
        ("https://example.com", "is not an IP address or network."), ("example.com:443", "not a host name"),
    ],
)  # fmt: skip
def test_what_is_no_limit_is_refused(text: str, problem: str) -> None:
    with pytest.raises(Refused, match=problem):
        name_limits.check(text)
    with pytest.raises(Refused):
        CertificateSettings(names=NamePolicy(dns_suffixes=(text,))).check()


def test_what_is_no_limit_is_left_as_it_was_typed_for_the_check_to_refuse() -> None:
    assert name_limits.entered("*.Example.com") == "*.example.com"
    assert name_limits.entered("192.0.2.1/24") == "192.0.2.1/24"


def test_limits_are_kept_in_the_signed_configuration_and_an_old_one_reads_as_before() -> None:
    settings = CertificateSettings(names=NamePolicy(dns_suffixes=("example.com", "192.0.2.0/24")))
    settings.check()
    assert settings_from(settings.content()) == settings
    old = {**settings.content(), "names": {"kinds": ["dns", "ip"], "dns_suffixes": ["example.com"], "wildcards": True, "maximum": 100}}
    assert settings_from(old).names == NamePolicy(("dns", "ip"), ("example.com",))
    settings_from(old).check()
