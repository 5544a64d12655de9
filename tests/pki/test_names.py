"""Names: distinguished names of certifiers and requests, and Domino's names of people and servers."""

from __future__ import annotations

import contextlib

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from dominoadmin.errors import Refused
from dominoadmin.pki import names
from dominoadmin.pki.names import DistinguishedName
from tests import specimens
from tests.pki.hostile_requests import UNSEEN

BITS = x509.name._ASN1Type.BitString
TECHNOTE = DistinguishedName(common_name="MyCompany CA", organization="MyCompany", state="Massachusetts", country="US")


def test_a_name_is_written_as_domino_shows_it() -> None:
    assert str(TECHNOTE) == "CN=MyCompany CA/O=MyCompany/ST=Massachusetts/C=US"


def test_two_names_are_never_written_alike() -> None:
    assert str(DistinguishedName(common_name="A/O=X")) == r"CN=A\/O=X"
    assert str(DistinguishedName(common_name="A\\", organization="X")) == "CN=A\\\\/O=X"


def test_the_x509_name_begins_with_the_country() -> None:
    assert TECHNOTE.x509().rfc4514_string() == "CN=MyCompany CA,O=MyCompany,ST=Massachusetts,C=US"
    every = DistinguishedName(common_name="cn", organizational_unit="ou", organization="o", locality="l", state="st", country="US")
    assert [attribute.rfc4514_attribute_name for attribute in every.x509()] == ["C", "ST", "L", "O", "OU", "CN"]


def test_what_was_read_is_what_was_written() -> None:
    every = DistinguishedName(common_name="cn", organizational_unit="ou", organization="o", locality="l", state="st", country="US")
    assert names.from_x509(every.x509()) == every


def test_a_country_in_small_letters_is_read_in_capitals() -> None:
    assert names.from_x509(specimens.name("cn", country_name="us")).country == "US"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (x509.Name([x509.NameAttribute(NameOID.TITLE, "Dr")]), "The name has an attribute that is not supported (2.5.4.12)"),
        (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, c) for c in "ab"]), "more than one CN"),
        (x509.Name([x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\1", BITS)]), "The name has an attribute that is not supported (2.5.4.45)"),
    ],
)
def test_names_with_other_attributes_are_refused(name: x509.Name, problem: str) -> None:
    with pytest.raises(Refused) as refusal:
        names.from_x509(name)
    assert problem in str(refusal.value)


CA = specimens.name("MyCompany CA", country_name="US", organization_name="MyCompany")


@pytest.mark.parametrize(
    ("common_name", "organization", "country"),
    [
        ("MyCompany CA", "MyCompany", "US"), ("mycompany ca", "MYCOMPANY", "US"), ("MyCompany   CA", " MyCompany ", "US"),
        ("\uff2dyCompany CA", "MyCompany", "US"), ("My\u00adCompany CA", "MyCompany", "US"), ("MyCompany\u00a0CA", "MyCompany", "US"),
    ],
    ids=ascii,
)  # fmt: skip
def test_case_spaces_and_compatible_letters_make_no_other_name(common_name: str, organization: str, country: str) -> None:
    """RFC 5280, 7.1, with the steps of RFC 4518, 2."""
    assert names.same(specimens.name(common_name, country_name=country, organization_name=organization), CA)


@pytest.mark.parametrize(
    "other",
    [
        specimens.name("MyCompanyCA", country_name="US", organization_name="MyCompany"),
        specimens.name("MyCompany CA", organization_name="MyCompany"),
        specimens.name("MyCompany CA", organization_name="MyCompany", country_name="US"),  # in another order
        specimens.name("MyCompany CA", country_name="US", organizational_unit_name="MyCompany"),
        x509.Name([x509.RelativeDistinguishedName(CA)]),
        x509.Name([]),
    ],
    ids=lambda name: name.rfc4514_string() or "empty",
)
def test_other_attributes_or_another_order_make_another_name(other: x509.Name) -> None:
    assert not names.same(other, CA)


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_for_what_nothing_is_drawn_makes_no_other_name(unseen: str) -> None:
    assert names.same(specimens.name(f"MyCompany{unseen} CA"), specimens.name("MyCompany CA"))
    assert names.same(specimens.name(f"MyCompany CA {unseen}"), specimens.name("MyCompany CA"))
    assert unseen not in names.shown(specimens.name(f"MyCompany{unseen} CA"))


def test_letters_outside_ascii_are_folded_too() -> None:
    assert names.same(specimens.name("STRASSE ÄÖ"), specimens.name("straße a\u0308ö"))


BAD = [
    (DistinguishedName(common_name=" "), "Common Name is required."),
    (DistinguishedName(common_name="x" * 65), "Common Name is too long"),
    (DistinguishedName(common_name="ä" * 33), "Common Name is too long"),
    (DistinguishedName(common_name="a\x00b"), "invisible or control character"),
    (DistinguishedName(common_name="a\u202eb"), "invisible or control character"),
    (DistinguishedName(common_name="\udcff"), "invisible or control character"),
    (DistinguishedName(common_name=" a"), "must not begin or end with a space."),
    (DistinguishedName(common_name="a", state="s" * 129), "State or Province is too long"),
    (DistinguishedName(common_name="a", country="USA"), "Country Code must be two letters, such as US;"),
    (DistinguishedName(common_name="a", country="us"), "Country Code must be two letters, such as US; 'us' is not."),
    (DistinguishedName(common_name="a", country="U1"), "Country Code must be two letters, such as US;"),
    (DistinguishedName(common_name="a", country="ÄÖ"), "Country Code"),
]


@pytest.mark.parametrize(("name", "problem"), BAD, ids=lambda value: repr(value)[:40])
def test_a_name_that_cannot_be_is_one_sentence(name: DistinguishedName, problem: str) -> None:
    assert problem in name.problem()
    assert name.problem().count("\n") == 0
    with pytest.raises(Refused):
        name.check()


def test_a_certifier_needs_a_common_name_and_nothing_else() -> None:
    assert DistinguishedName(organization="MyCompany").certifier_problem() == "Common Name is required."
    assert DistinguishedName(common_name="MyCompany CA").certifier_problem() == ""
    assert DistinguishedName(common_name="x" * 65).certifier_problem() != ""
    DistinguishedName(common_name="x" * 64, locality="l" * 128).check()


CANONICAL = [
    ("Ann Admin/MyCompany", "CN=Ann Admin/O=MyCompany"),
    ("CN=Ann Admin/O=MyCompany", "CN=Ann Admin/O=MyCompany"),
    (" cn = Ann Admin / o = MyCompany ", "CN=Ann Admin/O=MyCompany"),
    ("Ann Admin/Sales/MyCompany", "CN=Ann Admin/OU=Sales/O=MyCompany"),
    ("Ann Admin/Sales/West/MyCompany/US", "CN=Ann Admin/OU=Sales/OU=West/O=MyCompany/C=US"),
    ("Ann Admin/MyCompany/us", "CN=Ann Admin/O=MyCompany/C=US"),
    ("CN=Ann Admin/O=MyCompany/C=us", "CN=Ann Admin/O=MyCompany/C=US"),
    ("Ann Admin/XY", "CN=Ann Admin/O=XY"),
    ("O=MyCompany", "O=MyCompany"),
    ("O=MyCompany/C=US", "O=MyCompany/C=US"),
    ("Jörg O'Neil-Müller_2 & Co./MyCompany", "CN=Jörg O'Neil-Müller_2 & Co./O=MyCompany"),
]


@pytest.mark.parametrize(("text", "expected"), CANONICAL)
def test_both_forms_of_a_name_are_accepted(text: str, expected: str) -> None:
    assert names.canonical(text) == expected
    assert names.canonical(expected) == expected


def test_a_name_is_abbreviated_as_domino_does() -> None:
    assert names.abbreviated("CN=Ann Admin/OU=Sales/O=MyCompany/C=US") == "Ann Admin/Sales/MyCompany/US"
    assert names.common_name("CN=Ann Admin/O=MyCompany") == "Ann Admin"
    assert names.in_organization(" Ann Admin ", "O=MyCompany/C=US") == "CN=Ann Admin/O=MyCompany/C=US"
    assert names.in_organization("Ann Admin/Other", "O=MyCompany") == "CN=Ann Admin/O=Other"


REFUSED = [
    "", "/", "Ann Admin", "CN=Ann Admin", "Ann/", "/MyCompany", "O=MyCompany/CN=Ann", "CN=a/CN=b/O=c", "CN=a/O=b/O=c",
    "CN=a/O=b/L=c", "CN=a/O=b/X", "=a/O=b", "Ann<script>/MyCompany", "Ann:Admin/MyCompany", "Ann\x00/MyCompany",
    "Ann\u202e/MyCompany", "x" * 65 + "/MyCompany", "x" * 1_000_000, "CN=Ann/O=My/C=USA",
    "CN=Ann/O=MyCompany/C=ß", "Ann=Admin/MyCompany", "CN=a/O=b/C=U1",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:20]))
def test_what_is_no_full_name_is_refused_in_one_short_sentence(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        names.canonical(text)
    assert len(str(refusal.value)) < 250
    assert "\n" not in str(refusal.value)


def test_other_characters_are_refused_in_dominos_words() -> None:
    with pytest.raises(Refused) as refusal:
        names.canonical("Ann+Admin/MyCompany")
    assert str(refusal.value) == (
        "The only allowed characters for a person, server, or certifier name are letters, numbers, ampersand, "
        "apostrophe, hyphen, period, space, and underscore."
    )


@pytest.mark.parametrize("name", [expected for _, expected in CANONICAL])
def test_a_persons_name_survives_its_certificate(name: str) -> None:
    assert names.person_from_x509(names.person_x509(name)) == name


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        assert names.canonical(names.canonical(text)) == names.canonical(text)


def test_any_x509_name_is_shown_as_domino_writes_names() -> None:
    oid = x509.NameOID
    parts = [(oid.COUNTRY_NAME, "US"), (oid.SERIAL_NUMBER, "1"), (oid.COMMON_NAME, "a/b\u202e")]
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])

    assert names.shown(name) == "CN=a\\/b\\\\u202e/2.5.4.5=1/C=US"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CN=www.example.com/O=MyCompany/ST=Massachusetts/C=US", "www.example.com/MyCompany/Massachusetts/US"),
        ("CN=a\\/O=b/C=US", "a\\/O=b/US"),
        ("CN=x=y/2.5.4.5=1", "x=y/1"),
        ("O=www.example.com/C=US", "O=www.example.com/C=US"),
        ("", ""),
    ],
)
def test_a_name_in_words_begins_with_the_common_name(name: str, words: str) -> None:
    assert names.in_words(name) == words
