"""The form "Create Key Ring": accepted and refused input."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Refused
from tests.services.key_rings.conftest import form


@pytest.mark.parametrize(
    "file", ["keyfile.kyr", "KEYFILE.KYR", "/srv/rings/www.example.com.kyr", "my ring.kyr", "é.kyr"]
)
def test_a_name_that_ends_in_kyr_is_taken(file):
    form(file=file).check()


@pytest.mark.parametrize(
    "file",
    [
        "", ".kyr", "keyfile", "keyfile.kdb", "keyfile.kyr ", " .kyr", "..kyr", "a\\b.kyr", "a:b.kyr", 'a".kyr', "a?.kyr",
        "a\n.kyr", "a\0.kyr", "a\u202e.kyr", "x\0/a.kyr", "x" * 61 + ".kyr", "keyfile.kyr/", "keyfile.kyr\n",
    ],
)  # fmt: skip
def test_any_other_name_is_refused(file):
    with pytest.raises(Refused, match="is not a valid key ring file name"):
        form(file=file).check()


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "A password is required for the key ring file"),
        ("1234567", "must have 8 to 1024"),
        ("x" * 1025, "8 to 1024"),
    ],
)
def test_a_password_has_eight_characters_or_more(password, sentence):
    with pytest.raises(Refused, match=sentence):
        form(password=password).check()


@pytest.mark.parametrize("key", ["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384"])
def test_keys_that_tls_knows_are_taken(key):
    form(key_algorithm=key).check()


@pytest.mark.parametrize("key", ["ml-dsa-65", "rsa-1024", "", "RSA 2048"])
def test_other_keys_are_refused(key):
    with pytest.raises(Refused, match="A key ring cannot contain a key of type"):
        form(key_algorithm=key).check()


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("", "A hostname is required to configure SSL."),
        ("   ", "A hostname is required to configure SSL."),
        ("server1", "is not a fully qualified host name"),
        ("*.example.com", "is a wildcard"),
        ("10.0.0.1", "ends in a number"),
        ("a b.example.com", "contains a space"),
        ("a\0.example.com", "control character"),
        (".".join(["a" * 20] * 4), "Common Name .* 64"),
    ],
)
def test_the_common_name_is_a_fully_qualified_host_name(host, sentence):
    with pytest.raises(Refused, match=sentence):
        form(common_name=host).check()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"organization": " "}, "Organization Name is required"),
        ({"organization": "x" * 65}, "Organization Name .* 64"),
        ({"organization": "My\u200bCompany"}, "Organization Name contains an invisible"),
        ({"organizational_unit": "x" * 65}, "Organizational Unit .* 64"),
        ({"locality": "Bos\nton"}, "City or Locality contains"),
        ({"state": ""}, "State or Province is required"),
        ({"state": "MA"}, "State or Province must be spelled out; 'MA' is an abbreviation"),
        ({"state": "M A"}, "State or Province must be spelled out"),
        ({"state": "D.C."}, "State or Province must be spelled out"),
        ({"state": "Mass."}, "State or Province must be spelled out"),
        ({"state": "x" * 129}, "State or Province .* 128"),
        ({"country": ""}, "Country Code is required"),
        ({"country": "USA"}, "Country "),
        ({"country": "ß"}, "Country Code must be two letters"),
        ({"country": "U1"}, "Country Code must be two letters"),
    ],
)
def test_the_name_keeps_to_the_rules_of_the_form(fields, sentence):
    with pytest.raises(Refused, match=sentence):
        form(**fields).check()


def test_optional_fields_may_be_empty_and_blanks_around_are_left_out():
    subject = form(organization=" MyCompany ", country="us", state=" Massachusetts").subject()
    assert str(subject) == "CN=server1.example.com/O=MyCompany/ST=Massachusetts/C=US"
    subject = form(organizational_unit="IT", locality="Boston").subject()
    assert str(subject) == "CN=server1.example.com/OU=IT/O=MyCompany/L=Boston/ST=Massachusetts/C=US"


def test_the_common_name_is_always_the_first_alternative_name():
    assert [str(name) for name in form().general_names()] == ["dns:server1.example.com"]
    wanted = form(
        names=("ip:10.0.0.1", "dns:SERVER1.example.com", "dns:www.example.com", "ip:10.0.0.1")
    ).general_names()
    assert [str(name) for name in wanted] == ["dns:server1.example.com", "ip:10.0.0.1", "dns:www.example.com"]


def test_international_host_names_become_a_labels():
    request = form(common_name="bücher.example", names=("dns:münchen.example",))
    assert request.subject().common_name == "xn--bcher-kva.example"
    assert [str(name) for name in request.general_names()] == [
        "dns:xn--bcher-kva.example",
        "dns:xn--mnchen-3ya.example",
    ]


def test_an_alternative_name_must_say_its_kind():
    with pytest.raises(Refused, match="does not start with a known name type"):
        form(names=("www.example.com",)).check()


def test_there_are_at_most_a_hundred_alternative_names():
    form(names=tuple(f"dns:w{n}.example.com" for n in range(99))).check()
    with pytest.raises(Refused, match="can have 100 subject alternate names; there are 101"):
        form(names=tuple(f"dns:w{n}.example.com" for n in range(100))).check()


def test_the_password_is_not_in_the_representation():
    assert "Zebra" not in repr(form())
