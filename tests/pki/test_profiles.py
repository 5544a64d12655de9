"""Certificate settings and the particulars of one certificate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin.errors import Refused
from dominoadmin.pki import profiles
from dominoadmin.pki.general_names import parse
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CertificateSettings, NamePolicy, Particulars

SERVER = Particulars(
    kind="server", subject=DistinguishedName(common_name="www.example.com"), names=(parse("dns:www.example.com"),), days=200,
    key_usage=("digitalSignature",), extended_key_usage=("serverAuth",),
)  # fmt: skip
SETTINGS = CertificateSettings()


def names(*texts: str):
    return tuple(parse(text) for text in texts)


def test_the_usual_settings_are_sound_and_survive_the_store() -> None:
    SETTINGS.check()
    assert profiles.settings_from(SETTINGS.content()) == SETTINGS
    assert (SETTINGS.minimum_days, SETTINGS.default_days, SETTINGS.maximum_days) == (1, 200, 825)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"minimum_days": 0}, "Minimum duration must be at least one day."),
        ({"minimum_days": 300}, r"Minimum duration must not exceed the default duration \(200\)."),
        ({"minimum_days": 900, "default_days": 900}, r"Minimum duration must not exceed the maximum duration \(825\)."),
        ({"default_days": 900}, r"Default duration must not exceed the maximum duration \(825\)."),
        ({"maximum_days": 36526}, "at most 36525 days"),
        ({"key_usage": ("keyCertSign",)}, "keyCertSign is not a key usage for these certificates"),
        ({"key_usage": ("digitalsignature",)}, "is not a key usage"),
        ({"key_usage": ()}, "at least one key usage"),
        ({"key_algorithms": ()}, "A certifier must allow at least one key type."),
        ({"extended_key_usage": ("anyExtendedKeyUsage",)}, "is not a supported extended key usage."),
        ({"key_algorithms": ("rsa-1024",)}, "rsa-1024 is not a supported key algorithm"),
        ({"names": NamePolicy(dns_suffixes=("Example.com",))}, "'Example.com' is not a valid domain name"),
        ({"names": NamePolicy(dns_suffixes=("*.example.com",))}, "is not a valid domain name."),
        ({"names": NamePolicy(kinds=("dns", "upn"))}, "upn is not a type of subject alternate name"),
    ],
)
def test_settings_that_cannot_be_met_are_refused(changes: dict, problem: str) -> None:
    with pytest.raises(Refused, match=problem):
        replace(SETTINGS, **changes).check()


DOMAINS = NamePolicy(dns_suffixes=("example.com",))
POLICY = NamePolicy(("dns", "email"), ("example.com",), wildcards=False, maximum=2)


@pytest.mark.parametrize(
    ("settings", "particulars", "problem"),
    [
        (SETTINGS, replace(SERVER, subject=DistinguishedName(common_name="a\nb")), "control character"),
        (SETTINGS, replace(SERVER, days=0), "for 1 to 825 days, not 0"),
        (SETTINGS, replace(SERVER, days=826), "for 1 to 825 days, not 826"),
        (replace(SETTINGS, key_algorithms=("rsa-3072",)), SERVER, "keys of type ECDSA P-256"),
        (replace(SETTINGS, key_usage=()), SERVER, "do not allow the usage digitalSignature"),
        (replace(SETTINGS, extended_key_usage=()), SERVER, "do not allow the usage serverAuth"),
        (SETTINGS, replace(SERVER, names=()), "needs a host name or an IP address"),
        (SETTINGS, replace(SERVER, names=names("email:a@example.com")), "needs a host name or an IP address"),
        (SETTINGS, replace(SERVER, kind="client", subject=DistinguishedName(), names=()), "neither a subject nor"),
        (replace(SETTINGS, names=POLICY), replace(SERVER, names=names(*["dns:www.example.com"] * 3)), "at most 2"),
        (replace(SETTINGS, names=POLICY), replace(SERVER, names=names("ip:10.0.0.1")), "of type ip"),
        (replace(SETTINGS, names=POLICY), replace(SERVER, names=names("dns:*.example.com")), "The certifier does not allow wildcard names ("),
        (replace(SETTINGS, names=POLICY), replace(SERVER, names=names("dns:badexample.com")), "outside the domains"),
        (replace(SETTINGS, names=POLICY), replace(SERVER, names=names("dns:example.com.evil.org")), "outside the domains"),
        (replace(SETTINGS, names=DOMAINS), replace(SERVER, names=names("dns:example.com", "email:ann@evil.org")), "email:ann@evil.org is outside the domains"),
        (replace(SETTINGS, names=DOMAINS), replace(SERVER, names=names("dns:example.com", "ip:192.0.2.1")), "ip:192.0.2.1 is outside the domains"),
        (replace(SETTINGS, names=DOMAINS), replace(SERVER, names=names("dns:example.com", "uri:https://evil.org/")), "uri:https://evil.org/ is outside the domains"),
        (replace(SETTINGS, names=DOMAINS), replace(SERVER, names=names("dns:example.com"), subject=DistinguishedName(common_name="www.evil.org")), "The common name www.evil.org is outside the domains"),
    ],
)
def test_a_rule_that_is_broken_is_named(settings, particulars, problem: str) -> None:
    assert problem in particulars.problem(settings, "ec-p256")


@pytest.mark.parametrize(
    ("settings", "particulars"),
    [
        (SETTINGS, SERVER),
        (SETTINGS, replace(SERVER, days=825, names=names("ip:10.0.0.1"), subject=DistinguishedName())),
        (SETTINGS, replace(SERVER, kind="client", names=())),
        (replace(SETTINGS, names=POLICY), replace(SERVER, names=names("dns:example.com", "dns:a.b.example.com"))),
        (replace(SETTINGS, names=replace(POLICY, wildcards=True)), replace(SERVER, names=names("dns:*.example.com"))),
    ],
)
def test_what_keeps_to_the_rules_passes(settings, particulars) -> None:
    assert particulars.problem(settings, "ec-p256") == ""
    assert profiles.particulars_from(particulars.content()) == particulars


CONTENT = SERVER.content()


@pytest.mark.parametrize(
    "change",
    [
        {"days": "200"}, {"days": None}, {"days": 1.5}, {"subject": "CN=x"}, {"subject": {"common_name": 5}},
        {"subject": {"title": "Dr"}}, {"names": [5]}, {"names": None}, {"names": ["dns:a b"]}, {"names": ["x"]},
        {"key_usage": ["keyCertSign"]}, {"key_usage": [[]]}, {"key_usage": "digitalSignature"},
        {"extended_key_usage": [{}]}, {"extended_key_usage": None}, {"extended_key_usage": ["x"]},
    ],
    ids=str,
)  # fmt: skip
def test_fields_that_cannot_be_read_are_refused(change: dict) -> None:
    with pytest.raises(Refused):
        profiles.particulars_from({**CONTENT, **change})


@pytest.mark.parametrize("field", sorted(CONTENT))
def test_a_missing_field_is_refused(field: str) -> None:
    with pytest.raises(Refused, match="fields cannot be read"):
        profiles.particulars_from({key: value for key, value in CONTENT.items() if key != field})
